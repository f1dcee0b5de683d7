"""A note's outline in the photo to an upright picture of the note alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._paper_mask import peel
from boardscribe.records import Crop, Polygon, Shape

__all__ = ["Straightened", "encode", "straighten"]

_MIN_SIDE = 480
"""A small note is enlarged to this longest side while it is straightened: resampling once, from
the photo, keeps thin strokes that a second enlargement would blur."""
_MAX_ENLARGEMENT = 4.0
_JPEG_QUALITY = 88
_MARGIN = 0.08
"""Surroundings looked at on each side, as a share of the longest side."""
_NOT_PAPER = 70.0
"""Difference from the paper's median, of 255, beyond which a pixel is ink, glare or shadow."""


@dataclass(frozen=True, slots=True, eq=False)
class Straightened:
    """A note on its own upright plane."""

    image: NDArray[np.uint8]
    """h x w x 3, BGR; what lies outside the outline is painted in the colour of the paper."""
    mask: NDArray[np.uint8] | None
    """h x w, 255 on the paper; None where the whole picture is paper."""
    matrix: NDArray[np.float64]
    """3 x 3 homography, photo pixels to crop pixels."""
    sharpness: float
    """0 (useless) to 1 (sharp)."""
    cut_ink: float = 0.0
    """Ink cut through by an outline behind which the paper goes on, thousandths of the area."""


def straighten(
    image: NDArray[np.uint8], polygon: Polygon, shape: Shape, *, max_side: int = 900
) -> Straightened:
    """Cut a note out of a photo and turn it upright.

    A four-cornered outline is brought to its own plane by a homography; of the four quarter
    turns the one nearest to the photo's upright is taken. Other outlines are cut by their
    smallest rectangle (a partly covered square, a bubble) or their upright box (heart, tick).

    Args:
        image: H x W x 3 BGR, the upright photo.
        polygon: outline in photo pixels.
        shape: what the outline is taken for.
        max_side: longest side of the result in pixels.

    Returns:
        The crop; at least 1 x 1 pixel whatever the outline is.
    """
    points = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
    corners = _corners(points, shape)
    sides = [float(np.linalg.norm(corners[i] - corners[(i + 1) % 4])) for i in range(4)]
    width = max(1.0, (sides[0] + sides[2]) / 2)
    height = max(1.0, (sides[1] + sides[3]) / 2)
    longest = max(width, height)
    target = min(float(max_side), max(longest, min(_MIN_SIDE, longest * _MAX_ENLARGEMENT)))
    scale = target / longest
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    frame = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float64)
    matrix = _homography(corners, frame)
    margin = max(4, round(_MARGIN * max(w, h)))
    wide = np.array([[1, 0, margin], [0, 1, margin], [0, 0, 1]], np.float64) @ matrix
    around = _warp(image, wide, (w + 2 * margin, h + 2 * margin), scale)
    outline = _inside(points, wide, (w + 2 * margin, h + 2 * margin))
    peeled = peel(around, outline)
    part = np.s_[margin : margin + h, margin : margin + w]
    crop = np.ascontiguousarray(around[part])
    mask = _partial(np.ascontiguousarray(peeled.mask[part]), outline[part])
    if mask is not None:
        crop = _fill_outside(crop, mask)
    sharpness = _sharpness(crop, enlargement=max(1.0, scale))
    return Straightened(crop, mask, matrix, sharpness, peeled.cut_ink)


def encode(crop: Straightened) -> Crop:
    """The crop as the record that is stored, with a JPEG picture."""
    height, width = crop.image.shape[:2]
    _, data = cv2.imencode(".jpg", crop.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return Crop(
        jpeg=data.tobytes(),
        width=width,
        height=height,
        matrix=tuple(float(value) for value in crop.matrix.ravel()),
        sharpness=crop.sharpness,
    )


def _corners(points: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    """Four corners of the note's plane in photo pixels: top left, then clockwise."""
    if len(points) < 3:
        return _upright_box(points)
    if shape in (Shape.HEART, Shape.TICK, Shape.OTHER):
        quadrilateral = None
        turned = shape is Shape.OTHER
    else:
        quadrilateral = _quadrilateral(points) if shape is Shape.SQUARE else None
        turned = True
    if quadrilateral is not None:
        return _nearest_upright(quadrilateral)
    if not turned:
        return _upright_box(points)
    box = cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))).astype(np.float64)
    corners = _nearest_upright(_clockwise(box))
    tilt = _tilt(corners)
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    # A round or nearly square outline tells nothing by the tilt of its smallest rectangle.
    fills = cv2.contourArea(points.astype(np.float32)) / max(float(sides[0] * sides[1]), 1.0)
    if shape is not Shape.SQUARE and (abs(tilt) > math.radians(25) or fills < 0.75):
        return _upright_box(points)
    return corners


