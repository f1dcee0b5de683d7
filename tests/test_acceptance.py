"""Thresholds keep their promise, or accept nothing and say why."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boardscribe.acceptance import (
    Evidence,
    acceptance_in_force,
    choose_threshold,
    format_acceptance,
    highest_error,
)
from boardscribe.confidence import load_calibration
from boardscribe.options import DecideOptions


def draw(count: int, seed: int) -> tuple[tuple[float, bool], ...]:
    """Notes whose confidence is overdone: right with probability confidence ** 1.5."""
    rng = random.Random(seed)
    scores = [1 - rng.random() ** 2 for _ in range(count)]
    return tuple((score, rng.random() < score**1.5) for score in scores)


def true_error(least: float) -> float:
    """Share of wrong ones among all notes from this confidence on, by fine summation."""
    steps = [least + (1 - least) * (index + 0.5) / 2000 for index in range(2000)]
    density = [1 / (2 * math.sqrt(1 - score)) for score in steps]
    return 1 - sum(d * s**1.5 for d, s in zip(density, steps, strict=True)) / sum(density)


def test_the_promise_is_broken_no_more_often_than_stated() -> None:
    """Over many draws of checked notes, whatever the model's confidences are worth."""
    broken = chosen = 0
    for seed in range(300):
        threshold = choose_threshold(draw(300, seed), target_error=0.1, target_confidence=0.9)
        if threshold.least is not None:
            chosen += 1
            broken += true_error(threshold.least) > 0.1
    assert chosen > 200
    # 30 of 300 are allowed on the average; 46 or more would happen once in a thousand times.
    assert broken < 46


def test_nothing_is_accepted_where_the_notes_are_too_few() -> None:
    threshold = choose_threshold(
        tuple((0.9 + i / 1000, True) for i in range(40)), target_error=0.05, target_confidence=0.9
    )
    assert threshold.least is None
    assert not threshold.accepts(1.0)
    assert "only 40 checked notes" in threshold.reason


def test_nothing_is_accepted_where_the_surest_notes_are_wrong_too_often() -> None:
    judged = tuple((1 - i / 1000, i % 8 != 0) for i in range(600))
    threshold = choose_threshold(judged, target_error=0.05, target_confidence=0.9)
    assert threshold.least is None
    assert "the 600 checked notes do not support at most 5 % wrong, 90 % sure" in threshold.reason


def test_one_early_mistake_does_not_end_the_search() -> None:
    """A note that was mislabelled must not cost an archive all acceptance."""
    judged = ((0.999, False), *((0.99 - i / 1000, True) for i in range(150)))
    threshold = choose_threshold(judged, target_error=0.05, target_confidence=0.9)
    assert (threshold.accepted, threshold.wrong) == (151, 1)


def test_notes_of_equal_confidence_are_accepted_or_refused_together() -> None:
    judged = tuple((0.9, True) for _ in range(80)) + tuple((0.8, i % 2 == 0) for i in range(80))
    threshold = choose_threshold(judged, target_error=0.05, target_confidence=0.9)
    assert (threshold.least, threshold.accepted) == (0.9, 80)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=120),
    st.floats(0.01, 0.5),
    st.floats(0.5, 0.99),
)
def test_what_is_chosen_accounts_for_itself(judged, error, confidence) -> None:
    """Counts belong to the threshold, and the observed error is below the target."""
    found = choose_threshold(tuple(judged), target_error=error, target_confidence=confidence)
    if found.least is None:
        assert (found.accepted, found.wrong) == (0, 0)
        return
    inside = [right for score, right in judged if score >= found.least]
    assert (len(inside), inside.count(False)) == (found.accepted, found.wrong)
    assert found.wrong / found.accepted <= error
    assert highest_error(found.wrong, found.accepted, confidence=confidence) <= error + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_stricter_target_never_accepts_more(seed) -> None:
    judged = draw(250, seed)
    loose = choose_threshold(judged, target_error=0.2, target_confidence=0.8)
    strict = choose_threshold(judged, target_error=0.1, target_confidence=0.9)
    if strict.least is not None:
        assert loose.least is not None
        assert loose.accepted >= strict.accepted


@pytest.mark.parametrize(
    ("wrong", "count", "limit"), [(0, 45, 0.0499), (3, 100, 0.0657), (5, 5, 1)]
)
def test_the_highest_error_is_that_of_clopper_and_pearson(wrong, count, limit) -> None:
    """Against published values of the one-sided limit at 90 %."""
    assert highest_error(wrong, count, confidence=0.9) == pytest.approx(limit, abs=2e-4)


def test_a_stated_threshold_is_taken_as_it_is_and_covers_any_engine() -> None:
    found = acceptance_in_force(DecideOptions(accept=0.7), Evidence(engines=("rapidocr",)))
    assert found.text.least == 0.7
    assert "set by accept" in found.text.reason
    assert found.blank.least is None
    assert found.covers("somebody's")


def test_words_are_marked_even_where_nothing_can_be_promised_of_them() -> None:
    found = acceptance_in_force(DecideOptions(), Evidence())
    assert found.word.least is None
    assert 0.5 < found.certain_word < 1
    assert not found.covers("rapidocr")


def test_the_shipped_evidence_is_of_notes_that_were_judged_unseen() -> None:
    """Enough notes, both right and wrong ones, and the engine they were read by."""
    evidence = load_calibration().evidence
    assert evidence.engines == ("rapidocr",)
    assert len(evidence.text) >= 300
    assert {right for _, right in evidence.text} == {True, False}
    assert all(0 <= score <= 1 for score, _ in evidence.text + evidence.blank + evidence.word)


def test_what_is_in_force_is_said_in_words() -> None:
    judged = tuple((0.99 - i / 1000, True) for i in range(80))
    evidence = Evidence(text=judged, engines=("rapidocr",))
    lines = format_acceptance(acceptance_in_force(DecideOptions(), evidence), DecideOptions())
    assert "accepted from confidence 0.91 on" in lines[0]
    assert "nothing is accepted" in lines[1]
    assert "rapidocr" in lines[-1]
