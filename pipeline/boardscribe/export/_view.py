"""What every dataset format asks of a snapshot: sure sightings, lines of writing, gaps, times."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from boardscribe.marks import ILLEGIBLE, UNCERTAIN
from boardscribe.records import Legibility, Photo, Polygon, Reading, Source, Transcription
from boardscribe.snapshot import NoteEntry, SightingEntry, Snapshot

__all__ = [
    "EPOCH",
    "GAP",
    "Box",
    "Piece",
    "TextLine",
    "as_utc",
    "board_names",
    "box",
    "by_photo",
    "clean",
    "clipped",
    "data_time",
    "exported",
    "history_of",
    "lines_of",
    "marks",
    "outline_fact",
    "pieces",
    "pixels",
    "said",
    "short_ids",
    "sure_sightings",
    "text_or_none",
    "xml_id",
    "xml_safe",
]

GAP = ILLEGIBLE
EPOCH = "1970-01-01T00:00:00Z"

_MARKS = re.compile(
    rf"\[illeg\.?\]|\[illegible\]|{UNCERTAIN.pattern.replace('(', '(?P<word>', 1)}", re.IGNORECASE
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Box = tuple[int, int, int, int]
"""x, y, width, height in whole pixels of the upright photo."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, or one editorial mark in it."""

    kind: str
    """Empty for plain text, `gap` for `[illeg.]`, `unclear` for `[?word?]`."""
    text: str
    """Without the mark; empty for a gap."""
    start: int
    """First character in the text."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a note's text in force."""

    words: tuple[tuple[str, float | None], ...]
    """Word and its probability; None where a person decided or it is not known."""
    polygon: Polygon
    """In pixels of the upright photo; empty where it is not known."""

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word for word, _ in self.words)


def clean(text: str) -> str:
    """The text with lone surrogates, which no file can hold, as U+FFFD."""
    return _SURROGATE.sub("�", text)


def xml_safe(text: str) -> str:
    """The text with every character that XML 1.0 forbids as U+FFFD."""
    return _NOT_XML.sub("�", text)


def xml_id(prefix: str, value: str) -> str:
    """An identifier that XML, HTML and IRIs take, the same for the same value.

    Characters that an `xml:id` cannot hold are replaced, and a digest keeps the result unique.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", value)
    if plain != value:
        plain += "-" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{prefix}-{plain}"


def sure_sightings(note: NoteEntry) -> tuple[SightingEntry, ...]:
    """The sightings that count; doubtful ones are never exported."""
    return tuple(sighting for sighting in note.sightings if not sighting.detection.doubtful)


def exported(snapshot: Snapshot) -> Iterator[tuple[NoteEntry, SightingEntry, int]]:
    """Note, sighting and rank of the sighting (1 shows the note best), in snapshot order."""
    for note in snapshot.counted():
        for rank, sighting in enumerate(sure_sightings(note), start=1):
            yield note, sighting, rank


def outline_fact(note: NoteEntry) -> dict[str, str]:
    """What people found wrong with the outline, as a fact; nothing where it is good."""
    return {} if note.outline == "good" else {"outline": note.outline}


def by_photo(snapshot: Snapshot) -> dict[str, list[tuple[NoteEntry, SightingEntry]]]:
    """What each photo shows, by SHA-256; photos without notes have an empty list."""
    found: dict[str, list[tuple[NoteEntry, SightingEntry]]] = {
        entry.photo.sha256: [] for entry in snapshot.photos
    }
    for note, sighting, _ in exported(snapshot):
        found[sighting.photo_sha256].append((note, sighting))
    return found


def board_names(snapshot: Snapshot) -> dict[str | None, str]:
    """Name by board id."""
    return {board.board_id: board.name for board in snapshot.boards}


def data_time(snapshot: Snapshot) -> str:
    """When the data were last changed (UTC, ISO 8601): what exports carry instead of now."""
    times = [run.finished_at or run.started_at for run in snapshot.runs]
    times += [version.decided_at for note in snapshot.notes for version in note.history[:1]
              if version.decided_at]  # fmt: skip
    return max((as_utc(time) for time in times), default=EPOCH)


def as_utc(time: str) -> str:
    """An ISO 8601 time of the store in the one spelling of exports; the epoch if it is none."""
    try:
        parsed = datetime.fromisoformat(time)
    except ValueError:
        return EPOCH
    if parsed.tzinfo is not None:
        parsed = parsed.astimezone(UTC)
    return parsed.strftime("%Y-%m-%dT%H:%M:%SZ")


def short_ids(snapshot: Snapshot) -> dict[str, str]:
    """A short name for each photo, safe as a file name and an XML id, by SHA-256.

    Names of photos come from outside and are never used as paths.
    """
    digests = [entry.photo.sha256 for entry in snapshot.photos]
    length = 16
    while len({digest[:length] for digest in digests}) < len(set(digests)):
        length += 8
    return {digest: f"p{digest[:length]}" for digest in digests}


def box(polygon: Polygon, photo: Photo) -> Box:
    """The upright box around a polygon, clipped to the photo."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    right, bottom = min(photo.width, math.ceil(max(xs))), min(photo.height, math.ceil(max(ys)))
    return left, top, max(0, right - left), max(0, bottom - top)


