"""The report's files: the same for the same snapshot, whole at any moment, nothing left behind."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from support import fake_workspace as fake

from boardscribe.records import Board
from boardscribe.report import _files, write_report

SMALL = fake.WORKSHOP["Keep the door open"]


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def _small(workspace, name="Keep the door open"):
    return fake.snapshot_of([fake.paint_board(workspace, name, SMALL, width=800)])


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_snapshot_gives_the_same_bytes_anywhere(workspace, tmp_path):
    snapshot = _small(workspace)
    first = write_report(snapshot, workspace, fake.OPTIONS)
    second = write_report(snapshot, workspace, fake.OPTIONS, out=tmp_path / "elsewhere")
    assert first == workspace / "report" / "index.html"
    assert _contents(first.parent) == _contents(second.parent)


def test_only_what_changed_is_written_again(workspace):
    board = fake.paint_board(workspace, "One", SMALL, seed=1, width=800)
    other = fake.paint_board(workspace, "Two", SMALL, seed=2, width=800)
    index = write_report(fake.snapshot_of([board, other]), workspace, fake.OPTIONS)
    before = {path: path.stat() for path in index.parent.rglob("*.*") if path.is_file()}
    notes = [
        replace(other[2][0], history=(replace(other[2][0].transcription, text="changed"),)),
        *other[2][1:],
    ]
    write_report(fake.snapshot_of([board, (*other[:2], notes)]), workspace, fake.OPTIONS)
    changed = {
        path.name
        for path, stat in before.items()
        if (path.stat().st_ino, path.stat().st_mtime_ns) != (stat.st_ino, stat.st_mtime_ns)
    }
    assert changed == {f"{other[0].board_id}.html"}


def test_pictures_are_links_where_the_disk_can_and_copies_where_not(workspace, monkeypatch):
    snapshot = _small(workspace)
    crop = snapshot.notes[0].best.crop
    name = f"note-{snapshot.notes[0].best.sighting_id}.jpg"
    shown = write_report(snapshot, workspace, fake.OPTIONS).parent / "images" / name
    assert shown.samefile(workspace / crop)

    def refused(*_args: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", refused)
    other = workspace / "other"
    copied = write_report(snapshot, workspace, fake.OPTIONS, out=other).parent / "images" / name
    assert not copied.samefile(workspace / crop)
    assert copied.read_bytes() == (workspace / crop).read_bytes()


def test_a_crop_made_anew_is_shown_anew(workspace):
    snapshot = _small(workspace)
    index = write_report(snapshot, workspace, fake.OPTIONS)
    sighting = snapshot.notes[0].best
    new = workspace / "new.jpg"
    new.write_bytes((workspace / sighting.crop).read_bytes() + b"later")
    new.replace(workspace / sighting.crop)
    write_report(snapshot, workspace, fake.OPTIONS)
    shown = index.parent / "images" / f"note-{sighting.sighting_id}.jpg"
    assert shown.read_bytes().endswith(b"later")


def test_pages_and_pictures_of_boards_that_are_gone_go_but_peoples_files_stay(workspace):
    index = write_report(_small(workspace), workspace, fake.OPTIONS)
    mine = index.parent / "boards" / "my-notes.html"
    mine.write_text("<p>mine</p>", encoding="utf-8")
    picture = index.parent / "images" / "holiday.jpg"
    picture.write_bytes(b"mine too")
    write_report(fake.empty(workspace), workspace, fake.OPTIONS)
    left = set(_contents(index.parent))
    assert left == {"index.html", "boards/my-notes.html", "images/holiday.jpg"}


@pytest.mark.parametrize("moment", range(1, 6))
def test_a_report_interrupted_while_rewritten_is_whole_old_or_new_file_by_file(
    workspace, monkeypatch, moment
):
    snapshot = _small(workspace)
    index = write_report(snapshot, workspace, fake.OPTIONS)
    old = _contents(index.parent)
    renamed = replace(snapshot, title="Another title")
    new = _contents(
        write_report(renamed, workspace, fake.OPTIONS, out=workspace / "complete").parent
    )
    writes = 0
    write = Path.write_bytes

    def dies(self: Path, data: bytes) -> int:
        nonlocal writes
        writes += 1
        if writes == moment:
            write(self, data[: len(data) // 2])
            raise KeyboardInterrupt
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", dies)
    with contextlib.suppress(KeyboardInterrupt):
        write_report(renamed, workspace, fake.OPTIONS)
    monkeypatch.undo()
    for name, content in _contents(index.parent).items():
        assert content in (old[name], new[name])
    write_report(renamed, workspace, fake.OPTIONS)
    assert _contents(index.parent) == new


def test_what_a_killed_run_left_half_written_is_cleared(workspace):
    index = write_report(_small(workspace), workspace, fake.OPTIONS)
    half = index.parent / "boards" / ".writing-123-x.html"
    half.write_bytes(b"<p>hal")
    write_report(_small(workspace), workspace, fake.OPTIONS)
    assert not half.exists()


@pytest.mark.parametrize(
    "path",
    ["../secret.jpg", "/etc/hostname", "crops/gone.jpg", "crops", "a\x00b.jpg", "leak.jpg", ""],
)
def test_a_picture_outside_the_workspace_or_missing_is_not_shown(workspace, path):
    (workspace.parent / "secret.jpg").write_bytes(b"secret")
    (workspace / "leak.jpg").symlink_to(workspace.parent / "secret.jpg")
    snapshot = _small(workspace)
    note = snapshot.notes[0]
    notes = (replace(note, sightings=(replace(note.best, crop=path),)), *snapshot.notes[1:])
    photos = (replace(snapshot.photos[0], preview=path),)
    index = write_report(replace(snapshot, notes=notes, photos=photos), workspace, fake.OPTIONS)
    page = (index.parent / "boards" / f"{snapshot.boards[0].board_id}.html").read_text("utf-8")
    assert f"note-{note.best.sighting_id}.jpg" not in page
    assert "No picture of this note is stored" in page
    assert "is not stored in the workspace" in page
    assert all(b"secret" not in content for content in _contents(index.parent).values())


def test_a_damaged_preview_does_not_stop_the_report(workspace):
    snapshot = _small(workspace)
    (workspace / snapshot.photos[0].preview).write_bytes(b"\xff\xd8 not much of a JPEG")
    index = write_report(snapshot, workspace, fake.OPTIONS)
    assert "images/photo-" in index.read_text("utf-8")


@pytest.mark.parametrize(
    "identifier",
    ["../../etc/passwd", "CON", "nul", "a/b", "", "é", "A", ".hidden", "x" * 300, "\udcff", "a b"],
)
def test_no_identifier_leaves_its_folder_or_collides(identifier):
    made = _files.slug(identifier)
    assert made != identifier
    assert made.isascii()
    assert made.isalnum()
    assert len(made) < 64


def test_plain_identifiers_keep_their_name():
    assert _files.slug("make-time") == "make-time"
    assert _files.slug("0d8da174ce8c7790") == "0d8da174ce8c7790"


def test_hostile_identifiers_and_odd_boards_give_pages_inside_the_folder(workspace):
    snapshot = _small(workspace)
    evil = Board("../../outside", "Evil")
    reserved = Board("no-heading", "Reserved")
    notes = tuple(
        replace(note, board_id=[evil.board_id, reserved.board_id, None, "unknown"][index % 4])
        for index, note in enumerate(snapshot.notes)
    )
    index = write_report(
        replace(snapshot, boards=(evil, reserved), notes=notes), workspace, fake.OPTIONS
    )
    pages = sorted(path.name for path in (index.parent / "boards").iterdir())
    assert len(pages) == 3
    assert "no-heading.html" in pages
    assert not (workspace.parent / "outside.html").exists()
    overview = index.read_text("utf-8")
    assert all(f'href="boards/{page}"' in overview for page in pages)


def test_every_note_and_photo_of_the_snapshot_is_on_some_page(workspace):
    snapshot = fake.workshop(workspace)
    index = write_report(snapshot, workspace, fake.OPTIONS)
    pages = "".join(path.read_text("utf-8") for path in (index.parent / "boards").iterdir())
    for note in snapshot.notes:
        assert pages.count(f'id="note-{note.note_id}"') == 1
    for entry in snapshot.photos:
        assert f'id="photo-{entry.photo.sha256[:24]}"' in pages


def test_one_photo_of_two_boards_is_on_both_pages(workspace):
    snapshot = _small(workspace)
    second = Board("second", "Second")
    moved = tuple(
        replace(note, board_id="second") if index >= 3 else note
        for index, note in enumerate(snapshot.notes)
    )
    index = write_report(
        replace(snapshot, boards=(*snapshot.boards, second), notes=moved), workspace, fake.OPTIONS
    )
    page = (index.parent / "boards" / "second.html").read_text("utf-8")
    first = snapshot.boards[0].board_id
    assert f'id="photo-{snapshot.photos[0].photo.sha256[:24]}"' in page
    assert f'href="{first}.html#note-{moved[0].note_id}"' in page
    assert "(on another page)" in page
    assert "Grey outlines" in page


def test_pages_hold_no_event_attribute_no_style_attribute_and_no_outside_address(workspace):
    index = write_report(fake.workshop(workspace), workspace, fake.OPTIONS)
    for page in (index, *(index.parent / "boards").iterdir()):
        html = page.read_text("utf-8")
        markup = html[: html.index("<script>")] + html[html.index("</style>") :]
        body = markup[: markup.rindex("<script>")]
        assert ' style="' not in body
        assert " onclick=" not in body
        assert "http://" not in html
        assert "https://" not in html
        assert html.count("<script>") == 2
        assert "default-src &#39;none&#39;" in html


def test_a_meaning_that_the_legend_no_longer_has_is_still_shown(workspace):
    snapshot = _small(workspace)
    notes = (replace(snapshot.notes[0], meaning="retired"), *snapshot.notes[1:])
    index = write_report(replace(snapshot, notes=notes), workspace, fake.OPTIONS)
    assert '<bdi class="cap">retired</bdi>' in index.read_text("utf-8")


def test_a_sighting_that_a_newer_run_did_not_find_is_kept_and_says_so(workspace):
    snapshot = _small(workspace)
    note = snapshot.notes[1]
    assert note.transcription.source.value == "consensus"
    notes = (
        snapshot.notes[0],
        replace(note, sightings=(replace(note.best, stale=True),)),
        *snapshot.notes[2:],
    )
    index = write_report(replace(snapshot, notes=notes), workspace, fake.OPTIONS)
    page = (index.parent / "boards" / f"{snapshot.boards[0].board_id}.html").read_text("utf-8")
    assert page.count("not found again by a newer run") == 1
