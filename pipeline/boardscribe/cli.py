"""The command line: thin, and the one place that turns errors into exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boardscribe._version import __version__
from boardscribe.errors import BoardscribeError, ExitCode, InputError

if TYPE_CHECKING:
    from boardscribe.options import Options
    from boardscribe.snapshot import Snapshot
    from boardscribe.workspace import Workspace

__all__ = ["app", "main"]

# Imports of the pipeline are inside the commands: `--help` should not load OpenCV.

EXIT_CODES = """Exit codes: 0 done; 1 a bug; 2 usage; 3 done, but some photos failed (the report
lists them); 4 mistake in boardscribe.toml; 5 the workspace cannot be used; 6 another process
holds the workspace; 7 a component is missing; 130 interrupted, what was finished is stored."""

app = typer.Typer(
    name="boardscribe",
    help="Photographs of workshop boards in; a checked, citable record of every note out.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

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


def _examples(*lines: str) -> str:
    """Epilog of a command: examples a reader can copy, then the exit codes."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) + "\n\n" + EXIT_CODES


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


@app.command(
    epilog=_examples(
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
    with Workspace.open(workspace, create=True, config=config) as space:
        options = _with_engines(space.options, engine)
        total = len(discovery.paths) + len(discovery.failures)
        with _console.Progress(total=total) as progress:
            summary = run(
                space,
                discovery,
                options,
                jobs=jobs,
                scheduler=scheduler,
                board=board,
                progress=progress,
            )
        page = write_report(space.snapshot(options), space.path, options) if report else None
    typer.echo(_console.summary_text(summary, page))
    if summary.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command(epilog=_examples("boardscribe status -w workshop/", "boardscribe status -w w/ --json"))
def status(
    workspace: WorkspaceOption,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """Where a workspace stands: boards, notes by type and status, what failed."""
    from boardscribe import _console

    _, _, snapshot = _read(workspace, config)
    if as_json:
        typer.echo(json.dumps(_console.status_data(snapshot), indent=2, ensure_ascii=False))
    else:
        typer.echo(_console.status_text(snapshot))


@app.command(epilog=_examples("boardscribe report -w workshop/"))
def report(workspace: WorkspaceOption, config: ConfigOption = None) -> None:
    """Write the report again, from what the workspace holds."""
    from boardscribe.report import write_report

    space, options, snapshot = _read(workspace, config)
    typer.echo(f"Report: {write_report(snapshot, space.path, options)}")


@app.command(
    epilog=_examples(
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

    _, options, snapshot = _read(workspace, config)
    rows = write_export(snapshot, options, format=format_, out=out)
    typer.echo(f"{rows} rows written to {out}")


@app.command(
    epilog=_examples(
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
) -> None:
    """Measure the workspace against hand-made truth.

    What each measure means is in docs/evaluation.md.
    """
    from boardscribe.evaluate import evaluate as measure
    from boardscribe.evaluate import format_evaluation, write_errors

    space, _, snapshot = _read(workspace, config)
    evaluation = measure(snapshot, truth)
    typer.echo(format_evaluation(evaluation))
    if json_out is not None:
        data = json.dumps(evaluation.as_dict(), indent=2, ensure_ascii=False)
        json_out.write_text(data + "\n", encoding="utf-8")
    if errors is not None:
        typer.echo(
            f"{write_errors(snapshot, truth, space.path, errors)} pictures in {errors}"
        )


@app.command(epilog=_examples("boardscribe doctor", "boardscribe doctor --json"))
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """What is installed, what is missing, and the command that installs it."""
    from boardscribe import _console
    from boardscribe.doctor import examine, healthy

    findings = examine()
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        typer.echo(_console.findings_text(findings))
    if not healthy(findings):
        raise typer.Exit(ExitCode.MISSING)


def _read(path: Path, config: Path | None) -> tuple[Workspace, Options, Snapshot]:
    """Open a workspace that must exist, without its lock."""
    from boardscribe.workspace import Workspace

    with Workspace.open(path, create=False, config=config) as space:
        return space, space.options, space.snapshot(space.options)


def _with_engines(options: Options, names: list[str] | None) -> Options:
    if not names:
        return options
    unique = tuple(dict.fromkeys(names))
    return options.model_copy(update={"read": options.read.model_copy(update={"engines": unique})})


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
