"""The command line: thin, and the one place that turns errors into exit codes."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from boardscribe._version import __version__
from boardscribe.cli import _calibrate, _publish, _run, _split
from boardscribe.cli._common import app
from boardscribe.commands import GROUP
from boardscribe.errors import BoardscribeError, ExitCode

__all__ = ["app", "main"]

_COMMANDS = (_run, _publish, _calibrate, _split)
"""Modules whose import adds their commands to `app`."""


def _add_plugins() -> None:
    """Add the groups of commands of other packages; a broken one must not break the rest."""
    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: e.name):
        try:
            app.add_typer(entry.load(), name=entry.name)
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises when it is imported
            typer.echo(
                f"boardscribe: the commands `{entry.name}` cannot be loaded: {error}", err=True
            )


_add_plugins()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"boardscribe {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Options of the program itself."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, never raises for an expected error."""
    return _guarded(lambda: app(args=arguments, standalone_mode=False))


def _guarded(command: Callable[[], object]) -> int:
    result: object
    try:
        result = command()
    except typer.Abort:
        result = ExitCode.INTERRUPTED
    except typer.TyperException as error:
        if hasattr(error, "show"):
            error.show()
        else:
            typer.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except BoardscribeError as error:
        typer.echo(f"boardscribe: {error.message}", err=True)
        if error.remedy:
            typer.echo(f"  {error.remedy}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; keep the interpreter from complaining.
        sys.stderr.close()
        return ExitCode.OK
    if result == ExitCode.INTERRUPTED:  # Typer turns Ctrl-C into this exit code
        typer.echo("Interrupted. What was finished is stored; run it again to go on.", err=True)
    return result if isinstance(result, int) else ExitCode.OK
