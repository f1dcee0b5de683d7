"""Letter probabilities become words: alphabet, probability of a line, beam search."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest

from boardscribe.engines._beam import decode
from boardscribe.engines._ctc import Alphabet, greedy, log_likelihood
from boardscribe.engines._struck import struck_spans, without_struck
from boardscribe.language import Language

CHARACTERS = ["", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "，", ",",
              "口", "永", "'", '"', "(", ")", " "]  # fmt: skip


@pytest.fixture(scope="module")
def alphabet() -> Alphabet:
    return Alphabet(CHARACTERS)


@pytest.fixture(scope="module")
def language() -> Language:
    return Language()


def _frames(text: str, *, sure: float = 0.95) -> np.ndarray:
    """Each character in a frame of its own, a blank after each."""
    rows = []
    for character in text:
        row = np.full(len(CHARACTERS), (1 - sure) / (len(CHARACTERS) - 1), np.float32)
        row[CHARACTERS.index(character)] = sure
        blank = np.full_like(row, 0.001)
        blank[0] = 1 - 0.001 * (len(CHARACTERS) - 1)
        rows += [row, blank]
    return np.array(rows)


def _read(text: str, alphabet: Alphabet, language: Language) -> str:
    letters, uppers = alphabet.fold(_frames(text))
    return decode(letters, uppers, alphabet, language).text


def test_case_and_wide_forms_are_folded_into_one_letter(alphabet: Alphabet) -> None:
    """`A` and `a` share their probability, as do both commas."""
    letters, uppers = alphabet.fold(_frames("A，"))
    assert letters[0, alphabet.index["a"]] > 0.9
    assert uppers[0, alphabet.index["a"]] > 0.9
    assert letters[2, alphabet.index[","]] > 0.9


def test_the_probability_of_a_line_is_the_sum_over_all_its_paths() -> None:
    """Checked against every path of a small example."""
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(3), 4)
    letters = ("", "x", "y")
    for labels in ([], [1], [1, 2], [1, 1], [2, 1, 2]):
        want = "".join(letters[i] for i in labels)
        total = sum(
            math.prod(p[t, k] for t, k in enumerate(path))
            for path in itertools.product(range(3), repeat=4)
            if greedy(np.eye(3, dtype=np.float32)[list(path)], letters) == want
        )
        found = math.exp(log_likelihood(np.log(p), labels))
        assert found == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("text", ["Meet the people", "AGENDA", "Room 24", "it's ok", "5"])
def test_what_is_clear_is_read_as_it_stands(
    text: str, alphabet: Alphabet, language: Language
) -> None:
    """Words, capitals and numbers."""
    assert _read(text, alphabet, language) == text


def test_an_unknown_word_that_is_clear_is_left_alone(
    alphabet: Alphabet, language: Language
) -> None:
    """Names are not bent into dictionary words."""
    letters, uppers = alphabet.fold(_frames("Zwolle", sure=0.999))
    assert decode(letters, uppers, alphabet, language).text == "Zwolle"


def test_a_doubtful_letter_is_settled_by_the_word(alphabet: Alphabet, language: Language) -> None:
    """Where the recogniser wavers, the dictionary decides."""
    rows = _frames("meetinq")
    rows[12] = rows[12] * 0
    rows[12, CHARACTERS.index("q")], rows[12, CHARACTERS.index("g")] = 0.55, 0.45
    letters, uppers = alphabet.fold(rows)
    decoded = decode(letters, uppers, alphabet, language)
    assert decoded.text == "meeting"
    assert decoded.raw == "meetinq"


def _rivals(text: str, **rivals: str) -> np.ndarray:
    """`_frames` in which letters by position (`at3`) are hardly likelier than others."""
    rows = _frames(text)
    for place, other in rivals.items():
        row = rows[2 * int(place.removeprefix("at"))]
        row[:] = 0.0
        row[CHARACTERS.index(text[int(place.removeprefix("at"))])] = 0.55
        row[CHARACTERS.index(other)] = 0.45
    return rows


@pytest.mark.parametrize(
    ("read", "rivals", "text"),
    [
        ('review"', {"at6": "l"}, 'review"'),
        ("plan)", {"at4": "t"}, "plant"),
        ("(plan)", {"at5": "t"}, "(plan)"),
        ("(plan)", {"at0": "c"}, "(plan)"),
    ],
)
def test_a_bracket_is_seldom_closed_that_was_not_opened(
    read: str, rivals: dict[str, str], text: str, alphabet: Alphabet, language: Language
) -> None:
    letters, uppers = alphabet.fold(_rivals(read, **rivals))
    assert decode(letters, uppers, alphabet, language).text == text


def test_two_misread_words_do_not_become_one(alphabet: Alphabet, language: Language) -> None:
    """As one word they are like none, and one unknown word costs less than two."""
    letters, uppers = alphabet.fold(_rivals("celedrate suxcess", at3="b", at11="c"))
    assert decode(letters, uppers, alphabet, language).text == "celebrate success"


def test_no_frames_are_no_text(alphabet: Alphabet, language: Language) -> None:
    """An empty line is empty, not an error."""
    letters, uppers = alphabet.fold(np.zeros((0, len(CHARACTERS)), np.float32))
    assert decode(letters, uppers, alphabet, language).text == ""


def test_every_word_knows_where_in_the_line_it_was_seen(
    alphabet: Alphabet, language: Language
) -> None:
    """Two frames a character, as the example is made."""
    letters, uppers = alphabet.fold(_frames("meet people"))
    first, second = decode(letters, uppers, alphabet, language).words
    assert (first.frames, second.frames) == ((0, 6), (10, 20))


def test_a_drawn_box_leaves_a_trace_in_the_letter_it_was_read_as(
    alphabet: Alphabet, language: Language
) -> None:
    """Which tells a bullet from an I."""
    rows = _frames("I want")
    rows[0, CHARACTERS.index("口")] = 0.1
    letters, uppers = alphabet.fold(rows)
    assert decode(letters, uppers, alphabet, language).words[0].drawn > 0.05
    plain = alphabet.fold(_frames("I want", sure=0.999))
    assert decode(*plain[:2], alphabet, language).words[0].drawn < 0.0015


def _line_picture(text: str, *, strike: tuple[float, float] | None = None) -> np.ndarray:
    """48 pixels high, 8 a frame of `_frames`, which has two frames a character."""
    picture = np.full((48, 16 * len(text), 3), (120, 235, 250), np.uint8)
    for number, letter in enumerate(text):
        cv2.putText(
            picture, letter, (16 * number, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.95, (40, 20, 20), 1
        )
    if strike is not None:
        start, end = (round(16 * place) for place in strike)
        cv2.line(picture, (start, 28), (end, 26), (40, 20, 20), 2)
    return picture


def test_a_struck_out_word_is_dropped_and_its_neighbours_stay(
    alphabet: Alphabet, language: Language
) -> None:
    """What the writer took back is no part of the text."""
    text = "meet people again"
    letters, uppers = alphabet.fold(_frames(text))
    decoded = decode(letters, uppers, alphabet, language)
    struck = without_struck(decoded, _line_picture(text, strike=(4.7, 11.3)))
    assert struck.text == "meet again"


@pytest.mark.parametrize("text", ["meet people again", "THE THIEF HEFT", "- minus ---- dash"])
def test_crossbars_and_dashes_strike_nothing_out(text: str) -> None:
    """Nor does a long underline."""
    assert struck_spans(_line_picture(text)) == ()
    underlined = _line_picture(text)
    cv2.line(underlined, (4, 45), (16 * len(text) - 4, 45), (40, 20, 20), 2)
    assert struck_spans(underlined) == ()
