"""Commands that do the main job: photographs in, report out, measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boardscribe.cli._common import ConfigOption, WorkspaceOption, app, examples, read
from boardscribe.errors import ExitCode, InputError

if TYPE_CHECKING:
    from boardscribe.options import Options

__all__ = ["doctor", "evaluate", "report", "status", "transcribe"]


@app.command(
    epilog=examples(
        "boardscribe transcribe photos/ --workspace workshop/",
        "boardscribe transcribe 'photos/*.heic' board7.jpg -w workshop/ --jobs 4",
        "boardscribe transcribe board7.jpg -w workshop/ --board 'Make time'",
    )
)
def transcribe(
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTOS", help="Files, folders (recursive), globs.")
    ],
    workspace: WorkspaceOption,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Photos worked on at a time.")
    ] = 1,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="OCR engine; repeat for several. Default: the ones in boardscribe.toml.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            metavar="NAME",
            help="All these photos show this board, whatever heading is found on them.",
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Work on a Dask cluster, such as tcp://127.0.0.1:8786.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write the report at the end.")
    ] = True,
) -> None:
    """Find, type and read every note on photographs, and store it.

    Does only what is missing or outdated: run it again after an interruption, after a change of
    options, or with new photographs of the same boards.
    """
    from boardscribe import _console
    from boardscribe._bars import RunProgress
    from boardscribe.acceptance import acceptance_in_force
    from boardscribe.discovery import discover
    from boardscribe.report import write_report
    from boardscribe.run import run
    from boardscribe.workspace import Workspace

    discovery = discover(photos)
    if not discovery.paths and not discovery.failures:
        raise InputError(
            f"no photographs found in {', '.join(_console.safe(name) for name in photos)}",
            remedy="Name image files, or folders that hold JPEG, PNG, TIFF, WebP or HEIC files.",
        )
    with Workspace.open(
        workspace, create=True, config=config, notify=lambda text: typer.echo(text, err=True)
    ) as space:
        options = with_engines(space.options, engine)
        _say_what_is_missing(options)
        total = len(discovery.paths) + len(discovery.failures)
        with RunProgress(total=total) as progress:
            summary = run(
                space,
                discovery,
                options,
                jobs=jobs,
                scheduler=scheduler,
                board=board,
                progress=progress,
            )
        page = None
        if report:
            accepted = acceptance_in_force(options.decide, space.calibration().evidence)
            shown = space.snapshot(options)
            page = write_report(shown, space.path, options, acceptance=accepted)
    typer.echo(_console.summary_text(summary, page))
    if summary.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command(epilog=examples("boardscribe status -w workshop/", "boardscribe status -w w/ --json"))
def status(
    workspace: WorkspaceOption,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """Where a workspace stands: boards, notes by type and status, what failed."""
    from boardscribe import _console
    from boardscribe.acceptance import acceptance_in_force, format_acceptance

    space, options, snapshot = read(workspace, config)
    accepted = acceptance_in_force(options.decide, space.calibration().evidence)
    if as_json:
        data = {**_console.status_data(snapshot), "acceptance": asdict(accepted)}
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    typer.echo(_console.status_text(snapshot))
    typer.echo(
        "\n".join(["", "Accepted without review", *format_acceptance(accepted, options.decide)])
    )


@app.command(epilog=examples("boardscribe report -w workshop/"))
def report(workspace: WorkspaceOption, config: ConfigOption = None) -> None:
    """Write the report again, from what the workspace holds."""
    from boardscribe.acceptance import acceptance_in_force
    from boardscribe.report import write_report

    space, options, snapshot = read(workspace, config)
    accepted = acceptance_in_force(options.decide, space.calibration().evidence)
    page = write_report(snapshot, space.path, options, acceptance=accepted)
    typer.echo(f"Report: {page}")


@app.command(
    epilog=examples(
        "boardscribe evaluate truth/ -w workshop/",
        "boardscribe evaluate truth/ -w workshop/ --json measures.json --errors errors/",
    )
)
def evaluate(
    truth: Annotated[
        Path,
        typer.Argument(metavar="TRUTH_DIR", help="Folder of hand-made truth, one JSON a photo."),
    ],
    workspace: WorkspaceOption,
    config: ConfigOption = None,
    json_out: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Also write the measures as data."),
    ] = None,
    errors: Annotated[
        Path | None,
        typer.Option(
            "--errors",
            metavar="DIR",
            help="Also write pictures of each miss, false alarm and wrong shape.",
        ),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            "--plots",
            metavar="DIR",
            help="Also draw how far confidence can be trusted: a page and two SVG files.",
        ),
    ] = None,
) -> None:
    """Measure the workspace against hand-made truth.

    What each measure means is in docs/evaluation.md.
    """
    from boardscribe.evaluate import evaluate as measure
    from boardscribe.evaluate import format_evaluation, write_errors, write_plots

    space, options, snapshot = read(workspace, config)
    evaluation = measure(snapshot, truth)
    typer.echo(format_evaluation(evaluation))
    if json_out is not None:
        data = json.dumps(evaluation.as_dict(), indent=2, ensure_ascii=False)
        json_out.write_text(data + "\n", encoding="utf-8")
    if errors is not None:
        typer.echo(f"{write_errors(snapshot, truth, space.path, errors)} pictures in {errors}")
    if plots is not None:
        page = write_plots(evaluation, plots, target_error=options.decide.target_error)
        typer.echo(f"Plots: {page}")


@app.command(
    epilog=examples(
        "boardscribe doctor", "boardscribe doctor -w workshop/", "boardscribe doctor --json"
    )
)
def doctor(
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            metavar="DIR",
            help="Also examine what this workspace asks for: engines with their settings, and "
            "what is accepted without review.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """What is installed, what is missing, and the command that installs it."""
    from boardscribe import _console
    from boardscribe.confidence import load_calibration
    from boardscribe.doctor import examine, healthy

    if workspace is None:
        findings = examine(None, load_calibration())
    else:
        space, options, _ = read(workspace, None)
        findings = examine(options, space.calibration())
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        typer.echo(_console.findings_text(findings))
    if not healthy(findings):
        raise typer.Exit(ExitCode.MISSING)


def _say_what_is_missing(options: Options) -> None:
    """Say once which engines are not installed; reading goes on with those that are."""
    from boardscribe.engines import describe_engines

    for info in describe_engines():
        # One that was asked for is told of by the reader, with what that means for the run.
        if not (info.available or info.niche or info.name in options.read.engines):
            typer.echo(
                f"{info.name} is not installed; reading goes on without it. To add it: {info.install}",
                err=True,
            )


def with_engines(options: Options, names: list[str] | None) -> Options:
    if not names:
        return options
    unique = tuple(dict.fromkeys(names))
    return options.model_copy(update={"read": options.read.model_copy(update={"engines": unique})})
