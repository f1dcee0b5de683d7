"""A queue that was lost is given up: what waited there is asked anew, what was answered stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.reviewing import Doubt, FileQueue, workspace_of

from boardscribe.cli import main
from boardscribe.errors import ExitCode, InputError
from boardscribe.records import Status
from boardscribe.workspace import Workspace
from boardscribe_review.abandon import abandon, open_questions
from boardscribe_review.pull import pull
from boardscribe_review.push import push

ONE = "[review]\nreaders = 1\n"
TWO = "[review]\nreaders = 2\n"


def queue_of(folder: Path, name: str) -> FileQueue:
    queue = FileQueue(folder / f"{name}.db")
    queue.name = name
    return queue


@pytest.fixture
def lost(tmp_path: Path) -> FileQueue:
    return queue_of(tmp_path, "lost 1")


@pytest.fixture
def new(tmp_path: Path) -> FileQueue:
    return queue_of(tmp_path, "new 1")


def space_of(tmp_path: Path, doubts: Sequence[Doubt], settings: str) -> Workspace:
    return workspace_of(tmp_path / "w", doubts, settings)


def test_what_waited_in_a_lost_queue_is_asked_anew_and_what_was_answered_is_not(
    tmp_path, lost, new
) -> None:
    doubts = [Doubt(f"note {i}", 0.3) for i in range(4)]
    with space_of(tmp_path, doubts, ONE) as space:
        push(space, lost)
        lost.answer(lost.tasks()[0]["external"], "ada", verdict="readable", text="said")
        pull(space, lost)
        told = push(space, new)
        assert (told.new, told.waiting, dict(told.elsewhere)) == (0, 0, {"lost 1": 3})

        assert abandon(space, "lost") == ("lost 1", 3)
        assert open_questions(space) == {}
        done = push(space, new)
        assert (done.new, done.waiting, dict(done.elsewhere)) == (3, 3, {})
        assert push(space, new).new == 0
        assert len(new.tasks()) == 3
        texts = {
            n.transcription.text for n in space.snapshot().notes if n.status is Status.REVIEWED
        }
        assert texts == {"said"}
        for item in new.waiting():
            new.answer(item["external"], "bo", verdict="readable", text="said too")
        assert pull(space, new).settled == 3


def test_a_reading_that_waits_for_its_second_goes_on_in_the_new_queue(tmp_path, lost, new) -> None:
    with space_of(tmp_path, [Doubt("plant tees", 0.3)], TWO) as space:
        push(space, lost)
        lost.answer(lost.tasks()[1]["external"], "ada", verdict="readable", text="plant trees")
        pull(space, lost)
        abandon(space, "lost 1")
        assert push(space, new).new == 1
        (second,) = new.tasks()
        new.answer(second["external"], "bo", verdict="readable", text="plant trees")
        assert pull(space, new).settled == 1
        (note,) = space.snapshot().notes
        assert (note.transcription.text, note.transcription.source) == ("plant trees", "consensus")


def test_an_answer_from_a_queue_that_comes_back_is_taken_up_and_the_rest_withdrawn(
    tmp_path, lost, new
) -> None:
    with space_of(tmp_path, [Doubt("one", 0.3), Doubt("two", 0.3)], ONE) as space:
        push(space, lost)
        late = lost.tasks()[0]["external"]
        abandon(space, "lost 1")
        lost.answer(late, "ada", verdict="readable", text="late, and right")
        got = pull(space, lost)
        assert (got.answers, got.problems) == (1, ())
        assert len(space.store.review.answers()) == 1
        assert lost.tasks() == []


def test_an_audit_whose_queue_was_lost_is_asked_anew_and_stays_in_the_sample(
    tmp_path, lost, new
) -> None:
    doubts = [Doubt(f"note {i}", 0.97, accepted=True) for i in range(40)]
    with space_of(tmp_path, doubts, ONE) as space:
        drawn = push(space, lost, audit=0.3).new
        assert 0 < drawn < 40
        abandon(space, "lost")
        assert push(space, new, audit=0.3).new == drawn
        assert push(space, new, audit=0.3).new == 0
        assert len(space.snapshot().review.audits) == drawn
        assert all(item.audit for item in space.store.review.tasks())


def test_an_emptied_queue_is_noticed_by_push_and_pull(tmp_path, lost) -> None:
    with space_of(tmp_path, [Doubt(f"note {i}", 0.3) for i in range(50)], ONE) as space:
        assert not push(space, lost).is_emptied
        assert not pull(space, lost).is_emptied
        with lost._open() as database:
            database.execute("DELETE FROM task")
        assert pull(space, lost).is_emptied
        done = push(space, lost)
        assert (done.is_emptied, done.new) == (True, 0)
        assert push(space, lost, verify=True).new == 50
        assert not push(space, lost).is_emptied


def test_a_name_must_tell_one_queue_from_others(tmp_path, lost) -> None:
    with space_of(tmp_path, [Doubt("one", 0.3)], ONE) as space:
        push(space, lost)
        for name in ("", "los t", "new"):
            with pytest.raises(InputError) as error:
                abandon(space, name)
            assert "lost 1" in str(error.value.remedy)
        assert open_questions(space) == {"lost 1": 1}


def test_the_command_lists_queues_and_gives_one_up(tmp_path, capsys) -> None:
    with space_of(tmp_path, [Doubt("one", 0.3), Doubt("two", 0.3)], ONE) as space:
        where = ["-w", str(space.path)]
        assert main(["review", "abandon", *where]) == ExitCode.OK
        assert "No question is open" in capsys.readouterr().out
        assert main(["review", "push", "--queue", "csv", *where]) == ExitCode.OK
        for file in (space.path / "review" / "csv").iterdir():
            if file.is_file():
                file.unlink()
        capsys.readouterr()
        assert main(["review", "push", "--queue", "csv", *where]) == ExitCode.OK
        assert "push --verify" in capsys.readouterr().err
        assert main(["review", "abandon", *where]) == ExitCode.OK
        assert "csv: 2" in capsys.readouterr().out
        assert main(["review", "abandon", "csv", *where]) == ExitCode.OK
        assert "2 questions of csv are closed" in capsys.readouterr().out
        assert main(["review", "push", "--queue", "csv", *where]) == ExitCode.OK
        assert "2 new" in capsys.readouterr().out
        assert main(["review", "abandon", "elsewhere", *where]) == ExitCode.USAGE
