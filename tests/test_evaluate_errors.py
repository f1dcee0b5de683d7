"""Pictures of the errors: each photo that has one, and a sheet a kind of error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from support.snapshots import digest, draw_pictures, photo, reading, sighting

from boardscribe.errors import InputError
from boardscribe.evaluate import write_errors
from boardscribe.records import Legibility, Shape, Source, Transcription
from boardscribe.snapshot import NoteEntry, Snapshot


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """One photo with a hit, a wrong shape and a false alarm, one without errors; previews drawn."""
    wrong, right = photo("wrong\u2028<b>.jpg", None), photo("right.jpg", None)
    notes = []
    for name, on, x in (
        ("hit", wrong, 0),
        ("shape", wrong, 200),
        ("false", wrong, 400),
        ("r", right, 0),
    ):
        seen = sighting(name, name, on, reading("x"), x=float(x), y=100.0)
        decided = Transcription("x", Legibility.READABLE, 0.9, Source.MACHINE, True)
        notes.append(NoteEntry(name, None, "agree", (seen,), (decided,)))
    made = Snapshot("T", (), (wrong, right), tuple(notes), (), ())
    draw_pictures(made, tmp_path / "workspace")
    return made


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    folder.mkdir()

    def note(x: int, shape: str = "square") -> dict[str, object]:
        box = [[x, 100], [x + 120, 100], [x + 120, 220], [x, 220]]
        return {"polygon": box, "shape": shape, "legible": "full", "text": "x"}

    wrong = [note(0), note(200, "heart"), note(600), note(790)]
    for name, notes in (("wrong\u2028<b>.jpg", wrong), ("right.jpg", [note(0)])):
        data = json.dumps({"photo": name, "notes": notes, "width": 800, "height": 600})
        (folder / f"{digest(name)}.json").write_text(data)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_photo_with_an_error_and_each_kind_of_error_has_a_picture(
    snapshot: Snapshot, truth: Path, tmp_path: Path
) -> None:
    out = tmp_path / "errors"
    assert write_errors(snapshot, truth, tmp_path / "workspace", out) == 4
    assert names(out) == ["false-01.jpg", "missed-01.jpg", "photo-002.jpg", "shape-01.jpg"]
    overlay = cv2.imread(str(out / "photo-002.jpg"))
    assert overlay.shape == (300, 400, 3)
    two, one = (cv2.imread(str(out / f"{kind}-01.jpg")) for kind in ("missed", "shape"))
    assert two.shape[1] == 2 * one.shape[1]


def test_pictures_of_an_earlier_call_do_not_stay(
    snapshot: Snapshot, truth: Path, tmp_path: Path
) -> None:
    out = tmp_path / "errors"
    write_errors(snapshot, truth, tmp_path / "workspace", out)
    (out / "photo-999.jpg").touch()
    (out / "mine.jpg").touch()
    seen = snapshot.notes[1].best
    heart = replace(seen, shape=type(seen.shape)({Shape.HEART: 1.0}))
    notes = (snapshot.notes[0], replace(snapshot.notes[1], sightings=(heart,)), *snapshot.notes[2:])
    assert write_errors(replace(snapshot, notes=notes), truth, tmp_path / "workspace", out) == 3
    assert names(out) == ["false-01.jpg", "mine.jpg", "missed-01.jpg", "photo-002.jpg"]


def test_a_preview_that_is_gone_or_damaged_is_left_out(
    snapshot: Snapshot, truth: Path, tmp_path: Path
) -> None:
    assert write_errors(snapshot, truth, tmp_path / "nowhere", tmp_path / "errors") == 0
    for path in (tmp_path / "workspace" / "previews").iterdir():
        path.write_bytes(b"damaged")
    assert write_errors(snapshot, truth, tmp_path / "workspace", tmp_path / "errors") == 0


def test_a_place_that_cannot_be_written_is_refused(
    snapshot: Snapshot, truth: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError):
        write_errors(snapshot, truth, tmp_path / "workspace", tmp_path / "file")
