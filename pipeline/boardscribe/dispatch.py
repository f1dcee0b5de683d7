"""Photos to workers and back: few in hand, and a worker that dies loses no photo but its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, field

from boardscribe.errors import BoardscribeError
from boardscribe.executors import ExecutorFactory, call, is_killed, stop_now
from boardscribe.worker import PhotoJob, PhotoOutcome

__all__ = ["BUG", "Task", "dispatch"]

BUG = "This is a bug: please report it with the photo, if it may be shared."
_DIED = (
    "worker_died",
    "the process that worked on this photo died, twice; mostly it ran out of memory",
    "Lower --jobs, or scale the photo down; the next run tries it again.",
)


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to work on."""

    job: PhotoJob
    sha256: str
    path: str


def dispatch(
    tasks: Iterator[Task],
    worker: bytes,
    start: ExecutorFactory,
    in_hand: int,
    finish: Callable[[Task, PhotoOutcome], None],
) -> None:
    """Have all tasks done.

    Args:
        tasks: taken one by one as workers come free.
        worker: pickled once; a worker process unpickles it once and keeps what it loaded.
        start: starts workers, anew after one has died.
        in_hand: tasks that are sent ahead at most, so that memory stays small.
        finish: given each task with what became of it, as it comes; runs in this process.

    Raises:
        BoardscribeError: what all photos need is missing.
        KeyboardInterrupt: after what was finished has been given to `finish`.
    """
    _Dispatch(tasks, worker, start, in_hand, finish).go()


@dataclass(slots=True)
class _Dispatch:
    tasks: Iterator[Task]
    worker: bytes
    start: ExecutorFactory
    in_hand: int
    finish: Callable[[Task, PhotoOutcome], None]
    pending: dict[Future[PhotoOutcome], Task] = field(default_factory=dict)

    def go(self) -> None:
        """Keep the workers busy, and store each result as it comes."""
        executor = self.start()
        try:
            while True:
                unsent = self._send(executor)
                if not self.pending and not unsent:
                    break
                suspects = unsent + self._collect(FIRST_COMPLETED)
                if suspects:
                    suspects += self._collect(ALL_COMPLETED)
                    executor = self._try_alone(executor, suspects)
        except KeyboardInterrupt:
            # What is finished is kept, what is in hand is given up.
            try:
                for future, task in self.pending.items():
                    if future.done() and future.exception() is None:
                        self.finish(task, future.result())
            finally:
                stop_now(executor)
            raise
        except BaseException:
            stop_now(executor)
            raise
        executor.shutdown()

    def _collect(self, return_when: str) -> list[Task]:
        """Wait for results and store them; gives back the tasks whose worker died."""
        done = wait(self.pending, return_when=return_when).done
        died = []
        # In the order they were sent, so that a serial run is the same every time.
        for future in [future for future in self.pending if future in done]:
            task = self.pending[future]
            if not self._take(future, task):
                died.append(task)
            del self.pending[future]
        return died

    def _send(self, executor: Executor) -> list[Task]:
        """Send tasks: few enough in hand that memory stays small.

        Results that are there are stored before more work is sent.

        Returns:
            The task that a broken executor did not take.
        """
        while len(self.pending) < self.in_hand and not any(f.done() for f in self.pending):
            task = next(self.tasks, None)
            if task is None:
                break
            future = self._submit(executor, task)
            if future is None:
                return [task]
            self.pending[future] = task
        return []

    def _submit(self, executor: Executor, task: Task) -> Future[PhotoOutcome] | None:
        """Send a task; None where the executor takes no more."""
        try:
            return executor.submit(call, self.worker, task.job)
        except BrokenExecutor:
            return None

    def _take(self, future: Future[PhotoOutcome], task: Task) -> bool:
        """Store what a worker gave; whether it lived to give anything."""
        error = future.exception()
        if error is None:
            self.finish(task, future.result())
        elif isinstance(error, BrokenExecutor):
            return False
        elif is_killed(error):
            self.finish(task, PhotoOutcome.failed(task.job, *_DIED))
        elif isinstance(error, BoardscribeError) or not isinstance(error, Exception):
            raise error  # not this photo's fault: every other one would fail the same way
        else:
            message = f"{type(error).__name__}: {error}"
            self.finish(task, PhotoOutcome.failed(task.job, "internal", message, BUG))
        return True

    def _try_alone(self, executor: Executor, suspects: list[Task]) -> Executor:
        """After a worker died: find the photo that kills it, and lose no other.

        Returns:
            A working executor.
        """
        stop_now(executor)
        executor = self.start()
        for task in suspects:
            try:
                future = self._submit(executor, task)
                lived = future is not None and self._take(future, task)
            except BaseException:
                stop_now(executor)
                raise
            if not lived:
                self.finish(task, PhotoOutcome.failed(task.job, *_DIED))
                stop_now(executor)
                executor = self.start()
        return executor
