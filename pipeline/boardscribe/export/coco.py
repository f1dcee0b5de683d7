"""COCO, one JSON file: to train and measure detectors, or to label further.

Each sure sighting is an annotation with its outline as polygon; the category is its shape.
What COCO has no word for (text, legibility, response type) is in `attributes`, as labelling
tools such as CVAT write it; a missing text is null there, with the reason in `legibility`, and
`history` has all versions of a text that was ever replaced.

Source: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boardscribe._version import __version__
from boardscribe.export._output import output
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    board_names,
    box,
    clean,
    data_time,
    exported,
    history_of,
    text_or_none,
)
from boardscribe.options import Options
from boardscribe.records import Photo, Polygon, Shape
from boardscribe.snapshot import NoteEntry, SightingEntry, Snapshot

__all__ = ["write_coco"]

_CATEGORIES = {shape: number for number, shape in enumerate(Shape, start=1)}


def write_coco(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the COCO file `out`; returns the number of annotations.

    Raises:
        InputError: `out` cannot be written.
    """
    names = board_names(snapshot)
    photos = {
        entry.photo.sha256: (number, entry.photo)
        for number, entry in enumerate(snapshot.photos, start=1)
    }
    head = {
        "info": {
            "description": clean(settings.description or snapshot.title),
            "version": data_time(snapshot),
            "year": int(data_time(snapshot)[:4]),
            "contributor": settings.creator,
            "date_created": data_time(snapshot),
            "generator": f"boardscribe {__version__}",
            "privacy": settings.redaction,
        },
        "licenses": [{"id": 1, "name": settings.licence or "none stated", "url": settings.licence}],
        "categories": [
            {"id": number, "name": shape.value, "supercategory": "note"}
            for shape, number in _CATEGORIES.items()
        ],
        "images": [
            {
                "id": number,
                "file_name": clean(photo.name),
                "width": photo.width,
                "height": photo.height,
                "license": 1,
                "date_captured": photo.taken_at or "",
                "sha256": photo.sha256,
            }
            for number, photo in photos.values()
        ],
    }
    count = 0
    with output(out) as path, path.open("w", encoding="utf-8", errors="replace") as file:
        # Written piece by piece: twenty thousand annotations need not be in memory at once.
        file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}"))
        file.write(',\n "annotations": [')
        for annotation in _annotations(snapshot, photos, names):
            file.write(",\n" if count else "\n")
            count += 1
            file.write(json.dumps({"id": count, **annotation}, ensure_ascii=False))
        file.write("\n ]\n}\n")
    return count


def _annotations(
    snapshot: Snapshot, photos: dict[str, tuple[int, Photo]], names: dict[str | None, str]
) -> Iterator[dict[str, Any]]:
    for note, sighting, rank in exported(snapshot):
        number, photo = photos[sighting.photo_sha256]
        polygon = sighting.detection.polygon
        yield {
            "image_id": number,
            "category_id": _CATEGORIES[sighting.shape.shape],
            "segmentation": [[round(value, 2) for point in polygon for value in point]],
            "area": round(_area(polygon), 2),
            "bbox": list(box(polygon, photo)),
            "iscrowd": 0,
            "attributes": _attributes(note, sighting, rank, names.get(note.board_id)),
        }


def _attributes(
    note: NoteEntry, sighting: SightingEntry, rank: int, board: str | None
) -> dict[str, Any]:
    current = note.transcription
    return {
        "sighting_id": sighting.sighting_id,
        "note_id": note.note_id,
        "rank": rank,
        "board": board,
        "meaning": note.meaning,
        "colour": sighting.colour.name,
        "text": text_or_none(current),
        "legibility": current.legibility.value,
        "outline": note.outline,
        "confidence": current.confidence,
        "status": note.status.value,
        "source": current.source.value,
        "shape_probability": sighting.shape.probability,
        "detection_confidence": sighting.detection.confidence,
        "cut_off": sighting.detection.cut_off,
        "hidden": sighting.detection.hidden,
        "history": history_of(note),
    }


def _area(polygon: Polygon) -> float:
    following = (*polygon[1:], *polygon[:1])
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True))) / 2
