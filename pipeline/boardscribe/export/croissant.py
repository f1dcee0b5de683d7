"""A Croissant dataset (1.0): JSON lines with a description that machine-learning tools read.

For dataset search engines and loaders (mlcroissant, TensorFlow Datasets): `croissant.json` says
what each column of each table is and which file, with its digest, holds it. Missing texts are
null, with the reason in `legibility`.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boardscribe.export._settings import ExportSettings
from boardscribe.export._tables import TABLES, Column, Table, write_jsonl
from boardscribe.export._view import clean, data_time
from boardscribe.export._write import digest_of, dump_json, marker, new_folder
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["write_croissant"]

# The context of the specification, which every Croissant file carries whole.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        name: f"cr:{name}"
        for name in [
            "citeAs",
            "column",
            "equivalentProperty",
            "extract",
            "field",
            "fileProperty",
            "fileObject",
            "fileSet",
            "format",
            "includes",
            "isLiveDataset",
            "jsonPath",
            "key",
            "md5",
            "parentField",
            "path",
            "recordSet",
            "references",
            "regex",
            "repeated",
            "replace",
            "samplingRate",
            "separator",
            "source",
            "subField",
            "transform",
        ]
    },
}

_TYPES = {
    "string": "sc:Text",
    "array": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
}


def write_croissant(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the folder `out`; returns the number of notes.

    Raises:
        InputError: `out` holds something else, or cannot be written.
    """
    time = data_time(snapshot)
    with new_folder(out, kind="croissant") as folder:
        rows = {}
        files = []
        for table in TABLES:
            path = folder / f"{table.name}.jsonl"
            rows[table.name] = write_jsonl(table, snapshot, path)
            files.append(_file(table, path))
        description: dict[str, Any] = {
            "@context": _CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": clean(snapshot.title) or "Workshop boards",
            "description": settings.description
            or f"{rows['notes']} notes on {rows['photos']} photographs of {rows['boards']} "
            f"workshop boards, transcribed. Privacy: {settings.redaction}.",
            "rai:personalSensitiveInformation": settings.redaction,
            "datePublished": time,
            "version": _version(time),
        }
        if settings.licence:
            description["license"] = settings.licence
        if settings.creator:
            description["creator"] = {"@type": "sc:Organization", "name": settings.creator}
        description["distribution"] = files
        description["recordSet"] = [_record_set(table) for table in TABLES]
        dump_json(folder / "croissant.json", description)
        marker(folder, kind="croissant", snapshot=snapshot, settings=settings)
    return rows["notes"]


def _version(time: str) -> str:
    """The day of the data in the form of a semantic version, which Croissant asks for."""
    year, month, day = time[:10].split("-")
    return f"{int(year)}.{int(month)}.{int(day)}"


def _file(table: Table, path: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "description": table.description,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/jsonlines",
        "sha256": digest_of(path),
    }


def _record_set(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{column}"} for column in table.key],
        "field": [_field(table, column) for column in table.columns],
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    note = " JSON text." if column.type == "array" else ""
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.description + note,
        # Readers of JSON lines take names that end so for times, whatever we say.
        "dataType": "sc:DateTime" if column.name.endswith("_at") else _TYPES[column.type],
        "source": {
            "fileObject": {"@id": f"{table.name}.jsonl"},
            "extract": {"column": column.name},
        },
    }
