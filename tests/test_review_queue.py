"""Questions to a queue and answers from it, on SQLite and PostgreSQL: once, in order, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.reviewing import Doubt, FileQueue, fill, workspace_of

from boardscribe.boards import board_of
from boardscribe.records import Legibility, Shape, Status
from boardscribe.review import Field
from boardscribe.workspace import Workspace
from boardscribe_review.pull import pull
from boardscribe_review.push import push

DOUBTS = (
    Doubt("surely right", 0.97, accepted=True),
    Doubt("hard to read", 0.2),
    Doubt("nearly sure", 0.8),
    Doubt("a shape in doubt", 0.95, shape=Shape.HEART, shape_probability=0.5),
    Doubt("perhaps no note", 0.3, note_probability=0.3),
    Doubt("", 0.97, accepted=True),
)


@pytest.fixture
def space(tmp_path: Path, database: str) -> Iterator[Workspace]:
    settings = f'[workspace]\ndatabase = "{database}"\n[review]\nreaders = 1\nname_readers = true\n'
    with workspace_of(tmp_path / "w", DOUBTS, settings) as opened:
        yield opened


@pytest.fixture
def queue(tmp_path: Path) -> FileQueue:
    return FileQueue(tmp_path / "queue.db")


def note(space: Workspace, number: int):
    return next(n for n in space.snapshot().notes if n.note_id == f"a-{number}")


def task(queue: FileQueue, space: Workspace, number: int) -> object:
    """External id of the newest task of a note."""
    ids = {i.task.task_id: i.task.note_id for i in space.store.review.tasks()}
    found = [t["external"] for t in queue.tasks() if ids.get(t["task_id"]) == f"a-{number}"]
    return found[-1]


def test_doubtful_notes_are_asked_about_and_no_others(space, queue) -> None:
    done = push(space, queue)
    asked = {i.task.note_id: i.task.asks for i in space.store.review.tasks()}
    assert asked == {
        "a-1": ("text",),
        "a-2": ("text",),
        "a-3": ("shape", "text"),
        "a-4": ("note",),
    }
    assert (done.new, done.waiting) == (4, 4)


def test_what_gains_most_comes_first(space, queue) -> None:
    push(space, queue)
    ids = {i.task.task_id: i.task.note_id for i in space.store.review.tasks()}
    order = [ids[t["task_id"]] for t in queue.tasks()]
    assert order.index("a-1") < order.index("a-2")  # the surer text gains less
    assert order.index("a-4") < order.index("a-2")  # yes or no costs three seconds
    assert [t["priority"] for t in queue.tasks()] == sorted(
        (t["priority"] for t in queue.tasks()), reverse=True
    )


def test_a_question_shows_what_a_person_needs(space, queue) -> None:
    push(space, queue)
    shown = next(i.task.content for i in space.store.review.tasks() if i.task.note_id == "a-1")
    board = board_of("Make time")
    assert (shown.text, shown.shape, shown.board_id) == (
        "hard to read",
        Shape.SQUARE,
        board.board_id,
    )
    assert shown.alternatives == ("other", "hard to read once")
    assert shown.doubtful_words == ("hard", "to", "read")
    assert [b.name for b in shown.boards] == ["Make time"]
    for place in (shown.crop, shown.context):
        assert (space.path / place).read_bytes().startswith(b"\xff\xd8")


def test_pushing_twice_asks_nobody_twice(space, queue) -> None:
    push(space, queue)
    before = queue.tasks()
    again = push(space, queue)
    assert (again.new, again.updated, again.withdrawn) == (0, 0, 0)
    assert queue.tasks() == before


def test_a_note_read_anew_updates_its_question_and_one_that_is_sure_now_is_withdrawn(
    space, queue
) -> None:
    push(space, queue)
    better = list(DOUBTS)
    better[1] = Doubt("hard to see", 0.5)
    better[2] = Doubt("quite sure", 0.96, accepted=True)
    fill(space, better)
    done = push(space, queue)
    assert (done.new, done.updated, done.withdrawn) == (0, 1, 1)
    assert {t["text"] for t in queue.tasks()} == {
        "hard to see",
        "a shape in doubt",
        "perhaps no note",
    }
    # In doubt again: asked anew, in another round.
    fill(space, DOUBTS)
    assert push(space, queue).new == 1


def test_an_answer_becomes_the_text_and_a_machine_never_overrules_it(space, queue) -> None:
    push(space, queue)
    queue.answer(task(queue, space, 1), "ada@example.org", verdict="readable", text="hard [illeg] read")  # fmt: skip
    got = pull(space, queue)
    assert (got.answers, got.settled, got.problems) == (1, 1, ())
    found = note(space, 1)
    assert (found.transcription.text, found.transcription.legibility, found.status) == (
        "hard [illeg.] read",
        Legibility.PARTLY,
        Status.REVIEWED,
    )
    assert found.transcription.decided_by == "ada@example.org"
    fill(space, [Doubt("machine again", 0.99, accepted=True)] * 6)
    assert note(space, 1).transcription.text == "hard [illeg.] read"
    assert push(space, queue).new == 0


def test_a_pull_without_news_changes_nothing(space, queue) -> None:
    push(space, queue)
    queue.answer(task(queue, space, 1), "ada", verdict="readable", text="x")
    pull(space, queue)
    before = space.snapshot()
    got = pull(space, queue)
    assert (got.answers, got.settled) == (0, 0)
    assert space.snapshot() == before


def test_every_state_of_an_answer_is_kept_and_the_newest_counts(space, queue) -> None:
    push(space, queue)
    answer = queue.answer(task(queue, space, 1), "ada", verdict="readable", text="first")
    pull(space, queue)
    queue.edit(answer, verdict="readable", text="second")
    pull(space, queue)
    assert [said.text for said in note(space, 1).history] == ["second", "first", "hard to read"]
    (stored,) = space.store.review.answers()
    assert (stored.raw.text, stored.raw.payload["raw"]) == (
        "second",
        '{"verdict": "readable", "text": "second"}',
    )
    with space.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT text FROM review_answer ORDER BY row_id")
        assert [row[0] for row in rows] == ["first", "second"]


def test_a_deleted_answer_is_noted_counts_no_longer_and_its_decision_stands(space, queue) -> None:
    push(space, queue)
    external = task(queue, space, 1)
    answer = queue.answer(external, "ada", verdict="readable", text="first")
    pull(space, queue)
    queue.delete(answer)
    assert pull(space, queue).deleted == 1
    (stored,) = space.store.review.answers()
    assert stored.deleted
    assert note(space, 1).transcription.text == "first"
    # The queue shows the question again, and whoever answers it next is heard.
    queue.answer(external, "bo", verdict="readable", text="second")
    pull(space, queue)
    assert note(space, 1).transcription.text == "second"


def test_skipped_and_wrong_answers_are_kept_and_never_applied(space, queue) -> None:
    push(space, queue)
    queue.answer(task(queue, space, 1), "ada", skipped=True, text="machine's own")
    queue.answer(task(queue, space, 2), "ada", verdict="readable", text=" ")
    got = pull(space, queue)
    assert (got.answers, got.skipped, got.settled, got.asked_again) == (1, 1, 0, 1)
    (problem,) = got.problems
    assert "empty" in problem.problem
    assert {note(space, n).status for n in (1, 2)} == {Status.REVIEW}
    assert len(space.store.review.answers()) == 2


def test_an_answer_to_a_task_that_is_not_ours_is_reported(space, queue) -> None:
    push(space, queue)
    with queue._open() as database:
        cursor = database.execute("INSERT INTO task (task_id) VALUES ('t-of-others')")
    queue.answer(cursor.lastrowid, "ada", verdict="readable", text="x")
    (problem,) = pull(space, queue).problems
    assert "t-of-others" in problem.problem
    assert not any(n.status is Status.REVIEWED for n in space.snapshot().notes)


def test_shape_board_and_notehood_are_corrected_everywhere(space, queue) -> None:
    fill(space, [Doubt("sure", 0.97, accepted=True)], name="b.jpg", board="Share power")
    power = board_of("Share power").board_id
    push(space, queue)
    queue.answer(task(queue, space, 3), "ada", verdict="readable", text="a shape in doubt", shape="tick", board_id=power)  # fmt: skip
    queue.answer(task(queue, space, 4), "ada", verdict="note")
    queue.answer(task(queue, space, 1), "ada", verdict="not_a_note")
    queue.answer(task(queue, space, 2), "ada", verdict="two_notes")
    pull(space, queue)
    shaped = note(space, 3)
    assert (shaped.best.shape.shape, shaped.meaning, shaped.board_id) == (Shape.TICK, "agree", power)  # fmt: skip
    assert not note(space, 4).doubtful
    rejected = note(space, 1)
    assert rejected.rejected
    assert "a-1" not in [n.note_id for n in space.snapshot().counted()]
    two = note(space, 2)
    assert (two.outline, two.status) == ("two_notes", Status.REVIEW)
    assert "two notes" in two.transcription.reason
    # A confirmed note is asked for its text; what people rejected or want split is not.
    push(space, queue)
    asked = {(i.task.note_id, i.task.asks[0]) for i in space.store.review.tasks() if i.round == 2}
    assert asked == {("a-4", "text")}
    # A machine that types the shape anew does not undo what people said.
    fill(space, [*DOUBTS[:3], Doubt("a shape in doubt", 0.9, shape_probability=0.9), *DOUBTS[4:]])
    assert note(space, 3).best.shape.shape is Shape.TICK
    assert note(space, 3).corrected(Field.SHAPE) == "tick"


def test_a_note_to_be_split_is_asked_again_once_its_outline_is_drawn_anew(space, queue) -> None:
    push(space, queue)
    queue.answer(task(queue, space, 1), "ada", verdict="two_notes")
    pull(space, queue)
    assert push(space, queue).new == 0
    fill(space, [DOUBTS[0], Doubt("one of two", 0.4), *DOUBTS[2:]], again="x")
    push(space, queue)
    asked = [i for i in space.store.review.tasks() if i.task.note_id == "a-1"]
    assert [i.sighting_id for i in asked] == ["a-1", "a-1x"]
    assert push(space, queue).new == 0
    queue.answer(task(queue, space, 1), "ada", verdict="readable", text="one of two")
    pull(space, queue)
    assert (note(space, 1).outline, note(space, 1).status) == ("good", Status.REVIEWED)


def test_two_readers_get_a_copy_each_and_a_dispute_goes_on_with_a_third(
    tmp_path, database, queue
) -> None:
    settings = f'[workspace]\ndatabase = "{database}"\n[review]\nreaders = 2\n'
    with workspace_of(tmp_path / "w", [Doubt("plant tees", 0.2)], settings) as space:
        assert push(space, queue).new == 2
        first, second = queue.tasks()
        assert first["text"] == second["text"] == "plant tees"
        queue.answer(first["external"], "ada", verdict="readable", text="plant trees")
        queue.answer(second["external"], "bo", verdict="readable", text="plant trams")
        got = pull(space, queue)
        assert (got.settled, got.asked_again) == (0, 1)
        third = queue.tasks()[-1]
        queue.answer(third["external"], "cy", verdict="readable", text="plant trees")
        assert pull(space, queue).settled == 1
        said = note(space, 0).transcription
        assert (said.text, said.source) == ("plant trees", "consensus")
        # Nobody's account in what is shown; three different pseudonyms, the same each time.
        names = said.decided_by.split(", ")
        assert len(set(names)) == 3
        assert all(name.startswith("reader-") for name in names)
        assert note(space, 0).transcription.decided_by == said.decided_by


def test_what_the_queue_lost_is_sent_again_when_asked_to_verify(space, queue) -> None:
    push(space, queue)
    with queue._open() as database:
        database.execute("DELETE FROM task WHERE external = 1")
    assert push(space, queue).new == 0
    assert push(space, queue, verify=True).new == 1
    assert len({t["task_id"] for t in queue.tasks()}) == 4


def test_a_note_that_waits_in_one_queue_is_not_asked_in_another(space, queue, tmp_path) -> None:
    push(space, queue)
    other = FileQueue(tmp_path / "other.db")
    other.name = "other"
    assert push(space, other).new == 0
    assert other.tasks() == []


# The audit sample


def many(tmp_path: Path, count: int = 200) -> Workspace:
    doubts = [Doubt(f"note {i}", 0.97, accepted=True) for i in range(count)]
    return workspace_of(tmp_path / "w", [*doubts, Doubt("unsure", 0.2)], "")


def test_an_audit_draws_a_share_at_random_and_the_same_one_again(tmp_path, queue) -> None:
    with many(tmp_path) as space:
        assert 1 + 3 <= push(space, queue, audit=0.1).new <= 1 + 40
        drawn = {item.note_id for item in space.store.review.audits()}
        assert push(space, queue, audit=0.1).new == 0
        push(space, queue, audit=0.3)
        assert drawn < {item.note_id for item in space.store.review.audits()}
        assert push(space, queue).new == 0
        assert len(queue.tasks()) == 1 + len(space.store.review.audits())


def test_an_audited_note_looks_like_any_other(tmp_path, queue) -> None:
    with many(tmp_path, 60) as space:
        push(space, queue, audit=0.2)
        stored = space.store.review.tasks()
        (asked,) = [i for i in stored if not i.audit]
        for item in stored:
            assert item.task.asks == asked.task.asks
            assert item.task.priority == asked.task.priority
            assert "audit" not in repr(item.task).lower()


def test_the_audit_measures_the_error_of_what_was_accepted(tmp_path, queue) -> None:
    from boardscribe.progress import audit_result

    with many(tmp_path, 60) as space:
        push(space, queue, audit=1.0)
        texts = {i.task.task_id: i.task.content.text for i in space.store.review.tasks() if i.audit}
        for number, item in enumerate(t for t in queue.tasks() if t["task_id"] in texts):
            text = texts[item["task_id"]].upper() if number > 1 else "something else"
            queue.answer(item["external"], "ada", verdict="readable", text=text)
        pull(space, queue)
        found = audit_result(space.snapshot())
        assert (found.drawn, found.answered, found.wrong) == (60, 60, 2)
        assert (round(found.low, 3), round(found.high, 3)) == (0.004, 0.115)
