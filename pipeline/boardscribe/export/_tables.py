"""The dataset as plain tables: what each column is, and its rows.

The data packages (Frictionless, RO-Crate, Croissant, BagIt) hold the same tables; what a column
means is said once, here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from boardscribe.export._view import (
    board_names,
    box,
    clean,
    exported,
    sure_sightings,
    text_or_none,
)
from boardscribe.export.csvfile import escape
from boardscribe.records import Line, Polygon
from boardscribe.snapshot import Snapshot

__all__ = ["TABLES", "Column", "Table", "guarded", "write_csv", "write_jsonl"]

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """Frictionless type: `string`, `integer`, `number`, `boolean`, `array`, `datetime`.
    An array is JSON text."""
    description: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the dataset."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    links: Mapping[str, tuple[str, str]]
    """Column to the table and column it refers to."""
    rows: Callable[[Snapshot], Iterator[tuple[Value, ...]]]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _polygon(polygon: Polygon) -> str:
    return _json([[round(x, 2), round(y, 2)] for x, y in polygon])


def _lines(lines: tuple[Line, ...]) -> str:
    return clean(_json([[[word.text, word.confidence] for word in line.words] for line in lines]))


def _boards(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    for board in snapshot.boards:
        yield board.board_id, clean(board.name)


def _photos(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    for entry in snapshot.photos:
        photo = entry.photo
        yield (
            photo.sha256,
            clean(photo.name),
            photo.width,
            photo.height,
            photo.format,
            photo.orientation,
            photo.size_bytes,
            photo.taken_at,
            entry.board_id,
        )


def _headings(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    for entry in snapshot.photos:
        for number, heading in enumerate(entry.headings, start=1):
            yield (
                entry.photo.sha256,
                number,
                clean(heading.text),
                heading.confidence,
                _polygon(heading.polygon),
            )


def _stages(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    for entry in snapshot.photos:
        for _, stamp in sorted(entry.stamps.items()):
            yield entry.photo.sha256, stamp.stage, stamp.version, stamp.digest


def _notes(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    names = board_names(snapshot)
    for note in snapshot.counted():
        current = note.transcription
        seen = sure_sightings(note)
        best = seen[0]
        yield (
            note.note_id,
            note.board_id,
            clean(names.get(note.board_id, "")) or None,
            clean(note.meaning),
            best.shape.shape.value,
            best.colour.name,
            text_or_none(current),
            current.legibility.value,
            note.outline,
            current.confidence,
            note.status.value,
            current.source.value,
            clean(current.decided_by),
            current.decided_at,
            clean(current.reason),
            current.version,
            len(seen),
        )


def _sightings(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    photos = {entry.photo.sha256: entry.photo for entry in snapshot.photos}
    for _, sighting, rank in exported(snapshot):
        detection = sighting.detection
        yield (
            sighting.sighting_id,
            sighting.note_id,
            sighting.photo_sha256,
            rank,
            _polygon(detection.polygon),
            *box(detection.polygon, photos[sighting.photo_sha256]),
            sighting.shape.shape.value,
            sighting.shape.probability,
            sighting.colour.name,
            "#{:02x}{:02x}{:02x}".format(*sighting.colour.rgb),
            detection.confidence,
            detection.cut_off,
            detection.hidden,
            sighting.sharpness,
        )


def _readings(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    for _, sighting, _ in exported(snapshot):
        for number, reading in enumerate(sighting.readings, start=1):
            yield (
                sighting.sighting_id,
                number,
                clean(reading.engine),
                clean(reading.engine_version),
                text_or_none(reading),
                reading.legibility.value,
                reading.confidence,
                _lines(reading.lines),
                clean(_json([list(pair) for pair in reading.alternatives])),
            )


def _transcriptions(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    for note in snapshot.counted():
        for number, version in enumerate(note.history):
            yield (
                note.note_id,
                version.version,
                number == 0,
                text_or_none(version),
                version.legibility.value,
                version.confidence,
                version.source.value,
                version.accepted,
                clean(version.decided_by),
                version.decided_at,
                clean(version.reason),
            )


_TEXT = Column(
    "text",
    "string",
    "What is written, lines separated by newlines, [illeg.] for an unread word, [?word?] for one "
    "that people were not sure of. Missing where there is no text: the column legibility says why.",
    required=False,
)
_LEGIBILITY = Column(
    "legibility",
    "string",
    "readable; partly (has [illeg.]); illegible; blank (a note without writing is still a vote); "
    "not_attempted; hidden (by another note); cut_off (by the edge of the photo).",
)
_OUTLINE = Column(
    "outline",
    "string",
    "good, or what people found wrong with the note's outline: two_notes (two or more in it, to be "
    "split), wrong_outline (less or more than the note).",
)
_CONFIDENCE = Column(
    "confidence", "number", "Calibrated probability that the text is exactly right, 0 to 1."
)
_POLYGON = Column(
    "polygon",
    "array",
    "Outline as [[x, y], ...] in pixels of the upright full-size photo, origin top left, "
    "clockwise, not closed.",
)
_PHOTO = Column("photo_sha256", "string", "The photo: SHA-256 of its bytes.")
_DECIDED_BY = Column("decided_by", "string", "boardscribe, or the people who decided.")
_DECIDED_AT = Column("decided_at", "string", "UTC, ISO 8601.", required=False)
_SOURCE = Column("source", "string", "Who decided: machine, person or consensus.")
_REASON = Column("reason", "string", "Why it was accepted or sent to review.", required=False)

TABLES = (
    Table(
        "boards",
        "The physical boards.",
        (
            Column("board_id", "string", "Identifier of the board."),
            Column("name", "string", "What the board is called."),
        ),
        ("board_id",),
        {},
        _boards,
    ),
    Table(
        "photos",
        "The photographs.",
        (
            _PHOTO,
            Column("name", "string", "File name as given."),
            Column("width", "integer", "Pixels of the upright photo."),
            Column("height", "integer", "Pixels of the upright photo."),
            Column("format", "string", "JPEG, PNG, TIFF, WEBP or HEIF."),
            Column("orientation", "integer", "EXIF orientation as stored in the file, 1 to 8."),
            Column("size_bytes", "integer", "Size of the file."),
            Column(
                "taken_at", "string", "EXIF capture time, ISO 8601 without zone.", required=False
            ),
            Column("board_id", "string", "Board of its largest heading.", required=False),
        ),
        ("photo_sha256",),
        {"board_id": ("boards", "board_id")},
        _photos,
    ),
    Table(
        "headings",
        "Printed or lettered names of boards as found on photos.",
        (
            _PHOTO,
            Column("number", "integer", "Counts the headings of a photo from 1."),
            Column("text", "string", "The heading as read."),
            Column("confidence", "number", "Probability that it is right, 0 to 1."),
            _POLYGON,
        ),
        ("photo_sha256", "number"),
        {"photo_sha256": ("photos", "photo_sha256")},
        _headings,
    ),
    Table(
        "stages",
        "Which stage of which version worked on a photo, with a digest of its options.",
        (
            _PHOTO,
            Column("stage", "string", "Name of the stage."),
            Column("version", "string", "Version of the stage."),
            Column("digest", "string", "Digest of all options that it and those before it used."),
        ),
        ("photo_sha256", "stage"),
        {"photo_sha256": ("photos", "photo_sha256")},
        _stages,
    ),
    Table(
        "notes",
        "The physical notes with the text in force.",
        (
            Column("note_id", "string", "Identifier of the note."),
            Column("board_id", "string", "Board it is on; missing if unknown.", required=False),
            Column("board", "string", "Name of that board.", required=False),
            Column("meaning", "string", "Response type by the legend; other if it has none."),
            Column("shape", "string", "square, bubble, heart, tick or other."),
            Column("colour", "string", "Colour of the paper."),
            _TEXT,
            _LEGIBILITY,
            _OUTLINE,
            _CONFIDENCE,
            Column("status", "string", "accepted, review (waits for a person) or reviewed."),
            _SOURCE,
            _DECIDED_BY,
            _DECIDED_AT,
            _REASON,
            Column("version", "integer", "Version of the transcription in force."),
            Column("sightings", "integer", "Number of photos that show it."),
        ),
        ("note_id",),
        {"board_id": ("boards", "board_id")},
        _notes,
    ),
    Table(
        "sightings",
        "Each note as each photo shows it.",
        (
            Column("sighting_id", "string", "Identifier of the sighting."),
            Column("note_id", "string", "The note."),
            _PHOTO,
            Column("rank", "integer", "1 is the photo that shows the note best."),
            _POLYGON,
            Column("x", "integer", "Left of the upright box around the outline, in pixels."),
            Column("y", "integer", "Top of that box."),
            Column("width", "integer", "Width of that box."),
            Column("height", "integer", "Height of that box."),
            Column("shape", "string", "Likeliest shape."),
            Column("shape_probability", "number", "Probability of that shape, 0 to 1."),
            Column("colour", "string", "Colour of the paper."),
            Column("rgb", "string", "Median colour as photographed, #rrggbb."),
            Column("detection_confidence", "number", "Probability that it is one whole note."),
            Column("cut_off", "boolean", "The photo's border cuts the note."),
            Column("hidden", "boolean", "Something covers part of it."),
            Column("sharpness", "number", "Quality of the crop, 0 to 1."),
        ),
        ("sighting_id",),
        {"note_id": ("notes", "note_id"), "photo_sha256": ("photos", "photo_sha256")},
        _sightings,
    ),
    Table(
        "readings",
        "What each engine read on each sighting.",
        (
            Column("sighting_id", "string", "The sighting."),
            Column("number", "integer", "1 is the combined reading; single engines follow."),
            Column("engine", "string", "Name of the engine."),
            Column("engine_version", "string", "Its version."),
            _TEXT,
            _LEGIBILITY,
            _CONFIDENCE,
            Column("words", "array", "A list a line of [word, probability that it is right]."),
            Column("alternatives", "array", "Other texts as [text, probability], best first."),
        ),
        ("sighting_id", "number"),
        {"sighting_id": ("sightings", "sighting_id")},
        _readings,
    ),
    Table(
        "transcriptions",
        "Every version of every note's text, the one in force first.",
        (
            Column("note_id", "string", "The note."),
            Column("version", "integer", "Counts the decisions of a note from 1."),
            Column("in_force", "boolean", "True for the version that stands."),
            _TEXT,
            _LEGIBILITY,
            _CONFIDENCE,
            _SOURCE,
            Column("accepted", "boolean", "Machine text accepted by rule, or a person's decision."),
            _DECIDED_BY,
            _DECIDED_AT,
            _REASON,
        ),
        ("note_id", "version"),
        {"note_id": ("notes", "note_id")},
        _transcriptions,
    ),
)


def guarded(value: Value) -> str:
    """A value as a CSV cell that no spreadsheet takes for a formula, see `csvfile.escape`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return escape(value)
    return repr(value)


def write_csv(table: Table, snapshot: Snapshot, path: Path) -> int:
    """Write a table as CSV: UTF-8, RFC 4180, guarded cells; returns the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in table.columns)
        for count, row in enumerate(table.rows(snapshot), start=1):  # noqa: B007
            writer.writerow([guarded(value) for value in row])
    return count


def write_jsonl(table: Table, snapshot: Snapshot, path: Path) -> int:
    """Write a table as JSON lines: missing values are null, arrays are JSON text."""
    names = [column.name for column in table.columns]
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for count, row in enumerate(table.rows(snapshot), start=1):  # noqa: B007
            file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")
    return count
