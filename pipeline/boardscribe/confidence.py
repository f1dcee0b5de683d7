"""Figures about a reading to the probability that it is right.

Logistic models: few numbers, readable, refitted from a hundred corrections. How the shipped
coefficients were fitted is said in the data file itself and in `models/training/confidence`.
"""

from __future__ import annotations

import importlib.resources
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Calibration", "Logistic", "load_calibration", "word_summary", "writing_evidence"]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability = logistic(intercept + sum of weight x (value - centre) / spread)."""

    intercept: float
    terms: tuple[tuple[str, float, float, float], ...]
    """Name, weight, centre, spread of each feature."""

    def __call__(self, features: Mapping[str, float]) -> float:
        """Probability, 0.001 to 0.999; a missing feature counts as its centre."""
        total = self.intercept
        for name, weight, centre, spread in self.terms:
            value = features.get(name, centre)
            if math.isfinite(value):
                # Far outside what was seen in fitting, a straight line promises too much.
                total += weight * max(-4.0, min(4.0, (value - centre) / spread))
        return min(0.999, max(0.001, 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The models in use."""

    text: Logistic
    """The whole text is exactly right, but for case and repeated spaces."""
    word: Logistic
    """A word is right."""
    writing: Logistic
    """There is writing on the note, readable or not."""
    version: str


def word_summary(chances: Sequence[float]) -> dict[str, float]:
    """What the confidences of a note's words say about the whole text, as features."""
    if not chances:
        return {}
    logs = [math.log(max(chance, 1e-4)) for chance in chances]
    return {"log_words_right": max(-8.0, sum(logs)), "log_worst_word": min(logs)}


def writing_evidence(words: Sequence[tuple[str, float]]) -> dict[str, float]:
    """How much of what was read is surely letters or digits, as features.

    Args:
        words: text and mean letter probability of each word.
    """
    sure = 0.0
    for text, mean in words:
        count = sum(letter.isalnum() for letter in text)
        sure += count * max(0.0, 2 * mean - 1)
    return {"log_sure_letters": math.log(1 + sure)}


def load_calibration() -> Calibration:
    """The models that ship with the package."""
    path = importlib.resources.files("boardscribe") / "data" / "confidence.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    return Calibration(
        text=_logistic(data["text"]),
        word=_logistic(data["word"]),
        writing=_logistic(data["writing"]),
        version=data["version"],
    )


def _logistic(data: Mapping[str, object]) -> Logistic:
    terms = data["terms"]
    intercept = data["intercept"]
    assert isinstance(terms, list)
    assert isinstance(intercept, int | float)
    return Logistic(
        float(intercept),
        tuple((str(n), float(w), float(c), float(s)) for n, w, c, s in terms),
    )
