"""The lines of a block of writing that the detector took for one line.

Blurred or bold writing between whose lines little paper shows looks to the detector like one thick
line, and the recogniser then says next to nothing. Its lines still show in how much ink each row of
the block bears, once the block is turned level: the projection profile, after Postl, "Detection of
linear oblique structures and skew scan in digitized documents" (ICPR 1986).
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.lines import TextBox

__all__ = ["split_rows"]

_SLOPES = np.radians(np.arange(-30.0, 30.1, 3.0))
_VALLEY = 0.7
"""Ink between two lines, as a share of the fuller row of the one with less, below which they part."""
_WAIST = 0.5
"""The same where only two lines are left: an 8 has a waist, too."""
_BARE = 0.08
"""Share of the fullest row's ink below which a row has none."""
_LEAST_INK = 0.06
"""Mean darkness of a column, 0 to 1, from which on it belongs to a line."""
_LEAST_HEIGHT = 0.35
"""Height of the lowest line, in heights of the usual one."""
_OVER, _BESIDE = 0.12, 0.25
"""How far a line's box goes beyond its ink, in heights of the line."""


def split_rows(ink: NDArray[np.float32], box: TextBox) -> tuple[TextBox, ...]:
    """The lines inside a box, from the top.

    Args:
        ink: h x w, how dark the ink is, 0 (paper) to 1.
        box: in the picture's pixels.

    Returns:
        A box for each line; nothing where there is only one.
    """
    level, back = _level(ink, box)
    profile = _smooth(level.mean(axis=1), level.shape[0] / 110)
    full = np.flatnonzero(profile > _BARE * profile.max())
    if not full.size:
        return ()
    edges = _parted(profile, int(full[0]), int(full[-1]) + 1)
    if len(edges) < 3:
        return ()
    usual = float(np.median(np.diff(edges)))
    boxes = []
    for top, bottom in itertools.pairwise(edges):
        height = bottom - top
        columns = np.flatnonzero(_smooth(level[top:bottom].mean(axis=0), 1.5) > _LEAST_INK)
        if height < _LEAST_HEIGHT * usual or not columns.size:
            continue
        x0, x1 = columns[0] - _BESIDE * height, columns[-1] + _BESIDE * height
        y0, y1 = top - _OVER * height, bottom + _OVER * height
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        boxes.append(TextBox(corners @ back[:, :2].T + back[:, 2], box.score))
    return tuple(boxes)


def _level(
    ink: NDArray[np.float32], box: TextBox
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The ink inside the box with its lines level, and the way back to the picture (2 x 3)."""
    inside = np.zeros(ink.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(box.corners).astype(np.int32)], 1)
    own = np.where(inside > 0, ink, np.float32(0))
    side = int(np.ceil(np.hypot(box.width, box.height))) + 6
    best: tuple[float, NDArray[np.float32], NDArray[np.float64]] | None = None
    for slope in _SLOPES:
        x, y = (float(value) for value in box.centre)
        matrix = cv2.getRotationMatrix2D((x, y), float(np.degrees(slope)), 1.0).astype(np.float64)
        matrix[:, 2] += side / 2 - box.centre
        turned = np.asarray(cv2.warpAffine(own, matrix, (side, side)), np.float32)
        steps = np.diff(_smooth(turned.mean(axis=1), 1.0))
        contrast = float(np.square(steps).sum())
        if best is None or contrast > best[0]:
            best = (contrast, turned, matrix)
    assert best is not None
    return best[1], np.asarray(cv2.invertAffineTransform(best[2]), np.float64)


def _parted(profile: NDArray[np.float32], top: int, bottom: int) -> list[int]:
    """Rows at which lines begin, and the end of the last one: the valleys that are deep enough."""
    inner = [y for y in range(top + 1, bottom - 1) if profile[y - 1] >= profile[y] < profile[y + 1]]
    while inner:
        edges = [top, *inner, bottom]
        peaks = [float(profile[a:b].max()) for a, b in itertools.pairwise(edges)]
        depths = [
            float(profile[y]) / max(1e-6, min(peaks[n], peaks[n + 1])) for n, y in enumerate(inner)
        ]
        shallowest = int(np.argmax(depths))
        if depths[shallowest] <= (_VALLEY if len(inner) > 1 else _WAIST):
            break
        del inner[shallowest]
    return [top, *inner, bottom]


def _smooth(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    blurred = cv2.GaussianBlur(np.asarray(values, np.float32)[None], (0, 0), max(1.0, sigma))
    return np.asarray(blurred[0], np.float32)
