"""A note's outline becomes an upright picture of the note alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.records import Polygon, Shape
from boardscribe.straighten import encode, straighten


def _board(width: int = 600, height: int = 500) -> np.ndarray:
    return np.full((height, width, 3), (90, 120, 90), np.uint8)


def _paint(image: np.ndarray, polygon: Polygon, colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(image, [np.round(np.array(polygon)).astype(np.int32)], colour)


def _map(matrix: np.ndarray, polygon: Polygon) -> np.ndarray:
    points = np.array(polygon, np.float64).reshape(1, -1, 2)
    return cv2.perspectiveTransform(points, matrix).reshape(-1, 2)


def test_the_corners_of_a_square_become_the_corners_of_the_crop() -> None:
    """A four-cornered outline goes to its own plane by a homography."""
    polygon = ((100.0, 80.0), (400.0, 110.0), (380.0, 420.0), (90.0, 390.0))
    crop = straighten(_board(), polygon, Shape.SQUARE)
    height, width = crop.image.shape[:2]
    expected = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    assert np.allclose(_map(crop.matrix, polygon), expected, atol=1)


def test_a_slanted_square_is_turned_to_the_nearest_upright() -> None:
    """Thirty degrees to the right are taken back, not turned on to a quarter."""
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-100, -100], [100, -100], [100, 100], [-100, 100]]) @ turn.T + 250
    image = _board()
    polygon = tuple((float(x), float(y)) for x, y in corners)
    _paint(image, polygon, (0, 230, 250))
    top = (corners[0] * 0.8 + corners[3] * 0.2, corners[1] * 0.8 + corners[2] * 0.2)
    cv2.line(image, *(tuple(np.round(p).astype(int).tolist()) for p in top), (0, 0, 0), 8)
    crop = straighten(image, polygon, Shape.SQUARE).image
    rows = crop.mean(axis=(1, 2))
    assert rows.argmin() < 0.4 * len(rows)


@pytest.mark.parametrize("start", range(4))
def test_the_first_point_of_the_outline_does_not_matter(start: int) -> None:
    """Outlines may start at any corner."""
    polygon = ((100.0, 80.0), (400.0, 110.0), (380.0, 420.0), (90.0, 390.0))
    image = _board()
    cv2.putText(image, "note", (150, 250), cv2.FONT_HERSHEY_SIMPLEX, 3, (0, 0, 0), 8)
    first = straighten(image, polygon, Shape.SQUARE)
    turned = straighten(image, polygon[start:] + polygon[:start], Shape.SQUARE)
    assert np.abs(first.image.astype(int) - turned.image).max() <= 2


def test_what_lies_outside_a_heart_is_painted_like_its_paper() -> None:
    """The board's colour does not reach the reader."""
    polygon = ((200.0, 120.0), (250.0, 90.0), (300.0, 140.0), (200.0, 260.0), (100.0, 140.0),
               (150.0, 90.0))  # fmt: skip
    image = _board()
    _paint(image, polygon, (180, 120, 250))
    crop = straighten(image, polygon, Shape.HEART)
    assert crop.mask is not None
    assert np.abs(crop.image[2, 2].astype(int) - (180, 120, 250)).max() < 25


def test_the_matrix_leads_from_the_photo_to_the_crop() -> None:
    """The middle of the outline's box is the middle of the crop."""
    polygon = ((100.0, 100.0), (300.0, 100.0), (200.0, 300.0))
    crop = straighten(_board(), polygon, Shape.TICK)
    x, y = _map(crop.matrix, ((200.0, 200.0),))[0]
    height, width = crop.image.shape[:2]
    assert (x / width, y / height) == pytest.approx((0.5, 0.5), abs=0.02)


def test_a_large_note_is_reduced_to_the_longest_side_asked_for() -> None:
    """`max_side` bounds memory and time."""
    polygon = ((0.0, 0.0), (3000.0, 0.0), (3000.0, 2000.0), (0.0, 2000.0))
    crop = straighten(np.zeros((2000, 3000, 3), np.uint8), polygon, Shape.SQUARE, max_side=700)
    assert crop.image.shape[:2] == (467, 700)


def test_a_blurred_note_is_less_sharp() -> None:
    """Sharpness orders crops of the same note."""
    image = _board()
    polygon = ((50.0, 50.0), (450.0, 50.0), (450.0, 450.0), (50.0, 450.0))
    _paint(image, polygon, (0, 230, 250))
    cv2.putText(image, "write", (90, 280), cv2.FONT_HERSHEY_SIMPLEX, 4, (0, 0, 0), 9)
    sharp = straighten(image, polygon, Shape.SQUARE).sharpness
    blurred = straighten(cv2.GaussianBlur(image, (0, 0), 5), polygon, Shape.SQUARE).sharpness
    assert 0 <= blurred < 0.7 * sharp <= 1


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize(
    "polygon",
    [
        ((5.0, 5.0), (5.0, 5.0), (5.0, 5.0)),
        ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
        ((-900.0, -900.0), (5000.0, -900.0), (5000.0, 5000.0), (-900.0, 5000.0)),
        ((10.0, 10.0), (500.0, 10.5), (500.0, 11.0), (10.0, 10.6)),
    ],
)
def test_no_outline_is_too_strange(polygon: Polygon, shape: Shape) -> None:
    """Points that coincide, slivers and outlines beyond the photo still give a crop."""
    crop = straighten(_board(), polygon, shape)
    assert min(crop.image.shape[:2]) >= 1
    assert encode(crop).jpeg[:2] == b"\xff\xd8"


