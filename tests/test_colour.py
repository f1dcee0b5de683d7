"""The colour of a note is that of its paper, by a name people use."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from boardscribe.colour import paper_colour

NOTE = ((20.0, 20.0), (120.0, 20.0), (120.0, 120.0), (20.0, 120.0))


def photo(rgb: tuple[int, int, int]) -> np.ndarray:
    image = np.full((140, 140, 3), 200, np.uint8)
    image[20:120, 20:120] = rgb[::-1]
    return image


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((250, 235, 110), "yellow"),
        ((214, 180, 40), "yellow"),
        ((248, 160, 50), "orange"),
        ((250, 130, 170), "pink"),
        ((230, 40, 120), "pink"),
        ((200, 30, 35), "red"),
        ((120, 70, 170), "purple"),
        ((60, 130, 210), "blue"),
        ((95, 180, 190), "blue"),
        ((150, 210, 80), "green"),
        ((120, 80, 45), "brown"),
        ((240, 238, 232), "white"),
        ((120, 120, 122), "grey"),
        ((25, 25, 28), "black"),
    ],
)
def test_paper_has_the_name_people_give_it(rgb: tuple[int, int, int], name: str) -> None:
    found = paper_colour(photo(rgb), NOTE)
    assert (found.name, found.rgb) == (name, rgb)


def test_writing_does_not_change_the_colour_of_the_paper() -> None:
    image = photo((250, 235, 110))
    for y in range(35, 110, 14):
        cv2.line(image, (28, y), (112, y), (20, 20, 20), 4)
    assert paper_colour(image, NOTE).rgb == (250, 235, 110)


def test_the_board_around_a_heart_does_not_count() -> None:
    image = np.full((100, 100, 3), (40, 160, 40), np.uint8)
    triangle = np.array([(50, 90), (10, 10), (90, 10)])
    cv2.fillPoly(image, [triangle], (60, 60, 220))
    polygon = tuple((float(x), float(y)) for x, y in triangle)
    assert paper_colour(image, polygon).name == "red"


def test_an_outline_of_less_than_a_pixel_has_a_colour_too() -> None:
    speck = ((50.0, 50.0), (50.4, 50.0), (50.4, 50.4))
    assert paper_colour(photo((250, 235, 110)), speck).name == "yellow"


def test_an_outline_at_the_very_corner_has_a_colour_too() -> None:
    corner = ((139.0, 139.0), (140.0, 139.0), (140.0, 140.0))
    assert paper_colour(photo((250, 235, 110)), corner).name == "white"
