"""Fit how much a note's pixels count beside its outline in telling its shape.

    PYTHONPATH=models:pipeline python -m training.segmentation.weigh /tmp/scenes

Scenes come from `make` with a seed that nothing was trained on. Reads the installed models and
prints the figures for `boardscribe.shapes`, and what outline, pixels and both get right.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from boardscribe._geometry import bounding_box
from boardscribe.options import Options
from boardscribe.records import Detection
from boardscribe.segment import Segmenter
from boardscribe.shapes import ShapeClassifier, around, view
from training.segmentation.data import Picture, load_scene
from training.segmentation.outlines import SHAPES

_LEAST = 0.6
"""Overlap from which an outline is a note's."""

Rows = NDArray[np.float64]


def _truth(picture: Picture, detection: Detection) -> int | None:
    """Shape of the note that an outline is of, as a number."""
    mask = np.zeros(picture.notes.shape, np.uint8)
    points = np.round((np.array(detection.polygon) - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [points], 1, cv2.LINE_8, 4)
    count = len(picture.shapes)
    own = np.bincount(picture.notes[mask > 0], minlength=256)[1:count]
    whole = np.bincount(picture.notes.ravel(), minlength=256)[1:count]
    if not len(own):
        return None
    overlap = own / np.maximum(mask.sum() + whole - own, 1)
    best = int(overlap.argmax())
    return int(picture.shapes[best + 1]) if overlap[best] >= _LEAST else None


def collect(scenes: Path) -> tuple[NDArray[np.intp], Rows, Rows]:
    """Shape, log-probabilities by outline and by pixels, of every note that was found."""
    segmenter, classifier = Segmenter(Options().segment), ShapeClassifier()
    labels: list[int] = []
    by_outline: list[Rows] = []
    by_pixels: list[Rows] = []
    for path in sorted(scenes.glob("*.json")):
        picture = load_scene(path.with_suffix(""))
        found = segmenter.find(picture.image)
        if not found:
            continue
        height, width = picture.notes.shape
        polygons = [detection.polygon for detection in found]
        boxes = [bounding_box(polygon) for polygon in polygons]
        views = np.stack(
            [
                view(polygon, around(k, polygons, boxes), width, height)
                for k, polygon in enumerate(polygons)
            ]
        )
        for detection, shares in zip(found, classifier.shares(views), strict=True):
            shape = None if detection.doubtful else _truth(picture, detection)
            if shape is not None:
                labels.append(shape)
                by_outline.append(np.log(shares + 1e-5))
                by_pixels.append(np.array(detection.shape_evidence))
    return np.array(labels), np.array(by_outline), np.array(by_pixels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path)
    labels, by_outline, by_pixels = collect(parser.parse_args().scenes)
    row = np.arange(len(labels))

    def scores(values: Rows) -> Rows:
        return by_outline + values[0] * by_pixels + np.append(values[1:], 0)

    def loss(values: Rows) -> float:
        logits = scores(values)
        logits = logits - logits.max(axis=1, keepdims=True)
        return float((np.log(np.exp(logits).sum(axis=1)) - logits[row, labels]).mean())

    fitted = minimize(loss, np.array([0.6, 0, 0, 0, 0])).x
    common = np.bincount(labels, minlength=len(SHAPES)) / len(labels)
    # Divided by how common each shape is here, what is left is how well it explains the note.
    rare = np.exp(np.append(fitted[1:], 0)) / common
    print("_SEEN", round(float(fitted[0]), 2))
    print("_RARE", dict(zip(SHAPES, np.round(rare / rare.sum(), 3).tolist(), strict=True)))
    for name, logits in (
        ("outline", by_outline), ("pixels", by_pixels), ("both", scores(fitted))
    ):  # fmt: skip
        print(name, round(float((logits.argmax(axis=1) == labels).mean()), 4), "of", len(labels))


if __name__ == "__main__":
    main()
