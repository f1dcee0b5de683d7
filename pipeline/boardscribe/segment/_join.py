"""Which pieces that the votes made are one note: a tick's two arms, what a strip of tape parts.

The cells of a large or crooked note may point to two places. Whether two pieces that touch are one note
is a logistic model over what is known of both, fitted on composed scenes
(`models/training/segmentation/join.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from boardscribe.segment._labels import meetings
from boardscribe.segment._net import Maps

__all__ = ["Pairs", "join", "pairs_of"]

_WEIGHTS: Final = np.array([1.006, -5.263, 2.957, -0.439, -0.02, -0.05, -4.674, -3.233, -1.638])
_BIAS: Final = 6.952
_ONE: Final = 0.5
"""Probability from which on two pieces are one note."""
_LIGHT, _HUE = 40.0, 30.0
"""Greatest difference in lightness and in hue, Lab of 8 bits, that still tells something."""
_QUARTER: Final = 0.25
"""Share of the seam that has no more of an outline than the figure says: part of a seam is enough."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pieces that touch, pair by pair."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    fixed: NDArray[np.float64]
    """n x 6: how narrow the less narrow one is, 0 to 1; the differences of their lightness and of their
    hue; how far apart the places are that they point to, in sizes of the note that they expect; how whole
    the wholer one is; how much of an outline runs between them."""
    area: NDArray[np.float64]
    """Cells of each piece, by its label."""
    expected: NDArray[np.float64]
    """Square root of the cells of the note that it expects to be part of, by its label."""

    def figures(
        self, pair: int, areas: tuple[float, float], expected: float
    ) -> NDArray[np.float64]:
        """What the model looks at.

        Args:
            pair: number of the pair.
            areas: cells of what the two pieces have grown to.
            expected: the larger of what they expect, square root of cells.
        """
        together = float(np.log(np.sqrt(sum(areas)) / expected))
        size = float(np.log(min(areas)))
        narrow, *rest = self.fixed[pair]
        return np.array([together, max(together, 0.0), narrow, size, *rest])


def join(maps: Maps, labels: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """New label of each label, (count + 1,): pieces of one note become one, surest first.

    Args:
        maps: what the network says.
        labels: H x W, 0 is no note.
        count: greatest label.
    """
    pairs = pairs_of(maps, labels, count)
    parent = np.arange(count + 1, dtype=np.int32)
    area, expected = pairs.area.copy(), pairs.expected.copy()

    def root(k: int) -> int:
        while parent[k] != k:
            k = int(parent[k])
        return k

    def score(pair: int, one: int, other: int) -> float:
        figures = pairs.figures(pair, (area[one], area[other]), max(expected[one], expected[other]))
        return float(1 / (1 + np.exp(-_BIAS - figures @ _WEIGHTS)))

    ends = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    scores = np.array([score(pair, *both) for pair, both in enumerate(ends)])
    for pair in np.argsort(-scores):
        one, other = (root(k) for k in ends[pair])
        # Pieces that have grown since are asked again: three may be too large for one note.
        if one != other and score(int(pair), one, other) > _ONE:
            parent[other] = one
            area[one] += area[other]
            expected[one] = max(expected[one], expected[other])
    return np.array([root(k) for k in range(count + 1)], np.int32)


def pairs_of(maps: Maps, labels: NDArray[np.int32], count: int) -> Pairs:
    """What is known of each two pieces that touch; see `join`."""
    cells = np.flatnonzero(labels)
    own = labels.ravel()[cells]
    area = np.bincount(own, minlength=count + 1).astype(np.float64)

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(own, values, count + 1) / np.maximum(area, 1))

    y, x = np.divmod(cells, labels.shape[1])
    place = mean(x + maps.offset_x.ravel()[cells]), mean(y + maps.offset_y.ravel()[cells])
    expected = np.exp(mean(np.log(maps.size.ravel()[cells])))
    narrow, whole = (mean(layer.ravel()[cells]) for layer in (maps.thin, maps.whole))
    lightness, *hue = (mean(channel) for channel in maps.colour.reshape(-1, 3)[cells].T)
    first, second, seam = _seams(maps.edge, labels, count)
    apart = _distance(place, first, second) / np.maximum(expected[first], expected[second])
    fixed = np.stack(
        [
            np.minimum(narrow[first], narrow[second]),
            np.minimum(np.abs(lightness[first] - lightness[second]), _LIGHT),
            np.minimum(_distance(hue, first, second), _HUE),
            apart,
            np.maximum(whole[first], whole[second]),
            seam,
        ],
        axis=1,
    )
    return Pairs(first, second, fixed, area, expected)


def _seams(
    edge: NDArray[np.float32], labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Labels that touch, the lower one first, and how much of an outline runs between them."""
    keys, values = [], []
    for a, b, meet in meetings(labels):
        one, other = (labels[part][meet].astype(np.int64) for part in (a, b))
        keys.append(np.minimum(one, other) * (count + 1) + np.maximum(one, other))
        values.append(np.maximum(edge[a][meet], edge[b][meet]))
    key, value = np.concatenate(keys), np.concatenate(values)
    order = np.lexsort((value, key))
    pairs, starts, lengths = np.unique(key[order], return_index=True, return_counts=True)
    first, second = np.divmod(pairs, count + 1)
    ranked = value[order][starts + (_QUARTER * (lengths - 1)).astype(np.intp)]
    return first.astype(np.intp), second.astype(np.intp), ranked


def _distance(place: Any, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.float64]:
    x, y = (np.asarray(axis[first] - axis[second], np.float64) for axis in place)
    return np.hypot(x, y)
