"""The two networks of the default engine: where text is, and what it says.

Both are PP-OCRv6's small ones, trained further on handwriting, and models of this package. They are
run with onnxruntime directly: the wrapper of the rapidocr wheel, whose weights they began with,
enlarges small pictures, drops weak lines, hides the letter probabilities and cannot batch lines
over several notes.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

import boardscribe_models
from boardscribe import _onnx

__all__ = ["Detector", "Recogniser", "versions", "weights"]

_DETECTOR = "detect"
_RECOGNISER = "recognise"
_HEIGHT = 48
_LEAST_WIDTH = 160
_BATCH = 8


class Detector:
    """Probability of writing for each pixel."""

    def __init__(self, model: bytes | None = None) -> None:
        """Load the network.

        Args:
            model: ONNX file of another detector of the kind; the shipped one where None.

        Raises:
            MissingComponentError: the shipped weights are missing or damaged.
        """
        self._session = _onnx.session(_DETECTOR) if model is None else _onnx.session_of(model)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Map of h x w x 3 BGR; its sides are those of the picture rounded to 32 pixels."""
        h, w = picture.shape[:2]
        size = (max(32, round(w / 32) * 32), max(32, round(h / 32) * 32))
        resized = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        batch = _normalise(resized)[None]
        result: NDArray[np.float32] = self._session.run(None, {self._input: batch})[0][0, 0]
        return result


class Recogniser:
    """Probability of each character at each step along a line."""

    def __init__(self, model: bytes | None = None) -> None:
        """Load the network.

        Args:
            model: ONNX file of another recogniser of the kind; the shipped one where None.

        Raises:
            MissingComponentError: the shipped weights are missing or damaged.
        """
        self._session = _onnx.session(_RECOGNISER) if model is None else _onnx.session_of(model)
        self._input = self._session.get_inputs()[0].name
        text = self._session.get_modelmeta().custom_metadata_map["character"]
        self.characters: tuple[str, ...] = ("", *text.splitlines(), " ")
        """The character of each class; class 0 is the CTC blank."""

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """T x classes for each line picture (48 x w x 3 BGR), in the order given.

        Lines of like width share a batch, so that little is spent on padding.
        """
        order = sorted(range(len(lines)), key=lambda i: lines[i].shape[1])
        results: list[NDArray[np.float32] | None] = [None] * len(lines)
        while order:
            chosen = order[:1]
            longest = self._width(lines[order[0]])
            for number in order[1:_BATCH]:
                width = self._width(lines[number])
                if width > 1.25 * longest + 32:
                    break
                chosen.append(number)
            order = order[len(chosen) :]
            longest = max(self._width(lines[number]) for number in chosen)
            batch = np.zeros((len(chosen), 3, _HEIGHT, longest), np.float32)
            for row, number in enumerate(chosen):
                batch[row, :, :, : lines[number].shape[1]] = _normalise(lines[number])
            output = self._session.run(None, {self._input: batch})[0]
            for row, number in enumerate(chosen):
                results[number] = output[row]
        return [result for result in results if result is not None]

    @staticmethod
    def _width(line: NDArray[np.uint8]) -> int:
        return max(_LEAST_WIDTH, -(-line.shape[1] // 8) * 8)


def weights() -> tuple[tuple[str, str], ...]:
    """Name and SHA-256 of each weight file."""
    return tuple((card.file, card.sha256) for card in _cards())


def versions() -> str:
    """Name and version of each network."""
    return "+".join(f"{card.name}{card.version}" for card in _cards())


def _cards() -> tuple[boardscribe_models.ModelCard, ...]:
    cards = {card.name: card for card in boardscribe_models.available()}
    return cards[_RECOGNISER], cards[_DETECTOR]


def _normalise(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """3 x h x w, -1 to 1."""
    scaled = picture.astype(np.float32) * (2 / 255) - 1
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))
