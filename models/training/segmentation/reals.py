"""Real photographs as material for scenes: what is behind notes, and what papers look like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.data import IGNORE, REAL_FOR_TRAINING, Picture, load_real

__all__ = ["Ground", "Reals"]

_SIDE = 144
"""Pixels of a paper's side."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Part of a real photograph to compose on, with the notes that it shows."""

    image: NDArray[np.float32]
    """BGR, 0 to 1, H x W x 3."""
    notes: NDArray[np.int16]
    """0, the number of a note from 1, or -1 where nothing is known."""
    shapes: tuple[int, ...]
    """Shape of each note as a number; entry 0 is unused."""


class Reals:
    """Half of the real photographs, by board: see `REAL_FOR_TRAINING`."""

    def __init__(self, folder: Path) -> None:
        self._pictures = [
            load_real(folder / "photos" / f"{name}.jpg", folder / "truth" / f"{name}.json", 2400)
            for name in REAL_FOR_TRAINING
        ]
        self._papers = [paper for picture in self._pictures for paper in _papers(picture)]

    def ground(self, rng: Generator, width: int, height: int) -> Ground:
        """A random view of one of the photographs."""
        picture = self._pictures[int(rng.integers(len(self._pictures)))]
        rows, columns = picture.notes.shape
        zoom = max(width / columns, height / rows) * np.exp(rng.uniform(-0.1, 0.9))
        angle = rng.normal(0, 8) if rng.random() < 0.85 else rng.uniform(-180, 180)
        span = np.array([width, height]) / zoom / 2
        low, high = np.minimum(span, (columns / 2, rows / 2)), np.array([columns, rows]) - span
        centre = rng.uniform(low, np.maximum(high, low + 1e-6))
        matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, zoom)
        matrix[:, 2] += np.array([width, height]) / 2 - centre
        if rng.random() < 0.5:
            matrix[0] = -matrix[0]
            matrix[0, 2] += width - 1
        source = picture.image
        if zoom < 0.8:
            source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.4 / zoom))
        image = cv2.warpAffine(source, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        notes = cv2.warpAffine(
            picture.notes, matrix, (width, height), flags=cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT, borderValue=IGNORE,
        ).astype(np.int16)  # fmt: skip
        notes[notes == IGNORE] = -1
        return Ground(_recolour(rng, image), notes, tuple(int(s) for s in picture.shapes))

    def paper(self, rng: Generator) -> NDArray[np.float32]:
        """A square note as photographed, straightened; BGR, 0 to 1."""
        return _recolour(rng, self._papers[int(rng.integers(len(self._papers)))])


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Third component of the cross product of vectors in the plane."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _recolour(rng: Generator, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = np.asarray(image, np.float32) / 255
    if rng.random() < 0.6:
        hls = cv2.cvtColor(values, cv2.COLOR_BGR2HLS)
        hls[..., 0] = (hls[..., 0] + rng.uniform(0, 360)) % 360
        hls[..., 2] *= rng.uniform(0.3, 1.3)
        values = np.clip(cv2.cvtColor(np.clip(hls, 0, (360, 1, 1)).astype(np.float32), cv2.COLOR_HLS2BGR), 0, 1)  # fmt: skip
    values = values * np.exp(rng.normal(0, 0.1, 3)) * np.exp(rng.normal(0, 0.15))
    return np.asarray(np.clip(values, 0, 1) ** np.exp(rng.normal(0, 0.15)), np.float32)


def _papers(picture: Picture) -> list[NDArray[np.uint8]]:
    """Notes with four straight edges, straightened."""
    found = []
    for number in range(1, len(picture.shapes)):
        mask = (picture.notes == number).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            continue
        outline = max(contours, key=cv2.contourArea)
        area = cv2.contourArea(outline)
        corners = cv2.approxPolyDP(outline, 0.06 * np.sqrt(max(area, 1)), True).reshape(-1, 2)
        if len(corners) != 4 or area < 40**2:
            continue
        corners = np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)
        target = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * _SIDE
        turn = _cross(corners[1] - corners[0], corners[2] - corners[0])
        ordered = np.float32(corners if turn > 0 else corners[[0, 3, 2, 1]])
        matrix = cv2.getPerspectiveTransform(ordered, target)
        found.append(np.asarray(cv2.warpPerspective(picture.image, matrix, (_SIDE, _SIDE))))
    return found
