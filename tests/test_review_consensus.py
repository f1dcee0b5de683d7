"""One text from several: words are aligned and voted, what is open is marked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.results import reading

from boardscribe.records import Legibility
from boardscribe_review.alignment import align, same_text, tokens
from boardscribe_review.consensus import agreement, merge
from boardscribe_review.reliability import accuracies

WORDS = st.lists(
    st.sampled_from(["more", "time", "for", "us", "trees", "[illeg.]", "a", "the"]), max_size=8
)


def test_words_are_aligned_where_one_reader_has_one_more() -> None:
    slots = align([tokens("more time for us"), tokens("more time us"), tokens("mere time for us")])
    assert [[t.text if t else None for t in slot] for slot in slots] == [
        ["more", "more", "mere"],
        ["time", "time", "time"],
        ["for", None, "for"],
        ["us", "us", "us"],
    ]


def test_case_punctuation_and_bullets_are_no_disagreement() -> None:
    assert same_text("- More time!", "more  time")
    assert not same_text("more time", "more thyme")
    found = merge({"a": "- more time!", "b": "More time"})
    assert (found.text, found.open_words) in {("- more time!", 0), ("More time", 0)} or not (
        found.open_words
    )


@pytest.mark.parametrize(
    ("texts", "text", "open_words"),
    [
        (["more time", "more time"], "more time", 0),
        (["more time", "more time", "mere tine"], "more time", 0),
        (["more tine", "mere time", "more time"], "more time", 0),
        (["ask [illeg.] again", "ask them again", "ask them again"], "ask them again", 0),
        (["[illeg.] again", "[illeg.] again"], "[illeg.] again", 0),
        (["more time for us", "more time for us", "more for us"], "more time for us", 0),
        (["more", "more time", "more"], "more", 0),
        (["one\ntwo", "one two", "one\ntwo"], "one\ntwo", 0),
    ],
)
def test_what_most_wrote_stands(texts: list[str], text: str, open_words: int) -> None:
    found = merge({f"r{i}": t for i, t in enumerate(texts)})
    assert (found.text, found.open_words) == (text, open_words)


def test_words_that_no_two_people_wrote_alike_are_open_and_marked() -> None:
    found = merge({"a": "plant trees", "b": "plant trams"})
    assert found.open_words == 1
    assert found.text in ("plant [?trees?]", "plant [?trams?]")
    assert found.confidence < 0.7


def test_a_machine_breaks_a_tie_and_outvotes_nobody() -> None:
    machine = (reading("plant trams", 0.99),)
    assert merge({"a": "plant trees", "b": "plant trams"}, machine).text == "plant [?trams?]"
    assert merge({"a": "plant trees", "b": "plant trees"}, machine).text == "plant trees"
    assert merge({"a": "plant trees"}, machine * 3).text == "plant trees"


def test_a_word_that_all_doubt_stays_doubtful() -> None:
    assert merge({"a": "plant [?trees?]", "b": "plant [?trees?]"}).text == "plant [?trees?]"
    assert merge({"a": "plant [?trees?]", "b": "plant trees"}).text == "plant trees"


def test_legibility_follows_from_the_words() -> None:
    assert merge({"a": "x [illeg.]", "b": "x [illeg.]"}).legibility is Legibility.PARTLY
    assert merge({"a": "[illeg.]", "b": "[illeg.]"}).legibility is Legibility.ILLEGIBLE
    assert merge({"a": "x", "b": "x"}).legibility is Legibility.READABLE


@given(st.lists(WORDS, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_consensus_makes_up_no_word(several: list[list[str]]) -> None:
    texts = {f"r{i}": " ".join(words) for i, words in enumerate(several)}
    found = merge(texts)
    said = {token.key for text in texts.values() for token in tokens(text)}
    assert {token.key for token in tokens(found.text)} <= said | {""}
    assert 0 <= found.confidence <= 1
    assert merge(dict(reversed(texts.items()))) == found


@given(WORDS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_readers_who_agree_are_taken_at_their_word(words: list[str]) -> None:
    text = " ".join(words)
    found = merge({"a": text, "b": text})
    assert (found.text, found.open_words) == (text, 0)
    assert agreement([text, text]) == 1


def test_agreement_is_the_share_of_places_alike() -> None:
    assert agreement(["more time", "more thyme"]) == 0.5
    assert agreement(["a b c", "x y z"]) == 0
    assert agreement(["only one"]) == 1


def test_a_careless_reader_is_found_from_overlap() -> None:
    notes = [
        {"good": f"w{i} x{i} y{i}", "fine": f"w{i} x{i} y{i}", "hasty": f"w{i} q{i} z{i}"}
        for i in range(20)
    ]
    found = accuracies(notes)
    assert found["good"] > 0.9
    assert found["fine"] > 0.9
    assert found["hasty"] < 0.6
    assert accuracies([{"alone": "says nothing of anybody"}]) == {}
