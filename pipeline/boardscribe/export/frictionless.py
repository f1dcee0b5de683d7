"""A Frictionless Data Package (v2): CSV tables with their data dictionary.

For data repositories and for anyone with a spreadsheet: the tables open anywhere, and
`datapackage.json` says what each column is, which columns link the tables, and that an empty
cell is a missing value. Cells are guarded against being taken for formulas.

Source: https://datapackage.org/standard/data-package/ (2.0).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boardscribe.export._settings import ExportSettings
from boardscribe.export._tables import TABLES, Column, Table, write_csv
from boardscribe.export._view import clean, data_time
from boardscribe.export._write import digest_of, dump_json, marker, new_folder
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["resource", "write_frictionless"]

_PROFILE = "https://datapackage.org/profiles/2.0/"
_GUARD = (
    " A cell that begins with = + - @, a tab, a carriage return or an apostrophe has an "
    "apostrophe in front, so that no spreadsheet takes it for a formula: take one away."
)


def write_frictionless(
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
    with new_folder(out, kind="frictionless") as folder:
        resources = []
        rows = {}
        for table in TABLES:
            path = folder / f"{table.name}.csv"
            rows[table.name] = write_csv(table, snapshot, path)
            resources.append(resource(table, path))
        package: dict[str, Any] = {
            "$schema": f"{_PROFILE}datapackage.json",
            "name": "boardscribe-notes",
            "title": clean(snapshot.title),
            "description": settings.description
            or f"{rows['notes']} notes on {rows['photos']} photographs of "
            f"{rows['boards']} workshop boards. Privacy: {settings.redaction}.",
            "version": data_time(snapshot),
            "created": data_time(snapshot),
        }
        if settings.creator:
            package["contributors"] = [{"title": settings.creator, "roles": ["creator"]}]
        if settings.licence:
            key = "path" if urlsplit(settings.licence).scheme else "name"
            package["licenses"] = [{key: settings.licence}]
        package["resources"] = resources
        package["privacy"] = settings.redaction
        dump_json(folder / "datapackage.json", package)
        marker(folder, kind="frictionless", snapshot=snapshot, settings=settings)
    return rows["notes"]


def resource(table: Table, path: Path) -> dict[str, Any]:
    """The descriptor of one CSV table that lies beside `datapackage.json`."""
    return {
        "$schema": f"{_PROFILE}dataresource.json",
        "name": table.name,
        "type": "table",
        "path": path.name,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest_of(path)}",
        "schema": {
            "$schema": f"{_PROFILE}tableschema.json",
            "fields": [_field(column) for column in table.columns],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {"fields": [column], "reference": {"resource": other, "fields": [its]}}
                for column, (other, its) in table.links.items()
            ],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    guard = _GUARD if column.type == "string" else ""
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "description": column.description + guard,
    }
    if column.required:
        field["constraints"] = {"required": True}
    return field
