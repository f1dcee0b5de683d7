"""split: two notes or more in one outline become notes of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boardscribe.cli._common import app
from boardscribe.commands import ConfigOption, WorkspaceOption, examples
from boardscribe.errors import ExitCode, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boardscribe.records import Polygon
    from boardscribe.snapshot import NoteEntry, SightingEntry
    from boardscribe.splitting import Line
    from boardscribe.workspace import Workspace

__all__ = ["split"]

_FOLDER = "review/split"


@app.command(
    epilog=examples(
        "boardscribe split 3f9a -w workshop/",
        "boardscribe split 3f9a -w workshop/ --cut 50,0,45,100",
        "boardscribe split 3f9a -w workshop/ --apply",
    )
)
def split(
    note: Annotated[str, typer.Argument(metavar="NOTE", help="Id of the note, or its beginning.")],
    workspace: WorkspaceOption,
    pieces: Annotated[
        int, typer.Option("--pieces", min=2, max=4, metavar="NUMBER", help="Notes in the outline.")
    ] = 2,
    cut: Annotated[
        str | None,
        typer.Option(
            "--cut",
            metavar="X1,Y1,X2,Y2",
            help="Where the notes meet: two points of the note's picture, in percent of its width "
            "and height. Default: found in the photograph.",
            show_default=False,
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply/--show", help="Put it into force, or only draw it.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Cut a note that is really two, as people said of it, and read the pieces.

    Draws the cut first; look at the picture, then run it again with --apply. The photographs must
    be where they were read from. The outlines are kept, whatever finds notes in later versions.
    """
    from boardscribe import _console
    from boardscribe.provenance import find_note
    from boardscribe.workspace import Workspace

    line = None if cut is None else _line(cut)
    with Workspace.open(
        workspace, create=False, config=config, notify=lambda text: typer.echo(text, err=True)
    ) as space:
        found = find_note(space.snapshot(), note)
        shown = [seen for seen in found.sightings if not seen.stale]
        outlines = {
            seen.photo_sha256: _cut(space, seen, _original(space, seen), pieces, line)
            for seen in shown
        }
        for seen in shown:
            picture = space.path / _FOLDER / f"{seen.sighting_id}.jpg"
            typer.echo(f"{len(outlines[seen.photo_sha256])} pieces: {_console.safe(str(picture))}")
        if not apply:
            typer.echo("\nLook at it, then put it into force with --apply, or give --cut.")
            return
        failed = _put_in_force(space, found, outlines)
    if failed:
        raise typer.Exit(ExitCode.SOME_FAILED)
    typer.echo(
        "\nThe pieces are notes now. Next: boardscribe review push asks about doubtful ones."
    )


def _line(text: str) -> tuple[float, ...]:
    """Two points in percent."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 4 or numbers[:2] == numbers[2:] or not all(-50 <= n <= 150 for n in numbers):
        raise InputError(
            f"{text!r} is no line",
            remedy="Give two points in percent of the picture, such as 50,0,50,100: from the "
            "middle of its upper edge to the middle of its lower edge.",
        )
    return numbers


def _original(space: Workspace, seen: SightingEntry) -> Path:
    path = space.originals().get(seen.photo_sha256)
    if path is None:
        places = space.store.originals().get(seen.photo_sha256, ())
        raise InputError(
            f"the photograph is not where it was read from: {', '.join(places) or 'not known'}",
            remedy="Put it back, or run transcribe on the place where it is now, then run it again.",
        )
    return path


def _cut(
    space: Workspace,
    seen: SightingEntry,
    path: Path,
    pieces: int,
    line: tuple[float, ...] | None,
) -> tuple[Polygon, ...]:
    """The pieces of one sighting, drawn into the workspace."""
    from boardscribe import photos, splitting
    from boardscribe.files import write_whole

    image = photos.load(path, space.options.photos, sha256=seen.photo_sha256).image
    where = None if line is None else _on_photo(space, seen, line)
    found = splitting.split(image, seen.detection.polygon, pieces=pieces, cut=where)
    write_whole(space.path / _FOLDER / f"{seen.sighting_id}.jpg", splitting.drawn(image, found))
    return found


def _on_photo(space: Workspace, seen: SightingEntry, line: tuple[float, ...]) -> Line:
    """A line of the straightened picture, on the photo."""
    import io

    import numpy as np
    from PIL import Image

    from boardscribe.splitting import Line

    data = space.read_pictures([seen.crop] if seen.crop else []).get(seen.crop or "")
    if data is None or len(seen.matrix) != 9:
        raise InputError(
            f"the note {seen.note_id} has no picture that a line could be drawn on",
            remedy="Leave out --cut.",
        )
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
    ends = np.array([(x * width / 100, y * height / 100, 1.0) for x, y in (line[:2], line[2:])])
    there = ends @ np.linalg.inv(np.array(seen.matrix).reshape(3, 3)).T
    (x, y), (x2, y2) = there[:, :2] / there[:, 2:]
    return Line((float(x), float(y)), (float(x2), float(y2)))


def _put_in_force(
    space: Workspace, note: NoteEntry, outlines: Mapping[str, Sequence[Polygon]]
) -> int:
    """Keep the outlines, take the mark off, read the photos again; how many failed."""
    from boardscribe.acceptance import acceptance_in_force
    from boardscribe.discovery import Discovery
    from boardscribe.outlines import add_outlines
    from boardscribe.records import Source
    from boardscribe.report import write_report
    from boardscribe.review import Correction, Field
    from boardscribe.run import run

    paths = tuple(sorted(space.originals()[sha256] for sha256 in outlines))
    with space.hold(lambda text: typer.echo(text, err=True)):
        # First: killed after it, the next run of these photos does the rest.
        add_outlines(space.path, outlines)
        if note.outline != "good":
            space.store.review.correct(
                note.note_id,
                Correction(Field.OUTLINE, "good", Source.PERSON, "editor", reason="it was split"),
            )
    summary = run(space, Discovery(paths, ()))
    accepted = acceptance_in_force(space.options.decide, space.calibration().evidence)
    write_report(space.snapshot(), space.path, space.options, acceptance=accepted)
    for failure in summary.failed:
        typer.echo(f"{failure.name}: {failure.message} {failure.remedy}", err=True)
    return len(summary.failed)
