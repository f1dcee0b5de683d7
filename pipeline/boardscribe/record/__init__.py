"""The published record: written from a workspace, read back, and brought up to date.

A record lists what boards said: per board its heading and count, the notes by response type, with
gaps where the photographs could not be read. `render_markdown` and `render_html` write one from a
`boardscribe.snapshot.Snapshot`; `parse` understands one, however irregular; `match` finds its
notes on the photographs; `update` answers its gaps; `write_changes` writes the updated record and
a change report. See `docs/record.md` and `docs/decisions/0006-record.md`.
"""

from boardscribe.record.changes import changes_data, write_changes
from boardscribe.record.matching import Match, match
from boardscribe.record.parsing import describe, parse
from boardscribe.record.rendering import render_html, render_markdown, render_published
from boardscribe.record.updating import Update, update

__all__ = [
    "Match",
    "Update",
    "changes_data",
    "describe",
    "match",
    "parse",
    "render_html",
    "render_markdown",
    "render_published",
    "update",
    "write_changes",
]
