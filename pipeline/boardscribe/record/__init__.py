"""The published record: written from a workspace, read back, and brought up to date.

A record lists what boards said: per board its heading and count, the notes by response type, with
gaps where the photographs could not be read. `render_markdown` and `render_html` write one from a
`boardscribe.snapshot.Snapshot`; `parse` understands one, however irregular; `match` finds its
notes on the photographs; `update` answers its gaps; `write_changes` writes the updated record and
a change report, `write_questions` what `review push` asks people, and `confirm` keeps what they
say about a match. See `docs/record.md` and `docs/decisions/0006-record.md`.
"""

from boardscribe.record.changes import changes_data, write_changes
from boardscribe.record.confirmed import Confirmed, confirm, read_confirmed
from boardscribe.record.matching import Match, match
from boardscribe.record.parsing import describe, parse
from boardscribe.record.questions import Proposal, read_questions, write_questions
from boardscribe.record.rendering import render_html, render_markdown, render_published
from boardscribe.record.updating import Update, update

__all__ = [
    "Confirmed",
    "Match",
    "Proposal",
    "Update",
    "changes_data",
    "confirm",
    "describe",
    "match",
    "parse",
    "read_confirmed",
    "read_questions",
    "render_html",
    "render_markdown",
    "render_published",
    "update",
    "write_changes",
    "write_questions",
]
