"""Photo -> outlines of notes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import (
    area,
    bounding_box,
    clip,
    clockwise,
    polygon_of,
    touches_border,
)
from boardscribe.options import SegmentOptions
from boardscribe.records import Detection, Polygon
from boardscribe.segment._covered import mark_hidden
from boardscribe.segment._instances import Instance, instances
from boardscribe.segment._net import Maps, NoteNet
from boardscribe.segment._outline import outline
from boardscribe.segment._refine import refine

__all__ = ["VERSION", "Segmenter"]

VERSION: Final = "5.4"
"""Part of the stage's digest: changes whenever results change."""

_WEIGHTS: Final = (-0.339, 11.596, -3.101, -3.933, 0.309, -0.156, 0.056, 1.27)
_BIAS: Final = -5.114
"""Logistic model of the confidence over the features of an `Instance`; see the model's card."""

_SMALL: Final = 20.0
"""Cells across; photos of smaller notes are looked at again, closer."""
_GOOD: Final = 32.0
"""Cells across a note that the network knows best."""
_CLOSEST: Final = 2.0
"""How much closer at most."""


class Segmenter:
    """Finds the notes of a photo; loads its model once.

    Raises:
        MissingComponentError: the weights are missing or damaged.
    """

    def __init__(self, options: SegmentOptions) -> None:
        self._options = options
        self._net = NoteNet()

    def find(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """Outlines of all notes, the doubtful ones (`keep` to `act`) included.

        Args:
            image: the upright photo, BGR, H x W x 3.

        Returns:
            Detections from top to bottom, left to right; polygons in pixels of the photo,
            clockwise, inside it.
        """
        maps = self._net.look(image)
        found = self._candidates(maps)
        closer = _closer([i.area for i, confidence in found if confidence >= self._options.act])
        if closer > 1:
            maps = self._net.look(image, closer)
            found = self._candidates(maps)
        taken = _taken([instance for instance, _ in found], maps)
        traced = [
            (instance, confidence, edge)
            for instance, confidence in found
            if (edge := outline(instance, maps, taken)) is not None
        ]
        cell = (maps.scale_x + maps.scale_y) / 2
        refined = refine(image, [edge for _, _, edge in traced], cell)
        height, width = image.shape[:2]
        detections, wholes = [], []
        for (instance, confidence, _), points in zip(traced, refined, strict=True):
            polygon = clip(clockwise(polygon_of(points)), width, height)
            if not self._large_enough(polygon):
                continue
            detections.append(
                Detection(
                    polygon=clockwise(polygon_of(polygon)),
                    confidence=confidence,
                    cut_off=touches_border(polygon, width, height, margin=cell),
                    doubtful=confidence < self._options.act,
                    shape_evidence=instance.shapes,
                )
            )
            wholes.append(instance.whole)
        marked = mark_hidden(image, detections, wholes)
        return tuple(sorted(marked, key=lambda d: min((y, x) for x, y in d.polygon)))

    def _candidates(self, maps: Maps) -> list[tuple[Instance, float]]:
        """What may be a note, with its confidence."""
        return [
            (instance, confidence)
            for instance in instances(maps)
            if (confidence := _confidence(instance)) >= self._options.keep
        ]

    def _large_enough(self, polygon: Polygon) -> bool:
        if len(polygon) < 3:
            return False
        left, top, right, bottom = bounding_box(polygon)
        least = self._options.min_side
        return min(right - left, bottom - top) >= least and area(polygon) >= least**2 / 2


def _closer(areas: list[float]) -> float:
    """How much closer the network should look, so that half of the notes are large enough for it.

    Args:
        areas: cells of each note.
    """
    size = math.sqrt(float(np.median(areas))) if areas else _GOOD
    return min(_GOOD / size, _CLOSEST) if size < _SMALL else 1.0


def _confidence(instance: Instance) -> float:
    value = _BIAS + float(np.dot(_WEIGHTS, instance.features))
    return float(1 / (1 + np.exp(-value)))


def _taken(found: list[Instance], maps: Maps) -> NDArray[np.uint8]:
    """1 where some note is, H x W."""
    height, width = maps.note.shape
    taken = np.zeros((height, width), np.uint8)
    for instance in found:
        rows, columns = np.nonzero(instance.mask)
        rows, columns = rows + instance.top, columns + instance.left
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        taken[rows[inside], columns[inside]] = 1
    return taken
