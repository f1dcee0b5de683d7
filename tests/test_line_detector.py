"""The line detector that ships finds each line of writing, blurred and close as it may be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.engines._networks import Detector
from boardscribe.lines import TextBox, find_boxes


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def _ink(lines: int, degrees: float = 0.0) -> np.ndarray:
    """Blurred words, one line close below the other."""
    ink = np.zeros((320, 320), np.float32)
    for n in range(lines):
        cv2.putText(ink, "never wide", (60, 100 + 36 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1.0, 5)
    matrix = cv2.getRotationMatrix2D((160, 160), -degrees, 1.0)
    return np.asarray(cv2.GaussianBlur(cv2.warpAffine(ink, matrix, (320, 320)), (0, 0), 3))


def _boxes(detector: Detector, ink: np.ndarray) -> list[TextBox]:
    note = (240 - 200 * ink[..., None] * np.ones(3)).astype(np.uint8)
    return sorted(find_boxes(detector(note), (320, 320)), key=lambda box: box.centre[1])


@pytest.mark.parametrize("degrees", [-20, -6, 0, 12])
@pytest.mark.parametrize("lines", [2, 4])
def test_each_line_has_its_box(detector: Detector, lines: int, degrees: float) -> None:
    """Whatever their slope; boxes run along the lines."""
    boxes = _boxes(detector, _ink(lines, degrees))
    assert len(boxes) == lines
    for box in boxes:
        assert np.degrees(box.angle) == pytest.approx(degrees, abs=4)
        assert 20 < box.height < 60
        assert box.width > 3 * box.height


def test_bare_paper_has_none(detector: Detector) -> None:
    assert _boxes(detector, _ink(0)) == []


def test_the_waists_of_large_digits_part_no_lines(detector: Detector) -> None:
    """The halves of `388` are no two lines."""
    ink = np.zeros((320, 320), np.float32)
    cv2.putText(ink, "388", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 3.0, 1.0, 22)
    assert len(_boxes(detector, ink)) == 1
