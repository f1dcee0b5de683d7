"""Straightened notes to readings: engines called, texts combined, confidence calibrated."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from rapidfuzz import fuzz

from boardscribe._read_ink import measure_ink
from boardscribe.confidence import (
    CUT_INK,
    UNSUPPORTED,
    assess,
    load_calibration,
    writing_evidence,
)
from boardscribe.engines import FAILED, Engine, EngineText, EngineWord, load_engine
from boardscribe.errors import MissingComponentError
from boardscribe.language import core_of
from boardscribe.marks import ILLEGIBLE
from boardscribe.options import ReadOptions
from boardscribe.records import Legibility, Line, Reading, Word
from boardscribe.straighten import Straightened

__all__ = ["ILLEGIBLE", "VERSION", "Reader", "note_features", "word_features"]

VERSION = "4.11-2269d199"
"""The part after the dash is the version of the shipped calibration."""

_ALTERNATIVES = 3
_LIKE = 60.0
"""Likeness of two words, in percent, that chance does not explain."""
_CRISP = 0.13
"""Crispness of ink from which it may be a pen's: of 1,619 generated texts, blurred ones included, one in two hundred has less than
.156, and a blurred sample .134; half of what is taken for ink on blank notes has less than .132."""
_STROKES = 2
"""Letters as which shadows are read at most: `1`, `U`, `of`."""
_LEAST_SIDE = 12
"""Below this side in pixels nobody can tell blank from written."""


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
            crops: the notes of a photo; words that are clear on one help to read the others.

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
            if text.features.get(FAILED):
                readings.append(_not_attempted(engine))
                continue
            others = [
                (e, t) for e, t in attempted if e is not engine and not t.features.get(FAILED)
            ]
            readings.append(self._reading(engine, text, others, crop))
        # The engines are named in order of trust; a later one speaks where the first is mute.
        done = [r for r in readings if r.legibility is not Legibility.NOT_ATTEMPTED] or readings
        best = next((r for r in done if r.legibility is not Legibility.BLANK), None)
        if best is None:  # that a note is blank is best said by one that cannot invent
            free = {engine.name for engine, _ in attempted if _is_generative(engine)}
            best = next((r for r in done if r.engine not in free), done[0])
            if any(reading.features.get(UNSUPPORTED) for reading in readings):
                # One of those that can has found a text: a person looks which is right.
                doubted = MappingProxyType({**best.features, UNSUPPORTED: 1.0})
                best = replace(best, features=doubted)
        alternatives = _merge_alternatives(best, readings)
        combined = _renamed(best, "combined", alternatives)
        return (combined, *readings)

    def _reading(
        self,
        engine: Engine,
        text: EngineText,
        others: Sequence[tuple[Engine, EngineText]],
        crop: Straightened,
    ) -> Reading:
        features = note_features(text, crop, [other for _, other in others])
        if _is_generative(engine) and text.lines:
            witnesses = [other.text for one, other in others if not _is_generative(one)]
            # What it says is no evidence of writing: only ink is, and what others read.
            seen = {"log_sure_letters": 0.0, "best_word": 0.0}
            if self._calibration.writing({**features, **seen}) < 0.5:
                features[UNSUPPORTED] = 1.0
            if not _is_supported(text.text, witnesses):
                features.update(seen)
                features[UNSUPPORTED] = 1.0
        writing = self._calibration.writing(features)
        tiny = min(crop.image.shape[:2]) < _LEAST_SIDE
        if writing < 0.5 and not tiny and crop.cut_ink < CUT_INK:
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
        unread = sum(word.text == ILLEGIBLE for word in words)
        if unread == len(words):
            legibility = Legibility.ILLEGIBLE
            lines = lines or (Line((Word(ILLEGIBLE, 0.0),)),)
        else:
            legibility = Legibility.PARTLY if unread else Legibility.READABLE
        shown = "\n".join(line.text for line in lines)
        alternatives = [t for t in (text.text, *text.alternatives) if t.strip() and t != shown]
        share = 1 / (len(alternatives) + 1)
        raw = Reading(
            engine.name,
            engine.version,
            lines,
            0.0,
            legibility,
            tuple((t, share) for t in alternatives[:_ALTERNATIVES]),
            MappingProxyType(features),
        )
        return assess(raw, self._calibration)

    def _word(self, word: EngineWord, *, among_words: bool) -> Word:
        features = {name: round(value, 5) for name, value in word_features(word).items()}
        chance = self._calibration.word(features)
        # A doubtful dash or arrow among words is no word that could be missing.
        missed = not among_words or any(map(str.isalnum, word.text))
        # A long word is soon wrong though most of its letters are right; those help a person.
        guessed = features["mean_letter"] <= _GUESSED
        lost = (missed and guessed and chance < self._options.illegible_word) or _is_scrawl(word)
        text = ILLEGIBLE if lost else word.text
        return Word(text, chance, features=MappingProxyType(features))


_GUESSED = 0.5
"""Mean probability of a word's letters up to which they are likelier wrong than right."""
_MAY_BE_ABSENT = frozenset({"tesseract"})
_SCRAWL = re.compile(r"(?=.*([wnmuv])\1)(?!(.)\2*$)[wnmuvi]{4,}")
"""A zigzag whose letters nobody wrote, as engines read it: `wwwn`; not `mmmm`."""


def _is_scrawl(word: EngineWord) -> bool:
    """Strokes up and down are clear to an engine, and no word."""
    core = core_of(word.text)
    return not word.features.get("known", 0.0) and _SCRAWL.fullmatch(core) is not None


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
        **measure_ink(crop.image, crop.mask, [line.polygon for line in text.lines]),
        "sharpness": crop.sharpness,
        "cut_ink": crop.cut_ink,
    }
    features["log_letters"] = math.log(1 + features["letters"])
    means = [(word.text, word_features(word)["mean_letter"]) for word in words]
    features.update(writing_evidence(means))
    features["log_ink"] = math.log(features["ink"] + 0.001)
    soft = _CRISP - features.get("ink_crisp", _CRISP)
    features["soft_ink"] = max(0.0, soft) if len(chances) <= _STROKES else 0.0
    features["log_cut_ink"] = math.log(features["cut_ink"] + 1)
    if all(line.polygon for line in text.lines):  # else nobody knows where writing was found
        features["log_ink_unread"] = math.log(features["ink_unread"] + 0.001)
        features["no_line"] = float(not chances)
    if others:
        plain = _plain(text.text)
        features["engines_agree"] = float(any(_plain(o.text) == plain for o in others))
    return features


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


def _is_generative(engine: Engine) -> bool:
    return bool(getattr(engine, "generative", False))


def _is_supported(text: str, witnesses: Sequence[str]) -> bool:
    """Whether an engine that cannot invent read a word that is like one of these."""
    own = _plain(text).split()
    return any(
        fuzz.ratio(word, other) >= _LIKE
        for witness in witnesses
        for other in _plain(witness).split()
        for word in own
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
