"""Pictures by others of things that are no notes: drawings with a transparent ground, photographs.

Drawings are Debian's `openclipart-png` (dedicated to the public domain), photographs those that
scikit-image ships (CC0 or public domain). Neither is part of this project; both are optional.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.surfaces import Picture

__all__ = ["Cutouts"]

_KINDS = (
    "animals", "buildings/furniture", "computer/hardware", "food", "people", "plants",
    "recreation/games", "recreation/holiday", "recreation/music", "recreation/party",
    "recreation/sports", "recreation/toys", "tools", "transportation/boating",
    "transportation/vehicles",
)  # fmt: skip
_PAPER = ("balloon", "bubble", "card", "envelope", "heart", "note", "paper", "post", "valentine")
"""In the names of drawings that may show what is to be found."""
_PHOTOS = (
    "astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "motorcycle_right.png",
    "rocket.jpg",
)  # fmt: skip
_SIDE = 220
"""Pixels that a drawing's longer side is reduced to."""


class Cutouts:
    """So many drawings, chosen by chance, and the photographs."""

    def __init__(self, rng: Generator, drawings: Path, count: int = 300) -> None:
        paths = sorted(
            path
            for kind in _KINDS
            for path in (drawings / kind).rglob("*.png")
            if not any(word in path.name.lower() for word in _PAPER)
        )
        chosen = rng.permutation(len(paths))[:count]
        loaded = [cv2.imread(str(paths[k]), cv2.IMREAD_UNCHANGED) for k in chosen]
        self._drawings = [_reduced(d) for d in loaded if d is not None and _is_cut_out(d)]
        if not self._drawings:
            raise FileNotFoundError(
                f"{drawings} holds no drawings: apt-get install openclipart-png"
            )
        self._photos = [photo for name in _PHOTOS if (photo := _photo(name)) is not None]

    def ground(self, rng: Generator, height: int, width: int) -> Picture | None:
        """Part of a photograph to compose on; None where there are no photographs."""
        if not self._photos:
            return None
        photo = self._photos[int(rng.integers(len(self._photos)))]
        rows, columns = photo.shape[:2]
        zoom = max(width / columns, height / rows) * np.exp(rng.uniform(0, 1.2))
        centre = rng.uniform(0, 1, 2) * (columns - width / zoom, rows - height / zoom)
        matrix = np.array([[zoom, 0, -zoom * centre[0]], [0, zoom, -zoom * centre[1]]])
        if rng.random() < 0.5:
            matrix[0] = -matrix[0]
            matrix[0, 2] += width - 1
        image = cv2.warpAffine(photo, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        values = np.asarray(image, np.float32) / 255
        return np.asarray(values * np.exp(rng.normal(0, 0.25, 3)), np.float32)

    def put(self, rng: Generator, picture: Picture, count: int) -> NDArray[np.bool_]:
        """Lay drawings on a picture, turned and in other colours; most of them near one another.

        Returns:
            Where the picture was changed, H x W.
        """
        height, width = picture.shape[:2]
        home = rng.uniform(0, 1, 2) * (width, height)
        common = float(np.exp(rng.uniform(np.log(40), np.log(260))))
        changed = np.zeros((height, width), bool)
        for _ in range(count):
            drawing = self._drawings[int(rng.integers(len(self._drawings)))]
            size = common * float(np.exp(rng.normal(0, 0.3)))
            spot = home + rng.normal(0, 0.15 * width, 2)
            rows, columns = drawing.shape[:2]
            zoom = size / max(rows, columns)
            angle = rng.normal(0, 15) if rng.random() < 0.8 else rng.uniform(-180, 180)
            matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(angle), zoom)
            matrix[:, 2] += spot - (columns / 2, rows / 2)
            soft = cv2.GaussianBlur(drawing, (0, 0), 0.4 / zoom) if zoom < 0.8 else drawing
            laid = cv2.warpAffine(soft, matrix, (width, height), flags=cv2.INTER_LINEAR)
            cover = laid[..., 3:] / np.float32(255)
            colour = laid[..., :3] / np.float32(255)
            if rng.random() < 0.5:
                colour = colour[..., rng.permutation(3)]
            colour = colour * np.exp(rng.normal(0, 0.2, 3)).astype(np.float32)
            # Premultiplied: what is half transparent has half of its colour already.
            picture += np.clip(colour, 0, 1) - cover * picture
            changed |= cover[..., 0] > 0.5
        return changed


def _is_cut_out(drawing: NDArray[np.generic]) -> bool:
    """Whether it has a transparent ground and something on it."""
    if drawing.ndim != 3 or drawing.shape[2] != 4 or min(drawing.shape[:2]) < 16:
        return False
    return 0.05 < float((drawing[..., 3] > 128).mean()) < 0.9


def _reduced(drawing: NDArray[np.generic]) -> NDArray[np.float32]:
    """At most `_SIDE` pixels, colours premultiplied by what covers, 0 to 255."""
    values = drawing.astype(np.float32)
    values[..., :3] *= values[..., 3:] / 255
    scale = min(1.0, _SIDE / max(values.shape[:2]))
    return np.asarray(cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _photo(name: str) -> NDArray[np.uint8] | None:
    try:
        import skimage  # noqa: PLC0415
    except ImportError:
        return None
    image = cv2.imread(str(Path(skimage.__file__).parent / "data" / name), cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(image, np.uint8)
