"""Plane geometry of outlines, shared by the stages.

Coordinates are pixels, x to the right and y down; see `boardscribe.records`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from boardscribe.records import Polygon

__all__ = [
    "area",
    "bitten",
    "bounding_box",
    "centroid",
    "clip",
    "clockwise",
    "covered",
    "dented",
    "iou",
    "polygon_of",
    "signed_area",
    "to_array",
    "touches_border",
]


def to_array(polygon: Polygon | NDArray[np.generic]) -> NDArray[np.float64]:
    """The points as an array of shape (n, 2)."""
    return np.asarray(polygon, dtype=np.float64).reshape(-1, 2)


def polygon_of(points: Iterable[Sequence[float]] | NDArray[np.generic]) -> Polygon:
    """Points as plain numbers, rounded to a tenth of a pixel (outlines are no finer)."""
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in points)


def signed_area(polygon: Polygon | NDArray[np.generic]) -> float:
    """Area in square pixels by the shoelace formula; positive where clockwise on the screen."""
    points = to_array(polygon)
    if len(points) < 3:
        return 0.0
    x, y = (points - points[0]).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def area(polygon: Polygon | NDArray[np.generic]) -> float:
    """Area in square pixels."""
    return abs(signed_area(polygon))


def clockwise(polygon: Polygon) -> Polygon:
    """The same outline running clockwise on the screen (y down), from the same first point."""
    if signed_area(polygon) >= 0:
        return polygon
    return (polygon[0], *reversed(polygon[1:]))


def bounding_box(polygon: Polygon) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    # Outlines have few points: plain Python is several times as fast as NumPy here.
    xs, ys = zip(*polygon, strict=True)
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def centroid(polygon: Polygon) -> tuple[float, float]:
    """Centre of the area; of the points where the area is zero."""
    points = to_array(polygon)
    total = signed_area(points)
    if abs(total) < 1e-9:
        x, y = points.mean(axis=0)
        return float(x), float(y)
    origin = points[0]
    moved = points - origin
    following = np.roll(moved, -1, axis=0)
    cross = moved[:, 0] * following[:, 1] - following[:, 0] * moved[:, 1]
    x, y = ((moved + following) * cross[:, None]).sum(axis=0) / (6 * total) + origin
    return float(x), float(y)


def iou(first: Polygon, second: Polygon) -> float:
    """Intersection over union of two areas, 0 to 1; 0 where either has no area."""
    left, top, right, bottom = bounding_box(first)
    left2, top2, right2, bottom2 = bounding_box(second)
    if right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top:
        return 0.0
    one, two = _shape(first), _shape(second)
    union = one.union(two).area
    return float(one.intersection(two).area / union) if union > 0 else 0.0


def clip(polygon: Polygon, width: int, height: int) -> Polygon:
    """The part inside the photo, 0 to width and 0 to height; the largest piece of it.

    Returns an empty tuple where nothing is left.
    """
    left, top, right, bottom = bounding_box(polygon)
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return polygon
    inside = _shape(polygon).intersection(shapely.box(0, 0, width, height))
    pieces = [p for p in getattr(inside, "geoms", [inside]) if isinstance(p, shapely.Polygon)]
    if not pieces or max(p.area for p in pieces) <= 0:
        return ()
    largest = max(pieces, key=lambda p: p.area)
    return clockwise(tuple((float(x), float(y)) for x, y in list(largest.exterior.coords)[:-1]))


def dented(polygon: Polygon) -> float:
    """Area of the convex hull beyond the outline, over the outline's area; 0 where it has none."""
    points = to_array(polygon).astype(np.float32)
    own = float(cv2.contourArea(points))
    return float(cv2.contourArea(cv2.convexHull(points))) / own - 1 if own > 0 else 0.0


def bitten(polygon: Polygon, others: Sequence[Polygon]) -> float:
    """Area that other outlines take from the convex hull of one, over the area of that one.

    A whole square has nothing bitten off; one with a corner under another note has.
    """
    left, top, right, bottom = bounding_box(polygon)
    near = []
    for other in others:
        x0, y0, x1, y1 = bounding_box(other)
        if x0 < right and x1 > left and y0 < bottom and y1 > top:
            near.append(_shape(other))
    shape = _shape(polygon)
    if not near or shape.area <= 0:
        return 0.0
    missing = shape.convex_hull.difference(shape)
    return float(missing.intersection(shapely.union_all(near)).area / shape.area)


def covered(polygon: Polygon, others: Sequence[Polygon]) -> float:
    """Share of an outline's area that lies within others, 0 to 1; 0 where it has no area."""
    whole = _shape(polygon)
    if not others or whole.area == 0:
        return 0.0
    union = shapely.union_all([_shape(other) for other in others])
    return float(whole.intersection(union).area / whole.area)


def touches_border(polygon: Polygon, width: int, height: int, *, margin: float = 1.5) -> bool:
    """Whether the outline reaches the photo's border, to within `margin` pixels."""
    left, top, right, bottom = bounding_box(polygon)
    return left <= margin or top <= margin or right >= width - margin or bottom >= height - margin


def _shape(polygon: Polygon) -> shapely.Geometry:
    shape = shapely.Polygon(polygon)
    if shape.is_valid:
        return shape
    # Outlines that cross themselves are repaired rather than refused; of lines and points that
    # are left over, which would break what follows, nothing is kept.
    parts = shapely.get_parts(shapely.make_valid(shape))
    pieces = [p for part in parts for p in shapely.get_parts(part)]
    return shapely.union_all([p for p in pieces if isinstance(p, shapely.Polygon)])
