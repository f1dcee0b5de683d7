"""Pushes, pulls and a server that are killed, again and again; a script of the kill test.

`python labelkilling.py FOLDER SEED KILLS` works on the local server that runs. It forks one push
or pull after the other from a process that has everything imported, so that an attempt costs
little, and kills it with SIGKILL: at a random moment, or at a random one of its requests and
database statements. Every so often it kills the server instead, in the middle of a request, and
starts it again. Between the attempts there are new notes to ask about and new answers to take up.

What was done is written to `kills.json`: kills by kind, and each answer that the server
acknowledged.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import httpx
import label_studio_sdk  # noqa: F401 - before the forks
import tenacity  # noqa: F401
from label_studio_sdk.label_interface import LabelInterface  # noqa: F401
from sqlalchemy import Engine, event
from support.labelstudio import Person, text_answer
from support.reviewing import Doubt, fill, workspace_of

from boardscribe.workspace import Workspace
from boardscribe_review import server
from boardscribe_review.labelstudio import _client, _queue, connect_local, create
from boardscribe_review.pull import pull
from boardscribe_review.push import push

NOTES = 14
"""New ones for each push; two batches."""
_queue._BATCH = 7
# Small batches are in the server's database sooner.
_queue._IN_FLIGHT_SECONDS = 4.0
# A server that starts again may take long on a busy machine.
_client._PATIENCE_SECONDS = 900.0


class _Fuse:
    """Kills this process at its n-th step; counts steps where n is 0."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.steps = 0
        event.listen(Engine, "before_cursor_execute", self.burn)
        event.listen(Engine, "commit", self.burn)
        send = httpx.Client.send

        def burning(*arguments: object, **options: object) -> httpx.Response:
            self.burn()
            answer = send(*arguments, **options)  # type: ignore[arg-type]
            self.burn()
            return answer

        httpx.Client.send = burning  # type: ignore[method-assign,assignment]

    def burn(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def once(folder: Path, kind: str) -> None:
    """One whole push or pull."""
    with Workspace.open(folder, create=False) as space, create(space) as queue:
        (push if kind == "push" else pull)(space, queue)


class Trial:
    """The workspace under trial, and the person who answers."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.space = folder / "w"
        self.kills = {"push": 0, "pull": 0, "server": 0}
        self.answers: dict[str, str] = {}
        self._chance = random.Random(seed)
        self._steps = {"push": 60, "pull": 60}
        self._photos = 0
        running = server.find_running()
        assert running is not None
        self._port = int(urlsplit(running.url).port or 0)
        self.person = Person.owner(running)
        with workspace_of(self.space, self._doubts()) as space:
            with space.hold():
                connect_local(space, running).close()
            link = json.loads((space.path / "review" / "label-studio.json").read_text())
            self.project = int(link["project"])

    def _doubts(self) -> list[Doubt]:
        self._photos += 1
        return [Doubt(f"note {self._photos} {number}") for number in range(NOTES)]

    def add_notes(self) -> None:
        with Workspace.open(self.space, create=False) as space:
            fill(space, self._doubts(), name=f"p{self._photos}.jpg")

    def answer_some(self, number: int) -> None:
        """Answer open tasks; only what the server acknowledged must not be lost."""
        for task in self.person.tasks(self.project):
            if number and not task["annotations"]:
                said = f"{task['data']['prefilled']['text']} answered"
                try:
                    answer = self.person.answer(task["id"], *text_answer(said))
                except httpx.HTTPError:
                    continue
                self.answers[str(answer)] = said
                number -= 1

    def attempt(self, kind: str, *, seconds: float | None, step: int) -> int:
        """One push or pull; its length in steps, or 0 where it was killed."""
        child = os.fork()
        if child == 0:
            fuse = _Fuse(step)
            try:
                once(self.space, kind)
                (self.space.parent / "steps").write_text(str(fuse.steps))
            except BaseException as error:  # noqa: BLE001 - told to the parent
                (self.space.parent / "failure").write_text(repr(error))
                os._exit(1)
            os._exit(0)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        return self._finish(child, kind)

    def _finish(self, child: int, kind: str) -> int:
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            self.kills[kind] += 1
            return 0
        failure = self.space.parent / "failure"
        assert os.WEXITSTATUS(status) == 0, failure.read_text() if failure.exists() else status
        return int((self.space.parent / "steps").read_text())

    def until_done(self, kind: str, *, enough: int) -> None:
        """Try until it comes to its end; after some kills it is let through."""
        kills = 0
        length = 1.0
        while True:
            let = kills >= enough
            by_step = self._chance.random() < 0.6
            begun = time.monotonic()
            found = self.attempt(
                kind,
                seconds=None if by_step or let else self._chance.uniform(0.02, length),
                step=self._chance.randint(1, self._steps[kind]) if by_step and not let else 0,
            )
            if found:
                self._steps[kind] = max(20, found)
                return
            length = max(length, time.monotonic() - begun)
            kills += 1
            sys.stderr.write(f"{kind} {self.kills}\n")

    def kill_server(self, kind: str) -> None:
        """Kill the server while a push or pull is at work; it must come to its end by itself."""
        ready, begun = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                with Workspace.open(self.space, create=False) as space, create(space) as queue:
                    os.write(begun, b"1")
                    (push if kind == "push" else pull)(space, queue)
                (self.space.parent / "steps").write_text("1")
            except BaseException as error:  # noqa: BLE001 - told to the parent
                (self.space.parent / "failure").write_text(repr(error))
                os._exit(1)
            os._exit(0)
        os.close(begun)  # the child's own end closes with it, whatever becomes of it
        os.read(ready, 1)
        os.close(ready)
        time.sleep(self._chance.uniform(0, 0.5))
        running = server.find_running()
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        self.kills["server"] += 1
        sys.stderr.write(f"server {self.kills}\n")
        while server.find_running() is not None:
            time.sleep(0.05)
        server.start(port=self._port, notify=lambda _: None)
        self._finish(child, kind)


def main(folder: Path, seed: int, wanted: int) -> None:
    cv2.setNumThreads(0)  # a forked process has none of its parent's threads
    trial = Trial(folder, seed)
    trial.until_done("push", enough=4)
    while sum(trial.kills.values()) < wanted:
        trial.answer_some(6)
        trial.until_done("pull", enough=5)
        trial.add_notes()
        trial.until_done("push", enough=4)
        if sum(trial.kills.values()) > 10 * (1 + trial.kills["server"]):
            trial.answer_some(3)
            trial.add_notes()
            trial.kill_server("push" if trial.kills["server"] % 2 else "pull")
            trial.kill_server("pull" if trial.kills["server"] % 2 else "push")
    for kind in ("pull", "push", "pull"):
        assert trial.attempt(kind, seconds=None, step=0)
    (folder / "kills.json").write_text(
        json.dumps({"kills": trial.kills, "answers": trial.answers, "project": trial.project})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
