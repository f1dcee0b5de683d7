"""What every dataset format asks of a snapshot: sure sightings, lines of writing, gaps, times."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from boardscribe.records import Photo, Polygon, Source
from boardscribe.snapshot import NoteEntry, SightingEntry, Snapshot

__all__ = [
    "EPOCH",
    "GAP",
    "Box",
    "TextLine",
    "as_utc",
    "board_names",
    "box",
    "by_photo",
    "clean",
    "clipped",
    "data_time",
    "exported",
    "lines_of",
    "outline_fact",
    "pieces",
    "pixels",
    "short_ids",
    "sure_sightings",
    "text_or_none",
    "xml_id",
    "xml_safe",
]

GAP = "[illeg.]"
EPOCH = "1970-01-01T00:00:00Z"

_GAPS = re.compile(r"\[illeg\.\]|\[illegible\]", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Box = tuple[int, int, int, int]
"""x, y, width, height in whole pixels of the upright photo."""


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


def text_or_none(text: str) -> str | None:
    """A note's text; None, never the empty string, where there is none."""
    return clean(text) or None


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


def pieces(text: str) -> list[str | None]:
    """A text cut at its gaps; None stands for a gap.

    Example:
        >>> pieces("ask [illeg.] again")
        ['ask ', None, ' again']
    """
    found: list[str | None] = []
    at = 0
    for gap in _GAPS.finditer(text):
        if gap.start() > at:
            found.append(text[at : gap.start()])
        found.append(None)
        at = gap.end()
    if at < len(text):
        found.append(text[at:])
    return found


def lines_of(note: NoteEntry, sighting: SightingEntry) -> tuple[TextLine, ...]:
    """The lines of the text in force, with what the sighting's reading knows about them.

    Outlines of lines come from the reading where it has as many lines as the text and the way
    from crop to photo is known. Probabilities of words are given only for machine texts that
    still are what was read: a person's word has none.
    """
    current = note.transcription
    if not current.text:
        return ()
    texts = [line for line in clean(current.text).split("\n") if line.strip()]
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
