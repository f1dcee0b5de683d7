"""Weights come with a card and a checksum, and nothing else is loaded."""

from __future__ import annotations

import hashlib
from importlib import resources

import pytest

import boardscribe_models

CARDS = boardscribe_models.available()


def test_the_models_of_this_version_are_listed_by_name() -> None:
    assert [card.name for card in CARDS] == ["detect", "recognise", "segment", "shape"]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_model_is_what_its_card_says(card: boardscribe_models.ModelCard) -> None:
    data = boardscribe_models.load(card.name)
    assert len(data) == card.size
    assert hashlib.sha256(data).hexdigest() == card.sha256
    assert card.licence == "Apache-2.0"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_each_model_has_a_card_to_read(card: boardscribe_models.ModelCard) -> None:
    text = resources.files(boardscribe_models).joinpath(f"{card.name}.md").read_text("utf-8")
    for part in ("## Data", "## Recipe", "## Scores", "## Limits", "## Licence"):
        assert part in text
    assert card.version in text


def test_an_unknown_model_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(boardscribe_models.ModelError) as caught:
        boardscribe_models.load("nonsense")
    assert "nonsense" in caught.value.message
    assert "segment" in caught.value.remedy


def test_a_damaged_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    read = boardscribe_models._read
    monkeypatch.setattr(
        boardscribe_models,
        "_read",
        lambda file: read(file) + (b"x" if file.endswith(".onnx") else b""),
    )
    with pytest.raises(boardscribe_models.ModelError, match="not the file its card describes"):
        boardscribe_models.load("segment")


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    read = boardscribe_models._read
    monkeypatch.setattr(
        boardscribe_models,
        "_read",
        lambda file: read("absent.onnx" if file.endswith(".onnx") else file),
    )
    with pytest.raises(boardscribe_models.ModelError, match=r"absent\.onnx is missing"):
        boardscribe_models.load("segment")
