"""Where the photographs say something else than the record states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from boardscribe.record._align import costs, fold, plain
from boardscribe.record._marks import PLACEHOLDERS
from boardscribe.record._witness import NoteEvidence
from boardscribe.record.matching import Match
from boardscribe.record.model import PublishedNote, PublishedRecord
from boardscribe.records import Legibility, Status
from boardscribe.snapshot import Snapshot

__all__ = ["Difference", "differences"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One statement of the record that the photographs do not bear out; nothing was changed."""

    kind: str
    """`words`, `spelling` (only letters' case, punctuation), `writing` (a note listed as blank
    shows writing, or the other way round), `type`, `heading`, or `count`."""
    heading: str
    stated: str
    found: str
    entry: PublishedNote | None
    """None for a count."""
    evidence: NoteEvidence | None
    confidence: float
    """Of the match; 1 for a count."""


def differences(
    record: PublishedRecord,
    matches: Sequence[Match],
    evidence: Mapping[str, NoteEvidence],
    snapshot: Snapshot,
    accept: float,
) -> tuple[Difference, ...]:
    """List what differs, where the match is sure and the note's text was accepted or reviewed.

    A machine's doubtful reading is no ground to question what people published.

    Returns:
        In the order of the record; counts after the notes.
    """
    shapes = {n.note_id: n.best.shape.probability for n in snapshot.notes}
    found: list[Difference] = []
    for pair in matches:
        if pair.entry is None or pair.note_id is None or pair.confidence < accept:
            continue
        note = evidence[pair.note_id]
        if note.status is not Status.REVIEW:
            found += _texts(record, pair, note)
        found += _places(record, pair, note, type_is_sure=shapes[pair.note_id] >= accept)
    return (*found, *_counts(record, matches, evidence))


def _texts(record: PublishedRecord, pair: Match, note: NoteEvidence) -> Iterator[Difference]:
    assert pair.entry is not None
    entry = pair.entry.entry
    heading = record.sections[pair.entry.section].heading
    text = note.text
    blank = entry.legibility is Legibility.BLANK
    if blank or note.legibility is Legibility.BLANK:
        if blank and note.legibility in (Legibility.READABLE, Legibility.PARTLY):
            yield Difference(
                "writing", heading, entry.text, text, pair.entry, note, pair.confidence
            )
        elif not blank:
            mark = PLACEHOLDERS[Legibility.BLANK]
            yield Difference(
                "writing", heading, entry.text, mark, pair.entry, note, pair.confidence
            )
        return
    if note.legibility not in (Legibility.READABLE, Legibility.PARTLY) or not text:
        return
    wanted = plain(entry.text, [(gap.start, gap.end) for gap in entry.gaps])
    if wanted.stated and costs(wanted, [plain(text)])[0] > 0:
        yield Difference("words", heading, entry.text, text, pair.entry, note, pair.confidence)
    elif not entry.gaps and " ".join(entry.text.split()) != text and "[illeg" not in text:
        yield Difference("spelling", heading, entry.text, text, pair.entry, note, pair.confidence)


def _places(
    record: PublishedRecord, pair: Match, note: NoteEvidence, *, type_is_sure: bool
) -> Iterator[Difference]:
    assert pair.entry is not None
    section = record.sections[pair.entry.section]
    label = section.groups[pair.entry.group].label
    if label is not None and type_is_sure and fold(label) != fold(note.meaning):
        yield Difference(
            "type", section.heading, label, note.meaning, pair.entry, note, pair.confidence
        )
    usual = pair.evidence.get("heading", 0.0)
    if usual < 0 and fold(section.heading) != fold(note.board):
        yield Difference(
            "heading",
            section.heading,
            section.heading,
            note.board,
            pair.entry,
            note,
            pair.confidence,
        )


def _counts(
    record: PublishedRecord, matches: Sequence[Match], evidence: Mapping[str, NoteEvidence]
) -> Iterator[Difference]:
    """Headings whose stated count is not what they list, or not what was found."""
    boards: dict[int, Counter[str]] = {}
    for pair in matches:
        if pair.entry is not None and pair.note_id is not None and pair.confidence >= 0.5:
            counter = boards.setdefault(pair.entry.section, Counter())
            counter[evidence[pair.note_id].board] += 1
    on_board = Counter(evidence[m.note_id].board for m in matches if m.note_id is not None)
    for index, section in enumerate(record.sections):
        if section.stated is None or index not in boards:
            continue
        board, seen = boards[index].most_common(1)[0]
        if 2 * seen < section.notes:
            continue  # not sure enough that this is the board
        total = on_board[board]
        if section.stated != total or section.stated != section.notes:
            yield Difference(
                "count",
                section.heading,
                f"{section.stated} stated, {section.notes} listed",
                f"{total} on the photographs",
                None,
                None,
                1.0,
            )
