"""Writes recognisers as ONNX files: the shipped one for Latin hands alone, and trained ones.

Usage:
    PYTHONPATH=models python models/training/reading/export.py latin OUT.onnx
    PYTHONPATH=models python models/training/reading/export.py trained LATIN.onnx STATES.pt NAME
        OUT.onnx [--share 1.0]

A trained one may be taken only part of the way from the shipped weights (`--share`): the mean of
both often reads what was not trained on better than either (Wortsman et al., "Robust fine-tuning
of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx
import torch

from boardscribe.engines._ctc import Alphabet
from boardscribe.engines._networks import recogniser_file
from training.reading.net import GraphModule, characters_of, cut_head, write_back

__all__ = ["latin", "trained"]


def latin(out: Path) -> None:
    """The shipped recogniser with the characters that the engine decodes."""
    model = onnx.load(str(recogniser_file()))
    onnx.save(cut_head(model, Alphabet(characters_of(model)).kept), out)


def trained(start: Path, states: Path, name: str, out: Path, share: float) -> None:
    """A network that train.py kept."""
    model = onnx.load(str(start))
    module = GraphModule(model)
    state = torch.load(states, map_location="cpu", weights_only=True)[name]
    before = dict(module.named_parameters())
    mixed = {k: torch.lerp(before[k].detach(), v.float(), share) for k, v in state.items()}
    write_back(model, module, mixed, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    one = actions.add_parser("latin")
    one.add_argument("out", type=Path)
    other = actions.add_parser("trained")
    other.add_argument("start", type=Path)
    other.add_argument("states", type=Path)
    other.add_argument("name")
    other.add_argument("out", type=Path)
    other.add_argument("--share", type=float, default=1.0)
    wanted = parser.parse_args()
    if wanted.action == "latin":
        latin(wanted.out)
    else:
        trained(wanted.start, wanted.states, wanted.name, wanted.out, wanted.share)
    print(f"{wanted.out}: {wanted.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
