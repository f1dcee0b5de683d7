"""Doubtful words give way to ones that fit their neighbours, also those of other lines."""

from __future__ import annotations

import numpy as np
import pytest

from boardscribe.engines._beam import Spelling, decode
from boardscribe.engines._context import respell, respell_together
from boardscribe.engines._ctc import Alphabet
from boardscribe.engines._looks import Light, Look, Piece, View
from boardscribe.engines._merge import choose, combine
from boardscribe.language import Language
from boardscribe.lines import TextBox

CHARACTERS = ["", *"abcdefghijklmnopqrstuvwxyz0123456789", " "]
BOX = TextBox(np.array([[0.0, 0], [90, 0], [90, 30], [0, 30]]), 0.9)


@pytest.fixture(scope="module")
def language() -> Language:
    return Language(["Zwolle"])


@pytest.fixture(scope="module")
def spelling(language: Language) -> Spelling:
    return Spelling(Alphabet(CHARACTERS), language)


def _piece(text: str, spelling: Spelling, **rivals: tuple[str, float]) -> Piece:
    """A line read as `text`; `rivals` name letters by position (`at3`) that are likely, too."""
    rows = []
    for number, letter in enumerate(text):
        row = np.full(len(CHARACTERS), 1e-4, np.float32)
        other, chance = rivals.get(f"at{number}", ("", 0.0))
        if other:
            row[CHARACTERS.index(other)] = chance
        row[CHARACTERS.index(letter)] = 1 - row.sum()
        blank = np.full(len(CHARACTERS), 1e-4, np.float32)
        blank[0] = 1 - blank[1:].sum()
        rows += [row, blank]
    letters, uppers = spelling.alphabet.fold(np.array(rows))
    return Piece(BOX, decode(letters, uppers, spelling.alphabet, spelling.language))


def _text(*pieces: Piece) -> str:
    return "\n".join(piece.decoded.text for piece in pieces if piece.decoded)


def test_a_neighbour_settles_what_letters_leave_open(spelling: Spelling) -> None:
    """`some time` is English as well as `same time`, but not after `the`."""
    piece = _piece("at the some time", spelling, at8=("a", 0.3))
    assert _text(piece) == "at the some time"
    respell([piece], spelling)
    assert _text(piece) == "at the same time"


def test_the_neighbour_may_be_on_another_line(spelling: Spelling) -> None:
    """Notes are written in short lines."""
    pieces = [_piece("word of", spelling), _piece("month", spelling, at2=("u", 0.45))]
    respell(pieces, spelling)
    assert _text(*pieces) == "word of\nmouth"


def test_clear_letters_stand_against_any_neighbour(spelling: Spelling) -> None:
    """People write `word of month`, too."""
    pieces = [_piece("word of", spelling), _piece("month", spelling)]
    respell(pieces, spelling)
    assert _text(*pieces) == "word of\nmonth"


def test_what_was_read_before_becomes_an_alternative(spelling: Spelling) -> None:
    """A person who looks at the note sees both."""
    piece = _piece("at the some time", spelling, at8=("a", 0.3))
    picture = np.zeros((60, 120, 3), np.uint8)
    choice = choose([Look(0, View(160, Light.COLOUR), picture, 1.0, 0, [[piece]])])
    respell(choice.pieces, spelling)
    text = combine(choice)
    assert text.text == "at the same time"
    assert text.alternatives == ("at the some time",)


def test_the_users_own_words_are_kept(spelling: Spelling) -> None:
    """A name of the lexicon fits nowhere in particular, and stays."""
    piece = _piece("trip to zwolle", spelling, at8=("s", 0.2))
    respell([piece], spelling)
    assert _text(piece) == "trip to zwolle"


def test_a_word_knows_how_well_it_stands_among_its_neighbours(spelling: Spelling) -> None:
    """The confidence takes it into account."""
    usual, odd = _piece("the same time", spelling), _piece("the time same", spelling)
    respell([usual], spelling)
    respell([odd], spelling)
    assert usual.decoded is not None
    assert odd.decoded is not None
    assert usual.decoded.words[1].bond > odd.decoded.words[2].bond


