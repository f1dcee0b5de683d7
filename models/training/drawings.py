"""Drawings that people leave on notes, for generated ones."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_face"]


def draw_face(canvas: NDArray[np.uint8], middle: tuple[int, int], radius: int, pen: int) -> None:
    """A smiling face in white; sizes in pixels."""
    x, y = middle
    cv2.circle(canvas, middle, radius, 255, pen)
    cv2.ellipse(canvas, (x, y + radius // 6), (radius // 2, radius // 2), 0, 20, 160, 255, pen)
    for sign in (-1, 1):
        cv2.circle(canvas, (x + sign * radius // 3, y - radius // 4), pen, 255, -1)
