"""Texts of engines become readings: legibility, gaps, confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from boardscribe import reading as reading_module
from boardscribe._pins import pin_in
from boardscribe._read_ink import is_bare, measure_ink
from boardscribe.engines import Engine, EngineLine, EngineText, EngineWord
from boardscribe.errors import MissingComponentError
from boardscribe.options import ReadOptions
from boardscribe.reading import ILLEGIBLE, Reader
from boardscribe.records import Legibility, Shape
from boardscribe.straighten import Straightened, straighten


class _Fake:
    """An engine that says what it is told."""

    version = "1"

    def __init__(self, name: str, text: EngineText) -> None:
        self.name = name
        self._text = text

    def read(self, crops: Sequence[np.ndarray]) -> tuple[EngineText, ...]:
        return tuple(self._text for _ in crops)


def _text(*lines: Sequence[tuple[str, float]]) -> EngineText:
    made = []
    for line in lines:
        words = tuple(
            EngineWord(word, (chance,) * len(word), {"known": 1.0, "margin": 10 * chance})
            for word, chance in line
        )
        made.append(EngineLine(words))
    return EngineText(tuple(made))


def _crop(*, ink: bool = True) -> Straightened:
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    if ink:
        cv2.putText(image, "words", (30, 150), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (0, 0, 0), 6)
    return straighten(image, ((0, 0), (300, 0), (300, 300), (0, 300)), Shape.SQUARE)


def _reader(
    monkeypatch: pytest.MonkeyPatch, *engines: Engine, options: ReadOptions | None = None
) -> Reader:
    by_name = {engine.name: engine for engine in engines}
    monkeypatch.setattr(reading_module, "load_engine", lambda name, _: by_name[name])
    return Reader((options or ReadOptions()).model_copy(update={"engines": tuple(by_name)}))


def test_the_combined_reading_comes_first_then_each_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first engine that sees writing speaks; the others are alternatives."""
    one = _Fake("one", _text([("words", 0.99)]))
    two = _Fake("two", _text([("swords", 0.95)]))
    ((combined, *single),) = _reader(monkeypatch, one, two).read([_crop()])
    assert (combined.engine, combined.text) == ("combined", "words")
    assert [reading.engine for reading in single] == ["one", "two"]
    assert "swords" in {text for text, _ in combined.alternatives}


def test_a_note_without_ink_is_blank_with_a_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank is a statement, with its own confidence."""
    ((combined, *_),) = _reader(monkeypatch, _Fake("one", _text())).read([_crop(ink=False)])
    assert (combined.legibility, combined.text) == (Legibility.BLANK, "")
    assert 0.5 < combined.confidence < 1


def test_words_that_cannot_be_read_become_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invention is worse than a gap."""
    options = ReadOptions(illegible_word=0.5)
    fake = _Fake("one", _text([("clear", 0.99), ("xqzv", 0.12)]))
    ((combined, *_),) = _reader(monkeypatch, fake, options=options).read([_crop()])
    assert combined.text == f"clear {ILLEGIBLE}"
    assert combined.legibility is Legibility.PARTLY
    assert combined.confidence < 0.1


def test_a_wrong_word_of_likely_letters_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of it is right, which helps whoever corrects it; the note goes to review."""
    options = ReadOptions(illegible_word=0.99)
    fake = _Fake("one", _text([("clear", 0.99), ("celebrute", 0.6)]))
    ((combined, *_),) = _reader(monkeypatch, fake, options=options).read([_crop()])
    assert combined.text == "clear celebrute"
    assert combined.lines[0].words[1].confidence < 0.99


def test_a_doubtful_sign_is_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody misses a word where a dash is unclear."""
    options = ReadOptions(illegible_word=0.5)
    fake = _Fake("one", _text([("–", 0.05), ("clear", 0.99)]))
    ((combined, *_),) = _reader(monkeypatch, fake, options=options).read([_crop()])
    assert combined.text == "– clear"


