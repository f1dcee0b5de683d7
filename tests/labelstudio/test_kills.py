"""Killed at random moments, push, pull and server lose no answer and make no task twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from support.labelstudio import Person

from boardscribe.records import Source
from boardscribe.workspace import Workspace
from boardscribe_review.labelstudio._tasks import is_placeholder
from boardscribe_review.server import Running

# Two minutes where the machine is free.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

HERE = Path(__file__).parent.parent


def test_no_answer_is_lost_and_no_task_doubled_by_fifty_kills(
    tmp_path: Path, running: Running
) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "support" / "labelkilling.py", tmp_path, "20260302", "50"],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=1700,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "kills.json").read_text())
    assert sum(found["kills"].values()) >= 50
    assert min(found["kills"].values()) >= 4, found["kills"]

    tasks = Person.owner(running).tasks(found["project"])
    open_tasks = [
        task
        for task in tasks
        if not any(is_placeholder(annotation) for annotation in task["annotations"])
    ]
    with Workspace.open(tmp_path / "w", create=False) as space:
        snapshot = space.snapshot()
        stored = space.store.review.tasks()
        answers = space.store.review.answers()

    # Every note is asked once, and both sides agree under which number.
    doubled = [key for key, n in Counter(t["data"]["task_id"] for t in open_tasks).items() if n > 1]
    assert doubled == []
    assert len(stored) == len(snapshot.notes)
    assert {task["data"]["task_id"]: str(task["id"]) for task in open_tasks} == {
        item.task.task_id: item.external_id for item in stored
    }

    # Every answer that the server acknowledged is stored once, as it was given, and applied.
    given = found["answers"]
    assert given
    kept = Counter(answer.raw.answer_id for answer in answers)
    assert {key: kept[key] for key in given} == dict.fromkeys(given, 1)
    assert {a.raw.answer_id: a.raw.text for a in answers if a.raw.answer_id in given} == given
    assert all(answer.problem == "" and not answer.deleted for answer in answers)
    decided = {
        note.transcription.text
        for note in snapshot.notes
        if note.transcription.source is not Source.MACHINE
    }
    assert decided >= set(given.values())
    for note in snapshot.notes:
        assert [version.version for version in note.history] == list(
            range(len(note.history), 0, -1)
        )
        assert len(note.history) <= 2
