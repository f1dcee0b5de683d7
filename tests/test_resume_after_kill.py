"""Killed at any instant and started again, a run ends with the same notes, each once."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from support.fakes import board_image, write_boards

from boardscribe.snapshot import Snapshot
from boardscribe.workspace import Workspace

HERE = Path(__file__).parent
TABLES = (
    "board",
    "photo",
    "photo_name",
    "stage_stamp",
    "heading",
    "note",
    "sighting",
    "note_link",
    "reading",
    "proposal",
    "transcription",
    "registration",
)


def essence(snapshot: Snapshot) -> Snapshot:
    """A snapshot without what may differ: when things were done, and by how many runs."""
    notes = tuple(
        replace(
            note,
            history=tuple(replace(version, decided_at=None) for version in note.history),
        )
        for note in snapshot.notes
    )
    return replace(snapshot, notes=notes, runs=())


def row_counts(database: Path) -> dict[str, int]:
    connection = sqlite3.connect(database)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in TABLES
        }
    finally:
        connection.close()


def assert_same(folder: Path, expected: Path) -> None:
    """The workspace holds what the undisturbed one holds, and nothing else."""
    with (
        Workspace.open(folder, create=False) as one,
        Workspace.open(expected, create=False) as other,
    ):
        assert essence(one.snapshot()) == essence(other.snapshot())
        used = one.store.files()
    assert row_counts(folder / "boardscribe.db") == row_counts(expected / "boardscribe.db")
    on_disk = {
        path.relative_to(folder).as_posix()
        for part in ("crops", "previews")
        for path in (folder / part).glob("*/*")
    }
    assert on_disk == set(used)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE)}


def photos_of_every_kind(folder: Path) -> None:
    """Four boards, one of them twice from another side, a copy, and two that fail."""
    write_boards(folder, 4, notes=9)
    seen = board_image(0, notes=9)
    height, width = seen.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + np.array([[12, 8], [-6, 14], [-10, -4], [9, -12]], np.float32)
    view = cv2.warpPerspective(
        seen, cv2.getPerspectiveTransform(corners, moved), (width, height), borderValue=(245,) * 3
    )
    assert cv2.imwrite(str(folder / "board-0-again.png"), view)
    (folder / "copy.png").write_bytes((folder / "board-1.png").read_bytes())
    (folder / "bad.png").write_bytes(b"no image")
    (folder / "empty.png").write_bytes(b"")


def test_killed_at_random_moments_a_run_ends_with_the_same_notes(tmp_path: Path) -> None:
    photos_of_every_kind(tmp_path / "photos")
    done = subprocess.run(
        [sys.executable, HERE / "support" / "killing.py", tmp_path, "20260131", "25"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kills = json.loads((tmp_path / "kills.json").read_text())
    assert sum(kills) >= 25, kills
    for number in range(len(kills)):
        assert_same(tmp_path / f"round-{number}", tmp_path / "undisturbed")
    with Workspace.open(tmp_path / "undisturbed", create=False) as workspace:
        snapshot = workspace.snapshot()
    assert len(snapshot.photos) == 5
    # The board that was photographed twice has nine notes, not eighteen.
    assert len(snapshot.notes) == 36
    assert sum(len(note.sightings) == 2 for note in snapshot.notes) == 9
    assert {failure.name for failure in snapshot.failures} == {"bad.png", "copy.png", "empty.png"}


def test_workers_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    write_boards(tmp_path / "photos", 3)
    script = (
        "import sys\n"
        "from support.fakes import FakeWorker\n"
        "from boardscribe.discovery import discover\n"
        "from boardscribe.run import run\n"
        "from boardscribe.workspace import Workspace\n"
        "if __name__ == '__main__':\n"
        "    with Workspace.open(__import__('pathlib').Path(sys.argv[2]), create=True) as space:\n"
        "        run(space, discover([sys.argv[1]]), jobs=1, progress=lambda e: print(e, flush=True),\n"
        "            pipeline=FakeWorker(seconds=2.0).pipeline())\n"
    )
    (tmp_path / "script.py").write_text(script)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "script.py", tmp_path / "photos", tmp_path / "w"],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "board-0.png" in process.stdout.readline()  # a worker is at work on the next one
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while any(worker.is_running() and worker.status() != "zombie" for worker in workers):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.1)


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    write_boards(tmp_path / "photos", 4)
    script = (
        "import sys, pathlib\n"
        "from support.fakes import FakeWorker\n"
        "from boardscribe.discovery import discover\n"
        "from boardscribe.run import run\n"
        "from boardscribe.workspace import Workspace\n"
        "if __name__ == '__main__':\n"
        "    with Workspace.open(pathlib.Path(sys.argv[2]), create=True) as space:\n"
        "        try:\n"
        "            run(space, discover([sys.argv[1]]), progress=lambda e: print(e, flush=True),\n"
        "                pipeline=FakeWorker(seconds=1.0).pipeline())\n"
        "        except KeyboardInterrupt:\n"
        "            sys.exit(130)\n"
    )
    (tmp_path / "script.py").write_text(script)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "script.py", tmp_path / "photos", tmp_path / "w"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # the group gets the signal, as from a terminal
        # What is started in the background ignores the signal, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout is not None
    assert "board-0.png" in process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")
    with Workspace.open(tmp_path / "w", create=False) as workspace:
        snapshot = workspace.snapshot()
    assert 1 <= len(snapshot.photos) < 4
    assert all(note.history for note in snapshot.notes)
    assert snapshot.runs[0].finished_at is None


@pytest.mark.slow
def test_the_real_pipeline_resumes_after_kills(tmp_path: Path) -> None:
    write_boards(tmp_path / "photos", 2, notes=2)

    def start(workspace: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "boardscribe", "transcribe", str(tmp_path / "photos")]
        return subprocess.Popen(
            [*command, "--workspace", str(tmp_path / workspace), "--no-report"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    begun = time.monotonic()
    undisturbed = start("undisturbed")
    assert undisturbed.wait(timeout=300) == 0, undisturbed.stderr and undisturbed.stderr.read()
    whole = time.monotonic() - begun
    chance = random.Random(7)
    for _ in range(2):
        process = start("killed")
        time.sleep(chance.uniform(0.4, 1.0) * whole)
        process.kill()
        process.communicate()
    last = start("killed")
    assert last.wait(timeout=300) == 0, last.stderr and last.stderr.read()
    assert_same(tmp_path / "killed", tmp_path / "undisturbed")
