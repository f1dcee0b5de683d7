"""Boxes of writing are found, put into lines and into reading order."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from boardscribe.lines import TextBox, cut_line, find_boxes, order_lines, turn_box


def _box(x: float, y: float, width: float, height: float, slope: float = 0.0) -> TextBox:
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    turn = np.array([[math.cos(slope), math.sin(slope)], [-math.sin(slope), math.cos(slope)]])
    return TextBox(corners @ turn + (x, y), 0.9)


def _names(lines: tuple[tuple[TextBox, ...], ...], boxes: dict[str, TextBox]) -> list[str]:
    own = {id(box): name for name, box in boxes.items()}
    return ["".join(own[id(box)] for box in line) for line in lines]


def test_a_bar_in_the_map_becomes_one_box_grown_to_letter_height() -> None:
    """Cores are thinner than the writing they stand for."""
    probability = np.zeros((100, 200), np.float32)
    probability[45:55, 40:160] = 0.9
    (box,) = find_boxes(probability, (400, 200))
    assert box.width > 240
    assert 30 < box.height < 60
    assert box.centre == pytest.approx((200, 100), abs=3)


def test_faint_and_tiny_spots_are_no_writing() -> None:
    """A core below the least score, or thinner than three pixels, is dropped."""
    probability = np.zeros((100, 200), np.float32)
    probability[40:60, 40:60] = 0.31
    probability[80:81, 100:102] = 0.99
    assert find_boxes(probability, (200, 100)) == ()


def test_boxes_side_by_side_are_one_line_from_left_to_right() -> None:
    """The order in which the detector found them does not matter."""
    boxes = {"a": _box(10, 10, 50, 20), "b": _box(70, 13, 50, 20), "c": _box(10, 40, 80, 20)}
    for order in ("abc", "cba", "bca"):
        lines = order_lines([boxes[name] for name in order])
        assert _names(lines, boxes) == ["ab", "c"]


def test_a_slanted_hand_keeps_its_lines() -> None:
    """The end of a falling line lies lower than the start of the next."""
    slope = math.radians(15)
    down = np.array([-math.sin(slope), math.cos(slope)]) * 26
    along = np.array([math.cos(slope), math.sin(slope)]) * 110
    start = np.array([50.0, 50.0])
    places = {
        "a": start, "b": start + along, "c": start + down, "d": start + down + along,
    }  # fmt: skip
    boxes = {name: _box(*place, 100, 20, slope) for name, place in places.items()}
    lines = order_lines([boxes[name] for name in "dbca"])
    assert _names(lines, boxes) == ["ab", "cd"]


def test_no_boxes_are_no_lines() -> None:
    """A blank note has no lines."""
    assert order_lines([]) == ()


def test_four_quarter_turns_lead_back() -> None:
    """Turning a box with its picture all the way round changes nothing."""
    box = _box(20, 30, 60, 15)
    turned, size = box, (200, 100)
    for _ in range(4):
        turned, size = turn_box(turned, size, 1), (size[1], size[0])
    assert np.allclose(turned.corners, box.corners)


def test_a_line_is_cut_level_and_at_the_height_asked_for() -> None:
    """Width follows from the box's own proportions."""
    picture = np.full((200, 300, 3), 255, np.uint8)
    line = cut_line(picture, _box(50, 50, 120, 24, math.radians(10)), height=48)
    assert line.shape == (48, 240, 3)


def test_writing_that_runs_downwards_is_cut_upright() -> None:
    """Three clockwise turns bring writing that runs from top to bottom upright."""
    picture = np.zeros((200, 100, 3), np.uint8)
    picture[20:60, 40:60] = 255  # the start of the line is at the top
    line = cut_line(picture, _box(40, 20, 20, 160), quarter_turns=3)
    assert line.shape[1] > line.shape[0]
    assert line[:, :40].mean() > 200 > 50 > line[:, -100:].mean()


def test_a_word_along_a_slanted_arm_is_read_along_the_arm() -> None:
    """Fifty degrees is steep, but still the way the word runs."""
    probability = np.zeros((200, 200), np.float32)
    outline = _box(60, 150, 120, 24, math.radians(-50)).corners
    cv2.fillPoly(probability, [np.round(outline).astype(np.int32)], 0.9)
    (box,) = find_boxes(probability, (200, 200))
    assert box.width > 2 * box.height
    assert math.degrees(box.angle) == pytest.approx(-50, abs=3)


def test_of_two_columns_the_left_one_is_read_first() -> None:
    """A title above both stays first, a line below both last."""
    places = {
        "t": (10, 0, 200, 20),
        "a": (10, 30, 70, 20), "b": (10, 60, 60, 20), "c": (10, 90, 75, 20),
        "x": (130, 32, 80, 20), "y": (130, 62, 70, 20),
        "z": (10, 125, 210, 20),
    }  # fmt: skip
    boxes = {name: _box(*place) for name, place in places.items()}
    lines = order_lines([boxes[name] for name in "zyxcbat"])
    assert _names(lines, boxes) == ["t", "a", "b", "c", "x", "y", "z"]


def test_words_that_stand_apart_are_no_columns() -> None:
    """A wide space at about the same place in two lines, or a narrow one in three."""
    two = {"a": _box(10, 10, 50, 20), "b": _box(100, 10, 50, 20),
           "c": _box(10, 40, 55, 20), "d": _box(100, 40, 60, 20)}  # fmt: skip
    assert _names(order_lines(list(two.values())), two) == ["ab", "cd"]
    three = {**two, "b": _box(70, 10, 50, 20), "d": _box(72, 40, 60, 20),
             "e": _box(10, 70, 50, 20), "f": _box(71, 70, 50, 20)}  # fmt: skip
    assert _names(order_lines(list(three.values())), three) == ["ab", "cd", "ef"]
