"""What people's decisions say about what a machine had read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from boardscribe.marks import ILLEGIBLE, is_uncertain
from boardscribe.records import Legibility, Reading, Source, Word
from boardscribe.snapshot import NoteEntry, Snapshot

__all__ = ["Example", "answered_notes"]

_TELLING = (Legibility.READABLE, Legibility.PARTLY, Legibility.ILLEGIBLE, Legibility.BLANK)
"""Of a note that is hidden or cut off, people do not say what is written on it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A reading whose truth is known."""

    group: str
    """Examples of one group are alike: those of one photo."""
    reading: Reading
    text: str
    """What people say is written there."""
    legibility: Legibility
    """What people say of it."""

    @property
    def written(self) -> bool:
        """There is writing on the note."""
        return self.legibility is not Legibility.BLANK

    @property
    def right(self) -> bool:
        """The reading as a whole is, but for case and spaces."""
        if self.reading.legibility is Legibility.BLANK:
            return not self.written
        return self.legibility is Legibility.READABLE and _plain(self.text) == _plain(
            self.reading.text
        )

    @property
    def words(self) -> tuple[tuple[Word, bool], ...]:
        """Each word that was read and can be judged, with whether it is right.

        Words are laid side by side in order; next to a word that people could not read nobody
        knows.
        """
        if self.legibility not in (Legibility.READABLE, Legibility.BLANK):
            return ()
        words = [word for line in self.reading.lines for word in line.words]
        read, true = [word.text.lower() for word in words], self.text.lower().split()
        matcher = difflib.SequenceMatcher(None, read, true, autojunk=False)
        right = {
            block.a + step for block in matcher.get_matching_blocks() for step in range(block.size)
        }
        return tuple(
            (word, index in right)
            for index, word in enumerate(words)
            if word.text != ILLEGIBLE and word.features
        )


def answered_notes(snapshot: Snapshot) -> tuple[Example, ...]:
    """The notes that people decided and a machine had read, in the snapshot's order.

    A note on several photos counts once, with the reading of the photo that shows it best: that
    is the one which was decided on. Where people say that the outline is wrong, what was read
    within it is neither right nor wrong.
    """
    examples = []
    for note in snapshot.counted():
        decided = note.transcription
        reading = _read(note)
        if decided.source is Source.MACHINE or decided.legibility not in _TELLING:
            continue
        if is_uncertain(decided.text) or note.rejected or note.outline != "good":
            continue  # people do not know either, or were shown something else
        if reading is not None and reading.features:
            examples.append(
                Example(note.best.photo_sha256, reading, decided.text, decided.legibility)
            )
    return tuple(examples)


def _read(note: NoteEntry) -> Reading | None:
    readings: Mapping[str, Reading] = {one.engine: one for one in note.best.readings}
    return readings.get("combined")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
