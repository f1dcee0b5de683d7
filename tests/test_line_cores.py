"""Lines of writing in a text probability map: those that touch are told apart, words are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe._line_cores import find_cores
from boardscribe.lines import find_boxes


def _map(*bars: tuple[int, int, int, int], between: float = 0.4) -> np.ndarray:
    """Cores (left, top, right, bottom) of .95, and `between` wherever their common box is left."""
    probability = np.zeros((96, 160), np.float32)
    corners = np.array(bars)
    left, top = corners[:, :2].min(axis=0)
    right, bottom = corners[:, 2:].max(axis=0)
    probability[top:bottom, left:right] = between
    for x0, y0, x1, y1 in bars:
        probability[y0:y1, x0:x1] = 0.95
    return probability


def test_lines_that_touch_are_two() -> None:
    """What joins them at the threshold falls away at a higher probability."""
    touching = _map((20, 30, 140, 40), (20, 44, 140, 54))
    first, second = sorted(find_boxes(touching, (160, 96)), key=lambda box: box.centre[1])
    assert first.centre[1] == pytest.approx(35.5, abs=3)
    assert second.centre[1] == pytest.approx(49, abs=3)
    assert first.angle == pytest.approx(0, abs=0.05)


def test_three_lines_that_slant_are_three() -> None:
    slanting = np.zeros((96, 160), np.float32)
    for x in range(20, 140):
        top = 20 + x // 10
        slanting[top : top + 38, x] = 0.5
        for line in range(3):
            slanting[top + 14 * line : top + 14 * line + 9, x] = 0.97
    assert len(find_boxes(slanting, (160, 96))) == 3


def test_words_of_one_line_stay_together() -> None:
    """A gap along the writing is one between words."""
    (box,) = find_boxes(_map((20, 30, 70, 40), (74, 31, 140, 41)), (160, 96))
    assert box.width > 120


def test_letters_up_the_arm_of_a_tick_stay_one_word() -> None:
    """They lie above one another on the note, but not as they are written."""
    steep = np.zeros((160, 160), np.float32)
    cv2.line(steep, (50, 130), (90, 30), 0.4, 16)
    for share in np.linspace(0.05, 0.95, 5):
        centre = (round(50 + 40 * share), round(130 - 100 * share))
        cv2.circle(steep, centre, 7, 0.95, -1)
    (box,) = find_boxes(steep, (160, 160))
    assert max(box.width, box.height) > 100


def test_short_lines_that_touch_are_two() -> None:
    """Words of few letters say little of which way they run; upright is likeliest."""
    assert len(find_boxes(_map((60, 30, 78, 42), (60, 46, 78, 58)), (160, 96))) == 2


def test_what_does_not_fall_apart_is_the_core_itself() -> None:
    (core,) = find_cores(_map((20, 30, 140, 40)), 0.3)
    assert {tuple(point) for point in core[:, 0].tolist()} >= {(20, 30), (140, 40)}


def test_faint_lines_are_found_at_the_threshold() -> None:
    """Nothing needs to reach the higher probabilities."""
    faint = np.zeros((96, 160), np.float32)
    faint[20:30, 20:140] = 0.42
    faint[50:60, 20:140] = 0.95
    assert len(find_boxes(faint, (160, 96))) == 2


def test_specks_part_nothing() -> None:
    """A few pixels above the others are noise."""
    speckled = _map((20, 30, 140, 50), between=0.4)
    speckled[30:50, 20:140] = 0.5
    speckled[33, 40:46] = 0.99
    speckled[46, 40:46] = 0.99
    assert len(find_boxes(speckled, (160, 96))) == 1
