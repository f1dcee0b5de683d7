"""One command shows where a published word comes from, from the photo to the decision."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.snapshots import HOSTILE_NAME, hard_cases

from boardscribe.errors import ExitCode, InputError
from boardscribe.provenance import chain, chain_data, chain_text, find_note
from boardscribe.review import Kind
from boardscribe.snapshot import AnswerEntry, ReviewState, TaskEntry


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


def test_who_was_asked_and_who_answered_stands_between_readings_and_decision():
    answers = (
        AnswerEntry("reader-1a2b", "2026-03-02T09:29:00Z", 7.4),
        AnswerEntry("reader-3c4d", "2026-03-02T09:40:00Z", None, skipped=True),
    )
    task = TaskEntry("n07", Kind.TEXT, 1, "2026-03-01T13:00:00Z", False, answers)
    other = replace(task, note_id="n01", answers=())
    snapshot = replace(hard_cases(), review=ReviewState((task, other)))
    text = chain_text(chain(snapshot, "n07"))
    steps = [
        "reading combined 1.2:",
        "text, round 1, asked at 2026-03-01T13:00:00Z: answered",
        "by 'reader-1a2b' at 2026-03-02T09:29:00Z, took 7 s",
        "by 'reader-3c4d' at 2026-03-02T09:40:00Z, does not count: skipped",
        "Decisions, oldest first",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    data = chain_data(chain(snapshot, "n07"))["answers"]
    assert [(one["reader"], one["counts"]) for one in data] == [
        ("reader-1a2b", True),
        ("reader-3c4d", False),
    ]


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
