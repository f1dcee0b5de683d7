"""How far confidence can be trusted, in text and in pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from boardscribe.evaluate import Evaluation, Measures, format_evaluation, reliability, write_plots
from boardscribe.evaluate._plots import reliability_svg, risk_svg

CONFIDENCES = [0.95] * 8 + [0.55] * 4 + [0.1] * 2
RIGHT = [True] * 7 + [False] + [True, False] * 2 + [False] * 2
SVG = "{http://www.w3.org/2000/svg}"


def evaluation(confidences=CONFIDENCES, right=RIGHT) -> Evaluation:
    total = Measures(judged=len(right), right=sum(right), accepted=8, accepted_wrong=1)
    return Evaluation(0.5, (), total, reliability(confidences, right))


def test_each_tenth_of_confidence_is_told_with_what_is_right_in_it() -> None:
    bins = reliability(CONFIDENCES, RIGHT).bins
    assert [(one.notes, one.right) for one in bins] == [(2, 0.0), (4, 0.5), (8, 0.875)]
    assert [one.mean_confidence for one in bins] == pytest.approx([0.1, 0.55, 0.95])


def test_the_fine_curve_ends_with_all_notes_and_never_parts_equals() -> None:
    curve = reliability(CONFIDENCES, RIGHT).fine_curve
    assert [round(coverage * 14) for coverage, _ in curve] == [8, 12, 14]
    assert curve[-1][1] == pytest.approx(5 / 14)
    many = reliability([i / 1000 for i in range(1000)], [i % 2 == 0 for i in range(1000)])
    assert len(many.fine_curve) == 100


def test_the_terminal_shows_the_diagram_as_bars() -> None:
    shown = format_evaluation(evaluation())
    (line,) = (line for line in shown.splitlines() if "87.5 %" in line)
    bar = re.search(r"[#.|]{30}", line)
    assert bar
    assert bar[0].index("|") == 28
    assert bar[0].count("#") == 26


def test_the_plots_are_whole_svg_without_script_or_address(tmp_path) -> None:
    page = write_plots(evaluation(), tmp_path / "plots", target_error=0.05)
    html = page.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in html
    for name in ("reliability", "risk"):
        text = (page.parent / f"{name}.svg").read_text(encoding="utf-8")
        root = ET.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert root.get("aria-label")
        for forbidden in ("<script", "href=", "url("):
            assert forbidden not in text.replace("http://www.w3.org", "")
            assert forbidden not in html.replace("http://www.w3.org", "")


def test_points_lie_where_the_figures_say() -> None:
    """The surest tenth: 0.95 to the right, 0.875 up."""
    root = ET.fromstring(reliability_svg(reliability(CONFIDENCES, RIGHT)))
    last = root.findall(f"{SVG}circle")[-1]
    assert float(last.get("cx")) == pytest.approx(56 + 320 * 0.95, abs=0.1)
    assert float(last.get("cy")) == pytest.approx(16 + 320 * 0.125, abs=0.1)


def test_nothing_to_judge_is_said_not_drawn(tmp_path) -> None:
    empty = Evaluation(0.5, (), Measures(), reliability([], []))
    page = write_plots(empty, tmp_path, target_error=0.05)
    assert "nothing to draw" in page.read_text(encoding="utf-8")
    ET.fromstring(risk_svg(empty.calibration, target_error=0.05, accepted=None, wrong=None))
