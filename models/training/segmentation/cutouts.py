"""Pictures by others of things that are no notes: cut-out objects, photographs, textures.

Folders of Debian's packages are enough; which ones, and under which licences, the model's card
says. Nothing of them is part of this project, and all of it is optional.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.surfaces import Picture

__all__ = ["Cutouts"]

_PAPER = ("balloon", "bubble", "card", "envelope", "heart", "note", "paper", "post", "valentine")
"""In the names of drawings that may show what is to be found."""
_NOT_SEEN = ("gloss", "height", "mask", "norm", "nrm", "screenshot", "spec", "wire")
"""In the names of textures that are not what a surface looks like."""
_SIDE = 220
"""Pixels that an object's longer side is reduced to."""
_GROUND = 1280
"""Pixels that a ground's longer side is reduced to."""
_LIVELY = 0.1
"""Deviation of brightness from which on part of a ground is taken for a printed picture: what has
less might be paper."""


class Cutouts:
    """So many objects and grounds, chosen by chance."""

    def __init__(
        self, rng: Generator, drawings: Sequence[Path], grounds: Sequence[Path],
        count: tuple[int, int] = (400, 90),
    ) -> None:  # fmt: skip
        """Load pictures.

        Args:
            rng: chooses them.
            drawings: folders of pictures with a transparent ground.
            grounds: folders of photographs and textures.
            count: objects and grounds to keep at most; a ground takes some 3 MB.

        Raises:
            FileNotFoundError: there is nothing in the folders.
        """
        self._drawings = [
            _reduced(drawing)
            for drawing in _some(rng, drawings, _PAPER, cv2.IMREAD_UNCHANGED, count[0])
            if _is_cut_out(drawing)
        ]
        self._grounds = [
            np.asarray(_at_most(picture, _GROUND), np.uint8)
            for picture in _some(rng, grounds, _NOT_SEEN, cv2.IMREAD_COLOR, count[1])
            if min(picture.shape[:2]) >= 256  # smaller ones are icons
        ]
        if not self._drawings or not self._grounds:
            raise FileNotFoundError(
                "no drawings or no grounds: apt-get install tuxpaint-stamps-default mate-backgrounds"
            )

    def ground(self, rng: Generator, height: int, width: int) -> Picture:
        """Part of a photograph, or a wall of a texture, to compose on."""
        ground = self._grounds[int(rng.integers(len(self._grounds)))]
        rows, columns = ground.shape[:2]
        texture = rows == columns
        zoom = max(width / columns, height / rows) * np.exp(rng.uniform(0, 1.2))
        if texture:  # it goes on over its borders
            zoom = np.exp(rng.uniform(-1.2, 0.6))
        centre = rng.uniform(0, 1, 2) * (columns - width / zoom, rows - height / zoom)
        matrix = np.array([[zoom, 0, -zoom * centre[0]], [0, zoom, -zoom * centre[1]]])
        if rng.random() < 0.5:
            matrix[0] = -matrix[0]
            matrix[0, 2] += width - 1
        soft = cv2.GaussianBlur(ground, (0, 0), 0.4 / zoom) if zoom < 0.8 else ground
        border = cv2.BORDER_WRAP if texture else cv2.BORDER_REFLECT
        image = cv2.warpAffine(soft, matrix, (width, height), borderMode=border)
        return _lit(rng, np.asarray(image, np.float32) / 255)

    def put(self, rng: Generator, picture: Picture, count: int) -> NDArray[np.bool_]:
        """Lay objects on a picture, turned and in other colours; most of them near one another.

        Returns:
            Where the picture was changed, H x W.
        """
        height, width = picture.shape[:2]
        home = rng.uniform(0, 1, 2) * (width, height)
        common = float(np.exp(rng.uniform(np.log(40), np.log(260))))
        changed = np.zeros((height, width), bool)
        for _ in range(count):
            thing = self._drawings[int(rng.integers(len(self._drawings)))]
            size = common * float(np.exp(rng.normal(0, 0.3)))
            if rng.random() < 0.1 and (print_ := self._print(rng)) is not None:
                thing, size = print_, size * rng.uniform(1, 3)
            spot = home + rng.normal(0, 0.15 * width, 2)
            _lay(rng, picture, changed, thing, size, spot)
        return changed

    def _print(self, rng: Generator) -> Picture | None:
        """A printed picture, poster or screen: a piece of a ground, often with a frame."""
        ground = self._grounds[int(rng.integers(len(self._grounds)))]
        rows, columns = ground.shape[:2]
        tall, wide = (int(n) for n in rng.uniform(0.3, 0.9, 2) * min(rows, columns))
        y, x = int(rng.integers(rows - tall + 1)), int(rng.integers(columns - wide + 1))
        piece = _at_most(ground[y : y + tall, x : x + wide], _SIDE).astype(np.float32)
        if piece.mean(axis=2).std() < _LIVELY * 255:
            return None
        if rng.random() < 0.6:
            edge = max(1, int(rng.uniform(0.02, 0.09) * min(piece.shape[:2])))
            shade = float(rng.choice([10, 40, 128, 245]))
            piece[:edge], piece[-edge:], piece[:, :edge], piece[:, -edge:] = (shade,) * 4
        # A border of nothing, so that its edges are smooth when it is turned.
        full = np.full((*piece.shape[:2], 1), 255, np.float32)
        return np.pad(np.concatenate([piece, full], axis=2), ((2, 2), (2, 2), (0, 0)))


