"""What a note says where the record has a gap, and whether that is sure enough to fill it in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from boardscribe.record._align import ILLEGIBLE_MARK
from boardscribe.record._fills import Taken, take
from boardscribe.record._marks import mark_text
from boardscribe.record._words import fitted
from boardscribe.record.matching import Match
from boardscribe.record.model import Entry
from boardscribe.records import Legibility, Source, Status
from boardscribe.snapshot import NoteEntry

__all__ = ["WHICH_NOTE", "Answer", "Outcome", "answers"]

_PEOPLE = {Source.PERSON: 0.98, Source.CONSENSUS: 0.99}
"""How far people's readings are trusted; a machine's says so itself."""
_AGREEMENT = 0.6
"""Least agreement of the words beside a gap: below it, the gap may be laid at the wrong place."""


WHICH_NOTE = ("another note may be meant", "not sure that this is the note")
"""Reasons of doubt that no reading settles: somebody has to say which note the entry is."""

_REASONS = {
    Source.PERSON: "read by a person",
    Source.CONSENSUS: "read alike by several people",
    Source.MACHINE: "read surely by machine",
}


class Outcome(StrEnum):
    """What becomes of a gap."""

    APPLIED = "applied"
    """Filled in."""
    DOUBTFUL = "doubtful"
    """Proposed to a person."""
    OPEN = "open"
    """Still cannot be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one gap is answered with; adjoining gaps are one."""

    gaps: tuple[int, ...]
    """Indices into `Entry.gaps`."""
    span: tuple[int, int]
    """In the entry's text."""
    source: tuple[int, int]
    """In the whole record."""
    mark: str
    """As published."""
    fill: str
    """Words as read; empty where there are none."""
    inserted: str
    """The fill with the spaces that it needs in its place."""
    outcome: Outcome
    confidence: float
    """That the gap says exactly this: right note and right words, 0 to 1."""
    reason: str

    @property
    def markdown(self) -> str:
        """What replaces the gap in the record."""
        inner = self.inserted.strip()
        lead = self.inserted[: len(self.inserted) - len(self.inserted.lstrip())]
        tail = self.inserted[len(self.inserted.rstrip()) :]
        return f"{lead}{mark_text(inner)}{tail}" if inner else ""


def answers(
    entry: Entry, note: NoteEntry | None, found: Match, accept: float
) -> tuple[Answer, ...]:
    """Answer the gaps of an entry from the note it was matched with.

    Args:
        entry: a published entry with gaps.
        note: its note; None where no photograph shows it.
        found: the match.
        accept: least confidence of an answer that is filled in without review.

    Returns:
        One answer for each run of gaps.
    """
    case = _Case(entry, found, accept)
    runs = _runs(entry)
    closed = _why_not(note)
    if note is None or closed:
        return tuple(_open(entry, run, closed) for run in runs)
    spans = [(entry.gaps[run[0]].start, entry.gaps[run[-1]].end) for run in runs]
    taken = take(entry.text, spans, note.transcription.text)
    return tuple(case.answer(note, run, part) for run, part in zip(runs, taken, strict=True))


def _runs(entry: Entry) -> list[tuple[int, ...]]:
    """Gaps with nothing stated between them: of unknown length together as much as alone."""
    runs: list[tuple[int, ...]] = []
    for index, gap in enumerate(entry.gaps):
        if index and not entry.text[entry.gaps[index - 1].end : gap.start].strip():
            runs[-1] = (*runs[-1], index)
        else:
            runs.append((index,))
    return runs


def _why_not(note: NoteEntry | None) -> str:
    """Why a note can answer nothing; empty where it can."""
    if note is None:
        return "no photograph shows this note"
    return {
        Legibility.BLANK: "the photograph shows no writing on this note",
        Legibility.ILLEGIBLE: "still illegible on the photographs",
        Legibility.HIDDEN: "another note covers it on the photographs",
        Legibility.CUT_OFF: "cut off by the border of the photograph",
        Legibility.NOT_ATTEMPTED: "not read yet",
    }.get(note.transcription.legibility, "")


def _open(entry: Entry, run: Sequence[int], reason: str) -> Answer:
    first, last = entry.gaps[run[0]], entry.gaps[run[-1]]
    return Answer(
        gaps=tuple(run),
        span=(first.start, last.end),
        source=(first.source[0], last.source[1]),
        mark=entry.text[first.start : last.end],
        fill="",
        inserted="",
        outcome=Outcome.OPEN,
        confidence=0.0,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """An entry, the note it was matched with, and what it takes to fill a gap in."""

    entry: Entry
    found: Match
    accept: float

    def answer(self, note: NoteEntry, run: Sequence[int], taken: Taken) -> Answer:
        """Answer one run of gaps with what it took in of the note's text."""
        if not ILLEGIBLE_MARK.sub("", taken.text).strip() and ILLEGIBLE_MARK.search(taken.text):
            return _open(self.entry, run, "these words are illegible on the photographs, too")
        blank = _open(self.entry, run, "")
        confidence = self.found.confidence * _right_words(note, taken)
        if taken.agreement < _AGREEMENT:
            confidence *= taken.agreement
        doubt = self._doubt(note, taken, confidence)
        return replace(
            blank,
            fill=taken.text,
            inserted=fitted(
                taken.text,
                self.entry.text,
                blank.span,
                glued=(taken.glued, taken.glued_after),
            ),
            outcome=Outcome.DOUBTFUL if doubt else Outcome.APPLIED,
            confidence=confidence,
            reason=doubt or _REASONS[note.transcription.source],
        )

    def _doubt(self, note: NoteEntry, taken: Taken, confidence: float) -> str:
        """Why a person has to look; empty where nobody has to."""
        machine = note.status is not Status.REVIEWED
        runner = self.found.runner_up[1] if self.found.runner_up else 0.0
        unsure = self.found.confidence < self.accept
        reasons = (
            (self.entry.copies > 1, "the record lists several such notes in one line"),
            (unsure and runner >= 0.05, WHICH_NOTE[0]),
            (unsure, WHICH_NOTE[1]),
            (note.doubtful, "may not be a note"),
            (not taken.text, "the photograph shows no more words here"),
            (set(taken.text) <= set(".…"), "the note itself has dots here"),
            (taken.agreement < _AGREEMENT, "the words beside the gap were read differently"),
            (
                machine and bool(ILLEGIBLE_MARK.search(taken.text)),
                "some of these words could not be read",
            ),
            (machine and note.best.detection.cut_off, "cut off by the border of the photograph"),
            (confidence < self.accept, "read by machine, not surely enough"),
        )
        return next((reason for doubtful, reason in reasons if doubtful), "")


def _right_words(note: NoteEntry, taken: Taken) -> float:
    """Probability that the words of a fill are right, where the note is.

    A machine knows it word by word: a fill can be surer than the whole note.
    """
    decision = note.transcription
    if decision.source in _PEOPLE:
        return _PEOPLE[decision.source]
    sure = decision.confidence
    combined = note.best.readings[0] if note.best.readings else None
    if combined is not None and combined.text == decision.text:
        words = [word for line in combined.lines for word in line.words]
        if [word.text for word in words] == decision.text.split():
            chosen = words[slice(*taken.words)]
            product = math.prod(w.confidence for w in chosen if not ILLEGIBLE_MARK.search(w.text))
            # The rest of a word that the record begins stands outside the span of whole words.
            if chosen and not (taken.glued or taken.glued_after):
                sure = max(sure, product)
    return min(max(sure, 0.0), 1.0)
