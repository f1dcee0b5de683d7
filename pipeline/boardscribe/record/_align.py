"""Compares a text that has gaps with a text that was read: a gap stands for any length.

Texts are compared as people would: case, accents, punctuation and line breaks do not count. A
gap is one code of its own, so that one table serves a gap in the record and one in the reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ILLEGIBLE_MARK", "WILD", "Plain", "costs", "fold", "plain"]

ILLEGIBLE_MARK = re.compile(r"\[illeg\.?\]|\[illegible\]", re.IGNORECASE)
"""Words that could not be read, inside a text."""

WILD = 0
"""Code of a gap, in a pattern and in a read text alike."""

_SUBSTITUTE = 1.0
_SKIP = 1.0
_FAR = np.float32(1e9)


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A text as it is compared."""

    codes: NDArray[np.int32]
    """Code points, `WILD` for a gap."""

    @property
    def stated(self) -> int:
        """Number of characters that are not gaps."""
        return int(np.count_nonzero(self.codes != WILD))


def plain(text: str, gaps: Sequence[tuple[int, int]] | None = None) -> Plain:
    """Prepare a text for comparison.

    Args:
        text: the text.
        gaps: where its gaps are; None looks for `[illeg.]`.

    Returns:
        Lower-case letters, digits, signs and single spaces, with a `WILD` for every gap.
    """
    spans = [m.span() for m in ILLEGIBLE_MARK.finditer(text)] if gaps is None else sorted(gaps)
    return Plain(np.array(_prepare(text, spans), np.int32))


def costs(wanted: Plain, read: Sequence[Plain]) -> NDArray[np.float32]:
    """Edits that turn a published text into each of the texts that were read.

    A gap on either side takes in any number of characters of the other for nothing; a character
    replaced, added or left out costs one.

    Returns:
        Cost per read text.
    """
    if not read:
        return np.zeros(0, np.float32)
    width = max(len(text.codes) for text in read)
    codes = np.full((len(read), width), -1, np.int32)
    for row, text in enumerate(read):
        codes[row, : len(text.codes)] = text.codes
    wild = codes == WILD
    # The price of passing over the text up to each place, so that a row needs no inner loop.
    skips = np.where(wild, 0.0, _SKIP).astype(np.float32)
    passed = np.concatenate([np.zeros((len(read), 1), np.float32), np.cumsum(skips, axis=1)], 1)
    state = passed.copy()
    best = np.empty_like(state)
    for code in wanted.codes:
        if code == WILD:
            np.minimum.accumulate(state, axis=1, out=state)
            continue
        differ = np.where(wild | (codes == code), 0.0, _SUBSTITUTE).astype(np.float32)
        best[:, 0] = state[:, 0] + _SKIP
        down = state[:, 1:] + np.where(wild, 0.0, _SKIP).astype(np.float32)
        np.minimum(state[:, :-1] + differ, down, out=best[:, 1:])
        np.minimum.accumulate(best - passed, axis=1, out=state)
        state += passed
    ends = np.array([len(text.codes) for text in read])
    result: NDArray[np.float32] = state[np.arange(len(read)), ends]
    return result


def fold(text: str) -> str:
    """A word as it is compared: letters, digits and signs, in lower case without accents."""
    return "".join(chr(code) for character in text for code in _fold(character))


def _prepare(text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    codes: list[int] = []
    position = 0
    for start, end in (*spans, (len(text), len(text))):
        for character in text[position:start]:
            for code in _fold(character):
                if code != _SPACE or (codes and codes[-1] != _SPACE):
                    codes.append(code)
        if start < end and not (codes and codes[-1] == WILD):
            codes.append(WILD)
        position = end
    while codes and codes[-1] == _SPACE:
        codes.pop()
    return codes


_SPACE = ord(" ")


def _fold(character: str) -> list[int]:
    if character.isspace() or character in "/-–—_":
        return [_SPACE]
    folded = unicodedata.normalize("NFKD", character.casefold())
    kept = [c for c in folded if not unicodedata.combining(c) and c.isalnum()]
    # Signs that are words (&, +, £, an arrow) count; punctuation does not.
    if not kept and unicodedata.category(character) in ("Sc", "Sm", "So", "No"):
        kept = [character]
    if not kept and character == "&":
        kept = [character]
    return [ord(c) for c in kept if not c.isspace()]