def _lay(
    rng: Generator, picture: Picture, changed: NDArray[np.bool_], thing: Picture, size: float,
    spot: NDArray[np.float64],
) -> None:  # fmt: skip
    """Lay one object, its colours premultiplied, on the part of the picture that it covers."""
    height, width = changed.shape
    rows, columns = thing.shape[:2]
    zoom = size / max(rows, columns)
    angle = rng.normal(0, 15) if rng.random() < 0.8 else rng.uniform(-180, 180)
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(angle), zoom)
    reach = 0.5 * zoom * float(np.hypot(rows, columns)) + 2
    x0, y0 = np.maximum(np.floor(spot - reach), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(spot + reach), (width, height)).astype(int)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    matrix[:, 2] += spot - (columns / 2, rows / 2) - (x0, y0)
    soft = cv2.GaussianBlur(thing, (0, 0), 0.4 / zoom) if zoom < 0.8 else thing
    laid = cv2.warpAffine(soft, matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    cover = laid[..., 3:] / np.float32(255)
    part = picture[y0:y1, x0:x1]
    if rng.random() < 0.4:  # its shadow, on what is behind it
        away = np.float32(
            [[1, 0, rng.normal(0, 0.06) * size], [0, 1, abs(rng.normal(0, 0.06)) * size]]
        )
        shadow = cv2.GaussianBlur(cover, (0, 0), 0.5 + rng.uniform(0.01, 0.08) * size)
        shadow = cv2.warpAffine(shadow, away, (shadow.shape[1], shadow.shape[0]))
        part *= 1 - np.float32(rng.uniform(0.1, 0.6)) * shadow[..., None]
    colour = laid[..., :3] / np.float32(255)
    if rng.random() < 0.5:
        colour = colour[..., rng.permutation(3)]
    colour = colour * np.exp(rng.normal(0, 0.2, 3)).astype(np.float32)
    # Premultiplied: what is half transparent has half of its colour already.
    part += np.clip(colour, 0, 1) - cover * part
    changed[y0:y1, x0:x1] |= cover[..., 0] > 0.5


def _lit(rng: Generator, picture: Picture) -> Picture:
    return np.asarray(picture * np.exp(rng.normal(0, 0.25, 3)), np.float32)


def _some(
    rng: Generator, folders: Sequence[Path], without: Sequence[str], flags: int, count: int
) -> Iterator[NDArray[np.generic]]:
    """Pictures of folders, so many at most, none whose name has one of the words."""
    paths = sorted(
        path
        for folder in folders
        for kind in ("*.png", "*.jpg", "*.webp")
        for path in folder.rglob(kind)
        if not any(word in path.name.lower() for word in without)
    )
    for index in rng.permutation(len(paths))[:count]:
        picture = cv2.imread(str(paths[index]), flags)
        if picture is not None:
            yield np.asarray(picture)


def _is_cut_out(drawing: NDArray[np.generic]) -> bool:
    """Whether it has a transparent ground and something on it."""
    if drawing.ndim != 3 or drawing.shape[2] != 4 or min(drawing.shape[:2]) < 16:
        return False
    return 0.05 < float((drawing[..., 3] > 128).mean()) < 0.9


def _reduced(drawing: NDArray[np.generic]) -> Picture:
    """At most `_SIDE` pixels, colours premultiplied by what covers, 0 to 255."""
    values = drawing.astype(np.float32)
    values[..., :3] *= values[..., 3:] / 255
    return _at_most(values, _SIDE)


def _at_most(picture: NDArray[np.generic], side: int) -> Picture:
    scale = min(1.0, side / max(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
