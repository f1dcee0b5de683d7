"""The network that finds notes: a photo in, maps of what each pixel shows out.

`models/training/segmentation/net.py` describes the network; the order of its channels is
fixed there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._onnx import session

__all__ = ["Maps", "NoteNet"]

_PIXELS: Final = 1024 * 768
"""Pixels of the reduced photo that the network sees at first."""
_LONGEST: Final = 2048
"""Its longer side at most."""
_ENLARGED: Final = 2.0
"""A small photo is not enlarged more than this."""
_MULTIPLE: Final = 32
_SHAPES: Final = slice(6, 11)
_TICK: Final = 9
_OTHER: Final = 10
"""Channels of the shapes, of the tick and of what is none of the four."""
_UNIT: Final = 32.0
"""Pixels of the network's input in which it measures offsets and sizes."""


@dataclass(frozen=True, slots=True)
class Maps:
    """What the network says of each cell, H x W; two pixels of its input make one cell."""

    note: NDArray[np.float32]
    """Probability that the cell shows a note."""
    edge: NDArray[np.float32]
    """Probability that it lies on the outline of a note's visible part."""
    offset_x: NDArray[np.float32]
    """From here to the centre of the note's visible part, in cells."""
    offset_y: NDArray[np.float32]
    size: NDArray[np.float32]
    """Square root of the visible area, in cells."""
    whole: NDArray[np.float32]
    """Probability that nothing covers part of the note."""
    depth: NDArray[np.float32]
    """Distance to the outline over its greatest value in that note, 0 to 1."""
    thin: NDArray[np.float32]
    """Probability that it is a thin, crooked note such as a tick."""
    odd: NDArray[np.float32]
    """Probability that it is none of the four shapes that most notes have."""
    shapes: NDArray[np.float32]
    """Logits of the shape that the cell's note has, 5 x H x W, in the order of `Shape`."""
    colour: NDArray[np.uint8]
    """What the photo shows there, H x W x 3, Lab of 8 bits."""
    scale_x: float
    """Pixels of the photo per cell."""
    scale_y: float


class NoteNet:
    """The loaded network.

    Raises:
        MissingComponentError: the weights are missing or damaged.
    """

    def __init__(self) -> None:
        self._session = session("segment")

    def look(self, image: NDArray[np.uint8], closer: float = 1.0) -> Maps:
        """Look at a photo.

        Args:
            image: the upright photo, BGR, H x W x 3.
            closer: how many times as wide and high as at first the network sees it.
        """
        height, width = image.shape[:2]
        scale = min(math.sqrt(_PIXELS / (height * width)), _LONGEST / max(height, width))
        scale = min(scale * closer, max(scale, _ENLARGED))
        # Sides that the network takes as they are: a strip beyond the border would hide from it
        # what the border cuts. The photo is squeezed by a hundredth or two.
        columns, rows = (
            max(_MULTIPLE, _MULTIPLE * round(side * scale / _MULTIPLE)) for side in (width, height)
        )
        small = _resized(image, columns, rows)
        (output,) = self._session.run(None, {"image": _planes(small)})
        cells = output[0]
        unit = np.float32(_UNIT / 2)
        return Maps(
            note=_probability(cells[0]),
            edge=_probability(cells[1]),
            offset_x=cells[2] * unit,
            offset_y=cells[3] * unit,
            size=np.exp(np.clip(cells[4], -3, 5)) * unit,
            whole=_probability(cells[5]),
            depth=np.clip(cells[11], 0, 1),
            thin=_against_others(cells, _TICK),
            odd=_against_others(cells, _OTHER),
            shapes=cells[_SHAPES],
            colour=_colours(small),
            scale_x=width / (columns // 2),
            scale_y=height / (rows // 2),
        )


def _against_others(cells: NDArray[np.float32], channel: int) -> NDArray[np.float32]:
    """Probability of one shape against the likeliest of the others."""
    others = np.delete(cells[_SHAPES], channel - _SHAPES.start, axis=0)
    return _probability(cells[channel] - others.max(axis=0))


def _resized(image: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
    while image.shape[0] >= 2 * rows and image.shape[1] >= 2 * columns:
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            break
        # Halving is ten times as fast as any other reduction, and leaves it little to do.
        half = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        image = np.asarray(half, np.uint8)
    # Less than halving leaves nothing out between its samples, and takes a seventh of the time.
    nearly = image.shape[0] < 2 * rows and image.shape[1] < 2 * columns
    way = cv2.INTER_LINEAR if nearly else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=way), np.uint8)


def _colours(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    cells = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(cells, cv2.COLOR_BGR2LAB), np.uint8)


def _planes(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """1 x 3 x H x W, -0.5 to 0.5, of an image H x W x 3; five times as fast as OpenCV's own."""
    planes = np.empty((1, 3, *image.shape[:2]), np.float32)
    for plane, channel in zip(planes[0], cv2.split(image), strict=True):
        np.multiply(channel, np.float32(1 / 255), out=plane)
    planes -= np.float32(0.5)
    return planes


def _probability(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), np.float32)
