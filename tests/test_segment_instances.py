"""Cells that point to one place are one note; pieces of one note become one."""

from __future__ import annotations

import numpy as np
import pytest

from boardscribe.segment._instances import instances
from boardscribe.segment._net import Maps

SIDE = 20


def pieces(*, expected: float, seam: float, hue: int = 0) -> Maps:
    """Two squares side by side, each pointing to its own middle.

    Args:
        expected: side of the note that their cells expect.
        seam: probability of an outline where they meet.
        hue: how far apart their colours are, Lab of 8 bits.
    """
    shape = 40, 60
    note, edge = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    offset_x, offset_y = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    for left in (10, 10 + SIDE):
        own = (y >= 10) & (y < 10 + SIDE) & (x >= left) & (x < left + SIDE)
        note[own] = 0.99
        offset_x[own] = (left + SIDE / 2 - x)[own]
        offset_y[own] = (10 + SIDE / 2 - y)[own]
    edge[10 : 10 + SIDE, 10 + SIDE - 1 : 10 + SIDE + 1] = seam
    zeros = np.zeros(shape, np.float32)
    colour = np.full((*shape, 3), 128, np.uint8)
    colour[:, 10 + SIDE :, 1] += np.uint8(hue)
    return Maps(
        note=note, edge=edge, offset_x=offset_x, offset_y=offset_y,
        size=np.full(shape, expected, np.float32), whole=zeros, depth=note, thin=zeros, odd=zeros,
        shapes=np.zeros((5, *shape), np.float32), colour=colour, scale_x=1.0, scale_y=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "seam", "notes"),
    [
        pytest.param(SIDE * 1.35, 0.05, 1, id="like halves of a larger note without a seam"),
        pytest.param(SIDE * 1.35, 0.9, 2, id="an outline runs between them"),
        pytest.param(SIDE, 0.05, 2, id="each is as large as a note should be"),
    ],
)
def test_like_pieces_are_one_note_only_if_all_says_so(
    expected: float, seam: float, notes: int
) -> None:
    assert len(instances(pieces(expected=expected, seam=seam))) == notes


def test_pieces_of_different_colours_are_different_notes() -> None:
    """Whatever else is said of them."""
    assert len(instances(pieces(expected=SIDE * 1.35, seam=0.05, hue=30))) == 2
