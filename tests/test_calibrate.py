"""Confidence is learnt from what people answered, or left alone where they say too little."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from support.results import person, result, sighting, square

from boardscribe.calibrate import (
    Example,
    answered_notes,
    fit_logistic,
    format_recalibration,
    recalibrate,
    refit,
)
from boardscribe.cli import main
from boardscribe.confidence import (
    Calibration,
    Logistic,
    assess,
    calibration_data,
    calibration_from,
    load_calibration,
)
from boardscribe.doctor import examine, healthy
from boardscribe.errors import ExitCode, InputError, WorkspaceError
from boardscribe.marks import ILLEGIBLE
from boardscribe.options import DecideOptions, Options
from boardscribe.records import Legibility, Line, Reading, Source, Word
from boardscribe.review import Correction, Field
from boardscribe.store import RunItem, StoredFiles
from boardscribe.workspace import CALIBRATION_FILE, Workspace

BASE = Calibration(
    text=Logistic(0.0, (("margin", 1.5, 0.0, 1.0),)),
    word=Logistic(1.0, (("margin", 1.0, 0.0, 1.0),)),
    writing=Logistic(2.0, (("log_ink", 2.0, -3.0, 1.0),)),
    version="base",
    evidence=replace(load_calibration().evidence, text=(), blank=(), word=()),
)


def read(text: str, margin: float, *, ink: float = -2.0, words: float = 2.0) -> Reading:
    figures = MappingProxyType({"margin": words})
    lines = (Line(tuple(Word(word, 0.5, features=figures) for word in text.split())),)
    return Reading(
        "combined",
        "3:rapidocr=1",
        lines if text else (),
        0.5,
        Legibility.READABLE if text else Legibility.BLANK,
        features=MappingProxyType({"margin": margin, "log_ink": ink}),
    )


def notes(count: int, *, shift: float, seed: int = 1) -> tuple[Example, ...]:
    """Notes on which the base model is too sure by `shift`; every fifth is blank."""
    rng = random.Random(seed)
    made = []
    for index in range(count):
        group = f"photo-{index // 5 % 10}"
        if index % 5 == 4:
            blank = rng.random() < 0.9
            said, legibility = ("", Legibility.BLANK) if blank else ("yes", Legibility.READABLE)
            made.append(Example(group, read("", 0.0, ink=-6.0 + (not blank)), said, legibility))
            continue
        margin = rng.gauss(1.0, 2.0)
        good = rng.random() < 1 / (1 + math.exp(-(1.5 * margin - shift)))
        true = "kind words" if good else "kindly words"
        made.append(Example(group, read("Kind  words", margin), true, Legibility.READABLE))
    return tuple(made)


def test_a_fit_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4000, 2))
    y = (rng.random(4000) < 1 / (1 + np.exp(-(0.5 + x @ [1.0, -2.0])))).astype(float)
    assert fit_logistic(x, y, precision=0.01) == pytest.approx([0.5, 1.0, -2.0], abs=0.15)


def test_a_fit_ends_even_where_all_examples_are_right() -> None:
    found = fit_logistic(np.ones((50, 1)), np.ones(50), precision=1.0)
    assert np.isfinite(found).all()


def test_a_figure_that_the_examples_tell_nothing_about_keeps_its_weight() -> None:
    model = Logistic(0.0, (("a", 1.0, 0.0, 1.0), ("never seen", 0.7, 0.0, 1.0)))
    rng = random.Random(2)
    rows = [{"a": rng.gauss(0, 1)} for _ in range(400)]
    new = refit(model, rows, [row["a"] < 0 for row in rows])
    assert new.terms[0][1] < 0
    assert new.terms[1][1] == 0.7


def test_enough_answers_make_an_overconfident_model_honest() -> None:
    """Judged on notes that the new model has not seen."""
    found = recalibrate(notes(600, shift=3.0), BASE, DecideOptions(target_error=0.25))
    text = next(change for change in found.changes if change.name == "text")
    assert text.refitted
    assert text.before.ece_width is not None
    assert text.after.ece_width is not None
    assert text.after.ece_width < 0.5 * text.before.ece_width
    assert found.calibration.version != BASE.version
    assert found.calibration.evidence.source == "600 notes answered by people"
    assert len(found.calibration.evidence.text) == 480
    assert found.after.text.least is not None
    assert "fitted anew" in format_recalibration(found, DecideOptions())


def test_the_same_answers_give_the_same_calibration() -> None:
    examples = notes(400, shift=2.0)
    first, again = (recalibrate(examples, BASE, DecideOptions()) for _ in range(2))
    assert calibration_data(first.calibration) == calibration_data(again.calibration)


def test_some_answers_join_the_evidence_and_leave_the_models_alone() -> None:
    shipped = load_calibration()
    found = recalibrate(notes(60, shift=1.0), shipped, DecideOptions())
    assert not any(change.refitted for change in found.changes)
    assert found.calibration.text == shipped.text
    assert found.calibration.version == shipped.version
    assert len(found.calibration.evidence.text) == len(shipped.evidence.text) + 48
    assert "kept: 48 of 200 examples" in format_recalibration(found, DecideOptions())


def test_answers_that_a_model_fits_already_leave_it_alone() -> None:
    found = recalibrate(notes(300, shift=0.0, seed=5), BASE, DecideOptions())
    text = next(change for change in found.changes if change.name == "text")
    assert text.refitted == (text.after.brier < text.before.brier)


def test_too_few_answers_are_refused_with_what_is_missing() -> None:
    with pytest.raises(InputError, match="12 answered notes: too few") as caught:
        recalibrate(notes(12, shift=0.0), BASE, DecideOptions())
    assert "audit" in caught.value.remedy


def test_another_engine_is_covered_once_people_have_checked_enough_of_it() -> None:
    def by_other(example: Example) -> Example:
        return replace(example, reading=replace(example.reading, engine_version="3:openai=1"))

    few = recalibrate([by_other(e) for e in notes(80, shift=1.0)], BASE, DecideOptions())
    assert few.calibration.evidence.engines == ("rapidocr",)
    assert few.calibration.evidence.text == BASE.evidence.text
    many = recalibrate([by_other(e) for e in notes(500, shift=3.0)], BASE, DecideOptions())
    assert many.calibration.evidence.engines == ("openai",)


def test_what_is_right_is_judged_as_the_confidence_promises() -> None:
    """Case and spaces do not count; a gap that people left does."""
    reading = read("Kind  WORDS", 1.0)
    assert Example("p", reading, "kind words", Legibility.READABLE).right
    assert not Example("p", reading, f"kind {ILLEGIBLE}", Legibility.PARTLY).right
    assert not Example("p", reading, "", Legibility.BLANK).right
    assert Example("p", read("", 0.0), "", Legibility.BLANK).right
    words = Example("p", read("kind old words", 1.0), "kind words", Legibility.READABLE).words
    assert [right for _, right in words] == [True, False, True]
    assert Example("p", reading, f"kind {ILLEGIBLE}", Legibility.PARTLY).words == ()


def test_new_models_judge_an_old_reading_from_its_figures() -> None:
    reading = assess(read("kind words", 1.0), BASE)
    harsher = replace(BASE, text=Logistic(-3.0, BASE.text.terms), word=Logistic(-2.0, ()))
    again = assess(reading, harsher, certain_word=0.5)
    assert again.text == reading.text
    assert again.confidence < reading.confidence
    assert [word.uncertain for word in again.lines[0].words] == [True, True]
    assert assess(again, BASE) == reading
    gap = read(f"kind {ILLEGIBLE}", 5.0)
    assert assess(gap, BASE).confidence <= 0.05
    unread = Reading("null", "1", (), 0.0, Legibility.NOT_ATTEMPTED)
    assert assess(unread, BASE) == unread


def test_a_calibration_comes_back_from_its_file_as_it_was() -> None:
    shipped = load_calibration()
    assert calibration_from(json.loads(json.dumps(calibration_data(shipped)))) == shipped


def fill(folder: Path, answered: int) -> None:
    """A workspace whose first notes people have read."""
    examples = notes(70, shift=1.0)
    with Workspace.open(folder, create=True) as space:
        run_id = space.store.begin_run("1.0")
        for photo in range(10):
            mine = [index for index in range(70) if index % 10 == photo]
            seen = [
                sighting(f"s{index}", square(20 + 110 * at, 10)) for at, index in enumerate(mine)
            ]
            found = result(f"{photo}.jpg", seen, width=2000)
            readings = {f"s{index}": (examples[index].reading,) for index in mine}
            found = replace(found, readings=readings)
            space.store.save(
                run_id,
                RunItem(found.photo.name, f"/{photo}.jpg", "done", found.photo.sha256),
                found,
                StoredFiles(
                    {s.sighting_id: f"crops/aa/{s.sighting_id}.jpg" for s in seen}, None, 1.0
                ),
                board=None,
                places={},
            )
        for index in range(answered):
            said = examples[index]
            decided = replace(person(said.text), legibility=said.legibility)
            space.store.decide(f"s{index}", decided)


def test_the_command_writes_into_the_workspace_and_says_what_changed(tmp_path, capsys) -> None:
    fill(tmp_path / "w", 60)
    assert main(["calibrate", "-w", str(tmp_path / "w"), "--dry-run"]) == ExitCode.OK
    assert not (tmp_path / "w" / CALIBRATION_FILE).exists()
    assert main(["calibrate", "-w", str(tmp_path / "w")]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "Learnt from 60 notes that people decided" in shown
    assert "kept: 48 of 200 examples" in shown
    assert "Before" in shown
    assert "Now" in shown
    with Workspace.open(tmp_path / "w", create=False) as space:
        snapshot = space.snapshot()
        assert len(answered_notes(snapshot)) == 60
        first = snapshot.notes[0]
        split = Correction(Field.OUTLINE, "two_notes", Source.PERSON, "ada")
        cut = replace(snapshot, notes=(replace(first, corrections=(split,)), *snapshot.notes[1:]))
        assert len(answered_notes(cut)) == 59, "a wrong outline says nothing of the reading"
        shipped = load_calibration()
        assert len(space.calibration().evidence.text) == len(shipped.evidence.text) + 48
        assert {note.status.value for note in space.snapshot().notes[:1]} <= {
            "reviewed",
            "accepted",
        }
    assert main(["status", "-w", str(tmp_path / "w")]) == ExitCode.OK
    assert "Accepted without review" in capsys.readouterr().out


def test_status_report_and_doctor_say_that_nothing_is_accepted(tmp_path, capsys) -> None:
    """Where the checked notes do not support the promise."""
    fill(tmp_path / "w", 0)
    config = tmp_path / "w" / "boardscribe.toml"
    config.write_text("[decide]\ntarget_error = 0.001\n", encoding="utf-8")
    said = "nothing is accepted: only"
    assert main(["status", "-w", str(tmp_path / "w")]) == ExitCode.OK
    assert said in capsys.readouterr().out
    assert main(["report", "-w", str(tmp_path / "w")]) == ExitCode.OK
    page = (tmp_path / "w" / "report" / "index.html").read_text(encoding="utf-8")
    assert "What is accepted without review" in page
    assert said in page
    assert main(["doctor", "-w", str(tmp_path / "w")]) == ExitCode.OK
    assert said in capsys.readouterr().out


def test_doctor_examines_the_engines_that_a_workspace_asks_for() -> None:
    """What is asked for and cannot be used is a problem; otherwise it is optional."""
    read = {"engines": ["rapidocr", "openai"]}
    found = examine(Options.model_validate({"read": read}), load_calibration())
    (server,) = (one for one in found if (one.group, one.name) == ("engine", "openai"))
    assert server.level == "problem"
    assert "[read.openai]" in server.remedy
    assert not healthy(found)
    assert {one.name for one in found if one.group == "acceptance"} == {"text", "blank"}


def test_the_command_refuses_too_few_answers_and_writes_nothing(tmp_path, capsys) -> None:
    fill(tmp_path / "w", 3)
    assert main(["calibrate", "-w", str(tmp_path / "w")]) == ExitCode.USAGE
    assert "3 answered notes: too few" in capsys.readouterr().err
    assert not (tmp_path / "w" / CALIBRATION_FILE).exists()


@pytest.mark.parametrize("content", ["", "{}", '{"version": 1}', "[1]"])
def test_a_damaged_calibration_is_named_with_a_remedy(tmp_path, content) -> None:
    with Workspace.open(tmp_path / "w", create=True) as space:
        (space.path / CALIBRATION_FILE).write_text(content, encoding="utf-8")
        with pytest.raises(WorkspaceError, match=CALIBRATION_FILE) as caught:
            space.calibration()
        assert "boardscribe calibrate" in caught.value.remedy
