"""Privacy: what is found before publication, what redaction leaves, and what no export shows.

All names, numbers and addresses are made up.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.snapshots import decided, draw_pictures, hard_cases, reading

from boardscribe.export import FORMATS, ExportSettings, write_export
from boardscribe.options import Options
from boardscribe.privacy import check, find_personal, redact, redact_text
from boardscribe.records import Source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to anna.smith@example.org!", "write to [e-mail]!"),
        ("mail bob+x@mail.example.co.uk", "mail [e-mail]"),
        ("anna @ example.org", "[e-mail]"),
        ("call +49 (30) 123 45-67", "call [telephone]"),
        ("tel. 020 7946 0958 please", "tel. [telephone] please"),
        ("ring 555-0199", "ring [telephone]"),
        ("ask Jennifer about it", "ask [name] about it"),
        ("Jennifer Kowalski said so", "[name] said so"),
        ("Robert J. Smith, thanks", "[name], thanks"),
        ("thanks Dr. Miller", "thanks [name]"),
        ("Mrs Okonkwo's class", "[name]'s class"),
        ("J. Thompson", "[name]"),
        ("A. Thompson", "[name]"),
        ("Grace Thompson helps", "[name] helps"),
        ("ASK JENNIFER SMITH ABOUT IT", "ASK [name] ABOUT IT"),
        ("follow @boardfan", "follow [name]"),
        ("Jennifer\nThompson", "[name]"),
    ],
)
def test_found_and_replaced(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "more time for each other",
        "We will hope for grace in May",
        "Hope is a good thing. Will it last? Mark my words",
        "MORE HOPE AND JOY THIS SUMMER",
        "meet on 12.05.2021 or 2021-05-12",
        "the plan 2019-2021",
        "costs 1 500 000",
        "50% of 300 people, 24/7",
        "[illeg.] and [illegible]",
        "April and June, Paris and Virginia",
        "see https://example.org/a",
        "Rose garden, Frank talk, Rich people",
        "A Place To Meet",
    ],
)
def test_plain_words_dates_and_amounts_are_left(text):
    assert redact_text(text) == text


def test_spans_are_places_in_the_text():
    text = "Ask Jennifer: jen@example.org"
    spans = find_personal(text)
    assert [(span.kind, text[span.start : span.end]) for span in spans] == [
        ("name", "Jennifer"),
        ("email", "jen@example.org"),
    ]


@pytest.fixture(scope="module")
def telling():
    """A snapshot in which a name, a number and an address are in every place there is."""
    snapshot = hard_cases()
    secret = "Ask Jennifer\nKowalski or\njen@example.org 020 7946 0958"
    first = snapshot.notes[0]
    best = replace(first.best, readings=(reading(secret),))
    history = (
        decided(secret, source=Source.PERSON, by="Jennifer Kowalski", version=2),
        decided("Jennifer was here"),
    )
    notes = (replace(first, sightings=(best,), history=history), *snapshot.notes[1:])
    entry = snapshot.photos[1]
    heading = replace(entry.headings[0], text="Jennifer's board")
    photo = replace(
        entry,
        photo=replace(entry.photo, name="Jennifer Kowalski 1.jpg"),
        headings=(heading,),
    )
    photos = (snapshot.photos[0], photo, *snapshot.photos[2:])
    return replace(snapshot, notes=notes, photos=photos, title="Boards of Jennifer")


SECRETS = (b"Jennifer", b"Kowalski", b"jen@", b"7946", b"volunteer-3")


def test_the_check_lists_every_place_in_texts_headings_and_names(telling):
    found = {(item.note_id, item.where, item.kind, item.text) for item in check(telling)}
    assert {
        ("n01", "text", "name", "Jennifer\nKowalski"),
        ("n01", "text", "email", "jen@example.org"),
        ("n01", "text", "telephone", "020 7946 0958"),
        ("n01", "version 1", "name", "Jennifer"),
        ("", "heading", "name", "Jennifer"),
        ("", "photo", "name", "Jennifer Kowalski"),
    } <= found


def test_words_of_readings_are_redacted_where_they_stand(telling):
    lines = redact(telling).notes[0].best.readings[0].lines
    assert [line.text for line in lines] == ["Ask [name]", "or", "[e-mail] [telephone]"]


def test_redacting_what_holds_nothing_changes_no_text():
    snapshot = hard_cases()
    assert [note.transcription.text for note in redact(snapshot).notes] == [
        note.transcription.text for note in snapshot.notes
    ]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_redacted_export_shows_nothing_of_it_in_any_file(form, telling, tmp_path):
    workspace = tmp_path / "workspace"
    draw_pictures(telling, workspace)
    settings = ExportSettings(workspace=workspace)
    out = tmp_path / "out"
    write_export(telling, Options(), format=form, out=out, settings=settings, redact=True)
    files = [path for path in out.rglob("*") if path.is_file()] or [out]
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".parquet" or form == "parquet":
            import pyarrow.parquet as pq

            data = str(pq.read_table(path).to_pylist()).encode() + data
        assert not [secret for secret in SECRETS if secret in data], path
    assert not list(out.rglob("*.jpg"))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_off_means_off(form, telling, tmp_path):
    """Without the switch nothing is replaced."""
    out = tmp_path / "out"
    write_export(telling, Options(), format=form, out=out)
    files = [path for path in out.rglob("*") if path.is_file()] or [out]
    assert not [path for path in files if b"[e-mail]" in path.read_bytes()]
    if form not in {"csv", "jsonl", "record"}:  # they have no place to say it
        assert any(b"not redacted" in path.read_bytes() for path in files)
