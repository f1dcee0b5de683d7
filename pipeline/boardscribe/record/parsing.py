"""Understands a published record in Markdown, with the irregularities that people leave in one.

Every line that is not empty ends up in `PublishedRecord.lines` with what it was taken for. The
rules are in `docs/record.md`; they look at the form of a record, never at its words, but for the
few that name the parts of a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from boardscribe.record._marks import Inline, has_mark, icon_shape, read_inline
from boardscribe.record.model import (
    Entry,
    Group,
    LineKind,
    PublishedRecord,
    RecordLine,
    Section,
    SectionKind,
)
from boardscribe.records import Legibility, Shape

__all__ = ["CLOSING", "describe", "parse"]

CLOSING = "What still cannot be read"
"""Heading of the list that closes a rendered record; what it lists are not notes."""

_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_STATED = re.compile(r"^(.*?)\s*\((\d{1,6})\)$", re.DOTALL)
_BULLET = re.compile(r"[ \t]*(?:([-*+•‣◦▪▫●○·–—]|\d{1,3}[.)])[ \t]+|([•‣◦▪▫●○]))(?=\S)")
_RULE = re.compile(r"[ \t]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_LABEL = re.compile(r"(?:\*\*|__)(.+?):?(?:\*\*|__):?$")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)$")
_RESPONSES = re.compile(r"\bresponses\b|\brespond\b", re.IGNORECASE)

_GROUP_BREAK = 2
"""Empty lines that part two groups whose icon was lost; one parts two items of a list."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    start: int
    """Offset of its first character in the record."""
    text: str
    """Without the line end."""

    @property
    def blank(self) -> bool:
        return not self.text.strip("\ufeff \t\r\n\f\v\xa0")


@dataclass(slots=True)
class _Draft:
    """A section in the making."""

    heading: str
    level: int
    stated: int | None
    head: _Line | None
    body: list[_Line] = field(default_factory=list)

    @property
    def closing(self) -> bool:
        """The list of what cannot be read; a board of that name has a count."""
        return self.stated is None and self.heading == CLOSING


@dataclass(slots=True)
class _GroupDraft:
    label: str | None
    stated: int | None
    entries: list[Entry] = field(default_factory=list)


def parse(text: str) -> PublishedRecord:
    """Understand a published record.

    Args:
        text: the record as Markdown or plain text.

    Returns:
        Its sections, entries and gaps; `problems` names what does not add up. Whatever is not
        understood as a note is kept as a line of its section.
    """
    drafts = list(_drafts(_lines(text)))
    first = _first_response(drafts)
    sections: list[Section] = []
    listing = False
    for index, draft in enumerate(drafts):
        if index < first or draft.closing:
            sections.append(_plain(draft, _outside(listing)))
            continue
        section = _Body(text).section(draft, _outside(listing))
        listing = listing or section.kind is SectionKind.BOARD
        sections.append(section)
    return PublishedRecord(text, tuple(sections), tuple(_problems(sections)))


def describe(record: PublishedRecord) -> str:
    """What was understood, as text for a terminal: a row a board, then what does not add up."""
    rows = []
    for section in record.boards:
        counts = {
            key: sum(e.copies for e in section.entries if e.legibility is key) for key in Legibility
        }
        shown = ", ".join(
            f"{count} {key.value.replace('_', ' ')}" for key, count in counts.items() if count
        )
        types = ", ".join(
            f"{group.notes} {group.label}" if group.label else str(group.notes)
            for group in section.groups
        )
        rows.append(f"{section.heading or '(no heading)'}: {section.notes} notes ({shown})")
        rows.append(f"    types: {types}" if types else "    no notes")
    notes = sum(section.notes for section in record.boards)
    gaps = sum(len(entry.gaps) * entry.copies for s in record.boards for entry in s.entries)
    other = [line for line in record.lines if line.kind is LineKind.OTHER]
    rows.append(f"In all: {notes} notes under {len(record.boards)} headings, {gaps} gaps.")
    if record.problems:
        rows += ["Please look at:", *(f"  - {problem}" for problem in record.problems)]
    if other:
        rows.append("Kept, but not taken for notes:")
        rows += [f"  line {line.number}: {line.text.strip()}" for line in other]
    return "\n".join(rows)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        yield _Line(number, start, line.removesuffix("\r"))
        start += len(line) + 1


