"""The application that the modules of commands add themselves to."""

from __future__ import annotations

import typer

from boardscribe.commands import EXIT_CODES, ConfigOption, WorkspaceOption, examples, read

__all__ = ["EXIT_CODES", "ConfigOption", "WorkspaceOption", "app", "examples", "read"]

app = typer.Typer(
    name="boardscribe",
    help="Photographs of workshop boards in; a checked, citable record of every note out.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
