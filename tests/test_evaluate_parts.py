"""The parts of the evaluation: overlap, pairing, edit distance with gaps, calibration."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rapidfuzz.distance import Levenshtein

from boardscribe.evaluate._confidence import reliability
from boardscribe.evaluate._match import assign, iou_matrix, match
from boardscribe.evaluate._text import distance, normalised


def test_overlap_of_known_outlines() -> None:
    unit = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
    half = ((1.0, 0.0), (3.0, 0.0), (3.0, 2.0), (1.0, 2.0))
    away = ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0))
    turned = tuple(reversed(unit))
    line = ((0.0, 0.0), (2.0, 2.0), (0.0, 0.0))
    matrix = iou_matrix([unit], [unit, half, away, turned, line, ()])
    assert matrix[0] == pytest.approx([1, 1 / 3, 0, 1, 0, 0])


def test_an_outline_that_crosses_itself_still_has_its_area() -> None:
    bow = ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0))
    box = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
    assert iou_matrix([bow], [box])[0, 0] == pytest.approx(0.5)


def test_pairing_is_best_over_all_not_greedy() -> None:
    """The greatest overlap (0.9) taken first would leave the second note without a partner."""
    matrix = np.array([[0.9, 0.6], [0.8, 0.0]])
    assert match(matrix, iou=0.5) == [(0, 1), (1, 0)]


def test_no_pair_is_below_the_least_overlap() -> None:
    assert match(np.array([[0.4, 0.0], [0.0, 0.5]]), iou=0.5) == [(1, 1)]
    assert match(np.zeros((0, 3)), iou=0.5) == []
    assert match(np.zeros((2, 2)), iou=0.0) == []


@settings(deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 5)),
        elements=st.integers(0, 9).map(float),
    )
)
def test_the_assignment_is_as_cheap_as_the_cheapest_of_all(cost: np.ndarray) -> None:
    pairs = assign(cost)
    rows, columns = cost.shape
    small, large = (cost, columns) if rows <= columns else (cost.T, rows)
    best = min(
        sum(small[row, column] for row, column in enumerate(chosen))
        for chosen in itertools.permutations(range(large), len(small))
    )
    assert sum(cost[row, column] for row, column in pairs) == best
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(small)


TEXT = st.text(st.sampled_from("ab c"), max_size=12).map(normalised)


@given(TEXT, TEXT)
def test_without_gaps_the_distance_is_levenshteins(truth: str, guess: str) -> None:
    assert distance(truth, guess) == (Levenshtein.distance(truth, guess), len(truth))
    assert distance(truth, guess, words=True)[1] == len(truth.split())


@given(st.lists(st.sampled_from(["a", "bb", "c d"]), max_size=4), st.integers(0, 4), TEXT)
def test_a_gap_never_costs_more_than_the_word_it_stands_for(
    words: list[str], at: int, guess: str
) -> None:
    known = " ".join([*words[:at], "zzz", *words[at:]])
    gapped = " ".join([*words[:at], "[illeg.]", *words[at:]])
    for by_word in (False, True):
        assert distance(gapped, guess, words=by_word)[0] <= distance(known, guess, words=by_word)[0]
        assert distance(gapped, known, words=by_word)[0] == 0
        assert distance(gapped, " ".join(words), words=by_word)[0] == 0


@pytest.mark.parametrize(
    ("truth", "guess", "characters", "words"),
    [
        ("[illeg.]", "", (0, 0), (0, 0)),
        ("[illeg.]", "anything", (0, 0), (0, 0)),
        ("[illeg.]", "two words", (4, 0), (1, 0)),
        ("[illeg.] now", "xyz now", (0, 4), (0, 1)),
        ("[illeg.] now", "now", (0, 4), (0, 1)),
        ("a [illeg.] [illeg.] b", "a x y b", (0, 3), (0, 2)),
        ("a [illeg.]", "", (1, 1), (1, 1)),
        ("go [illeg.]", "gone", (0, 2), (1, 1)),
    ],
)
def test_gaps_in_the_truth(
    truth: str, guess: str, characters: tuple[int, int], words: tuple[int, int]
) -> None:
    assert distance(truth, guess) == characters
    assert distance(truth, guess, words=True) == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" a\n b\t c ", "a b c"),
        ("\u201ca\u201d \u2013 b\u2026", '"a" - b...'),
        ("cafe\u0301", "caf\u00e9"),
        ("[ILLEG.] [illegible] [...]", "[illeg.] [illeg.] [illeg.]"),
    ],
)
def test_texts_are_compared_in_a_normal_form(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_calibration_by_hand() -> None:
    """Four notes: errors of the bins are |.95-1|, |.75-0|, |.65-1|, |.15-0|."""
    measured = reliability([0.95, 0.75, 0.65, 0.15], [True, False, True, False])
    assert measured.ece_width == pytest.approx((0.05 + 0.75 + 0.35 + 0.15) / 4)
    assert measured.brier == pytest.approx((0.05**2 + 0.75**2 + 0.35**2 + 0.15**2) / 4)
    assert measured.auroc == pytest.approx(3 / 4)
    assert measured.mean_confidence == pytest.approx(0.625)
    assert dict(measured.coverage_at_risk) == {0.01: 0.25, 0.02: 0.25, 0.05: 0.25, 0.1: 0.25}
    last = measured.curve[-1]
    assert (last.coverage, last.threshold, last.risk) == (1.0, 0.15, 0.5)


def test_equal_confidence_is_accepted_or_refused_together() -> None:
    measured = reliability([0.9, 0.9, 0.9, 0.1], [True, False, True, False])
    assert measured.auroc == pytest.approx((0.5 + 1) / 2)
    assert {point.coverage for point in measured.curve} == {0.75, 1.0}
    assert set(dict(measured.coverage_at_risk).values()) == {0.0}


def test_confidence_that_is_what_it_says_has_little_error() -> None:
    rng = random.Random(5)
    given = [rng.random() for _ in range(20_000)]
    right = [rng.random() < value for value in given]
    measured = reliability(given, right)
    assert measured.ece_width == pytest.approx(0, abs=0.02)
    assert measured.ece_mass == pytest.approx(0, abs=0.02)
    assert reliability([1 - value for value in given], right).ece_mass > 0.3


def test_nothing_to_measure_is_none_not_zero() -> None:
    assert reliability([], []).ece_mass is None
    assert reliability([0.5], [True]).auroc is None
