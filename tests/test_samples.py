"""The sample photographs and their truth fit together, and notes come in many drawings."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "models"))

from training.photoreal.outlines import (  # noqa: E402
    DRAWINGS,
    bounds,
    is_simple,
    outline,
    signed_area,
)
from training.photoreal.specs import (  # noqa: E402
    CameraSpec,
    FinishSpec,
    Hand,
    HeadingSpec,
    NoteSpec,
    SceneSpec,
)
from training.photoreal.truth import Written, photo_truth  # noqa: E402

SAMPLES = ROOT / "samples"
NAMES = sorted(path.stem for path in (SAMPLES / "photos").glob("*.jpg"))
SHAPES = {"square", "bubble", "heart", "tick"}
ORIENTATION = 0x0112
MAX_PHOTO, MAX_ALL = 900_000, 8_000_000


def _truth(name: str) -> dict[str, Any]:
    text = (SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _orientation(name: str) -> int:
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as image:
        return int(image.getexif().get(ORIENTATION, 1))


def _upright_size(name: str) -> tuple[int, int]:
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as image:
        width, height = image.size
    return (height, width) if _orientation(name) in (5, 6, 7, 8) else (width, height)


def test_there_are_at_least_eight_photographs_and_no_truth_without_one() -> None:
    assert len(NAMES) >= 8
    assert sorted(path.stem for path in (SAMPLES / "truth").glob("*.json")) == NAMES


def test_the_photographs_stay_small() -> None:
    sizes = [(SAMPLES / "photos" / f"{name}.jpg").stat().st_size for name in NAMES]
    assert max(sizes) <= MAX_PHOTO
    assert sum(sizes) <= MAX_ALL


@pytest.mark.parametrize("name", NAMES)
def test_truth_is_in_pixels_of_the_upright_photograph(name: str) -> None:
    truth = _truth(name)
    assert truth["photo"] == f"{name}.jpg"
    assert (truth["width"], truth["height"]) == _upright_size(name)
    for thing in truth["notes"] + truth["headings"]:
        points = np.asarray(thing["polygon"], dtype=float)
        assert points.min() >= 0
        assert points[:, 0].max() <= truth["width"]
        assert points[:, 1].max() <= truth["height"]


@pytest.mark.parametrize("name", NAMES)
def test_polygons_run_clockwise_and_enclose_paper(name: str) -> None:
    truth = _truth(name)
    for thing in truth["notes"] + truth["headings"]:
        points = np.asarray(thing["polygon"], dtype=float)
        # With y downwards the shoelace formula is positive for a clockwise polygon.
        assert signed_area(points) > 400
        assert is_simple(points)


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_legibility_of_each_note_are_known_words(name: str) -> None:
    for note in _truth(name)["notes"]:
        assert note["shape"] in SHAPES
        assert note["legible"] in {"full", "partial", "none", "blank"}
        assert 0 < note["visible"] <= 1
        assert -180 <= note["angle"] <= 180


@pytest.mark.parametrize("name", NAMES)
def test_text_and_legibility_agree(name: str) -> None:
    for note in _truth(name)["notes"]:
        words = note["text"].split()
        if note["legible"] == "full":
            assert words
            assert "[illeg.]" not in words
        elif note["legible"] == "blank":
            assert words == []
        elif note["legible"] == "partial":
            assert "[illeg.]" in words
            assert set(words) != {"[illeg.]"}
        else:
            assert set(words) == {"[illeg.]"}


@pytest.mark.parametrize("name", NAMES)
def test_each_board_has_a_printed_heading_and_a_name(name: str) -> None:
    truth = _truth(name)
    assert truth["board"]
    assert [heading["text"].lower() for heading in truth["headings"]] == [truth["board"].lower()]


def test_samples_show_what_a_workshop_shows() -> None:
    """All shapes, blank votes, covered notes, paper turned strongly, cut-off paper."""
    notes = [note for name in NAMES for note in _truth(name)["notes"]]
    assert {note["shape"] for note in notes} == SHAPES
    for shape in ("bubble", "heart", "tick"):
        assert len({note["drawing"] for note in notes if note["shape"] == shape}) >= 3
    votes = [note for note in notes if note["shape"] in ("heart", "tick")]
    assert sum(note["legible"] == "blank" for note in votes) > len(votes) / 2
    assert sum(note["hidden"] for note in notes) >= 10
    assert any(note["cut_off"] for note in notes)
    assert any(abs(note["angle"]) > 20 for note in notes)
    assert len({note["colour"] for note in notes}) >= 6


def test_some_photographs_are_stored_turned() -> None:
    assert len({_orientation(name) for name in NAMES} & {3, 6, 8}) >= 2


def test_one_board_is_photographed_twice_with_the_same_pieces() -> None:
    by_board: dict[str, list[str]] = {}
    for name in NAMES:
        by_board.setdefault(_truth(name)["board"], []).append(name)
    twice = [names for names in by_board.values() if len(names) > 1]
    assert len(twice) == 1
    first, second = ({n["piece"]: n["shape"] for n in _truth(x)["notes"]} for x in twice[0])
    assert first.keys() & second.keys()
    assert all(first[piece] == second[piece] for piece in first.keys() & second.keys())


def test_each_shape_but_the_square_has_three_drawings_or_more() -> None:
    for shape in ("bubble", "heart", "tick"):
        assert len(DRAWINGS[shape]) >= 3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("shape", "drawing"), [(s, d) for s, all_of in DRAWINGS.items() for d in range(len(all_of))]
)
def test_an_outline_is_a_simple_polygon_of_the_wished_width(
    shape: str, drawing: int, seed: int
) -> None:
    made = outline(shape, drawing, 100.0, np.random.default_rng(seed))
    points = np.asarray(made.points)
    width, height = bounds(points)
    assert (made.shape, made.drawing) == (shape, drawing)
    assert width == pytest.approx(100.0, rel=0.1)
    assert is_simple(points)
    # Counter-clockwise with y up; ticks are thin, squares full.
    filled = signed_area(points) / (width * height)
    assert {"tick": 0.2, "square": 0.95}.get(shape, 0.5) < filled <= 1.0
    assert np.hypot(*(points - np.roll(points, 1, axis=0)).T).max() < 3.0


def test_the_text_box_lies_on_the_paper() -> None:
    for shape, drawings in DRAWINGS.items():
        for drawing in range(len(drawings)):
            made = outline(shape, drawing, 100.0, np.random.default_rng(1))
            x, y = np.asarray(made.points).T
            at, up = made.text_box.x, made.text_box.y
            crossings = ((y > up) != (np.roll(y, 1) > up)) & (
                at < (np.roll(x, 1) - x) * (up - y) / (np.roll(y, 1) - y + 1e-12) + x
            )
            assert crossings.sum() % 2 == 1


def test_drawings_of_one_shape_differ() -> None:
    for shape in ("bubble", "heart", "tick"):
        areas = [
            signed_area(np.asarray(outline(shape, d, 100.0, np.random.default_rng(0)).points))
            for d in range(len(DRAWINGS[shape]))
        ]
        assert len({round(area) for area in areas}) == len(areas)


def test_crossing_sides_are_noticed() -> None:
    bow_tie = np.array([(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)])
    assert not is_simple(bow_tie)


def _index_picture(covered: int) -> Any:
    """A note of 40 x 20 photo pixels at (10, 10), whose right `covered` pixels another hides."""
    index = np.zeros((80, 120, 3), np.uint16)
    v, u = np.mgrid[0:40, 0:80]
    index[20:60, 20:100, 2] = 2 * 257
    index[20:60, 20:100, 1] = (u + 0.5) / 80 * 65535
    index[20:60, 20:100, 0] = (1 - (v + 0.5) / 40) * 65535
    if covered:
        index[:, 100 - 2 * covered :] = (0, 0, 3 * 257)
    return index


def _note_truth(covered: int) -> dict[str, Any]:
    """Truth of that note with the words "left right" on it."""
    hand = Hand("none", 8, 1, "black", 0, 0.5)
    note = NoteSpec("square", 0, "pink", "left right", hand, 76, 0, 0, 0, 0, 1)
    heading = HeadingSpec("Head", "none", 0, 0, 1, 1, 0)
    camera = CameraSpec((0, 0, 1000), (0, 0, 0), 0, 30, 0, 1000)
    scene = SceneSpec(
        "name", "Head", "wall", 1, 1, heading, (note,), (), 0, camera, FinishSpec(),
        (1, 1, 1), 1, (60, 40), 1,
    )  # fmt: skip
    places = tuple(
        np.column_stack([np.linspace(a, a + 0.3, 50), np.full(50, 0.5)]) for a in (0.1, 0.6)
    )
    written = Written(("left", "right"), places, 1.0)
    truth = photo_truth(
        scene,
        [written],
        _index_picture(covered),
        photo="name.jpg",
        meanings={"square": "challenge"},
    )
    return dict(truth["notes"][0])


def test_truth_is_the_border_of_the_visible_pixels() -> None:
    note = _note_truth(covered=0)
    assert note["polygon"][0] == pytest.approx([10, 10], abs=0.5)
    assert {(round(x), round(y)) for x, y in note["polygon"]} == {
        (10, 10), (50, 10), (50, 30), (10, 30)
    }  # fmt: skip
    assert (note["text"], note["legible"]) == ("left\nright", "full")
    assert (note["hidden"], note["cut_off"], note["angle"]) == (False, False, 0.0)
    assert note["meaning"] == "challenge"


def test_truth_counts_a_covered_word_as_unread() -> None:
    note = _note_truth(covered=16)
    assert (note["text"], note["legible"]) == ("left\n[illeg.]", "partial")
    assert note["hidden"]
    assert note["visible"] == pytest.approx(0.6, abs=0.03)
    assert max(x for x, _ in note["polygon"]) == pytest.approx(34, abs=0.5)


def test_truth_says_when_no_word_is_left() -> None:
    note = _note_truth(covered=37)
    assert (note["text"], note["legible"]) == ("[illeg.]", "none")
