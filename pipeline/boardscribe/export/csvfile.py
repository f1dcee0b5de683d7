"""CSV: the same columns as the JSON Lines, for spreadsheets."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from boardscribe.export._output import output
from boardscribe.export._rows import COLUMNS, NoteRow, note_rows
from boardscribe.export._view import clean
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["escape", "unescape", "write_csv"]

_ACTIVE = frozenset("=+-@\t\r'")


def write_csv(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
) -> int:
    """Write all sightings that count to the file `out`.

    UTF-8 with byte order mark, without which Excel takes it for Windows-1252 and garbles every
    umlaut; quoting and line ends as RFC 4180 says. `polygon` and `engines` are JSON text. Where
    there is no board or heading the cell is empty. Text cells go through `escape`; a lone
    surrogate, which UTF-8 cannot hold, becomes U+FFFD.

    Returns:
        the number of rows.

    Raises:
        InputError: `out` cannot be written.
    """
    rows = note_rows(snapshot)
    with output(out) as path, path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(_cells(row) for row in rows)
    return len(rows)


def escape(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Text that begins with `=`, `+`, `-`, `@`, a tab, a carriage return or an apostrophe gets an
    apostrophe in front; `unescape` takes it away.
    """
    return f"'{text}" if text[:1] in _ACTIVE else text


def unescape(cell: str) -> str:
    """The text of a cell that `escape` wrote.

    Example:
        >>> unescape(escape("=1+1"))
        '=1+1'
    """
    return cell.removeprefix("'")


def _cells(row: NoteRow) -> dict[str, str]:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return escape(clean(value))
    if isinstance(value, list):
        return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    return repr(value)
