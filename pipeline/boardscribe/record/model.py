"""A published record as data: what it states, where its gaps are, and nothing dropped.

Positions are offsets of Unicode code points. `Gap.start` and `Gap.end` count in the entry's own
text; `Gap.source` counts in the whole record, so that an update can replace a gap and leave every
other character of the published text as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from boardscribe.records import Legibility, Shape

__all__ = [
    "Entry",
    "Gap",
    "Group",
    "LineKind",
    "PublishedNote",
    "PublishedRecord",
    "RecordLine",
    "Section",
    "SectionKind",
]

ILLEGIBLE_WORD = "[illeg.]"
"""The mark that stands for unread words inside a text, here and in the database."""


class SectionKind(StrEnum):
    """What a heading of the record opens."""

    INTRODUCTION = "introduction"
    """Before the responses: title, introduction, legend."""
    BOARD = "board"
    """The notes of one board."""
    OTHER = "other"
    """Among or after the responses, without notes: captions of photographs, the closing."""


class LineKind(StrEnum):
    """What a line of the record was understood as."""

    HEADING = "heading"
    """Opens a section."""
    GROUP = "group"
    """Names the response type of the entries that follow."""
    ENTRY = "entry"
    """Opens an entry."""
    CONTINUATION = "continuation"
    """Goes on with the entry before."""
    TEXT = "text"
    """Introduction, legend and closing."""
    OTHER = "other"
    """Kept, but not taken for a note: captions and the like among the responses."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One line of the record that is not empty, and what it was understood as."""

    number: int
    """Counted from 1."""
    kind: LineKind
    text: str
    """As published."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place of unknown length that could not be read."""

    start: int
    end: int
    mark: str
    """As published: `...`, `[illeg.]`, `[]` ..."""
    source: tuple[int, int]
    """First offset and the one after the last, in the whole record."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a record: a note, or several that say the same (`[no text] x 4`)."""

    text: str
    """What was published, gap marks included; Markdown escapes and emphasis are taken off."""
    legibility: Legibility
    gaps: tuple[Gap, ...]
    copies: int
    """Number of notes this entry stands for."""
    emphasis: tuple[tuple[int, int], ...]
    """Stretches of the text that were printed in italics or bold."""
    bullet: str
    """The list marker; empty where the entry stands without one."""
    shape: Shape | None
    """Where the marker itself was a tick, a heart ...: the shape; else None."""
    unchecked: bool
    """Published as read by a machine, with `[unchecked]`."""
    line: int
    """Number of its first line, from 1."""
    source: tuple[int, int]
    """First offset of its content and the one after the last, in the whole record."""

    @property
    def canonical(self) -> str:
        """The text with every gap written `[illeg.]`; empty for a blank note."""
        if self.legibility in _WITHOUT_TEXT:
            return ""
        return self.with_gaps(ILLEGIBLE_WORD for _ in self.gaps)

    def with_gaps(self, texts: Iterator[str]) -> str:
        """The text with its gaps replaced in order."""
        parts: list[str] = []
        position = 0
        for gap, text in zip(self.gaps, texts, strict=True):
            parts += (self.text[position : gap.start], text)
            position = gap.end
        return "".join((*parts, self.text[position:]))


_WITHOUT_TEXT = (
    Legibility.BLANK,
    Legibility.HIDDEN,
    Legibility.CUT_OFF,
    Legibility.NOT_ATTEMPTED,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one response type."""

    label: str | None
    """The type as published; None where its icon was lost."""
    stated: int | None
    """The number of notes that the label states."""
    entries: tuple[Entry, ...]

    @property
    def notes(self) -> int:
        """Number of notes listed."""
        return sum(entry.copies for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    """As published, without the count; empty before the first heading."""
    level: int
    stated: int | None
    """The number of notes that the heading states."""
    kind: SectionKind
    groups: tuple[Group, ...]
    """Empty unless `kind` is `board`."""
    lines: tuple[RecordLine, ...]
    """Every line under the heading that is not empty, the heading's own included."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of all groups."""
        return tuple(entry for group in self.groups for entry in group.entries)

    @property
    def notes(self) -> int:
        """Number of notes listed."""
        return sum(group.notes for group in self.groups)


@dataclass(frozen=True, slots=True)
class PublishedNote:
    """One note of a record; an entry that stands for several gives several."""

    note: str
    """Its place in the record: `section.group.entry` or, of several, `section.group.entry.copy`;
    all counted from 1."""
    section: int
    """Index into `PublishedRecord.sections`."""
    group: int
    """Index into `Section.groups`."""
    entry: Entry
    copy: int
    """0 for the first of the notes that its entry stands for."""


@dataclass(frozen=True, slots=True)
class PublishedRecord:
    """A published record, understood line by line."""

    text: str
    """The whole record as published."""
    sections: tuple[Section, ...]
    problems: tuple[str, ...]
    """What does not add up, in words a person can read: a count that differs from its list."""

    @property
    def boards(self) -> tuple[Section, ...]:
        """The sections that list notes."""
        return tuple(s for s in self.sections if s.kind is SectionKind.BOARD)

    @property
    def lines(self) -> tuple[RecordLine, ...]:
        """Every line that is not empty."""
        return tuple(line for section in self.sections for line in section.lines)

    def notes(self) -> Iterator[PublishedNote]:
        """Every note in the order of the record."""
        for s, section in enumerate(self.sections):
            for g, group in enumerate(section.groups):
                for e, entry in enumerate(group.entries):
                    for copy in range(entry.copies):
                        place = f"{s + 1}.{g + 1}.{e + 1}"
                        name = f"{place}.{copy + 1}" if entry.copies > 1 else place
                        yield PublishedNote(name, s, g, entry, copy)

    def by_legibility(self) -> Counter[Legibility]:
        """Number of notes by legibility."""
        return Counter(note.entry.legibility for note in self.notes())