def _drafts(lines: Iterator[_Line]) -> Iterator[_Draft]:
    """Cut at the headings; headings deeper than the first counted one name groups, not boards."""
    board_level: int | None = None
    draft = _Draft("", 0, None, None)
    for line in lines:
        found = _HEADING.match(line.text.lstrip("\ufeff"))
        if not found:
            draft.body.append(line)
            continue
        level = len(found[1])
        heading, stated = _stated(found[2])
        if board_level is not None and level > board_level and not draft.closing:
            draft.body.append(line)
            continue
        if board_level is None and stated is not None:
            board_level = level
        yield draft
        draft = _Draft(heading, level, stated, line)
    yield draft


def _stated(text: str) -> tuple[str, int | None]:
    """A heading without its count, and the count."""
    found = _STATED.match(text.strip())
    heading, stated = (found[1], int(found[2])) if found else (text, None)
    return read_inline(heading).text, stated


def _first_response(drafts: Sequence[_Draft]) -> int:
    """Index of the first section that may list notes.

    That is one with a count, one whose heading speaks of responses, or one that lists a note
    without text or wholly illegible, whichever comes first; a list before it is introduction. In
    a record with nothing of that kind it is the first list with a gap, or the first list.
    """
    gapped = listed = len(drafts)
    for index, draft in reversed(list(enumerate(drafts))):
        for line in draft.body:
            bullet = _BULLET.match(line.text)
            if bullet:
                listed = index
                if read_inline(line.text[bullet.end() :]).gaps:
                    gapped = index
    for index, draft in enumerate(drafts):
        if draft.stated is not None or (draft.head and _RESPONSES.search(draft.heading)):
            return index
        for line in draft.body:
            bullet = _BULLET.match(line.text)
            if bullet and read_inline(line.text[bullet.end() :]).legibility in (
                Legibility.BLANK,
                Legibility.ILLEGIBLE,
            ):
                return index
    if any(draft.closing for draft in drafts):
        return len(drafts)  # one of ours, with no board: its only list is the legend
    return gapped if gapped < len(drafts) else listed


def _outside(listing: bool) -> SectionKind:
    return SectionKind.OTHER if listing else SectionKind.INTRODUCTION


def _plain(draft: _Draft, kind: SectionKind) -> Section:
    lines = [RecordLine(draft.head.number, LineKind.HEADING, draft.head.text)] if draft.head else []
    lines += [
        RecordLine(line.number, LineKind.TEXT, line.text) for line in draft.body if not line.blank
    ]
    return Section(draft.heading, draft.level, draft.stated, kind, (), tuple(lines))


