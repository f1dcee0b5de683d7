"""Several looks at a note become one text: bullets and drawings are left out."""

from __future__ import annotations

import numpy as np
import pytest

from boardscribe.engines._beam import Decoded, DecodedWord
from boardscribe.engines._looks import Light, Look, Piece, View, move_last, sideways
from boardscribe.engines._merge import choose, combine
from boardscribe.lines import TextBox


def _box(x: float, y: float, width: float, height: float) -> TextBox:
    return TextBox(
        np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]), 0.9
    )


def _piece(text: str, y: float, *, drawn: float = 0.0, chance: float = 0.9) -> Piece:
    words = tuple(
        DecodedWord(word, (chance,) * len(word), known=True, log_word=-8.0,
                    drawn=drawn if number == 0 else 0.0)
        for number, word in enumerate(text.split())
    )  # fmt: skip
    return Piece(_box(10, y, 120, 20), Decoded(words, text, -0.5, 5.0))


def _look(*pieces: Piece, turns: int = 0) -> Look:
    picture = np.zeros((160, 160, 3), np.uint8)
    return Look(0, View(160, Light.COLOUR), picture, 1.0, turns, [[p] for p in pieces])


def test_drawn_boxes_at_the_start_of_lines_are_bullets() -> None:
    """They were read as letters, with a trace of a box."""
    look = _look(
        _piece("I Leader", 10, drawn=0.02),
        _piece("A Time enforcer", 40, drawn=0.0005),
        _piece("and notes", 70),
    )
    assert combine(choose([look])).text == "Leader\nTime enforcer\nand notes"


def test_a_list_of_wishes_keeps_its_first_person() -> None:
    """`I` and `a` are words where nothing of a box is seen."""
    look = _look(_piece("I want shade", 10), _piece("I want a bench", 40), _piece("a tap", 70))
    assert combine(choose([look])).text == "I want shade\nI want a bench\na tap"


@pytest.mark.parametrize(("drawn", "text"), [(0.02, "I Leader"), (0.2, "Leader")])
def test_a_single_bullet_has_to_be_clear(drawn: float, text: str) -> None:
    """One faint trace is not enough to drop a word."""
    assert combine(choose([_look(_piece("I Leader", 10, drawn=drawn))])).text == text


def test_the_look_worth_more_gives_the_line() -> None:
    """Line by line; the other becomes an alternative."""
    first = _look(_piece("more bonches", 10, chance=0.6), _piece("near water", 40))
    second = _look(_piece("more benches", 10), _piece("near wafer", 40, chance=0.6))
    text = combine(choose([first, second]))
    assert text.text == "more benches\nnear water"
    assert any("bonches" in other for other in text.alternatives)


def test_only_a_box_on_end_beside_level_ones_is_sideways() -> None:
    """A lone digit, or a narrow letter as high as the line, stands upright."""
    level = [_piece("more", 10), _piece("benches", 40)]
    upright = Piece(_box(140, 10, 16, 90))
    narrow = Piece(_box(140, 10, 8, 20))
    look = _look(*level, upright, narrow)
    assert sideways(look) == [upright]
    assert sideways(_look(upright)) == []
    assert sideways(_look(*level, upright, turns=1)) == []
    move_last(look, upright)
    assert look.lines[-1] == [upright]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("-low taps", "- low taps"),
        ("- no stopcock", "- no stopcock"),
        ("-5 degrees", "-5 degrees"),
        ("free →pay", "free → pay"),
        ("seed→plant→pick", "seed → plant → pick"),
        ("bonfires - yes", "bonfires – yes"),
        ("5 - 3", "5 - 3"),
        ("follow-up", "follow-up"),
    ],
)
def test_dashes_and_arrows_stand_by_themselves(read: str, text: str) -> None:
    """As a person would write them down; each letter keeps its probability."""
    line = combine(choose([_look(_piece(read, 10))])).lines[0]
    assert line.text == text
    assert all(len(word.characters) == len(word.text) for word in line.words)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (("share the water", "- really?"), "share the water\n– really?"),
        (("share the water", "- taps", "- pumps"), "share the water\n- taps\n- pumps"),
        (("we need:", "- taps"), "we need:\n- taps"),
        (("- taps", "and pumps"), "- taps\nand pumps"),
        (("at 5", "- 3 people"), "at 5\n- 3 people"),
    ],
)
def test_one_dash_at_the_start_of_a_later_line_goes_on_from_the_line_above(
    read: tuple[str, ...], text: str
) -> None:
    """A list has several, or begins the note, or follows a colon."""
    look = _look(*(_piece(line, 10 + 30 * number) for number, line in enumerate(read)))
    assert combine(choose([look])).text == text


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("Leader/ Facilitator", "Leader/Facilitator"),
        ("regiment /up for", "regiment/up for"),
        ("go- live", "go-live"),
        ("tea / cake", "tea / cake"),
        ("w/ team", "w/ team"),
        ("garden - really", "garden – really"),
        ("3 -4", "3 -4"),
        ("tea -coffee", "tea-coffee"),
        ("tea -coffee -milk", "tea -coffee -milk"),
        ("- tea -coffee -milk", "- tea -coffee -milk"),
    ],
)
def test_a_slash_or_hyphen_with_a_gap_on_one_side_has_none(read: str, text: str) -> None:
    """People leave a gap on both sides or on neither."""
    assert combine(choose([_look(_piece(read, 10))])).text == text


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("notes , for", "notes, for"),
        ("who pays ?", "who pays?"),
        ("free !!", "free!!"),
        ("tea , cake ;", "tea, cake;"),
        ("? how", "? how"),
        ("5 & 6", "5 & 6"),
    ],
)
def test_there_is_no_gap_before_a_stop(read: str, text: str) -> None:
    """Hands leave one, and the recogniser sees it; nobody means it."""
    assert combine(choose([_look(_piece(read, 10))])).text == text


@pytest.mark.parametrize(("read", "text"), [("how..", "how..."), ("how.", "how."), ("..", "...")])
def test_of_two_dots_one_was_lost(read: str, text: str) -> None:
    """An ellipsis has three."""
    line = combine(choose([_look(_piece(read, 10))])).lines[0]
    assert line.text == text
    assert len(line.words[-1].characters) == len(text)


def test_a_few_doubtful_signs_below_the_text_are_a_drawing() -> None:
    """A face or an arrow; a short last line that is clear, or the only line, stays."""
    text, drawn = _piece("more benches", 10), _piece("34r", 40, chance=0.5)
    assert combine(choose([_look(text, drawn)])).text == "more benches"
    assert combine(choose([_look(text, _piece("too", 40))])).text == "more benches\ntoo"
    assert combine(choose([_look(drawn)])).text == "34r"


def test_a_sign_that_language_put_there_is_left_out() -> None:
    """`&` is common on notes, so that a smudge between two words becomes one."""
    words = (
        DecodedWord("tea", (0.9,) * 3, known=True, log_word=-8.0),
        DecodedWord("&", (0.01,), known=True, log_word=-4.0),
        DecodedWord("(hot)", (0.9,) * 5, known=True, log_word=-8.0),
    )
    piece = Piece(_box(10, 10, 120, 20), Decoded(words, "tea (hot)", -0.5, 5.0))
    assert combine(choose([_look(piece)])).text == "tea (hot)"


def test_a_dot_begins_a_line_and_is_a_pin_behind_a_word() -> None:
    """Bullets stay; the pin at the end of a tick's arm is not written."""
    look = _look(_piece("• tea", 10), _piece("absolutely •", 40))
    assert combine(choose([look])).text == "• tea\nabsolutely"
