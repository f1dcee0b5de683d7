"""Work is done in this process, in others or on a cluster, with the same result."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest
from support.fakes import FakeWorker, write_boards

from boardscribe import executors
from boardscribe.discovery import discover
from boardscribe.errors import InputError, MissingComponentError
from boardscribe.run import run
from boardscribe.workspace import Workspace


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a small Dask cluster in this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        protocol="tcp://",
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize("kind", ["serial", "processes", "dask"])
def test_every_executor_gives_the_same_notes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    write_boards(tmp_path / "photos", 3)
    (tmp_path / "photos" / "bad.png").write_bytes(b"x")
    (tmp_path / "photos" / "bug.png").write_bytes(b"y")

    def start() -> Executor:
        if kind == "serial":
            return executors.SerialExecutor()
        if kind == "processes":
            return executors.choose(jobs=1)()
        return executors.choose(jobs=1, scheduler=request.getfixturevalue("scheduler"))()

    with Workspace.open(tmp_path / "w", create=True) as workspace:
        summary = run(
            workspace,
            discover([str(tmp_path / "photos")]),
            jobs=2,
            executor=start,
            pipeline=FakeWorker().pipeline(),
        )
        assert summary.done == 3
        assert sorted(f.reason for f in summary.failures) == ["internal", "not_an_image"]
        assert len(workspace.snapshot().notes) == 18


class Counting:
    """A worker that says how often it was loaded in its process."""

    loaded = 0

    def __call__(self, job: str) -> tuple[str, int, int]:
        return job, Counting.loaded, os.getpid()

    def __setstate__(self, state: object) -> None:
        Counting.loaded += 1

    def __getstate__(self) -> dict[str, int]:
        return {"some": 1}


def test_models_are_loaded_once_a_process() -> None:
    pickled = pickle.dumps(Counting())
    before = Counting.loaded
    assert [executors.call(pickled, name)[1] - before for name in "abc"] == [1, 1, 1]


def test_a_serial_executor_hands_errors_to_the_future() -> None:
    future = executors.SerialExecutor().submit(int, "x")
    assert isinstance(future.exception(), ValueError)


def test_dask_that_is_not_installed_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingComponentError) as caught:
        executors.DaskExecutor("tcp://127.0.0.1:1")
    assert "pip install 'boardscribe[dask]'" in caught.value.remedy


def test_a_scheduler_that_does_not_answer_is_an_error_that_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    with dask.config.set({"distributed.comm.timeouts.connect": "500ms"}):
        assert distributed is not None
        with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
            executors.DaskExecutor("tcp://127.0.0.1:1")


def test_a_killed_cluster_worker_is_told_from_failed_work() -> None:
    scheduler = pytest.importorskip("distributed.scheduler")
    error = scheduler.KilledWorker("task", None, 3)
    assert executors.is_killed(error)
    assert not executors.is_killed(ValueError("x"))
