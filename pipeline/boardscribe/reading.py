"""Straightened notes to readings: engines called, texts combined, confidence calibrated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from boardscribe._read_ink import measure_ink
from boardscribe.confidence import Calibration, load_calibration, word_summary, writing_evidence
from boardscribe.engines import Engine, EngineText, EngineWord, load_engine
from boardscribe.errors import MissingComponentError
from boardscribe.options import ReadOptions
from boardscribe.records import Legibility, Line, Reading, Word
from boardscribe.straighten import Straightened

__all__ = ["ILLEGIBLE", "VERSION", "Reader", "note_features", "word_features"]

VERSION = "3-550c277e"
"""The part after the dash is the version of the shipped calibration."""
ILLEGIBLE = "[illeg.]"
"""Written for a word that could not be read; a gap is better than an invention."""

_ALTERNATIVES = 3
_LEAST_SIDE = 12
"""Below this side in pixels nobody can tell blank from written."""
_CUT_INK = 1.0
"""Thousandths of the note's area: the outline cuts through writing, some of it is not seen."""


class Reader:
    """Reads notes with the engines asked for. Loading takes seconds: keep one a process."""

    def __init__(self, options: ReadOptions) -> None:
        """Load the engines.

        Raises:
            MissingComponentError: none of the engines asked for can be used, or one has a name
                that no installed engine has.
        """
        self._options = options
        self._calibration = load_calibration()
        self._engines: list[Engine] = []
        missing: list[str] = []
        last: MissingComponentError | None = None
        for name in dict.fromkeys(options.engines):
            try:
                self._engines.append(load_engine(name, options))
            except MissingComponentError as error:
                if name not in _MAY_BE_ABSENT:
                    raise
                last = error
                missing.append(f"{error.message}. {error.remedy}".strip())
        if not self._engines and last is not None:
            raise last
        self.missing: tuple[str, ...] = tuple(missing)
        """What was asked for and is not there, to be told once; reading goes on without it."""

    @property
    def version(self) -> str:
        """Version of the stage, its calibration and each engine; part of the stage's stamp."""
        engines = ",".join(f"{engine.name}={engine.version}" for engine in self._engines)
        return f"{VERSION};calibration={self._calibration.version};{engines}"

    def read(self, crops: Sequence[Straightened]) -> tuple[tuple[Reading, ...], ...]:
        """Read notes.

        Args:
            crops: the notes of a photo (or of several); lines are batched over all of them.

        Returns:
            For each crop the combined reading first, then that of each engine.
        """
        pictures = [crop.image for crop in crops]
        texts = [engine.read(pictures) for engine in self._engines]
        results = []
        for number, crop in enumerate(crops):
            own = [(e, t[number]) for e, t in zip(self._engines, texts, strict=True)]
            results.append(self._combine(crop, own))
        return tuple(results)

    def _combine(
        self, crop: Straightened, texts: Sequence[tuple[Engine, EngineText]]
    ) -> tuple[Reading, ...]:
        attempted = [(e, t) for e, t in texts if e.name != "null"]
        if not attempted:
            single = tuple(_not_attempted(engine) for engine, _ in texts)
            return (_renamed(single[0], "combined"), *single) if single else ()
        readings = []
        for engine, text in attempted:
            others = [other for name, other in attempted if name is not engine]
            readings.append(self._reading(engine, text, others, crop))
        # The engines are named in order of trust; a later one speaks where the first is mute.
        best = next((r for r in readings if r.legibility is not Legibility.BLANK), readings[0])
        alternatives = _merge_alternatives(best, readings)
        combined = _renamed(best, "combined", alternatives)
        return (combined, *readings)

    def _reading(
        self,
        engine: Engine,
        text: EngineText,
        others: Sequence[EngineText],
        crop: Straightened,
    ) -> Reading:
        features = note_features(text, crop, others)
        writing = self._calibration.writing(features)
        tiny = min(crop.image.shape[:2]) < _LEAST_SIDE
        if writing < 0.5 and not tiny and crop.cut_ink < _CUT_INK:
            return Reading(
                engine.name,
                engine.version,
                (),
                1 - writing,
                Legibility.BLANK,
                features=MappingProxyType(features),
            )
        has_words = any(map(str.isalnum, text.text))
        lines = tuple(
            Line(
                tuple(self._word(word, among_words=has_words) for word in line.words), line.polygon
            )
            for line in text.lines
        )
        words = [word for line in lines for word in line.words]
        features.update(word_summary([word.confidence for word in words]))
        unread = sum(word.text == ILLEGIBLE for word in words)
        features["unread_share"] = unread / len(words) if words else 1.0
        chance = _text_chance(self._calibration, features)
        if unread == len(words):
            legibility = Legibility.ILLEGIBLE
            lines = lines or (Line((Word(ILLEGIBLE, 0.0),)),)
        else:
            legibility = Legibility.PARTLY if unread else Legibility.READABLE
        shown = "\n".join(line.text for line in lines)
        alternatives = [t for t in (text.text, *text.alternatives) if t.strip() and t != shown]
        share = (1 - chance) / (len(alternatives) + 1)
        return Reading(
            engine.name,
            engine.version,
            lines,
            chance,
            legibility,
            tuple((t, share) for t in alternatives[:_ALTERNATIVES]),
            MappingProxyType(features),
        )

    def _word(self, word: EngineWord, *, among_words: bool) -> Word:
        chance = self._calibration.word(word_features(word))
        # A doubtful dash or arrow among words is no word that could be missing.
        missed = not among_words or any(map(str.isalnum, word.text))
        lost = missed and chance < self._options.illegible_word
        text = ILLEGIBLE if lost else word.text
        return Word(text, chance)


