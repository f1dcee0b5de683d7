"""Measures against truth, on cases small enough to count by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.snapshots import digest

from boardscribe.errors import InputError
from boardscribe.evaluate import Evaluation, evaluate, format_evaluation
from boardscribe.records import (
    Colour,
    Detection,
    Heading,
    Legibility,
    Photo,
    Shape,
    ShapeGuess,
    Source,
    Transcription,
)
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot


def square(x: float, y: float = 0, side: float = 100) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]


def true(x: float, text: str = "x", **more: Any) -> dict[str, Any]:
    note = {"id": 1, "polygon": square(x), "shape": "square", "legible": "full", "text": text}
    return {**note, **more}


def found(
    x: float,
    text: str = "x",
    *,
    photo: str = "a.jpg",
    shape: Shape = Shape.SQUARE,
    confidence: float = 0.9,
    accepted: bool = False,
    legibility: Legibility = Legibility.READABLE,
    source: Source = Source.MACHINE,
    doubtful: bool = False,
    side: float = 100,
) -> NoteEntry:
    name = f"{photo}-{x}"
    polygon = tuple((px, py) for px, py in square(x, side=side))
    seen = SightingEntry(
        name,
        name,
        digest(photo),
        Detection(polygon, 0.9, doubtful=doubtful),
        ShapeGuess({shape: 1.0}),
        Colour("yellow", (1, 2, 3)),
        None,
        1.0,
        (),
    )
    decided = Transcription(text, legibility, confidence, source, accepted)
    return NoteEntry(name, None, "agree", (seen,), (decided,))


def entry(name: str, *headings: str) -> PhotoEntry:
    photo = Photo(digest(name), name, 2000, 1000, "JPEG")
    lines = tuple(Heading(text, 0.9, ((0, 0), (9, 0), (9, 9))) for text in headings)
    return PhotoEntry(photo, None, lines, None, 1.0, {})


def workspace(notes: Sequence[NoteEntry], *photos: PhotoEntry) -> Snapshot:
    return Snapshot("T", (), photos or (entry("a.jpg"),), tuple(notes), (), ())


def write(folder: Path, notes: list[dict[str, Any]], name: str = "a.jpg", **more: Any) -> Path:
    data = {"photo": name, "width": 2000, "height": 1000, "notes": notes, "headings": [], **more}
    (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def measured(
    folder: Path, there: list[dict[str, Any]], seen: list[NoteEntry], **more: Any
) -> Evaluation:
    return evaluate(workspace(seen), write(folder, there, **more))


def test_notes_that_overlap_enough_are_hits(tmp_path: Path) -> None:
    """Three true notes; found: one exactly, one shifted by a quarter (IoU 75/125), two beside."""
    seen = [found(0), found(225), found(1000), found(1200)]
    total = measured(tmp_path, [true(0), true(200), true(400)], seen).total
    assert (total.truth, total.found, total.hits, total.hits_75) == (3, 4, 2, 1)
    assert total.precision == pytest.approx(2 / 4)
    assert total.recall == pytest.approx(2 / 3)
    assert total.f1 == pytest.approx(4 / 7)
    assert total.f1_75 == pytest.approx(2 / 7)
    assert total.mean_iou == pytest.approx((1 + 0.6) / 2)


def test_a_doubtful_sighting_is_no_find(tmp_path: Path) -> None:
    total = measured(tmp_path, [true(0)], [found(0, doubtful=True)]).total
    assert (total.found, total.hits, total.recall, total.precision) == (0, 0, 0, None)


def test_two_finds_of_one_note_are_one_hit_and_one_false_alarm(tmp_path: Path) -> None:
    total = measured(tmp_path, [true(0)], [found(0), found(5)]).total
    assert (total.hits, total.found, total.mean_iou) == (1, 2, 1.0)


def test_shapes_are_compared_over_the_hits(tmp_path: Path) -> None:
    there = [true(0, shape="heart"), true(200, shape="heart"), true(400, shape="tick")]
    seen = [found(0, shape=Shape.HEART), found(200, shape=Shape.BUBBLE)]
    total = measured(tmp_path, there, seen).total
    assert total.shape_accuracy == pytest.approx(1 / 2)
    assert dict(total.shapes) == {("heart", "heart"): 1, ("heart", "bubble"): 1}


def test_error_rates_are_micro_averaged_over_matched_notes(tmp_path: Path) -> None:
    """abcd -> abed is 1 of 4 characters; "one two" -> "one" is 4 of 7, and 1 word of 2."""
    there = [true(0, "abcd"), true(200, "one\n two"), true(400, "right"), true(600, "missed")]
    seen = [found(0, "abed"), found(200, "one"), found(400, "right"), found(800, "false")]
    total = measured(tmp_path, there, seen).total
    matched, whole = total.text("matched"), total.text("end_to_end")
    assert matched.cer == pytest.approx((1 + 4 + 0) / (4 + 7 + 5))
    assert matched.wer == pytest.approx((1 + 1 + 0) / (1 + 2 + 1))
    assert matched.exact_share == pytest.approx(1 / 3)
    assert whole.cer == pytest.approx((5 + 6 + 5) / (16 + 6))
    assert whole.wer == pytest.approx((2 + 1 + 1) / (4 + 1))
    assert (whole.notes, whole.exact) == (4, 1)


def test_case_counts_or_not_but_spaces_and_curly_quotes_never_do(tmp_path: Path) -> None:
    total = measured(tmp_path, [true(0, "Don't\nSHOUT")], [found(0, " don\u2019t  shout ")]).total
    assert total.text("matched").edits == 6
    assert total.text("matched_folded").edits == 0
    assert total.text("matched_folded").exact == 1


def test_a_word_left_unread_counts_as_left_out(tmp_path: Path) -> None:
    total = measured(tmp_path, [true(0, "one two")], [found(0, "one [illeg.]")]).total
    assert total.text("matched").edits == 4
    assert total.text("matched").exact == 0


def test_a_gap_in_the_truth_takes_any_one_word(tmp_path: Path) -> None:
    there = [true(x, "ask [illeg.] about it", legible="partial") for x in (0, 200, 400, 600)]
    seen = [
        found(0, "ask Fred about it"),
        found(200, "ask about it"),
        found(400, "ask [illeg.] about it"),
        found(600, "ask Fred Smith about it"),
    ]
    score = measured(tmp_path, there, seen).total.text("partial")
    assert (score.edits, score.characters) == (5, 4 * len("ask about it"))
    assert (score.word_edits, score.words) == (1, 4 * 3)


def test_partly_legible_notes_stay_out_of_the_main_figures(tmp_path: Path) -> None:
    there = [true(0, "a [illeg.]", legible="partial"), true(200, "full [illeg.]")]
    total = measured(tmp_path, there, [found(0, "zzz"), found(200, "zzz")]).total
    assert total.text("matched").notes == 0
    assert total.text("end_to_end").edits == 0
    assert total.text("partial").notes == 2
    assert total.judged == 0


def test_blank_and_illegible_notes_are_told_apart(tmp_path: Path) -> None:
    there = [
        true(0, "", legible="blank"),
        true(200, "", legible="blank"),
        true(400, "[illeg.]", legible="none"),
        true(600, "word"),
    ]
    seen = [
        found(0, "", legibility=Legibility.BLANK),
        found(200, "ghost"),
        found(400, "[illeg.]", legibility=Legibility.ILLEGIBLE),
        found(600, "", legibility=Legibility.BLANK),
    ]
    evaluation = measured(tmp_path, there, seen)
    measures = evaluation.total.as_dict()["legibility"]
    assert measures["blank_recall"] == pytest.approx(1 / 2)
    assert measures["written_called_blank"] == pytest.approx(1 / 2)
    assert measures["illegible_recall"] == 1
    assert (evaluation.total.judged, evaluation.total.right) == (4, 2)
    # What is read on a blank note was inserted; what is on an illegible one nobody knows.
    assert evaluation.total.text("end_to_end").edits == len("ghost") + len("word")


def test_acceptance_counts_what_it_lets_through_wrong(tmp_path: Path) -> None:
    there = [true(0, "one"), true(200, "two"), true(400, "three"), true(600, "four")]
    there += [true(x, "ask [illeg.]", legible="partial") for x in (800, 1000, 1400)]
    seen = [
        found(800, "ask www", accepted=True),
        found(1000, "ask nobody"),
        found(1400, "ask Ann", source=Source.PERSON, accepted=True),
        found(0, "ONE", accepted=True),
        found(200, "tvvo", accepted=True),
        found(400, "three"),
        found(600, "four", source=Source.PERSON, accepted=True),
        found(1200, "ghost", accepted=True),
    ]
    acceptance = measured(tmp_path, there, seen).total.as_dict()["acceptance"]
    assert acceptance == {
        "judged": 3,
        "right": 2,
        "accepted": 2,
        "accepted_share": pytest.approx(2 / 3),
        "accepted_wrong": 1,
        "wrong_share_of_accepted": pytest.approx(1 / 2),
        "false_alarms_accepted": 1,
        "partly_legible_accepted": 1,
        "wrong_or_false_share_of_accepted": pytest.approx(2 / 3),
    }


def test_headings_count_when_their_text_is_right(tmp_path: Path) -> None:
    headings = [
        {"text": "Make  Time", "polygon": square(0)},
        {"text": "Share power", "polygon": square(0)},
        {"text": "[illeg.] power", "polygon": square(0)},
    ]
    folder = write(tmp_path, [], headings=headings)
    snapshot = workspace([], entry("a.jpg", "make time", "Share powder"))
    assert evaluate(snapshot, folder).total.heading_accuracy == pytest.approx(1 / 2)


def test_a_photo_that_is_not_in_the_workspace_is_missed_and_said(tmp_path: Path) -> None:
    write(tmp_path, [true(0), true(200)], name="gone.jpg")
    evaluation = evaluate(workspace([found(0)]), write(tmp_path, [true(0)]))
    assert evaluation.missing == ("gone.jpg",)
    assert evaluation.total.recall == pytest.approx(1 / 3)
    assert evaluation.total.text("end_to_end").edits == 2
    assert "Missing: gone.jpg: not in the workspace" in format_evaluation(evaluation)


def test_photos_without_truth_are_left_alone(tmp_path: Path) -> None:
    snapshot = workspace([found(0), found(0, photo="b.jpg")], entry("a.jpg"), entry("b.jpg"))
    assert evaluate(snapshot, write(tmp_path, [true(0)])).total.found == 1


def test_a_photo_is_known_by_its_hash_under_another_name(tmp_path: Path) -> None:
    folder = write(tmp_path, [true(0)], name="renamed.jpg", sha256=digest("a.jpg"))
    evaluation = evaluate(workspace([found(0)]), folder)
    assert (evaluation.total.hits, evaluation.photos[0].problem) == (1, "")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"sha256": "0" * 64}, "has other bytes"),
        ({"width": 999}, "the truth is for 999 x 1000 pixels, the photo has 2000 x 1000"),
    ],
)
def test_a_doubtful_comparison_is_said(tmp_path: Path, more: dict[str, Any], problem: str) -> None:
    evaluation = measured(tmp_path, [true(0)], [found(0)], **more)
    assert problem in evaluation.photos[0].problem
    assert "Doubtful: a.jpg" in format_evaluation(evaluation)


def test_photos_of_one_name_are_said_to_be_ambiguous(tmp_path: Path) -> None:
    first = entry("a.jpg")
    second = replace(first, photo=replace(first.photo, sha256=digest("other")))
    evaluation = evaluate(workspace([found(0)], first, second), write(tmp_path, [true(0)]))
    assert evaluation.photos[0].problem == "2 photos have this name; the first was taken"


def test_the_whole_is_the_sum_of_the_photos(tmp_path: Path) -> None:
    write(tmp_path, [true(0, "abc"), true(200, "d")], name="b.jpg")
    snapshot = workspace(
        [found(0, "abd"), found(0, "abc", photo="b.jpg")], entry("a.jpg"), entry("b.jpg")
    )
    evaluation = evaluate(snapshot, write(tmp_path, [true(0, "abc")]))
    assert [photo.measures.truth for photo in evaluation.photos] == [1, 2]
    assert (evaluation.total.truth, evaluation.total.hits) == (3, 2)
    assert evaluation.total.text("matched").cer == pytest.approx(1 / 6)


def test_an_empty_workspace_gives_no_division_by_zero(tmp_path: Path) -> None:
    evaluation = evaluate(workspace([]), write(tmp_path, []))
    assert (evaluation.total.f1, evaluation.total.mean_iou) == (None, None)
    assert "-" in format_evaluation(evaluation)
    json.dumps(evaluation.as_dict(), allow_nan=False)


def test_the_measures_are_data_as_well(tmp_path: Path) -> None:
    evaluation = measured(tmp_path, [true(0, "abc")], [found(0, "abd", accepted=True)])
    data = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
    assert data["total"]["detection"]["f1"] == 1
    assert data["total"]["text"]["end_to_end"]["cer"] == pytest.approx(1 / 3)
    assert data["total"]["shape"]["confusion"] == {"square": {"square": 1}}
    assert data["photos"][0]["photo"] == "a.jpg"
    assert data["calibration"]["notes"] == 1


def test_hostile_names_cannot_reach_the_terminal(tmp_path: Path) -> None:
    name = "\x1b[31mred\n" + "x" * 99
    (tmp_path / "t.json").write_text(json.dumps({"photo": name, "notes": []}), encoding="utf-8")
    text = format_evaluation(evaluate(workspace([]), tmp_path))
    assert "\x1b" not in text
    assert "red\n" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "has a mistake"),
        ('{"photo": "a.jpg", "notes": [{}]}', "'polygon' is missing"),
        ('{"photo": "a.jpg", "notes": [{"polygon": [[0, 0], [1, 1]]}]}', "three points"),
        ('{"photo": "a.jpg", "notes": [{"polygon": [[0, 0], [1, NaN], [2, 2]]}]}', "not a number"),
        ('{"photo": "a.jpg", "notes": [{"polygon": [1, 2, 3]}]}', "has a mistake"),
        ('{"photo": "a.jpg", "notes": [{"legible": "maybe", "polygon": []}]}', "legible must be"),
        ('{"photo": "a.jpg", "notes": 3}', "has a mistake"),
        ('{"other": 1}', "holds no truth"),
        ("[]", "holds no truth"),
    ],
)
def test_a_mistake_in_the_truth_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "t.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        evaluate(workspace([]), tmp_path)


def test_two_truths_for_one_photo_and_none_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no truth"):
        evaluate(workspace([]), tmp_path / "gone")
    write(tmp_path, [])
    (tmp_path / "again.json").write_bytes((tmp_path / "a.jpg.json").read_bytes())
    with pytest.raises(InputError, match="two files"):
        evaluate(workspace([]), tmp_path)
