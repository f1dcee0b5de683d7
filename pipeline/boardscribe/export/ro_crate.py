"""An RO-Crate 1.1: the dataset with its provenance, for research data repositories.

The tables as CSV, the pictures where they may leave, `provenance.jsonld` (W3C PROV: which photo,
which engine and whose decision each word comes from), and a description of all of it that
repositories such as Zenodo, Dataverse and WorkflowHub read.

Source: https://w3id.org/ro/crate/1.1.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boardscribe._version import __version__
from boardscribe.export._provenance import agents, photo_id, write_provenance
from boardscribe.export._settings import ExportSettings
from boardscribe.export._tables import TABLES, write_csv
from boardscribe.export._view import as_utc, clean, data_time, exported, short_ids, xml_id
from boardscribe.export._write import component, copy_picture, dump_json, marker, new_folder
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["copy_pictures", "write_ro_crate"]

_METADATA = "ro-crate-metadata.json"


def write_ro_crate(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the folder `out`; returns the number of notes.

    Raises:
        InputError: `out` holds something else, or cannot be written.
        MissingComponentError: rocrate is not installed.
    """
    rocrate = component("rocrate.rocrate", kind="ro-crate")
    with new_folder(out, kind="ro-crate") as folder:
        crate = rocrate.ROCrate(gen_preview=False, version="1.1")
        rows = _files(crate, folder, snapshot)
        _pictures(crate, folder, snapshot, settings)
        _describe(crate, snapshot, settings, rows)
        _context(crate, snapshot)
        crate.metadata.write(folder)
        _settle(folder / _METADATA)
        marker(folder, kind="ro-crate", snapshot=snapshot, settings=settings)
    return rows["notes"]


def _files(crate: Any, folder: Path, snapshot: Snapshot) -> dict[str, int]:
    rows = {}
    for table in TABLES:
        path = folder / f"{table.name}.csv"
        rows[table.name] = write_csv(table, snapshot, path)
        columns = " ".join(f"{column.name}: {column.description}" for column in table.columns)
        _file(crate, path, table.name, f"{table.description} {columns}", "text/csv")
    path = folder / "provenance.jsonld"
    write_provenance(snapshot, path)
    _file(
        crate,
        path,
        "provenance",
        "W3C PROV: the photo, sighting, readings and decisions that each text comes from.",
        "application/ld+json",
    )["conformsTo"] = {"@id": "http://www.w3.org/ns/prov-o#"}
    return rows


def _file(crate: Any, path: Path, name: str, description: str, kind: str) -> Any:
    return crate.add_file(
        str(path),
        dest_path=path.name,
        properties={
            "name": name,
            "description": description,
            "encodingFormat": kind,
            "contentSize": str(path.stat().st_size),
        },
    )


def _pictures(crate: Any, folder: Path, snapshot: Snapshot, settings: ExportSettings) -> None:
    crops, previews = copy_pictures(folder, snapshot, settings)
    for name, count, description in (
        ("crops", crops, "notes cut out and straightened; file names are sighting identifiers"),
        ("photos", previews, "photographs, upright and reduced; named by their SHA-256"),
    ):
        if count:
            crate.add_directory(
                str(folder / name),
                dest_path=f"{name}/",
                properties={"name": name, "description": f"{count} pictures: {description}."},
            )


def copy_pictures(folder: Path, snapshot: Snapshot, settings: ExportSettings) -> tuple[int, int]:
    """Copy crops and previews into `crops/` and `photos/`; returns how many of each."""
    workspace = settings.pictures
    if workspace is None:
        return 0, 0
    ids = short_ids(snapshot)
    crops = sum(
        copy_picture(workspace, sighting.crop, folder / "crops" / crop_name(sighting.sighting_id))
        for _, sighting, _ in exported(snapshot)
        if sighting.crop
    )
    previews = sum(
        copy_picture(workspace, entry.preview, folder / "photos" / f"{ids[entry.photo.sha256]}.jpg")
        for entry in snapshot.photos
        if entry.preview
    )
    return crops, previews


def crop_name(sighting_id: str) -> str:
    """File name of a crop, safe whatever the identifier is."""
    return f"{xml_id('s', sighting_id)}.jpg"


def _describe(
    crate: Any, snapshot: Snapshot, settings: ExportSettings, rows: dict[str, int]
) -> None:
    crate.name = clean(snapshot.title) or "Workshop boards"
    crate.description = settings.description or (
        f"{rows['notes']} notes on {rows['photos']} photographs of {rows['boards']} workshop "
        f"boards, transcribed. Privacy: {settings.redaction}."
    )
    crate.datePublished = datetime.fromisoformat(data_time(snapshot))
    crate.root_dataset["usageInfo"] = f"Privacy: {settings.redaction}."
    entity = component("rocrate.model.contextentity", kind="ro-crate").ContextEntity
    known = bool(urlsplit(settings.licence).scheme)
    crate.license = crate.add(
        entity(
            crate,
            settings.licence if known else "#licence",
            properties={
                "@type": "CreativeWork",
                "name": settings.licence or "No licence is stated.",
            },
        )
    )
    if settings.creator:
        publisher = crate.add(
            entity(
                crate,
                "#publisher",
                properties={"@type": "Organization", "name": settings.creator},
            )
        )
        crate.publisher = publisher
        crate.root_dataset["author"] = publisher


def _context(crate: Any, snapshot: Snapshot) -> None:
    """People, the software and the runs that made the dataset."""
    entity = component("rocrate.model.contextentity", kind="ro-crate").ContextEntity
    person = component("rocrate.model.person", kind="ro-crate").Person

    def add(identifier: str, **properties: object) -> Any:
        return crate.add(entity(crate, identifier, properties=properties))

    software = add(
        "#boardscribe",
        **{"@type": "SoftwareApplication", "name": "boardscribe", "version": __version__},
    )
    people = [
        crate.add(person(crate, identifier, properties={"name": name}))
        for identifier, name in sorted(agents(snapshot).items())
    ]
    if people:
        crate.root_dataset["contributor"] = people
    photos = [
        add(
            photo_id(entry.photo.sha256),
            **{
                "@type": "ImageObject",
                "name": clean(entry.photo.name),
                "width": entry.photo.width,
                "height": entry.photo.height,
                "sha256": entry.photo.sha256,
            },
        )
        for entry in snapshot.photos
    ]
    results = [crate.dereference(f"{table.name}.csv") for table in TABLES]
    for number, run in enumerate(reversed(snapshot.runs), start=1):
        action: dict[str, object] = {
            "@type": "CreateAction",
            "name": f"boardscribe transcribe, run {number}",
            "startTime": as_utc(run.started_at),
            "instrument": software,
            "result": results,
            "description": f"boardscribe {run.version}: {run.done} photos done, "
            f"{run.skipped} skipped, {len(run.failures)} failed",
        }
        if run.finished_at:
            action["endTime"] = as_utc(run.finished_at)
        if number == len(snapshot.runs) and photos:
            action["object"] = photos
        add(f"#run-{number}", **action)


def _settle(path: Path) -> None:
    """Sort the graph, so that the same workspace gives the same bytes."""
    data = json.loads(path.read_text(encoding="utf-8"))
    first = [node for node in data["@graph"] if node["@id"] in {"./", _METADATA}]
    others = [node for node in data["@graph"] if node not in first]
    data["@graph"] = sorted(first, key=lambda node: str(node["@id"]), reverse=True) + sorted(
        others, key=lambda node: str(node["@id"])
    )
    dump_json(path, data)
