"""Commands that write what was found for others: datasets, the published record, provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boardscribe.cli._common import ConfigOption, WorkspaceOption, app, examples, read

__all__ = ["export"]


@app.command(
    epilog=examples(
        "boardscribe export -w workshop/ --format jsonl -o notes.jsonl",
        "boardscribe export -w workshop/ --format csv -o notes.csv",
    )
)
def export(
    workspace: WorkspaceOption,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="File to write.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="NAME", help="jsonl or csv.")
    ] = "jsonl",
    config: ConfigOption = None,
) -> None:
    """Write the notes as a dataset."""
    from boardscribe.export import write_export

    _, options, snapshot = read(workspace, config)
    rows = write_export(snapshot, options, format=format_, out=out)
    typer.echo(f"{rows} rows written to {out}")
