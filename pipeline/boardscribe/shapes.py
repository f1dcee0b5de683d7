"""Outline -> shape with probability."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import bounding_box, to_array
from boardscribe._onnx import session
from boardscribe.records import Detection, Polygon, Shape, ShapeGuess

__all__ = ["VERSION", "VIEW", "ShapeClassifier", "around", "view"]

VERSION: Final = "7"
"""Part of the stage's digest: changes whenever results change."""

VIEW: Final = 48
"""Side of what the network sees of an outline, in pixels."""

_FILL: Final = 0.72
"""Share of the view that the outline's longer side takes."""

_TURNS: Final = ((0, 1), (1, -1), (2, 1), (3, -1))
"""Quarter turns, and -1 where mirrored."""

_CLEAR: Final = 0.9
"""Probability from which two looks are enough."""

_SEEN: Final = 0.68
"""How much the pixels count beside the outline; fitted, as is the next, on composed scenes."""

_RARE: Final = np.array((0.011, 0.106, 0.147, 0.133, 0.242))
"""What turns the two together into likelihoods: both learned from boards of mostly squares.
For the last, of which there were a hundred only, four tenths of what was fitted."""

_TRAINED: Final = np.array((0.38, 0.24, 0.16, 0.12, 0.1))
"""Share of each shape among the outlines that the network was trained on."""

_EXPECTED: Final = 6.0 * np.array((0.5, 0.2, 0.13, 0.13, 0.04))
"""What boards hold before one has seen any of this one's notes, counted in notes."""

_ROUNDS: Final = 20
"""Of expectation and maximisation; they settle sooner."""


class ShapeClassifier:
    """Tells the shape of each outline from the outline, what lies over it and the border.

    Writing and colour are not looked at: a heart drawn on a square note is a square note.

    Raises:
        MissingComponentError: the weights are missing or damaged.
    """

    def __init__(self) -> None:
        self._session = session("shape")

    def classify(
        self, image: NDArray[np.uint8], detections: Sequence[Detection]
    ) -> tuple[ShapeGuess, ...]:
        """Probability of each shape, one guess a detection, in their order.

        Args:
            image: the upright photo, BGR, H x W x 3.
            detections: all outlines found on that photo, in its pixels.
        """
        if not detections:
            return ()
        height, width = image.shape[:2]
        polygons = [detection.polygon for detection in detections]
        boxes = [bounding_box(polygon) for polygon in polygons]
        views = np.stack(
            [
                view(polygon, around(index, polygons, boxes), width, height)
                for index, polygon in enumerate(polygons)
            ]
        )
        weight = np.array([not detection.doubtful for detection in detections], np.float64)
        likelihood = np.array(
            [
                _likelihood(row, detection)
                for row, detection in zip(self.shares(views), detections, strict=True)
            ]
        )
        return tuple(
            ShapeGuess(MappingProxyType(dict(zip(Shape, map(float, row), strict=True))))
            for row in _adapted(likelihood, weight)
        )

    def shares(self, views: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probability of each shape by the outline alone, (n, shapes).

        Mean over each view turned by quarter turns and mirrored: a shape has no upright. Two
        more looks are only for those that the first two leave open.

        Args:
            views: of `view`, n x 3 x VIEW x VIEW.
        """
        total = self._look(views, _TURNS[:2])
        shares = total / 2
        open_ = shares.max(axis=1) < _CLEAR
        if open_.any():
            total[open_] += self._look(views[open_], _TURNS[2:])
            shares[open_] = total[open_] / len(_TURNS)
        return shares

    def _look(
        self, views: NDArray[np.float32], turns: Sequence[tuple[int, int]]
    ) -> NDArray[np.float64]:
        """Sum over turns of the probabilities of each shape."""
        total = np.zeros((len(views), len(Shape)))
        for quarter, step in turns:
            turned = np.rot90(views, quarter, (2, 3))[..., ::step]
            (logits,) = self._session.run(None, {"view": np.ascontiguousarray(turned)})
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            total += powers / powers.sum(axis=1, keepdims=True)
        return total


def _likelihood(shares: NDArray[np.float64], detection: Detection) -> NDArray[np.float64]:
    """How well each shape explains outline and pixels: that of a covered bubble is a square's."""
    if not detection.shape_evidence:
        return np.asarray(shares / _TRAINED)
    return np.asarray(shares * np.exp(_SEEN * np.array(detection.shape_evidence)) * _RARE)


def _adapted(likelihood: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities under the shares of shapes on this very photo.

    Most boards hold nothing but squares; on one that does, an odd outline is a curled square
    rather than a bubble. How common shapes are is estimated from the photo itself by
    expectation maximisation (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of
    a classifier to new a priori probabilities"), with `_EXPECTED` to start from.

    Args:
        likelihood: of each shape, (n, shapes), relative within a row.
        weight: how much each outline counts, (n,).
    """
    common = _EXPECTED / _EXPECTED.sum()
    for _ in range(_ROUNDS):
        adapted = likelihood * common
        adapted /= adapted.sum(axis=1, keepdims=True)
        counts = _EXPECTED + weight @ adapted
        common = counts / counts.sum()
    return np.asarray(adapted)


def view(
    polygon: Polygon, around: Sequence[Polygon], width: int, height: int
) -> NDArray[np.float32]:
    """What the network sees of an outline: 3 x VIEW x VIEW, 0 to 1.

    Args:
        polygon: the outline, in pixels of the photo.
        around: outlines of other notes near it.
        width: of the photo.
        height: of the photo.

    Returns:
        The note; other notes; beyond the photo's border. All notes seem equally large.
    """
    left, top, right, bottom = bounding_box(polygon)
    scale = _FILL * VIEW / max(right - left, bottom - top, 1e-6)
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    fine = 2  # twice as fine, then averaged: soft edges tell the network where exactly they are

    def paint(layer: NDArray[np.uint8], points: NDArray[np.float64]) -> None:
        placed = ((points - middle) * scale + VIEW / 2) * fine - 0.5
        placed = np.clip(placed, -4 * VIEW, 6 * VIEW)
        cv2.fillPoly(layer, [np.round(placed * 16).astype(np.int32)], 255, cv2.LINE_8, 4)

    layers = np.zeros((3, fine * VIEW, fine * VIEW), np.uint8)
    paint(layers[0], to_array(polygon))
    for other in around:
        paint(layers[1], to_array(other))
    layers[2] = 255
    border = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    placed = ((border - middle) * scale + VIEW / 2) * fine - 0.5
    (x0, y0), (x1, y1) = np.round(np.clip(placed[[0, 2]], -1, fine * VIEW + 1)).astype(int)
    layers[2, max(0, y0) : max(0, y1 + 1), max(0, x0) : max(0, x1 + 1)] = 0
    layers[1][layers[0] > 0] = 0
    small = [cv2.resize(layer, (VIEW, VIEW), interpolation=cv2.INTER_AREA) for layer in layers]
    return np.asarray(np.stack(small).astype(np.float32) / 255)


def around(
    index: int,
    polygons: Sequence[Polygon],
    boxes: Sequence[tuple[float, float, float, float]],
) -> list[Polygon]:
    """The outlines that may reach into the view of one."""
    left, top, right, bottom = boxes[index]
    reach = max(right - left, bottom - top) * (1 / _FILL - 1)
    return [
        polygons[k]
        for k, (x0, y0, x1, y1) in enumerate(boxes)
        if k != index
        and x0 < right + reach
        and x1 > left - reach
        and y0 < bottom + reach
        and y1 > top - reach
    ]
