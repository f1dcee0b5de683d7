"""Engines come in by one door, say what they miss, and read."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
import types
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from boardscribe import engines
from boardscribe.engines import Engine, EngineText, describe_engines, load_engine
from boardscribe.engines import tesseract as tesseract_module
from boardscribe.errors import ExitCode, MissingComponentError
from boardscribe.options import ReadOptions


def _note(*lines: str, paper: tuple[int, int, int] = (120, 235, 250)) -> np.ndarray:
    image = np.full((480, 480, 3), paper, np.uint8)
    for row, text in enumerate(lines):
        place = (30, 100 + 110 * row)
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 2.0, (40, 30, 30), 6, cv2.LINE_AA)
    return image


@pytest.fixture(scope="module")
def rapidocr() -> Engine:
    return load_engine("rapidocr", ReadOptions())


def test_the_built_in_engines_are_there() -> None:
    """The names that options and documentation use."""
    assert {"null", "rapidocr", "tesseract"} <= {info.name for info in describe_engines()}


def test_an_unknown_engine_is_named_with_those_there_are() -> None:
    """A misspelt name is a clear error with the right exit code."""
    with pytest.raises(MissingComponentError) as caught:
        load_engine("tesserakt", ReadOptions())
    assert "tesserakt" in caught.value.message
    assert "rapidocr" in caught.value.remedy
    assert caught.value.exit_code is ExitCode.MISSING


def test_an_engine_of_somebody_else_comes_in_by_entry_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same door as the built-in ones."""
    module = types.ModuleType("their_engine")

    class Theirs:
        name, version = "theirs", "7"

        def read(self, crops: Sequence[np.ndarray]) -> tuple[EngineText, ...]:
            return tuple(EngineText() for _ in crops)

    module.create = lambda options: Theirs()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "their_engine", module)
    entry = importlib.metadata.EntryPoint("theirs", "their_engine:create", "boardscribe.engines")
    monkeypatch.setattr(
        engines.importlib.metadata, "entry_points", lambda **_: (entry,), raising=True
    )
    assert load_engine("theirs", ReadOptions()).version == "7"


def test_tesseract_without_its_program_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a machine without it, by name, and in what doctor shows."""
    monkeypatch.setattr(tesseract_module.shutil, "which", lambda _: None)
    with pytest.raises(MissingComponentError, match="tesseract") as caught:
        load_engine("tesseract", ReadOptions())
    assert "apt-get install tesseract-ocr" in caught.value.remedy
    info = tesseract_module.describe()
    assert not info.available
    assert "apt-get" in info.install


def test_the_weights_are_named_with_their_checksums() -> None:
    """Doctor shows what exactly reads."""
    (info,) = (info for info in describe_engines() if info.name == "rapidocr")
    assert info.available
    assert len(info.weights) == 2
    assert all(len(checksum) == 64 for _, checksum in info.weights)


def test_the_null_engine_reads_nothing() -> None:
    """One empty text a crop."""
    texts = load_engine("null", ReadOptions()).read([_note("yes"), _note("no")])
    assert [text.lines for text in texts] == [(), ()]


def test_plain_lines_are_read_in_order(rapidocr: Engine) -> None:
    """Top to bottom, with outlines inside the crop and a probability for each letter."""
    (text,) = rapidocr.read([_note("Meet more", "people", "at 9.30")])
    assert text.text.lower() == "meet more\npeople\nat 9.30"
    for line in text.lines:
        assert all(-20 < value < 500 for point in line.polygon for value in point)
        assert all(len(word.characters) == len(word.text) for word in line.words)
        assert line.log_probability <= 0


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_note_that_stands_on_its_side_or_head_is_read(rapidocr: Engine, turns: int) -> None:
    """Quarter turns are found out."""
    turned = np.ascontiguousarray(np.rot90(_note("Volunteers", "need keys"), turns))
    (text,) = rapidocr.read([turned])
    assert text.text.lower() == "volunteers\nneed keys"


@pytest.mark.parametrize("slope", [-58, 58])
def test_a_short_word_up_or_down_the_arm_of_a_tick_is_read(rapidocr: Engine, slope: int) -> None:
    """Its box is about as high as wide: which side it runs along shows in what it says."""
    word = np.full((480, 480, 3), (120, 235, 250), np.uint8)
    cv2.putText(word, "yes", (165, 265), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (40, 30, 30), 6)
    turn = cv2.getRotationMatrix2D((240, 240), -slope, 1)
    note = cv2.warpAffine(word, turn, (480, 480), borderValue=(120, 235, 250))
    (text,) = rapidocr.read([np.asarray(note, np.uint8)])
    assert text.text.lower() == "yes"


def test_a_lone_stroke_is_a_one_rather_than_nothing(
    rapidocr: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Votes are counted: where the recogniser wavers between 1 and I, the note is not left empty."""
    characters = list(rapidocr._recogniser.characters)

    class Wavers:
        def __init__(self) -> None:
            self.characters = tuple(characters)

        def __call__(self, lines: Sequence[np.ndarray]) -> list[np.ndarray]:
            rows = np.full((3, len(characters)), 1e-6, np.float32)
            rows[:, 0] = 1
            rows[1, [0, characters.index("1"), characters.index("I")]] = 0.01, 0.6, 0.39
            return [rows] * len(lines)

    def box_at_the_second_look(picture: np.ndarray) -> np.ndarray:
        shown = np.zeros(picture.shape[:2], np.float32)
        if np.ptp(picture, axis=2).max() == 0:  # the ink alone has no colour
            shown[100:200, 140:180] = 1
        return shown

    monkeypatch.setattr(rapidocr, "_recogniser", Wavers())
    monkeypatch.setattr(rapidocr, "_detector", box_at_the_second_look)
    faint = _note()
    cv2.line(faint, (200, 150), (220, 330), (105, 212, 226), 5)
    (text,) = rapidocr.read([faint])
    assert text.text == "1"


