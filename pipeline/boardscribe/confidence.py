"""Figures about a reading to the probability that it is right.

Logistic models: few numbers, readable, refitted from a hundred corrections. How the shipped
coefficients were fitted is said in the data file itself and in `models/training/confidence`;
`boardscribe.calibrate` refits them from what people answered. A reading keeps the figures it was
judged by, so new models judge old readings without reading again.
"""

from __future__ import annotations

import importlib.resources
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

from boardscribe.acceptance import Evidence, Judged
from boardscribe.marks import ILLEGIBLE
from boardscribe.records import Legibility, Line, Reading, Word

__all__ = [
    "CUT_INK",
    "UNSUPPORTED",
    "VERSION",
    "Calibration",
    "Logistic",
    "assess",
    "calibration_data",
    "calibration_from",
    "load_calibration",
    "standardised",
    "word_summary",
    "writing_evidence",
]

VERSION = "1"
"""Of the stage `assess`; the models have a version of their own."""
UNSUPPORTED = "unsupported"
"""Feature of a reading that nothing else supports: it may be invented."""

CUT_INK = 1.0
"""Thousandths of the note's area: the outline cuts through writing, some of it is not seen."""

_CUT = 0.5
"""Most confidence of a text of which something may be missing."""
_HARDLY = 0.05
"""Most confidence of a text that has a gap, or that may be invented."""


Term: TypeAlias = tuple[str, float, float, float]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability = logistic(intercept + sum of weight x (value - centre) / spread)."""

    intercept: float
    terms: tuple[Term, ...]
    """Name, weight, centre, spread of each feature."""

    def __call__(self, features: Mapping[str, float]) -> float:
        """Probability, 0.001 to 0.999; a missing feature counts as its centre."""
        total = self.intercept
        for term in self.terms:
            total += term[1] * standardised(features, term)
        return min(0.999, max(0.001, 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))))


def standardised(features: Mapping[str, float], term: Term) -> float:
    """The figure of a term as a model takes it: 0 at its centre, at most 4 spreads away."""
    name, _, centre, spread = term
    value = features.get(name, centre)
    # Far outside what was seen in fitting, a straight line promises too much.
    return max(-4.0, min(4.0, (value - centre) / spread)) if math.isfinite(value) else 0.0


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
    """Digest of the models alone."""
    evidence: Evidence = field(default_factory=Evidence)
    """What a threshold of acceptance is chosen by."""
    fitted: str = ""
    """What the models were fitted on, in words."""


def assess(reading: Reading, calibration: Calibration, *, certain_word: float = 0.0) -> Reading:
    """The reading with every confidence computed anew from its figures.

    What was read and its legibility stay as they are. A reading without figures, such as one of
    an engine of somebody else's that was never attempted, is given back unchanged.

    Args:
        reading: of one engine, or the combined one.
        calibration: the models.
        certain_word: words below this confidence are marked as uncertain.
    """
    if reading.legibility is Legibility.NOT_ATTEMPTED or not reading.features:
        return reading
    if reading.legibility is Legibility.BLANK:
        return replace(reading, confidence=1 - calibration.writing(reading.features))
    lines = tuple(
        Line(tuple(_word(word, calibration, certain_word) for word in line.words), line.polygon)
        for line in reading.lines
    )
    words = [word for line in lines for word in line.words]
    unread = sum(word.text == ILLEGIBLE for word in words)
    features = {
        **reading.features,
        **word_summary([word.confidence for word in words]),
        "unread_share": unread / len(words) if words else 1.0,
    }
    chance = calibration.text(features)
    if unread or features.get(UNSUPPORTED):
        # A text with a gap is hardly ever all that a person would have read.
        chance = min(_HARDLY, chance)
    elif features.get("cut_ink", 0.0) >= CUT_INK or features.get("struck", 0.0) > 0:
        # Somebody has to see what is missing, or was taken for struck out.
        chance = min(_CUT, chance)
    left, before = 1 - chance, max(1e-6, 1 - reading.confidence)
    return replace(
        reading,
        lines=lines,
        confidence=chance,
        alternatives=tuple((t, min(left, p * left / before)) for t, p in reading.alternatives),
        features=MappingProxyType(features),
    )


def _word(word: Word, calibration: Calibration, certain: float) -> Word:
    chance = calibration.word(word.features) if word.features else word.confidence
    return replace(word, confidence=chance, uncertain=chance < certain)


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
    sure = best = 0.0
    signs = bool(words)
    for text, mean in words:
        count = sum(letter.isalnum() for letter in text)
        sure += count * max(0.0, 2 * mean - 1)
        best = max(best, max(0.0, 2 * mean - 1) if count else 0.0)
        signs = signs and not count
    return {"log_sure_letters": math.log(1 + sure), "best_word": best, "signs_only": float(signs)}


def load_calibration() -> Calibration:
    """The models that ship with the package."""
    path = importlib.resources.files("boardscribe") / "data" / "confidence.json"
    return calibration_from(json.loads(path.read_text(encoding="utf-8")))


def calibration_from(data: Mapping[str, Any]) -> Calibration:
    """A calibration from the JSON that `calibration_data` gives.

    Raises:
        KeyError, TypeError, ValueError: the data are not such.
    """
    evidence = data["evidence"]
    return Calibration(
        text=_logistic(data["text"]),
        word=_logistic(data["word"]),
        writing=_logistic(data["writing"]),
        version=str(data["version"]),
        evidence=Evidence(
            text=_judged(evidence["text"]),
            blank=_judged(evidence["blank"]),
            word=_judged(evidence["word"]),
            engines=tuple(map(str, evidence["engines"])),
            source=str(evidence["source"]),
        ),
        fitted=str(data["fitted"]),
    )


def calibration_data(calibration: Calibration) -> dict[str, Any]:
    """A calibration as JSON takes it."""
    evidence = calibration.evidence
    return {
        "version": calibration.version,
        "fitted": calibration.fitted,
        **{
            name: {"intercept": model.intercept, "terms": [list(term) for term in model.terms]}
            for name, model in (
                ("word", calibration.word),
                ("text", calibration.text),
                ("writing", calibration.writing),
            )
        },
        "evidence": {
            "source": evidence.source,
            "engines": list(evidence.engines),
            **{
                kind: [[score, int(right)] for score, right in getattr(evidence, kind)]
                for kind in ("text", "blank", "word")
            },
        },
    }


def _judged(pairs: Sequence[Sequence[float]]) -> Judged:
    return tuple((float(score), bool(right)) for score, right in pairs)


def _logistic(data: Mapping[str, Any]) -> Logistic:
    return Logistic(
        float(data["intercept"]),
        tuple((str(n), float(w), float(c), float(s)) for n, w, c, s in data["terms"]),
    )
