"""Fit the confidence of a detection on composed scenes never trained on, and measure there.

    PYTHONPATH=models:pipeline python -m training.segmentation.calibrate /tmp/evalscenes

Prints the weights for `boardscribe.segment` and, with them, precision, recall, F1, mean IoU
and calibration error. Scenes come from `make` with another seed. Reads the model that is
installed in `boardscribe_models`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from boardscribe.segment import _taken
from boardscribe.segment._instances import instances
from boardscribe.segment._net import NoteNet
from boardscribe.segment._outline import Outline, outline
from boardscribe.segment._refine import refine
from training.segmentation.data import IGNORE, Picture, load_real, load_scene


def overlaps(picture: Picture, points: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """IoU of each outline with each note, and how much of each outline is not to be judged."""
    count = len(picture.shapes)
    sizes = np.bincount(picture.notes.ravel(), minlength=256)[:count]
    found = np.zeros((len(points), count + 1))
    for row, outline_points in enumerate(points):
        mask = np.zeros(picture.notes.shape, np.uint8)
        cv2.fillPoly(mask, [np.round((outline_points - 0.5) * 16).astype(np.int32)], 1, 8, 4)
        inside = np.bincount(picture.notes[mask > 0], minlength=256)
        area = max(1, int(mask.sum()))
        found[row, 1:count] = inside[1:count] / np.maximum(area + sizes[1:] - inside[1:count], 1)
        found[row, count] = inside[IGNORE] / area
    return found


def _pictures(scenes: Path, count: int, photos: Path | None) -> Iterator[Picture]:
    for path in sorted(scenes.glob("*.json"))[:count]:
        yield load_scene(path.with_suffix(""))
    for truth in sorted((photos / "truth").glob("*.json")) if photos else ():
        photo = photos / "photos" / json.loads(truth.read_text())["photo"] if photos else truth
        yield load_real(photo, truth, 4000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--photos", type=Path, help="photographs never trained on, with truth")
    arguments = parser.parse_args()
    net = NoteNet()
    features, labels, ious, whole, truth = [], [], [], [], 0
    for picture in _pictures(arguments.scenes, arguments.count, arguments.photos):
        maps = net.look(picture.image)
        found = instances(maps)
        taken = _taken(found, maps)
        traced = [(i, o) for i in found if isinstance(o := outline(i, maps, taken), Outline)]
        points = refine(picture.image, [o for _, o in traced], maps.scale_x)
        shares = overlaps(picture, points)
        visible = np.bincount(picture.notes.ravel(), minlength=256)[: len(picture.shapes)]
        truth += int((visible[1:] > 0).sum())
        for (instance, _), row in zip(traced, shares, strict=True):
            if row[-1] > 0.5:
                continue
            best = int(row[:-1].argmax())
            features.append(instance.features)
            labels.append(row[best] >= 0.5)
            ious.append(row[best])
            whole.append((instance.whole, picture.whole[best] > 0.93 if row[best] >= 0.5 else -1))
    x, y, overlap = np.array(features), np.array(labels), np.array(ious)
    model = LogisticRegression(C=10.0, max_iter=2000).fit(x, y)
    p = model.predict_proba(x)[:, 1]
    print("weights", [round(float(w), 3) for w in model.coef_[0]])
    print("bias", round(float(model.intercept_[0]), 3))
    for act in (0.3, 0.4, 0.5, 0.6, 0.7):
        hits = int((y & (p >= act)).sum())
        precision, recall = hits / max(1, int((p >= act).sum())), hits / truth
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        close = int(((overlap >= 0.75) & (p >= act)).sum())
        f75 = 2 * close / (int((p >= act).sum()) + truth)
        print(
            f"act {act}: precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f} at 0.75 {f75:.3f}"
        )
    print("mean IoU of hits", round(float(overlap[y & (p >= 0.5)].mean()), 3), "notes", truth)
    bins = np.minimum((p * 10).astype(int), 9)
    error = sum(
        abs(float(p[bins == b].mean()) - float(y[bins == b].mean())) * float((bins == b).mean())
        for b in range(10)
        if (bins == b).any()
    )
    print("calibration error", round(error, 4))
    told = np.array([(a > 0.5, b) for a, b in whole if b >= 0])
    print("hidden or whole told right", round(float((told[:, 0] == told[:, 1]).mean()), 3))


if __name__ == "__main__":
    main()
