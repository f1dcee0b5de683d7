"""Commands of the Label Studio queue: start a server, stop it, use one that is there."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from boardscribe.commands import ConfigOption, WorkspaceOption, examples
from boardscribe_review.cli._common import app

if TYPE_CHECKING:
    from boardscribe.workspace import Workspace
    from boardscribe_review.server import Running

__all__ = ["connect", "down", "up"]


@app.command(epilog=examples("boardscribe review up -w workshop/"))
def up(
    workspace: WorkspaceOption,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1,
            max=65535,
            metavar="NUMBER",
            help="Port to serve at. Default: that of the last time, or the first free one.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Start a private Label Studio on this machine, and put the workspace on it.

    It answers on this machine only, and no request leaves the machine. One that runs already is
    used; the first start installs it and takes some minutes.
    """
    from boardscribe.workspace import Workspace
    from boardscribe_review import labelstudio, server

    with Workspace.open(workspace, create=False, config=config, notify=_say) as space:
        running = server.start(port=port, notify=_say)
        with space.hold(_say), labelstudio.connect_local(space, running) as queue:
            address, name = queue.address, queue.name
        _say_left_behind(space, name)
    typer.echo(f"Label Studio: {running.url}")
    typer.echo(f"Answer at:    {address}")
    _print_login(running)
    typer.echo("\nNext: boardscribe review push, then pull. Stop it: boardscribe review down")


@app.command(epilog=examples("boardscribe review down"))
def down() -> None:
    """Stop the Label Studio of this machine; its data stay for the next start."""
    from boardscribe_review import server

    typer.echo("Label Studio is stopped." if server.stop() else "Label Studio did not run.")


@app.command(
    epilog=examples(
        "export BOARDSCRIBE_LABEL_STUDIO_TOKEN=...",
        "boardscribe review connect https://labels.example.org -w workshop/",
    )
)
def connect(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of the server.")],
    workspace: WorkspaceOption,
    config: ConfigOption = None,
) -> None:
    """Put the workspace on a Label Studio server that somebody else runs.

    The token comes from the environment or the keyring; it is never an option, never printed and
    never kept in the workspace. Pictures are uploaded to the server when questions are pushed.
    """
    from boardscribe.workspace import Workspace
    from boardscribe_review import labelstudio

    with (
        Workspace.open(workspace, create=False, config=config, notify=_say) as space,
        space.hold(_say),
        labelstudio.connect(space, url) as queue,
    ):
        typer.echo(f"Answer at: {queue.address}")
        _say_left_behind(space, queue.name)
    typer.echo("\nNext: boardscribe review push, then pull.")


def _say_left_behind(space: Workspace, name: str) -> None:
    """Questions on a server whose data were removed wait for nobody."""
    from boardscribe_review.abandon import open_questions
    from boardscribe_review.cli._shown import safe

    for other, number in open_questions(space).items():
        if other != name and other.startswith("label-studio "):
            _say(
                f"{number} questions wait on another Label Studio, {safe(other)}. If it is lost, "
                f"have them asked anew: boardscribe review abandon {shlex.quote(other)} "
                "-w WORKSPACE"
            )


def _print_login(running: Running) -> None:
    """Say how to log in; the password is shown once."""
    typer.echo(f"Account:      {running.account.email}")
    if running.new:
        typer.echo(f"Password:     {running.account.password}")
        typer.echo(f"              (shown this once; kept in {running.secrets})")
    else:
        typer.echo(f"Password:     in {running.secrets}")


def _say(text: str) -> None:
    typer.echo(text, err=True)
