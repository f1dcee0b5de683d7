"""Which found outline is which true one: overlap, and the best one-to-one pairing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from shapely import make_valid
from shapely.geometry import Polygon as Area
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from boardscribe.records import Polygon

__all__ = ["assign", "iou_matrix", "match"]


def iou_matrix(truth: Sequence[Polygon], found: Sequence[Polygon]) -> NDArray[np.float64]:
    """Intersection over union of each true and each found outline.

    Outlines that cross themselves are made valid first; what has no area overlaps nothing.

    Returns:
        len(truth) x len(found), 0 to 1.
    """
    matrix = np.zeros((len(truth), len(found)))
    if not truth or not found:
        return matrix
    there = [_area(polygon) for polygon in found]
    tree = STRtree(there)
    for row, polygon in enumerate(truth):
        one = _area(polygon)
        for column in tree.query(one):
            other = there[column]
            common = one.intersection(other).area
            if common > 0:
                matrix[row, column] = common / (one.area + other.area - common)
    return matrix


def _area(polygon: Polygon) -> BaseGeometry:
    if len(polygon) < 3:
        return Area()
    area = Area(polygon)
    return area if area.is_valid else make_valid(area)


def match(matrix: NDArray[np.float64], *, iou: float) -> list[tuple[int, int]]:
    """The best one-to-one pairing of rows and columns that overlap by at least `iou`.

    Best is: as many pairs as possible, and among those the greatest sum of overlaps.

    Returns:
        pairs of row and column, sorted.
    """
    allowed = (matrix >= iou) & (matrix > 0)
    if not allowed.any():
        return []
    # One more pair outweighs any gain in overlap.
    weight = np.where(allowed, min(matrix.shape) + 1.0 + matrix, 0.0)
    return sorted((row, column) for row, column in assign(-weight) if allowed[row, column])


def assign(cost: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The cheapest assignment of each row to its own column, or the reverse where rows are more.

    The Hungarian method by shortest augmenting paths, O(rows^2 x columns): Jonker and Volgenant
    1987, as in R. Burkard et al., Assignment Problems, 2009, chapter 4.4. (Written here because
    SciPy would be a large dependency for this alone.)
    """
    rows, columns = cost.shape
    if rows > columns:
        return sorted((row, column) for column, row in assign(cost.T))
    # Index 0 of the columns is a stand-in from which each new row starts.
    owner = np.zeros(columns + 1, dtype=np.int64)
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    for row in range(1, rows + 1):
        owner[0] = row
        at = 0
        nearest = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, dtype=np.int64)
        done = np.zeros(columns + 1, dtype=np.bool_)
        while owner[at]:
            done[at] = True
            here = owner[at]
            reduced = cost[here - 1] - row_price[here] - column_price[1:]
            better = ~done[1:] & (reduced < nearest[1:])
            nearest[1:][better] = reduced[better]
            came_from[1:][better] = at
            following = int(np.argmin(np.where(done, np.inf, nearest)[1:])) + 1
            step = nearest[following]
            row_price[owner[done]] += step
            column_price[done] -= step
            nearest[~done] -= step
            at = following
        while at:
            owner[at] = owner[came_from[at]]
            at = int(came_from[at])
    return sorted(
        (int(owner[column]) - 1, column - 1) for column in range(1, columns + 1) if owner[column]
    )
