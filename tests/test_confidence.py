"""Confidence is a probability from few, named figures."""

from __future__ import annotations

import math

import pytest

from boardscribe import reading
from boardscribe.confidence import Logistic, load_calibration, word_summary, writing_evidence


def test_a_logistic_model_is_the_logistic_of_its_terms() -> None:
    """One standard deviation above the centre adds the weight once."""
    model = Logistic(0.5, (("length", 2.0, 10.0, 4.0),))
    assert model({"length": 14.0}) == pytest.approx(1 / (1 + math.exp(-2.5)))


@pytest.mark.parametrize("features", [{}, {"length": math.nan}, {"length": math.inf}])
def test_a_missing_figure_counts_as_its_centre(features: dict[str, float]) -> None:
    """An engine that does not give a figure is still given a probability."""
    model = Logistic(0.5, (("length", 2.0, 10.0, 4.0),))
    assert model(features) == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_nothing_is_certain() -> None:
    """Extreme figures neither promise nor exclude."""
    model = Logistic(0.0, (("length", 50.0, 0.0, 1.0),))
    assert (model({"length": -1e9}), model({"length": 1e9})) == (0.001, 0.999)


def test_the_version_of_reading_follows_the_calibration() -> None:
    """New coefficients make old readings outdated, or they would never be redone."""
    assert reading.VERSION.partition("-")[2] == load_calibration().version


def test_the_shipped_models_prefer_clear_letters() -> None:
    """The same word with clearer letters is more likely right."""
    word = load_calibration().word
    clear = {"mean_letter": 0.99, "log_min_letter": -0.02, "known": 1.0}
    faint = {"mean_letter": 0.50, "log_min_letter": -3.0, "known": 1.0}
    assert word(clear) > word(faint) + 0.2


def test_sure_letters_are_writing_and_signs_are_not() -> None:
    """A colon read in a smudge is no evidence of writing."""
    signs = writing_evidence([(":", 0.99), ("-", 0.99)])
    letters = writing_evidence([("yes", 0.99)])
    assert signs["log_sure_letters"] == 0 < letters["log_sure_letters"]
    assert (signs["signs_only"], letters["signs_only"]) == (1, 0)


def test_one_doubtful_word_makes_the_text_doubtful() -> None:
    """The words' confidences enter the text's."""
    assert word_summary([0.99, 0.2])["log_worst_word"] == pytest.approx(math.log(0.2))
    assert word_summary([]) == {}
