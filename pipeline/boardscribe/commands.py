"""What every command shares, also those of other packages: common options, examples, exit codes.

A package adds commands to `boardscribe` by the entry point group `boardscribe.commands`: the
entry point's name is the name of the group of commands, its value a `typer.Typer`. The built-in
`review` comes in by the same door.

Imports of the pipeline are inside the functions: `--help` should not load OpenCV.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from boardscribe.options import Options
    from boardscribe.snapshot import Snapshot
    from boardscribe.workspace import Workspace

__all__ = ["EXIT_CODES", "GROUP", "ConfigOption", "WorkspaceOption", "examples", "read"]

GROUP = "boardscribe.commands"
"""Entry point group of further commands."""

EXIT_CODES = """Exit codes: 0 done; 1 a bug; 2 usage; 3 done, but some photos failed (the report
lists them); 4 mistake in boardscribe.toml; 5 the workspace cannot be used; 6 another process
holds the workspace; 7 a component is missing; 8 the review queue cannot be reached;
130 interrupted, what was finished is stored."""

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="Folder that keeps all results.",
        show_default=False,
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A boardscribe.toml: copied into a new workspace, used for this run of an old one.",
        show_default=False,
    ),
]


def examples(*lines: str) -> str:
    """Epilog of a command: examples a reader can copy, then the exit codes."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) + "\n\n" + EXIT_CODES


def read(
    path: Path, config: Path | None, *, name_readers: bool | None = None
) -> tuple[Workspace, Options, Snapshot]:
    """Open a workspace that must exist, without its lock.

    Args:
        path: its folder.
        config: a boardscribe.toml used in place of its own.
        name_readers: show the accounts of those who answered; as the options say by default.
    """
    from boardscribe.workspace import Workspace

    with Workspace.open(
        path, create=False, config=config, notify=lambda text: typer.echo(text, err=True)
    ) as space:
        options = space.options
        if name_readers is not None:
            review = options.review.model_copy(update={"name_readers": name_readers})
            options = options.model_copy(update={"review": review})
        return space, options, space.snapshot(options)
