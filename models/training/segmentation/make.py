"""Compose scenes into a folder, a JPEG, a PNG and a JSON each; goes on where it stopped.

PYTHONPATH=models python -m training.segmentation.make /tmp/scenes --count 4000 \
    [--real ../shared/real] [--drawings DIR ... --grounds DIR ...]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from training.segmentation.compose import compose
from training.segmentation.cutouts import Cutouts
from training.segmentation.inks import InkBank
from training.segmentation.reals import Reals

SIZES = ((1024, 768), (1024, 768), (768, 1024), (1024, 1024), (1024, 576))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", type=Path, help="real photographs with truth, as material")
    parser.add_argument("--drawings", type=Path, nargs="+", help="folders of cut-out things")
    parser.add_argument("--grounds", type=Path, nargs="+", help="folders of photographs, textures")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    inks = InkBank(np.random.default_rng((arguments.seed, 999_999)))
    reals = Reals(arguments.real) if arguments.real else None
    chance = np.random.default_rng((arguments.seed, 999_998))
    cutouts = None
    if arguments.drawings and arguments.grounds:
        cutouts = Cutouts(chance, arguments.drawings, arguments.grounds)
    for index in range(arguments.count):
        stem = arguments.folder / f"{arguments.seed:02d}-{index:06d}"
        if stem.with_suffix(".json").exists():
            continue
        rng = np.random.default_rng((arguments.seed, index))
        width, height = SIZES[int(rng.integers(len(SIZES)))]
        scene = compose(rng, inks, width, height, reals, cutouts)
        # Up to 70 notes fit a byte; 255 stands for -1.
        cv2.imwrite(str(stem.with_suffix(".png")), scene.notes.astype(np.uint8))
        cv2.imwrite(str(stem.with_suffix(".jpg")), scene.image, [cv2.IMWRITE_JPEG_QUALITY, 97])
        truth = {"shapes": scene.shapes.tolist(), "whole": np.round(scene.whole, 3).tolist()}
        stem.with_suffix(".json").write_text(json.dumps(truth))


if __name__ == "__main__":
    main()