def test_the_stored_crop_tells_its_size_and_its_way_back() -> None:
    """The record holds nine numbers, row by row."""
    crop = straighten(_board(), ((10.0, 10.0), (210.0, 10.0), (210.0, 160.0), (10.0, 160.0)),
                      Shape.SQUARE)  # fmt: skip
    record = encode(crop)
    assert (record.height, record.width) == crop.image.shape[:2]
    assert np.allclose(np.array(record.matrix).reshape(3, 3), crop.matrix)


_HEART: Polygon = ((200.0, 140.0), (250.0, 90.0), (310.0, 150.0), (200.0, 290.0), (90.0, 150.0),
                   (150.0, 90.0))  # fmt: skip


def _reaches(crop: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Pixels of about that colour."""
    return int((np.abs(crop.astype(int) - colour).max(axis=2) < 40).sum())


def test_board_inside_an_outline_that_bridges_a_notch_is_peeled_off() -> None:
    """Found outlines run straight over the notch of a heart: the wedge is no letter V."""
    image = _board()
    _paint(image, _HEART, (180, 120, 250))
    bridged = tuple(point for point in _HEART if point != (200.0, 140.0))
    crop = straighten(image, bridged, Shape.HEART)
    assert _reaches(crop.image, (90, 120, 90)) == 0
    assert crop.cut_ink == 0


def test_a_shadow_along_the_outline_is_peeled_off() -> None:
    """An outline a little too wide takes the paper's shadow in."""
    image = _board()
    _paint(image, _HEART, (180, 120, 250))
    points = np.round(np.array(_HEART)).astype(np.int32)
    cv2.polylines(image, [points], isClosed=True, color=(50, 60, 45), thickness=5)
    middle = np.array(_HEART).mean(axis=0)
    wider = tuple((float(x), float(y)) for x, y in (np.array(_HEART) - middle) * 1.03 + middle)
    crop = straighten(image, wider, Shape.HEART)
    assert _reaches(crop.image, (50, 60, 45)) == 0


def test_strokes_that_come_up_to_the_edge_stay() -> None:
    """Writing runs to the edge of the paper, and where another note covers it, to its edge."""
    image = _board()
    polygon = ((50.0, 50.0), (350.0, 50.0), (350.0, 350.0), (50.0, 350.0))
    _paint(image, polygon, (0, 230, 250))
    cv2.line(image, (50, 200), (140, 200), (0, 0, 0), 9)
    crop = straighten(image, polygon, Shape.SQUARE)
    assert _reaches(crop.image, (0, 0, 0)) > 0.8 * 90 * 9


def test_a_dark_stroke_up_to_the_edge_of_a_dark_board_stays() -> None:
    """It looks like the board outside, but reaches further in than it is wide."""
    image = np.full((500, 600, 3), (40, 50, 60), np.uint8)
    polygon = ((50.0, 50.0), (350.0, 50.0), (350.0, 350.0), (50.0, 350.0))
    _paint(image, polygon, (120, 230, 240))
    cv2.line(image, (50, 200), (120, 200), (35, 40, 50), 9)
    crop = straighten(image, polygon, Shape.SQUARE)
    larger = (crop.image.shape[0] / 300) ** 2
    assert _reaches(crop.image, (35, 40, 50)) > 0.8 * 70 * 9 * larger


def test_writing_cut_through_by_the_outline_is_noticed() -> None:
    """The paper goes on behind the ink: the outline ends too early, part of a word is lost."""
    image = np.full((500, 600, 3), (90, 120, 90), np.uint8)
    arm = ((50.0, 200.0), (450.0, 200.0), (450.0, 280.0), (50.0, 280.0))
    _paint(image, arm, (250, 250, 250))
    cv2.putText(image, "Yes", (220, 262), cv2.FONT_HERSHEY_SIMPLEX, 1.8, (60, 90, 20), 6)
    whole = straighten(image, arm, Shape.TICK)
    early = ((50.0, 200.0), (240.0, 200.0), (240.0, 280.0), (50.0, 280.0))
    assert whole.cut_ink == 0
    assert straighten(image, early, Shape.TICK).cut_ink > 1


def test_a_pin_cut_through_by_the_outline_is_no_writing() -> None:
    """Found outlines go around or through the pin at the end of an arm."""
    image = np.full((500, 600, 3), (90, 120, 90), np.uint8)
    arm = ((50.0, 200.0), (450.0, 200.0), (450.0, 280.0), (50.0, 280.0))
    _paint(image, arm, (120, 220, 170))
    cv2.circle(image, (420, 240), 15, (40, 40, 200), -1)
    early = ((50.0, 200.0), (415.0, 200.0), (415.0, 280.0), (50.0, 280.0))
    crop = straighten(image, early, Shape.TICK)
    assert crop.cut_ink == 0
    assert _reaches(crop.image, (40, 40, 200)) == 0


def test_letters_that_another_note_cuts_through_stay() -> None:
    """A joined word with a tail lies along the outline as long and shallow as a shadow does."""
    image = np.full((500, 600, 3), (60, 70, 60), np.uint8)
    _paint(image, ((50.0, 100.0), (450.0, 100.0), (450.0, 400.0), (50.0, 400.0)), (150, 235, 245))
    word = np.array(
        [[150 + 10 * i, 214 + 10 * (i % 2)] for i in range(14)] + [[270, 260]], np.int32
    )
    cv2.polylines(image, [word], isClosed=False, color=(50, 40, 40), thickness=4)
    _paint(image, ((50.0, 230.0), (450.0, 230.0), (450.0, 400.0), (50.0, 400.0)), (240, 200, 160))
    seen = ((50.0, 100.0), (450.0, 100.0), (450.0, 227.0), (50.0, 227.0))
    inked = _reaches(image[100:227, 50:450], (50, 40, 40))
    left = _reaches(straighten(image, seen, Shape.SQUARE).image, (50, 40, 40)) / inked
    assert left > 0.5, left
