"""The cores of lines in a text probability map, those of lines that touch told apart.

Where lines are set close the map hardly drops between their cores, and a single threshold that
keeps faint writing joins them. A joined core falls apart at a higher threshold; where its parts lie
one above the other, and not side by side like words, they are lines, and each takes the pixels
nearest to it (watershed by distance, as in component trees of extremal regions: Matas et al.,
"Robust wide baseline stereo from maximally stable extremal regions", BMVC 2002).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["find_cores"]

_LEVELS = (0.45, 0.6, 0.75, 0.88)
"""Probabilities above which a core may fall apart."""
_LEAST_PIXELS = 12
_LEAST_SHARE = 0.08
"""Least area of a part, as a share of the largest part's."""
_LONG = 1.8
"""Length over height from which on a part runs as the writing does."""
_ABOVE = 0.35
"""How much of the shorter one's length two parts share along the writing where they are two lines."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a part lies along the writing and across it."""

    left: float
    right: float
    top: float
    bottom: float

    def shared_along(self, other: _Span) -> float:
        """Of the shorter one's length."""
        shared = min(self.right, other.right) - max(self.left, other.left)
        return shared / max(1.0, min(self.right - self.left, other.right - other.left))

    def shared_across(self, other: _Span) -> float:
        """Of the lower one's height."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared / max(1.0, min(self.bottom - self.top, other.bottom - other.top))


def find_cores(probability: NDArray[np.float32], threshold: float) -> list[NDArray[np.int32]]:
    """Outlines of the cores.

    Args:
        probability: h x w map of the detector, 0 to 1.
        threshold: probability above which a pixel belongs to a core.

    Returns:
        n x 1 x 2 (x, y) each, as OpenCV gives contours.
    """
    above = (probability > threshold).astype(np.uint8)
    cores = np.asarray(cv2.dilate(above, np.ones((2, 2), np.uint8)), np.uint8)
    contours, _ = cv2.findContours(cores, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[NDArray[np.int32]] = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        if min(w, h) < 3:
            continue
        mask = np.zeros((h, w), np.uint8)
        cv2.drawContours(mask, [contour], 0, 1, -1, offset=(-x, -y))
        mask &= cores[y : y + h, x : x + w]
        parts = _split(probability[y : y + h, x : x + w], mask, _LEVELS)
        if len(parts) == 1:
            found.append(np.asarray(contour, np.int32))
            continue
        for part in parts:
            outlines, _ = cv2.findContours(
                part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y)
            )
            found.append(np.asarray(max(outlines, key=cv2.contourArea), np.int32))
    return found


def _split(
    probability: NDArray[np.float32], mask: NDArray[np.uint8], levels: Sequence[float]
) -> list[NDArray[np.uint8]]:
    """The mask, or the masks of the lines that it joins."""
    for number, level in enumerate(levels):
        above = ((probability > level) & (mask > 0)).astype(np.uint8)
        count, found, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=4)
        labels = np.asarray(found, np.int32)
        areas = stats[1:, cv2.CC_STAT_AREA]
        if count < 3:
            continue
        least = max(_LEAST_PIXELS, _LEAST_SHARE * float(areas.max()))
        kept = [k + 1 for k in range(count - 1) if areas[k] >= least]
        rows = _rows(labels, kept, mask) if len(kept) > 1 else []
        if len(rows) > 1:
            return [
                part
                for row in _shared_out(labels, rows, mask)
                for part in _split(probability, row, levels[number + 1 :])
            ]
    return [mask]


def _rows(
    labels: NDArray[np.int32], kept: Sequence[int], mask: NDArray[np.uint8]
) -> list[list[int]]:
    """Parts by line; one list where none lies above another."""
    points = {k: _points(labels == k) for k in kept}
    slope, length = _direction(max(points.values(), key=len))
    if length < _LONG:
        # Single letters do not say which way the writing runs; all of them do, unless they are
        # as high as they are wide.
        slope, length = _direction(_points(mask > 0))
        if length < _LONG:
            slope = (slope + 45) % 90 - 45
    angle = math.radians(slope)
    along = np.array([math.cos(angle), math.sin(angle)], np.float32)
    across = np.array([-along[1], along[0]], np.float32)
    spans = {}
    for k, own in points.items():
        x, y = own @ along, own @ across
        spans[k] = _Span(float(x.min()), float(x.max()), float(y.min()), float(y.max()))
    rows: list[list[int]] = []
    for k in sorted(kept, key=lambda k: -len(points[k])):
        for row in rows:
            if all(spans[k].shared_along(spans[other]) < _ABOVE for other in row) and any(
                spans[k].shared_across(spans[other]) > 0.5 for other in row
            ):
                row.append(k)
                break
        else:
            rows.append([k])
    above = any(
        spans[a].shared_along(spans[b]) >= _ABOVE
        for n, row in enumerate(rows)
        for other in rows[n + 1 :]
        for a in row
        for b in other
    )
    return rows if above else [list(kept)]


def _points(where: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.argwhere(where)[:, ::-1].astype(np.float32)


def _direction(points: NDArray[np.float32]) -> tuple[float, float]:
    """Slope in degrees of the longer side of the points' box, and that side over the other."""
    (_, _), (w, h), degrees = cv2.minAreaRect(points)
    turned = float(degrees) if w >= h else float(degrees) + 90
    return turned, (max(w, h) + 1) / (min(w, h) + 1)


def _shared_out(
    labels: NDArray[np.int32], rows: Sequence[Sequence[int]], mask: NDArray[np.uint8]
) -> list[NDArray[np.uint8]]:
    """Each pixel of the mask to the row nearest to it."""
    distances = [
        cv2.distanceTransform((~np.isin(labels, row)).astype(np.uint8), cv2.DIST_L2, 3)
        for row in rows
    ]
    nearest = np.argmin(np.stack(distances), axis=0)
    return [((nearest == n) & (mask > 0)).astype(np.uint8) for n in range(len(rows))]
