"""Finds the notes of a published record among those on the photographs.

Each pair of an entry and a note is weighed by what they say, the heading they stand under, their
response type and their place in the list, as log-odds that add up. The pairs are then solved as
one assignment: a note is one entry's, so an entry that nothing can be read of still finds its
note when every other one is taken. See `docs/decisions/0006-record.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from boardscribe.record._align import plain
from boardscribe.record._assign import best_pairs, pair_probabilities
from boardscribe.record._evidence import Evidence, named_boards
from boardscribe.record.confirmed import Confirmed
from boardscribe.record.model import Entry, PublishedNote, PublishedRecord
from boardscribe.records import Legibility
from boardscribe.snapshot import NoteEntry, Snapshot

__all__ = ["Match", "match"]

_ROUNDS = 3
"""Later rounds learn from the sure pairs of earlier ones which board a heading is, which type a
group without label is, and whether the record keeps the order of the board."""
_ALONE = 0.06
"""Probability that an entry has no note, or a note no entry, where the counts agree."""
_DOUBTFUL = 1.5
"""Log-odds against an outline that may be no note at all."""
_CERTAIN = 30.0
_CONFIRMED = 0.98
"""How far people's word on a match is trusted, as on a text."""
_MOST_PAIRS = 4_000_000
"""Weighed at once: some minutes and a gigabyte."""
_ELIMINATION = 0.85
"""An entry of which nothing can be compared is its note only because the others are taken. People
miscount (one counted heading in nine of the founding record): such a pair is never surer."""
_RIVAL = 8.0
"""Log-odds by its text alone from which another note could as well be the entry's. Which of the two
it is then hangs on what the others are taken for, too: such a pair is never surer either."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of the record and its note, or one of them alone."""

    entry: PublishedNote | None
    """None: a note that the record does not list."""
    note_id: str | None
    """None: an entry that no photograph shows."""
    confidence: float
    """Probability that this is so, 0 to 1."""
    runner_up: tuple[str, float] | None = None
    """The next likely note of the entry, with its probability."""
    evidence: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Log-odds for the pair by kind: `text`, `heading`, `type`, `order`."""

    @property
    def paired(self) -> bool:
        """Whether an entry and a note were brought together."""
        return self.entry is not None and self.note_id is not None

    @property
    def margin(self) -> float:
        """By how much it is likelier than the next likely note."""
        return self.confidence - (self.runner_up[1] if self.runner_up else 0.0)


def match(
    record: PublishedRecord,
    snapshot: Snapshot,
    confirmed: Confirmed = Confirmed(),  # noqa: B008 - frozen
) -> tuple[Match, ...]:
    """Pair the entries of a record with the notes of a workspace.

    Args:
        record: the published record.
        snapshot: the workspace. Doubtful notes take part, at long odds.
        confirmed: pairs that people confirmed or rejected; they teach the others.

    Returns:
        One match for every published note in the order of the record, then one for every counted
        note that the record does not list, in the order of the snapshot. Blank notes of one kind
        are alike: the confidence of a blank pair is that the entry is some blank note there.
    """
    entries = tuple(record.notes())
    names = {board.board_id: board.name for board in snapshot.boards}
    found: dict[str, Match] = {}
    alone: dict[str, Match] = {}
    for some_entries, some_notes in _blocks(record, entries, snapshot.notes, names):
        for pair in _solve(record, some_entries, some_notes, names, confirmed):
            if pair.entry is not None:
                found[pair.entry.note] = pair
            elif pair.note_id is not None:
                alone[pair.note_id] = pair
    listed = (found[entry.note] for entry in entries)
    return (*listed, *(alone[n.note_id] for n in snapshot.notes if n.note_id in alone))


_Block: TypeAlias = tuple[Sequence[PublishedNote], Sequence[NoteEntry]]


def _blocks(
    record: PublishedRecord,
    entries: Sequence[PublishedNote],
    notes: Sequence[NoteEntry],
    names: Mapping[str, str],
) -> Iterator[_Block]:
    """All at once; where that is too much, each heading with its board, then what is left."""
    if len(entries) * len(notes) <= _MOST_PAIRS:
        yield entries, notes
        return
    named = named_boards(record, names)
    for section, board in named.items():
        yield (
            [entry for entry in entries if entry.section == section],
            [note for note in notes if note.board_id == board],
        )
    boards = set(named.values())
    yield (
        [entry for entry in entries if entry.section not in named],
        [note for note in notes if note.board_id not in boards],
    )


def _solve(
    record: PublishedRecord,
    entries: Sequence[PublishedNote],
    notes: Sequence[NoteEntry],
    names: Mapping[str, str],
    confirmed: Confirmed,
) -> tuple[Match, ...]:
    if not entries or not notes:
        single = [Match(entry, None, 1.0) for entry in entries]
        return (*single, *(Match(None, n.note_id, 1.0) for n in notes if not n.doubtful))
    evidence = Evidence(record, entries, notes, names)
    probability: NDArray[np.float64] = np.zeros((len(entries), len(notes)))
    weights: NDArray[np.float64] = np.zeros_like(probability)
    row_alone, column_alone = _alone(evidence, entries, notes)
    doubt = np.where([note.doubtful for note in notes], _DOUBTFUL, 0.0)
    parts: dict[str, NDArray[np.float64]] = {}
    said = _said(entries, notes, confirmed)
    for _ in range(_ROUNDS):
        parts = evidence.weigh(probability)
        total = np.clip(sum(parts.values(), np.zeros_like(weights)) - doubt, -30.0, 30.0)
        weights = np.exp(np.where(said == 0.0, total, said)) / len(notes)
        probability = pair_probabilities(weights, row_alone, column_alone)
    value = np.log(weights) - np.log(row_alone)[:, None] - np.log(column_alone)[None, :]
    return _matches(
        entries, notes, dict(best_pairs(value)), probability, parts, confirmed=confirmed
    )


def _said(
    entries: Sequence[PublishedNote], notes: Sequence[NoteEntry], confirmed: Confirmed
) -> NDArray[np.float64]:
    """Entries x notes: log-odds that people's answers put in place of all evidence; 0 for none."""
    said: NDArray[np.float64] = np.zeros((len(entries), len(notes)))
    columns = {note.note_id: column for column, note in enumerate(notes)}
    for row, entry in enumerate(entries):
        for note_id, column in columns.items():
            if (entry.note, note_id) in confirmed.never:
                said[row, column] = -_CERTAIN
    for row, entry in enumerate(entries):
        column = columns.get(confirmed.notes.get(entry.note, ""), -1)
        if column >= 0:
            said[row, :], said[:, column] = -_CERTAIN, -_CERTAIN
            said[row, column] = _CERTAIN
    return said


