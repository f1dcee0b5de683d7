"""The name of the board is found beside the notes, and notes are put under headings."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.headings import HeadingFinder
from boardscribe.options import HeadingOptions
from boardscribe.records import Detection, Heading, Polygon


def _rectangle(x: float, y: float, width: float, height: float) -> Polygon:
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def _write(image: np.ndarray, text: str, x: int, y: int, size: float) -> None:
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, size, (30, 30, 30), 4, cv2.LINE_AA)


def _board() -> tuple[np.ndarray, list[Detection]]:
    image = np.full((900, 1200, 3), (150, 180, 205), np.uint8)
    cv2.rectangle(image, (250, 40), (950, 150), (250, 250, 250), -1)
    _write(image, "Plain Language", 300, 115, 2.2)
    notes = []
    for x, y in ((100, 300), (500, 320), (850, 600)):
        cv2.rectangle(image, (x, y), (x + 220, y + 200), (110, 230, 250), -1)
        _write(image, "WORDS", x + 20, y + 120, 1.8)
        notes.append(Detection(_rectangle(x, y, 220, 200), 0.9))
    return image, notes


@pytest.fixture(scope="module")
def finder() -> HeadingFinder:
    return HeadingFinder(HeadingOptions())


def test_the_printed_card_is_the_heading_and_notes_are_not(finder: HeadingFinder) -> None:
    """Text, confidence and place."""
    (heading,) = finder.find(*_board())
    assert heading.text.lower() == "plain language"
    assert heading.confidence > 0.8
    points = np.array(heading.polygon)
    assert np.all(points.min(axis=0) > (230, 20))
    assert np.all(points.max(axis=0) < (970, 170))


def test_writing_on_a_doubtful_note_is_a_heading_only_where_there_is_no_other(
    finder: HeadingFinder,
) -> None:
    """Large letters on what may be a note name no board; the card itself may look like a note."""
    image, notes = _board()
    cv2.rectangle(image, (420, 560), (800, 860), (110, 230, 250), -1)
    _write(image, "BUILD", 440, 660, 2.6)
    _write(image, "BRIDGES", 440, 760, 2.6)
    perhaps = Detection(_rectangle(420, 560, 380, 300), 0.3, doubtful=True)
    assert [h.text.lower() for h in finder.find(image, [*notes, perhaps])] == ["plain language"]
    card = Detection(_rectangle(250, 40, 700, 110), 0.3, doubtful=True)
    assert [h.text.lower() for h in finder.find(_board()[0], [*notes, card])] == ["plain language"]


def test_a_known_heading_is_matched_although_misread() -> None:
    """What the user expects is nearer the truth than the reader."""
    finder = HeadingFinder(HeadingOptions(expected=("Plane Languages!", "Shared Power")))
    (heading,) = finder.find(*_board())
    assert heading.text == "Plane Languages!"


def test_writing_like_no_expected_heading_is_none() -> None:
    """With a list of headings, a price tag on the wall is not one."""
    finder = HeadingFinder(HeadingOptions(expected=("Warm Homes", "Shared Power")))
    assert finder.find(*_board()) == ()


@pytest.mark.parametrize("size", [(1, 1), (30, 4000), (600, 800)])
def test_an_empty_board_has_no_heading(finder: HeadingFinder, size: tuple[int, int]) -> None:
    """No exception on photos of any size."""
    assert finder.find(np.full((*size, 3), 127, np.uint8), []) == ()


def test_one_heading_is_everyones(finder: HeadingFinder) -> None:
    """Also of notes above it."""
    heading = Heading("Safer Streets", 0.9, _rectangle(100, 400, 300, 60))
    notes = [Detection(_rectangle(500, y, 50, 50), 0.9) for y in (10, 800)]
    assert finder.assign([heading], notes, width=1000, height=1000) == (0, 0)


def test_with_columns_a_note_stands_under_its_own(finder: HeadingFinder) -> None:
    """The nearest heading above counts."""
    headings = [
        Heading("Left", 0.9, _rectangle(100, 50, 200, 60)),
        Heading("Right", 0.9, _rectangle(700, 50, 200, 60)),
    ]
    notes = [Detection(_rectangle(x, 500, 80, 80), 0.9) for x in (120, 800, 230, 680)]
    assert finder.assign(headings, notes, width=1000, height=1000) == (0, 1, 0, 1)


def test_small_writing_does_not_compete_with_the_title(finder: HeadingFinder) -> None:
    """A label much smaller than the title is no heading of notes."""
    headings = [
        Heading("Title", 0.9, _rectangle(100, 50, 600, 120)),
        Heading("label", 0.9, _rectangle(700, 500, 90, 20)),
    ]
    notes = [Detection(_rectangle(700, 530, 80, 80), 0.9)]
    assert finder.assign(headings, notes, width=1000, height=1000) == (0,)


def test_without_headings_notes_have_none(finder: HeadingFinder) -> None:
    """Unknown stays unknown."""
    notes = [Detection(_rectangle(0, 0, 10, 10), 0.9)]
    assert finder.assign([], notes, width=100, height=100) == (None,)


def test_several_small_lines_are_no_larger_heading_than_the_card(finder: HeadingFinder) -> None:
    """Writing of a note that was missed forms a block higher than the card, of smaller letters."""
    card = Heading(
        "A Welcome For Every Age", 0.99, ((310, 196), (1366, 196), (1366, 295), (310, 295))
    )
    block = Heading(
        "raised beds near the gate for anyone who can't bend",
        0.97,
        ((582, 625), (850, 618), (855, 827), (587, 833)),
    )
    below = Detection(((600, 1000), (800, 1000), (800, 1200), (600, 1200)), 0.9)
    assert finder.assign((card, block), (below,), width=1650, height=2200) == (0,)
