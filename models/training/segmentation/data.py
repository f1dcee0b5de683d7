"""Pictures with the notes that they show: composed scenes and annotated photographs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.segmentation.outlines import SHAPES

__all__ = ["IGNORE", "REAL_FOR_TRAINING", "Picture", "load_real", "load_scene"]

IGNORE = 255
"""Number of what must not be judged."""

REAL_FOR_TRAINING = (
    "18f-the-meeting", "opl-abstraction-ladder", "opl-action-steps-1", "opl-1606", "packt-4-3",
    "tb-group-ranking",
)  # fmt: skip
"""The half of the real photographs, by board, that may be trained on."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its notes; 255 in `notes` marks what must not be judged."""

    image: NDArray[np.uint8]
    notes: NDArray[np.uint8]
    shapes: NDArray[np.uint8]
    whole: NDArray[np.float32]


def load_scene(stem: Path) -> Picture:
    """A scene that `make` wrote."""
    truth = json.loads(stem.with_suffix(".json").read_text())
    image = cv2.imread(str(stem.with_suffix(".jpg")), cv2.IMREAD_COLOR)
    notes = cv2.imread(str(stem.with_suffix(".png")), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    assert notes is not None
    shapes = np.array(truth["shapes"], np.uint8)
    return Picture(
        np.asarray(image), np.asarray(notes), shapes, np.array(truth["whole"], np.float32)
    )


def load_real(photo: Path, truth: Path, long_side: int = 1400) -> Picture:
    """A real photograph with its annotation, reduced so that crops are quickly taken."""
    image = cv2.imread(str(photo), cv2.IMREAD_COLOR)
    assert image is not None
    scale = min(1.0, long_side / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    notes = np.zeros(small.shape[:2], np.uint8)
    shapes = [0]
    for number, note in enumerate(json.loads(truth.read_text())["notes"], 1):
        points = np.round((np.array(note["polygon"]) * scale - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(notes, [points], number, cv2.LINE_8, 4)
        shapes.append(SHAPES.index(note["shape"]))
    # How much of a note is hidden was not annotated.
    whole = np.full(len(shapes), -1, np.float32)
    return Picture(np.asarray(small), notes, np.array(shapes, np.uint8), whole)
