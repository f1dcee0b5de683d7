"""The median of few values, often asked for: numpy's own takes ten times as long to get ready as to find it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["median"]


def median(values: NDArray[Any]) -> NDArray[Any]:
    """What `numpy.median(values, axis=0)` gives where nothing is missing or not a number.

    Args:
        values: n or n x k, n at least 1.

    Returns:
        A number, or k of them.
    """
    middle = len(values) // 2
    if len(values) % 2:
        return np.asarray(np.partition(values, middle, axis=0)[middle])
    parted = np.partition(values, (middle - 1, middle), axis=0)
    return np.asarray(parted[middle - 1 : middle + 1].mean(axis=0))
