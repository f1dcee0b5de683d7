"""Frozen records to rows, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping

from boardscribe.records import (
    Colour,
    Detection,
    Heading,
    Legibility,
    Line,
    Photo,
    Polygon,
    Reading,
    Shape,
    ShapeGuess,
    Sighting,
    Source,
    StageStamp,
    Transcription,
    Word,
)

__all__ = [
    "colour_from",
    "detection_from",
    "heading_from",
    "heading_row",
    "photo_from",
    "photo_row",
    "polygon_from",
    "reading_from",
    "reading_row",
    "shape_from",
    "sighting_row",
    "stamp_from",
    "transcription_from",
    "transcription_row",
]

Row = dict[str, Any]


def photo_row(photo: Photo) -> Row:
    """Columns of `photo` that come from the file."""
    return {
        "sha256": photo.sha256,
        "name": photo.name,
        "width": photo.width,
        "height": photo.height,
        "format": photo.format,
        "orientation": photo.orientation,
        "size_bytes": photo.size_bytes,
        "taken_at": photo.taken_at,
    }


def photo_from(row: RowMapping) -> Photo:
    """The photo as it was stored."""
    return Photo(
        sha256=row["sha256"],
        name=row["name"],
        width=row["width"],
        height=row["height"],
        format=row["format"],
        orientation=row["orientation"],
        size_bytes=row["size_bytes"],
        taken_at=row["taken_at"],
    )


def stamp_from(row: RowMapping) -> StageStamp:
    """One stage's stamp."""
    return StageStamp(stage=row["stage"], version=row["version"], digest=row["digest"])


def heading_row(sha256: str, ordinal: int, heading: Heading) -> Row:
    """Row of `heading`."""
    return {
        "photo_sha256": sha256,
        "ordinal": ordinal,
        "text": heading.text,
        "confidence": heading.confidence,
        "polygon": heading.polygon,
    }


def heading_from(row: RowMapping) -> Heading:
    """The heading as it was stored."""
    return Heading(
        text=row["text"], confidence=row["confidence"], polygon=polygon_from(row["polygon"])
    )


def sighting_row(sighting: Sighting, *, sha256: str, ordinal: int, crop: str | None) -> Row:
    """Columns of `sighting` that come from the photo; `crop` is the path of the stored crop."""
    detection, image = sighting.detection, sighting.crop
    return {
        "sighting_id": sighting.sighting_id,
        "photo_sha256": sha256,
        "ordinal": ordinal,
        "heading": sighting.heading,
        "polygon": detection.polygon,
        "confidence": detection.confidence,
        "cut_off": detection.cut_off,
        "hidden": detection.hidden,
        "doubtful": detection.doubtful,
        "shape_evidence": detection.shape_evidence,
        "shapes": {shape.value: p for shape, p in sighting.shape.probabilities.items()},
        "colour": sighting.colour.name,
        "rgb": sighting.colour.rgb,
        "crop": crop,
        "crop_width": image.width if image is not None else None,
        "crop_height": image.height if image is not None else None,
        "crop_matrix": image.matrix if image is not None else None,
        "sharpness": image.sharpness if image is not None else 0.0,
    }


def detection_from(row: RowMapping) -> Detection:
    """The outline as it was stored."""
    return Detection(
        polygon=polygon_from(row["polygon"]),
        confidence=row["confidence"],
        cut_off=row["cut_off"],
        hidden=row["hidden"],
        doubtful=row["doubtful"],
        shape_evidence=tuple(row["shape_evidence"] or ()),
    )


def shape_from(row: RowMapping) -> ShapeGuess:
    """Probabilities of the shapes."""
    return ShapeGuess({Shape(name): p for name, p in row["shapes"].items()})


def colour_from(row: RowMapping) -> Colour:
    """Colour of the paper."""
    red, green, blue = row["rgb"]
    return Colour(name=row["colour"], rgb=(red, green, blue))


def polygon_from(points: Iterable[Sequence[float]]) -> Polygon:
    """Points of a JSON column."""
    return tuple((x, y) for x, y in points)


def reading_row(reading: Reading, *, sighting_id: str, generation: int, ordinal: int) -> Row:
    """Row of `reading`."""
    return {
        "sighting_id": sighting_id,
        "generation": generation,
        "ordinal": ordinal,
        "engine": reading.engine,
        "engine_version": reading.engine_version,
        "lines": [
            {"words": [_word_cells(word) for word in line.words], "at": line.polygon}
            for line in reading.lines
        ],
        "confidence": reading.confidence,
        "legibility": reading.legibility.value,
        "alternatives": reading.alternatives,
        "features": dict(reading.features),
    }


def _word_cells(word: Word) -> tuple[str, float, bool, dict[str, float]]:
    return word.text, word.confidence, word.uncertain, dict(word.features)


def reading_from(row: RowMapping) -> Reading:
    """The reading as it was stored."""
    return Reading(
        engine=row["engine"],
        engine_version=row["engine_version"],
        lines=tuple(
            Line(
                # Readings of earlier versions have a text and a confidence alone.
                words=tuple(Word(*cells) for cells in line["words"]),
                polygon=polygon_from(line["at"]),
            )
            for line in row["lines"]
        ),
        confidence=row["confidence"],
        legibility=Legibility(row["legibility"]),
        alternatives=tuple((text, p) for text, p in row["alternatives"]),
        features=row["features"],
    )


def transcription_row(transcription: Transcription) -> Row:
    """The columns that `proposal` and `transcription` share."""
    return {
        "text": transcription.text,
        "legibility": transcription.legibility.value,
        "confidence": transcription.confidence,
        "accepted": transcription.accepted,
        "decided_by": transcription.decided_by,
        "reason": transcription.reason,
    }


def transcription_from(row: Mapping[str, Any] | RowMapping) -> Transcription:
    """A row of `proposal` or `transcription`."""
    return Transcription(
        text=row["text"],
        legibility=Legibility(row["legibility"]),
        confidence=row["confidence"],
        source=Source(row.get("source", Source.MACHINE.value)),
        accepted=row["accepted"],
        decided_by=row["decided_by"],
        reason=row["reason"],
        version=row.get("version", 1),
        decided_at=row.get("decided_at"),
    )
