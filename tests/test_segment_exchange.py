"""Cells that the votes gave to the note beside theirs go back to it, by their colour."""

from __future__ import annotations

import cv2
import numpy as np

from boardscribe.segment._exchange import exchange

GREEN, ORANGE = (90, 180, 90), (80, 150, 240)


def _cells(**parts: tuple[slice, slice]) -> np.ndarray:
    """Lab of 80 x 80 cells: orange, green where said."""
    picture = np.full((80, 80, 3), ORANGE, np.uint8)
    for part in parts.values():
        picture[part] = GREEN
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2LAB), np.uint8)


def _labels() -> np.ndarray:
    """Two notes side by side; a corner of the right one is given to the left one."""
    labels = np.zeros((80, 80), np.int32)
    labels[10:70, 10:40] = 1
    labels[10:70, 40:70] = 2
    labels[10:20, 40:50] = 1
    return labels


def test_a_patch_of_the_neighbours_colour_beside_it_is_the_neighbours() -> None:
    right = exchange(_labels(), _cells(left=np.s_[:, :40]), 2)
    assert (right[10:70, 10:40] == 1).all()
    assert (right[20:70, 40:70] == 2).all()
    assert (right[11:19, 41:49] == 2).all()


def test_what_another_arm_parts_from_it_is_nobodys() -> None:
    """The tip of a heart in the notch of a tick that lies over it."""
    labels = _labels()
    labels[10:20, 40:50] = 2
    right = exchange(labels, _cells(left=np.s_[20:, :40], above=np.s_[:20, 30:40]), 2)
    assert (right[11:19, 11:29] == 0).all()
    assert (right[20:70, 10:40] == 1).all()


def test_writing_in_the_neighbours_colour_stays() -> None:
    """Strokes are thin, drawings lie within the note."""
    left = _cells(left=np.s_[:, :40])
    inked = _cells()
    left[30:32, 10:40] = inked[0, 0]
    left[45:55, 20:30] = inked[0, 0]
    right = exchange(_labels(), left, 2)
    assert (right[20:70, 10:40] == 1).all()


def test_notes_of_one_colour_are_left_as_they_are() -> None:
    assert (exchange(_labels(), _cells(), 2) == _labels()).all()


def test_a_note_by_itself_has_nobody_to_give_to() -> None:
    alone = np.where(_labels() == 1, 1, 0).astype(np.int32)
    assert (exchange(alone, _cells(left=np.s_[:, :40]), 1) == alone).all()
