"""Answers the gaps of a published record from what was read on the photographs.

What the record states is never changed: only gaps are replaced, character by character of the
published text, and where the photographs say something else than the record, that is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from boardscribe.options import Options
from boardscribe.record._answers import Answer, Outcome, answers
from boardscribe.record._differences import Difference, differences
from boardscribe.record._witness import NoteEvidence, note_evidence
from boardscribe.record._words import spliced
from boardscribe.record.confirmed import Confirmed
from boardscribe.record.matching import Match, match
from boardscribe.record.model import PublishedNote, PublishedRecord
from boardscribe.record.questions import Proposal
from boardscribe.snapshot import Snapshot

__all__ = [
    "Answer",
    "Difference",
    "EntryUpdate",
    "NoteEvidence",
    "Outcome",
    "Update",
    "update",
]


@dataclass(frozen=True, slots=True)
class EntryUpdate:
    """An entry with gaps and what became of them."""

    published: PublishedNote
    heading: str
    label: str | None
    """Response type as published; None where its icon was lost."""
    match: Match
    answers: tuple[Answer, ...]
    """One for each gap, adjoining gaps together."""
    evidence: NoteEvidence | None
    """The note that was found; None where none was."""

    @property
    def outcome(self) -> Outcome:
        """What the entry needs: a person if any gap does, then whether any was answered."""
        outcomes = {answer.outcome for answer in self.answers}
        return next(o for o in (Outcome.DOUBTFUL, Outcome.APPLIED, Outcome.OPEN) if o in outcomes)

    @property
    def confidence(self) -> float:
        """Of the least sure proposed answer; of the match where none is proposed."""
        proposed = [a.confidence for a in self.answers if a.outcome is not Outcome.OPEN]
        return min(proposed, default=self.match.confidence)


@dataclass(frozen=True, slots=True)
class Update:
    """What the photographs add to a published record."""

    record: PublishedRecord
    matches: tuple[Match, ...]
    entries: tuple[EntryUpdate, ...]
    """Every entry with a gap, in the order of the record."""
    differences: tuple[Difference, ...]
    """Where the photographs say something else than the record states."""
    missing: tuple[PublishedNote, ...]
    """Entries that no photograph shows."""
    unlisted: tuple[NoteEvidence, ...]
    """Notes that the record does not list."""
    text: str
    """The record with its sure answers filled in; not a character more."""

    def by_outcome(self, outcome: Outcome) -> tuple[EntryUpdate, ...]:
        """The entries of one outcome."""
        return tuple(entry for entry in self.entries if entry.outcome is outcome)

    def count(self, outcome: Outcome) -> int:
        """Number of gaps of one outcome."""
        return sum(a.outcome is outcome for entry in self.entries for a in entry.answers)

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The doubtful answers, as questions for people."""
        return tuple(_proposals(self.by_outcome(Outcome.DOUBTFUL)))


def update(
    record: PublishedRecord,
    snapshot: Snapshot,
    options: Options,
    *,
    confirmed: Confirmed = Confirmed(),  # noqa: B008 - frozen
) -> Update:
    """Match a record with a workspace and answer its gaps.

    Args:
        record: the published record.
        snapshot: what was read on the photographs, and what people decided.
        options: `decide.sure` is what an answer needs to be filled in without review.
        confirmed: what people said about matches.

    Returns:
        Every gap with its outcome, what differs, what is missing on either side, and the text of
        the updated record.
    """
    matches = match(record, snapshot, confirmed)
    notes = {note.note_id: note for note in snapshot.notes}
    photos = {entry.photo.sha256: entry for entry in snapshot.photos}
    boards = {board.board_id: board.name for board in snapshot.boards}
    evidence = {key: note_evidence(note, photos, boards) for key, note in notes.items()}
    entries: list[EntryUpdate] = []
    for found in matches:
        published = found.entry
        if published is None or not published.entry.gaps:
            continue
        section = record.sections[published.section]
        note = notes.get(found.note_id) if found.note_id is not None else None
        entries.append(
            EntryUpdate(
                published=published,
                heading=section.heading,
                label=section.groups[published.group].label,
                match=found,
                answers=answers(published.entry, note, found, options.decide.sure),
                evidence=evidence[note.note_id] if note is not None else None,
            )
        )
    return Update(
        record=record,
        matches=matches,
        entries=tuple(entries),
        differences=differences(record, matches, evidence, snapshot, options.decide.sure),
        missing=tuple(m.entry for m in matches if m.entry is not None and m.note_id is None),
        unlisted=tuple(
            evidence[m.note_id] for m in matches if m.entry is None and m.note_id is not None
        ),
        text=_filled(record.text, entries),
    )


def _filled(text: str, entries: Sequence[EntryUpdate]) -> str:
    """The published text with the sure answers in the place of their gaps."""
    changes = [
        (answer.source, answer.markdown)
        for entry in entries
        for answer in entry.answers
        if answer.outcome is Outcome.APPLIED
    ]
    return spliced(text, changes)


def _proposals(entries: Sequence[EntryUpdate]) -> Iterator[Proposal]:
    for entry in entries:
        if entry.evidence is None:
            continue
        text = entry.published.entry.text
        changes = [
            (answer.span, answer.inserted)
            for answer in entry.answers
            if answer.outcome is not Outcome.OPEN
        ]
        doubtful = [a for a in entry.answers if a.outcome is Outcome.DOUBTFUL]
        yield Proposal(
            entry.evidence.note_id,
            entry.published.note,
            text,
            spliced(text, changes),
            entry.confidence,
            "; ".join(dict.fromkeys(answer.reason for answer in doubtful)),
        )
