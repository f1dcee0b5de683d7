"""Outline -> shape with probability."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import area, to_array
from boardscribe.records import Detection, Polygon, Shape, ShapeGuess

__all__ = ["VERSION", "ShapeClassifier"]

VERSION: Final = "0.1"
"""Part of the stage's digest: changes whenever results change."""


class ShapeClassifier:
    """Tells the shape of each outline."""

    def classify(
        self, image: NDArray[np.uint8], detections: Sequence[Detection]
    ) -> tuple[ShapeGuess, ...]:
        """Probability of each shape, one guess a detection, in their order.

        Args:
            image: the upright photo, BGR, H x W x 3.
            detections: outlines in pixels of that photo.
        """
        del image  # the outline alone decides, for now
        return tuple(_guess(detection.polygon) for detection in detections)


def _guess(polygon: Polygon) -> ShapeGuess:
    points = to_array(polygon).astype(np.float32)
    size = area(polygon)
    hull = area(cv2.convexHull(points).reshape(-1, 2))
    (_, (wide, high), _) = cv2.minAreaRect(points)
    solid = size / max(hull, 1e-6)
    box = size / max(wide * high, 1e-6)
    if solid < 0.7:
        best = Shape.TICK
    elif (box > 0.8 and solid > 0.9) or solid > 0.93:
        best = Shape.SQUARE
    elif box < 0.72:
        best = Shape.HEART
    else:
        best = Shape.BUBBLE
    sure = 0.8
    rest = (1 - sure) / (len(Shape) - 1)
    return ShapeGuess(MappingProxyType({s: sure if s is best else rest for s in Shape}))
