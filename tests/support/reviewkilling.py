"""Pushes and pulls that are killed: `python reviewkilling.py FOLDER SEED KILLS`.

Forks one push or pull after the other, people answering in between, and kills each, with SIGKILL,
at a random one of its steps: a statement or commit of the database, or a request to the queue
(before it, or after the queue did what was asked). After every kill the workspace is looked at:
nothing may be half applied. At the end everything is brought to its end without kills, and what
came out is written to `found.json`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, event
from support.reviewing import Doubt, FileQueue, workspace_of

from boardscribe.records import Source
from boardscribe.workspace import Workspace
from boardscribe_review.pull import pull
from boardscribe_review.push import push

NOTES = 8


class Fuse:
    """Kills this process at its n-th step."""

    def __init__(self, last: int) -> None:
        self.last = last
        event.listen(Engine, "before_cursor_execute", self.burn)
        event.listen(Engine, "commit", self.burn)

    def burn(self, *_: object) -> None:
        self.last -= 1
        if self.last == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Burning(FileQueue):
    """A queue whose every request may be the last, before it or after it was carried out."""

    fuse: Fuse | None = None

    def _open(self):  # type: ignore[no-untyped-def]
        if self.fuse is not None:
            self.fuse.burn()
        return super()._open()

    def push(self, tasks):  # type: ignore[no-untyped-def]
        made = super().push(tasks)
        if self.fuse is not None:
            self.fuse.burn()
        return made


def attempt(folder: Path, work: Callable[[Workspace, FileQueue], object], step: int) -> bool:
    """Do it in a child that is killed at some step; whether it came to its end before."""
    child = os.fork()
    if child == 0:
        queue = Burning(folder / "queue.db", batch_size=3)
        with Workspace.open(folder / "w", create=False) as space:
            queue.fuse = Fuse(step)
            work(space, queue)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "it failed by itself"
    return True


def look(folder: Path) -> None:
    """Whatever is stored was applied, in one step."""
    with Workspace.open(folder / "w", create=False) as space:
        notes = {note.note_id: note for note in space.snapshot().notes}
        tasks = {item.task.task_id: item for item in space.store.review.tasks()}
        good: dict[str, set[str]] = {}
        for stored in space.store.review.answers():
            if not stored.problem and not stored.raw.skipped:
                note_id = tasks[stored.task_id].task.note_id
                good.setdefault(note_id, set()).add(stored.raw.reader)
        for note_id, note in notes.items():
            decided = note.transcription.source is not Source.MACHINE
            assert decided == (len(good.get(note_id, ())) >= 2), note_id


def main() -> None:
    """Kill as often as asked, then finish and say what came out."""
    folder, seed, kills = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    doubts = [Doubt(f"note {number}", 0.3) for number in range(NOTES)]
    workspace_of(folder / "w", doubts, "[review]\nreaders = 2\nname_readers = true\n").close()
    queue = FileQueue(folder / "queue.db", batch_size=3)
    killed: Counter[str] = Counter()
    people = 0
    while sum(killed.values()) < kills:
        name, work = chance.choice([("push", push), ("pull", pull)])
        if not attempt(folder, work, chance.randint(1, 60)):
            killed[name] += 1
        look(folder)
        waiting = queue.waiting()
        if waiting and chance.random() < 0.4 and people < 2 * NOTES - 4:
            task = chance.choice(waiting)
            people += 1
            queue.answer(
                task["external"], f"reader {people}", verdict="readable", text=task["text"]
            )
    with Workspace.open(folder / "w", create=False) as space:
        push(space, queue)
        pull(space, queue)
        push(space, queue)
        before = queue.tasks(gone=True)
        while waiting := queue.waiting():
            people += 1
            queue.answer(
                waiting[0]["external"],
                f"reader {people}",
                verdict="readable",
                text=waiting[0]["text"],
            )
        pull(space, queue)
        with queue._open() as database:
            (given,) = database.execute("SELECT count(*) FROM answer").fetchone()
        stored = space.store.review.answers()
        found = {
            "killed": dict(killed),
            "most_tasks_of_one_id": max(
                Counter(t["task_id"] for t in before if not t["gone"]).values()
            ),
            "answers_given": given,
            "answers_stored": len({answer.raw.answer_id for answer in stored}),
            "rows": len(stored),
            "reviewed": sum(
                note.transcription.source is Source.CONSENSUS for note in space.snapshot().notes
            ),
            "versions": sorted({len(note.history) for note in space.snapshot().notes}),
            "notes": NOTES,
        }
    look(folder)
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
