"""The marks of a published record, and texts written so that Markdown and marks leave them alone.

Reading and writing stand side by side here because each is the other's contract: what `escape`
writes, `read_inline` reads back as the same text, without a gap that was not there.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from boardscribe.record.model import ILLEGIBLE_WORD, Gap
from boardscribe.records import Legibility, Shape
from boardscribe.report._words import bare

__all__ = [
    "ICONS",
    "PLACEHOLDERS",
    "UNCHECKED",
    "Inline",
    "escape",
    "has_mark",
    "icon_shape",
    "mark_text",
    "read_inline",
]

UNCHECKED = "[unchecked]"
"""After a text that a machine read and nobody has checked."""

PLACEHOLDERS = {
    Legibility.BLANK: "[no text]",
    Legibility.ILLEGIBLE: "[illegible]",
    Legibility.HIDDEN: "[hidden]",
    Legibility.CUT_OFF: "[cut off]",
    Legibility.NOT_ATTEMPTED: "[not read yet]",
}
"""What stands where a text is absent."""

ICONS = {
    Shape.TICK: "✔",
    Shape.HEART: "♥",
    Shape.BUBBLE: "💬",
    Shape.SQUARE: "◻",
    Shape.OTHER: "◇",
}
"""The response types' icons in plain text."""

_ICON_SHAPES = {
    Shape.TICK: "✓✔☑✅🗸",
    Shape.HEART: "♥♡❤💜💙💚💛🧡🖤🤍🤎💗",
    Shape.BUBBLE: "💬🗨🗯💭",
    Shape.SQUARE: "◻◼□■▢⬜⬛☐",
    Shape.OTHER: "◇",
}
_SHAPES = {glyph: shape for shape, glyphs in _ICON_SHAPES.items() for glyph in glyphs}
_VARIATION = "\ufe0e\ufe0f"

_BRACKETED_GAP = r"\[\s*(?:illeg(?:\.|ible)?|unreadable|unclear|\.{2,}|…+|\?+|)\s*\]"
_GAP = re.compile(rf"{_BRACKETED_GAP}|\.{{3,}}|…+|\.(?: \.){{2,}}|_{{3,}}|\billeg\.", re.IGNORECASE)
_WHOLE_GAP = re.compile(r"illeg(?:\.|ible\.?)?", re.IGNORECASE)
_ABSENT = {
    Legibility.BLANK: re.compile(r"\[\s*(?:no text|blank|no writing)\s*\]|no text", re.IGNORECASE),
    Legibility.HIDDEN: re.compile(r"\[\s*hidden\s*\]", re.IGNORECASE),
    Legibility.CUT_OFF: re.compile(r"\[\s*cut off\s*\]", re.IGNORECASE),
    Legibility.NOT_ATTEMPTED: re.compile(r"\[\s*not read(?: yet)?\s*\]", re.IGNORECASE),
}
_COPIES = re.compile(r"(?<=[\]\w.])\s*[x×]\s*(\d{1,4})$")
_UNCHECKED = re.compile(r"\s*\[unchecked\]$", re.IGNORECASE)

_BREAK = re.compile(r"[ \t]*\\?\r?\n[ \t]*")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_STAR = re.compile(r"(\*{1,3})(?=[^\s*])(.+?)(?<=[^\s*])\1", re.DOTALL)
_UNDERSCORE = re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_])\1(?!\w)", re.DOTALL)

_LITERAL = "\x00"
"""Stands for a character that was escaped: it is text, never part of a mark."""

_ILLEGIBLE_WORD = re.compile(r"(\[illeg\.?\]|\[illegible\])", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*_\[\]]|(?<=\.)\.|\.(?=\.)|(?<=~)~|~(?=~)")
_LIST_MARKER = re.compile(r"(?:[-+=#]|[0-9]{1,9}[.)])")


@dataclass(frozen=True, slots=True)
class Inline:
    """The content of an entry, understood."""

    text: str
    legibility: Legibility
    gaps: tuple[Gap, ...]
    copies: int
    emphasis: tuple[tuple[int, int], ...]
    unchecked: bool