def test_a_word_up_the_side_is_read_after_the_level_lines(rapidocr: Engine) -> None:
    """The label of a brace, a word in the margin."""
    note = _note("Agenda", "Notes", "Ideas")
    note[:, 380:] = np.rot90(_note("BASICS"))[:, 30:130]
    (text,) = rapidocr.read([note])
    assert text.text.lower() == "agenda\nnotes\nideas\nbasics"


def test_coloured_and_dark_paper_are_read(rapidocr: Engine) -> None:
    """Dark ink on blue; the views make up for one another."""
    (text,) = rapidocr.read([_note("Bicycle", "repair", paper=(200, 140, 60))])
    assert text.text.lower() == "bicycle\nrepair"


def test_bare_paper_is_not_looked_at_a_pin_once_and_a_faint_stroke_again(
    rapidocr: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most votes are bare; looking at them would cost as much as reading."""
    looks = []

    def sees_nothing(picture: np.ndarray) -> np.ndarray:
        looks.append(picture.shape)
        return np.zeros(picture.shape[:2], np.float32)

    monkeypatch.setattr(rapidocr, "_detector", sees_nothing)
    rapidocr.read([_note()])
    assert len(looks) == 0
    pinned = _note()
    cv2.circle(pinned, (240, 60), 14, (40, 40, 180), -1)
    rapidocr.read([pinned])
    assert len(looks) == 1
    faint = _note()
    cv2.line(faint, (200, 150), (220, 330), (105, 212, 226), 5)
    rapidocr.read([faint])
    assert len(looks) == 4


def test_a_note_reads_the_same_alone_and_among_others(rapidocr: Engine) -> None:
    """Lines share batches over notes; that changes nothing where letters are clear."""
    notes = [_note("Ask first"), _note("More benches", "please"), _note(), _note("12")]
    together = [text.text for text in rapidocr.read(notes)]
    alone = [rapidocr.read([note])[0].text for note in notes]
    assert together == alone
    assert together == [text.text for text in rapidocr.read(notes)]


def test_the_users_words_are_preferred() -> None:
    """A lexicon entry wins where letters are in doubt, and is harmless elsewhere."""
    engine = load_engine("rapidocr", ReadOptions(lexicon=("Kestrelyx",)))
    (text,) = engine.read([_note("Kestrelyx", "meeting")])
    assert text.text.lower() == "kestrelyx\nmeeting"


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_tesseract_reads_lines_of_several_notes_in_one_go() -> None:
    """Each note gets its own lines back."""
    texts = load_engine("tesseract", ReadOptions()).read(
        [_note("Meet more", "people"), _note(), _note("Benches")]
    )
    assert [text.text.lower() for text in texts] == ["meet more\npeople", "", "benches"]
