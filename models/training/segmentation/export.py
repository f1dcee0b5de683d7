"""Checkpoint -> ONNX file, checked against PyTorch.

PYTHONPATH=models python -m training.segmentation.export /tmp/run/last.pt segment.onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from training.segmentation.net import NoteNet


def load(checkpoint: Path) -> NoteNet:
    """The averaged network of a checkpoint, ready to look."""
    state = torch.load(checkpoint, map_location="cpu")["average"]
    net = NoteNet()
    net.load_state_dict(
        {k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")}
    )
    return net.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    net = load(arguments.checkpoint)
    example = torch.rand(1, 3, 256, 320)
    torch.onnx.export(
        net,
        (example,),
        str(arguments.target),
        input_names=["image"],
        output_names=["maps"],
        dynamic_axes={"image": {2: "height", 3: "width"}, "maps": {2: "rows", 3: "columns"}},
        opset_version=17,
        dynamo=False,
    )
    other = torch.rand(1, 3, 384, 224)
    session = onnxruntime.InferenceSession(str(arguments.target))
    (got,) = session.run(None, {"image": other.numpy()})
    with torch.no_grad():
        wanted = net(other).numpy()
    print(
        "largest difference",
        float(np.abs(got - wanted).max()),
        "bytes",
        arguments.target.stat().st_size,
    )


if __name__ == "__main__":
    main()
