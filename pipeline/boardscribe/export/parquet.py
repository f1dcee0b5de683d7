"""One Parquet file, a row a sighting, with all readings and versions nested in it.

For data frames and query engines (pandas, polars, DuckDB, R arrow). Missing texts are null with
the reason in `legibility`, so a blank note and an unread one stay different.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from boardscribe._version import __version__
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    board_names,
    clean,
    data_time,
    exported,
    text_or_none,
)
from boardscribe.export._write import component, new_file, read_picture
from boardscribe.options import Options
from boardscribe.records import Reading, Transcription
from boardscribe.snapshot import NoteEntry, SightingEntry, Snapshot

__all__ = ["write_parquet", "write_table"]

_BATCH = 2000
"""Rows built at a time, so that memory does not grow with the dataset."""

_PICTURE_BATCH = 500


def write_parquet(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write all sure sightings to the file `out`; returns the number of rows.

    Raises:
        InputError: `out` cannot be written.
        MissingComponentError: pyarrow is not installed.
    """
    with new_file(out) as path:
        return write_table(snapshot, path, settings=settings, kind="parquet")


def write_table(
    snapshot: Snapshot,
    path: Path,
    *,
    settings: ExportSettings,
    kind: str,
    pictures: Path | None = None,
    features: bool = False,
) -> int:
    """Write the table to `path`.

    Args:
        snapshot: what to write.
        path: the file.
        settings: what to say about privacy.
        kind: name of the export format, for errors.
        pictures: folder to take crops from, for a column `image`; None leaves the column empty
            where `features` asks for it.
        features: add the column `image`, and say what each column is in the words of Hugging
            Face datasets.

    Returns:
        the number of rows.
    """
    arrow = component("pyarrow", kind=kind)
    parquet = component("pyarrow.parquet", kind=kind)
    schema = _schema(arrow, pictures=features)
    metadata = {
        "boardscribe": __version__,
        "title": clean(snapshot.title),
        "data_time": data_time(snapshot),
        "privacy": settings.redaction,
    }
    if features:
        metadata["huggingface"] = json.dumps({"info": {"features": _features(arrow, schema)}})
    schema = schema.with_metadata(metadata)
    rows = _rows(snapshot, pictures)
    count = 0
    batch_size = _BATCH if pictures is None else _PICTURE_BATCH
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, batch_size)):
            writer.write_table(arrow.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _schema(arrow: Any, *, pictures: bool) -> Any:
    text, number, flag, whole = arrow.string(), arrow.float64(), arrow.bool_(), arrow.int32()
    polygon = arrow.list_(arrow.list_(number))
    word = arrow.struct([("text", text), ("confidence", number)])
    line = arrow.struct([("words", arrow.list_(word)), ("polygon", polygon)])
    guess = arrow.struct([("text", text), ("probability", number)])
    reading = arrow.struct(
        [
            ("engine", text),
            ("engine_version", text),
            ("text", text),
            ("legibility", text),
            ("confidence", number),
            ("lines", arrow.list_(line)),
            ("alternatives", arrow.list_(guess)),
        ]
    )
    version = arrow.struct(
        [
            ("version", whole),
            ("text", text),
            ("legibility", text),
            ("confidence", number),
            ("source", text),
            ("accepted", flag),
            ("decided_by", text),
            ("decided_at", text),
            ("reason", text),
        ]
    )
    shape = arrow.struct([("shape", text), ("probability", number)])
    columns = [
        ("photo", text),
        ("photo_sha256", text),
        ("note_id", text),
        ("sighting_id", text),
        ("rank", whole),
        ("board_id", text),
        ("board", text),
        ("polygon", polygon),
        ("shape", text),
        ("shape_probability", number),
        ("shapes", arrow.list_(shape)),
        ("meaning", text),
        ("colour", text),
        ("rgb", arrow.list_(whole)),
        ("text", text),
        ("legibility", text),
        ("outline", text),
        ("confidence", number),
        ("status", text),
        ("source", text),
        ("engines", arrow.list_(text)),
        ("detection_confidence", number),
        ("cut_off", flag),
        ("hidden", flag),
        ("sharpness", number),
        ("readings", arrow.list_(reading)),
        ("history", arrow.list_(version)),
    ]
    if pictures:
        columns.insert(0, ("image", arrow.struct([("bytes", arrow.binary()), ("path", text)])))
    return arrow.schema(columns)


def _features(arrow: Any, schema: Any) -> dict[str, Any]:
    """The columns as Hugging Face datasets describe them."""

    def feature(kind: Any) -> Any:
        if arrow.types.is_struct(kind):
            return {kind[index].name: feature(kind[index].type) for index in range(len(kind))}
        if arrow.types.is_list(kind):
            return [feature(kind.value_type)]
        name = "float64" if arrow.types.is_float64(kind) else str(kind)
        return {"dtype": name, "_type": "Value"}

    return {
        field.name: {"_type": "Image"} if field.name == "image" else feature(field.type)
        for field in schema
    }


def _rows(snapshot: Snapshot, pictures: Path | None) -> Iterator[dict[str, Any]]:
    names = board_names(snapshot)
    photos = {entry.photo.sha256: clean(entry.photo.name) for entry in snapshot.photos}
    for note, sighting, rank in exported(snapshot):
        row = _row(note, sighting)
        row["rank"] = rank
        row["photo"] = photos[sighting.photo_sha256]
        row["board"] = clean(names.get(note.board_id, "")) or None
        if pictures is not None:
            data = read_picture(pictures, sighting.crop) if sighting.crop else None
            row["image"] = data and {"bytes": data, "path": f"{sighting.sighting_id}.jpg"}
        yield row


def _row(note: NoteEntry, sighting: SightingEntry) -> dict[str, Any]:
    current = note.transcription
    detection = sighting.detection
    return {
        "photo_sha256": sighting.photo_sha256,
        "note_id": note.note_id,
        "sighting_id": sighting.sighting_id,
        "board_id": note.board_id,
        "polygon": [list(point) for point in detection.polygon],
        "shape": sighting.shape.shape.value,
        "shape_probability": sighting.shape.probability,
        "shapes": [
            {"shape": shape.value, "probability": probability}
            for shape, probability in sorted(sighting.shape.probabilities.items())
        ],
        "meaning": clean(note.meaning),
        "colour": sighting.colour.name,
        "rgb": list(sighting.colour.rgb),
        "text": text_or_none(current),
        "legibility": current.legibility.value,
        "outline": note.outline,
        "confidence": current.confidence,
        "status": note.status.value,
        "source": current.source.value,
        "engines": sorted({clean(reading.engine) for reading in sighting.readings}),
        "detection_confidence": detection.confidence,
        "cut_off": detection.cut_off,
        "hidden": detection.hidden,
        "sharpness": sighting.sharpness,
        "readings": [_reading(reading) for reading in sighting.readings],
        "history": [_version(version) for version in note.history],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "engine": clean(reading.engine),
        "engine_version": clean(reading.engine_version),
        "text": text_or_none(reading),
        "legibility": reading.legibility.value,
        "confidence": reading.confidence,
        "lines": [
            {
                "words": [
                    {"text": clean(word.text), "confidence": word.confidence} for word in line.words
                ],
                "polygon": [list(point) for point in line.polygon],
            }
            for line in reading.lines
        ],
        "alternatives": [
            {"text": clean(text), "probability": probability}
            for text, probability in reading.alternatives
        ],
    }


def _version(version: Transcription) -> dict[str, Any]:
    return {
        "version": version.version,
        "text": text_or_none(version),
        "legibility": version.legibility.value,
        "confidence": version.confidence,
        "source": version.source.value,
        "accepted": version.accepted,
        "decided_by": clean(version.decided_by),
        "decided_at": version.decided_at,
        "reason": clean(version.reason),
    }
