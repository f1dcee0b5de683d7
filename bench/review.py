"""How long a push of many questions takes, and a pull of some answers; a real Label Studio.

Makes a workspace of many doubtful notes with pictures, starts a server of its own with fresh data
(installed into the user's cache where it is not there yet), pushes, answers some questions and
pulls them. Writes the table into bench/README.md.

    .venv/bin/python bench/review.py [--tasks 5000] [--answers 200]
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from PIL import Image  # noqa: E402
from sqlalchemy import event  # noqa: E402
from sqlalchemy.pool import Pool  # noqa: E402
from support import reviewing  # noqa: E402
from support.labelstudio import Person, serving, text_answer  # noqa: E402
from support.reviewing import Doubt, fill, workspace_of  # noqa: E402
from tables import put  # noqa: E402

from boardscribe.workspace import Workspace  # noqa: E402
from boardscribe_review.labelstudio import LabelStudioQueue, connect_local  # noqa: E402
from boardscribe_review.pull import pull  # noqa: E402
from boardscribe_review.push import push  # noqa: E402
from boardscribe_review.server import Running  # noqa: E402

MARK = "<!-- review -->"
ON_A_PHOTO = 40
BOARDS = 12
PREVIEW = (1600, 1200)
PHOTO = ROOT / "samples" / "photos" / "share-the-water.jpg"


def make(folder: Path, number: int) -> Workspace:
    """A workspace whose notes all wait for review, with previews of the usual size.

    All show one photograph: what is drawn and coded is as much as for as many different ones.
    """
    preview = io.BytesIO()
    Image.open(PHOTO).convert("RGB").resize(PREVIEW).save(preview, "JPEG", quality=85)
    reviewing.PREVIEW = preview.getvalue()
    chance = random.Random(1)
    words = [
        "share",
        "time",
        "tools",
        "water",
        "roof",
        "open",
        "night",
        "list",
        "call",
        "week",
        "paper",
        "round",
    ]
    doubts = [
        Doubt(" ".join(chance.choices(words, k=chance.randint(1, 9))), confidence=chance.random() * 0.8)
        for _ in range(number)
    ]  # fmt: skip
    space = workspace_of(folder, doubts[:ON_A_PHOTO])
    for start in range(ON_A_PHOTO, number, ON_A_PHOTO):
        fill(
            space,
            doubts[start : start + ON_A_PHOTO],
            name=f"photo{start}.jpg",
            board=f"Board {start // ON_A_PHOTO % BOARDS}",
        )
    return space


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process; 0 where /proc is absent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(what: str, target: str, running: Running, work: Callable[[], object]) -> str:
    """One row: wall-clock time, and the processor time of both sides."""
    begun, own, theirs = time.perf_counter(), time.process_time(), cpu_of(running.pid)
    work()
    seconds = time.perf_counter() - begun
    row = (
        f"| {what} | {target} | {seconds:.1f} | {time.process_time() - own:.1f} "
        f"| {cpu_of(running.pid) - theirs:.1f} |"
    )
    print(row, flush=True)
    return row


def table(number: int, answers: int, running: Running, folder: Path) -> str:
    space = make(folder / "workspace", number)
    with space.hold():
        queue: LabelStudioQueue = connect_local(space, running)
    owner = Person.owner(running)
    rows = [
        measured(f"push {number:,} new questions", "30", running, lambda: push(space, queue)),
        measured("push again, nothing to do", "", running, lambda: push(space, queue)),
        measured("first pull, no answers", "", running, lambda: pull(space, queue)),
    ]
    stored = space.store.review.tasks()
    for item in random.Random(2).sample(stored, answers):
        assert item.external_id is not None
        owner.answer(int(item.external_id), *text_answer(f"{item.task.content.text} indeed"))
    rows += [
        measured(f"pull {answers} answers", "5", running, lambda: pull(space, queue)),
        measured("pull again, nothing new", "", running, lambda: pull(space, queue)),
    ]
    assert len(space.store.review.answers()) == answers
    queue.close()
    space.close()
    return "\n".join(
        [
            "| what | at most, s | seconds | of our processor time | of the server's |",
            "|---|---:|---:|---:|---:|",
            *rows,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "README.md")
    options = parser.parse_args()
    # The tests do not wait for the disk; whoever pushes does.
    event.remove(Pool, "checkout", reviewing._hurry)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder / "data") as running:
            found = table(options.tasks, options.answers, running, folder)
    load = os.getloadavg()[0]
    head = (
        f"Measured on {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, server on the same machine; load of the machine before "
        f"{before:.1f}, at the end {load:.1f}."
    )
    put(options.out, MARK, f"{head}\n\n{found}")


if __name__ == "__main__":
    main()
