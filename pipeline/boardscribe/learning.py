"""What people answered, as truth for machines: the data that confidence is refitted from."""

from __future__ import annotations

from dataclasses import dataclass

from boardscribe.evaluate._text import normalised
from boardscribe.marks import ILLEGIBLE
from boardscribe.records import Legibility, Reading, Source, Transcription
from boardscribe.snapshot import NoteEntry, Snapshot

__all__ = ["AnsweredReading", "answered_readings", "is_same"]

_TEXTS = (Legibility.READABLE, Legibility.PARTLY)


@dataclass(frozen=True, slots=True)
class AnsweredReading:
    """One machine reading of a note whose truth people have said."""

    note_id: str
    board_id: str | None
    """For splits by board."""
    reading: Reading
    """Its `features` are what its confidence was computed from."""
    truth: Transcription
    """What people decided."""
    right: bool
    """Whether the whole text is exactly right, but for case, spaces and marks of uncertainty; of
    a note without writing, that it was read as blank."""
    audited: bool
    """In the random sample of what was accepted. Other notes were asked about because they were
    doubtful: a fit that takes both alike believes that all notes are as hard as these."""


def answered_readings(snapshot: Snapshot, *, combined: bool = True) -> tuple[AnsweredReading, ...]:
    """Every machine reading of notes that people decided, with whether it was right.

    Where people could not read all of a note either, nobody knows whether a machine did: such
    notes are left out, and so are those whose outline is wrong.

    Args:
        snapshot: the workspace.
        combined: the combined reading of each sighting; otherwise those of single engines.
    """
    audited = {item.note_id for item in snapshot.review.audits}
    found = []
    for note in snapshot.notes:
        truth = note.transcription
        if not _is_known(note):
            continue
        for sighting in note.sightings:
            if sighting.stale:
                continue
            chosen = sighting.readings[:1] if combined else sighting.readings[1:]
            found += [
                AnsweredReading(
                    note_id=note.note_id,
                    board_id=note.board_id,
                    reading=reading,
                    truth=truth,
                    right=_is_right(reading, truth),
                    audited=note.note_id in audited,
                )
                for reading in chosen
                if reading.legibility is not Legibility.NOT_ATTEMPTED
            ]
    return tuple(found)


def is_same(one: Transcription, other: Transcription) -> bool:
    """Whether two decisions say the same, but for case, spaces and marks of uncertainty."""
    if _kind(one.legibility) is not _kind(other.legibility):
        return False
    return _plain(one.text) == _plain(other.text)


def _is_known(note: NoteEntry) -> bool:
    truth = note.transcription
    return (
        truth.source is not Source.MACHINE
        and truth.legibility in (Legibility.READABLE, Legibility.BLANK)
        and not note.rejected
        and note.outline == "good"
    )


def _is_right(reading: Reading, truth: Transcription) -> bool:
    if truth.legibility is Legibility.BLANK or reading.legibility is Legibility.BLANK:
        return reading.legibility is truth.legibility
    return ILLEGIBLE not in reading.text and _plain(reading.text) == _plain(truth.text)


def _kind(legibility: Legibility) -> Legibility:
    """Readable and partly readable differ by marks in the text, which are compared anyway."""
    return Legibility.READABLE if legibility in _TEXTS else legibility


def _plain(text: str) -> str:
    return normalised(text, fold=True)