def _quadrilateral(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The outline's four corners, clockwise, if four corners describe it well."""
    hull = cv2.convexHull(points.astype(np.float32))
    area = cv2.contourArea(hull)
    own = abs(cv2.contourArea(points.astype(np.float32)))
    if area < 4 or own < 0.85 * area:
        return None
    perimeter = cv2.arcLength(hull, True)
    for tolerance in (0.01, 0.02, 0.03, 0.045, 0.06, 0.08):
        corners = cv2.approxPolyDP(hull, tolerance * perimeter, True).reshape(-1, 2)
        if len(corners) == 4:
            ratio = cv2.contourArea(corners) / area
            angles = _angles(corners.astype(np.float64))
            if ratio > 0.88 and min(angles) > 50 and max(angles) < 130:
                return _clockwise(corners.astype(np.float64))
            return None
        if len(corners) < 4:
            return None
    return None


def _angles(corners: NDArray[np.float64]) -> list[float]:
    angles = []
    for i in range(4):
        a, b = corners[i - 1] - corners[i], corners[(i + 1) % 4] - corners[i]
        cosine = float(a @ b) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9)
        angles.append(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    return angles


def _clockwise(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = corners[:, 0], corners[:, 1]
    area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return corners if area > 0 else corners[::-1]


def _tilt(corners: NDArray[np.float64]) -> float:
    """Angle of the first side to the photo's x axis, in radians."""
    along = corners[1] - corners[0] + corners[2] - corners[3]
    return math.atan2(float(along[1]), float(along[0]))


def _nearest_upright(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    turns = [np.roll(corners, -k, axis=0) for k in range(4)]
    return min(turns, key=lambda c: abs(_tilt(c)))


def _upright_box(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(points) == 0:
        points = np.zeros((1, 2))
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float64)


def _homography(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix: NDArray[np.float64] = cv2.getPerspectiveTransform(
        source.astype(np.float32), target.astype(np.float32)
    ).astype(np.float64)
    if not np.all(np.isfinite(matrix)) or abs(np.linalg.det(matrix)) < 1e-12:
        # Corners that coincide: fall back to a plain shift, the crop is useless anyway.
        matrix = np.eye(3)
        matrix[:2, 2] = -source[0]
    return matrix


def _warp(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], size: tuple[int, int], scale: float
) -> NDArray[np.uint8]:
    interpolation = cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_LINEAR
    if scale < 0.6:
        # Warping samples points: a strong reduction would alias thin strokes. Render larger,
        # then average down.
        factor = min(4, math.ceil(1 / scale))
        large = np.diag([factor, factor, 1.0]) @ matrix
        w, h = size[0] * factor, size[1] * factor
        drawn = cv2.warpPerspective(
            image, large, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return _bytes(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA))
    return _bytes(
        cv2.warpPerspective(
            image, matrix, size, flags=interpolation, borderMode=cv2.BORDER_REPLICATE
        )
    )


def _inside(
    points: NDArray[np.float64], matrix: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The outline as an h x w mask, 255 inside."""
    w, h = size
    mask = np.zeros((h, w), np.uint8)
    if len(points) >= 3:
        mapped = cv2.perspectiveTransform(points.reshape(1, -1, 2), matrix).reshape(-1, 2)
        inside = np.clip(np.nan_to_num(mapped), -4 * max(w, h), 5 * max(w, h))
        cv2.fillPoly(mask, [np.round(inside * 16).astype(np.int32)], 255, shift=4)
    return mask


def _partial(mask: NDArray[np.uint8], outline: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The mask where it tells something: neither nearly everything nor nearly nothing."""
    share = cv2.countNonZero(mask) / mask.size
    peeled = cv2.countNonZero(np.ascontiguousarray(outline)) / mask.size - share
    return None if share < 0.02 or (share > 0.97 and peeled < 0.003) else mask


def _fill_outside(crop: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Continue the paper beyond the outline, so that its edge is not taken for a stroke."""
    h, w = mask.shape
    edge = max(1, round(0.012 * max(h, w)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * edge + 1, 2 * edge + 1))
    inner = _bytes(cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=255))
    if cv2.countNonZero(inner) < 0.01 * mask.size:
        inner = mask.copy()
    weight = (inner > 0).astype(np.float32)
    # The paper beyond is smooth: it is worked out small. Blurring paper and weight alike gives
    # each outside pixel the paper nearest to it; ink, far from the paper's colour, is left out.
    factor = max(1, max(h, w) // 120)
    size = (max(1, w // factor), max(1, h // factor))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    median = np.median(small[known > 0.5], axis=0) if (known > 0.5).any() else small.mean((0, 1))
    known[np.abs(small - median).max(axis=2) > _NOT_PAPER] = 0
    filled = np.broadcast_to(median, small.shape)
    for share in (0.6, 0.25):
        window = max(3, round(share * max(size)) | 1)
        total = cv2.blur(known, (window, window), borderType=cv2.BORDER_CONSTANT)[..., None]
        paper = cv2.blur(small * known[..., None], (window, window), borderType=cv2.BORDER_CONSTANT)
        filled = np.where(total > 0.02, paper / np.maximum(total, 1e-6), filled)
    smooth = _bytes(np.clip(np.rint(filled), 0, 255))
    beyond = cv2.resize(smooth, (w, h), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(weight, (0, 0), max(0.8, edge / 3))
    soft = np.asarray(cv2.min(soft, (mask > 0).astype(np.float32)), np.float32)
    return _bytes(cv2.blendLinear(crop, beyond, soft, 1 - soft))


def _sharpness(crop: NDArray[np.uint8], *, enlargement: float) -> float:
    """Steepest edges against the contrast, less what enlarging invented; 0 to 1."""
    grey = _bytes(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY))
    if min(grey.shape) < 8:
        return 0.0
    low, high = np.percentile(np.asarray(grey[::2, ::2], np.float32), (2, 98))
    if high - low < 4:
        return 0.0
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0)[::2, ::2]
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1)[::2, ::2]
    steep = float(np.percentile(np.hypot(across, down), 99.0)) / 4 / float(high - low)
    return max(0.0, min(1.0, 1.6 * steep * min(1.0, 1.5 / math.sqrt(enlargement))))


def _bytes(picture: NDArray[np.generic]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture, dtype=np.uint8)