def clipped(polygon: Polygon, photo: Photo) -> tuple[tuple[int, int], ...]:
    """The polygon in whole pixels inside the photo, as PAGE XML asks."""
    return tuple(
        (min(max(round(x), 0), photo.width - 1), min(max(round(y), 0), photo.height - 1))
        for x, y in polygon
    )


def pixels(value: float) -> str:
    """A coordinate as short text, to a hundredth of a pixel."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def pieces(text: str) -> list[Piece]:
    """A text cut at its editorial marks.

    Example:
        >>> [(piece.kind, piece.text) for piece in pieces("ask [illeg.] [?again?]!")]
        [('', 'ask '), ('gap', ''), ('', ' '), ('unclear', 'again'), ('', '!')]
    """
    found: list[Piece] = []
    at = 0
    for mark in _MARKS.finditer(text):
        if mark.start() > at:
            found.append(Piece("", text[at : mark.start()], at))
        word = mark.group("word")
        found.append(Piece("gap" if word is None else "unclear", word or "", mark.start()))
        at = mark.end()
    if at < len(text):
        found.append(Piece("", text[at:], at))
    return found


def marks(text: str) -> tuple[tuple[str, int, int], ...]:
    """The editorial marks in a text: `gap` or `unclear`, where it begins, and its length.

    Example:
        >>> marks("ask [illeg.] [?again?]!")
        (('gap', 4, 8), ('unclear', 13, 9))
    """
    return tuple(
        ("gap" if mark.group("word") is None else "unclear", mark.start(), len(mark.group()))
        for mark in _MARKS.finditer(text)
    )


def said(version: Transcription | Reading) -> str:
    """What a version or reading says; empty where all of it is the mark of an unread word.

    A wholly illegible note may be kept as `[illeg.]`: its legibility says the same already.
    """
    text = clean(version.text)
    if version.legibility is Legibility.ILLEGIBLE and not _MARKS.sub("", text).strip():
        return ""
    return text


def text_or_none(version: Transcription | Reading) -> str | None:
    """The same; None, never the empty string, where there is no text."""
    return said(version) or None


def history_of(note: NoteEntry) -> list[dict[str, object]]:
    """Every version of a note's text as plain data, the one in force first.

    Empty where there is only one: nothing was ever replaced.
    """
    if len(note.history) < 2:
        return []
    return [
        {
            "version": version.version,
            "text": text_or_none(version),
            "legibility": version.legibility.value,
            "confidence": round(version.confidence, 4),
            "source": version.source.value,
            "decided_by": clean(version.decided_by),
            "decided_at": version.decided_at,
            "reason": clean(version.reason),
        }
        for version in note.history
    ]


def lines_of(note: NoteEntry, sighting: SightingEntry) -> tuple[TextLine, ...]:
    """The lines of the text in force, with what the sighting's reading knows about them.

    Outlines of lines come from the reading where it has as many lines as the text and the way
    from crop to photo is known. Probabilities of words are given only for machine texts that
    still are what was read: a person's word has none.
    """
    current = note.transcription
    texts = [line for line in said(current).split("\n") if line.strip()]
    read = sighting.readings[0].lines if sighting.readings else ()
    lines = []
    for number, text in enumerate(texts):
        same = read[number] if len(read) == len(texts) else None
        words: tuple[tuple[str, float | None], ...] = tuple((word, None) for word in text.split())
        if same is not None and current.source is Source.MACHINE and same.text == text:
            words = tuple(
                (part, word.confidence) for word in same.words for part in clean(word.text).split()
            )
        polygon = to_photo(same.polygon, sighting.matrix) if same is not None else ()
        if not polygon and len(texts) == 1:
            polygon = sighting.detection.polygon
        lines.append(TextLine(words, polygon))
    return tuple(lines)


def to_photo(polygon: Polygon, matrix: tuple[float, ...]) -> Polygon:
    """A polygon from crop pixels to photo pixels; empty where the way is not known.

    Args:
        polygon: in crop pixels.
        matrix: homography from photo to crop, 3 x 3, row major; may be empty.
    """
    if not polygon or len(matrix) != 9:
        return ()
    a, b, c, d, e, f, g, h, i = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-12:
        return ()
    # The adjugate is the inverse but for a factor, which a homography does not mind.
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    points = []
    for x, y in polygon:
        u, v, w = (row[0] * x + row[1] * y + row[2] for row in rows)
        if abs(w) < 1e-12:
            return ()
        points.append((round(u / w, 2), round(v / w, 2)))
    return tuple(points)
