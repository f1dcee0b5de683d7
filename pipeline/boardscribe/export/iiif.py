"""IIIF Presentation 3 with Web Annotations: for viewers such as Mirador and Universal Viewer.

A canvas is a photo in full-size pixels; each note is an annotation on it, with its outline as
SVG and its text as body. Notes without text have no text body: a body that classifies says
whether they are blank, illegible, hidden, cut off or were not attempted. Boards are ranges. All
versions of a text that was ever replaced are in `history/`, to which its annotation refers; in the
annotation itself a viewer would show them as if they were in force.

The folder is ready to be served; identifiers start with `ExportSettings.base_url`.
Source: https://iiif.io/api/presentation/3.0/ and https://www.w3.org/TR/annotation-model/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from boardscribe.errors import InputError
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    box,
    by_photo,
    clean,
    data_time,
    history_of,
    outline_fact,
    pixels,
    said,
    short_ids,
)
from boardscribe.export._write import copy_picture, dump_json, marker, new_folder
from boardscribe.options import Options
from boardscribe.records import Legibility, Photo, Polygon, Source
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["write_iiif"]

_CONTEXT = "http://iiif.io/api/presentation/3/context.json"
_SHOWN = {
    Legibility.BLANK: "[no text]",
    Legibility.ILLEGIBLE: "[illegible]",
    Legibility.HIDDEN: "[hidden]",
    Legibility.CUT_OFF: "[cut off]",
    Legibility.NOT_ATTEMPTED: "[not attempted]",
}
"""Labels of notes without text, for lists in viewers."""


def write_iiif(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write `manifest.json`, annotation pages and pictures; returns the number of annotations.

    Pictures are the workspace's previews. Without them, or when redacted, canvases are empty.

    Raises:
        InputError: `out` holds something else or cannot be written, the base URL is not one, or
            there are no photos: a manifest needs at least one canvas.
    """
    if not snapshot.photos:
        raise InputError(
            "an IIIF manifest needs at least one photo, and the workspace has none",
            remedy="Transcribe photographs first: boardscribe transcribe PHOTOS... -w DIR",
        )
    base = _base(settings.base_url)
    ids = short_ids(snapshot)
    shown = by_photo(snapshot)
    count = missing = 0
    canvases = []
    with new_folder(out, kind="iiif") as folder:
        (folder / "annotations").mkdir()
        for entry in snapshot.photos:
            name = ids[entry.photo.sha256]
            notes = shown[entry.photo.sha256]
            canvas = _canvas(base, name, entry)
            if _picture(folder, name, entry, settings.pictures):
                canvas["items"] = [_painting(base, name, entry)]
                canvas["thumbnail"] = [_image(base, name, entry)]
            else:
                missing += 1
            if notes:
                page = f"{base}annotations/{name}.json"
                canvas["annotations"] = [{"id": page, "type": "AnnotationPage"}]
                annotations = [
                    _annotation(base, name, entry.photo, note, sighting) for note, sighting in notes
                ]
                _histories(folder, base, name, notes, annotations)
                dump_json(
                    folder / "annotations" / f"{name}.json",
                    {
                        "@context": _CONTEXT,
                        "id": page,
                        "type": "AnnotationPage",
                        "items": annotations,
                    },
                )
                count += len(notes)
            canvases.append(canvas)
        dump_json(folder / "manifest.json", _manifest(base, snapshot, canvases, ids, settings))
        marker(
            folder,
            kind="iiif",
            snapshot=snapshot,
            settings=settings,
            photos_without_picture=missing,
        )
    return count


def _histories(
    folder: Path,
    base: str,
    name: str,
    notes: Sequence[tuple[NoteEntry, SightingEntry]],
    annotations: Sequence[dict[str, Any]],
) -> None:
    """Write all versions of the texts that were ever replaced, by annotation, and refer to them."""
    versions = {}
    for (note, _), annotation in zip(notes, annotations, strict=True):
        if found := history_of(note):
            versions[annotation["id"]] = found
            annotation["seeAlso"] = [
                {
                    "id": f"{base}history/{name}.json",
                    "type": "Dataset",
                    "label": {"en": ["All versions of this text"]},
                    "format": "application/json",
                }
            ]
    if versions:
        (folder / "history").mkdir(exist_ok=True)
        dump_json(folder / "history" / f"{name}.json", versions)


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise InputError(
            f"{url!r} is not a web address",
            remedy="Give the address the folder will be served from, such as "
            "https://archive.example/boards/.",
        )
    return url if url.endswith("/") else f"{url}/"


def _say(text: str) -> dict[str, list[str]]:
    return {"none": [clean(text)]}


def _fact(label: str, value: str) -> dict[str, Any]:
    return {"label": {"en": [label]}, "value": _say(value)}


