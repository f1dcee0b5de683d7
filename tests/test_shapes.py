"""The shape of a note is told from its outline, however it hangs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from boardscribe.records import Detection, Polygon, Shape
from boardscribe.shapes import ShapeClassifier

PHOTO = np.full((1000, 1000, 3), 200, np.uint8)


@pytest.fixture(scope="module")
def classifier() -> ShapeClassifier:
    return ShapeClassifier()


def square() -> np.ndarray:
    return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * 0.5


def heart() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3, -y], axis=1) / 32


def bubble() -> np.ndarray:
    body = [(-0.5, -0.35), (0.5, -0.35), (0.5, 0.25), (0.05, 0.25)]
    return np.array([*body, (-0.2, 0.5), (-0.2, 0.25), (-0.5, 0.25)])


def tick() -> np.ndarray:
    return np.array(
        [(-0.5, 0.05), (-0.38, -0.08), (-0.15, 0.2), (0.38, -0.45), (0.5, -0.33), (-0.15, 0.42)]
    )


SHAPES = {
    Shape.SQUARE: square, Shape.HEART: heart, Shape.BUBBLE: bubble, Shape.TICK: tick,
}  # fmt: skip


def hung(points: np.ndarray, turn: float, *, side: float = 150, at=(500, 500)) -> Detection:
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = points @ spin.T * side + at
    polygon: Polygon = tuple((float(x), float(y)) for x, y in placed)
    return Detection(polygon=polygon, confidence=1.0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("turn", range(0, 360, 40))
def test_a_shape_is_told_whichever_way_it_hangs(
    classifier: ShapeClassifier, shape: Shape, turn: int
) -> None:
    (guess,) = classifier.classify(PHOTO, [hung(SHAPES[shape](), turn)])
    assert guess.shape is shape
    assert guess.probability > 0.7


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("squeeze", [0.8, 1.25])
def test_a_shape_seen_from_the_side_is_the_same_shape(
    classifier: ShapeClassifier, shape: Shape, squeeze: float
) -> None:
    (guess,) = classifier.classify(PHOTO, [hung(SHAPES[shape]() * (squeeze, 1), 10)])
    assert guess.shape is shape


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("side", [30, 700])
def test_size_does_not_matter(classifier: ShapeClassifier, shape: Shape, side: float) -> None:
    (guess,) = classifier.classify(PHOTO, [hung(SHAPES[shape](), 5, side=side)])
    assert guess.shape is shape


def test_a_square_with_a_covered_corner_is_a_square(classifier: ShapeClassifier) -> None:
    cut = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.1), (0.15, 0.1), (0.15, 0.5), (-0.5, 0.5)])
    over = hung(square(), 0, at=(597, 590))
    guesses = classifier.classify(PHOTO, [hung(cut, 0), over])
    assert [guess.shape for guess in guesses] == [Shape.SQUARE, Shape.SQUARE]


def test_probabilities_of_all_shapes_sum_to_one(classifier: ShapeClassifier) -> None:
    for make in SHAPES.values():
        (guess,) = classifier.classify(PHOTO, [hung(make(), 0)])
        assert set(guess.probabilities) == set(Shape)
        assert sum(guess.probabilities.values()) == pytest.approx(1)


def test_guesses_come_in_the_order_of_the_outlines(classifier: ShapeClassifier) -> None:
    outlines = [hung(make(), 0, at=(150 + 220 * k, 500)) for k, make in enumerate(SHAPES.values())]
    assert [g.shape for g in classifier.classify(PHOTO, outlines)] == list(SHAPES)
    assert [g.shape for g in classifier.classify(PHOTO, outlines[::-1])] == list(SHAPES)[::-1]


def test_no_outlines_no_guesses(classifier: ShapeClassifier) -> None:
    assert classifier.classify(PHOTO, []) == ()


def test_an_outline_without_area_is_no_error(classifier: ShapeClassifier) -> None:
    line = Detection(polygon=((1.0, 1.0), (5.0, 1.0), (9.0, 1.0)), confidence=0.5)
    assert len(classifier.classify(PHOTO, [line])) == 1


def test_what_the_pixels_show_weighs_beside_the_outline(classifier: ShapeClassifier) -> None:
    outline = hung(square(), 5)
    of_a_bubble = tuple(0.0 if shape is Shape.BUBBLE else -4.0 for shape in Shape)
    (plain,) = classifier.classify(PHOTO, [outline])
    (seen,) = classifier.classify(PHOTO, [replace(outline, shape_evidence=of_a_bubble)])
    assert plain.shape is Shape.SQUARE
    assert seen.probabilities[Shape.BUBBLE] > plain.probabilities[Shape.BUBBLE]
