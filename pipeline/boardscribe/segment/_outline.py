"""Mask of one note -> outline: straight where paper is straight, curved where it is not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.segment._instances import Instance
from boardscribe.segment._net import Maps

__all__ = ["Outline", "outline"]

_SHIFT: Final = 0.25
"""Cells; the network was trained on the lower right pixel of each cell's four."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outline:
    """Corners and curve points in pixels of the photo, in order."""

    points: Points
    """(n, 2)"""
    straight: NDArray[np.bool_]
    """(n,): whether the line from this point to the next is an edge of the paper."""


def outline(instance: Instance, maps: Maps, taken: NDArray[np.uint8]) -> Outline | None:
    """The outline of an instance; None where nothing with an area is left.

    Args:
        instance: one note's mask.
        maps: what the network says.
        taken: H x W, 1 where some note is; tells a neighbour from the board behind.
    """
    dense = _contour(instance, maps, taken)
    if len(dense) < 8:
        return None
    size = float(np.sqrt(instance.area))
    points, straight = _simplify(dense, size)
    if len(points) < 3:
        return None
    scale = np.array([maps.scale_x, maps.scale_y])
    return Outline((points + 0.5 + _SHIFT) * scale, straight)


def _contour(instance: Instance, maps: Maps, taken: NDArray[np.uint8]) -> Points:
    """Dense closed contour in cells, finer than the cells where paper meets the board."""
    height, width = maps.note.shape
    rows, columns = instance.mask.shape
    top, left = instance.top, instance.left
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + rows, height), min(left + columns, width)
    inner = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    outer = slice(y0, y1), slice(x0, x1)
    soft = np.zeros((rows, columns), np.float32)
    soft[inner] = np.minimum(maps.note[outer], 0.49) * (1 - taken[outer])
    own = instance.mask > 0
    full = np.zeros((rows, columns), np.float32)
    full[inner] = maps.note[outer]
    soft[own] = np.maximum(full[own], 0.51)
    # Beyond the photo's border the note goes on: the contour must reach the border itself.
    _continue(soft, inner)
    factor = 4 if instance.area < 6000 else 2
    fine = cv2.resize(soft, (columns * factor, rows * factor), interpolation=cv2.INTER_LINEAR)
    contours, _ = cv2.findContours(
        (fine > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    if not contours:
        return np.zeros((0, 2))
    longest = max(contours, key=cv2.contourArea).reshape(-1, 2)
    found: Points = (longest + 0.5) / factor - 0.5 + (left, top)
    return found


def _continue(soft: NDArray[np.float32], inner: tuple[slice, slice]) -> None:
    rows, columns = inner
    if rows.start > 0:
        soft[: rows.start] = soft[rows.start]
    if rows.stop < soft.shape[0]:
        soft[rows.stop :] = soft[rows.stop - 1]
    if columns.start > 0:
        soft[:, : columns.start] = soft[:, columns.start : columns.start + 1]
    if columns.stop < soft.shape[1]:
        soft[:, columns.stop :] = soft[:, columns.stop - 1 : columns.stop]


def _simplify(dense: Points, size: float) -> tuple[Points, NDArray[np.bool_]]:
    """Few points: lines fitted to straight stretches, and meeting in corners; else the curve."""
    epsilon = max(0.9, 0.035 * size)
    coarse = cv2.approxPolyDP(dense.astype(np.float32), epsilon, True).reshape(-1, 2)
    if len(coarse) < 3:
        return np.zeros((0, 2)), np.zeros(0, bool)
    # Corners are points of the contour itself.
    code = np.array([1 << 16, 1.0])
    places = dense @ code
    order = np.argsort(places, kind="stable")
    at = sorted(set(order[np.searchsorted(places, coarse @ code, sorter=order)].tolist()))
    if len(at) < 3:
        return np.zeros((0, 2)), np.zeros(0, bool)
    chains = [
        dense[start : end + 1] if end > start else np.concatenate([dense[start:], dense[: end + 1]])
        for start, end in zip(at, at[1:] + at[:1], strict=True)
    ]
    lines = [_line(chain, size) for chain in chains]
    points: list[Points] = []
    straight: list[bool] = []
    for k, chain in enumerate(chains):
        corner = _corner(chain[0], lines[k - 1], lines[k], size)
        points.append(corner)
        straight.append(lines[k] is not None)
        if lines[k] is None:
            fine = cv2.approxPolyDP(
                chain.astype(np.float32), max(0.35, 0.006 * size), False
            ).reshape(-1, 2)
            points.extend(fine[1:-1].astype(np.float64))
            straight.extend([False] * max(0, len(fine) - 2))
    return np.array(points), np.array(straight)


_Line = tuple[Points, Points]
"""A point of the line and its unit direction."""


def _line(chain: Points, size: float) -> _Line | None:
    """The line through a stretch of contour, if it is straight and long enough to tell."""
    length = math.dist(chain[0], chain[-1])
    if length < max(4.0, 0.2 * size) or len(chain) < 6:
        return None
    cut = max(1, len(chain) // 10)
    inner = chain[cut:-cut]
    # Points lie a quarter of a cell apart: few tell as much as all.
    few = inner[:: 1 + len(inner) // 60].astype(np.float32)
    fitted = cv2.fitLine(few, cv2.DIST_L2, 0, 0.01, 0.01)
    vx, vy, x, y = (float(v) for v in np.asarray(fitted).ravel())
    off = inner @ np.array([-vy, vx]) - (y * vx - x * vy)
    count = len(off)
    if math.sqrt(float(off @ off) / count) > max(0.4, 0.008 * size):
        return None
    # The ends of an arc lie on one side of the line, its middle on the other.
    third = count // 3
    sums = np.add.reduceat(off, (0, third, count - third)) if third else np.array([0, off.sum(), 0])
    ends = float(sums[0] + sums[2]) / max(1, 2 * third)
    if abs(ends - float(sums[1]) / (count - 2 * third)) > 0.18 + 0.004 * length:
        return None
    return np.array([x, y]), np.array([vx, vy])


def _corner(point: Points, before: _Line | None, after: _Line | None, size: float) -> Points:
    """Where two lines meet, if that is near; else the point moved onto the line there is."""
    if before is not None and after is not None:
        (p, v), (q, w) = before, after
        cross = float(v[0] * w[1] - v[1] * w[0])
        if abs(cross) > 0.3:
            d = q - p
            meet = p + v * float(d[0] * w[1] - d[1] * w[0]) / cross
            if math.dist(meet, point) < max(2.0, 0.12 * size):
                return np.asarray(meet)
    line = before if after is None else after
    if line is None:
        return point
    base, way = line
    return np.asarray(base + way * float((point - base) @ way))
