"""The rows of the note export: one a sighting that counts, in an order that never varies."""

from __future__ import annotations

from typing import TypedDict

from boardscribe.export._view import board_names, exported
from boardscribe.records import Heading, Polygon
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["COLUMNS", "NoteRow", "note_rows"]

_COMBINED = "combined"
"""Name of the reading that is made of the others; no engine of its own."""


class NoteRow(TypedDict):
    """One sighting, as the export contract names its parts; see `schema/notes.schema.json`."""

    photo: str
    photo_sha256: str
    note_id: str
    board: str | None
    heading: str | None
    polygon: list[list[float]]
    shape: str
    shape_probability: float
    meaning: str
    colour: str
    text: str
    legibility: str
    confidence: float
    status: str
    source: str
    engines: list[str]
    outline: str


COLUMNS: tuple[str, ...] = tuple(NoteRow.__annotations__)
"""Names in the order of the contract."""


def note_rows(snapshot: Snapshot) -> list[NoteRow]:
    """All sightings that count, by photo name, then top to bottom.

    Doubtful sightings are left out. Text, legibility, confidence, status and source are those
    of the note's transcription in force. Coordinates are rounded to a tenth of a pixel,
    probabilities to four digits, so that the same notes always give the same bytes.
    """
    boards = board_names(snapshot)
    photos = {entry.photo.sha256: entry for entry in snapshot.photos}
    rows = []
    for note, sighting, _ in exported(snapshot):
        photo = photos[sighting.photo_sha256]
        row = _row(note, sighting, photo, boards.get(note.board_id))
        rows.append((_place(row, sighting), row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _place(row: NoteRow, sighting: SightingEntry) -> tuple[str, str, float, float, str]:
    top = min((y for _, y in row["polygon"]), default=0.0)
    left = min((x for x, _ in row["polygon"]), default=0.0)
    return row["photo"], row["photo_sha256"], top, left, sighting.sighting_id


def _row(note: NoteEntry, sighting: SightingEntry, photo: PhotoEntry, board: str | None) -> NoteRow:
    current = note.transcription
    heading = _heading(photo.headings, board)
    return {
        "photo": photo.photo.name,
        "photo_sha256": photo.photo.sha256,
        "note_id": note.note_id,
        "board": board,
        "heading": heading.text if heading else None,
        "polygon": [
            [round(float(x), 1), round(float(y), 1)] for x, y in sighting.detection.polygon
        ],
        "shape": sighting.shape.shape.value,
        "shape_probability": round(float(sighting.shape.probability), 4),
        "meaning": note.meaning,
        "colour": sighting.colour.name,
        "text": current.text,
        "legibility": current.legibility.value,
        "confidence": round(float(current.confidence), 4),
        "status": note.status.value,
        "source": current.source.value,
        "engines": _engines(sighting),
        "outline": note.outline,
    }


def _heading(headings: tuple[Heading, ...], board: str | None) -> Heading | None:
    """The heading that names the note's board, or the largest one."""
    if not headings:
        return None
    wanted = " ".join((board or "").casefold().split())
    same = [one for one in headings if " ".join(one.text.casefold().split()) == wanted]
    return max(same or headings, key=lambda one: _area(one.polygon))


def _area(polygon: Polygon) -> float:
    following = (*polygon[1:], *polygon[:1])
    crossed = (x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True))
    return abs(sum(crossed)) / 2


def _engines(sighting: SightingEntry) -> list[str]:
    names = {
        f"{reading.engine}/{reading.engine_version}" if reading.engine_version else reading.engine
        for reading in sighting.readings
        if reading.engine != _COMBINED
    }
    return sorted(names)
