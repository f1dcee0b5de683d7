"""Runs that are killed: a small process that forks one run after the other and kills each.

Forking from a process that has everything imported makes an attempt cost milliseconds, so that
there can be many. Used as a script: `python killing.py FOLDER SEED KILLS`.

Each round starts a fresh workspace and kills the run, with SIGKILL, again and again: at a random
moment, or at a random one of its database statements and file renames, until a run comes to its
end. There are as many rounds as it takes. The kills of each round are written to `kills.json`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import cv2
from sqlalchemy import Engine, event
from support.fakes import FakeWorker

from boardscribe.discovery import discover
from boardscribe.executors import SerialExecutor
from boardscribe.run import run
from boardscribe.workspace import Workspace

WORKER = FakeWorker(seconds=0.01)


class _Fuse:
    """Kills this process at its n-th step; counts steps where n is 0."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.steps = 0
        event.listen(Engine, "before_cursor_execute", self.burn)
        event.listen(Engine, "commit", self.burn)
        sys.addaudithook(self._hear)

    def burn(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _hear(self, name: str, _: tuple[object, ...]) -> None:
        if name in ("os.rename", "os.remove", "tempfile.mkstemp"):
            self.burn()


def once(photos: Path, folder: Path) -> None:
    """One whole run."""
    with Workspace.open(folder, create=True) as workspace:
        run(
            workspace,
            discover([str(photos)]),
            executor=SerialExecutor,
            pipeline=WORKER.pipeline(),
        )


def attempt(photos: Path, folder: Path, *, seconds: float | None, step: int) -> bool:
    """Run in a child that is killed after some time or at some step; whether it finished."""
    child = os.fork()
    if child == 0:
        fuse = _Fuse(step)
        once(photos, folder)
        if step == 0 and seconds is None:
            (folder.parent / "steps").write_text(str(fuse.steps))
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return True


def main(folder: Path, seed: int, wanted: int) -> None:
    cv2.setNumThreads(0)  # a forked process has none of its parent's threads
    chance = random.Random(seed)
    photos = folder / "photos"
    begun = time.monotonic()
    assert attempt(photos, folder / "undisturbed", seconds=None, step=0)
    whole = time.monotonic() - begun
    steps = int((folder / "steps").read_text())
    rounds: list[int] = []
    while sum(rounds) < wanted:
        kills, finished = 0, False
        while not finished:
            # After many kills the run is let through: the machine may be slower by now.
            patient = kills >= 15
            by_step = chance.random() < 0.6
            finished = attempt(
                photos,
                folder / f"round-{len(rounds)}",
                seconds=None if by_step or patient else chance.uniform(0, whole * 0.5),
                step=chance.randint(1, int(steps * 0.35)) if by_step and not patient else 0,
            )
            kills += not finished
        rounds.append(kills)
    (folder / "kills.json").write_text(json.dumps(rounds))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
