"""Views of a note: what of its colours they show."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.engines._looks import Light, View, picture_of


def _note(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    note = np.full((260, 260, 3), paper, np.uint8)
    cv2.putText(note, "4", (90, 160), cv2.FONT_HERSHEY_SIMPLEX, 2.5, ink, 5)
    return note


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ((110, 60, 100), (90, 45, 95)),  # pencil on violet
        ((20, 160, 190), (20, 130, 160)),  # faint on orange
        ((60, 60, 60), (110, 110, 110)),  # chalk on slate
    ],
)
def test_ink_is_dark_on_white_whatever_the_colours_are(
    paper: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    """Letters stand out as if written in black, and paper is white."""
    seen = picture_of(_note(paper, ink), View(260, Light.INK))
    written = np.any(_note(paper, ink) != paper, axis=2)
    assert np.median(seen[~written]) > 220
    assert np.median(seen[written]) < 120


def test_noise_of_bare_paper_is_no_ink() -> None:
    """What is fainter than any writing is not made to look like it."""
    paper = np.full((260, 260, 3), (120, 200, 230), np.int16)
    paper += np.random.default_rng(1).integers(-2, 3, paper.shape, np.int16)
    seen = picture_of(paper.astype(np.uint8), View(260, Light.INK))
    assert np.percentile(seen, 1) > 170


@pytest.mark.parametrize("size", [(12, 40), (40, 12), (13, 13)])
def test_small_and_narrow_notes_have_every_view(size: tuple[int, int]) -> None:
    """A strip of paper is a note, too."""
    strip = np.full((*size, 3), 200, np.uint8)
    for light in Light:
        assert max(picture_of(strip, View(96, light)).shape[:2]) == 96


def test_ink_between_lines_set_close_is_as_pale_as_paper() -> None:
    """Thick writing covers most of the paper around it, and is no paper for that."""
    note = np.full((260, 260, 3), (200, 160, 80), np.uint8)
    rows = np.zeros((260, 260), bool)
    for y in range(60, 200, 24):
        rows[y : y + 15, 40:220] = True
    note[rows] = (60, 30, 30)
    seen = picture_of(note, View(260, Light.INK))[..., 0]
    inner = np.zeros_like(rows)
    inner[75:190, 90:170] = True
    assert np.median(seen[inner & ~rows]) > 200
    assert np.median(seen[inner & rows]) < 90
