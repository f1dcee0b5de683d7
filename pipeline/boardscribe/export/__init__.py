"""Exports: a snapshot of the workspace to files that other programs read. One module a format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from boardscribe.errors import InputError
from boardscribe.export.csvfile import write_csv
from boardscribe.export.jsonl import write_jsonl
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["FORMATS", "notes_schema", "write_export"]

FORMATS: Mapping[str, Callable[[Snapshot, Options, Path], int]] = MappingProxyType(
    {"csv": write_csv, "jsonl": write_jsonl}
)
"""Writers by the name the command line gives them; each returns the number of rows written."""


def write_export(snapshot: Snapshot, options: Options, *, format: str, out: Path) -> int:  # noqa: A002
    """Write the notes as a dataset.

    The same snapshot always gives the same bytes. The file appears whole or not at all.

    Args:
        snapshot: what the workspace knows.
        options: the workspace's options.
        format: one of `FORMATS`.
        out: the file to write; an existing one is replaced.

    Returns:
        the number of rows written.

    Raises:
        InputError: there is no such format, or `out` cannot be written.
    """
    writer = FORMATS.get(format)
    if writer is None:
        raise InputError(
            f"there is no export format {format!r}",
            remedy=f"Choose one of: {', '.join(sorted(FORMATS))}.",
        )
    return writer(snapshot, options, out)


def notes_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line of the JSON Lines export."""
    file = resources.files("boardscribe") / "schema" / "notes.schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(schema, dict)
    return schema
