"""Writes networks as ONNX files: those of the rapidocr wheel to begin with, and trained ones.

Usage:
    PYTHONPATH=models python models/training/reading/export.py latin OUT.onnx
    PYTHONPATH=models python models/training/reading/export.py detector OUT.onnx
    PYTHONPATH=models python models/training/reading/export.py trained START.onnx OUT.onnx
        --state STATES.pt NAME SHARE [--state ...] [--half]

`latin` is the recogniser for Latin hands, `detector` the line detector.

A trained network is taken only part of the way from the weights it began with (the share), and
several may be put together: their ways are added. Weights between those of before and after
often read what was not trained on better than either (Wortsman et al., "Robust fine-tuning of
zero-shot models", CVPR 2022), as do averages of networks trained at several rates (Wortsman et
al., "Model soups", ICML 2022).
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch

from boardscribe.engines._ctc import Alphabet
from training.reading.net import GraphModule, characters_of, cut_head, halved, write_back

__all__ = ["detector", "latin", "trained"]

_NOTICE = "{name}, Copyright (c) 2016 PaddlePaddle Authors, Apache-2.0"
_CUT = "; changed by boardscribe: characters of no Latin hand removed"
_CHANGED = "; changed by boardscribe: weights trained further on handwriting"


def latin(out: Path) -> None:
    """The recogniser of the rapidocr wheel with the characters that the engine decodes."""
    model = _of_the_wheel("PP-OCRv6_rec_small")
    cut = cut_head(model, Alphabet(characters_of(model)).kept)
    cut.doc_string = model.doc_string + _CUT
    onnx.save(cut, out)


def detector(out: Path) -> None:
    """The line detector of the rapidocr wheel."""
    onnx.save(_of_the_wheel("PP-OCRv6_det_small"), out)


def _of_the_wheel(name: str) -> onnx.ModelProto:
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.origin:
        raise SystemExit("rapidocr is not installed: pip install rapidocr==3.10.0")
    model = onnx.load(str(Path(spec.origin).parent / "models" / f"{name}.onnx"))
    model.doc_string = _NOTICE.format(name=name)
    return model


def trained(
    start: Path, states: Sequence[tuple[Path, str, float]], out: Path, *, half: bool
) -> None:
    """A network from some that train_recogniser.py or train_detector.py kept.

    Args:
        start: ONNX file of the network they began with.
        states: file and name of each, and the share of its way to go.
        out: ONNX file to write.
        half: keep weights as 16-bit floats; they are computed with as 32-bit ones.
    """
    model = onnx.load(str(start))
    module = GraphModule(model)
    before = {name: value.detach() for name, value in module.named_parameters()}
    mixed = {name: value.clone() for name, value in before.items()}
    for file, name, share in states:
        state = torch.load(file, map_location="cpu", weights_only=True)[name]
        for key, value in state.items():
            mixed[key] += share * (value.float() - before[key])
    result = write_back(model, module, mixed)
    result.doc_string = model.doc_string + _CHANGED
    onnx.save(halved(result) if half else result, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("latin", "detector"):
        actions.add_parser(name).add_argument("out", type=Path)
    other = actions.add_parser("trained")
    other.add_argument("start", type=Path)
    other.add_argument("out", type=Path)
    other.add_argument(
        "--state", nargs=3, action="append", required=True, metavar=("FILE", "NAME", "SHARE")
    )
    other.add_argument("--half", action="store_true")
    wanted = parser.parse_args()
    if wanted.action == "latin":
        latin(wanted.out)
    elif wanted.action == "detector":
        detector(wanted.out)
    else:
        states = [(Path(file), name, float(share)) for file, name, share in wanted.state]
        trained(wanted.start, states, wanted.out, half=wanted.half)
    print(f"{wanted.out}: {wanted.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