@dataclass(frozen=True, slots=True)
class _Char:
    """One character of the text, where it came from, and what marks see in its place."""

    text: str
    seen: str
    source: tuple[int, int]


def read_inline(source: str, offset: int = 0) -> Inline:
    """Understand the content of one entry: escapes, emphasis, gaps, `x 4`, `[unchecked]`.

    Args:
        source: the content as published, without its list marker; may hold line breaks.
        offset: where it starts in the record; added to the gaps' `source`.

    Returns:
        The text with its gaps as positions. A whole note without a readable character is
        `illegible`; one with any, be it a question mark, is `partly`.
    """
    chars, emphasis = _without_emphasis(_chars(source, offset))
    chars, emphasis = _strip(chars, emphasis)
    chars, unchecked = _take(chars, _UNCHECKED)
    seen = _seen(chars)
    copies = 1
    counted = _COPIES.search(seen)
    if counted and _whole(seen[: counted.start()]) is not None:
        copies = max(1, int(counted[1]))
        chars = chars[: counted.start()]
        seen = _seen(chars)
    text = "".join(char.text for char in chars)
    absent = next((key for key, mark in _ABSENT.items() if mark.fullmatch(seen)), None)
    if absent is not None:
        return Inline(text, absent, (), copies, (), unchecked)
    spans = (
        [(0, len(chars))]
        if _WHOLE_GAP.fullmatch(seen)
        else [match.span() for match in _GAP.finditer(seen)]
    )
    gaps = tuple(
        Gap(start, end, text[start:end], (chars[start].source[0], chars[end - 1].source[1]))
        for start, end in spans
    )
    return Inline(
        text, _legibility(text, gaps), gaps, copies, _clip(emphasis, len(text)), unchecked
    )


def has_mark(source: str) -> bool:
    """Whether a line carries a gap or says that a text is absent: only entries do."""
    return bool(read_inline(source).gaps) or _whole(_seen(_chars(source.strip(), 0))) is not None


def icon_shape(text: str) -> tuple[Shape | None, str]:
    """The shape of a leading icon, and the text after it.

    >>> icon_shape("✔ agree")
    (<Shape.TICK: 'tick'>, 'agree')
    """
    shape = _SHAPES.get(text[:1])
    return (shape, text[1:].lstrip(_VARIATION).strip()) if shape else (None, text)


def mark_text(text: str) -> str:
    """A note's text as Markdown, its `[illeg.]` kept as marks and everything else as text.

    White space, line breaks included, becomes single spaces: the lines of a small note are no
    more than its width.
    """
    flowing = bare(text)
    parts = _ILLEGIBLE_WORD.split(flowing)
    written = "".join(
        ILLEGIBLE_WORD if index % 2 else _escaped(part, first=not index)
        for index, part in enumerate(parts)
    )
    found = read_inline(written)
    plain = "".join(ILLEGIBLE_WORD if i % 2 else part for i, part in enumerate(parts))
    if found.text == plain and len(found.gaps) == len(parts) // 2 and not icon_shape(written)[0]:
        return written
    return "".join(
        ILLEGIBLE_WORD if index % 2 else "".join(_numeric(c) for c in part)
        for index, part in enumerate(parts)
    )


def escape(text: str) -> str:
    """Any text as Markdown that shows exactly it: no markup, no link, no list, no mark."""
    flowing = bare(text)
    written = _escaped(flowing, first=True)
    found = read_inline(written)
    if found.text == flowing and not found.gaps and found.legibility is Legibility.READABLE:
        return written
    return "".join(_numeric(c) for c in flowing)


