"""Which notes another note covers in part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import bitten, bounding_box, dented, to_array
from boardscribe._paper_mask import peel
from boardscribe.records import Detection, Polygon

__all__ = ["mark_hidden"]

_WHOLE: Final = 0.65
"""Below this probability of being whole a note counts as hidden. Of eleven notes between .65 and .7 that no
other note covers one was, and ten of them were read exactly; below, most are."""
_BITE: Final = 0.03
"""So does one of which another note takes more than this share."""
_DOUBTFUL: Final = 0.86
"""So does one below this probability whose writing runs to where another note begins."""
_ENDING: Final = 5.0
"""Ink that ends there, in thousandths of the note's area, from which it is writing."""
_BESIDE: Final = 0.04
"""How near to another note that is, in sizes of the note (square root of its area)."""
_SIDE: Final = 128
"""Longest side in pixels at which writing is looked at."""
_MARGIN: Final = 0.1
"""Surroundings looked at, as a share of the longest side."""


def mark_hidden(
    image: NDArray[np.uint8], detections: Sequence[Detection], wholes: Sequence[float]
) -> list[Detection]:
    """Say of each note whether another covers part of it.

    Args:
        image: H x W x 3 BGR.
        detections: the notes of the photo.
        wholes: probability that nothing covers part of each, by the network.
    """
    sure = [detection.polygon for detection in detections if not detection.doubtful]
    boxes = np.array([bounding_box(polygon) for polygon in sure]).reshape(-1, 4)
    marked = []
    for detection, whole in zip(detections, wholes, strict=True):
        hidden = whole < _WHOLE
        # What has no dents has nothing bitten off; finding out by whom takes longer.
        dents = dented(detection.polygon) > _BITE
        if not hidden and (dents or whole < _DOUBTFUL):
            left, top, right, bottom = bounding_box(detection.polygon)
            reach = _MARGIN * max(right - left, bottom - top)
            near = (boxes[:, :2] < (right + reach, bottom + reach)).all(axis=1)
            near &= (boxes[:, 2:] > (left - reach, top - reach)).all(axis=1)
            others = [sure[k] for k in np.flatnonzero(near) if sure[k] is not detection.polygon]
            hidden = dents and bitten(detection.polygon, others) > _BITE
            if not hidden and others and whole < _DOUBTFUL:
                hidden = _ending_beside(image, detection.polygon, others) > _ENDING
        marked.append(replace(detection, hidden=hidden))
    return marked


def _ending_beside(image: NDArray[np.uint8], polygon: Polygon, others: Sequence[Polygon]) -> float:
    """Ink of strokes that end where another note begins, in thousandths of the note's area.

    People keep to their paper: a word that runs up to another note goes on beneath it.
    """
    left, top, right, bottom = bounding_box(polygon)
    margin = _MARGIN * max(right - left, bottom - top)
    height, width = image.shape[:2]
    x0, y0 = max(0, int(left - margin)), max(0, int(top - margin))
    x1, y1 = min(width, int(right + margin) + 1), min(height, int(bottom + margin) + 1)
    scale = min(1.0, _SIDE / max(x1 - x0, y1 - y0))
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))
    small = np.asarray(
        cv2.resize(image[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA), np.uint8
    )

    def drawn(polygons: Sequence[Polygon]) -> NDArray[np.uint8]:
        mask = np.zeros((size[1], size[0]), np.uint8)
        for points in polygons:
            placed = (to_array(points) - (x0, y0)) * scale - 0.5
            cv2.fillPoly(mask, [np.round(placed * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
        return mask

    own = drawn([polygon])
    area = max(1, cv2.countNonZero(own))
    away = cv2.distanceTransform(255 - drawn(others), cv2.DIST_L2, 3)
    beside = away < max(2.0, _BESIDE * area**0.5)
    if not (beside & (own > 0)).any():
        return 0.0
    peeled = peel(small, own, beside)
    ending, ink = (1000 * np.count_nonzero(p) / area for p in (peeled.ending_ink, peeled.ink))
    # Where nothing else is written it is no writing: an edge, a shadow, a piece of the other note.
    return ending if ink - ending > _ENDING else 0.0
