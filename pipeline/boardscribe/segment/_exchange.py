"""Cells that the votes gave to the note beside theirs go back to it, by their colour.

A tick's notch, a corner between two notes: where shapes interlock the cells of one point at times to the
middle of the other. A note is of one colour, and what is written on it is thin.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._median import median
from boardscribe.segment._labels import cells_of, meetings

__all__ = ["exchange"]

_UNLIKE: Final = 20.0
"""Least difference in hue (a and b of 8-bit Lab) between two notes whose cells can be told apart."""
_NEARER: Final = 0.5
"""A cell is the other note's if its hue is this much nearer to that one's."""
_LEAST: Final = 12
"""Cells of the smallest patch that changes hands: writing in the other note's colour is thinner."""
_REACH: Final = 2
"""Cells between what counts as beside one another: the cells of an edge are of both colours."""


def exchange(labels: NDArray[np.int32], colour: NDArray[np.uint8], count: int) -> NDArray[np.int32]:
    """The labels, patches put right that lie beside a note of their own colour.

    Args:
        labels: H x W, number of each cell's note, 0 for none.
        colour: H x W x 3, Lab of 8 bits.
        count: greatest label.

    Returns:
        H x W; a patch that does not reach the note of its colour is none's.
    """
    hue = colour[..., 1:].astype(np.float32)
    pairs = _neighbours(labels, count)
    if not pairs:
        return labels
    cells = cells_of(labels, count)
    places, usual = {}, {}
    for one in {one for one, _ in pairs}:
        y, x = cells[one - 1]
        top, left = (max(0, int(axis.min()) - _REACH) for axis in (y, x))
        places[one] = np.s_[top : int(y.max()) + 1 + _REACH, left : int(x.max()) + 1 + _REACH]
        usual[one] = median(hue[y, x])
    result = labels.copy()
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for one, other in pairs:
        if float(np.linalg.norm(usual[one] - usual[other])) < _UNLIKE:
            continue
        part = places[one]
        theirs, own = (_squared(hue[part], usual[k]) for k in (other, one))
        patch = ((labels[part] == one) & (theirs < _NEARER**2 * own)).astype(np.uint8)
        patch = cv2.morphologyEx(patch, cv2.MORPH_OPEN, cross)
        if not patch.any():
            continue
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(patch, connectivity=4)
        rim, beside = (
            np.unique(pieces[cv2.dilate(where.astype(np.uint8), cross, iterations=_REACH) > 0])
            for where in (labels[part] != one, labels[part] == other)
        )
        for number in rim[rim > 0]:
            if stats[number, cv2.CC_STAT_AREA] >= _LEAST:
                # Where an arm of this note lies between, the rest of the other is out of reach.
                result[part][pieces == number] = other if number in beside else 0
    return result


def _squared(hue: NDArray[np.float32], usual: NDArray[Any]) -> NDArray[np.float32]:
    """Squared distance of each cell's hue; numpy's sum over so short an axis is slow."""
    a, b = cv2.split(hue)
    return np.asarray((a - usual[0]) ** 2 + (b - usual[1]) ** 2, np.float32)


def _neighbours(labels: NDArray[np.int32], count: int) -> list[tuple[int, int]]:
    """Pairs of labels that touch, both ways round."""
    keys = []
    for a, b, meet in meetings(labels):
        one, other = (labels[part][meet].astype(np.int64) for part in (a, b))
        keys += [one * (count + 1) + other, other * (count + 1) + one]
    return [divmod(int(key), count + 1) for key in np.unique(np.concatenate(keys))]