def _escaped(text: str, *, first: bool) -> str:
    """Markdown of a text without marks.

    Entities rather than backslashes where a renderer would otherwise see HTML or a bare address:
    not every renderer takes a backslash there.
    """
    text = re.sub(_ENTITY, lambda m: "&amp;" + m[0][1:], text)
    marker = _LIST_MARKER.match(text) if first else None
    text = _SPECIAL.sub(lambda m: "\\" + m[0], text)
    if marker:
        at = marker.end() - 1
        text = f"{text[:at]}\\{text[at:]}"
    text = text.replace("<", "&lt;").replace(">", "&gt;").replace("…", "&hellip;")
    text = re.sub(r"(?i)(?<=[a-z]):(?=//)|(?<=mailto):|(?<=javascript):", "&#58;", text)
    text = re.sub(r"(?i)(?<=\bwww)\.", "&#46;", text)
    return re.sub(r"(?i)(?<=\billeg)\.", r"\\.", text)


def _numeric(character: str) -> str:
    return character if character == " " else f"&#{ord(character)};"


def _chars(source: str, offset: int) -> list[_Char]:
    chars: list[_Char] = []
    position = 0
    while position < len(source):
        if found := _BREAK.match(source, position):
            new = ["\n"]
            literal = False
        elif found := _ESCAPED.match(source, position):
            new, literal = [found[1]], True
        elif found := _ENTITY.match(source, position):
            decoded = html.unescape(found[0])
            # An unknown name decodes to itself, and is the text that it looks like.
            new, literal = list(decoded), decoded != found[0]
        else:
            character = source[position]
            chars.append(_Char(character, character, (offset + position, offset + position + 1)))
            position += 1
            continue
        span = (offset + found.start(), offset + found.end())
        chars += (_Char(c, _LITERAL if literal else c, span) for c in new)
        position = found.end()
    return chars


def _seen(chars: list[_Char]) -> str:
    return "".join(char.seen for char in chars)


def _without_emphasis(
    chars: list[_Char],
) -> tuple[list[_Char], tuple[tuple[int, int], ...]]:
    """Take off `*...*` and `_..._`; say where they were."""
    spans: list[tuple[int, int]] = []
    for pattern in (_STAR, _UNDERSCORE):
        start = 0
        while match := pattern.search(_seen(chars), start):
            width = len(match[1])
            a, b = match.start(), match.end()
            chars = chars[:a] + chars[a + width : b - width] + chars[b:]
            inner = (a, b - 2 * width)
            spans = [(_moved(s, a, b, width), _moved(e, a, b, width)) for s, e in spans]
            spans.append(inner)
            start = a
    return chars, tuple(sorted(spans))


def _moved(position: int, a: int, b: int, width: int) -> int:
    """Where a position is after the delimiters of one emphasis are gone."""
    before = min(max(position - a, 0), width)
    after = min(max(position - (b - width), 0), width)
    return position - before - after


def _strip(
    chars: list[_Char], emphasis: tuple[tuple[int, int], ...]
) -> tuple[list[_Char], tuple[tuple[int, int], ...]]:
    start = 0
    while start < len(chars) and chars[start].seen.isspace():
        start += 1
    end = len(chars)
    while end > start and chars[end - 1].seen.isspace():
        end -= 1
    return chars[start:end], tuple((a - start, b - start) for a, b in emphasis)


def _take(chars: list[_Char], pattern: re.Pattern[str]) -> tuple[list[_Char], bool]:
    match = pattern.search(_seen(chars))
    return (chars[: match.start()], True) if match else (chars, False)


def _clip(spans: tuple[tuple[int, int], ...], length: int) -> tuple[tuple[int, int], ...]:
    clipped = ((max(0, a), min(b, length)) for a, b in spans)
    return tuple((a, b) for a, b in clipped if a < b)


def _whole(seen: str) -> str | None:
    """The mark, where the whole content is one mark of a note without any readable text."""
    text = seen.strip()
    marks = (*_ABSENT.values(), re.compile(_BRACKETED_GAP, re.IGNORECASE), _WHOLE_GAP)
    return text if any(mark.fullmatch(text) for mark in marks) else None


def _legibility(text: str, gaps: tuple[Gap, ...]) -> Legibility:
    if not gaps:
        return Legibility.READABLE
    position, rest = 0, []
    for gap in gaps:
        rest.append(text[position : gap.start])
        position = gap.end
    rest.append(text[position:])
    return Legibility.PARTLY if "".join(rest).strip() else Legibility.ILLEGIBLE