class _Body:
    """Reads the lines under one heading among the responses."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kinds: list[RecordLine] = []
        self._groups: list[_GroupDraft] = [_GroupDraft(None, None)]
        self._empty_lines = 0

    def section(self, draft: _Draft, outside: SectionKind) -> Section:
        """The section; of kind `outside` where it neither counts nor lists a note."""
        blocks = list(_blocks(draft.body))
        for block in blocks:
            self._block(block)
        groups = tuple(
            Group(group.label, group.stated, tuple(group.entries))
            for group in self._groups
            if group.entries or group.label is not None
        )
        if draft.stated is None and not any(group.entries for group in groups):
            return _plain(draft, outside)
        head = (
            (RecordLine(draft.head.number, LineKind.HEADING, draft.head.text),)
            if draft.head
            else ()
        )
        lines = tuple(sorted((*head, *self._kinds), key=lambda line: line.number))
        return Section(draft.heading, draft.level, draft.stated, SectionKind.BOARD, groups, lines)

    def _block(self, block: list[_Line]) -> None:
        first = block[0]
        if first.blank:
            self._empty_lines += 1
            return
        if _RULE.match(first.text):
            self._keep(block, LineKind.GROUP)
            self._part()
        elif (label := _label(first.text)) is not None:
            self._keep(block, LineKind.GROUP)
            self._groups.append(_GroupDraft(*label))
        elif (marker := _BULLET.match(first.text)) or _shape_marker(first.text)[0]:
            self._entry(block, marker)
        elif any(has_mark(line.text) for line in block):
            self._entry(block, None)
        else:
            self._keep(block, LineKind.OTHER)
        self._empty_lines = 0

    def _part(self) -> None:
        """Begin a group without a label, unless this section labels its groups."""
        labelled = any(group.label is not None for group in self._groups)
        if self._groups[-1].entries and not labelled:
            self._groups.append(_GroupDraft(None, None))

    def _entry(self, block: list[_Line], marker: re.Match[str] | None) -> None:
        if self._empty_lines >= _GROUP_BREAK:
            self._part()
        first, last = block[0], block[-1]
        start = first.start + (marker.end() if marker else 0)
        shape, width = _shape_marker(self._text[start : first.start + len(first.text)])
        start += width
        end = last.start + len(last.text)
        inline: Inline = read_inline(self._text[start:end], start)
        content = self._text[start:end]
        inner = start + len(content) - len(content.lstrip())
        self._groups[-1].entries.append(
            Entry(
                text=inline.text,
                legibility=inline.legibility,
                gaps=inline.gaps,
                copies=inline.copies,
                emphasis=inline.emphasis,
                bullet=(marker[1] or marker[2]) if marker else "",
                shape=shape,
                unchecked=inline.unchecked,
                line=first.number,
                source=(inner, inner + len(content.strip())),
            )
        )
        self._keep(block[:1], LineKind.ENTRY)
        self._keep(block[1:], LineKind.CONTINUATION)

    def _keep(self, block: list[_Line], kind: LineKind) -> None:
        self._kinds += (RecordLine(line.number, kind, line.text) for line in block)


def _blocks(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Empty lines one by one; the others joined to the item or paragraph they belong to."""
    block: list[_Line] = []
    for line in lines:
        opens = (
            line.blank
            or _BULLET.match(line.text)
            or _RULE.match(line.text)
            or _shape_marker(line.text)[0]
            or _label(line.text) is not None
        )
        if opens or not block or block[-1].blank:
            if block:
                yield block
            block = [line]
        else:
            block.append(line)
    if block:
        yield block


def _label(text: str) -> tuple[str, int | None] | None:
    """Response type and count, where a line only names a group; else None."""
    text = text.strip()
    if found := _HEADING.match(text):
        label, stated = _stated(icon_shape(found[2])[1])
        return label, stated
    if found := _LABEL.match(text):
        label, stated = _stated(icon_shape(found[1])[1])
        return (label, stated) if not has_mark(label) else None
    if found := _IMAGE.match(text):
        return found[1].strip(), None
    shape, rest = icon_shape(text)
    return (shape.value, None) if shape and not rest else None


def _shape_marker(text: str) -> tuple[Shape | None, int]:
    """The shape that an icon in place of a list marker names, and where the content starts."""
    content = text.lstrip()
    shape, rest = icon_shape(content)
    if shape is None or not rest:
        return None, 0
    return shape, len(text) - len(rest) - (len(text) - len(text.rstrip()))


def _problems(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        name = section.heading or "(no heading)"
        if section.stated is not None and section.stated != section.notes:
            yield f"{name}: the heading says {section.stated}, {section.notes} are listed"
        for group in section.groups:
            if group.stated is not None and group.stated != group.notes:
                yield (
                    f"{name}, {group.label}: the label says {group.stated}, "
                    f"{group.notes} are listed"
                )
        for entry in section.entries:
            if not entry.bullet and entry.shape is None:
                yield f"{name}, line {entry.line}: taken for a note although it is no list item"
    if not any(section.kind is SectionKind.BOARD for section in sections):
        yield "no heading with notes under it was found"
