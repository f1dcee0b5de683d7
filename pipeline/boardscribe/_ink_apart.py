"""What stands out from the paper around it, whatever the colour of either."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["apart_from_paper", "greatest_channel"]

_WIDEST = 255
"""Largest window of OpenCV's median."""


def apart_from_paper(lab: NDArray[np.uint8], around: float) -> NDArray[np.float32]:
    """Greatest difference in a channel from the median of the surroundings.

    Paper changes slowly, and medians are slow: that of a picture of half the size will do.

    Args:
        lab: h x w x 3, Lab of 8 bits.
        around: width of the surroundings in pixels.

    Returns:
        h x w, 0 to 255.
    """
    height, width = lab.shape[:2]
    half = (max(3, width // 2), max(3, height // 2))
    window = min(_WIDEST, max(3, round(around / 2) | 1))
    paper = cv2.medianBlur(cv2.resize(lab, half, interpolation=cv2.INTER_AREA), window)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return greatest_channel(np.asarray(cv2.absdiff(lab, paper)))


def greatest_channel(difference: NDArray[Any]) -> NDArray[np.float32]:
    """Greatest of three channels, h x w; numpy's own maximum over so short an axis is slow."""
    one, two, three = cv2.split(difference)
    return np.asarray(cv2.max(cv2.max(one, two), three), np.float32)
