"""Fit the model that joins the pieces of a note, on composed scenes never trained on.

    PYTHONPATH=models:pipeline python -m training.segmentation.join /tmp/scenes --check /tmp/others

Prints the weights for `boardscribe.segment._join`, and how many pairs of pieces it joins rightly and
wrongly on scenes that it was not fitted on. Scenes come from `make` with a seed of their own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from boardscribe.segment._instances import pieces
from boardscribe.segment._join import join, pairs_of
from boardscribe.segment._net import NoteNet
from training.segmentation.data import IGNORE, load_scene

_LEAST = 14
"""Cells of the smallest piece that is asked about: smaller ones change no outline."""


def examples(
    scenes: Path,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Figures of pairs of pieces, whether they are one note, and whether they are joined now."""
    net = NoteNet()
    figures, one, now = [], [], []
    for path in sorted(scenes.glob("*.json")):
        picture = load_scene(path.with_suffix(""))
        maps = net.look(picture.image)
        labels, _, count = pieces(maps)
        if count == 0:
            continue
        size = (labels.shape[1], labels.shape[0])
        notes = cv2.resize(picture.notes, size, interpolation=cv2.INTER_NEAREST)
        votes = np.zeros((count + 1, 256))
        np.add.at(votes, (labels.ravel(), notes.ravel()), 1)
        own = votes.argmax(axis=1)
        joined = join(maps, labels, count)
        pairs = pairs_of(maps, labels, count)
        for pair, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True)):
            areas = (float(pairs.area[a]), float(pairs.area[b]))
            if min(areas) < _LEAST or IGNORE in (own[a], own[b]) or not (own[a] or own[b]):
                continue
            expected = float(max(pairs.expected[a], pairs.expected[b]))
            figures.append(pairs.figures(pair, areas, expected))
            one.append(own[a] == own[b])
            now.append(joined[a] == joined[b])
    return np.array(figures), np.array(one), np.array(now)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path, help="composed scenes to fit on")
    parser.add_argument("--check", type=Path, required=True, help="others to measure on")
    arguments = parser.parse_args()
    x, y, _ = examples(arguments.scenes)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(x, y)
    scaler, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - weights @ scaler.mean_)
    print("_WEIGHTS", np.round(weights, 3).tolist(), "_BIAS", round(bias, 3))
    x, y, now = examples(arguments.check)
    chance = model.predict_proba(x)[:, 1]
    print(
        f"{len(y)} pairs, {y.sum()} one note; average precision "
        f"{average_precision_score(y, chance):.3f}, log loss {log_loss(y, chance):.4f}"
    )
    for name, said in (("fitted", chance > 0.5), ("as installed, pieces grown", now)):
        print(f"{name}: {(said & y).sum()} joined rightly, {(said & ~y).sum()} wrongly")


if __name__ == "__main__":
    main()
