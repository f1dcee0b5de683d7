"""Words of several readings side by side.

Progressive alignment as in ROVER (J. G. Fiscus, "A post-processing system to yield reduced word
error rates", ASRU 1997): the reading nearest to all others comes first, the rest are aligned to
what is there, word by word; a word that nobody else has makes a place of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from boardscribe.marks import ILLEGIBLE, certain, is_uncertain

__all__ = ["Slot", "Token", "align", "same_text", "tokens"]

_GAP = 0.7
"""Cost of a word without partner; two gaps cost more than one pair of unlike words."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of one reading."""

    text: str
    """As written, without the mark of uncertainty."""
    key: str
    """What is compared: without case and edge punctuation; empty for `[illeg.]`."""
    uncertain: bool
    breaks: bool
    """It begins a line, and is not the first word."""


Slot = tuple[Token | None, ...]
"""The words of all readings in one place, in the order of the readings; None for no word."""


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text, in order; a sign that stands alone belongs to the word it stands by."""
    found = []
    for number, line in enumerate(text.split("\n")):
        for index, word in enumerate(_words(line)):
            plain = certain(word)
            found.append(
                Token(
                    text=plain,
                    key="" if plain == ILLEGIBLE else _key(plain),
                    uncertain=is_uncertain(word),
                    breaks=bool(number and not index),
                )
            )
    return tuple(found)


def _words(line: str) -> list[str]:
    """Words; a bullet, dash or emoji goes with the word after it, at the end with the one before."""
    joined: list[str] = []
    signs = ""
    for word in line.split():
        if any(char.isalnum() for char in word):
            joined.append(f"{signs}{word}")
            signs = ""
        else:
            signs += f"{word} "
    if signs:
        if joined:
            joined[-1] = f"{joined[-1]} {signs.strip()}"
        else:
            joined.append(signs.strip())
    return joined


def _key(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    start, end = 0, len(folded)
    while start < end and not folded[start].isalnum():
        start += 1
    while end > start and not folded[end - 1].isalnum():
        end -= 1
    return folded[start:end] or folded


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same, word by word: case, spaces and edge punctuation apart.

    >>> same_text("More time!", "more  time")
    True
    """
    return [token.key for token in tokens(one)] == [token.key for token in tokens(other)]


def align(readings: Sequence[Sequence[Token]], *, first: int | None = None) -> tuple[Slot, ...]:
    """Put the words of several readings side by side.

    Args:
        readings: words of each.
        first: how many of them, from the first on, may be the backbone; all by default.

    Returns:
        Places in reading order; each has one entry a reading.
    """
    if not readings:
        return ()
    count = len(readings)
    backbone = _medoid(readings[: first or count])
    slots: list[list[Token | None]] = []
    for token in readings[backbone]:
        slot: list[Token | None] = [None] * count
        slot[backbone] = token
        slots.append(slot)
    for number, reading in enumerate(readings):
        if number != backbone:
            slots = _added(slots, reading, number, count)
    return tuple(tuple(slot) for slot in slots)


def _medoid(readings: Sequence[Sequence[Token]]) -> int:
    keys = [[token.key for token in reading] for reading in readings]
    far = [sum(Levenshtein.distance(one, other) for other in keys) for one in keys]
    # An empty reading is near to short ones, but no words can be aligned to it.
    return min(range(len(keys)), key=lambda i: (not keys[i], far[i], i))


def _added(
    slots: list[list[Token | None]], reading: Sequence[Token], number: int, count: int
) -> list[list[Token | None]]:
    rows, columns = len(slots), len(reading)
    costs = [[_unlike(slot, token) for token in reading] for slot in slots]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        best[i][0] = best[i - 1][0] + _GAP
    for j in range(1, columns + 1):
        best[0][j] = best[0][j - 1] + _GAP
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            best[i][j] = min(
                best[i - 1][j - 1] + costs[i - 1][j - 1],
                best[i - 1][j] + _GAP,
                best[i][j - 1] + _GAP,
            )
    merged: list[list[Token | None]] = []
    i, j = rows, columns
    while i or j:
        if i and j and best[i][j] == best[i - 1][j - 1] + costs[i - 1][j - 1]:
            i, j = i - 1, j - 1
            slots[i][number] = reading[j]
            merged.append(slots[i])
        elif i and best[i][j] == best[i - 1][j] + _GAP:
            i -= 1
            merged.append(slots[i])
        else:
            j -= 1
            slot: list[Token | None] = [None] * count
            slot[number] = reading[j]
            merged.append(slot)
    return merged[::-1]


def _unlike(slot: Sequence[Token | None], token: Token) -> float:
    """0 where some word in the place is the same, nearly 1 where all are quite other."""
    likeness = 0.0
    for other in slot:
        if other is None:
            continue
        if other.key == token.key:
            return 0.0
        if not other.key or not token.key:
            likeness = max(likeness, 0.5)  # a gap may stand for any word
        else:
            likeness = max(likeness, fuzz.ratio(other.key, token.key) / 100)
    return 0.2 + 0.8 * (1 - likeness)
