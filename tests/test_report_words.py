"""Texts are made fit to be shown, and numbers are put into words that do not overstate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boardscribe.records import Legibility, Line, Reading, Source, Transcription, Word
from boardscribe.report import _words

READING = Reading(
    "rapidocr",
    "1",
    (
        Line((Word("more", 0.99), Word("tine", 0.6, uncertain=True))),
        Line((Word("[illeg.]", 0.1), Word("x", 0.2))),
    ),
    0.5,
)


def _text(spans):
    return "".join(span.text for span in spans)


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_written_as_utf_8_and_holds_no_control(text):
    shown = _words.clean(text)
    shown.encode("utf-8")
    assert not any(ord(char) < 32 and char not in "\t\n" for char in shown)
    assert _words.clean(shown) == shown


@given(st.text(st.characters(codec=None)))
def test_attributes_hold_one_line_without_direction_controls(text):
    shown = _words.bare(text)
    assert "\n" not in shown
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_controls_become_visible_pictures():
    assert _words.clean("a\x00b\x07c\x7f") == "a␀b␇c␡"


def test_unsure_and_unread_words_are_marked_in_the_text():
    decided = Transcription(READING.text, Legibility.PARTLY, 0.5, Source.MACHINE, False)
    spans = _words.text_spans(decided, (READING,))
    assert _text(spans) == "more tine\n[illeg.] x"
    assert [(s.text, s.kind) for s in spans if s.kind] == [
        ("tine", "unsure"),
        ("[illeg.]", "illeg"),
        ("x", "very-unsure"),
    ]


def test_a_text_that_a_person_settled_has_no_unsure_words():
    decided = Transcription(READING.text, Legibility.PARTLY, 0.5, Source.PERSON, True)
    spans = _words.text_spans(decided, (READING,))
    assert [span.kind for span in spans if span.kind] == ["illeg"]


def test_a_text_that_no_reading_says_is_shown_all_the_same():
    decided = Transcription("more [Illegible] time", Legibility.PARTLY, 0.5, Source.MACHINE, False)
    spans = _words.text_spans(decided, (READING,))
    assert _text(spans) == "more [Illegible] time"
    assert [span.kind for span in spans] == ["", "illeg", ""]


@pytest.mark.parametrize("legibility", list(Legibility))
def test_an_absent_text_says_why_it_is_absent(legibility):
    assert _words.placeholder(legibility).startswith("[")


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "Very sure"), (0.9, "Fairly sure"), (0.6, "Unsure"), (0.1, "Very unsure")],
)
def test_confidence_has_words(probability, words):
    assert _words.confidence_words(probability) == words


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.999, "99"), (1.0, "100"), (0.0001, "1"), (0.0, "0"), (0.874, "87")],
)
def test_a_percentage_is_certain_only_where_it_is(probability, shown):
    assert _words.percent(probability) == f"{shown}\xa0%"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-03-06T10:15:00Z", "2026-03-06 10:15 UTC"),
        ("2026-03-06T10:15:00.123456+00:00", "2026-03-06 10:15 UTC"),
        ("2026-03-06T10:15:00", "2026-03-06 10:15"),
        ("<script>", "<script>"),
        (None, ""),
    ],
)
def test_moments_are_shown_to_the_minute(moment, shown):
    assert _words.when(moment) == shown
