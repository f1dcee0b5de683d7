"""Notes are found, each once, with an outline that follows the paper."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from boardscribe import segment
from boardscribe._geometry import bounding_box, iou, signed_area
from boardscribe.options import SegmentOptions
from boardscribe.records import Detection, Polygon

YELLOW, PINK, BLUE = (90, 225, 250), (170, 130, 245), (225, 180, 80)


@pytest.fixture(scope="module")
def segmenter() -> segment.Segmenter:
    return segment.Segmenter(SegmentOptions())


def board(width: int = 1600, height: int = 1200) -> np.ndarray:
    """A whiteboard in uneven light."""
    rng = np.random.default_rng(1)
    across = np.linspace(0.92, 1.0, width)[None, :, None]
    image = np.full((height, width, 3), (205, 212, 214), np.float64) * across
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def stick(
    image: np.ndarray, x: float, y: float, *, side: float = 200, turn: float = 0, colour=YELLOW
) -> Polygon:
    """Put a note with a shadow and some writing on the board; returns its outline."""
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * side / 2 @ spin.T + (x, y)
    shadow = np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(shadow, [np.int32(points + np.array([5, 9]))], 0.35)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 7)
    image[:] = (image * (1 - shadow[..., None])).astype(np.uint8)
    cv2.fillPoly(image, [np.round(points * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    for row in (-0.2, 0.0, 0.2):
        wave = np.linspace(-0.35, 0.3, 40) * side
        line = np.stack([wave, row * side + 0.04 * side * np.sin(wave)], axis=1) @ spin.T + (x, y)
        cv2.polylines(image, [np.int32(line)], False, (60, 30, 30), 3, cv2.LINE_AA)
    return tuple((float(a), float(b)) for a, b in points)


def acting(found: tuple[Detection, ...]) -> list[Detection]:
    return [detection for detection in found if not detection.doubtful]


def test_each_note_is_found_once_and_closely(segmenter: segment.Segmenter) -> None:
    image = board()
    notes = [
        stick(image, 300, 300),
        stick(image, 800, 330, turn=12, colour=PINK),
        stick(image, 1250, 300, side=120, turn=-20, colour=BLUE),
        stick(image, 420, 850, side=260, turn=45),
        stick(image, 1150, 840, turn=-6, colour=PINK),
    ]
    found = acting(segmenter.find(image))
    assert len(found) == len(notes)
    for note in notes:
        assert max(iou(note, detection.polygon) for detection in found) > 0.92


def test_notes_of_one_colour_that_touch_are_two(segmenter: segment.Segmenter) -> None:
    image = board()
    left, right = stick(image, 600, 600), stick(image, 798, 604)
    found = acting(segmenter.find(image))
    assert len(found) == 2
    assert max(iou(right, detection.polygon) for detection in found) > 0.85
    assert max(iou(left, detection.polygon) for detection in found) > 0.85


def test_a_bare_board_has_no_notes(segmenter: segment.Segmenter) -> None:
    assert acting(segmenter.find(board())) == []


def test_writing_and_boxes_on_the_board_are_not_notes(segmenter: segment.Segmenter) -> None:
    image = board()
    cv2.putText(
        image, "What next?", (200, 300), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 5, (90, 40, 30), 9
    )
    cv2.rectangle(image, (300, 500), (700, 900), (40, 40, 160), 6)
    cv2.arrowedLine(image, (800, 700), (1300, 800), (40, 40, 160), 8)
    assert acting(segmenter.find(image)) == []


def test_a_note_cut_by_the_border_says_so(segmenter: segment.Segmenter) -> None:
    image = board()
    stick(image, 20, 600)
    stick(image, 800, 600)
    by_x = sorted(acting(segmenter.find(image)), key=lambda d: bounding_box(d.polygon)[0])
    assert [detection.cut_off for detection in by_x] == [True, False]


@pytest.mark.parametrize(("x", "y"), [(830, 640), (800, 760), (790, 700)])
def test_a_note_under_another_says_so(segmenter: segment.Segmenter, x: int, y: int) -> None:
    image = board()
    stick(image, 700, 600, side=240)
    stick(image, x, y, side=240, turn=5, colour=PINK)
    by_x = sorted(acting(segmenter.find(image)), key=lambda d: bounding_box(d.polygon)[0])
    assert [detection.hidden for detection in by_x] == [True, False]


def test_outlines_are_clockwise_inside_the_photo_and_in_reading_order(
    segmenter: segment.Segmenter,
) -> None:
    image = board()
    for x, y in ((10, 20), (800, 100), (1590, 700), (400, 1190), (900, 900)):
        stick(image, x, y)
    found = segmenter.find(image)
    assert len(acting(found)) == 5
    for detection in found:
        left, top, right, bottom = bounding_box(detection.polygon)
        assert 0 <= left < right <= 1600
        assert 0 <= top < bottom <= 1200
        assert signed_area(detection.polygon) > 0
        assert 0 <= detection.confidence <= 1
    tops = [bounding_box(detection.polygon)[1] for detection in found]
    assert all(first <= second for first, second in pairwise(tops))


def test_the_same_photo_gives_the_same_notes(segmenter: segment.Segmenter) -> None:
    image = board()
    stick(image, 700, 600)
    before = image.copy()
    first = segmenter.find(image)
    assert segmenter.find(image) == first
    assert (image == before).all()


def test_small_and_large_photos_of_a_board_show_the_same_notes(
    segmenter: segment.Segmenter,
) -> None:
    image = board()
    notes = [stick(image, 500, 500), stick(image, 1000, 700, turn=20, colour=BLUE)]
    for scale in (0.5, 2.2):
        found = acting(segmenter.find(cv2.resize(image, None, fx=scale, fy=scale)))
        for note in notes:
            scaled = tuple((x * scale, y * scale) for x, y in note)
            assert max(iou(scaled, detection.polygon) for detection in found) > 0.9


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (2000, 7), (33, 31), (200, 2400)])
def test_photos_of_any_size_are_looked_at(
    segmenter: segment.Segmenter, size: tuple[int, int]
) -> None:
    assert isinstance(segmenter.find(np.full((*size, 3), 128, np.uint8)), tuple)


def test_candidates_between_the_thresholds_are_doubtful() -> None:
    image = board()
    stick(image, 700, 600)
    (sure,) = acting(segment.Segmenter(SegmentOptions()).find(image))
    strict = segment.Segmenter(SegmentOptions(act=1.0, keep=0.1)).find(image)
    assert any(d.doubtful and d.polygon == sure.polygon for d in strict)


def test_notes_smaller_than_the_least_side_are_left_out() -> None:
    image = board()
    stick(image, 700, 600)
    assert segment.Segmenter(SegmentOptions(min_side=250)).find(image) == ()
