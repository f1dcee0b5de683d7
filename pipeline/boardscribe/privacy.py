"""Personal data in notes before they are published: e-mail addresses, telephone numbers, names.

Patterns and name lists only, nothing is downloaded. A check helps a person who looks: it finds
too much rather than too little, and it cannot find every name. Names written in lower case, and
names that few people in the lists bear, stay unfound unless a title or a known surname is there.

The name lists in `data/` are of the 1990 census of the United States, public domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import pairwise

from boardscribe.records import Line, Reading, Source, Transcription, Word
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["TOKENS", "Finding", "Span", "check", "find_personal", "redact", "redact_text"]

TOKENS = {"email": "[e-mail]", "telephone": "[telephone]", "name": "[name]"}
"""What is written in place of each kind."""

_EMAIL = re.compile(r"[\w.+%-]+ ?@ ?[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_HANDLE = re.compile(r"(?<![\w.@])@[A-Za-z_]\w{2,}")
_DIGITS = re.compile(r"(?<![\w.,])(?:\+|\(?\d)[\d \t()./-]{5,}\d(?!\w)")
_DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d{2}"
    r"|(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)\d\d|\d{1,3}(?: \d{3})* 000"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-](?!s\b)[^\W\d_]+)*")
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "sir",
        "rev",
        "revd",
        "fr",
        "herr",
        "frau",
        "mme",
        "sr",
        "sra",
    ]
)

# Given names that are also words, places or months: names only where a surname follows.
_WORDS_TOO = frozenset(
    """
    alpha amber america angel april art asia august aurora austin autumn berry bill blossom brain
    brook brooks buck buddy candy carolina cash chance charity chase cherry china christian clay
    cleveland columbus comfort coral cruz crystal daisy dale dallas dawn dean del delta denver
    destiny diamond diego dick dot drew earl easter ebony else era eve fair faith fawn fern forest
    foster france francisco frank gay gem gene german ginger glen glory golden grace grant guy
    happy harmony heath heather heaven holly honey hong hope houston hung hunter india iris israel
    ivory ivy jade jan january jay jesus jewel joy june junior justice kay kenya kitty lane lance
    laurel lee les liberty lily lincoln long love lucky mac madison magnolia major man manual
    many maple mark mason max may melody mercedes mercy merry miles milan miller min miracle misty
    myrtle newton noble norman numbers ocean olive page paris parker pat patience pearl penny
    porter precious prince princess queen ray reed rich rico river robin rocky rod roman rose royal
    ruby rusty sage sandy savannah see september shade sky sol song soon spring star sterling
    stone sue summer sun sunday sunny sunshine tanner ted thu tiger timber treasure trinity troy
    tuesday una val valentine van venice victor victory violet virginia ward warner will willow
    winter wren young
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is harder to read
)
_SURNAMES_TOO = frozenset(
    """
    and are best black book brown call can case close cook cross day do drew end even fair field
    fine free gold good grant great green gray grey hand hard head hill home hope house just key
    king land law light little long love made major many may more most new no noble page park
    pay plan power price public read rice rich right road room rose rule see short small so still
    strong sun true turn use wait walk wall way west white wise wish woman women wood word work
    young
    """.split()  # noqa: SIM905
)
_NO_SURNAME = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "for",
        "from",
        "has",
        "in",
        "is",
        "of",
        "on",
        "or",
        "our",
        "the",
        "to",
        "was",
        "we",
        "with",
    ]
)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text that may be personal."""

    kind: str
    """`email`, `telephone` or `name`."""
    start: int
    end: int
    """First character after it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should look at before publication."""

    note_id: str
    """Empty for the heading or name of a photo or board."""
    where: str
    """`text`, `version N`, `heading`, `photo` or `board`."""
    kind: str
    text: str
    """The words found."""


def find_personal(text: str) -> tuple[Span, ...]:
    """Places in a text that may be personal, in order, not overlapping.

    Example:
        >>> [span.kind for span in find_personal("Ask Dr. Miller, +49 30 1234567")]
        ['name', 'telephone']
    """
    found: list[Span] = []
    for kind, spans in (
        ("email", _matches(_EMAIL, text)),
        ("telephone", _telephones(text)),
        ("name", _matches(_HANDLE, text)),
        ("name", _names(text)),
    ):
        for start, end in spans:
            if all(end <= other.start or start >= other.end for other in found):
                found.append(Span(kind, start, end))
    return tuple(sorted(found, key=lambda span: span.start))


def redact_text(text: str) -> str:
    """The text with a token in place of each finding.

    Example:
        >>> redact_text("write to anna@example.org")
        'write to [e-mail]'
    """
    parts, at = [], 0
    for span in find_personal(text):
        parts += [text[at : span.start], TOKENS[span.kind]]
        at = span.end
    return "".join([*parts, text[at:]])


def check(snapshot: Snapshot) -> tuple[Finding, ...]:
    """What a publication would give away: every version of every counted note, and headings."""
    findings = []
    for board in snapshot.boards:
        findings += _findings("", "board", board.name)
    for entry in snapshot.photos:
        findings += _findings("", "photo", entry.photo.name)
        for heading in entry.headings:
            findings += _findings("", "heading", heading.text)
    for note in snapshot.counted():
        for number, version in enumerate(note.history):
            where = f"version {version.version}" if number else "text"
            findings += _findings(note.note_id, where, version.text)
    return tuple(dict.fromkeys(findings))


def redact(snapshot: Snapshot) -> Snapshot:
    """The snapshot with a token in place of each finding, and without any picture.

    Texts of all versions, readings with their words and alternatives, headings, and names of
    boards and photos are redacted, and who decided a text. Pictures would show what the texts
    hide, so the paths of crops and previews are taken away.
    """
    return replace(
        snapshot,
        title=redact_text(snapshot.title),
        boards=tuple(replace(board, name=redact_text(board.name)) for board in snapshot.boards),
        photos=tuple(_photo(entry) for entry in snapshot.photos),
        notes=tuple(_note(note) for note in snapshot.notes),
        failures=(),
        runs=tuple(replace(run, failures=()) for run in snapshot.runs),
    )


def _findings(note_id: str, where: str, text: str) -> list[Finding]:
    return [
        Finding(note_id, where, span.kind, text[span.start : span.end])
        for span in find_personal(text)
    ]


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(text))


def _telephones(text: str) -> Iterator[tuple[int, int]]:
    for match in _DIGITS.finditer(text):
        digits = sum(character.isdigit() for character in match[0])
        if 7 <= digits <= 15 and not _DATE.fullmatch(match[0].strip()):
            yield match.span()


@cache
def _list(name: str) -> frozenset[str]:
    lines = (resources.files("boardscribe") / "data" / f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in lines.split("\n") if line and not line.startswith("#"))


def _names(text: str) -> Iterator[tuple[int, int]]:
    words = list(_WORD.finditer(text))
    # Where all is in capitals, a capital says nothing: then only sure names count.
    capitals = text.upper() == text
    at = 0
    while at < len(words):
        count = _name_length(text, words[at:], capitals=capitals)
        if count:
            yield words[at].start(), words[at + count - 1].end()
        at += count or 1


def _name_length(text: str, words: list[re.Match[str]], *, capitals: bool) -> int:
    """How many of the words, from the first on, are one name; 0 if none."""
    first = words[0][0]
    low = first.lower()
    given = low in _list("given_names")
    following = _following(text, words)
    if low in _TITLES:
        count = _surnames(following, capitals=False)
        return count and 1 + count
    if first[0].isupper() and given and low not in _WORDS_TOO:
        return 1 + _surnames(following, capitals=capitals)
    # An initial, or a given name that is also a word, is a name only before a known surname; "A"
    # and "I" are words unless a dot follows.
    if first[0].isupper() and not capitals and following and _is_surname(following[0]):
        initial = len(first) == 1 and (first not in "AI" or text[words[0].end()] == ".")
        return 2 if given or initial else 0
    return 0


def _following(text: str, words: list[re.Match[str]]) -> list[str]:
    """Words that follow the first with nothing but spaces or the dot of an initial between."""
    found: list[str] = []
    for before, word in pairwise(words[:4]):
        between = text[before.end() : word.start()]
        short = len(before[0]) == 1 or before[0].lower() in _TITLES
        if between.strip() not in ({"", "."} if short else {""}):
            break
        found.append(word[0])
    return found


def _is_surname(word: str) -> bool:
    low = word.lower()
    return word[0].isupper() and low in _list("surnames") and low not in _SURNAMES_TOO


def _surnames(following: list[str], *, capitals: bool) -> int:
    """How many of the words after a given name or title belong to the name."""
    count = 0
    for word in following[:2]:
        low = word.lower()
        likely = _is_surname(word) if capitals else word[0].isupper() and low not in _NO_SURNAME
        if not likely:
            break
        count += 1
        if len(word) > 1:  # after an initial the surname is still to come
            break
    return count


def _photo(entry: PhotoEntry) -> PhotoEntry:
    stem, dot, suffix = entry.photo.name.rpartition(".")
    name = f"{redact_text(stem)}{dot}{suffix}" if stem else redact_text(entry.photo.name)
    headings = tuple(replace(one, text=redact_text(one.text)) for one in entry.headings)
    return replace(entry, photo=replace(entry.photo, name=name), headings=headings, preview=None)


def _note(note: NoteEntry) -> NoteEntry:
    return replace(
        note,
        sightings=tuple(_sighting(sighting) for sighting in note.sightings),
        history=tuple(_version(version) for version in note.history),
        corrections=tuple(replace(made, decided_by=TOKENS["name"]) for made in note.corrections),
    )


def _version(version: Transcription) -> Transcription:
    person = version.source is not Source.MACHINE
    return replace(
        version,
        text=redact_text(version.text),
        reason=redact_text(version.reason),
        decided_by=TOKENS["name"] if person else version.decided_by,
    )


def _sighting(sighting: SightingEntry) -> SightingEntry:
    readings = tuple(_reading(reading) for reading in sighting.readings)
    return replace(sighting, crop=None, readings=readings)


def _reading(reading: Reading) -> Reading:
    alternatives = tuple((redact_text(text), value) for text, value in reading.alternatives)
    return replace(reading, lines=_lines(reading), alternatives=alternatives)


def _lines(reading: Reading) -> tuple[Line, ...]:
    """Lines with tokens in place of words; a name over two lines is found too."""
    spans = find_personal(reading.text)
    if not spans:
        return reading.lines
    lines, at = [], 0
    for line in reading.lines:
        words = []
        for word in line.words:
            start, end = at, at + len(word.text)
            at = end + 1  # the space or newline between words
            text = _without(word.text, start, end, spans)
            if text:
                words.append(Word(text, word.confidence))
        if not line.words:
            at += 1
        if words:
            lines.append(replace(line, words=tuple(words)))
    return tuple(lines)


def _without(word: str, start: int, end: int, spans: tuple[Span, ...]) -> str:
    """A word of a text without its part in any span, with the token where a span begins.

    Args:
        word: the word.
        start: its first character in the text.
        end: the character after it.
        spans: places in the text.
    """
    parts, at = [], start
    for span in spans:
        if span.end <= start or span.start >= end:
            continue
        parts.append(word[at - start : max(span.start, start) - start])
        if span.start >= start:
            parts.append(TOKENS[span.kind])
        at = min(span.end, end)
    return "".join([*parts, word[at - start :]])
