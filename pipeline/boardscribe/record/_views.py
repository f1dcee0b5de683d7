"""A workspace laid out as a record: plain data for Markdown and HTML alike, texts unescaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from boardscribe.options import LegendEntry, Options
from boardscribe.record._align import ILLEGIBLE_MARK
from boardscribe.record._marks import PLACEHOLDERS
from boardscribe.record.model import ILLEGIBLE_WORD
from boardscribe.records import Legibility, Shape, Source, Status, Transcription
from boardscribe.snapshot import NoteEntry, Snapshot

__all__ = [
    "NO_HEADING",
    "BoardView",
    "GroupView",
    "ItemView",
    "LegendView",
    "OpenView",
    "RecordView",
    "published_text",
    "record_view",
]

NO_HEADING = "No heading"
"""Heading of the notes that belong to no board."""

_UNREAD = (
    Legibility.PARTLY,
    Legibility.ILLEGIBLE,
    Legibility.HIDDEN,
    Legibility.CUT_OFF,
    Legibility.NOT_ATTEMPTED,
)


@dataclass(frozen=True, slots=True)
class LegendView:
    """One line of the legend."""

    shape: Shape
    colour: str | None
    meaning: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One entry: a note, or all the blank ones of a group."""

    note_ids: tuple[str, ...]
    text: str
    """With `[illeg.]` where words could not be read; empty where `placeholder` says why."""
    placeholder: str
    unchecked: bool

    @property
    def copies(self) -> int:
        """Number of notes."""
        return len(self.note_ids)


@dataclass(frozen=True, slots=True)
class GroupView:
    """The notes of one response type on a board."""

    meaning: str
    shape: Shape
    items: tuple[ItemView, ...]

    @property
    def notes(self) -> int:
        """Number of notes."""
        return sum(item.copies for item in self.items)


@dataclass(frozen=True, slots=True)
class BoardView:
    """One heading with its notes."""

    name: str
    groups: tuple[GroupView, ...]

    @property
    def notes(self) -> int:
        """Number of notes."""
        return sum(group.notes for group in self.groups)


@dataclass(frozen=True, slots=True)
class OpenView:
    """A note that cannot be read, or not in full, and why."""

    board: str
    meaning: str
    item: ItemView
    reason: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """The whole record."""

    title: str
    introduction: tuple[str, ...]
    legend: tuple[LegendView, ...]
    boards: tuple[BoardView, ...]
    unread: tuple[OpenView, ...]
    unchecked: int
    """Texts that wait for review."""
    doubtful: int
    """Outlines that may be notes; not counted."""
    photos: int

    @property
    def notes(self) -> int:
        """Number of notes."""
        return sum(board.notes for board in self.boards)

    @property
    def with_text(self) -> int:
        """Number of notes with at least one word read."""
        return sum(
            item.copies
            for board in self.boards
            for group in board.groups
            for item in group.items
            if item.text
        )


def record_view(snapshot: Snapshot, options: Options) -> RecordView:
    """Lay out the counted notes by board and response type, in board order."""
    names = {board.board_id: board.name for board in snapshot.boards}
    meanings = _meanings(snapshot, options.legend)
    by_board: dict[str | None, list[NoteEntry]] = {key: [] for key in names}
    for note in snapshot.counted():
        key = note.board_id if note.board_id in names else None
        by_board.setdefault(key, []).append(note)
    boards: list[BoardView] = []
    unread: list[OpenView] = []
    for key, notes in by_board.items():
        name = NO_HEADING if key is None else names[key]
        groups = []
        for meaning, shape in meanings.items():
            chosen = [note for note in notes if note.meaning == meaning]
            if chosen:
                groups.append(GroupView(meaning, shape, tuple(_items(chosen, options))))
            unread += (
                OpenView(name, meaning, _item(note, options), _why(note.transcription))
                for note in chosen
                if note.transcription.legibility in _UNREAD
            )
        boards.append(BoardView(name, tuple(groups)))
    return RecordView(
        title=snapshot.title,
        introduction=_paragraphs(options.record.introduction),
        legend=tuple(LegendView(e.shape, e.colour, e.meaning) for e in options.legend),
        boards=tuple(boards),
        unread=tuple(unread),
        unchecked=sum(note.status is Status.REVIEW for note in snapshot.counted()),
        doubtful=sum(note.doubtful for note in snapshot.notes),
        photos=len(snapshot.photos),
    )


