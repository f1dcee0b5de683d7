"""Photo -> outlines of notes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import area, clip, clockwise, iou, polygon_of, touches_border
from boardscribe.options import SegmentOptions
from boardscribe.records import Detection, Polygon

__all__ = ["VERSION", "Segmenter"]

VERSION: Final = "0.1"
"""Part of the stage's digest: changes whenever results change."""

_LONG_SIDE: Final = 1000
_CLUSTERS: Final = 12


class Segmenter:
    """Finds the notes of a photo.

    Example:
        >>> from boardscribe.options import SegmentOptions
        >>> Segmenter(SegmentOptions()).find(np.full((60, 80, 3), 255, np.uint8))
        ()
    """

    def __init__(self, options: SegmentOptions) -> None:
        self._options = options

    def find(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """Outlines of all notes, the doubtful ones (`keep` to `act`) included.

        Args:
            image: the upright photo, BGR, H x W x 3.

        Returns:
            Detections from top to bottom, left to right; polygons in pixels of the photo,
            clockwise, inside it.
        """
        height, width = image.shape[:2]
        scale = min(1.0, _LONG_SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        candidates = sorted(_candidates(small), key=lambda c: -c[1])
        chosen: list[tuple[Polygon, float]] = []
        for polygon, score in candidates:
            if all(iou(polygon, other) < 0.3 for other, _ in chosen):
                chosen.append((polygon, score))
        factors = np.array([width / size[0], height / size[1]])
        found = []
        for polygon, score in chosen:
            if score < self._options.keep:
                continue
            full = clip(polygon_of(np.asarray(polygon) * factors), width, height)
            if len(full) < 3 or area(full) < self._options.min_side**2:
                continue
            found.append(
                Detection(
                    polygon=clockwise(full),
                    confidence=score,
                    cut_off=touches_border(full, width, height),
                    doubtful=score < self._options.act,
                )
            )
        return tuple(sorted(found, key=lambda d: min((y, x) for x, y in d.polygon)))


def _candidates(small: NDArray[np.uint8]) -> list[tuple[Polygon, float]]:
    """Compact regions of one colour, each with a score."""
    lab = cv2.cvtColor(cv2.medianBlur(small, 5), cv2.COLOR_BGR2LAB).astype(np.float32)
    lab[..., 0] *= 0.5
    pixels = lab.reshape(-1, 3)
    sample = pixels[:: max(1, len(pixels) // 20000)]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 15, 1.0)
    cv2.setRNGSeed(1)
    clusters = min(_CLUSTERS, len(sample))
    _, _, centres = cv2.kmeans(
        sample, clusters, np.empty((0, 1), np.int32), criteria, 2, cv2.KMEANS_PP_CENTERS
    )
    distances = np.stack([((lab - centre) ** 2).sum(axis=2) for centre in centres])
    labels = np.asarray(distances.argmin(axis=0))
    total = labels.size
    found: list[tuple[Polygon, float]] = []
    for index, centre in enumerate(np.asarray(centres)):
        mask = (labels == index).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        chroma = float(np.hypot(centre[1] - 128, centre[2] - 128))
        for contour in contours:
            size = cv2.contourArea(contour)
            if not 0.0006 * total < size < 0.12 * total:
                continue
            hull = cv2.contourArea(cv2.convexHull(contour))
            (_, (wide, high), _) = cv2.minAreaRect(contour)
            if min(wide, high) < 12 or max(wide, high) > 4 * min(wide, high):
                continue
            solid = size / hull
            box = size / (wide * high)
            if solid < 0.75 or box < 0.5:
                continue
            score = min(0.95, 0.15 + 0.5 * min(1.0, chroma / 25) + 0.3 * (box - 0.5) * 2)
            points = cv2.approxPolyDP(contour, 0.012 * cv2.arcLength(contour, True), True)
            if len(points) >= 3:
                found.append((polygon_of(points.reshape(-1, 2) + 0.5), score))
    return found
