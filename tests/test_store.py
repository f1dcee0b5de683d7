"""What is stored comes back, on SQLite and on PostgreSQL, and people's decisions stay."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import text
from support.results import (
    TINY_JPEG,
    machine,
    person,
    reading,
    result,
    sha_of,
    sighting,
    square,
)

from boardscribe.errors import InputError
from boardscribe.options import LegendEntry, Options
from boardscribe.records import Board, Heading, PhotoResult, Shape, Status
from boardscribe.snapshot import Failure, NoteEntry
from boardscribe.store import Arrangement, Registration, RunItem, Store, StoredFiles


def save(store: Store, found: PhotoResult, *, path: str | None = None) -> None:
    """Store a result as a run does."""
    sha256 = found.photo.sha256
    run_id = store.begin_run("1.0")
    crops = {s.sighting_id: f"crops/aa/{s.sighting_id}.jpg" for s in found.sightings}
    store.save(
        run_id,
        RunItem(found.photo.name, path or f"/photos/{found.photo.name}", "done", sha256),
        found,
        StoredFiles(crops, f"previews/{sha256[:2]}/{sha256}.jpg", 0.5),
        board=None,
        places={},
    )
    store.finish_run(run_id)


def notes_of(store: Store) -> dict[str, NoteEntry]:
    return {note.note_id: note for note in store.snapshot(Options()).notes}


def test_a_result_comes_back_as_it_was(store: Store) -> None:
    heading = Heading("Make time", 0.8, square(0, 0, 50))
    found = result(
        "a.jpg", [sighting("s1", square(10, 10), heading=0), sighting("s2", square(300, 10))],
        headings=[heading],
    )  # fmt: skip
    save(store, found)
    known = store.known()[sha_of("a.jpg")]
    assert known.stamps == found.stamps
    crops = {file: TINY_JPEG for file in known.files if file.startswith("crops/")}
    assert store.prior(sha_of("a.jpg"), crops) == found
    snapshot = store.snapshot(Options())
    (entry,) = snapshot.photos
    assert (entry.photo, entry.headings, entry.stamps) == (
        found.photo,
        (heading,),
        found.stamps,
    )
    assert (entry.preview, entry.preview_scale) == (
        f"previews/{sha_of('a.jpg')[:2]}/{sha_of('a.jpg')}.jpg",
        0.5,
    )
    (first, second) = snapshot.notes
    assert first.best.readings == found.readings["s1"]
    assert first.best.matrix == found.sightings[0].crop.matrix  # type: ignore[union-attr]
    assert first.best.detection == found.sightings[0].detection
    assert second.transcription == replace(
        found.transcriptions["s2"], decided_at=second.transcription.decided_at
    )


def test_meaning_is_the_legend_of_the_moment(store: Store) -> None:
    save(store, result("a.jpg", [sighting("s1", square(0, 0), shape=Shape.HEART)]))
    (note,) = store.snapshot(Options()).notes
    assert note.meaning == "important"
    legend = Options(legend=(LegendEntry(shape=Shape.HEART, meaning="love"),))
    assert store.snapshot(legend).notes[0].meaning == "love"


def test_saving_again_changes_nothing(store: Store) -> None:
    found = result("a.jpg", [sighting("s1", square(0, 0)), sighting("s2", square(300, 0))])
    save(store, found)
    before = notes_of(store)
    save(store, found)
    assert notes_of(store) == before


def test_a_person_decides_and_a_machine_never_overrules(store: Store) -> None:
    save(store, result("a.jpg", [sighting("s1", square(0, 0))], ["machine text"]))
    stored = store.decide("s1", person("what it says"))
    assert (stored.version, stored.decided_at is not None) == (2, True)
    save(store, result("a.jpg", [sighting("s1", square(0, 0))], ["another engine"], digest="d2"))
    arrange(store, {"s1": machine("another engine")})
    note = notes_of(store)["s1"]
    assert note.status is Status.REVIEWED
    assert [said.text for said in note.history] == ["what it says", "machine text"]
    assert note.best.readings[0].text == "another engine"


def arrange(
    store: Store, proposals: dict[str, object], links: dict[str, str] | None = None
) -> None:
    store.arrange(Arrangement((), {}, {}, links or {}, proposals))  # type: ignore[arg-type]


def test_the_machine_supersedes_itself_only_if_it_says_something_else(store: Store) -> None:
    save(store, result("a.jpg", [sighting("s1", square(0, 0))], ["one"]))
    arrange(store, {"s1": machine("one")})
    assert len(notes_of(store)["s1"].history) == 1
    arrange(store, {"s1": machine("two")})
    assert [said.text for said in notes_of(store)["s1"].history] == ["two", "one"]


def test_transcriptions_form_a_chain(store: Store) -> None:
    save(store, result("a.jpg", [sighting("s1", square(0, 0))], ["one"]))
    store.decide("s1", person("two"))
    store.decide("s1", person("three"))
    with store.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT transcription_id, version, supersedes FROM transcription ORDER BY version")
        ).all()
    assert [row.version for row in rows] == [1, 2, 3]
    assert [row.supersedes for row in rows] == [None, *(r.transcription_id for r in rows[:2])]


def test_only_people_decide_and_only_on_notes_that_exist(store: Store) -> None:
    save(store, result("a.jpg", [sighting("s1", square(0, 0))]))
    with pytest.raises(InputError, match="no note 'nope'"):
        store.decide("nope", person("x"))
    with pytest.raises(InputError, match="only people"):
        store.decide("s1", machine("x"))


def test_a_new_segmentation_keeps_the_note_and_its_decision(store: Store) -> None:
    save(store, result("a.jpg", [sighting("s1", square(0, 0)), sighting("s2", square(300, 0))]))
    store.decide("s1", person("decided"))
    moved = [sighting("t1", square(8, 4)), sighting("t2", square(305, 3)), sighting("t3", square(600, 0))]  # fmt: skip
    save(store, result("a.jpg", moved, digest="d2"))
    notes = notes_of(store)
    assert {note_id: note.best.sighting_id for note_id, note in notes.items()} == {
        "s1": "t1",
        "s2": "t2",
        "t3": "t3",
    }
    assert notes["s1"].transcription.text == "decided"
    assert not any(note.best.stale for note in notes.values())


def test_a_decided_note_that_is_not_found_any_more_is_kept_and_flagged(store: Store) -> None:
    both = [sighting("s1", square(0, 0)), sighting("s2", square(300, 0))]
    save(store, result("a.jpg", both))
    store.decide("s1", person("decided"))
    save(store, result("a.jpg", [], digest="d2"))
    notes = notes_of(store)
    # The other one, which nobody looked at, is out of the record but not lost.
    assert list(notes) == ["s1"]
    assert (notes["s1"].best.stale, notes["s1"].transcription.text) == (True, "decided")
    store.decide("s2", person("late answer"))
    assert sorted(notes_of(store)) == ["s1", "s2"]
    # Found again, all is as before.
    save(store, result("a.jpg", both, digest="d3"))
    notes = notes_of(store)
    assert [notes[n].best.stale for n in ("s1", "s2")] == [False, False]
    assert notes["s1"].transcription.text == "decided"


def test_linked_sightings_are_one_note_and_can_be_parted(store: Store) -> None:
    save(store, result("a.jpg", [sighting("a1", square(0, 0))], ["blurred"], confidence=0.5))
    save(store, result("b.jpg", [sighting("b1", square(50, 50))], ["sharp"], confidence=0.95))
    arrange(store, {"a1": machine("sharp")}, {"b1": "a1"})
    (note,) = notes_of(store).values()
    assert (note.note_id, [s.sighting_id for s in note.sightings]) == ("a1", ["b1", "a1"])
    assert all(entry.note_id == "a1" for entry in note.sightings)
    # An answer to the note that b1 used to be arrives at the note that stands for it.
    assert store.resolve("b1") == "a1"
    store.decide("b1", person("checked"))
    assert notes_of(store)["a1"].transcription.text == "checked"
    arrange(store, {})
    assert sorted(notes_of(store)) == ["a1", "b1"]


def test_a_decision_moves_to_the_other_photo_when_its_own_loses_the_note(store: Store) -> None:
    save(store, result("a.jpg", [sighting("a1", square(0, 0))]))
    save(store, result("b.jpg", [sighting("b1", square(50, 50))]))
    arrange(store, {}, {"b1": "a1"})
    store.decide("a1", person("decided"))
    save(store, result("a.jpg", [], digest="d2"))
    arrange(store, {})
    (note,) = notes_of(store).values()
    assert (note.note_id, note.best.sighting_id, note.transcription.text) == (
        "a1",
        "b1",
        "decided",
    )


def test_hostile_text_is_stored_as_data(store: Store) -> None:
    hostile = "=cmd|' /C'!A0 <img src=x onerror=alert(1)>'; DROP TABLE note; -- \u202e é 🎉"
    name = "x'; DROP TABLE photo; --\udcff.jpg"
    found = result("a.jpg", [sighting("s1", square(0, 0))], ["x"])
    found = replace(
        found,
        photo=replace(found.photo, name=name),
        readings={"s1": (reading(hostile + " nul\x00 lone\ud800"),)},
        transcriptions={"s1": machine(hostile + " nul\x00 lone\ud800")},
    )
    save(store, found, path="/photos/" + name)
    store.decide("s1", person(hostile + "\x00"))
    snapshot = store.snapshot(Options())
    assert snapshot.photos[0].photo.name == "x'; DROP TABLE photo; --\\xff.jpg"
    (note,) = snapshot.notes
    assert note.history[0].text == hostile + "\ufffd"
    assert note.history[1].text == hostile + " nul\ufffd lone\ufffd"
    repr(snapshot).encode("utf-8")  # nothing in it that cannot be written to a file


def test_names_of_boards_and_places_are_put_into_force(store: Store) -> None:
    save(store, result("a.jpg", [sighting("a1", square(0, 0)), sighting("a2", square(300, 0))]))
    sha256 = sha_of("a.jpg")
    one, two = Board("one-1", "One"), Board("two-2", "Two")
    store.arrange(
        Arrangement((one, two), {sha256: "one-1"}, {"a1": "one-1", "a2": "two-2"}, {}, {})
    )
    snapshot = store.snapshot(Options())
    assert snapshot.boards == (one, two)
    assert snapshot.photos[0].board_id == "one-1"
    assert {n.note_id: n.board_id for n in snapshot.notes} == {"a1": "one-1", "a2": "two-2"}
    store.arrange(
        Arrangement((replace(two, name="TWO"),), {sha256: "two-2"}, {"a1": "two-2"}, {}, {})
    )
    assert store.snapshot(Options()).boards == (Board("two-2", "TWO"),)


def test_registrations_are_kept_by_method(store: Store) -> None:
    for name in ("a.jpg", "b.jpg"):
        save(store, result(name, []))
    found = Registration(sha_of("a.jpg"), sha_of("b.jpg"), (1.0,) * 9, 40)
    store.save_registrations("method 1", [found])
    store.save_registrations("method 1", [found])
    assert store.registrations("method 1") == (found,)
    assert store.registrations("method 2") == ()
    none = replace(found, matrix=None, inliers=0)
    store.save_registrations("method 2", [none])
    assert store.registrations("method 2") == (none,)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    found = result("a.jpg", [sighting("s1", square(0, 0)), sighting("s2", square(300, 0))])
    bad = replace(found.readings["s2"][0], confidence=7.0)
    broken = replace(found, readings={**found.readings, "s2": (bad,)})
    with pytest.raises(Exception, match=r"(?i)constraint"):
        save(store, broken)
    snapshot = store.snapshot(Options())
    assert (snapshot.photos, snapshot.notes) == ((), ())
    assert snapshot.runs[0].done == 0


def test_runs_and_failures_are_told(store: Store) -> None:
    run_id = store.begin_run("1.0")
    row = Failure("b.jpg", "truncated", "cut short", "Copy it again.")
    store.record(
        run_id,
        [
            RunItem("b.jpg", "/p/b.jpg", "failed", sha_of("b.jpg"), row),
            RunItem("a.jpg", "/p/a.jpg", "skipped", sha_of("a.jpg")),
        ],
    )
    (entry,) = store.snapshot(Options()).runs
    assert (entry.version, entry.finished_at, entry.done, entry.skipped) == ("1.0", None, 0, 1)
    assert entry.failures == (row,)
    assert store.snapshot(Options()).failures == (row,)
    # The same bytes, found under another path, came out well.
    save(store, result("b.jpg", []), path="/elsewhere/b.jpg")
    assert store.snapshot(Options()).failures == ()


def test_a_snapshot_of_20000_notes_takes_one_query_a_table_and_no_more(store: Store) -> None:
    bulk_save(store, result("first.jpg", [sighting("n", square(10, 10, 20))]))
    chance = random.Random(1)
    photos, notes = (4, 5000)
    for number in range(photos):
        name = f"p{number}.jpg"
        seen = [
            sighting(f"n{number}-{i}", square(chance.uniform(0, 900), chance.uniform(0, 700), 20))
            for i in range(notes)
        ]
        bulk_save(store, result(name, seen))
    statements = count_statements(store)
    snapshot = store.snapshot(Options())
    assert 0 < len(statements) <= 16, statements
    assert len(snapshot.notes) == photos * notes + 1


def bulk_save(store: Store, found: PhotoResult) -> None:
    """Many notes at once, past the store's own way in, which is made for one photo at a time."""
    from boardscribe.store import rows, schema

    sha256 = found.photo.sha256
    with store.engine.begin() as connection:
        connection.execute(
            schema.photo.insert(), [{**rows.photo_row(found.photo), "preview_scale": 1.0}]
        )
        ids = [s.sighting_id for s in found.sightings]
        connection.execute(
            schema.note.insert(), [{"note_id": note_id, "created_at": "2026"} for note_id in ids]
        )
        connection.execute(
            schema.sighting.insert(),
            [
                {
                    **rows.sighting_row(s, sha256=sha256, ordinal=i, crop=None),
                    "note_id": s.sighting_id,
                    "reading_generation": 1,
                    "stale": False,
                }
                for i, s in enumerate(found.sightings)
            ],
        )
        connection.execute(
            schema.reading.insert(),
            [
                rows.reading_row(read, sighting_id=s, generation=1, ordinal=i)
                for s in ids
                for i, read in enumerate(found.readings[s])
            ],
        )
        connection.execute(
            schema.transcription.insert(),
            [
                {
                    **rows.transcription_row(found.transcriptions[s]),
                    "note_id": s,
                    "version": 1,
                    "source": "machine",
                    "decided_at": "2026",
                }
                for s in ids
            ],
        )


def count_statements(store: Store) -> list[str]:
    from sqlalchemy import event

    seen: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    return seen
