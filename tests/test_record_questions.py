"""What an update of a record cannot settle is put to people, and what they say settles it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.results import person
from support.reviewing import Doubt, FileQueue, workspace_of
from typer.testing import CliRunner

from boardscribe.cli import app
from boardscribe.errors import InputError
from boardscribe.options import Options
from boardscribe.record import (
    Confirmed,
    Proposal,
    confirm,
    match,
    parse,
    read_confirmed,
    read_questions,
    update,
    write_questions,
)
from boardscribe.record.updating import Outcome
from boardscribe.workspace import Workspace
from boardscribe_review.push import push

TEXTS = (
    "rain butts on every shed roof",
    "who has the second key",
    "who has the second barrow",
    "compost is everybody's job",
)
RECORD = """# Make time (4)

- Rain butts on ... roof
- Who has ...
- [illegible]
- Compost is everybody's job
"""


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    doubts = [Doubt(text, 0.97, accepted=True) for text in TEXTS]
    with workspace_of(tmp_path / "w", doubts, "") as opened:
        yield opened


def questions_of(space: Workspace) -> dict[str, str]:
    found = update(parse(RECORD), space.snapshot(), Options())
    write_questions(space.path, found.proposals)
    return {key: one.entry for key, one in read_questions(space.path).items()}


def test_a_doubtful_answer_is_asked_though_the_note_was_accepted(space, tmp_path) -> None:
    asked = questions_of(space)
    assert set(asked) == {"a-1", "a-2"}  # either may have the words, and either may be illegible
    push(space, FileQueue(tmp_path / "queue.db"))
    tasks = {item.task.note_id: item.task for item in space.store.review.tasks()}
    assert {key: task.asks for key, task in tasks.items()} == {"a-1": ("text",), "a-2": ("text",)}
    proposed = read_questions(space.path)["a-1"].proposed
    assert tasks["a-1"].content.alternatives[0] == proposed


def test_a_question_goes_when_the_record_needs_it_no_more(space, tmp_path) -> None:
    questions_of(space)
    queue = FileQueue(tmp_path / "queue.db")
    push(space, queue)
    write_questions(space.path, ())
    push(space, queue)
    assert all(item.withdrawn for item in space.store.review.tasks())


def test_a_note_that_a_person_read_is_not_asked_again(space, tmp_path) -> None:
    questions_of(space)
    space.store.decide("a-1", person(TEXTS[1]))
    push(space, FileQueue(tmp_path / "queue.db"))
    assert {item.task.note_id for item in space.store.review.tasks()} == {"a-2"}


def test_a_damaged_file_of_questions_asks_nothing(tmp_path) -> None:
    write_questions(tmp_path, [Proposal("n", "1.1.1", "a ...", "a b", 0.4, "why")])
    path = tmp_path / "record" / "questions.json"
    for broken in ("", "[]", '{"format": 9}', '{"format": 1, "questions": [{"x": 1}]}'):
        path.write_text(broken)
        assert read_questions(tmp_path) == {}


def test_a_confirmed_match_is_taken_and_teaches_the_others(space) -> None:
    record, snapshot = parse(RECORD), space.snapshot()
    before = {m.entry.note: m for m in match(record, snapshot) if m.entry}
    assert before["2.1.2"].confidence < 0.9
    found = match(record, snapshot, Confirmed({"2.1.2": "a-2"}))
    after = {m.entry.note: m for m in found if m.entry}
    assert (after["2.1.2"].note_id, after["2.1.2"].confidence) == ("a-2", 0.98)
    assert after["2.1.3"].note_id == "a-1"
    assert after["2.1.3"].confidence > before["2.1.3"].confidence
    assert after["2.1.3"].confidence < 0.9  # known by elimination alone
    assert {m.note_id for m in found} == {f"a-{n}" for n in range(4)}


def test_a_rejected_match_is_never_made_again(space) -> None:
    record, snapshot = parse(RECORD), space.snapshot()
    first = {m.entry.note: m.note_id for m in match(record, snapshot) if m.entry}["2.1.2"]
    again = match(record, snapshot, Confirmed(never=frozenset({("2.1.2", first)})))
    assert {m.entry.note: m.note_id for m in again if m.entry}["2.1.2"] != first


def test_an_answer_about_a_match_is_kept_replaced_and_bound_to_what_the_entry_said(
    tmp_path,
) -> None:
    record = parse(RECORD)
    confirm(tmp_path, record, "2.1.2", "a-2", same=True)
    confirm(tmp_path, record, "2.1.3", "a-1", same=False)
    assert read_confirmed(tmp_path, record) == Confirmed(
        {"2.1.2": "a-2"}, frozenset({("2.1.3", "a-1")})
    )
    confirm(tmp_path, record, "2.1.3", "a-2", same=True)  # a note is one entry's
    assert read_confirmed(tmp_path, record).notes == {"2.1.3": "a-2"}
    other = parse(RECORD.replace("- [illegible]", "- Another note ..."))
    assert read_confirmed(tmp_path, other) == Confirmed({}, frozenset())
    with pytest.raises(InputError, match=r"no entry '9\.9\.9'"):
        confirm(tmp_path, record, "9.9.9", "a-1", same=True)
    (tmp_path / "record" / "confirmed.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        read_confirmed(tmp_path, record)


def test_from_import_to_confirmed_update_on_the_command_line(space) -> None:
    path = str(space.path)
    published = space.path.parent / "published.md"
    published.write_text(RECORD)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*arguments, "-w", path])
        assert done.exit_code == 0, done.output
        return done.output

    run("record", "import", str(published))
    assert "2 entries wait for people" in run("record", "update")
    assert "is note a-1" in run("record", "confirm", "2.1.2", "a-1")
    assert "is not note a-1" in run("record", "confirm", "2.1.3", "a-1", "--not")
    run("record", "update")
    data = json.loads((space.path / "record" / "update" / "changes.json").read_text())
    outcomes = {entry["entry"]: entry["outcome"] for entry in data["entries"]}
    assert outcomes == {"2.1.1": "applied", "2.1.2": "applied", "2.1.3": "doubtful"}
    text = (space.path / "record" / "update" / "record.md").read_text()
    assert text == RECORD.replace("on ... roof", "on every shed roof").replace(
        "has ...", "has the second key"
    )


def test_people_s_word_on_match_and_text_fills_a_gap_known_by_elimination(space) -> None:
    space.store.decide("a-2", replace(person(TEXTS[2]), confidence=1.0))
    confirmed = Confirmed({"2.1.2": "a-1", "2.1.3": "a-2"})
    found = update(parse(RECORD), space.snapshot(), Options(), confirmed=confirmed)
    assert [entry.outcome for entry in found.entries] == [Outcome.APPLIED] * 3
    assert "- who has the second barrow\n" in found.text
