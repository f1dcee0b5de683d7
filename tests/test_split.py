"""Two notes in one outline are cut, and the pieces stay, whatever finds notes later."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from boardscribe._geometry import area, iou
from boardscribe.cli import main
from boardscribe.errors import ExitCode, InputError, WorkspaceError
from boardscribe.options import Options
from boardscribe.outlines import (
    OUTLINES_FILE,
    add_outlines,
    put_in_force,
    read_outlines,
    with_outlines,
)
from boardscribe.records import Detection, Source
from boardscribe.review import Correction, Field
from boardscribe.splitting import Line, drawn, split
from boardscribe.worker import stamps
from boardscribe.workspace import Workspace

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "photos" / "share-the-water.jpg"
BOARD = (140, 160, 170)
YELLOW, PINK = (110, 224, 250), (190, 170, 250)


def box(left: float, top: float, right: float, bottom: float):
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def picture(*notes: tuple[tuple[int, int, int, int], tuple[int, int, int]]) -> np.ndarray:
    """A board with notes, later ones on top, each with a thin shadow around it."""
    image = np.full((600, 900, 3), BOARD, np.uint8)
    for (left, top, right, bottom), colour in notes:
        cv2.rectangle(image, (left - 2, top - 2), (right + 2, bottom + 2), (90, 100, 110), -1)
        cv2.rectangle(image, (left, top), (right, bottom), colour, -1)
        cv2.putText(image, "more time", (left + 12, top + 90), 0, 0.8, (60, 40, 30), 2)
    noise = np.random.default_rng(1).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("second", [YELLOW, PINK], ids=["one colour", "two colours"])
def test_notes_side_by_side_are_cut_along_the_edge_between_them(second) -> None:
    image = picture(((200, 200, 400, 400), YELLOW), ((404, 200, 604, 400), second))
    left, right = split(image, box(198, 198, 606, 402))
    assert iou(left, box(200, 200, 402, 400)) > 0.93
    assert iou(right, box(402, 200, 604, 400)) > 0.93


def test_a_note_upon_another_is_cut_out_of_it() -> None:
    image = picture(((200, 150, 420, 350), YELLOW), ((330, 260, 560, 470), PINK))
    merged = ((198, 148), (422, 148), (422, 258), (562, 258), (562, 472), (328, 472), (328, 352))
    below, above = split(image, (*merged, (198, 352)))
    assert iou(above, box(330, 260, 560, 470)) > 0.9
    assert area(below) == pytest.approx(220 * 200 - 90 * 90, rel=0.1)


def test_three_notes_are_three_pieces() -> None:
    notes = [((200 + 204 * i, 200, 400 + 204 * i, 400), YELLOW) for i in range(3)]
    found = split(picture(*notes), box(198, 198, 810, 402), pieces=3)
    assert [iou(one, box(*place)) > 0.9 for one, (place, _) in zip(found, notes, strict=True)] == [
        True,
        True,
        True,
    ]


def test_a_given_line_is_where_it_is_cut() -> None:
    image = picture(((200, 200, 600, 400), YELLOW))
    cut = Line((300, 200), (300, 400))
    left, right = split(image, box(200, 200, 600, 400), cut=cut)
    assert iou(left, box(200, 200, 300, 400)) > 0.95
    assert iou(right, box(300, 200, 600, 400)) > 0.95
    assert cv2.imdecode(np.frombuffer(drawn(image, (left, right)), np.uint8), 1) is not None


def test_a_line_that_cuts_nothing_off_is_refused() -> None:
    image = picture(((200, 200, 600, 400), YELLOW))
    with pytest.raises(InputError, match="too small"):
        split(image, box(200, 200, 600, 400), cut=Line((700, 0), (700, 500)))


def test_given_outlines_take_the_place_of_what_lies_in_them() -> None:
    both, other = box(100, 100, 300, 200), box(280, 90, 500, 210)
    pieces = (box(100, 100, 200, 200), box(200, 100, 300, 200))
    found = (Detection(both, 0.9), Detection(other, 0.8), Detection(box(110, 110, 150, 150), 0.3))
    kept = put_in_force(found, pieces, 600, 400)
    assert {one.polygon for one in kept} == {other, *pieces}
    assert {one.confidence for one in kept if one.polygon in pieces} == {1.0}
    assert put_in_force(found, (), 600, 400) == found
    # Cut again, smaller pieces replace larger ones; run again, nothing is doubled.
    assert put_in_force(kept, pieces, 600, 400) == kept


def test_outlines_are_kept_by_photo_and_later_ones_replace_those_they_cover(tmp_path) -> None:
    assert read_outlines(tmp_path) == {}
    far, left, right = box(500, 0, 600, 100), box(0, 0, 50, 100), box(50, 0, 100, 100)
    add_outlines(tmp_path, {"a": [box(0, 0, 100, 100), far], "b": [left]})
    add_outlines(tmp_path, {"a": [left, right]})
    kept = read_outlines(tmp_path)
    assert set(kept["a"]) == {far, left, right}
    assert kept["b"] == (left,)
    (tmp_path / OUTLINES_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(WorkspaceError):
        read_outlines(tmp_path)


def test_given_outlines_make_all_that_builds_on_them_outdated_and_nothing_else() -> None:
    before = stamps(Options())
    assert with_outlines(before, ()) == before
    after = with_outlines(before, (box(0, 0, 50, 100),))
    assert {stage for stage in before if before[stage] == after[stage]} == {"photo"}
    assert with_outlines(before, (box(0, 0, 50, 99),)) != after


def test_a_note_marked_as_two_is_listed_cut_and_stays_two(tmp_path, capsys) -> None:
    folder = tmp_path / "w"
    where = ["-w", str(folder)]
    assert main(["transcribe", str(SAMPLE), *where]) == ExitCode.OK
    with Workspace.open(folder, create=False) as space:
        before = space.snapshot()
        note = max(before.counted(), key=lambda one: area(one.best.detection.polygon))
        mark = Correction(Field.OUTLINE, "two_notes", Source.PERSON, "ada")
        space.store.review.correct(note.note_id, mark)
    capsys.readouterr()
    assert main(["status", *where]) == ExitCode.OK
    assert note.note_id in capsys.readouterr().out.partition("To be split")[2]

    # Shown first: nothing changes.
    assert main(["split", note.note_id, *where, "--cut", "50,0,50,100"]) == ExitCode.OK
    assert "--apply" in capsys.readouterr().out
    (shown,) = (folder / "review" / "split").glob("*.jpg")
    assert shown.stat().st_size > 1000
    for line in ("50,0", "a,b,c,d", "50,0,50,0"):
        assert main(["split", note.note_id, *where, "--cut", line]) == ExitCode.USAGE
    capsys.readouterr()
    cut = ["split", note.note_id, *where, "--cut", "50,0,50,100", "--apply"]
    assert main(cut) == ExitCode.OK
    with Workspace.open(folder, create=False) as space:
        after = space.snapshot()
    assert len(list(after.counted())) == len(list(before.counted())) + 1
    whole = note.best.detection.polygon
    pieces = [
        n
        for n in after.notes
        if n.best.detection.polygon in read_outlines(folder)[note.best.photo_sha256]
    ]
    assert len(pieces) == 2
    assert sum(area(n.best.detection.polygon) for n in pieces) == pytest.approx(
        area(whole), rel=0.1
    )
    assert all(n.best.readings and n.best.crop for n in pieces)
    assert after.to_split() == ()
    others = {n.note_id for n in before.notes} - {note.note_id}
    assert others <= {n.note_id for n in after.notes}

    # Run again, nothing is to be done; found anew by other options, the pieces are still two.
    capsys.readouterr()
    assert main(["transcribe", str(SAMPLE), *where]) == ExitCode.OK
    assert "1 up to date" in capsys.readouterr().out
    config = folder / "boardscribe.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("#min_side = 20", "min_side = 21"), encoding="utf-8")
    assert main(["transcribe", str(SAMPLE), *where]) == ExitCode.OK
    assert "1 worked on" in capsys.readouterr().out
    with Workspace.open(folder, create=False) as space:
        again = {n.note_id for n in space.snapshot().counted()}
    assert {n.note_id for n in pieces} <= again
    assert len(again) == len(list(after.counted()))
