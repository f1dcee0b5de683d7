"""What people typed is put into one form; what contradicts itself is reported, never guessed at."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boardscribe.records import Board, Legibility, Shape
from boardscribe.review import Answer, Kind, RawAnswer, TaskAnswers, TaskContent, Verdict
from boardscribe_review.checking import check, normalised, problem
from boardscribe_review.policy import new_task

CONTENT = TaskContent(
    crop="crops/aa/n1.jpg",
    context=None,
    text="more tine",
    legibility=Legibility.READABLE,
    shape=Shape.SQUARE,
    board_id="b1",
    boards=(Board("b1", "Make time"), Board("b2", "Share power")),
)


def task(*asks: Kind, content: TaskContent = CONTENT):
    return new_task(
        note_id="n1", sighting_id="n1", asks=asks or (Kind.TEXT,), round_=1, copy=1,
        priority=0.5, content=content, queue="q",
    )  # fmt: skip


def raw(**fields: object) -> RawAnswer:
    return replace(RawAnswer("1", "ada", "2026-01-01", "2026-01-01"), **fields)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ask [illegible] again", "ask [illeg.] again"),
        ("ask [ILLEG] again", "ask [illeg.] again"),
        ("ask [...] again […] [?] [???]", "ask [illeg.] again [illeg.] [illeg.] [illeg.]"),
        ("the [? trees ?]", "the [?trees?]"),
        ("the [tree?] and [?bush]", "the [?tree?] and [?bush?]"),
        ("the tree[?]", "the [?tree?]"),
        ("[?two words?]", "[?two?] [?words?]"),
        ("  more \t time \r\n\r\n for\u00a0us\u200b  ", "more time\nfor us"),
        ("cafe\u0301", "café"),
        ("why? [sic] because (?)", "why? [sic] because (?)"),
        ("\u202egnp.exe", "gnp.exe"),
        ("=1+1", "=1+1"),
    ],
)
def test_marks_get_one_spelling_and_hidden_signs_go(typed: str, meant: str) -> None:
    assert normalised(typed) == meant


@given(st.text(alphabet=st.sampled_from("ab?[]. \n\u200bé…=") | st.characters(), max_size=30))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in once if char != "\n")


@pytest.mark.parametrize(
    ("fields", "verdict", "text"),
    [
        ({"verdict": "readable", "text": "more time"}, Verdict.READABLE, "more time"),
        ({"text": "more time"}, Verdict.READABLE, "more time"),
        ({"verdict": "readable", "text": "more [illeg]"}, Verdict.PARTLY, "more [illeg.]"),
        ({"verdict": "partly", "text": "more [?time?]"}, Verdict.READABLE, "more [?time?]"),
        ({"verdict": "partly", "text": "more"}, Verdict.PARTLY, "more [illeg.]"),
        (
            {"verdict": "readable", "text": "[illeg.] [illeg.]"},
            Verdict.ILLEGIBLE,
            "[illeg.] [illeg.]",
        ),
        ({"text": "[no text]"}, Verdict.BLANK, ""),
        ({"verdict": "blank", "text": "more tine"}, Verdict.BLANK, ""),
        ({"verdict": "blank", "text": ""}, Verdict.BLANK, ""),
        ({"verdict": "illegible"}, Verdict.ILLEGIBLE, ""),
        ({"verdict": "not_a_note", "text": "more tine"}, Verdict.NOT_A_NOTE, ""),
        ({"verdict": "two_notes", "text": "one / two"}, Verdict.TWO_NOTES, ""),
        ({"verdict": "wrong_outline"}, Verdict.WRONG_OUTLINE, ""),
        ({"verdict": "hidden"}, Verdict.HIDDEN, ""),
    ],
)
def test_a_good_answer_is_understood(
    fields: dict[str, object], verdict: Verdict, text: str
) -> None:
    found = check(task(), raw(**fields))
    assert isinstance(found, Answer), found
    assert (found.verdict, found.text) == (verdict, text)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"verdict": "readable", "text": " \u200b "}, "the text is empty"),
        ({"verdict": "readable"}, "the text is empty"),
        ({"verdict": "partly", "text": ""}, "the text is empty"),
        ({}, "no choice"),
        ({"text": ""}, "no choice"),
        ({"verdict": "note"}, "nothing about the text"),
        ({"verdict": "legible!", "text": "x"}, "unknown choice 'legible!'"),
        ({"verdict": "readable", "text": "x", "shape": "star"}, "unknown shape 'star'"),
        ({"verdict": "readable", "text": "x", "board_id": "zz"}, "unknown board 'zz'"),
        ({"verdict": "blank", "text": "something else"}, "but has a new text"),
        ({"verdict": "illegible", "text": "something else"}, "but has a new text"),
        ({"verdict": "readable", "text": "x" * 5000}, "5000 characters"),
    ],
)
def test_a_wrong_answer_is_reported(fields: dict[str, object], why: str) -> None:
    found = check(task(), raw(**fields))
    assert isinstance(found, str)
    assert why in found


def test_an_answer_to_a_foreign_task_is_reported() -> None:
    given_ = raw(verdict="readable", text="x")
    assert "'t-foreign'" in problem(TaskAnswers("t-foreign", "9", (given_,)), None, given_)
    assert problem(TaskAnswers("t", "9", (given_,)), task(), given_) == ""


def test_what_is_asked_must_be_answered() -> None:
    assert check(task(Kind.SHAPE), raw(verdict="note")) == "it says nothing about the shape"
    found = check(task(Kind.SHAPE), raw(verdict="note", shape="heart"))
    assert isinstance(found, Answer)
    assert (found.shape, found.verdict) == (Shape.HEART, Verdict.NOTE)
    # Nobody is asked for the shape of what is no note.
    assert isinstance(check(task(Kind.SHAPE), raw(verdict="not_a_note")), Answer)
    assert check(task(Kind.NOTE), raw()) == "no choice was made"
    yes = check(task(Kind.NOTE), raw(verdict="note", text="more tine"))
    assert isinstance(yes, Answer)
    assert (yes.verdict, yes.text) == (Verdict.NOTE, "")


def test_a_text_corrected_without_being_asked_for_counts() -> None:
    found = check(task(Kind.NOTE), raw(verdict="note", text="more time"))
    assert isinstance(found, Answer)
    assert (found.verdict, found.text) == (Verdict.READABLE, "more time")
