"""What is accepted without review, what is asked, and which of two transcriptions stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from boardscribe.acceptance import Evidence, acceptance_in_force
from boardscribe.confidence import UNSUPPORTED
from boardscribe.decisions import decide, supersedes
from boardscribe.options import DecideOptions
from boardscribe.records import (
    Detection,
    Legibility,
    Line,
    Reading,
    Shape,
    ShapeGuess,
    Source,
    Status,
    Transcription,
    Word,
)

OPTIONS = DecideOptions(accept=0.9, accept_blank=0.8, accept_shape=0.7)
STATED = acceptance_in_force(OPTIONS, Evidence())
DETECTION = Detection(((0, 0), (10, 0), (10, 10), (0, 10)), 0.99)
SURE = ShapeGuess({Shape.SQUARE: 0.95, Shape.HEART: 0.05})
READ = Reading("rapidocr", "1", (Line((Word("more", 0.99), Word("time", 0.99))),), 0.95)
BLANK = Reading("rapidocr", "1", (), 0.85, Legibility.BLANK)


def test_a_sure_text_is_accepted():
    decision = decide(DETECTION, SURE, READ, OPTIONS, STATED)
    assert (decision.status, decision.text) == (Status.ACCEPTED, "more time")


def test_blank_has_its_own_threshold_and_is_not_the_empty_string_alone():
    decision = decide(DETECTION, SURE, BLANK, OPTIONS, STATED)
    assert (decision.status, decision.legibility, decision.text) == (
        Status.ACCEPTED,
        Legibility.BLANK,
        "",
    )


@pytest.mark.parametrize(
    ("detection", "shape", "reading", "reason"),
    [
        (replace(DETECTION, doubtful=True, confidence=0.3), SURE, READ, "may not be a note"),
        (DETECTION, ShapeGuess({Shape.SQUARE: 0.6, Shape.HEART: 0.4}), READ, "shape unsure"),
        (DETECTION, SURE, replace(READ, confidence=0.89), "text unsure"),
        (DETECTION, SURE, replace(BLANK, confidence=0.79), "blank unsure"),
        (DETECTION, SURE, replace(READ, legibility=Legibility.PARTLY), "some words"),
        (DETECTION, SURE, replace(READ, legibility=Legibility.ILLEGIBLE), "no word"),
        (DETECTION, SURE, replace(READ, legibility=Legibility.NOT_ATTEMPTED), "no engine"),
        (DETECTION, SURE, replace(READ, features={UNSUPPORTED: 1.0}), "nothing else supports"),
        (replace(DETECTION, cut_off=True), SURE, READ, "cut off"),
        (replace(DETECTION, hidden=True), SURE, BLANK, "partly covered"),
        (replace(DETECTION, hidden=True), SURE, READ, "words may be missing"),
    ],
)
def test_a_doubt_goes_to_review_with_its_reason(detection, shape, reading, reason):
    decision = decide(detection, shape, reading, OPTIONS, STATED)
    assert decision.status is Status.REVIEW
    assert reason in decision.reason


def test_a_text_that_another_note_covers_in_part_is_never_sure():
    """However clear the words that show are, its confidence says so."""
    covered = decide(replace(DETECTION, hidden=True), SURE, READ, OPTIONS, STATED)
    assert covered.confidence <= 0.5 < READ.confidence
    bare = decide(replace(DETECTION, hidden=True), SURE, BLANK, OPTIONS, STATED)
    assert bare.confidence == BLANK.confidence


MUTE = replace(READ, legibility=Legibility.ILLEGIBLE)


@pytest.mark.parametrize(
    ("flag", "reading", "legibility"),
    [
        ("cut_off", BLANK, Legibility.CUT_OFF),
        ("cut_off", MUTE, Legibility.CUT_OFF),
        ("hidden", MUTE, Legibility.HIDDEN),
        ("hidden", BLANK, Legibility.BLANK),
    ],
)
def test_why_a_text_is_absent_from_a_covered_or_cut_note(flag, reading, legibility):
    decision = decide(replace(DETECTION, **{flag: True}), SURE, reading, OPTIONS, STATED)
    assert decision.legibility is legibility
    assert decision.status is Status.REVIEW


def test_a_note_without_a_readable_word_is_a_gap_not_an_empty_text():
    decision = decide(
        DETECTION, SURE, replace(READ, legibility=Legibility.ILLEGIBLE), OPTIONS, STATED
    )
    assert decision.text == "[illeg.]"


EVIDENCE = Evidence(text=tuple((1 - i / 1000, True) for i in range(100)), engines=("rapidocr",))


def test_the_reason_says_which_threshold_was_in_force_and_why():
    options = DecideOptions()
    chosen = acceptance_in_force(options, EVIDENCE)
    decision = decide(DETECTION, SURE, READ, options, chosen)
    assert decision.accepted
    assert decision.reason == (
        "confidence 0.95 reaches 0.90 (at most 5 % wrong, 90 % sure, by 100 checked notes)"
    )
    unsure = decide(DETECTION, SURE, replace(READ, confidence=0.85), options, chosen)
    assert "0.90 needed: at most 5 % wrong" in unsure.reason


def test_nothing_is_accepted_where_the_promise_cannot_be_kept():
    options = DecideOptions()
    decision = decide(
        DETECTION, SURE, replace(BLANK, confidence=0.999), options,
        acceptance_in_force(options, EVIDENCE),
    )  # fmt: skip
    assert decision.status is Status.REVIEW
    assert "nothing is accepted" in decision.reason


def test_the_promise_is_for_the_engines_that_the_checked_notes_were_read_by():
    options = DecideOptions()
    combined = replace(READ, engine="combined", engine_version="2:openai=1+model")
    decision = decide(DETECTION, SURE, combined, options, acceptance_in_force(options, EVIDENCE))
    assert decision.status is Status.REVIEW
    assert "the engine openai" in decision.reason


def said(source: Source, text: str = "more time", confidence: float = 0.9) -> Transcription:
    return Transcription(text, Legibility.READABLE, confidence, source, accepted=True)


def test_a_machine_never_supersedes_a_person():
    for human in (Source.PERSON, Source.CONSENSUS):
        assert not supersedes(said(Source.MACHINE, "other", 1.0), said(human))


def test_a_person_supersedes_a_machine_even_when_both_say_the_same():
    assert supersedes(said(Source.PERSON), said(Source.MACHINE))


def test_a_machine_that_says_the_same_again_adds_no_version():
    assert not supersedes(said(Source.MACHINE), said(Source.MACHINE))
    assert supersedes(said(Source.MACHINE, "less time"), said(Source.MACHINE))


def test_a_later_person_supersedes_an_earlier_one():
    assert supersedes(said(Source.PERSON, "less time"), said(Source.PERSON))
