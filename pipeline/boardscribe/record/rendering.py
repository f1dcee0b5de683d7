"""Writes a workspace as a published record, in Markdown and HTML.

The same workspace gives the same bytes. What notes say is hostile: in Markdown it is written so
that it shows as text and nothing else, in HTML Jinja2 escapes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from boardscribe.options import Options
from boardscribe.record import _pages
from boardscribe.record._marks import ICONS, PLACEHOLDERS, UNCHECKED, escape, mark_text
from boardscribe.record._views import ItemView, RecordView, record_view
from boardscribe.record.model import ILLEGIBLE_WORD, Entry, Group, PublishedRecord, SectionKind
from boardscribe.record.parsing import CLOSING
from boardscribe.records import Legibility
from boardscribe.snapshot import Snapshot

__all__ = ["render_html", "render_markdown", "render_published"]


def render_markdown(snapshot: Snapshot, options: Options) -> str:
    """The record in Markdown.

    `boardscribe.record.parse` reads it back: the same headings, counts, types, texts and gaps.

    Args:
        snapshot: the workspace; doubtful notes are not counted.
        options: the legend, and the introduction under `[record]`.

    Returns:
        CommonMark that ends with a newline.
    """
    view = record_view(snapshot, options)
    blocks = [f"# {escape(view.title)}", *(escape(text) for text in view.introduction)]
    blocks += ["## The shape of a note is its meaning", _list(_legend(view)), _marks(view)]
    for board in view.boards:
        blocks.append(f"## {escape(board.name)} ({board.notes})")
        for group in board.groups:
            blocks.append(f"### {ICONS[group.shape]} {escape(group.meaning)} ({group.notes})")
            blocks.append(_list(_item(item) for item in group.items))
    blocks += [f"## {CLOSING}", *_closing(view)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def render_html(snapshot: Snapshot, options: Options) -> str:
    """The record as one page that needs no network: readable on a phone, printed, in the dark.

    Every note has an anchor, `#note-` and its id, so that a citation can point at it.
    """
    return _pages.render("record.html", record=record_view(snapshot, options), closing=CLOSING)


def render_published(record: PublishedRecord) -> str:
    """A parsed record written again in one layout: nothing is lost but the layout.

    Groups whose icon was lost are parted by a rule; gaps are written `[illeg.]`. Lines that are
    no entries are written as they are.
    """
    blocks: list[str] = []
    for section in record.sections:
        if section.kind is not SectionKind.BOARD:
            blocks.append("\n".join(line.text.strip("\r\ufeff") for line in section.lines))
            continue
        stated = f" ({section.stated})" if section.stated is not None else ""
        level = section.level or 1
        blocks.append(f"{'#' * level} {escape(section.heading)}{stated}")
        for index, group in enumerate(section.groups):
            if group.label is not None:
                count = f" ({group.stated})" if group.stated is not None else ""
                blocks.append(f"{'#' * min(6, level + 1)} {escape(group.label)}{count}")
            elif index:
                blocks.append("---")
            blocks.append(_list(_published(group)))
        taken = {entry.line for entry in section.entries}
        other = [
            line.text.strip()
            for line in section.lines
            if line.kind == "other" and line.number not in taken
        ]
        blocks += other
    return "\n\n".join(block for block in blocks if block) + "\n"


def _list(items: Iterator[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _legend(view: RecordView) -> Iterator[str]:
    for entry in view.legend:
        colour = f", {escape(entry.colour)}" if entry.colour else ""
        yield f"{ICONS[entry.shape]} {entry.shape.value}{colour}: {escape(entry.meaning)}"


def _marks(view: RecordView) -> str:
    text = (
        "\\[illeg.\\] stands for words that could not be read, \\[illegible\\] for a whole note; "
        "\\[no text\\] is a note without writing, which is a vote all the same."
    )
    if view.unchecked:
        text += (
            " \\[unchecked\\] follows a text that was read by machine and that nobody has "
            "checked yet."
        )
    return text


def _item(item: ItemView) -> str:
    text = mark_text(item.text) if item.text else item.placeholder
    copies = f" x {item.copies}" if item.copies > 1 else ""
    return f"{text}{copies}" + (f" {UNCHECKED}" if item.unchecked else "")


def _closing(view: RecordView) -> Iterator[str]:
    if not view.unread:
        yield "Every note was read in full."
    else:
        yield f"{len(view.unread)} of {view.notes} notes, and why:"
        yield _list(
            f"{escape(note.board)}, {escape(note.meaning)}: {_item(note.item)}: {note.reason}"
            for note in view.unread
        )
    if view.unchecked:
        yield f"Waiting for a person to check: {view.unchecked}."
    if view.doubtful:
        yield f"Outlines that may be notes and are not counted here: {view.doubtful}."


def _published(group: Group) -> Iterator[str]:
    for entry in group.entries:
        icon = f"{ICONS[entry.shape]} " if entry.shape else ""
        copies = f" x {entry.copies}" if entry.copies > 1 else ""
        yield icon + _emphasised(entry) + copies + (f" {UNCHECKED}" if entry.unchecked else "")


def _emphasised(entry: Entry) -> str:
    """The content of an entry with its gaps and emphasis written again."""
    if entry.legibility is Legibility.ILLEGIBLE:
        return PLACEHOLDERS[entry.legibility]
    if entry.legibility in PLACEHOLDERS:
        return PLACEHOLDERS[entry.legibility]
    cuts = sorted({0, len(entry.text), *(p for span in entry.emphasis for p in span)})
    parts: list[str] = []
    for start, end in pairwise(cuts):
        stretch = _with_marks(entry, start, end)
        inside = any(a <= start and end <= b for a, b in entry.emphasis)
        parts.append(f"*{stretch}*" if inside else stretch)
    return "".join(parts)


def _with_marks(entry: Entry, start: int, end: int) -> str:
    """A stretch of an entry's text as Markdown, the gaps in it as `[illeg.]`."""
    parts: list[str] = []
    position = start
    for gap in entry.gaps:
        if start <= gap.start < end:
            parts += (_stretch(entry.text[position : gap.start]), ILLEGIBLE_WORD)
            position = min(gap.end, end)
    return "".join((*parts, _stretch(entry.text[position:end])))


def _stretch(text: str) -> str:
    """Part of a line: its outer spaces stay, line breaks become hard ones."""
    lines = []
    for line in text.split("\n"):
        inner = line.strip()
        lead = line[: len(line) - len(line.lstrip())]
        tail = line[len(line.rstrip()) :] if inner else ""
        lines.append(f"{lead}{escape(inner) if inner else ''}{tail}")
    return "\\\n  ".join(lines)
