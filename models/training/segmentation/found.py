"""Views of outlines as the segmentation finds them on composed scenes, for the shape network.

    PYTHONPATH=models:pipeline python -m training.segmentation.found /tmp/scenes --out found.npz

Drawn outlines (`shapes`) are many and clean; these have the faults that the installed
segmentation really makes, and neighbours as scenes have them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import bounding_box
from boardscribe.options import SegmentOptions
from boardscribe.segment import Segmenter
from boardscribe.shapes import around, view
from training.segmentation.calibrate import overlaps
from training.segmentation.data import load_scene

_SAME = 0.6
"""Least overlap with a note for an outline to have its shape."""


def views(segmenter: Segmenter, stem: Path) -> tuple[list[NDArray[np.uint8]], list[int]]:
    """Views (0 to 255) and shapes of the notes found on one scene."""
    picture = load_scene(stem)
    height, width = picture.notes.shape
    found = segmenter.find(picture.image)
    polygons = [d.polygon for d in found]
    boxes = [bounding_box(polygon) for polygon in polygons]
    shares = overlaps(picture, [np.array(polygon) for polygon in polygons])
    seen, shapes = [], []
    for index, row in enumerate(shares):
        best = int(row[:-1].argmax())
        if row[best] < _SAME:
            continue
        look = view(polygons[index], around(index, polygons, boxes), width, height)
        seen.append(np.round(look * 255).astype(np.uint8))
        shapes.append(int(picture.shapes[best]))
    return seen, shapes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    segmenter = Segmenter(SegmentOptions(min_side=8))
    seen: list[NDArray[np.uint8]] = []
    shapes: list[int] = []
    for path in sorted(arguments.scenes.glob("*.json"))[: arguments.count]:
        more, of = views(segmenter, path.with_suffix(""))
        seen += more
        shapes += of
    np.savez(arguments.out, views=np.stack(seen), labels=np.array(shapes, np.int64))
    print(len(seen), "views of shapes", np.bincount(shapes).tolist())


if __name__ == "__main__":
    main()
