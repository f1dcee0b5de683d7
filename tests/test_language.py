"""Words of English, the user's own, and what is spelt nearly the same."""

from __future__ import annotations

import pytest

from boardscribe.language import Language


@pytest.fixture(scope="module")
def language() -> Language:
    return Language(["Zwolle", "Project Kestrelyx"])


@pytest.mark.parametrize(
    "word",
    ["colour", "organise", "prioritised", "centre", "programme", "neighbourhood", "mouldy",
     "labelled", "whilst", "cheque", "color", "Meeting,", "don't"],
)  # fmt: skip
def test_british_and_american_words_are_known(language: Language, word: str) -> None:
    """Case and punctuation at the ends do not matter."""
    assert language.knows(word)


@pytest.mark.parametrize("word", ["zwolle", "KESTRELYX", "Zwolle's", "kestrelyx/zwolle"])
def test_the_users_own_words_are_known(language: Language, word: str) -> None:
    """Names and project words come from the lexicon, also inside compounds."""
    assert language.knows(word)


def test_a_common_word_is_likelier_than_a_rare_one_and_that_than_none(language: Language) -> None:
    """Frequencies order spellings."""
    common, rare = language.log_probability("people"), language.log_probability("peonage")
    assert common > rare > language.log_probability("pxople")


@pytest.mark.parametrize("word", ["7", "24/7", "10.30", "&", "-", "→"])
def test_numbers_and_signs_are_no_misspellings(language: Language, word: str) -> None:
    """They are common on notes and in no dictionary."""
    assert language.knows(word)


def test_an_ampersand_is_as_likely_as_the_word_it_stands_for(language: Language) -> None:
    """A lone 8 between words is an ampersand more often than a number."""
    assert language.log_probability("&") > language.log_probability("8") + 5
    assert language.log_probability("(&") > language.log_probability("(8") + 5


def test_near_words_keep_the_punctuation(language: Language) -> None:
    """Only the word inside is respelt."""
    assert "(meeting)?" in language.near("(meetinq)?")


def test_short_words_have_no_near_words(language: Language) -> None:
    """Nearly everything is near a word of two letters."""
    assert language.near("xq") == ()


def test_a_word_is_likelier_after_the_word_it_usually_follows(language: Language) -> None:
    """Pairs of words tell `word of mouth` from `word of month`; case and signs do not matter."""
    alone = language.log_probability("time") - language.log_probability("five")
    after = language.log_after("time,", "Same") - language.log_after("five", "same")
    assert after > alone + 2


def test_no_word_is_impossible_after_another(language: Language) -> None:
    """A name, a sign or a first word costs little more than by itself."""
    for word, before in (("Zwolle", "the"), ("&", "plan"), ("plan", "&"), ("plan", "")):
        assert language.log_after(word, before) >= language.log_probability(word) - 1


@pytest.mark.parametrize(("read", "meant"), [("n88d", "need"), ("(pr0d8ct)", "(product)")])
def test_a_digit_amid_letters_is_a_misread_letter(
    language: Language, read: str, meant: str
) -> None:
    """An E with a curl reads as an 8; nobody writes a digit there."""
    assert not language.knows(read)
    assert meant in language.near(read)


@pytest.mark.parametrize("word", ["2nd", "3x", "4x4", "A4", "Q3", "E2E"])
def test_digits_beside_letters_are_no_misspellings(language: Language, word: str) -> None:
    """Ordinals, paper sizes, quarters and trade terms stand on notes."""
    assert language.knows(word)


def test_an_ampersand_goes_with_its_neighbours_as_the_word_does(language: Language) -> None:
    """`improve & organise` is likelier than `improve a organise` by more than `&` is than `a`."""
    alone = language.log_probability("&") - language.log_probability("a")
    after = language.log_after("&", "improve") - language.log_after("a", "improve")
    assert after > alone


def test_a_contraction_is_as_usual_as_people_use_it(language: Language) -> None:
    """The corpus the words were counted in hardly has any."""
    assert language.log_probability("you're") > language.log_probability("youth") - 2
    assert language.log_probability("don't") > language.log_probability("dent")


def test_a_contraction_goes_with_its_neighbours_as_its_first_word_does(language: Language) -> None:
    """`can't publish` is usual wherever `can publish` is; pairs were counted without apostrophes."""
    for word, first in (("can't", "can"), ("won't", "will"), ("don't", "do")):
        assert language.log_after(word, "we") > language.log_after(word, "zebra")
        assert language.log_after("publish", word) == language.log_after("publish", first)


def test_a_lost_apostrophe_makes_no_other_word(language: Language) -> None:
    """`cant` is `can't`, which is tried first, and not `can`, which says the contrary."""
    assert language.near("cant")[0] == "can't"
    assert language.near("DONT!")[0] == "don't!"
    assert language.knows("doesnt")
    assert language.log_probability("didnt") < language.log_probability("didn't")
    assert "we'll" not in language.near("well")


@pytest.mark.parametrize(
    ("hyphened", "other"),
    [("back-up", "backup"), ("follow-up", "followup"), ("long-term", "longtime")],
)
def test_a_compound_may_be_written_with_a_hyphen(
    language: Language, hyphened: str, other: str
) -> None:
    """It is hardly rarer than the word written as one, or than the words side by side."""
    assert language.knows(hyphened)
    assert language.log_probability(hyphened) > language.log_probability(other) - 3


def test_a_long_word_may_be_misread_in_more_letters(language: Language) -> None:
    """Nothing else is like it; of a short word half the dictionary would be."""
    assert "participation" in language.near("pauticipctio")
    assert "communicate" in language.near("comnuuiccte")
    assert "plan" not in language.near("pqxy")


def test_a_bullet_before_a_word_is_no_part_of_it(language: Language) -> None:
    assert language.knows("□follow-up")
    assert "□meeting" in language.near("□meetinq")


def test_words_of_the_other_notes_are_likelier_and_tried_first(language: Language) -> None:
    beside = language.beside({"marzena": 2, "budget": 1})
    assert beside.near("marzona")[0] == "marzena"
    assert "marzena" not in language.near("marzona")
    assert beside.log_after("marzena", "ask") > language.log_after("marzena", "ask") + 5
    assert not beside.knows("marzena")


@pytest.mark.parametrize("day", ["3", "19th", "2nd", "31"])
def test_months_are_expected_after_a_day(language: Language, day: str) -> None:
    assert "march" in language.expected(day)
    assert language.log_after("march", day) > language.log_after("march", "45") + 2


@pytest.mark.parametrize("before", ["45", "the", "", "19x"])
def test_nothing_is_expected_after_what_is_no_day(language: Language, before: str) -> None:
    assert language.expected(before) == ()
