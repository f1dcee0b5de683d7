"""Examples to a calibration: models fitted anew where there are enough, thresholds always."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from boardscribe.acceptance import Acceptance, Evidence, Judged, acceptance_in_force
from boardscribe.calibrate._examples import Example
from boardscribe.calibrate._fit import refit
from boardscribe.confidence import Calibration, Logistic, assess, calibration_data
from boardscribe.errors import InputError
from boardscribe.evaluate import Reliability, reliability
from boardscribe.options import DecideOptions
from boardscribe.records import Legibility

__all__ = ["Change", "Recalibration", "recalibrate"]

_FEWEST = 50
"""Answered notes below which nothing is learnt from them."""
_REFIT = {"text": 200, "word": 500, "writing": 200}
"""Examples from which on a model is fitted anew. With fewer, its own weights are better, and the
examples join those that ship as evidence for the threshold."""
_OF_EACH = 15
"""Right and wrong examples that a fit needs at least."""
_FOLDS = 5

Row = tuple[Mapping[str, float], bool, str]
"""Figures, whether it was right, group."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one model."""

    name: str
    """`text`, `word` or `writing`."""
    examples: int
    refitted: bool
    reason: str
    """Why it was fitted anew, or not."""
    before: Reliability
    """Of the model as it was, on the examples."""
    after: Reliability
    """Of the new one, each example judged by a model that has not seen its group."""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A calibration learnt from answers, and what it changes."""

    calibration: Calibration
    changes: tuple[Change, ...]
    examples: int
    before: Acceptance
    after: Acceptance


def recalibrate(
    examples: Sequence[Example], base: Calibration, options: DecideOptions
) -> Recalibration:
    """Learn from answered notes.

    Args:
        examples: the answered notes of a workspace.
        base: the calibration that ships with the package: always the starting point, so that
            the same answers give the same result however often this is done.
        options: the targets that thresholds are chosen for.

    Raises:
        InputError: there are too few answered notes.
    """
    if len(examples) < _FEWEST:
        raise InputError(
            f"{len(examples)} answered {'note' if len(examples) == 1 else 'notes'}: too few to "
            f"learn from, at least {_FEWEST} are needed",
            remedy="Have more notes reviewed, and pull the answers. Notes that were accepted "
            "without review tell most: `audit` under [review] asks about some of them.",
        )
    word_rows = [
        (word.features, right, example.group)
        for example in examples
        for word, right in example.words
    ]
    word = _change("word", base.word, word_rows)
    text_model, text = _text(examples, replace(base, word=word[0]))
    writing_rows = [(e.reading.features, e.written, e.group) for e in examples]
    writing = _change("writing", base.writing, writing_rows)
    fitted = Calibration(text_model, word[0], writing[0], version="")
    evidence = _evidence(examples, base, fitted, refitted=text.refitted)
    digest = hashlib.sha256(
        json.dumps(calibration_data(fitted), sort_keys=True).encode()
    ).hexdigest()[:8]
    changes = (text, word[1], writing[1])
    kept = not any(change.refitted for change in changes)
    calibration = replace(
        fitted,
        version=base.version if kept else digest,
        evidence=evidence,
        fitted=base.fitted if kept else f"From {len(examples)} answered notes.",
    )
    return Recalibration(
        calibration=calibration,
        changes=changes,
        examples=len(examples),
        before=acceptance_in_force(options, base.evidence),
        after=acceptance_in_force(options, evidence),
    )


def _text(examples: Sequence[Example], base: Calibration) -> tuple[Logistic, Change]:
    """The text model; what the words' confidences say is one of its figures."""
    rows = [
        (assess(example.reading, base).features, example.right, example.group)
        for example in examples
        if example.reading.legibility is Legibility.READABLE
    ]
    return _change("text", base.text, rows)


