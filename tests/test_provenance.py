"""One command shows where a published word comes from, from the photo to the decision."""

from __future__ import annotations

import json

import pytest
from support.snapshots import HOSTILE_NAME, hard_cases

from boardscribe.errors import ExitCode, InputError
from boardscribe.provenance import chain, chain_data, chain_text, find_note


def test_the_chain_runs_from_the_photo_to_the_decision_with_versions_digests_and_times():
    snapshot = hard_cases()
    text = chain_text(chain(snapshot, "n07"))
    (on,) = [entry for entry in snapshot.photos if entry.photo.name == "other.jpg"]
    steps = [
        "taken 2021-05-04T10:00:00",
        on.photo.sha256,
        "stage   segment 3, options aa11",
        "stage   read 2, options bb22",
        "shape   bubble (0.90), yellow paper",
        "crop    crops/s07.jpg",
        "reading combined 1.2:",
        "1. 'kep [illeg.] thee'",
        "2. 'keep the [illeg.] tree'",
        "at 2026-03-02T09:30:00Z",
        "3. 'keep the old oak tree'  <- stands",
        "by consensus ('volunteer-3, volunteer-7') at 2026-03-04T09:30:00.25+00:00",
        "version 0.1.0",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_a_word_is_followed_through_readings_and_decisions():
    found = chain(hard_cases(), "n07", word="Tree!")
    assert found.since is not None
    assert found.since.version == 2
    assert [(trace.read, trace.engine) for trace in found.traces] == [("thee", "combined 1.2")]
    assert "'oak' stands since version 3" in chain_text(chain(hard_cases(), "n07", word="oak"))
    assert "read nothing like it" in chain_text(chain(hard_cases(), "n07", word="oak"))


def test_the_chain_as_data_is_plain_and_complete():
    data = json.loads(json.dumps(chain_data(chain(hard_cases(), "n02", word="twice"))))
    assert [seen["sighting_id"] for seen in data["sightings"]] == ["s02", "s02b", "s02c"]
    assert len(data["photos"]) == 3
    assert data["photos"][0]["stages"][0] == {"stage": "segment", "version": "3", "digest": "aa11"}
    assert data["decisions"][0]["reason"] == "because of rule 1"
    assert [r["read"] for r in data["word"]["readings"]] == ["twice", "twlce", None]


@pytest.mark.parametrize("wanted", ["n07", "keep the OLD", "the old oak"])
def test_a_note_is_named_by_its_id_or_by_words_that_only_it_says(wanted: str):
    assert find_note(hard_cases(), wanted).note_id == "n07"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("nobody says this", "no note has the id"), ("ask", "ask"), ("", "no note"), ("no", "fit")],
)
def test_what_is_not_one_note_is_a_mistake_that_says_so(wanted: str, said: str):
    if wanted == "ask":
        assert find_note(hard_cases(), wanted).note_id == "n03"
        return
    with pytest.raises(InputError, match=said) as raised:
        find_note(hard_cases(), wanted)
    assert raised.value.exit_code is ExitCode.USAGE
    assert raised.value.remedy


def test_a_word_that_a_note_does_not_say_is_a_mistake():
    with pytest.raises(InputError, match="does not say 'elm'"):
        chain(hard_cases(), "n07", word="elm")


def test_names_and_texts_from_outside_cannot_steer_a_terminal():
    text = chain_text(chain(hard_cases(), "n06"))
    assert "\x07" not in text
    assert repr(HOSTILE_NAME)[1:20] in text
