"""Checkpoint -> ONNX file, checked against PyTorch, then reduced to 8-bit convolutions.

    PYTHONPATH=models python -m training.segmentation.export run/last.pt segment.onnx \\
        --scenes /tmp/scenes

With scenes to measure ranges of values on, weights and values of all but the first convolution
and the head become 8-bit integers: twice as fast, a quarter of the size, and as good. Without, the
file keeps 32-bit numbers.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch

from training.segmentation.eight_bits import Inputs, quantise
from training.segmentation.net import NoteNet, load

_CALIBRATION = 32
"""Scenes that ranges are measured on."""


def write(net: NoteNet, target: Path) -> float:
    """Write 32-bit ONNX; the largest difference from what PyTorch computes."""
    torch.onnx.export(
        net,
        (torch.rand(1, 3, 256, 320) - 0.5,),
        str(target),
        input_names=["image"],
        output_names=["maps"],
        dynamic_axes={"image": {2: "height", 3: "width"}, "maps": {2: "rows", 3: "columns"}},
        opset_version=17,
        dynamo=False,
    )
    other = torch.rand(1, 3, 384, 224) - 0.5
    (got,) = onnxruntime.InferenceSession(str(target)).run(None, {"image": other.numpy()})
    with torch.no_grad():
        return float(np.abs(got - net(other).numpy()).max())


def _examples(folder: Path) -> Iterator[Inputs]:
    """Reduced scenes."""
    paths = sorted(folder.glob("*.jpg"))
    for path in paths[:: max(1, len(paths) // _CALIBRATION)]:
        image = cv2.resize(cv2.imread(str(path)), (512, 384), interpolation=cv2.INTER_AREA)
        yield {"image": (image.transpose(2, 0, 1)[None] / 255 - 0.5).astype(np.float32)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--scenes", type=Path, help="reduce to 8 bits, ranges measured on these")
    arguments = parser.parse_args()
    if arguments.scenes is None:
        difference = write(load(arguments.checkpoint), arguments.target)
    else:
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "segment.onnx"
            difference = write(load(arguments.checkpoint), plain)
            quantise(plain, arguments.target, _examples(arguments.scenes))
    print("largest difference", difference, "bytes", arguments.target.stat().st_size)


if __name__ == "__main__":
    main()
