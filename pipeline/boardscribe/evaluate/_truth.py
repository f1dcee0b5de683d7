"""Hand-made truth: one JSON file a photo, in pixels of the upright full-size photo."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boardscribe.errors import InputError
from boardscribe.records import Polygon

__all__ = ["TruthHeading", "TruthNote", "TruthPhoto", "load_truth"]

LEGIBLE = ("full", "partial", "none", "blank")


@dataclass(frozen=True, slots=True)
class TruthNote:
    """A note as a person saw it."""

    note_id: str
    polygon: Polygon
    shape: str
    legible: str
    """`full`: every word certain; `partial`; `none`: nobody can read it; `blank`: no writing."""
    text: str
    """`[illeg.]` stands for a word that cannot be read."""


@dataclass(frozen=True, slots=True)
class TruthHeading:
    """Writing on the board itself."""

    text: str
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class TruthPhoto:
    """All notes of one photo."""

    name: str
    sha256: str | None
    width: int | None
    height: int | None
    notes: tuple[TruthNote, ...]
    headings: tuple[TruthHeading, ...]


def load_truth(folder: Path) -> tuple[TruthPhoto, ...]:
    """Read every `*.json` of a folder that describes a photo, sorted by photo name.

    Keys beyond `photo`, `sha256`, `width`, `height`, `notes` (`id`, `polygon`, `shape`,
    `legible`, `text`) and `headings` (`text`, `polygon`) are ignored; files without `photo` and
    `notes` are no truth and are passed over.

    Raises:
        InputError: the folder cannot be read or holds no truth, or a file has a mistake.
    """
    try:
        files = sorted(folder.glob("*.json")) if folder.is_dir() else []
        texts = [(file, file.read_text(encoding="utf-8")) for file in files]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the truth in {folder}: {error}") from error
    photos = [photo for file, text in texts if (photo := _photo(file, text)) is not None]
    if not photos:
        raise InputError(
            f"{folder} holds no truth",
            remedy="Give the folder with one JSON file a photo, as docs/evaluation.md describes.",
        )
    names = [photo.name for photo in photos]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"{folder} has two files for {', '.join(map(repr, twice))}",
            remedy="Keep one truth file a photo.",
        )
    return tuple(sorted(photos, key=lambda photo: photo.name))


def _photo(file: Path, text: str) -> TruthPhoto | None:
    try:
        data = json.loads(text)
        if not (isinstance(data, dict) and "photo" in data and "notes" in data):
            return None
        notes = [_note(note, number) for number, note in enumerate(data["notes"], start=1)]
        headings = [
            TruthHeading(str(one["text"]), _polygon(one.get("polygon") or ()))
            for one in data.get("headings") or ()
        ]
        return TruthPhoto(
            name=str(data["photo"]),
            sha256=data.get("sha256") or data.get("photo_sha256"),
            width=data.get("width"),
            height=data.get("height"),
            notes=tuple(notes),
            headings=tuple(headings),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"the truth in {file} has a mistake: {reason}",
            remedy="Compare with the format in docs/evaluation.md.",
        ) from error


def _note(data: dict[str, Any], number: int) -> TruthNote:
    legible = data.get("legible", "full")
    if legible not in LEGIBLE:
        raise ValueError(f"note {number}: legible must be one of {', '.join(LEGIBLE)}")
    polygon = _polygon(data["polygon"])
    if len(polygon) < 3:
        raise ValueError(f"note {number}: an outline needs three points")
    return TruthNote(
        note_id=str(data.get("id", number)),
        polygon=polygon,
        shape=str(data.get("shape", "other")),
        legible=legible,
        text=str(data.get("text") or ""),
    )


def _polygon(data: Any) -> Polygon:
    points = tuple((float(x), float(y)) for x, y in data)
    if not all(math.isfinite(value) for point in points for value in point):
        raise ValueError("a coordinate is not a number")
    return points
