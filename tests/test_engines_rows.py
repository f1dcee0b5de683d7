"""A block of writing that was taken for one line is parted into its lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.engines._rows import split_rows
from boardscribe.lines import TextBox


def _ink(lines: int, degrees: float = 0.0) -> np.ndarray:
    """Blurred words, one line close below the other."""
    ink = np.zeros((300, 300), np.float32)
    for n in range(lines):
        cv2.putText(ink, "never wide", (60, 100 + 36 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1.0, 5)
    matrix = cv2.getRotationMatrix2D((150, 150), -degrees, 1.0)
    return np.asarray(cv2.GaussianBlur(cv2.warpAffine(ink, matrix, (300, 300)), (0, 0), 4))


def _box() -> TextBox:
    corners = np.array([[20.0, 20.0], [280.0, 20.0], [280.0, 280.0], [20.0, 280.0]])
    return TextBox(corners, 0.8)


@pytest.mark.parametrize("degrees", [-20, -6, 0, 12])
@pytest.mark.parametrize("lines", [2, 4])
def test_each_line_gets_its_box_from_the_top(lines: int, degrees: float) -> None:
    """Whatever their slope; boxes run along the lines."""
    boxes = split_rows(_ink(lines, degrees), _box())
    assert len(boxes) == lines
    assert [b.centre[1] for b in boxes] == sorted(b.centre[1] for b in boxes)
    for box in boxes:
        assert np.degrees(box.angle) == pytest.approx(degrees, abs=4)
        assert 20 < box.height < 60
        assert box.width > 3 * box.height


@pytest.mark.parametrize("lines", [0, 1])
def test_one_line_or_none_is_no_block(lines: int) -> None:
    """Nothing to part."""
    assert split_rows(_ink(lines), _box()) == ()


def test_the_waists_of_large_digits_part_no_lines() -> None:
    """The halves of `388` are no two lines."""
    ink = np.zeros((300, 300), np.float32)
    cv2.putText(ink, "388", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 3.0, 1.0, 22)
    assert split_rows(ink, _box()) == ()
