"""The engine `trocr`, with a tiny model of random weights; what it reads makes no sense."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.tiny_trocr import save_tiny_trocr

from boardscribe.engines import Engine, describe_engines, engine_versions, load_engine, trocr
from boardscribe.errors import ExitCode, MissingComponentError
from boardscribe.options import ReadOptions

needs_torch = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")),
    reason="tests/requirements-trocr.txt is not installed; `make setup-dev` does it",
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trocr")
    save_tiny_trocr(folder)
    return folder


def settings(folder: Path | str, **changes: object) -> ReadOptions:
    own = {"folder": str(folder), "max_tokens": 12, "device": "cpu"} | changes
    return ReadOptions.model_validate({"engines": ["trocr"], "trocr": own})


@pytest.fixture(scope="module")
def engine(weights: Path) -> Engine:
    return load_engine("trocr", settings(weights, batch=2))


def note(*lines: str) -> np.ndarray:
    image = np.full((480, 480, 3), (120, 235, 250), np.uint8)
    for row, text in enumerate(lines):
        place = (30, 100 + 110 * row)
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 2.0, (40, 30, 30), 6, cv2.LINE_AA)
    return image


@needs_torch
@pytest.mark.slow
def test_every_line_is_read_with_a_probability_for_each_character(engine: Engine) -> None:
    texts = engine.read([note("more time", "for all"), np.full((300, 300, 3), 200, np.uint8)])
    assert len(texts[0].lines) == 2
    for line in texts[0].lines:
        assert line.log_probability < 0
        for word in line.words:
            assert len(word.characters) == len(word.text)
            assert all(0 < chance <= 1 for chance in word.characters)
    assert texts[1].lines == ()


@needs_torch
@pytest.mark.slow
def test_a_batch_reads_like_its_lines_alone(engine: Engine, weights: Path) -> None:
    """Order and batching change nothing but time."""
    crops = [note("more time"), note("yes"), note("for each other")]
    alone = load_engine("trocr", settings(weights, batch=1)).read(crops)
    assert [text.text for text in engine.read(crops)] == [text.text for text in alone]


@needs_torch
@pytest.mark.slow
def test_beams_give_probabilities_too(weights: Path) -> None:
    (text,) = load_engine("trocr", settings(weights, beams=3)).read([note("more time")])
    assert all(0 <= c <= 1 for line in text.lines for word in line.words for c in word.characters)


@needs_torch
@pytest.mark.slow
def test_the_version_follows_the_weights(weights: Path, tmp_path: Path) -> None:
    """Another model under the same name makes what the old one read outdated."""
    save_tiny_trocr(tmp_path / "other", seed=1)
    (here,), (there,) = (
        engine_versions(settings(folder)) for folder in (weights, tmp_path / "other")
    )
    assert here[0] == there[0] == "trocr"
    assert here[1] != there[1]
    assert trocr.probe(settings(weights)).weights[0][0] == "model.safetensors"


@needs_torch
@pytest.mark.slow
def test_pickled_weights_are_not_opened(weights: Path, tmp_path: Path) -> None:
    """The old format can run code."""
    for file in weights.iterdir():
        if file.suffix == ".json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(MissingComponentError, match="holds no TrOCR model"):
        load_engine("trocr", settings(tmp_path))


@needs_torch
def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(MissingComponentError) as caught:
        load_engine("trocr", settings(tmp_path))
    assert str(tmp_path) in caught.value.message
    for folder in ("", tmp_path / "absent"):
        with pytest.raises(MissingComponentError, match="needs a folder") as caught:
            load_engine("trocr", settings(folder))
        assert "[read.trocr]" in caught.value.remedy


def test_without_its_packages_it_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And doctor shows the same; nothing else nags about it."""
    monkeypatch.setattr(trocr.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingComponentError) as caught:
        load_engine("trocr", settings(tmp_path))
    assert 'pip install "boardscribe[trocr]"' in caught.value.remedy
    assert caught.value.exit_code is ExitCode.MISSING
    (info,) = (info for info in describe_engines() if info.name == "trocr")
    assert (info.available, info.niche) == (False, True)