@pytest.mark.parametrize(
    ("word", "shown"),
    [("wwwn", ILLEGIBLE), ("UNNUI,", ILLEGIBLE), ("mmmm", "mmmm"), ("mimi", "mimi")],
)
def test_a_zigzag_is_a_word_that_nobody_can_read(
    monkeypatch: pytest.MonkeyPatch, word: str, shown: str
) -> None:
    """Its strokes are clear letters to an engine, but nobody wrote them."""
    unknown = EngineWord(word, (0.95,) * len(word), {"known": 0.0, "margin": 9.0})
    (line,) = _text([("clear", 0.99)]).lines
    fake = _Fake("one", EngineText((replace(line, words=(*line.words, unknown)),)))
    ((combined, *_),) = _reader(monkeypatch, fake).read([_crop()])
    assert combined.text == f"clear {shown}"


def test_a_note_of_gaps_alone_is_illegible(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is writing, and nobody can read it."""
    options = ReadOptions(illegible_word=0.999)
    fake = _Fake("one", _text([("xqzv", 0.5)]))
    ((combined, *_),) = _reader(monkeypatch, fake, options=options).read([_crop()])
    assert combined.legibility is Legibility.ILLEGIBLE
    assert combined.text == ILLEGIBLE


def test_ink_in_which_nothing_was_read_is_illegible_not_blank(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Losing a note's writing is the worst error."""
    ((combined, *_),) = _reader(monkeypatch, _Fake("one", _text())).read([_crop()])
    assert combined.legibility is Legibility.ILLEGIBLE


def test_a_note_whose_writing_the_outline_cuts_is_not_blank(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is left of the word, but somebody has to look."""
    cut = replace(_crop(ink=False), cut_ink=3.0)
    ((combined, *_),) = _reader(monkeypatch, _Fake("one", _text())).read([cut])
    assert combined.legibility is Legibility.ILLEGIBLE
    fake = _Fake("one", _text([("yes", 0.99)]))
    ((combined, *_),) = _reader(monkeypatch, fake).read([replace(_crop(), cut_ink=3.0)])
    assert combined.confidence <= 0.5


@pytest.mark.parametrize(("blur", "blank"), [(7.0, True), (1.0, False)])
@pytest.mark.parametrize("text", [_text(), _text([("1", 0.4)])])
def test_a_soft_shadow_is_no_writing(
    blur: float, blank: bool, text: EngineText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pen's stroke ends sharply, however faint it is; engines read both as `1`."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    cv2.line(image, (90, 80), (200, 210), (90, 195, 210), 13)
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)
    barred = straighten(image, ((0, 0), (300, 0), (300, 300), (0, 300)), Shape.SQUARE)
    ((combined, *_),) = _reader(monkeypatch, _Fake("one", text)).read([barred])
    assert (combined.legibility is Legibility.BLANK) == blank


def test_a_pin_is_no_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Round and solid; a stroke is neither."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    cv2.circle(image, (200, 60), 13, (40, 40, 40), -1)
    pinned = straighten(image, ((0, 0), (300, 0), (300, 300), (0, 300)), Shape.SQUARE)
    ((combined, *_),) = _reader(monkeypatch, _Fake("one", _text())).read([pinned])
    assert combined.legibility is Legibility.BLANK


def test_a_pin_takes_its_shadow_with_it() -> None:
    """A long soft shadow to one side leaves the pin a pin; a stroke of ink does not."""
    image = np.full((300, 300, 3), (240, 235, 235), np.uint8)
    cv2.line(image, (150, 150), (115, 153), (205, 200, 200), 13)
    cv2.circle(image, (150, 150), 12, (40, 40, 200), -1)
    cv2.circle(image, (147, 146), 3, (240, 235, 235), -1)  # a highlight
    assert measure_ink(image)["ink"] == 0
    cv2.line(image, (150, 150), (195, 150), (40, 40, 200), 9)
    assert measure_ink(image)["ink"] > 0.005


def test_a_thick_letter_is_no_pin() -> None:
    """Its middle is as thick as a pin, but it goes on as strongly."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    cv2.putText(image, "1", (130, 170), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (40, 40, 40), 12)
    assert measure_ink(image)["ink"] > 0.005
    image[:] = (120, 235, 250)
    cv2.circle(image, (150, 150), 17, (40, 40, 40), 9)
    assert measure_ink(image)["ink"] > 0.005


def test_a_corner_of_something_else_is_no_ink() -> None:
    """Board or another note inside a wrong outline is wider than any pen; strokes at the edge are not."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    mask = np.zeros((300, 300), np.uint8)
    cv2.rectangle(mask, (20, 20), (280, 280), 255, -1)
    corner = np.array([[120, 19], [190, 19], [150, 95]], np.int32)
    cv2.fillPoly(image, [corner], (60, 90, 130))
    assert measure_ink(image, mask)["ink"] == 0
    image[:] = (120, 235, 250)
    cv2.line(image, (150, 20), (150, 120), (40, 40, 40), 9)
    assert measure_ink(image, mask)["ink"] > 0


@pytest.mark.filterwarnings("error")
def test_a_thin_stroke_with_a_small_loop_is_no_pin() -> None:
    """The loop counts as filled, as the highlight of a pin does, and is deepest where no ink is."""
    loop = ("....####", "....#.#.", "....#.#.", "....##..", "...##...", "...##...", "...#....",
            "...#....", "..#.....", ".##.....", ".#......", "##......", "#.......")  # fmt: skip
    blob = np.array([[sign == "#" for sign in row] for row in loop])
    assert pin_in(blob, np.full(blob.shape, 40, np.float32), side=100) is None


def test_a_small_sign_is_no_pin() -> None:
    """A `+` of a few millimetres is as round as a pin, and is writing."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    cv2.putText(image, "+", (140, 150), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 4)
    assert measure_ink(image)["ink"] > 0.001
    cv2.circle(image, (148, 144), 15, (40, 40, 40), -1)
    assert measure_ink(image)["ink"] == 0


def test_a_word_on_a_narrow_arm_is_ink_and_a_pin_at_its_edge_is_none() -> None:
    """The rim that is left out follows the width of the paper."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    mask = np.zeros((300, 300), np.uint8)
    cv2.line(mask, (60, 260), (260, 60), 255, 44)
    cv2.putText(image, "Yes", (135, 165), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (40, 40, 40), 2)
    assert measure_ink(image, mask)["ink"] > 0.01
    image[:] = (120, 235, 250)
    cv2.circle(image, (240, 65), 15, (40, 40, 40), -1)
    assert measure_ink(image, mask)["ink"] == 0


def test_ink_beside_the_lines_that_were_read_is_noticed() -> None:
    """A line that no engine saw makes the text doubtful; a drop of ink in its line does not."""
    image = np.full((300, 300, 3), (120, 235, 250), np.uint8)
    for y in (100, 220):
        cv2.putText(image, "words", (40, y), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 5)
    one = ((30.0, 50.0), (270.0, 50.0), (270.0, 115.0), (30.0, 115.0))
    other = tuple((x, y + 120) for x, y in one)
    half = measure_ink(image, read=[one])
    assert half["ink_unread"] == pytest.approx(half["ink"] / 2, rel=0.1)
    assert measure_ink(image, read=[one, other])["ink_unread"] == 0


def test_the_null_engine_leaves_notes_not_attempted() -> None:
    """Not read is not blank."""
    ((combined, *_),) = Reader(ReadOptions(engines=("null",))).read([_crop()])
    assert combined.legibility is Legibility.NOT_ATTEMPTED


def test_clearer_letters_give_more_confidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confidence orders readings."""
    chances = []
    for chance in (0.45, 0.75, 0.99):
        fake = _Fake("one", _text([("more", chance), ("people", chance)]))
        ((combined, *_),) = _reader(monkeypatch, fake).read([_crop()])
        chances.append(combined.confidence)
    assert chances == sorted(chances)
    assert chances[2] > chances[0] + 0.1


def test_a_missing_program_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tesseract is a convenience, not a condition."""

    def load(name: str, options: ReadOptions) -> Engine:
        if name == "tesseract":
            raise MissingComponentError("tesseract is not installed", remedy="Install it.")
        return _Fake(name, _text([("words", 0.99)]))

    monkeypatch.setattr(reading_module, "load_engine", load)
    reader = Reader(ReadOptions(engines=("rapidocr", "tesseract")))
    assert len(reader.missing) == 1
    assert "Install it." in reader.missing[0]
    assert reader.read([_crop()])[0][0].text == "words"
    with pytest.raises(MissingComponentError):
        Reader(ReadOptions(engines=("tesseract",)))


def test_the_version_names_engines_and_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a change of either redoes the reading, and nothing else."""
    version = _reader(monkeypatch, _Fake("one", _text())).version
    assert "one=1" in version
    assert "calibration=" in version


@pytest.mark.slow
def test_no_crop_is_too_strange_to_read() -> None:
    """Tiny, uniform, huge, black and noisy crops give a reading, never an exception."""
    rng = np.random.default_rng(0)
    pictures = [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((5, 400, 3), np.uint8),
        np.zeros((300, 300, 3), np.uint8),
        np.full((300, 300, 3), 255, np.uint8),
        rng.integers(0, 255, (300, 200, 3), dtype=np.uint8),
        np.full((2500, 3000, 3), 128, np.uint8),
        np.full((900, 14, 3), 200, np.uint8),
    ]
    crops = [Straightened(picture, None, np.eye(3), 0.5) for picture in pictures]
    results = Reader(ReadOptions()).read(crops)
    assert len(results) == len(crops)
    for combined, *_ in results:
        assert 0 <= combined.confidence <= 1
        assert all(math.isfinite(value) for value in combined.features.values())
    assert results[0][0].legibility is Legibility.ILLEGIBLE
    assert {results[n][0].legibility for n in (2, 3)} == {Legibility.BLANK}
    assert Reader(ReadOptions()).read([]) == ()


def test_blotches_of_mottled_paper_are_no_ink() -> None:
    rng = np.random.default_rng(4)
    mask = np.zeros((240, 240), np.uint8)
    cv2.ellipse(mask, (120, 120), (100, 45), 30, 0, 360, 255, cv2.FILLED)
    blotches = cv2.GaussianBlur(rng.normal(0, 1, (240, 240)).astype(np.float32), (0, 0), 4)
    shade = 150 + 7 * blotches / blotches.std() * (mask > 0)
    image = np.clip(np.stack([shade * 0.5, shade, shade * 1.2], axis=2), 0, 255).astype(np.uint8)
    assert measure_ink(image, mask)["ink"] < 0.002

    cv2.putText(image, "yes", (80, 135), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (20, 20, 40), 3)
    assert measure_ink(image, mask)["ink"] > 0.03


@pytest.mark.parametrize("noise", [0.0, 2.0, 6.0])
def test_only_paper_with_nothing_at_all_on_it_is_bare(noise: float) -> None:
    """Looking for lines is spared there; a thin pencil stroke is worth a look."""
    rng = np.random.default_rng(8)
    paper = np.full((480, 480, 3), (150, 205, 225), np.float64)
    grain = rng.normal(0, noise, paper.shape) if noise else 0.0
    bare = np.clip(paper + grain, 0, 255).astype(np.uint8)
    assert is_bare(bare)
    pencil = bare.copy()
    cv2.line(pencil, (200, 180), (220, 300), (125, 175, 195), 4)
    assert not is_bare(pencil)
    pin = bare.copy()
    cv2.circle(pin, (240, 40), 10, (40, 40, 180), cv2.FILLED)
    assert not is_bare(pin)
