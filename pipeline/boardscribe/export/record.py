"""The published record: Markdown, or one HTML page where the file's name says so."""

from __future__ import annotations

from pathlib import Path

from boardscribe.export._output import output
from boardscribe.options import Options
from boardscribe.record import render_html, render_markdown
from boardscribe.snapshot import Snapshot

__all__ = ["write_record"]

_HTML = frozenset((".htm", ".html", ".xhtml"))


def write_record(snapshot: Snapshot, options: Options, out: Path) -> int:
    """Write the record to publish.

    Args:
        snapshot: what the workspace knows.
        options: the legend, and the introduction from `[record]`.
        out: the file; HTML where it ends in `.html`, otherwise Markdown.

    Returns:
        the number of notes in it.

    Raises:
        InputError: `out` cannot be written.
    """
    render = render_html if out.suffix.lower() in _HTML else render_markdown
    with output(out) as path:
        path.write_text(render(snapshot, options), encoding="utf-8", errors="backslashreplace")
    return sum(1 for _ in snapshot.counted())
