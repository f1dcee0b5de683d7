"""Commands that write what was found for others: datasets, the published record, provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boardscribe.cli._common import ConfigOption, WorkspaceOption, app, examples, read
from boardscribe.errors import InputError

if TYPE_CHECKING:
    from boardscribe.options import Options
    from boardscribe.snapshot import Snapshot

__all__ = ["confirm_match", "export", "import_record", "privacy", "update_record", "why"]

_RECORD_FOLDER = "record"
_PUBLISHED = "published.md"

record_app = typer.Typer(
    name="record",
    help="Read a published record, and bring it up to date from the photographs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(record_app)


@app.command(
    epilog=examples(
        "boardscribe export -w workshop/ --format jsonl -o notes.jsonl",
        "boardscribe export -w workshop/ --format record -o record.html",
        "boardscribe export -w workshop/ --format ro-crate -o crate/ --redact",
    )
)
def export(
    workspace: WorkspaceOption,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="PATH", help="File or folder to write, by the format."),
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help="alto, bagit, coco, croissant, csv, frictionless, hf, hocr, iiif, jsonl, page, "
            "parquet, record (Markdown, or HTML where PATH ends in .html), ro-crate or tei.",
        ),
    ] = "jsonl",
    redact: Annotated[
        bool,
        typer.Option(
            "--redact/--no-redact",
            help="Replace likely names, e-mail addresses and telephone numbers; no pictures.",
        ),
    ] = False,
    creator: Annotated[
        str, typer.Option(metavar="TEXT", help="Person or body that publishes the data.")
    ] = "",
    licence: Annotated[
        str, typer.Option(metavar="TEXT", help="URL or SPDX name of the data's licence.")
    ] = "",
    description: Annotated[
        str, typer.Option(metavar="TEXT", help="One or two sentences about the dataset.")
    ] = "",
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="Where an IIIF export will be served from.")
    ] = "http://127.0.0.1:8000/",
    location: Annotated[
        bool,
        typer.Option(
            "--location/--no-location",
            help="Let originals out whose EXIF says where they were taken (bagit).",
        ),
    ] = False,
    name_readers: Annotated[
        bool | None,
        typer.Option(
            "--name-readers/--no-name-readers",
            help="Write the accounts of the people who answered, in place of pseudonyms. "
            "Default: [review] name_readers.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write the notes as a dataset, or as a record to publish.

    docs/exports.md says for whom each format is. The same workspace always gives the same bytes.
    """
    from boardscribe.export import ExportSettings, write_export
    from boardscribe.privacy import redact as redacted

    space, options, snapshot = read(workspace, config, name_readers=name_readers)
    shown = redacted(snapshot) if redact else snapshot
    settings = ExportSettings(
        workspace=space.path,
        base_url=base_url,
        description=description,
        licence=licence,
        creator=creator,
        location=location,
        originals=space.originals() if format_ == "bagit" else {},
        record=_rendered(shown, options) if format_ == "bagit" else {},
    )
    rows = write_export(
        snapshot, options, format=format_, out=out, settings=settings, redact=redact
    )
    typer.echo(f"{rows} rows written to {out}")


@app.command(
    epilog=examples(
        "boardscribe why 3f9a -w workshop/",
        "boardscribe why 'enough time' -w workshop/ --word enough",
    )
)
def why(
    note: Annotated[
        str,
        typer.Argument(
            metavar="NOTE", help="Id of a note, its beginning, or words that only it says."
        ),
    ],
    workspace: WorkspaceOption,
    word: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="Follow this word of the text.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show where the text of a note comes from: photo, sighting, readings, answers, decision."""
    from boardscribe.provenance import chain, chain_data, chain_text

    _, _, snapshot = read(workspace, config)
    found = chain(snapshot, note, word=word)
    if as_json:
        typer.echo(json.dumps(chain_data(found), indent=2, ensure_ascii=False))
    else:
        typer.echo(chain_text(found))


@record_app.command(
    "import",
    epilog=examples("boardscribe record import published.md -w workshop/"),
)
def import_record(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The published record, Markdown or plain text.")
    ],
    workspace: WorkspaceOption,
    config: ConfigOption = None,
) -> None:
    """Read a published record into the workspace, and say what was understood.

    Nothing of it is dropped: what is not a note is kept as a line of its section.
    """
    from boardscribe.files import write_whole
    from boardscribe.record import describe, parse

    text = _text(file)
    space, _, _ = read(workspace, config)
    parsed = parse(text)
    write_whole(space.path / _RECORD_FOLDER / _PUBLISHED, text.encode())
    typer.echo(describe(parsed))