_MAY_BE_ABSENT = frozenset({"tesseract"})


def word_features(word: EngineWord) -> dict[str, float]:
    """What a word's confidence is computed from."""
    chances = word.characters or (0.0,)
    return {
        **word.features,
        "mean_letter": sum(chances) / len(chances),
        "log_min_letter": math.log(max(min(chances), 1e-6)),
        "log_letters": math.log(1 + len(chances)),
    }


def note_features(
    text: EngineText, crop: Straightened, others: Sequence[EngineText] = ()
) -> dict[str, float]:
    """What a note's confidence is computed from.

    Args:
        text: what the engine read.
        crop: what it read it on.
        others: what other engines read.
    """
    words = [word for line in text.lines for word in line.words]
    chances = [c for word in words for c in word.characters]
    features = {
        "letters": float(len(chances)),
        "words": float(len(words)),
        "lines": float(len(text.lines)),
        "mean_letter": sum(chances) / len(chances) if chances else 0.0,
        "log_min_letter": math.log(max(min(chances, default=0.0), 1e-6)),
        **text.features,
        **measure_ink(crop.image, crop.mask),
        "sharpness": crop.sharpness,
        "cut_ink": crop.cut_ink,
    }
    features["log_letters"] = math.log(1 + features["letters"])
    means = [(word.text, word_features(word)["mean_letter"]) for word in words]
    features.update(writing_evidence(means))
    features["log_ink"] = math.log(features["ink"] + 0.001)
    if others:
        plain = _plain(text.text)
        features["engines_agree"] = float(any(_plain(o.text) == plain for o in others))
    return features


def _text_chance(calibration: Calibration, features: Mapping[str, float]) -> float:
    if features["unread_share"] > 0:
        # A text with a gap is hardly ever all that a person would have read.
        return min(0.05, calibration.text(features))
    if features["cut_ink"] >= _CUT_INK or features.get("struck", 0.0) > 0:
        # Somebody has to see what is missing, or was taken for struck out.
        return min(0.5, calibration.text(features))
    return calibration.text(features)


def _merge_alternatives(
    best: Reading, readings: Sequence[Reading]
) -> tuple[tuple[str, float], ...]:
    merged = dict(best.alternatives)
    for reading in readings:
        if reading is not best and reading.text and reading.text != best.text:
            merged.setdefault(reading.text, min(reading.confidence, 1 - best.confidence))
    ranked = sorted(merged.items(), key=lambda item: -item[1])
    return tuple(ranked[:_ALTERNATIVES])


def _not_attempted(engine: Engine) -> Reading:
    return Reading(engine.name, engine.version, (), 0.0, Legibility.NOT_ATTEMPTED)


def _renamed(
    reading: Reading, engine: str, alternatives: tuple[tuple[str, float], ...] | None = None
) -> Reading:
    return Reading(
        engine,
        f"{VERSION}:{reading.engine}={reading.engine_version}",
        reading.lines,
        reading.confidence,
        reading.legibility,
        reading.alternatives if alternatives is None else alternatives,
        reading.features,
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
