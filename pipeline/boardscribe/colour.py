"""The colour of a note's paper, as a name people use and as it was photographed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import bounding_box, to_array
from boardscribe.records import Colour, Polygon

__all__ = ["paper_colour"]

_SIDE: Final = 64
"""Notes are looked at no finer than this many pixels a side."""

_HUES: Final[tuple[tuple[float, str], ...]] = (
    (12.0, "red"),
    (43.0, "orange"),
    (72.0, "yellow"),
    (165.0, "green"),
    (255.0, "blue"),
    (295.0, "purple"),
    (345.0, "pink"),
    (360.0, "red"),
)
"""Upper end of each name's range of hue in degrees."""


def paper_colour(image: NDArray[np.uint8], polygon: Polygon) -> Colour:
    """Colour of the paper inside an outline, ink left out.

    Args:
        image: the upright photo, BGR, H x W x 3.
        polygon: outline of the note in pixels of that photo.

    Returns:
        The median colour of the paper and its name. Ink is darker than the paper it is on, so
        the darker third of the note does not count; nor does the rim, which may be shadow.

    Example:
        >>> import numpy as np
        >>> photo = np.full((90, 90, 3), (80, 230, 250), np.uint8)
        >>> paper_colour(photo, ((10.0, 10.0), (80.0, 10.0), (80.0, 80.0), (10.0, 80.0)))
        Colour(name='yellow', rgb=(250, 230, 80))
    """
    pixels = _inside(image, polygon)
    brightness = pixels.max(axis=1)
    paper = pixels[brightness >= np.quantile(brightness, 1 / 3)]
    blue, green, red = (round(float(v)) for v in np.median(paper, axis=0))
    return Colour(name=_name(red, green, blue), rgb=(red, green, blue))


def _inside(image: NDArray[np.uint8], polygon: Polygon) -> NDArray[np.uint8]:
    """Pixels well inside the outline, at least one, shape (n, 3)."""
    height, width = image.shape[:2]
    left, top, right, bottom = bounding_box(polygon)
    x0, y0 = max(0, min(width - 1, int(left))), max(0, min(height - 1, int(top)))
    x1, y1 = max(x0 + 1, min(width, int(right) + 1)), max(y0 + 1, min(height, int(bottom) + 1))
    crop = image[y0:y1, x0:x1]
    scale = min(1.0, _SIDE / max(crop.shape[:2]))
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    factors = np.array([size[0] / crop.shape[1], size[1] / crop.shape[0]])
    points = (to_array(polygon) - (x0, y0)) * factors
    mask = np.zeros(small.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
    core = cv2.erode(mask, np.ones((5, 5), np.uint8), borderValue=0)
    chosen = core if core.any() else mask
    found = small[chosen > 0] if chosen.any() else small.reshape(-1, 3)
    return np.asarray(found, dtype=np.uint8)


def _name(red: int, green: int, blue: int) -> str:
    high, low = max(red, green, blue), min(red, green, blue)
    saturation = (high - low) / high if high else 0.0
    if high < 50:
        return "black"
    if saturation < 0.13 or (saturation < 0.2 and high > 200):
        return "white" if high >= 150 else "grey" if high >= 80 else "black"
    pixel = np.array([[[red, green, blue]]], np.float32) / np.float32(255)
    hue = float(cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)[0, 0, 0])
    if 8 <= hue < 45 and high < 150:
        return "brown"
    name = next(name for end, name in _HUES if hue <= end)
    # Pink paper is red with white in it.
    return "pink" if name == "red" and saturation < 0.72 and high > 150 else name
