"""Training examples: crops of composed scenes (and of real photographs), with targets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.net import UNIT
from training.segmentation.outlines import SHAPES

__all__ = ["REAL_FOR_TRAINING", "Example", "Picture", "crop", "load_real", "load_scene", "targets"]

IGNORE = 255

REAL_FOR_TRAINING = (
    "18f-the-meeting", "opl-abstraction-ladder", "opl-action-steps-1", "opl-1606", "packt-4-3",
    "tb-group-ranking",
)  # fmt: skip
"""The half of the real photographs, by board, that may be trained on."""

RARITY = np.array([1.0, 1.5, 1.2, 5.0, 1.0])
"""How much more often a crop is taken around a note of each shape; ticks are rare and thin."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its notes; 255 in `notes` marks what must not be judged."""

    image: NDArray[np.uint8]
    notes: NDArray[np.uint8]
    shapes: NDArray[np.uint8]
    whole: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One crop: picture 3 x S x S (0 to 1) and targets 8 x S/2 x S/2, see `targets`."""

    image: NDArray[np.float32]
    target: NDArray[np.float32]


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


def crop(rng: Generator, picture: Picture, side: int, *, real: bool = False) -> Example:
    """A random crop, turned, mirrored and scaled."""
    height, width = picture.notes.shape
    zoom = np.exp(rng.uniform(-0.45, 0.4))
    if real:  # the network sees photographs at 1024 pixels; crops are taken from larger ones
        zoom *= 1024 / max(height, width)
    span = side / zoom
    angle = rng.normal(0, 6) if rng.random() < 0.8 else rng.uniform(-180, 180)
    centre = rng.uniform(0, 1, 2) * (width, height)
    if len(picture.shapes) > 1 and rng.random() < 0.75:  # around some note
        wanted = RARITY[picture.shapes[1:]]
        number = 1 + int(rng.choice(len(wanted), p=wanted / wanted.sum()))
        ys, xs = np.nonzero(picture.notes == number)
        if len(xs):
            k = int(rng.integers(len(xs)))
            centre = np.array([xs[k], ys[k]]) + rng.normal(0, span / 5, 2)
    half = min(span / 2, width / 2), min(span / 2, height / 2)
    centre = np.clip(centre, half, (width - half[0], height - half[1]))
    matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, zoom)
    matrix[:, 2] += side / 2 - centre
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += side - 1
    image = picture.image
    if zoom < 0.8:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / zoom))
    border = cv2.BORDER_CONSTANT if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    image = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
    notes = cv2.warpAffine(
        picture.notes, matrix, (side, side), flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT, borderValue=0 if border == cv2.BORDER_CONSTANT else IGNORE,
    )  # fmt: skip
    values = image.astype(np.float32) / 255
    if real or rng.random() < 0.3:
        values = values * np.exp(rng.normal(0, 0.12, 3)) * np.exp(rng.normal(0, 0.12))
        values = np.clip(values, 0, 1) ** np.exp(rng.normal(0, 0.2))
        if rng.random() < 0.25:
            grey = values.mean(axis=2, keepdims=True)
            values = grey + (values - grey) * rng.uniform(0, 1.5)
        if rng.random() < 0.3:
            values = values[..., rng.permutation(3)]
        values = values + rng.exponential(0.01) * rng.standard_normal(values.shape)
    values = np.clip(values, 0, 1).astype(np.float32)
    return Example(
        np.ascontiguousarray(values.transpose(2, 0, 1)),
        targets(np.asarray(notes), picture.shapes, picture.whole),
    )


def targets(
    notes: NDArray[np.uint8], shapes: NDArray[np.uint8], whole: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What the network should say, 9 x H/2 x W/2.

    Channels: judged (1) or not (0); note; outline; offset x; offset y; log size; whole (0 to 1,
    -1 unknown); shape as a number; relative distance to the outline.
    """
    small = notes[1::2, 1::2]
    height, width = small.shape
    flat = np.where(small == IGNORE, 0, small).ravel()
    n = len(shapes)
    area = np.bincount(flat, minlength=n).astype(np.float64)
    area[0] = 1
    safe = np.maximum(area, 1)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    cx = np.bincount(flat, xx.ravel(), minlength=n) / safe
    cy = np.bincount(flat, yy.ravel(), minlength=n) / safe
    differs = np.zeros((height, width), np.uint8)
    across, down = small[:, 1:] != small[:, :-1], small[1:] != small[:-1]
    differs[:, 1:] |= across
    differs[:, :-1] |= across
    differs[1:] |= down
    differs[:-1] |= down
    differs[small == IGNORE] = 0
    distance = cv2.distanceTransform(1 - differs, cv2.DIST_L2, 3)
    most = np.zeros(n)
    np.maximum.at(most, flat, distance.ravel())
    index = flat.reshape(height, width)
    note = index > 0
    unit = np.float32(UNIT / 2)
    out = np.zeros((9, height, width), np.float32)
    out[0] = small != IGNORE
    out[1] = note
    out[2] = differs
    out[3] = np.where(note, (cx[index] - xx) / unit, 0)
    out[4] = np.where(note, (cy[index] - yy) / unit, 0)
    out[5] = np.where(note, np.log(np.sqrt(safe[index]) / unit), 0)
    out[6] = np.where(note, np.where(whole[index] < 0, -1, whole[index] > 0.93), -1)
    out[7] = shapes[index]
    out[8] = np.where(note, distance / np.maximum(most[index], 1), 0)
    return out
