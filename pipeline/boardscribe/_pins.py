"""Pins and magnets: round, solid and strong, with a soft shadow to one side; no writing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._median import median

__all__ = ["pin_in"]

_LEAST = 0.042
"""Least width and height of a pin as a share of the note's side. Smaller ones stay: a `+` or a
`1` of a few pixels is as round as a pin."""
_MOST = 0.2
"""Greatest width and height of a pin, likewise."""
_SOFT = 0.5
"""A pin's shadow differs from the paper by less than this share of what the pin does."""
_SOLID = 0.55
"""Least share of the pin in its box: a disc without its highlights."""
_ROUND = 0.75
"""Least diameter of the greatest circle in a pin, as a share of its width or height."""
_HIGHLIGHT = 0.15
"""Greatest share of a highlight; the hole in an `o` is larger."""
_SHADOW = 5.0
"""How far a pin's shadow reaches, in radii of the pin."""


def pin_in(
    blob: NDArray[np.bool_], strength: NDArray[np.float32], *, side: int
) -> NDArray[np.bool_] | None:
    """The part of a blob that is a pin and its shadow, or None if it is something else.

    Args:
        blob: h x w, one connected piece of what differs from the paper.
        strength: h x w, by how much each pixel differs.
        side: longest side of the note in the same pixels.
    """
    if min(blob.shape) <= _LEAST * side:
        return None
    deep = _depth(blob)
    middle = blob & (deep > 0.5 * float(deep.max()))
    if not middle.any():  # a thin stroke whose loop was filled is deepest where it is not
        return None
    strong = blob & (strength > _SOFT * float(median(strength[middle])))
    _, _, w, h = cv2.boundingRect(strong.astype(np.uint8))
    if not _LEAST * side < min(w, h) <= max(w, h) < _MOST * side or max(w, h) > 2 * min(w, h):
        return None
    deep = _depth(strong)
    radius = float(deep.max())
    if np.count_nonzero(strong) < _SOLID * w * h or 2 * radius < _ROUND * min(w, h):
        return None
    row, column = np.unravel_index(int(deep.argmax()), deep.shape)
    rows, columns = np.ogrid[: blob.shape[0], : blob.shape[1]]
    return np.asarray(blob & (np.hypot(rows - row, columns - column) < _SHADOW * radius))


def _depth(blob: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance of each pixel to the outside of the blob; a highlight is no hole."""
    own = cv2.copyMakeBorder(blob.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    contours, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(own), contours, -1, (1,), cv2.FILLED)
    if np.count_nonzero(own) > (1 - _HIGHLIGHT) * np.count_nonzero(filled):
        own = np.asarray(filled, np.uint8)
    return np.asarray(cv2.distanceTransform(own, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)