def _change(name: str, model: Logistic, rows: Sequence[Row]) -> tuple[Logistic, Change]:
    right = [good for _, good, _ in rows]
    before = reliability([model(figures) for figures, *_ in rows], right)
    wanted = _REFIT[name]
    rarer = min(sum(right), len(right) - sum(right))
    if len(rows) < wanted or rarer < _OF_EACH:
        reason = (
            f"kept: {len(rows)} of {wanted} examples"
            if len(rows) < wanted
            else f"kept: only {rarer} of {_OF_EACH} examples of the rarer outcome"
        )
        return model, Change(name, len(rows), False, reason, before, before)
    scores = dict(_cross_fitted(model, rows))
    after = reliability([scores[index] for index in range(len(rows))], right)
    assert before.brier is not None
    assert after.brier is not None
    if after.brier >= before.brier:
        reason = "kept: a new fit does no better on notes it has not seen"
        return model, Change(name, len(rows), False, reason, before, after)
    new = refit(model, [figures for figures, *_ in rows], right)
    return new, Change(name, len(rows), True, "fitted anew", before, after)


def _cross_fitted(model: Logistic, rows: Sequence[Row]) -> Iterator[tuple[int, float]]:
    """Each row's probability by a model fitted without the rows of its fold."""
    folds = _folds([group for *_, group in rows])
    for fold in range(_FOLDS):
        inside = [row for row, own in zip(rows, folds, strict=True) if own != fold]
        if len(inside) == len(rows):
            continue
        partial = refit(model, [figures for figures, *_ in inside], [good for _, good, _ in inside])
        for index, (row, own) in enumerate(zip(rows, folds, strict=True)):
            if own == fold:
                yield index, partial(row[0])


def _folds(groups: Sequence[str]) -> list[int]:
    """A fold for each row: groups stay together where there are enough of them."""
    counts = Counter(groups)
    if len(counts) < _FOLDS:
        return [index % _FOLDS for index in range(len(groups))]
    sizes, place = [0] * _FOLDS, {}
    for group, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        smallest = sizes.index(min(sizes))
        place[group] = smallest
        sizes[smallest] += count
    return [place[group] for group in groups]


def _evidence(
    examples: Sequence[Example], base: Calibration, fitted: Calibration, *, refitted: bool
) -> Evidence:
    """Where the text model is new, the answers alone; else those that ship, too."""
    scored = list(_scored(examples, base, fitted, refitted=refitted))
    own = Evidence(
        text=_pick(scored, lambda e: e.reading.legibility is Legibility.READABLE),
        blank=_pick(scored, lambda e: e.reading.legibility is Legibility.BLANK),
        word=_one_word_each(examples, fitted),
    )
    speakers = Counter(example.reading.speaker for example in examples)
    if refitted:
        enough = tuple(sorted(name for name, count in speakers.items() if count >= _FEWEST))
        return replace(own, engines=enough, source=f"{len(examples)} notes answered by people")
    mine = tuple(
        example for example in examples if example.reading.speaker in base.evidence.engines
    )
    if len(mine) < len(examples):
        return _evidence(mine, base, fitted, refitted=False) if mine else base.evidence
    return Evidence(
        text=base.evidence.text + own.text,
        blank=base.evidence.blank + own.blank,
        word=base.evidence.word + own.word,
        engines=base.evidence.engines,
        source=f"{base.evidence.source}; {len(examples)} notes answered by people",
    )


def _scored(
    examples: Sequence[Example], base: Calibration, fitted: Calibration, *, refitted: bool
) -> Iterator[tuple[Example, float]]:
    """Each example with a confidence by models that have not seen it."""
    judged = [assess(example.reading, fitted) for example in examples]
    if not refitted:
        yield from ((e, one.confidence) for e, one in zip(examples, judged, strict=True))
        return
    texts = [i for i, e in enumerate(examples) if e.reading.legibility is Legibility.READABLE]
    rows = [(judged[i].features, examples[i].right, examples[i].group) for i in texts]
    unseen = {texts[at]: score for at, score in _cross_fitted(base.text, rows)}
    for index, (example, one) in enumerate(zip(examples, judged, strict=True)):
        yield example, unseen.get(index, one.confidence)


def _pick(scored: Sequence[tuple[Example, float]], wanted: Callable[[Example], bool]) -> Judged:
    return tuple((round(score, 4), e.right) for e, score in scored if wanted(e))


def _one_word_each(examples: Sequence[Example], fitted: Calibration) -> Judged:
    """One word of each note, the notes taking turns at first, second, third words."""
    judged = []
    for index, example in enumerate(examples):
        if words := example.words:
            word, right = words[index % len(words)]
            judged.append((round(fitted.word(word.features), 4), right))
    return tuple(judged)
