"""Is there writing at all: how much ink stands out from the paper."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["measure_ink"]

_SIDE = 240


def measure_ink(
    image: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None
) -> Mapping[str, float]:
    """Figures about what stands out from the paper; the blank decision is made from them.

    Args:
        image: h x w x 3 BGR, a straightened note.
        mask: h x w, 255 on the paper.

    Returns:
        `ink`: share of the inner paper that clearly differs from the paper around it;
        `ink_contrast`: how much the strongest 2 % differ, 0 to 1;
        `ink_thin`: share of that ink in strokes thin enough to be writing.
    """
    h, w = image.shape[:2]
    scale = _SIDE / max(h, w)
    size = (max(8, round(w * scale)), max(8, round(h * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    inner = np.full(size[::-1], 255, np.uint8)
    if mask is not None:
        inner = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    margin = max(2, round(0.06 * min(size)))
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    inner = np.asarray(
        cv2.erode(inner, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0), np.uint8
    )
    inside = inner > 0
    if np.count_nonzero(inside) < 30:
        return {"ink": 0.0, "ink_contrast": 0.0, "ink_thin": 0.0}
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    window = max(5, round(0.22 * min(size)) | 1)
    paper = np.stack([cv2.medianBlur(small_, window) for small_ in cv2.split(lab.astype(np.uint8))])
    differs = np.abs(lab - paper.transpose(1, 2, 0)).max(axis=2)
    values = differs[inside]
    strong = float(np.percentile(values, 98))
    ink = (differs > 16) & inside
    thick = cv2.erode(ink.astype(np.uint8), np.ones((7, 7), np.uint8))
    count = int(np.count_nonzero(ink))
    thin = 1 - min(1.0, np.count_nonzero(thick) * 4 / count) if count else 0.0
    return {
        "ink": count / values.size,
        "ink_contrast": min(1.0, strong / 100),
        "ink_thin": float(thin),
    }
