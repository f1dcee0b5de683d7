"""A run does what is new or outdated, reports what fails, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fakes import FakeWorker, sha256, write_boards

from boardscribe.discovery import discover
from boardscribe.errors import InputError, MissingComponentError
from boardscribe.executors import ProcessExecutor, SerialExecutor
from boardscribe.options import BoardOptions, Options
from boardscribe.run import Event, RunSummary, run
from boardscribe.snapshot import Snapshot
from boardscribe.workspace import Workspace

Go = Callable[..., tuple[RunSummary, Snapshot]]


@pytest.fixture
def go(tmp_path: Path) -> Go:
    """Runs the fake pipeline in this process, on a folder of photos, into one workspace."""

    def start(
        photos: Path | list[Path],
        worker: FakeWorker | None = None,
        *,
        options: Options | None = None,
        board: str | None = None,
        events: list[Event] | None = None,
    ) -> tuple[RunSummary, Snapshot]:
        names = [str(path) for path in (photos if isinstance(photos, list) else [photos])]
        chosen = options if options is not None else Options()
        with Workspace.open(tmp_path / "workspace", create=True) as workspace:
            summary = run(
                workspace,
                discover(names),
                chosen,
                board=board,
                progress=(events if events is not None else []).append,
                executor=SerialExecutor,
                pipeline=(worker or FakeWorker()).pipeline(),
            )
            return summary, workspace.snapshot(chosen)

    return start


def redone(log: Path) -> list[str]:
    """Lines that the fake pipeline logged since the last call."""
    lines = sorted(log.read_text().splitlines()) if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def test_photos_become_notes(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 3)
    summary, snapshot = go(tmp_path / "photos")
    assert (summary.photos, summary.done, summary.skipped) == (3, 3, 0)
    assert [entry.photo.name for entry in snapshot.photos] == [
        "board-0.png",
        "board-1.png",
        "board-2.png",
    ]
    assert len(snapshot.notes) == 18 == summary.by_meaning["challenge"] == summary.accepted
    assert snapshot.failures == ()
    assert summary.stage_seconds["read"] == 0.75
    for note in snapshot.notes:
        assert note.history[0].text == note.best.readings[0].text
        assert note.best.crop is not None
        assert (tmp_path / "workspace" / note.best.crop).stat().st_size > 100


def test_a_second_run_redoes_nothing(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 3)
    log = tmp_path / "log"
    worker = FakeWorker(log=str(log))
    _, before = go(tmp_path / "photos", worker)
    assert len(redone(log)) == 3
    summary, after = go(tmp_path / "photos", worker)
    assert (summary.done, summary.skipped) == (0, 3)
    assert redone(log) == []
    assert after.notes == before.notes


def test_only_the_changed_stage_and_those_after_it_are_redone(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 1)
    log = tmp_path / "log"
    go(tmp_path / "photos", FakeWorker(log=str(log)))
    redone(log)
    go(tmp_path / "photos", FakeWorker(versions=(("read", "2"),), log=str(log)))
    assert redone(log) == ["board-0.png read,assess,decide"]
    go(tmp_path / "photos", FakeWorker(versions=(("read", "2"), ("segment", "2")), log=str(log)))
    assert redone(log) == ["board-0.png segment,shape,heading,read,assess,decide"]


def test_a_new_reading_supersedes_the_machine_and_keeps_its_history(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 1)
    _, before = go(tmp_path / "photos")
    _, after = go(tmp_path / "photos", FakeWorker(versions=(("read", "2"),)))
    assert [note.note_id for note in after.notes] == [note.note_id for note in before.notes]
    for old, new in zip(before.notes, after.notes, strict=True):
        assert [said.version for said in new.history] == [2, 1]
        assert new.history[1] == old.transcription
        assert new.transcription.text != old.transcription.text
        assert [reading.engine_version for reading in new.best.readings] == ["2"]


def test_removed_crops_are_made_again(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 2)
    go(tmp_path / "photos")
    victim = next((tmp_path / "workspace" / "crops").glob("*/*.jpg"))
    victim.unlink()
    summary, _ = go(tmp_path / "photos")
    assert (summary.done, summary.skipped) == (1, 1)
    assert victim.exists()


def test_a_photo_that_fails_is_a_row_and_the_rest_go_on(tmp_path: Path, go: Go) -> None:
    photos = tmp_path / "photos"
    write_boards(photos, 2)
    (photos / "a-bad.png").write_bytes(b"no image")
    (photos / "b-empty.png").write_bytes(b"")
    (photos / "c-bug.png").write_bytes(b"x")
    (photos / "d.png").symlink_to("nowhere.png")
    summary, snapshot = go(photos)
    assert summary.done == 2
    rows = {(failure.name, failure.reason) for failure in summary.failures}
    assert rows == {
        ("a-bad.png", "not_an_image"),
        ("b-empty.png", "empty"),
        ("c-bug.png", "internal"),
        ("d.png", "broken_link"),
    }
    assert all(failure.message and failure.remedy for failure in summary.failures)
    assert {(f.name, f.reason) for f in snapshot.failures} == rows
    assert {(f.name, f.reason) for f in snapshot.runs[0].failures} == rows


def test_a_failure_is_tried_again_and_disappears_once_it_is_over(tmp_path: Path, go: Go) -> None:
    photos = tmp_path / "photos"
    write_boards(photos, 2)
    (photos / "board-1.png").replace(tmp_path / "good.png")
    (photos / "board-1.png").write_bytes(b"")
    (photos / "gone.png").write_bytes(b"")
    _, snapshot = go(photos)
    assert [failure.name for failure in snapshot.failures] == ["board-1.png", "gone.png"]
    (photos / "gone.png").unlink()
    (tmp_path / "good.png").replace(photos / "board-1.png")
    summary, snapshot = go(photos)
    assert (summary.done, summary.skipped, summary.failures) == (1, 1, ())
    assert snapshot.failures == ()
    assert len(snapshot.runs[1].failures) == 2


def test_a_pattern_without_match_concerns_only_its_own_run(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 1)
    _, snapshot = go([tmp_path / "photos", tmp_path / "misspelt"])
    assert [failure.reason for failure in snapshot.failures] == ["not_found"]
    _, snapshot = go(tmp_path / "photos")
    assert snapshot.failures == ()


def test_the_same_bytes_under_another_name_are_a_duplicate(tmp_path: Path, go: Go) -> None:
    photos = tmp_path / "photos"
    (first, *_) = write_boards(photos, 2)
    (photos / "copy.png").write_bytes(first.read_bytes())
    summary, snapshot = go(photos)
    assert summary.done == 2
    assert summary.failed == ()
    (row,) = summary.failures
    assert (row.name, row.reason, row.severity) == ("copy.png", "duplicate", "skipped")
    assert "board-0.png" in row.message
    assert len(snapshot.notes) == 12
    # Later, and alone, it still is.
    summary, _ = go([photos / "copy.png"])
    assert [failure.reason for failure in summary.failures] == ["duplicate"]


def test_a_bad_photo_is_not_stored_and_keeps_what_was_found_before(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 1)
    _, before = go(tmp_path / "photos")
    (tmp_path / "photos" / "board-0.png").write_bytes(b"")
    summary, after = go(tmp_path / "photos")
    assert [failure.reason for failure in summary.failures] == ["empty"]
    assert after.notes == before.notes


def test_what_all_photos_need_stops_the_run(tmp_path: Path, go: Go) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "missing.png").write_bytes(b"x")
    with pytest.raises(MissingComponentError):
        go(tmp_path / "photos")


def test_each_photo_and_notice_is_told(tmp_path: Path, go: Go) -> None:
    write_boards(tmp_path / "photos", 2)
    events: list[Event] = []
    go(tmp_path / "photos", events=events)
    told = [(event.name, event.detail) for event in events if event.name]
    assert told == [("board-0.png", "6 notes, 1.8 s"), ("board-1.png", "6 notes, 1.8 s")]
    events.clear()
    go(tmp_path / "photos", events=events)
    assert [event.detail for event in events if event.name] == ["up to date", "up to date"]


def test_headings_name_boards(tmp_path: Path, go: Go) -> None:
    photos = tmp_path / "photos"
    for path, name in zip(
        write_boards(photos, 3), ("1-heading-Make_time", "2-heading-MAKE__TIME", "3"), strict=True
    ):
        path.replace(photos / f"{name}.png")
    summary, snapshot = go(photos)
    assert summary.boards == 1
    (board,) = snapshot.boards
    assert board.name == "Make time"
    assert [entry.board_id for entry in snapshot.photos] == [board.board_id] * 2 + [None]
    assert {note.board_id for note in snapshot.notes} == {board.board_id, None}


def test_the_user_may_name_boards(tmp_path: Path, go: Go) -> None:
    photos = tmp_path / "photos"
    for path, name in zip(write_boards(photos, 2), ("A", "b-heading-Wrong"), strict=True):
        path.replace(photos / f"{name}.png")
    rules = Options(boards=(BoardOptions(name="Right", photos=("a.*",)),))
    _, snapshot = go(photos, options=rules)
    assert [board.name for board in snapshot.boards] == ["Right", "Wrong"]
    # On the command line: wins, needs no work on the photos, and lasts.
    summary, snapshot = go([photos / "b-heading-Wrong.png"], options=rules, board="Third")
    assert (summary.done, summary.skipped) == (0, 1)
    assert [board.name for board in snapshot.boards] == ["Right", "Third"]
    _, snapshot = go(photos)
    assert [board.name for board in snapshot.boards] == ["Third"]
    with pytest.raises(InputError, match="no name for a board"):
        go(photos, board=" -- ")


def test_a_file_name_that_is_not_text_is_stored_readably(tmp_path: Path, go: Go) -> None:
    photos = tmp_path / "photos"
    (path,) = write_boards(photos, 1)
    path.replace(photos / "caf\udce9 <b>'; DROP TABLE note.png")
    (photos / "\udcff-bad.png").write_bytes(b"x")
    summary, snapshot = go(photos)
    assert snapshot.photos[0].photo.name == "caf\\xe9 <b>'; DROP TABLE note.png"
    assert [failure.name for failure in snapshot.failures] == ["\\xff-bad.png"]
    assert len(snapshot.notes) == 6
    summary, _ = go(photos)
    assert summary.skipped == 1


def test_pictures_that_nothing_refers_to_are_removed_and_other_files_kept(
    tmp_path: Path, go: Go
) -> None:
    write_boards(tmp_path / "photos", 1)
    go(tmp_path / "photos")
    crops = tmp_path / "workspace" / "crops"
    folder = next(crops.iterdir())
    (folder / "0123456789abcdef.jpg").write_bytes(b"left by a crash")
    (folder / ".writing-abc").write_bytes(b"left by a crash")
    (folder / "my own notes.txt").write_text("kept")
    number = len(list(crops.glob("*/*")))
    go(tmp_path / "photos")
    assert len(list(crops.glob("*/*"))) == number - 2
    assert (folder / "my own notes.txt").exists()


def test_a_worker_that_dies_costs_only_its_photo(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    write_boards(photos, 4)
    (photos / "board-1-killer.png").write_bytes(b"x")
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        summary = run(
            workspace,
            discover([str(photos)]),
            jobs=2,
            executor=lambda: ProcessExecutor(2),
            pipeline=FakeWorker().pipeline(),
        )
        assert summary.done == 4
        assert [(failure.name, failure.reason) for failure in summary.failures] == [
            ("board-1-killer.png", "worker_died")
        ]
        assert len(workspace.snapshot().notes) == 24
        stored = {entry.photo.sha256 for entry in workspace.snapshot().photos}
        assert sha256(photos / "board-3.png") in stored
