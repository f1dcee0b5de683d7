"""An update fills gaps with evidence, asks where it doubts, and never changes what was stated."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.snapshots import decided, draw_pictures, photo, reading, sighting

from boardscribe.options import Options
from boardscribe.record import parse, update, write_changes
from boardscribe.record.updating import Outcome
from boardscribe.records import Board, Legibility, Shape, Source, Transcription
from boardscribe.snapshot import NoteEntry, Snapshot

RECORD = """# Tools (4)

- Label every tool [...]
* *Who* has ... key?
- The shed is p... & cold
- [illegible]



- [no text] x 2
- Barrow no. 3 has a flat ....

# That was it
"""

NOTES = (
    ("Label every tool & write down <who>", Shape.BUBBLE, Source.PERSON),
    ("Who has the second key?", Shape.BUBBLE, Source.MACHINE),
    ("The shed is pretty & cold", Shape.BUBBLE, Source.CONSENSUS),
    ("* a repair evening", Shape.BUBBLE, Source.PERSON),
    ("", Shape.TICK, Source.MACHINE),
    ("", Shape.TICK, Source.MACHINE),
    ("Barrow no. 3 has a flat tyre AGAIN", Shape.TICK, Source.PERSON),
)


def workspace(notes=NOTES, *, confidence: float = 0.97) -> Snapshot:
    on = photo("board.jpg", "b1")
    entries = []
    for index, (text, shape, source) in enumerate(notes):
        legibility = Legibility.READABLE if text else Legibility.BLANK
        if "[illeg.]" in text:
            legibility = Legibility.PARTLY
        machine = source is Source.MACHINE
        made = Transcription(
            text,
            legibility,
            confidence if machine else 1.0,
            source,
            not machine or confidence >= 0.9,
            "boardscribe" if machine else "volunteer-3",
        )
        seen = sighting(f"s{index}", f"n{index}", on, reading(text, confidence), shape=shape)
        meaning = {Shape.BUBBLE: "amend", Shape.TICK: "agree"}[shape]
        entries.append(NoteEntry(f"n{index}", "b1", meaning, (seen,), (made,)))
    return Snapshot("T", (Board("b1", "Tools"),), (on,), tuple(entries), (), ())


def outcomes(text: str, snapshot: Snapshot) -> list[tuple[str, str, str]]:
    made = update(parse(text), snapshot, Options())
    return [(a.mark, a.fill, a.outcome.value) for e in made.entries for a in e.answers]


def test_sure_gaps_are_filled_and_every_other_character_stays():
    made = update(parse(RECORD), workspace(), Options())
    assert made.text == RECORD.replace("[...]", "& write down &lt;who&gt;").replace(
        "has ... key", "has the second key"
    ).replace("p...", "pretty").replace("flat ....", "flat tyre AGAIN")


def test_the_updated_record_parses_to_the_same_notes_with_fewer_gaps():
    made = update(parse(RECORD), workspace(), Options())
    again = parse(made.text)
    assert [n.note for n in again.notes()] == [n.note for n in parse(RECORD).notes()]
    assert [gap.mark for n in again.notes() for gap in n.entry.gaps] == ["[illegible]"]
    assert next(again.notes()).entry.text == "Label every tool & write down <who>"


def test_an_entry_known_by_elimination_alone_is_a_question_and_a_note_that_looks_like_a_list_fits():
    made = update(parse(RECORD), workspace(), Options())
    (entry,) = made.by_outcome(Outcome.DOUBTFUL)
    assert entry.published.entry.text == "[illegible]"
    assert entry.evidence is not None
    assert entry.evidence.note_id == "n3"
    assert entry.confidence < 0.9
    (answer,) = entry.answers
    assert answer.markdown == "\\* a repair evening"


def test_every_answer_has_its_evidence():
    made = update(parse(RECORD), workspace(), Options())
    first = made.entries[0]
    assert first.evidence is not None
    assert first.evidence.photo == "board.jpg"
    assert first.evidence.crop == "crops/s0.jpg"
    assert first.evidence.engines == ("combined 1.2",)
    assert (first.evidence.source, first.evidence.decided_by) == (Source.PERSON, "volunteer-3")
    assert first.answers[0].reason == "read by a person"
    assert 0.9 <= first.answers[0].confidence <= 1.0


def test_what_a_machine_read_unsurely_is_proposed_and_not_filled_in():
    snapshot = workspace(confidence=0.6)
    made = update(parse("# Tools (7)\n- Who has ... key?\n"), snapshot, Options())
    (entry,) = made.entries
    assert entry.outcome is Outcome.DOUBTFUL
    assert made.text == made.record.text
    (proposal,) = made.proposals
    assert proposal.note_id == "n1"
    assert proposal.proposed == "Who has the second key?"
    assert proposal.reason == "read by machine, not surely enough"


def test_a_word_the_machine_is_sure_of_is_filled_in_though_the_note_is_not():
    snapshot = workspace(confidence=0.6)
    note = snapshot.notes[1]
    sure = reading("Who has the second key?", 0.995)
    best = replace(note.best, readings=(sure,))
    notes = (snapshot.notes[0], replace(note, sightings=(best,)), *snapshot.notes[2:])
    made = update(parse(RECORD), replace(snapshot, notes=notes), Options())
    assert "has the second key" in made.text


@pytest.mark.parametrize(
    ("published", "note", "wanted"),
    [
        ("mend ... today", "mend [illeg.] today", ("...", "", "open")),
        ("mend ... today", "mend it today", ("...", "it", "applied")),
        ("mend what breaks ...", "mend what breaks", ("...", "", "doubtful")),
        ("mend what breaks ...", "mend what breaks ...", ("...", "...", "doubtful")),
        (
            "mend ... [illeg.] ...",
            "mend what breaks",
            ("... [illeg.] ...", "what breaks", "applied"),
        ),
        ("mend ... every day now", "nothing of that kind here", ("...", "", "open")),
    ],
)
def test_a_gap_is_filled_left_open_or_put_to_a_person(published, note, wanted):
    snapshot = workspace(((note, Shape.BUBBLE, Source.PERSON),))
    if "nothing" in note:
        snapshot = replace(snapshot, notes=())
    assert outcomes(f"# Tools (1)\n- {published}\n", snapshot) == [wanted]


def test_a_stop_is_not_written_twice():
    snapshot = workspace((("Who pays for the meter?", Shape.BUBBLE, Source.PERSON),))
    assert (
        "- Who pays for the meter?\n"
        in update(parse("# Tools (1)\n- Who pays ...?\n"), snapshot, Options()).text
    )


def test_stated_text_that_the_photographs_contradict_is_listed_and_left():
    notes = (
        ("The shed is dry", Shape.BUBBLE, Source.PERSON),
        ("Strimmers are dangerous", Shape.BUBBLE, Source.PERSON),
        ("rain butts on roofs!", Shape.BUBBLE, Source.PERSON),
        ("", Shape.TICK, Source.PERSON),
    )
    text = (
        "# Tools (5)\n- The shed is damp\n- Strimmers are dangerous\n- Rain butts on roofs\n"
        "\n\n\n- yes\n"
    )
    made = update(parse(text), workspace(notes), replace_accept(0.5))
    assert made.text == text
    kinds = {(d.kind, d.stated, d.found) for d in made.differences}
    assert ("words", "The shed is damp", "The shed is dry") in kinds
    assert ("spelling", "Rain butts on roofs", "rain butts on roofs!") in kinds
    assert ("count", "5 stated, 4 listed", "4 on the photographs") in kinds
    assert not any(d.stated == "Strimmers are dangerous" for d in made.differences)


def replace_accept(value: float) -> Options:
    return Options.model_validate({"decide": {"accept": value}})


def test_a_machines_doubtful_reading_does_not_question_what_people_published():
    snapshot = workspace((("The shed is dump", Shape.BUBBLE, Source.MACHINE),), confidence=0.6)
    made = update(parse("# Tools (1)\n- The shed is damp\n"), snapshot, Options())
    assert made.differences == ()


def test_what_has_no_partner_is_listed_on_either_side():
    snapshot = workspace((("Label every tool", Shape.BUBBLE, Source.PERSON),))
    made = update(parse("# Tools\n- Compost is everybody's job [...]\n"), snapshot, Options())
    assert [note.entry.text for note in made.missing] == ["Compost is everybody's job [...]"]
    assert [note.text for note in made.unlisted] == ["Label every tool"]
    assert made.entries[0].answers[0].reason == "no photograph shows this note"


def test_the_change_report_is_a_page_data_and_the_record(tmp_path: Path):
    snapshot = workspace()
    draw_pictures(snapshot, tmp_path)
    made = update(parse(RECORD), snapshot, Options())
    page = write_changes(made, tmp_path, tmp_path / "changes")
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "changes.html", "changes.json", "record.md",
    ]  # fmt: skip
    assert (page.parent / "record.md").read_text(encoding="utf-8") == made.text
    data = json.loads((page.parent / "changes.json").read_text(encoding="utf-8"))
    assert data["counts"] == {
        "applied": 4, "differences": 1, "doubtful": 1, "missing": 0, "open": 0, "unlisted": 0,
    }  # fmt: skip
    assert data["entries"][0]["after"] == "Label every tool & write down <who>"
    assert data["entries"][0]["evidence"]["photo_sha256"] == snapshot.photos[0].photo.sha256


def test_the_change_report_escapes_everything_and_loads_nothing(tmp_path: Path):
    snapshot = workspace()
    evil = "<img src=x onerror=alert(1)>"
    on = snapshot.photos[0]
    entry = replace(on, photo=replace(on.photo, name=evil))
    texts = (decided(f"Who has {evil} key?", source=Source.PERSON, by=evil),)
    notes = (snapshot.notes[0], replace(snapshot.notes[1], history=texts), *snapshot.notes[2:])
    hostile = replace(
        snapshot, photos=(entry,), notes=notes, boards=(Board("b1", f"Tools {evil}"),)
    )
    draw_pictures(hostile, tmp_path)
    made = update(parse(RECORD), hostile, Options())
    html = write_changes(made, tmp_path, tmp_path / "out").read_text(encoding="utf-8")
    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#|data:image/jpeg;base64,)', html)
    assert "default-src &#39;none&#39;; img-src data:; style-src" in html
    assert "<img src=x" not in made.text


def test_a_crop_outside_the_workspace_or_no_picture_at_all_is_shown_as_missing(tmp_path: Path):
    snapshot = workspace()
    Image.new("RGB", (9, 9)).save(tmp_path / "secret.jpg")
    inside = tmp_path / "w"
    inside.mkdir()
    (inside / "broken.jpg").write_bytes(b"no picture")
    crops = ["../secret.jpg", "broken.jpg", "nowhere.jpg", None, "a\0b", "", "."]
    notes = tuple(
        replace(note, sightings=(replace(note.best, crop=crop),))
        for note, crop in zip(snapshot.notes, crops, strict=True)
    )
    made = update(parse(RECORD), replace(snapshot, notes=notes), Options())
    html = write_changes(made, inside, tmp_path / "out").read_text(encoding="utf-8")
    assert "data:image" not in html.split("</style>")[1]
    assert html.count("no picture") == 5


def test_the_same_update_gives_the_same_bytes(tmp_path: Path):
    snapshot = workspace()
    draw_pictures(snapshot, tmp_path)
    made = [
        write_changes(update(parse(RECORD), snapshot, Options()), tmp_path, tmp_path / name)
        for name in ("a", "b")
    ]
    for name in ("changes.html", "changes.json", "record.md"):
        assert (made[0].parent / name).read_bytes() == (made[1].parent / name).read_bytes()


@pytest.fixture(scope="module")
def bench():
    """The measurement of `bench/record.py`, on fewer workshops."""
    path = Path(__file__).parents[1] / "bench" / "record.py"
    spec = importlib.util.spec_from_file_location("bench_record", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_record"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("characters", [0.0, 0.05])
def test_nine_of_ten_gaps_find_their_note_and_none_gets_another_notes_text(bench, characters):
    tally = bench.measure(bench.Rates(characters), range(3))
    assert tally.gaps >= 60
    assert tally.right / tally.gaps >= 0.9
    assert tally.other_note == 0


def test_a_record_that_lost_its_icons_and_order_is_never_filled_with_another_notes_text(bench):
    tally = bench.measure(bench.Rates(0.1), range(3), founding=True)
    assert tally.right / tally.gaps >= 0.75
    assert tally.other_note == 0


def test_photographs_of_another_workshop_change_nothing(bench):
    text = (Path(__file__).parent / "support" / "invented_record.md").read_text(encoding="utf-8")
    other = bench.read_again(bench.truth_world(7), 7, bench.Rates(0.1))
    made = update(parse(text), other, Options())
    assert made.text == text
    assert made.differences == ()
    assert not [e for e in made.entries if e.confidence >= 0.9]


SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.slow
@pytest.mark.skipif(
    not (SAMPLES / "truth" / "share-the-water.json").exists(), reason="samples/ is not there"
)
def test_gaps_are_filled_from_a_generated_photograph_and_never_with_another_notes_text(bench):
    snapshot = bench.outlines_given(SAMPLES, "share-the-water")
    world, again = bench.photographed(SAMPLES / "truth", snapshot)
    tally = bench.Tally()
    for seed in range(5):
        bench.add_update(tally, bench.publish(world, seed), again)
    assert tally.gaps >= 12
    assert tally.right / tally.gaps >= 0.9
    assert tally.other_note == 0