def test_a_lone_sign_is_a_digit_rather_than_a_letter(spelling: Spelling) -> None:
    """Votes are numbers; that `a` is a common word says nothing of a note that says no more."""
    vote, clear = _piece("a", spelling, at0=("2", 0.45)), _piece("a", spelling)
    beside = [_piece("a", spelling, at0=("2", 0.45)), _piece("bench", spelling)]
    for pieces in ([vote], [clear], beside):
        respell(pieces, spelling)
    assert (_text(vote), _text(clear), _text(*beside)) == ("2", "a", "a\nbench")


def test_how_many_there_are_is_not_for_neighbours_to_say(spelling: Spelling) -> None:
    """A number is changed only where its letters are less likely than not."""
    piece = _piece("about 3 thing", spelling, at6=("a", 0.04))
    respell([piece], spelling)
    assert _text(piece) == "about 3 thing"


@pytest.mark.parametrize(
    ("chance", "text"), [(0.12, "new guys to the brand"), (0.0, "new guys 10 the brand")]
)
def test_a_doubtful_ten_before_a_noun_is_the_word(
    spelling: Spelling, chance: float, text: str
) -> None:
    """Capitals `TO` look like it; a clear number stands."""
    rivals = {"at9": ("t", chance), "at10": ("o", 4 * chance)} if chance else {}
    piece = _piece("new guys 10 the brand", spelling, **rivals)
    respell([piece], spelling)
    assert _text(piece) == text


@pytest.mark.parametrize(
    ("chance", "text"), [(0.1, "phone numbers is not enough"), (0.0, "phone numbers 15 not enough")]
)
def test_digits_that_look_like_a_small_word_may_be_it(
    spelling: Spelling, chance: float, text: str
) -> None:
    """`IS` in capitals looks like 15."""
    rivals = {"at14": ("i", chance), "at15": ("s", 3 * chance)} if chance else {}
    piece = _piece("phone numbers 15 not enough", spelling, **rivals)
    respell([piece], spelling)
    assert _text(piece) == text


def test_a_word_that_is_clear_on_another_note_is_expected(spelling: Spelling) -> None:
    """People write about the same things; a name may be in no dictionary."""
    other = _piece("ask marzena", spelling)
    doubtful = _piece("marzona has it", spelling, at4=("e", 0.2))
    alone = _piece("marzona has it", spelling, at4=("e", 0.2))
    respell_together([[other], [doubtful]], spelling)
    respell_together([[alone]], spelling)
    assert _text(other) == "ask marzena"
    assert _text(doubtful) == "marzena has it"
    assert _text(alone) == "marzona has it"


def test_what_is_clear_stays_whatever_other_notes_say(spelling: Spelling) -> None:
    others = [[_piece("the leader", spelling)] for _ in range(5)]
    clear = _piece("the lender", spelling)
    respell_together([*others, [clear]], spelling)
    assert _text(clear) == "the lender"


def test_a_note_is_no_evidence_for_itself(spelling: Spelling) -> None:
    """A misread word must not speak for its own repetition, nor may a doubtful one for others."""
    twice = [
        _piece("zorple", spelling),
        _piece("zurple", spelling, at1=("o", 0.2)),
    ]
    respell_together([twice], spelling)
    assert _text(*twice) == "zorple\nzurple"
    doubtful = _piece("zorple", spelling, at1=("a", 0.4))
    other = _piece("zurple", spelling, at1=("o", 0.2))
    respell_together([[doubtful], [other]], spelling)
    assert _text(other) == "zurple"


def test_a_month_is_expected_after_a_day(spelling: Spelling) -> None:
    """Dates are on many notes, and numbers are in no list of pairs of words."""
    dated = _piece("by 19 way", spelling, at6=("m", 0.3))
    undated = _piece("by this way", spelling, at8=("m", 0.3))
    assert _text(dated) == "by 19 way"
    respell([dated], spelling)
    respell([undated], spelling)
    assert _text(dated) == "by 19 may"
    assert _text(undated) == "by this way"
