"""Words that their writer struck out: a long stroke through the middle of the letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._ink_apart import apart_from_paper
from boardscribe.engines._beam import Decoded

__all__ = ["struck_spans", "without_struck"]

_LEAST_LENGTH = 1.4
"""Least length of such a stroke, as a multiple of the line's height: longer than crossbars that
join. A word that was not meant to go is a worse loss than one that was."""
_BAND = (0.28, 0.7)
"""Where the stroke may run, as a share of the line's height; an underline is lower."""
_SLOPES = (-0.12, -0.09, -0.06, -0.03, 0.0, 0.03, 0.06, 0.09, 0.12)
_BESIDE = 0.11
"""How far above and below the stroke there must be gaps between letters, share of the height."""
_MOST_BESIDE = 0.36
_LEAST_BESIDE = 0.12
"""Both halves of the letters are there: a script joined at its baseline has little below it."""
_COVERED = 0.9
"""Share of a word that the stroke must run through: joined crossbars do not reach its ends."""
_CLOSE = 7
"""Pixels by which a line is higher than the surroundings that tell its paper."""
_STEP = 8
"""Pixels of the line picture per step of the recogniser."""


def struck_spans(line: NDArray[np.uint8]) -> tuple[tuple[float, float], ...]:
    """Where in a line of writing letters are struck through.

    Args:
        line: h x w x 3 BGR, one level line of writing that fills most of the height.

    Returns:
        First and last x of each stroke in pixels, from left to right; overlapping ones joined.
    """
    height, width = line.shape[:2]
    length = round(_LEAST_LENGTH * height)
    if width < length:
        return ()
    ink = _ink(line)
    if not ink.any():
        return ()
    top, bottom = (round(share * height) for share in _BAND)
    found = []
    for slope in _SLOPES:
        shear = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float64)
        level = cv2.warpAffine(ink, shear, (width, height), flags=cv2.INTER_NEAREST)
        thick = cv2.dilate(level[top - 1 : bottom + 1], np.ones((3, 1), np.uint8))[1:-1]
        closed = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
        runs = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
        if runs.any():
            found += _strokes(np.asarray(runs, np.uint8), top, np.asarray(level, np.uint8))
    return _joined(found)


def without_struck(decoded: Decoded, line: NDArray[np.uint8]) -> Decoded:
    """The decoded line less the words that are struck through in its picture."""
    spans = struck_spans(line)
    if not spans:
        return decoded
    kept = tuple(word for word in decoded.words if not _is_struck(*word.frames, spans))
    return decoded if len(kept) == len(decoded.words) else replace(decoded, words=kept, struck=True)


def _is_struck(first: int, last: int, spans: Sequence[tuple[float, float]]) -> bool:
    start, end = first * _STEP, (last + 1) * _STEP
    covered = sum(max(0.0, min(end, b) - max(start, a)) for a, b in spans)
    return covered > _COVERED * (end - start)


def _ink(line: NDArray[np.uint8]) -> NDArray[np.uint8]:
    lab = np.asarray(cv2.cvtColor(line, cv2.COLOR_BGR2LAB), np.uint8)
    apart = apart_from_paper(lab, line.shape[0] - _CLOSE)
    strongest = float(np.percentile(apart, 98))
    ink: NDArray[np.uint8] = (apart > max(16.0, 0.4 * strongest)).astype(np.uint8)
    return ink


def _strokes(
    runs: NDArray[np.uint8], top: int, ink: NDArray[np.uint8]
) -> list[tuple[float, float]]:
    """First and last x of runs, whose first row is the ink's row `top`, that strike letters out."""
    height = ink.shape[0]
    beside = max(2, round(_BESIDE * height))
    found = []
    for row, run in enumerate(runs, top):
        if not run.any():
            continue
        edges = np.flatnonzero(np.diff(np.concatenate([[0], run, [0]])))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            own = ink[row - 1 : row + 2, first:last].max(axis=0).mean()
            above = ink[row - beside, first:last].mean()
            below = ink[row + beside, first:last].mean()
            letters = ink[: row - beside + 1, first:last].max(axis=0).mean()
            # Letters stand out on both sides of the stroke, with gaps between them.
            if (
                own > 0.95
                and min(above, below) > _LEAST_BESIDE
                and max(above, below) < _MOST_BESIDE
                and letters > 0.3
            ):
                found.append((float(first), float(last)))
    return found


def _joined(spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    joined: list[tuple[float, float]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
