"""Exports: a snapshot of the workspace to files that other programs read. One module a format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from boardscribe.errors import InputError
from boardscribe.export._settings import ExportSettings
from boardscribe.export.alto import write_alto
from boardscribe.export.bagit import write_bagit
from boardscribe.export.coco import write_coco
from boardscribe.export.croissant import write_croissant
from boardscribe.export.csvfile import write_csv
from boardscribe.export.frictionless import write_frictionless
from boardscribe.export.hf import write_hf
from boardscribe.export.hocr import write_hocr
from boardscribe.export.iiif import write_iiif
from boardscribe.export.jsonl import write_jsonl
from boardscribe.export.page import write_page
from boardscribe.export.parquet import write_parquet
from boardscribe.export.record import write_record
from boardscribe.export.ro_crate import write_ro_crate
from boardscribe.export.tei import write_tei
from boardscribe.options import Options
from boardscribe.privacy import redact as redacted
from boardscribe.snapshot import Snapshot

__all__ = ["FOLDERS", "FORMATS", "ExportSettings", "Writer", "notes_schema", "write_export"]


class Writer(Protocol):
    """Writes one format; returns the number of rows, notes or annotations written."""

    def __call__(
        self, snapshot: Snapshot, options: Options, out: Path, *, settings: ExportSettings
    ) -> int:
        """Write `out`, whole or not at all."""


def _plain(write: Callable[[Snapshot, Options, Path], int]) -> Writer:
    """A format that needs no settings: it has no pictures and no place to name a publisher."""

    def writer(
        snapshot: Snapshot,
        options: Options,
        out: Path,
        *,
        settings: ExportSettings,  # noqa: ARG001 - every format has the same signature
    ) -> int:
        return write(snapshot, options, out)

    return writer


FORMATS: Mapping[str, Writer] = MappingProxyType(
    {
        "alto": write_alto,
        "bagit": write_bagit,
        "coco": write_coco,
        "croissant": write_croissant,
        "csv": _plain(write_csv),
        "frictionless": write_frictionless,
        "hf": write_hf,
        "hocr": write_hocr,
        "iiif": write_iiif,
        "jsonl": _plain(write_jsonl),
        "page": write_page,
        "parquet": write_parquet,
        "record": _plain(write_record),
        "ro-crate": write_ro_crate,
        "tei": write_tei,
    }
)
"""Writers by the name the command line gives them; docs/exports.md says for whom each is."""

FOLDERS = frozenset(
    {"alto", "bagit", "croissant", "frictionless", "hf", "iiif", "page", "ro-crate"}
)
"""Formats that write a folder; the others write a file."""


def write_export(
    snapshot: Snapshot,
    options: Options,
    *,
    format: str,  # noqa: A002
    out: Path,
    settings: ExportSettings | None = None,
    redact: bool = False,
) -> int:
    """Write the notes as a dataset.

    The same workspace always gives the same bytes. The file or folder appears whole or not at
    all; doubtful sightings are left out.

    Args:
        snapshot: what the workspace knows.
        options: the workspace's options.
        format: one of `FORMATS`.
        out: the file or folder to write. An existing file is replaced; a folder only where it is
            empty or a former export of the same format.
        settings: where pictures are, who publishes; None means no pictures.
        redact: replace likely names, e-mail addresses and telephone numbers, and leave out all
            pictures.

    Returns:
        the number of rows, notes or annotations written.

    Raises:
        InputError: there is no such format, or `out` cannot be written.
        MissingComponentError: a library that only exports need is not installed.
    """
    writer = FORMATS.get(format)
    if writer is None:
        raise InputError(
            f"there is no export format {format!r}",
            remedy=f"Choose one of: {', '.join(sorted(FORMATS))}.",
        )
    settings = settings or ExportSettings()
    if redact and not settings.redacted:
        snapshot = redacted(snapshot)
        settings = replace(settings, redacted=True)
    return writer(snapshot, options, out, settings=settings)


def notes_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line of the JSON Lines export."""
    file = resources.files("boardscribe") / "schema" / "notes.schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(schema, dict)
    return schema
