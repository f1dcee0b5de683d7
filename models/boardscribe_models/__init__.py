"""Weights of boardscribe's own models, each with a card and a checksum, loaded by name.

This package imports nothing but the standard library, so that anything may load a model.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources

__all__ = ["ModelCard", "ModelError", "available", "load"]


class ModelError(Exception):
    """A model is unknown, its file is absent, or the file is not the one the card describes.

    Attributes:
        remedy: one sentence that says what to do about it.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a weight file is; the whole card is the Markdown file beside it."""

    name: str
    file: str
    """Name of the weight file in this package."""
    sha256: str
    size: int
    """Bytes."""
    licence: str
    version: str
    summary: str
    """One sentence."""


def available() -> tuple[ModelCard, ...]:
    """The cards of all models that belong to this version, sorted by name.

    Raises:
        ModelError: the package's own list of models is damaged.
    """
    text = _read("models.json").decode()
    try:
        cards = [ModelCard(**entry) for entry in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise ModelError(f"models.json is damaged: {error}", remedy=_REINSTALL) from error
    return tuple(sorted(cards, key=lambda card: card.name))


def load(name: str) -> bytes:
    """The weights of a model, checked against its card.

    Args:
        name: such as `"segment"`; `available` lists them.

    Returns:
        The content of an ONNX file.

    Raises:
        ModelError: no such model, its file is absent, or its checksum is wrong.
    """
    cards = {card.name: card for card in available()}
    if name not in cards:
        raise ModelError(
            f"there is no model {name!r}", remedy=f"Models: {', '.join(cards) or 'none'}."
        )
    card = cards[name]
    data = _read(card.file)
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise ModelError(f"{card.file} is not the file its card describes", remedy=_REINSTALL)
    return data


_REINSTALL = "Install boardscribe again; its model files are part of the package."


def _read(file: str) -> bytes:
    try:
        return resources.files(__name__).joinpath(file).read_bytes()
    except OSError as error:
        raise ModelError(f"the model file {file} is missing", remedy=_REINSTALL) from error
