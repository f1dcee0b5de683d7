"""The recogniser that ships: it loads, reads, and is what training writes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import boardscribe_models
from boardscribe.engines import load_engine
from boardscribe.engines._ctc import Alphabet, greedy
from boardscribe.engines._networks import Recogniser
from boardscribe.options import ReadOptions

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

needs_torch = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")),
    reason="what training needs is not installed",
)


def _line(text: str, width: int) -> np.ndarray:
    line = np.full((48, width, 3), (120, 235, 250), np.uint8)
    cv2.putText(line, text, (8, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (40, 30, 30), 3, cv2.LINE_AA)
    return line


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def test_a_plain_line_is_read_letter_by_letter(recogniser: Recogniser) -> None:
    alphabet = Alphabet(recogniser.characters)
    (rows,) = recogniser([_line("Ask the team", 260)])
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-3)
    letters, uppers = alphabet.fold(rows)
    assert greedy(letters, alphabet.letters) == "ask the team"
    assert uppers[letters.argmax(axis=1) == alphabet.index["a"]].max() > 0.5


def test_every_class_is_one_that_the_engine_decodes(recogniser: Recogniser) -> None:
    """No probability goes to characters that no Latin hand writes."""
    kept = Alphabet(recogniser.characters).kept
    assert kept == tuple(range(len(recogniser.characters)))


def test_the_engines_version_names_the_recogniser() -> None:
    """A new recogniser makes what the old one read outdated."""
    (card,) = (card for card in boardscribe_models.available() if card.name == "recognise")
    assert f"recognise{card.version}+" in load_engine("rapidocr", ReadOptions()).version


@needs_torch
def test_training_writes_what_it_computes(tmp_path: Path) -> None:
    """Graph to PyTorch and back: the same probabilities, half way to changed weights as well."""
    import onnx
    import torch

    from training.reading.export import latin, trained
    from training.reading.net import GraphModule

    start = tmp_path / "latin.onnx"
    latin(start)
    module = GraphModule(onnx.load(str(start)))
    torch.manual_seed(1)
    state = {k: v.detach() * (1 + 0.02 * torch.randn_like(v)) for k, v in module.named_parameters()}
    torch.save({"moved": state}, tmp_path / "states.pt")
    line = _line("Ask the team", 264)
    for share, half in ((1.0, False), (0.5, True)):
        trained(start, [(tmp_path / "states.pt", "moved", share)], tmp_path / "out.onnx", half=half)
        (rows,) = Recogniser((tmp_path / "out.onnx").read_bytes())([line])
        mixed = GraphModule(onnx.load(str(start)))
        with torch.no_grad():
            for name, value in mixed.named_parameters():
                value.lerp_(state[name], share)
            pictures = torch.from_numpy(line).permute(2, 0, 1)[None].float() * (2 / 255) - 1
            wanted = torch.softmax(mixed(pictures), -1)[0].numpy()
        assert np.abs(rows - wanted).max() < (0.02 if half else 1e-3)
