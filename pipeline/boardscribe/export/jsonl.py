"""JSON Lines: one object a sighting. The contract other programs read; keep it stable."""

from __future__ import annotations

import json
import re
from pathlib import Path

from boardscribe.export._output import output
from boardscribe.export._rows import NoteRow, note_rows
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["write_jsonl"]

# Legal in JSON, but Python's splitlines and others take them for the end of a line; and lone
# surrogates, which UTF-8 cannot hold.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def write_jsonl(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
) -> int:
    r"""Write all sightings that count to the file `out`.

    UTF-8 without byte order mark, one object a line, lines end with `\n`. Every text comes back
    exactly as it is stored when a JSON parser reads the line.

    Returns:
        the number of rows.

    Raises:
        InputError: `out` cannot be written.
    """
    rows = note_rows(snapshot)
    with output(out) as path, path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{_line(row)}\n" for row in rows)
    return len(rows)


def _line(row: NoteRow) -> str:
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
