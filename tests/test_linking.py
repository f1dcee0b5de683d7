"""A board photographed twice gives a better record, not a second one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.results import machine, reading, sha_of, sighting, square

from boardscribe import linking, registration
from boardscribe.boards import board_of
from boardscribe.options import Options
from boardscribe.records import Colour, Heading, Legibility, Photo, Polygon
from boardscribe.snapshot import PhotoEntry, SightingEntry
from boardscribe.store import Arrangement, Holdings, Registration

WIDTH, HEIGHT = 1000, 800
SLANTED = np.array([[0.9, 0.08, 40.0], [-0.05, 0.95, 30.0], [2e-5, -3e-5, 1.0]])
GRID = [square(40 + 240 * column, 40 + 250 * row, 160) for row in range(3) for column in range(4)]


def seen_through(matrix: NDArray[np.float64], polygon: Polygon) -> Polygon:
    points = np.array([(x, y, 1.0) for x, y in polygon]) @ matrix.T
    return tuple((float(x / w), float(y / w)) for x, y, w in points)


def photo(name: str, heading: str | None = "Make time") -> PhotoEntry:
    found = () if heading is None else (Heading(heading, 0.9, square(0, 0, 30)),)
    return PhotoEntry(
        Photo(sha_of(name), name, WIDTH, HEIGHT, "JPEG"), None, found, "p.jpg", 1.0, {}
    )


def entry(
    name: str,
    number: int,
    polygon: Polygon,
    text: str = "",
    *,
    confidence: float = 0.9,
    note_id: str | None = None,
    colour: Colour | None = None,
    doubtful: bool = False,
    cut_off: bool = False,
    sharpness: float = 0.5,
) -> SightingEntry:
    sighting_id = f"{name[0]}{number:02}"
    made = sighting(sighting_id, polygon, doubtful=doubtful, cut_off=cut_off)
    legibility = Legibility.READABLE if text else Legibility.BLANK
    return SightingEntry(
        sighting_id=sighting_id,
        note_id=note_id or sighting_id,
        photo_sha256=sha_of(name),
        detection=made.detection,
        shape=made.shape,
        colour=colour or made.colour,
        crop="c.jpg",
        sharpness=sharpness,
        readings=(reading(text, confidence, legibility=legibility),),
    )


def holdings(
    photos: Sequence[PhotoEntry],
    sightings: Sequence[SightingEntry],
    decided: Sequence[str] = (),
) -> Holdings:
    return Holdings(
        photos=tuple(photos),
        given={},
        sightings=tuple(sightings),
        headings=dict.fromkeys((s.sighting_id for s in sightings), None),
        proposals={
            s.sighting_id: machine(s.readings[0].text, s.readings[0].confidence) for s in sightings
        },
        decided=frozenset(decided),
    )


def lay(
    first: str, second: str, matrix: NDArray[np.float64] = SLANTED, inliers: int = 100
) -> Registration:
    flat = tuple(float(value) for value in matrix.ravel())
    return Registration(sha_of(first), sha_of(second), flat, inliers)


def arranged(
    held: Holdings, *registrations: Registration, options: Options | None = None
) -> Arrangement:
    return linking.arrange(held, registrations, options or Options())


def two_views(number: int = 6) -> tuple[list[SightingEntry], list[SightingEntry]]:
    first = [entry("a.jpg", i, polygon, f"note {i}") for i, polygon in enumerate(GRID[:number])]
    second = [
        entry("b.jpg", i, seen_through(SLANTED, polygon), f"note {i}")
        for i, polygon in enumerate(GRID[:number])
    ]
    return first, second


def test_notes_that_coincide_on_two_photos_are_one() -> None:
    first, second = two_views()
    made = arranged(
        holdings([photo("a.jpg"), photo("b.jpg")], [*first, *second]), lay("a.jpg", "b.jpg")
    )
    assert made.links == {f"b{i:02}": f"a{i:02}" for i in range(6)}
    assert sorted(made.proposals) == [f"a{i:02}" for i in range(6)]


def test_a_photo_alone_keeps_its_notes() -> None:
    first, _ = two_views()
    made = arranged(holdings([photo("a.jpg")], first))
    assert made.links == {}
    assert sorted(made.proposals) == [s.note_id for s in first]


def test_other_boards_are_not_compared() -> None:
    first, second = two_views()
    held = holdings([photo("a.jpg"), photo("b.jpg", "Share power")], [*first, *second])
    assert linking.candidates(held, Options()) == ()
    assert arranged(held, lay("a.jpg", "b.jpg")).links == {}


def test_notes_of_another_colour_or_text_are_not_the_same() -> None:
    first, second = two_views()
    second[0] = replace(second[0], colour=Colour("blue", (40, 80, 220)))
    second[1] = replace(second[1], readings=(reading("quite another thing", 0.9),))
    # Unsure readings contradict nothing.
    second[2] = replace(second[2], readings=(reading("xyz kjh", 0.3),))
    made = arranged(
        holdings([photo("a.jpg"), photo("b.jpg")], [*first, *second]), lay("a.jpg", "b.jpg")
    )
    assert sorted(made.links) == ["b02", "b03", "b04", "b05"]


def test_a_template_with_other_notes_is_not_the_same_board() -> None:
    first, second = two_views()
    second = [
        replace(s, readings=(reading(f"{chr(97 + i) * 9}", 0.9),)) for i, s in enumerate(second)
    ]
    made = arranged(
        holdings([photo("a.jpg"), photo("b.jpg")], [*first, *second]), lay("a.jpg", "b.jpg")
    )
    assert made.links == {}


def test_a_note_that_the_border_cuts_is_recognised() -> None:
    moved = np.array([[1.0, 0, -120.0], [0, 1.0, 0], [0, 0, 1.0]])
    first = [entry("a.jpg", i, polygon, f"note {i}") for i, polygon in enumerate(GRID[:4])]
    second = []
    for i, polygon in enumerate(GRID[:4]):
        there = tuple((max(0.0, x), y) for x, y in seen_through(moved, polygon))
        second.append(entry("b.jpg", i, there, f"note {i}", cut_off=i == 0))
    made = arranged(
        holdings([photo("a.jpg"), photo("b.jpg")], [*first, *second]),
        lay("a.jpg", "b.jpg", moved),
    )
    assert made.links == {f"b{i:02}": f"a{i:02}" for i in range(4)}


@pytest.mark.parametrize(("number", "linked"), [(5, 0), (6, 6), (12, 12)])
def test_without_heading_only_strong_support_links_photos(number: int, linked: int) -> None:
    first, second = two_views(number)
    held = holdings([photo("a.jpg"), photo("b.jpg", None)], [*first, *second])
    made = arranged(held, lay("a.jpg", "b.jpg"))
    assert len(made.links) == linked
    board = board_of("Make time")
    assert board is not None
    expected = board.board_id if linked else None
    assert made.photo_boards == {sha_of("a.jpg"): board.board_id, sha_of("b.jpg"): expected}
    assert made.sighting_boards["b00"] == expected


def test_few_matching_points_link_nothing() -> None:
    first, second = two_views()
    held = holdings([photo("a.jpg"), photo("b.jpg", None)], [*first, *second])
    assert arranged(held, lay("a.jpg", "b.jpg", inliers=20)).links == {}


def test_two_sightings_of_one_photo_are_never_one_note() -> None:
    first, second = two_views()
    third = [
        entry("c.jpg", i, seen_through(SLANTED, seen_through(SLANTED, p)), f"note {i}")
        for i, p in enumerate(GRID[:6])
    ]
    # A second outline on the same paper, found by mistake.
    twin = entry("b.jpg", 50, second[0].detection.polygon, "note 0")
    held = holdings(
        [photo("a.jpg"), photo("b.jpg"), photo("c.jpg")], [*first, *second, twin, *third]
    )
    made = arranged(held, lay("a.jpg", "b.jpg"), lay("b.jpg", "c.jpg"))
    notes: dict[str, list[str]] = {}
    for s in held.sightings:
        notes.setdefault(made.links.get(s.sighting_id, s.note_id), []).append(s.photo_sha256)
    assert all(len(shas) == len(set(shas)) for shas in notes.values())
    assert sum(len(shas) == 3 for shas in notes.values()) >= 5


def test_the_order_of_photos_and_sightings_makes_no_difference() -> None:
    first, second = two_views(4)
    third = [
        entry("c.jpg", i, seen_through(SLANTED, seen_through(SLANTED, p)), f"note {i}")
        for i, p in enumerate(GRID[:4])
    ]
    photos = [photo("a.jpg"), photo("b.jpg"), photo("c.jpg")]
    pairs = [lay("a.jpg", "b.jpg"), lay("b.jpg", "c.jpg"), lay("a.jpg", "c.jpg", SLANTED @ SLANTED)]
    expected = arranged(holdings(photos, [*first, *second, *third]), *pairs)
    assert len(set(expected.links.values())) == 4
    for order in itertools.permutations(range(3)):
        sightings = [s for i in order for s in reversed([first, second, third][i])]
        made = arranged(holdings([photos[i] for i in order], sightings), *(pairs[i] for i in order))
        assert made == expected


def test_a_note_that_a_person_decided_stands_for_the_others() -> None:
    first, second = two_views()
    held = holdings([photo("a.jpg"), photo("b.jpg")], [*first, *second], decided=["b03"])
    made = arranged(held, lay("a.jpg", "b.jpg"))
    assert made.links["a03"] == "b03"
    assert made.links["b00"] == "a00"


def test_two_notes_that_people_decided_stay_two() -> None:
    first, second = two_views()
    held = holdings([photo("a.jpg"), photo("b.jpg")], [*first, *second], decided=["a03", "b03"])
    made = arranged(held, lay("a.jpg", "b.jpg"))
    assert "a03" not in made.links
    assert "b03" not in made.links
    assert len(made.links) == 5


def test_the_text_comes_from_the_best_sighting() -> None:
    seen = [
        (entry("a.jpg", 0, GRID[0], "blurred", confidence=0.4), machine("blurred", 0.4)),
        (entry("b.jpg", 0, GRID[0], "sharp", confidence=0.9), machine("sharp", 0.9)),
        (
            entry("c.jpg", 0, GRID[0], "cut", confidence=0.99, cut_off=True),
            machine("cut", 0.99, accepted=False),
        ),
    ]  # fmt: skip
    for order in itertools.permutations(seen):
        said = linking.settle([(s, replace(m, accepted=m.text == "sharp")) for s, m in order])
        assert said is not None
        assert (said.text, said.accepted) == ("sharp", True)


def test_two_sure_readings_that_differ_are_a_question_for_a_person() -> None:
    said = linking.settle(
        [
            (entry("a.jpg", 0, GRID[0], "trust", confidence=0.95), machine("trust", 0.95)),
            (entry("b.jpg", 0, GRID[0], "truth", confidence=0.94), machine("truth", 0.94)),
        ]
    )
    assert said is not None
    assert (said.text, said.accepted) == ("trust", False)
    assert "truth" in said.reason
    same = linking.settle(
        [
            (entry("a.jpg", 0, GRID[0], "Trust", confidence=0.95), machine("Trust", 0.95)),
            (entry("b.jpg", 0, GRID[0], "trust", confidence=0.94), machine("trust", 0.94)),
        ]
    )
    assert same is not None
    assert same.accepted


def test_writing_on_a_note_that_another_photo_shows_blank_is_a_question_for_a_person() -> None:
    blank = (entry("a.jpg", 0, GRID[0], "", confidence=0.98), machine("", 0.98))
    faint = (
        entry("b.jpg", 0, GRID[0], "faint", confidence=0.5),
        machine("faint", 0.5, accepted=False),
    )
    said = linking.settle([blank, faint])
    assert said is not None
    assert not said.accepted
    assert "faint" in said.reason
    doubtful = (replace(faint[0], detection=replace(faint[0].detection, doubtful=True)), faint[1])
    said = linking.settle([blank, doubtful])
    assert said is not None
    assert said.accepted


def test_a_covered_note_that_was_read_goes_before_a_whole_one_that_was_not() -> None:
    covered = entry("a.jpg", 0, GRID[0], "read", confidence=0.8, cut_off=True)
    whole = entry("b.jpg", 0, GRID[0], "x", confidence=0.9)
    unread = reading("[illeg.]", 0.9, legibility=Legibility.ILLEGIBLE)
    whole = replace(whole, readings=(unread,))
    said = linking.settle([(covered, machine("read", 0.8)), (whole, machine("[illeg.]", 0.9))])
    assert said is not None
    assert said.text == "read"


def test_many_photos_without_heading_are_compared_with_the_likeliest_only() -> None:
    photos, sightings = [], []
    for number in range(40):
        name = f"{chr(48 + number)}.jpg"
        photos.append(photo(name, None))
        word = f"word{chr(97 + number // 2)}"  # two photos of each board
        sightings += [entry(name, i, polygon, f"{word} {i}") for i, polygon in enumerate(GRID[:8])]
    pairs = linking.candidates(holdings(photos, sightings), Options())
    assert len(pairs) <= 40 * 8
    names = [entry.photo.sha256 for entry in photos]
    for number in range(0, 40, 2):
        assert tuple(sorted((names[number], names[number + 1]), key=names.index)) in pairs


# Registration of pictures


def picture(seed: int) -> NDArray[np.uint8]:
    """A board with written notes."""
    random = np.random.default_rng(seed)
    image = np.full((HEIGHT, WIDTH, 3), 225, np.uint8)
    for polygon in GRID:
        (left, top), _, (right, bottom), _ = (tuple(map(int, p)) for p in polygon)
        image[top:bottom, left:right] = random.integers(120, 255, 3)
        for line in range(3):
            text = "".join(random.choice(list("abcdefghiklmnoprstuvw"), 7))
            at = (left + 8, top + 45 + 40 * line)
            cv2.putText(image, text, at, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.0, (40, 20, 20), 2)
    noise = random.normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def encoded(image: NDArray[np.uint8], scale: float = 1.0) -> registration.Features:
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = registration.features(cv2.imencode(".jpg", small)[1].tobytes(), scale)
    assert found is not None
    return found


def test_two_photos_of_one_board_are_laid_on_one_another() -> None:
    image = picture(1)
    view = cv2.warpPerspective(image, SLANTED, (WIDTH, HEIGHT), borderValue=(90, 90, 90))
    dim = np.clip(view * 0.8 + 10, 0, 255).astype(np.uint8)
    first, second = encoded(image, 0.9), encoded(dim, 0.7)
    matrix, inliers = registration.register(first, second)
    assert matrix is not None
    assert inliers > 60
    found = np.array(matrix).reshape(3, 3)
    for polygon in GRID[:6]:
        expected, actual = seen_through(SLANTED, polygon), seen_through(found, polygon)
        assert np.abs(np.array(expected) - np.array(actual)).max() < 2.5
    assert registration.register(first, second) == (matrix, inliers)


def test_photos_of_different_boards_are_not() -> None:
    assert registration.register(encoded(picture(1)), encoded(picture(2))) == (None, 0)


def test_a_photo_without_detail_is_no_obstacle() -> None:
    blank = encoded(np.full((HEIGHT, WIDTH, 3), 200, np.uint8))
    assert registration.register(blank, encoded(picture(1))) == (None, 0)
    assert registration.register(blank, blank) == (None, 0)
    assert registration.features(b"no image", 1.0) is None
    assert registration.features(b"", 1.0) is None
