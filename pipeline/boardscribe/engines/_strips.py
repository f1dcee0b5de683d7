"""Notes to strips, one line of writing each, for engines that read lines and find none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._networks import Detector
from boardscribe.engines.base import EngineLine, EngineText, EngineWord
from boardscribe.lines import TextBox, cut_line, find_boxes, order_lines
from boardscribe.records import Polygon

__all__ = ["Strip", "cut_strips", "texts_of"]

_SIDE = 640


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A piece of a line of writing on one crop."""

    crop: int
    """Index of the crop."""
    line: int
    """Index of the line on it; a line may come in several pieces."""
    outline: Polygon
    """In pixels of the crop."""
    picture: NDArray[np.uint8]
    """height x w x 3, BGR, upright."""


def cut_strips(
    detector: Detector, crops: Sequence[NDArray[np.uint8]], *, height: int
) -> Iterator[Strip]:
    """Find the lines of crops (h x w x 3 BGR each) and cut them to strips of one height."""
    for number, crop in enumerate(crops):
        scale = _SIDE / max(crop.shape[:2])
        size = (max(8, round(crop.shape[1] * scale)), max(8, round(crop.shape[0] * scale)))
        picture = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        boxes = find_boxes(detector(picture), size)
        for index, line in enumerate(order_lines(boxes)):
            for box in line:
                strip = cut_line(picture, box, height=height)
                yield Strip(number, index, _outline(box, 1 / scale), strip)


def texts_of(
    count: int, read: Sequence[tuple[Strip, tuple[EngineWord, ...], float]]
) -> tuple[EngineText, ...]:
    """What was read on strips, put together by crop.

    Args:
        count: number of crops.
        read: strips in their order, what was read on each, and its log-probability.
    """
    found: dict[tuple[int, int], list[EngineLine]] = {}
    for strip, words, log_probability in read:
        if words:
            line = EngineLine(words, strip.outline, log_probability)
            found.setdefault((strip.crop, strip.line), []).append(line)
    return tuple(EngineText(tuple(_lines(found, number))) for number in range(count))


def _lines(
    found: Mapping[tuple[int, int], Sequence[EngineLine]], number: int
) -> Iterator[EngineLine]:
    for key in sorted(key for key in found if key[0] == number):
        pieces = found[key]
        words = tuple(word for piece in pieces for word in piece.words)
        polygon = pieces[0].polygon if len(pieces) == 1 else ()
        yield EngineLine(words, polygon, sum(piece.log_probability for piece in pieces))


def _outline(box: TextBox, scale: float) -> Polygon:
    return tuple((float(x * scale), float(y * scale)) for x, y in box.corners)
