"""Where the work is done: in this process, in others, or on a Dask cluster.

All are `concurrent.futures.Executor`, so `boardscribe.run` knows no difference.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, ParamSpec, TypeAlias, TypeVar

from boardscribe.errors import InputError, MissingComponentError

__all__ = [
    "DaskExecutor",
    "ExecutorFactory",
    "ProcessExecutor",
    "SerialExecutor",
    "call",
    "choose",
    "is_killed",
    "stop_now",
]

P = ParamSpec("P")
T = TypeVar("T")

ExecutorFactory: TypeAlias = Callable[[], Executor]
"""Makes a fresh executor; called again when a dying worker broke the one before."""


def choose(*, jobs: int, scheduler: str | None = None) -> ExecutorFactory:
    """The executor for these settings.

    Even one job runs in a process of its own: a photo that crashes a decoder then costs itself
    and not the run.

    Args:
        jobs: number of processes.
        scheduler: address of a Dask scheduler; takes the place of `jobs`.
    """
    if scheduler is not None:
        return lambda: DaskExecutor(scheduler)
    return lambda: ProcessExecutor(jobs)


def call(pickled: bytes, job: Any) -> Any:
    """In a worker process: call a pickled worker, with the models that it loaded before.

    Submitting the worker itself would send a fresh copy, without models, with every job.
    """
    return _loaded(pickled)(job)


@functools.lru_cache(maxsize=2)
def _loaded(pickled: bytes) -> Callable[[Any], Any]:
    worker: Callable[[Any], Any] = pickle.loads(pickled)  # noqa: S301 - made by our own parent
    return worker


def stop_now(executor: Executor) -> None:
    """Stop without waiting for the work in hand."""
    executor.shutdown(wait=False, cancel_futures=True)
    if isinstance(executor, ProcessExecutor):
        executor.kill()


def is_killed(error: BaseException) -> bool:
    """Whether the error says that the worker died, rather than that its work failed."""
    # A cluster reports it in its own words; what is not loaded cannot have raised it.
    scheduler = sys.modules.get("distributed.scheduler")
    return scheduler is not None and isinstance(error, scheduler.KilledWorker)


class SerialExecutor(Executor):
    """Does each piece of work at once, in this process: for tests, notebooks and debuggers."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do the work; the future that comes back is done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - an executor hands every error to its future
            future.set_exception(error)
        return future


class _Processes(SpawnContext):
    """Remembers the processes that a pool starts, so that they can be stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: N802
        """Make a process as the pool asks for it."""
        process = SpawnProcess(*args, **kwargs)
        self.started.append(process)
        return process


class ProcessExecutor(ProcessPoolExecutor):
    """Processes on this machine, started fresh: forking a process with threads can hang it.

    Args:
        jobs: number of processes.
    """

    def __init__(self, jobs: int) -> None:
        self._context = _Processes()
        super().__init__(jobs, mp_context=self._context, initializer=_prepare_worker)

    def kill(self) -> None:
        """End all processes, whatever they are doing."""
        for process in self._context.started:
            process.kill()


def _prepare_worker() -> None:
    """In each worker: leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    # A pool's worker waits for work for ever if its parent is killed: both ends of the pipe are
    # open in the worker itself.
    parent.join()
    os._exit(1)


class DaskExecutor(Executor):
    """A Dask cluster, whose workers must see the photos under the same paths.

    Args:
        scheduler: address, such as `tcp://127.0.0.1:8786`.

    Raises:
        MissingComponentError: Dask is not installed.
        InputError: no scheduler answers at the address.
    """

    def __init__(self, scheduler: str) -> None:
        try:
            from distributed import Client  # noqa: PLC0415 - an optional component, slow to load
        except ModuleNotFoundError as error:
            raise MissingComponentError(
                "Dask is not installed", remedy="Install it: pip install 'boardscribe[dask]'"
            ) from error
        try:
            client: Any = Client(scheduler, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise InputError(
                f"no Dask scheduler answers at {scheduler}",
                remedy="Start one (dask scheduler) and give its address, "
                "such as tcp://127.0.0.1:8786.",
            ) from error
        self._client = client
        # Not pure: the same photo may be tried again after its worker died.
        self._inner: Executor = self._client.get_executor(pure=False)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Send the work to the cluster."""
        return self._inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; it goes on for others."""
        # Closing the client cancels what nobody waits for any more.
        self._inner.shutdown(wait=wait and not cancel_futures)
        self._client.close()