def published_text(decision: Transcription) -> tuple[str, str]:
    """A note's text as published, or the mark that says why there is none.

    Returns:
        (text, placeholder); exactly one of them is empty.
    """
    text = " ".join(decision.text.split())
    legibility = decision.legibility
    if not text or (
        legibility is Legibility.ILLEGIBLE and not ILLEGIBLE_MARK.sub("", text).strip(" .")
    ):
        if legibility in (Legibility.READABLE, Legibility.PARTLY):
            # A text that is said to be there and is not: nobody has read it.
            legibility = Legibility.NOT_ATTEMPTED
        return "", PLACEHOLDERS[legibility]
    if legibility is Legibility.PARTLY and not ILLEGIBLE_MARK.search(text):
        return f"{text} {ILLEGIBLE_WORD}", ""
    return text, ""


def _items(notes: Sequence[NoteEntry], options: Options) -> Iterable[ItemView]:
    """Written notes one by one, then the blank ones together: `[no text] x 4`."""
    blanks: dict[bool, list[str]] = {}
    for note in notes:
        item = _item(note, options)
        if item.placeholder == PLACEHOLDERS[Legibility.BLANK]:
            blanks.setdefault(item.unchecked, []).append(note.note_id)
        else:
            yield item
    for unchecked in sorted(blanks):
        mark = PLACEHOLDERS[Legibility.BLANK]
        yield ItemView(tuple(blanks[unchecked]), "", mark, unchecked)


def _item(note: NoteEntry, options: Options) -> ItemView:
    text, placeholder = published_text(note.transcription)
    waits = note.status is Status.REVIEW and options.record.mark_unchecked
    says_so = bool(text) or placeholder == PLACEHOLDERS[Legibility.BLANK]
    return ItemView((note.note_id,), text, placeholder, waits and says_so)


def _meanings(snapshot: Snapshot, legend: Iterable[LegendEntry]) -> dict[str, Shape]:
    """Response types with their icon: the legend's in its order, then what else notes say."""
    meanings: dict[str, Shape] = {}
    for entry in legend:
        meanings.setdefault(entry.meaning, entry.shape)
    counts = Counter(note.meaning for note in snapshot.notes)
    for meaning in sorted(set(counts) - set(meanings) - {"other"}):
        meanings[meaning] = Shape.OTHER
    meanings.setdefault("other", Shape.OTHER)
    return meanings


def _paragraphs(text: str) -> tuple[str, ...]:
    parts = (" ".join(part.split()) for part in re.split(r"\n[ \t]*\n", text))
    return tuple(part for part in parts if part)


def _why(decision: Transcription) -> str:
    """Why a note cannot be read in full, and who tried."""
    reason = {
        Legibility.PARTLY: "some words could not be read",
        Legibility.ILLEGIBLE: "no word could be read",
        Legibility.HIDDEN: "covered by another note on every photograph",
        Legibility.CUT_OFF: "cut off by the border of the photograph",
        Legibility.NOT_ATTEMPTED: "nobody and nothing has read it yet",
    }[decision.legibility]
    if decision.legibility is Legibility.NOT_ATTEMPTED:
        return reason
    who = {
        Source.MACHINE: "a machine tried, nobody has looked yet",
        Source.PERSON: "a person looked",
        Source.CONSENSUS: "several people looked",
    }[decision.source]
    return f"{reason}; {who}"
