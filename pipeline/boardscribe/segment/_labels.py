"""Maps of labels: which cells each label has, and where two labels meet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["cells_of", "meetings"]

_BESIDE = ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1]))


def cells_of(
    labels: NDArray[np.int32], count: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns of the cells of each label, from 1 to `count`.

    Args:
        labels: H x W, 0 for none.
        count: greatest label.
    """
    rows, columns = np.nonzero(labels)
    number = labels[rows, columns]
    # Short integers are sorted by counting.
    order = np.argsort(number.astype(np.min_scalar_type(count)), kind="stable")
    starts = np.searchsorted(number[order], np.arange(1, count + 2))
    parts = [order[starts[k] : starts[k + 1]] for k in range(count)]
    return [(rows[part], columns[part]) for part in parts]


def meetings(
    labels: NDArray[np.int32],
) -> Iterator[tuple[tuple[slice, ...] | slice, tuple[slice, ...] | slice, NDArray[np.bool_]]]:
    """Where two labels lie side by side, then where one lies above the other.

    Yields:
        Two parts of the map, shifted by a cell, and which cells of them have labels that differ.
    """
    for a, b in _BESIDE:
        one, other = labels[a], labels[b]
        yield a, b, (one != other) & (one > 0) & (other > 0)
