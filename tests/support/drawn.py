"""A real workspace of boards that were drawn: stored as a run stores them, without the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from support.fake_workspace import Fake, paint_board

from boardscribe.records import (
    Crop,
    Detection,
    PhotoResult,
    ShapeGuess,
    Sighting,
    Source,
    StageStamp,
    Transcription,
)
from boardscribe.store import RunItem
from boardscribe.workspace import Workspace

FLAT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def store_board(space: Workspace, name: str, fakes: Sequence[Fake], *, seed: int = 1) -> None:
    """Draw a board with these notes and store it; a note below 0.9 waits for review."""
    scratch = space.path / "drawn"
    board, (photo,), notes = paint_board(scratch, name, fakes, seed=seed)
    sightings, readings, decisions = [], {}, {}
    for fake, note in zip(fakes, notes, strict=True):
        seen = note.best
        assert seen.crop is not None
        shape = fake.shape
        sightings.append(
            Sighting(
                seen.sighting_id,
                Detection(
                    seen.detection.polygon, 0.24 if fake.doubtful else 0.95, doubtful=fake.doubtful
                ),
                ShapeGuess({s: 0.96 if s is shape else 0.01 for s in seen.shape.probabilities}),
                seen.colour,
                Crop((scratch / seen.crop).read_bytes(), 300, 300, FLAT, 0.8),
                heading=0,
            )
        )
        readings[seen.sighting_id] = seen.readings
        decisions[seen.sighting_id] = Transcription(
            fake.text,
            fake.legibility,
            fake.confidence,
            Source.MACHINE,
            fake.confidence >= 0.9 and not fake.doubtful,
            reason="drawn",
        )
    stamps = {"read": StageStamp("read", "1", "drawn")}
    result = PhotoResult(photo.photo, photo.headings, tuple(sightings), readings, decisions, stamps)
    assert photo.preview is not None
    files = space.write_pictures(result, (scratch / photo.preview).read_bytes(), 1.0)
    run = space.store.begin_run("1")
    item = RunItem(photo.photo.name, f"/photos/{photo.photo.name}", "done", photo.photo.sha256)
    places = {sighting.sighting_id: board for sighting in sightings}
    space.store.save(run, item, result, files, board=board, places=places)
    space.store.finish_run(run)


def read_again(space: Workspace, texts: dict[str, str]) -> None:
    """Have a better engine read notes anew: new text by old text, all still doubtful."""
    for note in space.snapshot().notes:
        said = note.transcription
        if said.text in texts and said.source is Source.MACHINE:
            from boardscribe.store import Arrangement

            better = replace(said, text=texts[said.text], version=1, decided_at=None)
            snapshot = space.snapshot()
            space.store.arrange(
                Arrangement(
                    snapshot.boards,
                    {entry.photo.sha256: entry.board_id for entry in snapshot.photos},
                    {s.sighting_id: n.board_id for n in snapshot.notes for s in n.sightings},
                    {},
                    {note.note_id: better},
                )
            )


def workspace_of(folder: Path, fakes: Sequence[Fake], settings: str = "") -> Workspace:
    """A new workspace with one drawn board."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    config = folder.with_suffix(".toml")
    config.write_text(settings, encoding="utf-8")
    space = Workspace.open(folder, create=True, config=config)
    store_board(space, "Share the work", fakes)
    return space
