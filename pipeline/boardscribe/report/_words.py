"""Texts from outside, made fit to be shown; and numbers put into words.

Escaping is Jinja2's business (autoescape). This module removes what escaping does not: characters
that HTML cannot hold or that would garble the page around them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from boardscribe.marks import UNCERTAIN
from boardscribe.records import Legibility, Line, Reading, Status, Transcription

__all__ = [
    "Span",
    "bare",
    "clean",
    "confidence_words",
    "line_spans",
    "percent",
    "placeholder",
    "plural",
    "status_words",
    "text_spans",
    "when",
]

ILLEGIBLE_WORD = re.compile(r"(\[illeg\.?\]|\[illegible\])", re.IGNORECASE)

VERY_UNSURE_WORD = 0.5
"""A word below this probability is underlined twice as strongly."""

# Embeddings, overrides and isolates: harmless inside <bdi>, but attributes have no <bdi>.
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
# C0 controls become their pictures (U+2400...), so that a reader sees that something is there.
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)}
_CONTROLS[0x7F] = 0x2421
_CONTROLS.update(dict.fromkeys(range(128, 160), 65533))


def clean(text: str) -> str:
    r"""Replace what cannot stand in an HTML file: controls, lone surrogates, noncharacters.

    File names that are not UTF-8 hold lone surrogates, which cannot be written out at all.

    >>> clean("a\x00b\r\nc\udcff")
    'a␀b\nc\ufffd'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return _NONCHARACTERS.sub("\ufffd", _SURROGATES.sub("\ufffd", text))


def bare(text: str) -> str:
    """One line without direction controls, for attributes and titles, where no <bdi> helps."""
    return " ".join(_BIDI_CONTROLS.sub("", clean(text)).split())


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text shown in one way."""

    text: str
    kind: str = ""
    """`""`, `illeg`, `unsure` or `very-unsure`."""
    confidence: float | None = None
    """Probability of the word, where it is known."""


def _marked(text: str) -> Iterable[Span]:
    for part in ILLEGIBLE_WORD.split(text):
        if ILLEGIBLE_WORD.fullmatch(part):
            yield Span(part, "illeg")
            continue
        # What people marked `[?word?]` stands at the odd places.
        for number, piece in enumerate(UNCERTAIN.split(part)):
            if piece:
                yield Span(f"[?{piece}?]" if number % 2 else piece, "unsure" if number % 2 else "")


def line_spans(lines: tuple[Line, ...]) -> tuple[Span, ...]:
    """The words of a reading with the uncertain ones marked; lines are parted by newlines."""
    spans: list[Span] = []
    for number, line in enumerate(lines):
        if number:
            spans.append(Span("\n"))
        for index, word in enumerate(line.words):
            if index:
                spans.append(Span(" "))
            very = word.confidence < VERY_UNSURE_WORD
            if ILLEGIBLE_WORD.search(word.text) or not (word.uncertain or very):
                spans.extend(_marked(word.text))
            else:
                kind = "very-unsure" if very else "unsure"
                spans.append(Span(word.text, kind, word.confidence))
    return _joined(spans)


def text_spans(transcription: Transcription, readings: tuple[Reading, ...]) -> tuple[Span, ...]:
    """The decided text; with unsure words marked where a reading says exactly the same.

    A person's text has no unsure words but those that the person marked.
    """
    if transcription.status is not Status.REVIEWED:
        for reading in readings:
            if reading.text == transcription.text:
                return line_spans(reading.lines)
    return _joined(_marked(transcription.text))


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        if joined and not span.kind and not joined[-1].kind:
            joined[-1] = Span(joined[-1].text + span.text)
        else:
            joined.append(span)
    return tuple(joined)


_PLACEHOLDERS = {
    Legibility.BLANK: "[no text]",
    Legibility.ILLEGIBLE: "[illegible]",
    Legibility.NOT_ATTEMPTED: "[not read yet]",
    Legibility.HIDDEN: "[hidden]",
    Legibility.CUT_OFF: "[cut off]",
}


def placeholder(legibility: Legibility) -> str:
    """What stands where a text is absent, in the manner of the published records.

    A readable note with an empty text would be a mistake upstream; it is shown as not read.
    """
    return _PLACEHOLDERS.get(legibility, _PLACEHOLDERS[Legibility.NOT_ATTEMPTED])


def confidence_words(probability: float) -> str:
    """How sure a probability is, in two words."""
    for least, words in ((0.95, "Very sure"), (0.8, "Fairly sure"), (0.5, "Unsure")):
        if probability >= least:
            return words
    return "Very unsure"


def percent(probability: float) -> str:
    """A probability in percent; 100 and 0 only where it is exactly that.

    >>> percent(0.997), percent(1.0), percent(0.004)
    ('99 %', '100 %', '1 %')
    """
    if not math.isfinite(probability):
        return "?"
    number = round(probability * 100)
    if 0.0 < probability < 1.0:
        number = min(99, max(1, number))
    return f"{min(100, max(0, number))}\N{NO-BREAK SPACE}%"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 note`, `2 notes`, `1,200 notes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def status_words(status: Status) -> str:
    """A status as the interface names it."""
    return {
        Status.ACCEPTED: "Accepted",
        Status.REVIEW: "To review",
        Status.REVIEWED: "Reviewed",
    }[status]


_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|\+00:00)?")


def when(moment: str | None) -> str:
    """An ISO 8601 moment to the minute; what is not one is shown as it is."""
    match = _ISO.fullmatch(moment or "")
    if match is None:
        return moment or ""
    return f"{match[1]} {match[2]}" + (" UTC" if match[3] else "")
