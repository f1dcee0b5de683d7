"""How one photo of a board lies on another: the homography between two views of a plane."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.options import digest

__all__ = ["DIGEST", "Features", "features", "register"]

_SIDE = 1200
_MOST_FEATURES = 2500
_RATIO = 0.8
_PIXELS = 4.0
# Between photos of different boards, chance agrees on up to 23 points and a fifth of few matches.
_FEWEST_INLIERS = 25
_LEAST_SHARE = 0.15
_SCALES = (0.15, 6.0)

DIGEST = digest("registration", "1", _SIDE, _MOST_FEATURES, _RATIO, _PIXELS, _LEAST_SHARE)
"""Changes with the method; results kept under another digest are not used."""

_Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """Points of one photo that can be found again on another."""

    points: NDArray[np.float32]
    """(n, 2), in pixels of the shrunk preview."""
    descriptors: NDArray[np.uint8]
    """(n, 128) SIFT."""
    scale: float
    """Pixels of the shrunk preview per pixel of the photo."""
    width: int
    """Of the shrunk preview."""
    height: int


def features(preview: bytes, scale: float) -> Features | None:
    """Find the points of a photo.

    Args:
        preview: the upright photo, scaled down, as an image file.
        scale: pixels of the preview per pixel of the photo.

    Returns:
        None where the file is not an image.
    """
    if not preview:
        return None
    image = cv2.imdecode(np.frombuffer(preview, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return None
    shrink = min(1.0, _SIDE / max(image.shape))
    if shrink < 1.0:
        image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    height, width = image.shape[:2]
    found, descriptors = cv2.SIFT_create(nfeatures=_MOST_FEATURES).detectAndCompute(image, None)  # type: ignore[attr-defined]
    points = np.array([point.pt for point in found], np.float32).reshape(-1, 2)
    kept = np.zeros((0, 128), np.uint8) if descriptors is None else descriptors.astype(np.uint8)
    return Features(points, kept, scale * shrink, width, height)


def register(first: Features, second: Features) -> tuple[tuple[float, ...] | None, int]:
    """Lay the first photo on the second.

    The same two photos always give the same result.

    Returns:
        The homography from pixels of the first full-size photo to pixels of the second, 3 x 3,
        row major, and the number of points that agree with it; None and 0 where the photos show
        no common plane.
    """
    pairs = _match(first.descriptors, second.descriptors)
    if len(pairs) < _FEWEST_INLIERS:
        return None, 0
    source, target = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
    found, mask = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, _PIXELS, maxIters=5000, confidence=0.999
    )
    if found is None:
        return None, 0
    matrix = np.asarray(found, np.float64)
    inliers = int(np.count_nonzero(mask))
    fewest = max(_FEWEST_INLIERS, _LEAST_SHARE * len(pairs))
    if inliers < fewest or not _is_view(matrix, first):
        return None, 0
    small = np.diag([first.scale, first.scale, 1.0])
    large = np.diag([1 / second.scale, 1 / second.scale, 1.0])
    full = large @ matrix @ small
    full /= full[2, 2]
    return tuple(round(float(value), 9) for value in full.ravel()), inliers


def _match(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Pairs of indices that are each other's best match and clearly better than the next."""
    if len(first) < 2 or len(second) < 2:
        return np.zeros((0, 2), np.intp)
    # RootSIFT: compares histograms by their shape (Arandjelovic and Zisserman, CVPR 2012).
    one, two = _root(first), _root(second)
    likeness = one @ two.T
    best = likeness.argmax(axis=1)
    rows = np.arange(len(one))
    top = likeness[rows, best]
    back = likeness.argmax(axis=0)
    likeness[rows, best] = -1.0
    runner_up = likeness.max(axis=1)
    # Unit vectors: the squared distance is 2 - 2 cos.
    clear = (1 - top) < _RATIO**2 * (1 - runner_up)
    kept = np.flatnonzero(clear & (back[best] == rows))
    return np.stack([kept, best[kept]], axis=1)


def _root(descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = descriptors.astype(np.float32)
    values /= np.maximum(values.sum(axis=1, keepdims=True), 1e-6)
    root: NDArray[np.float32] = np.sqrt(values)
    return root


def _is_view(matrix: _Matrix, first: Features) -> bool:
    """Whether a camera could have seen this: the frame stays convex, upright in sense, in scale."""
    frame = np.array(
        [[0, 0, 1], [first.width, 0, 1], [first.width, first.height, 1], [0, first.height, 1]],
        np.float64,
    )
    mapped = frame @ matrix.T
    if np.any(mapped[:, 2] * np.sign(mapped[0, 2]) <= 1e-9):
        return False
    corners = mapped[:, :2] / mapped[:, 2:]
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if np.any(turns <= 0):
        return False
    x, y = corners.T
    area = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2
    scale = float(np.sqrt(area / (first.width * first.height)))
    return _SCALES[0] <= scale <= _SCALES[1]
