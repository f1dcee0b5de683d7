"""Outlines: areas, directions, overlaps, and what is left inside the photo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boardscribe import _geometry as geometry

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))


def test_clockwise_on_the_screen_has_positive_area() -> None:
    assert geometry.signed_area(SQUARE) == 100
    assert geometry.signed_area(tuple(reversed(SQUARE))) == -100


def test_clockwise_keeps_the_first_point_and_turns_the_rest() -> None:
    assert geometry.clockwise(SQUARE) == SQUARE
    assert geometry.clockwise((SQUARE[0], *reversed(SQUARE[1:]))) == SQUARE


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_overlap_of_shifted_squares_is_what_arithmetic_says(dx: float, dy: float) -> None:
    moved = tuple((x + dx, y + dy) for x, y in SQUARE)
    common = max(0.0, 10 - abs(dx)) * max(0.0, 10 - abs(dy))
    assert geometry.iou(SQUARE, moved) == pytest.approx(common / (200 - common), abs=1e-9)


def test_an_outline_that_crosses_itself_has_an_overlap_all_the_same() -> None:
    bow = ((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0))
    assert 0 < geometry.iou(SQUARE, bow) <= 1


def test_clip_keeps_the_part_inside_the_photo() -> None:
    inside = geometry.clip(((-5.0, 2.0), (5.0, 2.0), (5.0, 8.0), (-5.0, 8.0)), 100, 100)
    assert geometry.area(inside) == pytest.approx(30)
    assert geometry.signed_area(inside) > 0
    assert min(x for x, _ in inside) == 0


def test_clip_of_what_lies_outside_is_empty() -> None:
    assert geometry.clip(tuple((x - 50, y) for x, y in SQUARE), 100, 100) == ()


def test_clip_leaves_an_outline_inside_as_it_is() -> None:
    assert geometry.clip(SQUARE, 10, 10) is SQUARE


def test_centroid_is_that_of_the_area_not_of_the_points() -> None:
    many = ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    assert geometry.centroid(many) == pytest.approx((5, 5))


def test_border_is_touched_within_the_margin() -> None:
    assert geometry.touches_border(SQUARE, 100, 100)
    away = tuple((x + 20, y + 20) for x, y in SQUARE)
    assert not geometry.touches_border(away, 100, 100)
    assert geometry.touches_border(away, 100, 100, margin=25)


def test_an_outline_that_crosses_and_retraces_itself_can_be_measured() -> None:
    crossing = ((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0), (-5.0, 10.0), (0.0, 10.0))
    assert 0 < geometry.iou(crossing, SQUARE) < 1
    assert geometry.bitten(crossing, [SQUARE]) > 0
