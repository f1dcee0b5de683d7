"""Letter probabilities become words: alphabet, probability of a line, beam search."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from boardscribe.engines._beam import decode
from boardscribe.engines._ctc import Alphabet, greedy, log_likelihood
from boardscribe.language import Language

CHARACTERS = ["", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "，", ",",
              "口", "永", "'", " "]  # fmt: skip


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
    letters, uppers, _ = alphabet.fold(_frames(text))
    return decode(letters, uppers, alphabet, language).text


def test_case_and_wide_forms_are_folded_into_one_letter(alphabet: Alphabet) -> None:
    """`A` and `a` share their probability, as do both commas."""
    letters, uppers, _ = alphabet.fold(_frames("A，"))
    assert letters[0, alphabet.index["a"]] > 0.9
    assert uppers[0, alphabet.index["a"]] > 0.9
    assert letters[2, alphabet.index[","]] > 0.9


def test_probability_outside_the_latin_alphabet_is_reported(alphabet: Alphabet) -> None:
    """It tells drawings from letters."""
    assert alphabet.fold(_frames("永"))[2] > 0.9
    assert alphabet.fold(_frames("a"))[2] < 0.1


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


def test_a_lost_space_is_found_again(alphabet: Alphabet, language: Language) -> None:
    """The recogniser's commonest error on notes."""
    assert _read("morepeople", alphabet, language) == "more people"


def test_an_unknown_word_that_is_clear_is_left_alone(
    alphabet: Alphabet, language: Language
) -> None:
    """Names are not bent into dictionary words."""
    letters, uppers, _ = alphabet.fold(_frames("Zwolle", sure=0.999))
    assert decode(letters, uppers, alphabet, language).text == "Zwolle"


def test_a_doubtful_letter_is_settled_by_the_word(alphabet: Alphabet, language: Language) -> None:
    """Where the recogniser wavers, the dictionary decides."""
    rows = _frames("meetinq")
    rows[12] = rows[12] * 0
    rows[12, CHARACTERS.index("q")], rows[12, CHARACTERS.index("g")] = 0.55, 0.45
    letters, uppers, _ = alphabet.fold(rows)
    decoded = decode(letters, uppers, alphabet, language)
    assert decoded.text == "meeting"
    assert decoded.raw == "meetinq"


def test_no_frames_are_no_text(alphabet: Alphabet, language: Language) -> None:
    """An empty line is empty, not an error."""
    letters, uppers, _ = alphabet.fold(np.zeros((0, len(CHARACTERS)), np.float32))
    assert decode(letters, uppers, alphabet, language).text == ""