def _manifest(
    base: str,
    snapshot: Snapshot,
    canvases: list[dict[str, Any]],
    ids: Mapping[str, str],
    settings: ExportSettings,
) -> dict[str, Any]:
    facts = [
        _fact("Notes", str(sum(1 for _ in snapshot.counted()))),
        _fact("Data of", data_time(snapshot)),
        _fact("Privacy", settings.redaction),
    ]
    if settings.creator:
        facts.append(_fact("Published by", settings.creator))
    manifest: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": f"{base}manifest.json",
        "type": "Manifest",
        "label": _say(snapshot.title or "Workshop boards"),
        "metadata": facts,
        "items": canvases,
    }
    if settings.description:
        manifest["summary"] = _say(settings.description)
    if settings.licence:
        manifest["requiredStatement"] = _fact("Licence", settings.licence)
        # IIIF takes only licences of Creative Commons and RightsStatements.org here.
        if urlsplit(settings.licence).netloc in {"creativecommons.org", "rightsstatements.org"}:
            manifest["rights"] = settings.licence.replace("https://", "http://")
    ranges = []
    for number, board in enumerate(snapshot.boards, start=1):
        members = [
            {"id": _canvas_id(base, ids[entry.photo.sha256]), "type": "Canvas"}
            for entry in snapshot.photos
            if entry.board_id == board.board_id
        ]
        if members:
            ranges.append(
                {
                    "id": f"{base}range/{number}",
                    "type": "Range",
                    "label": _say(board.name),
                    "items": members,
                }
            )
    if ranges:
        manifest["structures"] = ranges
    return manifest


def _canvas_id(base: str, name: str) -> str:
    return f"{base}canvas/{name}"


def _canvas(base: str, name: str, entry: PhotoEntry) -> dict[str, Any]:
    return {
        "id": _canvas_id(base, name),
        "type": "Canvas",
        "label": _say(entry.photo.name),
        "width": entry.photo.width,
        "height": entry.photo.height,
        "metadata": [_fact("SHA-256 of the original", entry.photo.sha256)],
        "items": [],
    }


def _image(base: str, name: str, entry: PhotoEntry) -> dict[str, Any]:
    return {
        "id": f"{base}images/{name}.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": max(1, round(entry.photo.width * entry.preview_scale)),
        "height": max(1, round(entry.photo.height * entry.preview_scale)),
    }


def _picture(folder: Path, name: str, entry: PhotoEntry, workspace: Path | None) -> bool:
    if workspace is None or entry.preview is None:
        return False
    return copy_picture(workspace, entry.preview, folder / "images" / f"{name}.jpg")


def _painting(base: str, name: str, entry: PhotoEntry) -> dict[str, Any]:
    return {
        "id": f"{base}painting/{name}",
        "type": "AnnotationPage",
        "items": [
            {
                "id": f"{base}painting/{name}/image",
                "type": "Annotation",
                "motivation": "painting",
                "body": _image(base, name, entry),
                "target": _canvas_id(base, name),
            }
        ],
    }


def _annotation(
    base: str, name: str, photo: Photo, note: NoteEntry, sighting: SightingEntry
) -> dict[str, Any]:
    current = note.transcription
    text = said(current)
    bodies: list[dict[str, Any]] = []
    if text:
        bodies.append(
            {
                "type": "TextualBody",
                "value": text,
                "format": "text/plain",
                "purpose": "supplementing",
            }
        )
    facts = {
        "meaning": note.meaning,
        "legibility": current.legibility.value,
        "status": note.status.value,
        "source": current.source.value,
        "shape": sighting.shape.shape.value,
        "colour": sighting.colour.name,
        "confidence": f"{current.confidence:.4f}",
        **outline_fact(note),
    }
    bodies += [
        {
            "type": "TextualBody",
            "value": clean(f"{fact}: {value}"),
            "format": "text/plain",
            "purpose": "tagging",
        }
        for fact, value in facts.items()
    ]
    annotation: dict[str, Any] = {
        "id": f"{base}annotations/{name}/{quote(sighting.sighting_id, safe='')}",
        "type": "Annotation",
        "motivation": ["supplementing"] if text else ["tagging"],
        "label": _say(text or _SHOWN.get(current.legibility, "[no text]")),
        "body": bodies,
        "target": {
            "type": "SpecificResource",
            "source": _canvas_id(base, name),
            "selector": [
                {
                    "type": "FragmentSelector",
                    "conformsTo": "http://www.w3.org/TR/media-frags/",
                    "value": "xywh={},{},{},{}".format(*box(sighting.detection.polygon, photo)),
                },
                {"type": "SvgSelector", "value": _svg(sighting.detection.polygon)},
            ],
        },
    }
    if current.decided_at:
        annotation["modified"] = current.decided_at
    if current.source is not Source.MACHINE:
        annotation["creator"] = {"type": "Person", "name": clean(current.decided_by)}
    return annotation


def _svg(polygon: Polygon) -> str:
    points = " ".join(f"{pixels(x)},{pixels(y)}" for x, y in polygon)
    return f'<svg xmlns="http://www.w3.org/2000/svg"><polygon points="{points}"/></svg>'
