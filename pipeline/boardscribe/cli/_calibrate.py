"""The command that learns confidence from what people answered."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from boardscribe.cli._common import ConfigOption, WorkspaceOption, app, examples

__all__ = ["calibrate"]


@app.command(
    epilog=examples("boardscribe calibrate -w workshop/", "boardscribe calibrate -w w/ --dry-run")
)
def calibrate(
    workspace: WorkspaceOption,
    config: ConfigOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
) -> None:
    """Learn from reviewers' answers how far confidence can be trusted.

    Fits the probabilities of text, word and blank anew where there are answers enough, and
    chooses the thresholds of acceptance by them. What people decided stays as it is; the next
    `transcribe` decides anew what only a machine has decided, and reads nothing again.
    """
    from boardscribe.calibrate import answered_notes, format_recalibration, recalibrate
    from boardscribe.confidence import calibration_data, load_calibration
    from boardscribe.files import write_whole
    from boardscribe.workspace import CALIBRATION_FILE, Workspace

    with Workspace.open(
        workspace, create=False, config=config, notify=lambda text: typer.echo(text, err=True)
    ) as space:
        found = recalibrate(
            answered_notes(space.snapshot()), load_calibration(), space.options.decide
        )
        typer.echo(format_recalibration(found, space.options.decide))
        if dry_run:
            typer.echo("\nNothing was changed (--dry-run).")
            return
        target = space.path / CALIBRATION_FILE
        data = json.dumps(calibration_data(found.calibration), indent=1)
        with space.hold(lambda text: typer.echo(text, err=True)):
            write_whole(target, (data + "\n").encode())
    typer.echo(
        f"\nWritten to {target}. Run `boardscribe transcribe PHOTOS --workspace {workspace}` "
        "again to put it into force."
    )
