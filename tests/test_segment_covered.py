"""A note that another covers is told by what is missing of it, and by words that run beneath."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.records import Detection, Polygon
from boardscribe.segment._covered import mark_hidden

NOTE = Detection(((200.0, 100.0), (400.0, 100.0), (400.0, 300.0), (200.0, 300.0)), 0.9)
BESIDE: Polygon = ((60.0, 80.0), (200.0, 80.0), (200.0, 280.0), (60.0, 280.0))


def _board(first: int) -> np.ndarray:
    """Two notes side by side; three lines of writing on the right one from this column on."""
    board = np.full((400, 500, 3), (90, 120, 150), np.uint8)
    board[100:300, 200:400] = (120, 230, 250)
    for y, begin in ((140, first), (190, first + 30), (240, first)):
        zigzag = [(x, y + 24 * (x // 10 % 2)) for x in range(begin, 370, 10)]
        cv2.polylines(board, [np.array(zigzag, np.int32)], False, (40, 30, 30), 4)
    board[80:280, 60:200] = (180, 140, 240)
    return board


def _hidden(first: int, whole: float, other: Detection) -> bool:
    return mark_hidden(_board(first), [NOTE, other], [whole, 0.99])[0].hidden


def test_a_word_that_runs_to_another_note_goes_on_beneath_it() -> None:
    """Words that begin short of it do not."""
    other = Detection(BESIDE, 0.9)
    assert _hidden(190, 0.8, other)
    assert not _hidden(216, 0.8, other)


def test_an_edge_on_a_note_without_writing_is_no_word() -> None:
    board = np.full((400, 500, 3), (90, 120, 150), np.uint8)
    board[100:300, 200:400] = (120, 230, 250)
    cv2.line(board, (190, 180), (230, 180), (40, 30, 30), 10)
    board[80:280, 60:200] = (180, 140, 240)
    notes = [NOTE, Detection(BESIDE, 0.9)]
    assert not mark_hidden(board, notes, [0.8, 0.99])[0].hidden


@pytest.mark.parametrize(("whole", "hidden"), [(0.5, True), (0.95, False)])
def test_what_the_network_is_sure_of_stands(whole: float, hidden: bool) -> None:
    """Some hands write up to the very edge."""
    assert _hidden(190, whole, Detection(BESIDE, 0.9)) is hidden


def test_what_may_be_no_note_covers_none() -> None:
    assert not _hidden(190, 0.8, Detection(BESIDE, 0.2, doubtful=True))


def test_a_corner_under_another_note_is_missing() -> None:
    """Whatever is written and however sure the network is."""
    over: Polygon = ((150.0, 50.0), (260.0, 50.0), (260.0, 160.0), (150.0, 160.0))
    rest: Polygon = (
        *((260.0, 100.0), (400.0, 100.0), (400.0, 300.0), (200.0, 300.0)),
        *((200.0, 160.0), (260.0, 160.0)),
    )
    notes = [Detection(rest, 0.9), Detection(over, 0.9)]
    assert [one.hidden for one in mark_hidden(_board(300), notes, [0.95, 0.95])] == [True, False]