@record_app.command(
    "update",
    epilog=examples("boardscribe record update -w workshop/ -o update/"),
)
def update_record(
    workspace: WorkspaceOption,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder for the updated record and the change report. Default: record/update "
            "in the workspace.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Answer the gaps of the imported record from the photographs.

    Sure answers are filled in, doubtful ones are proposed and become questions for
    `boardscribe review push`, and what the record states is never changed: a disagreement is
    listed.
    """
    from boardscribe.record import (
        parse,
        read_confirmed,
        update,
        write_changes,
        write_questions,
    )

    space, options, snapshot = read(workspace, config)
    record = parse(_published(space.path))
    found = update(record, snapshot, options, confirmed=read_confirmed(space.path, record))
    write_questions(space.path, found.proposals)
    page = write_changes(found, space.path, out or space.path / _RECORD_FOLDER / "update")
    typer.echo(f"Change report: {page}")
    typer.echo(f"Updated record: {page.with_name('record.md')}")
    if found.proposals:
        typer.echo(
            f"{len(found.proposals)} entries wait for people: `boardscribe review push` asks for "
            "the words, `boardscribe record confirm` says which note an entry is."
        )


@record_app.command(
    "confirm",
    epilog=examples(
        "boardscribe record confirm 4.1.2 3f9a -w workshop/",
        "boardscribe record confirm 4.1.2 77c0 --not -w workshop/",
    ),
)
def confirm_match(
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="Entry of the record, as the report names it.")
    ],
    note: Annotated[str, typer.Argument(metavar="NOTE", help="Id of the note, or its beginning.")],
    workspace: WorkspaceOption,
    differ: Annotated[
        bool, typer.Option("--not/--is", help="They do not belong together.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Say that an entry of the imported record is this note, or is not.

    The next `record update` takes it from there. A later answer replaces an earlier one.
    """
    from boardscribe import _console
    from boardscribe.provenance import find_note
    from boardscribe.record import confirm, parse

    space, _, snapshot = read(workspace, config)
    note_id = find_note(snapshot, note).note_id
    record = parse(_published(space.path))
    published = confirm(space.path, record, entry, note_id, same=not differ)
    word = "is not" if differ else "is"
    typer.echo(f"Entry {entry} ({_console.safe(published.entry.text)}) {word} note {note_id}.")


@app.command(epilog=examples("boardscribe privacy -w workshop/"))
def privacy(
    workspace: WorkspaceOption,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """List e-mail addresses, telephone numbers and likely names, before you publish.

    `boardscribe export --redact` writes `[e-mail]`, `[telephone]` and `[name]` in their place.
    """
    from boardscribe import _console
    from boardscribe.privacy import check

    _, _, snapshot = read(workspace, config)
    findings = check(snapshot)
    if as_json:
        rows = [
            {"note_id": f.note_id, "where": f.where, "kind": f.kind, "text": f.text}
            for f in findings
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for finding in findings:
        place = f"{finding.where} {finding.note_id}".strip()
        typer.echo(f"{finding.kind}: {_console.safe(finding.text)} ({place})")
    typer.echo(f"{len(findings)} findings. Patterns and lists of names cannot find everything.")


def _published(workspace: Path) -> str:
    """The imported record."""
    published = workspace / _RECORD_FOLDER / _PUBLISHED
    if not published.is_file():
        raise InputError(
            f"no record was imported into {workspace}",
            remedy=f"Run: boardscribe record import FILE --workspace {workspace}",
        )
    return _text(published)


def _text(file: Path) -> str:
    try:
        # Bytes, so that line ends come back as they were: only gaps may differ after an update.
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot read {file}: {error}", remedy="Give a text file in UTF-8."
        ) from error


def _rendered(snapshot: Snapshot, options: Options) -> dict[str, bytes]:
    from boardscribe.record import render_html, render_markdown

    return {
        "record.html": render_html(snapshot, options).encode(),
        "record.md": render_markdown(snapshot, options).encode(),
    }