def _alone(
    evidence: Evidence, entries: Sequence[PublishedNote], notes: Sequence[NoteEntry]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Odds of leaving each entry and each note alone: higher where the counts differ."""
    section_spare, board_spare = evidence.spare()
    rows = np.array([_ALONE + section_spare[entry.section] for entry in entries])
    columns = np.array([0.5 if n.doubtful else _ALONE + board_spare[n.board_id] for n in notes])
    # Even odds at most: that many are alone is no reason to doubt a pair that agrees.
    rows, columns = np.minimum(rows, 0.5), np.minimum(columns, 0.5)
    return rows / (1 - rows), columns / (1 - columns)


def _matches(
    entries: Sequence[PublishedNote],
    notes: Sequence[NoteEntry],
    pairs: Mapping[int, int],
    probability: NDArray[np.float64],
    parts: Mapping[str, NDArray[np.float64]],
    *,
    confirmed: Confirmed,
) -> tuple[Match, ...]:
    blank_notes = np.array([n.transcription.legibility is Legibility.BLANK for n in notes])
    comparable = [_comparable(entry.entry) for entry in entries]
    result: list[Match] = []
    for row, entry in enumerate(entries):
        shares = probability[row]
        if row not in pairs:
            best = int(np.argmax(shares))
            alone = float(max(0.0, 1.0 - shares.sum()))
            result.append(Match(entry, None, alone, (notes[best].note_id, float(shares[best]))))
            continue
        column = pairs[row]
        alike = np.zeros(len(notes), bool)
        alike[column] = True
        if entry.entry.legibility is Legibility.BLANK and blank_notes[column]:
            alike |= blank_notes
        people = confirmed.notes.get(entry.note) == notes[column].note_id
        by_text = np.where(alike, -np.inf, parts["text"][row])
        rival = entry.entry.legibility is not Legibility.BLANK and by_text.max() > _RIVAL
        most = _ELIMINATION if rival or not comparable[row] else 1.0
        others = np.where(alike, -1.0, shares)
        second = int(np.argmax(others))
        result.append(
            Match(
                entry,
                notes[column].note_id,
                _CONFIRMED if people else float(min(most, shares[alike].sum())),
                (notes[second].note_id, float(others[second])) if others[second] > 0 else None,
                MappingProxyType({key: float(part[row, column]) for key, part in parts.items()}),
            )
        )
    taken = set(pairs.values())
    for column, note in enumerate(notes):
        if column not in taken and not note.doubtful:
            alone = float(max(0.0, 1.0 - probability[:, column].sum()))
            result.append(Match(None, note.note_id, alone))
    return tuple(result)


def _comparable(entry: Entry) -> bool:
    """Whether an entry states anything that a note could be known by."""
    gaps = [(gap.start, gap.end) for gap in entry.gaps]
    return entry.legibility is Legibility.BLANK or plain(entry.text, gaps).stated > 0
