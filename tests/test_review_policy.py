"""When a question is settled and who is asked next: the state machine, answer by answer."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.results import machine, reading

from boardscribe.errors import ConfigError
from boardscribe.options import ReviewOptions, load_options
from boardscribe.records import Board, Legibility, Shape, Source
from boardscribe.review import (
    Correction,
    Field,
    Kind,
    RawAnswer,
    StoredAnswer,
    StoredTask,
    TaskContent,
)
from boardscribe.store import Dossier, Settlement
from boardscribe_review.checking import check
from boardscribe_review.policy import new_task, settle

ONE = ReviewOptions(readers=1)
TWO = ReviewOptions(readers=2)
EDITED = ReviewOptions(readers=2, escalation="editor", editors=("eve", "ed"))
CONTENT = TaskContent(
    "c.jpg", None, "more tine", Legibility.READABLE, shape=Shape.SQUARE, board_id="b1",
    boards=(Board("b1", "One"), Board("b2", "Two")),
)  # fmt: skip


class Round:
    """One note in review: answers come, copies are added as the policy says."""

    def __init__(self, options: ReviewOptions, *asks: Kind) -> None:
        self.options = options
        self.asks = asks or (Kind.TEXT,)
        self.tasks: list[StoredTask] = [self._copy(n + 1) for n in range(options.readers)]
        self.answers: dict[str, list[StoredAnswer]] = {}
        self.corrections: tuple[Correction, ...] = ()
        self.last = Settlement()
        self.clock = itertools.count(100)

    def _copy(self, copy: int) -> StoredTask:
        return new_task(
            note_id="n1", sighting_id="n1", asks=self.asks, round_=1, copy=copy, priority=0.4,
            content=CONTENT, queue="q",
        )  # fmt: skip

    def answer(
        self, copy: int, reader: str, text: str | None = None, **fields: object
    ) -> Settlement:
        item = next(i for i in self.tasks if i.task.copy == copy)
        moment = f"2026-01-01T00:00:00.{next(self.clock)}"
        choice = {"verdict": "readable"} if text is not None and "verdict" not in fields else {}
        raw = RawAnswer(f"{copy}/{reader}", reader, moment, moment, text=text, **choice, **fields)  # type: ignore[arg-type]
        problem = "" if raw.skipped else check(item, raw)
        mine = self.answers.setdefault(item.task.task_id, [])
        mine[:] = [stored for stored in mine if stored.raw.answer_id != raw.answer_id]
        mine.append(
            StoredAnswer(
                "q", item.task.task_id, "1", raw, problem if isinstance(problem, str) else ""
            )
        )
        return self.judge()

    def delete(self, copy: int) -> Settlement:
        item = next(i for i in self.tasks if i.task.copy == copy)
        mine = self.answers[item.task.task_id]
        mine[:] = [replace(stored, deleted=True) for stored in mine]
        return self.judge()

    def judge(self, *, again: bool = False) -> Settlement:
        dossier = Dossier(
            "n1",
            tuple(self.tasks),
            {key: tuple(found) for key, found in self.answers.items()},
            (machine("more tine", 0.4, accepted=False),),
            (reading("more tine", 0.4),),
            self.corrections,
        )
        self.last = settle(dossier, self.options, again=again)
        self.tasks = [
            replace(i, withdrawn=i.withdrawn or i.task.task_id in self.last.withdraw)
            for i in self.tasks
        ]
        self.tasks += self.last.add
        return self.last

    def said(self) -> tuple[str, str, str] | None:
        found = self.last.transcription
        return None if found is None else (found.text, found.source.value, found.decided_by)

    def open(self) -> list[int]:
        return [
            i.task.copy
            for i in self.tasks
            if not i.withdrawn
            and not any(
                not a.deleted and not a.raw.skipped for a in self.answers.get(i.task.task_id, [])
            )
        ]


def test_one_reader_is_enough_where_the_policy_says_so() -> None:
    note = Round(ONE)
    note.answer(1, "ada", "more time")
    assert note.said() == ("more time", "person", "ada")
    assert note.open() == []


def test_two_readers_who_agree_settle_it() -> None:
    note = Round(TWO)
    assert note.answer(1, "ada", "more time").transcription is None
    assert note.open() == [2]
    note.answer(2, "bo", "More time.")
    text, source, by = note.said() or ("", "", "")
    assert (text.lower().strip("."), source, by) == ("more time", "consensus", "ada, bo")
    assert note.last.agreement == 1.0


def test_one_person_answering_both_copies_is_one_reader() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "more time")
    assert note.answer(2, "ada", "more time").transcription is None
    # Not at once: whoever works alone would get it again and again. The next push asks.
    assert note.open() == []
    note.judge(again=True)
    assert note.open() == [3]
    note.answer(3, "bo", "more time")
    assert note.said() == ("more time", "consensus", "ada, bo")


def test_readers_who_disagree_get_a_third_and_two_alike_decide_each_word() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "plant more trees")
    assert note.answer(2, "bo", "plant some trees").transcription is None
    assert note.open() == [3]
    assert note.last.agreement == pytest.approx(2 / 3)
    note.answer(3, "cy", "plant more trams")
    assert note.said() == ("plant more trees", "consensus", "ada, bo, cy")
    assert note.open() == []


def test_a_third_word_asks_a_fourth_until_the_most_are_asked() -> None:
    note = Round(TWO.model_copy(update={"most_readers": 4}))
    for copy, (reader, text) in enumerate(
        [
            ("ada", "plant trees"),
            ("bo", "plant trams"),
            ("cy", "plant trains"),
            ("di", "plant traps"),
        ],
        start=1,
    ):
        assert note.last.transcription is None
        note.answer(copy, reader, text)
    found = note.last.transcription
    assert found is not None
    assert found.text.startswith("plant [?tr")
    assert "do not agree" in found.reason
    assert note.open() == []


def test_nobody_settles_their_own_dispute() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "plant trees")
    note.answer(2, "bo", "plant trams")
    # Ada takes the third copy too: that is no third reader.
    assert note.answer(3, "ada", "plant trees").transcription is None
    note.judge(again=True)
    assert note.open() == [4]
    note.answer(4, "cy", "plant trees")
    assert note.said() == ("plant trees", "consensus", "ada, bo, cy")


def test_an_editor_settles_a_dispute_of_others() -> None:
    note = Round(EDITED)
    note.answer(1, "ada", "plant trees")
    note.answer(2, "bo", "plant trams")
    (copy,) = note.open()
    assert note.tasks[copy - 1].task.for_editor
    assert set(note.tasks[copy - 1].task.content.alternatives) == {"plant trees", "plant trams"}
    note.answer(copy, "eve", "plant trains")
    assert note.said() == ("plant trains", "person", "eve")
    assert note.last.transcription is not None
    assert note.last.transcription.reason == "an editor settled it"


def test_an_editor_who_is_party_to_the_dispute_does_not_settle_it() -> None:
    note = Round(EDITED)
    note.answer(1, "eve", "plant trees")
    note.answer(2, "bo", "plant trams")
    (copy,) = note.open()
    assert note.answer(copy, "eve", "plant trees").transcription is None
    note.judge(again=True)
    (copy,) = note.open()
    note.answer(copy, "ed", "plant trams")
    assert note.said() == ("plant trams", "person", "ed")


def test_an_answer_to_an_editors_copy_by_another_is_one_more_reader() -> None:
    note = Round(EDITED)
    note.answer(1, "ada", "plant trees")
    note.answer(2, "bo", "plant trams")
    (copy,) = note.open()
    note.answer(copy, "cy", "plant trees")
    assert note.said() == ("plant trees", "consensus", "ada, bo, cy")


def test_a_skipped_question_is_not_answered_and_waits_for_another() -> None:
    note = Round(ONE)
    assert note.answer(1, "ada", skipped=True).transcription is None
    assert note.open() == [1]


def test_an_answer_that_contradicts_itself_is_asked_again_in_a_new_copy() -> None:
    note = Round(ONE)
    assert note.answer(1, "ada", "", verdict="readable").transcription is None
    assert note.open() == [2]
    note.answer(2, "ada", "more time")
    assert note.said() == ("more time", "person", "ada")


def test_an_edited_answer_supersedes() -> None:
    note = Round(ONE)
    note.answer(1, "ada", "more tine")
    note.answer(1, "ada", "more time")
    assert note.said() == ("more time", "person", "ada")


def test_an_edit_that_opens_a_settled_dispute_asks_again() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "more time")
    note.answer(2, "bo", "more time")
    assert note.answer(2, "bo", "more lime").transcription is None
    assert note.open() == [3]


def test_a_deleted_answer_opens_its_copy() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "more time")
    note.answer(2, "bo", "more time")
    assert note.delete(2).transcription is None
    assert note.open() == [2]


@pytest.mark.parametrize(
    ("verdict", "legibility", "text"),
    [("blank", Legibility.BLANK, ""), ("illegible", Legibility.ILLEGIBLE, "[illeg.]"), ("hidden", Legibility.HIDDEN, "")],
)  # fmt: skip
def test_an_absent_text_says_why(verdict: str, legibility: Legibility, text: str) -> None:
    note = Round(TWO)
    note.answer(1, "ada", verdict=verdict)
    note.answer(2, "bo", verdict=verdict)
    found = note.last.transcription
    assert found is not None
    assert (found.legibility, found.text, found.source) == (legibility, text, Source.CONSENSUS)


def test_readers_who_differ_whether_it_can_be_read_ask_a_third() -> None:
    note = Round(TWO)
    note.answer(1, "ada", verdict="illegible")
    assert note.answer(2, "bo", "more time").transcription is None
    note.answer(3, "cy", "more time")
    assert note.said() == ("more time", "consensus", "bo, cy")


def test_not_a_note_two_notes_and_a_wrong_outline_are_corrections_without_a_text() -> None:
    for verdict, field, value in (
        ("not_a_note", Field.NOTE, "no"),
        ("two_notes", Field.OUTLINE, "two_notes"),
        ("wrong_outline", Field.OUTLINE, "wrong_outline"),
    ):
        note = Round(ONE)
        found = note.answer(1, "ada", verdict=verdict)
        assert found.transcription is None
        assert [(c.field, c.value) for c in found.corrections] == [(field, value)]
        assert note.open() == []


def test_a_note_that_may_be_none_is_confirmed() -> None:
    note = Round(ONE, Kind.NOTE)
    found = note.answer(1, "ada", verdict="note")
    assert found.transcription is None
    assert [(c.field, c.value) for c in found.corrections] == [(Field.NOTE, "yes")]


def test_shape_and_board_are_corrected_and_a_shape_asked_for_is_noted_also_where_right() -> None:
    note = Round(ONE)
    found = note.answer(1, "ada", "more time", shape="square")
    assert found.corrections == ()
    found = note.answer(1, "ada", "more time", shape="heart", board_id="b2")
    assert [(c.field, c.value) for c in found.corrections] == [
        (Field.SHAPE, "heart"),
        (Field.BOARD, "b2"),
    ]
    asked = Round(ONE, Kind.SHAPE, Kind.TEXT)
    found = asked.answer(1, "ada", "more time", shape="square")
    assert [(c.field, c.value) for c in found.corrections] == [(Field.SHAPE, "square")]


def test_readers_who_agree_on_the_text_but_not_on_the_shape_ask_a_third() -> None:
    note = Round(TWO, Kind.SHAPE, Kind.TEXT)
    note.answer(1, "ada", "more time", shape="heart")
    assert note.answer(2, "bo", "more time", shape="tick").transcription is None
    found = note.answer(3, "cy", "more time", shape="tick")
    assert [c.value for c in found.corrections] == ["tick"]


def test_leaving_the_board_as_it_was_shown_agrees_with_choosing_it() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "more time", board_id="b1")
    found = note.answer(2, "bo", "more time")
    assert note.said() == ("more time", "consensus", "ada, bo")
    assert found.corrections == ()
    assert note.open() == []


def test_leaving_the_board_and_choosing_another_one_ask_a_third_reader() -> None:
    note = Round(TWO)
    note.answer(1, "ada", "more time", board_id="b2")
    assert note.answer(2, "bo", "more time").transcription is None
    assert note.open() == [3]
    found = note.answer(3, "cy", "more time", board_id="b2")
    assert [(c.field, c.value) for c in found.corrections] == [(Field.BOARD, "b2")]


@given(
    st.permutations(
        [("ada", "plant more trees"), ("bo", "plant more trees now"), ("cy", "plan more trees")]
    )
)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_answers_makes_no_difference(order: list[tuple[str, str]]) -> None:
    note = Round(TWO)
    for copy, (reader, text) in enumerate(order, start=1):
        note.answer(copy, reader, text)
    found = note.last.transcription
    assert found is not None
    assert (found.text, found.decided_by) == ("plant more trees", "ada, bo, cy")


def test_an_editor_must_be_named_where_disputes_go_to_one(tmp_path) -> None:
    path = tmp_path / "boardscribe.toml"
    path.write_text('[review]\nescalation = "editor"\n')
    with pytest.raises(ConfigError, match="editors"):
        load_options(path)
