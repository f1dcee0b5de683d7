"""One writer at a time: the second waits, or says who holds the workspace."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fakes import FakeWorker, write_boards

from boardscribe.discovery import discover
from boardscribe.errors import ExitCode, WorkspaceLockedError
from boardscribe.executors import SerialExecutor
from boardscribe.lock import HOLDER_FILE, hold, holder_of
from boardscribe.options import Options
from boardscribe.run import Event, run
from boardscribe.workspace import Workspace

HOLD = """
import sys, pathlib
from boardscribe.lock import hold
with hold(pathlib.Path(sys.argv[1]), wait=True, notify=print):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds the folder until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def silent(_: str) -> None:
    """Hear nothing."""


def test_the_holder_is_named(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(WorkspaceLockedError, match=f"in use by process {other.pid} of") as caught,
        hold(tmp_path, wait=False, notify=silent),
    ):
        pass
    assert caught.value.exit_code is ExitCode.LOCKED
    assert caught.value.remedy
    other.communicate()
    assert holder_of(tmp_path) is None


def test_the_second_waits_and_is_told_for_whom(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    told: list[str] = []
    threading.Timer(1.0, other.communicate).start()
    with hold(tmp_path, wait=True, notify=told.append):
        holder = holder_of(tmp_path)
        assert holder is not None
        assert holder.pid == os.getpid()
    assert len(told) == 1
    assert f"process {other.pid} of" in told[0]


def test_a_lock_left_by_a_killed_process_blocks_nobody(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert (tmp_path / HOLDER_FILE).exists()
    with hold(tmp_path, wait=False, notify=silent):
        pass


def test_a_spoilt_holder_file_is_no_hindrance(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    (tmp_path / HOLDER_FILE).write_text("{")
    with (
        pytest.raises(WorkspaceLockedError, match="in use by another process"),
        hold(tmp_path, wait=False, notify=silent),
    ):
        pass
    other.communicate()


def test_readers_need_no_lock(tmp_path: Path) -> None:
    with (
        Workspace.open(tmp_path / "w", create=True) as writer,
        writer.hold(),
        Workspace.open(tmp_path / "w", create=False) as reader,
    ):
        assert reader.snapshot().notes == ()


def test_two_runs_at_once_do_the_work_once(tmp_path: Path) -> None:
    write_boards(tmp_path / "photos", 4)
    Workspace.open(tmp_path / "w", create=True).close()
    log = tmp_path / "log"
    worker = FakeWorker(log=str(log), seconds=0.2)
    events: list[list[Event]] = [[], []]
    errors: list[BaseException] = []

    def start(number: int) -> None:
        try:
            with Workspace.open(tmp_path / "w", create=True) as workspace:
                run(
                    workspace,
                    discover([str(tmp_path / "photos")]),
                    progress=events[number].append,
                    executor=SerialExecutor,
                    pipeline=worker.pipeline(),
                )
        except BaseException as error:  # noqa: BLE001 - reported by the test itself
            errors.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(log.read_text().splitlines()) == 4
    with Workspace.open(tmp_path / "w", create=False) as workspace:
        snapshot = workspace.snapshot()
    assert len(snapshot.notes) == 24
    assert [(entry.done, entry.skipped) for entry in snapshot.runs] == [(0, 4), (4, 0)]
    assert any("Waiting" in notice for told in events for e in told for notice in e.notices)


RUN = """
import sys, pathlib
from support.fakes import FakeWorker
from boardscribe.discovery import discover
from boardscribe.executors import SerialExecutor
from boardscribe.run import run
from boardscribe.workspace import Workspace
with Workspace.open(pathlib.Path(sys.argv[2]), create=True) as space:
    worker = FakeWorker(log=sys.argv[3], seconds=0.2)
    run(space, discover([sys.argv[1]]), executor=SerialExecutor, pipeline=worker.pipeline())
"""


def test_two_processes_that_make_and_fill_one_workspace_do_not_disturb_each_other(
    tmp_path: Path,
) -> None:
    write_boards(tmp_path / "photos", 4)
    folders = [str(tmp_path / name) for name in ("photos", "w", "log")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, *folders],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=120)[1] for process in processes] == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
    assert len((tmp_path / "log").read_text().splitlines()) == 4
    with Workspace.open(tmp_path / "w", create=False) as workspace:
        assert len(workspace.snapshot().notes) == 24
    connection = sqlite3.connect(tmp_path / "w" / "boardscribe.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_run_that_may_not_wait_stops_at_once(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True) as workspace, workspace.hold():
        impatient = Workspace(tmp_path / "w", Options(on_conflict="fail"))
        with pytest.raises(WorkspaceLockedError):
            run(
                impatient,
                discover([]),
                executor=SerialExecutor,
                pipeline=FakeWorker().pipeline(),
            )
        impatient.close()


def test_two_folders_on_one_server_database_exclude_one_another(
    tmp_path: Path, new_postgres: Callable[[], str]
) -> None:
    url = new_postgres()
    spaces = []
    for name in ("one", "two"):
        config = tmp_path / f"{name}.toml"
        config.write_text(f'on_conflict = "fail"\n[workspace]\ndatabase = "{url}"\n')
        spaces.append(Workspace.open(tmp_path / name, create=True, config=config))
    one, two = spaces
    with (
        one.hold(),
        pytest.raises(WorkspaceLockedError, match=f"boardscribe {os.getpid()}@"),
        two.hold(),
    ):
        pass
    time.sleep(0.2)  # the server notices the end of the session
    with two.hold():
        pass
    one.close()
    two.close()
