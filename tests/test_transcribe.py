"""One photo: stages run in order, only outdated ones run again, failures are data."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from boardscribe import headings, reading, segment, shapes
from boardscribe.confidence import Logistic, load_calibration
from boardscribe.errors import MissingComponentError, PhotoError
from boardscribe.options import Options
from boardscribe.records import (
    Detection,
    Heading,
    Line,
    Reading,
    Shape,
    ShapeGuess,
    Word,
)
from boardscribe.worker import STAGES, PhotoJob, PhotoWorker, Prior, stamps, transcribe

SQUARE = Detection(((20.0, 20.0), (80.0, 20.0), (80.0, 80.0), (20.0, 80.0)), 0.99)


class Counter:
    """Stages that find one note and count how often they were asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = self.calls

        class Segmenter:
            def __init__(self, options):
                pass

            def find(self, image):
                calls.append("segment")
                return (SQUARE,)

        class ShapeClassifier:
            def classify(self, image, detections):
                calls.append("shape")
                return tuple(ShapeGuess({Shape.SQUARE: 1.0}) for _ in detections)

        class HeadingFinder:
            def __init__(self, options):
                pass

            def find(self, image, detections):
                calls.append("heading")
                return (Heading("Make time", 0.9, ((0, 0), (9, 0), (9, 9), (0, 9))),)

            def assign(self, found, detections, *, width, height):
                return tuple(0 for _ in detections)

        class Reader:
            missing = ()

            def __init__(self, options):
                pass

            def read(self, crops):
                calls.append("read")
                line = Line((Word("hello", 0.99),))
                return tuple((Reading("fake", "1", (line,), 0.95),) for _ in crops)

        monkeypatch.setattr(segment, "Segmenter", Segmenter)
        monkeypatch.setattr(shapes, "ShapeClassifier", ShapeClassifier)
        monkeypatch.setattr(headings, "HeadingFinder", HeadingFinder)
        monkeypatch.setattr(reading, "Reader", Reader)


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    counter = Counter()
    counter.install(monkeypatch)
    return counter.calls


@pytest.fixture
def photo(tmp_path: Path) -> PhotoJob:
    path = tmp_path / "board.png"
    image = np.full((100, 120, 3), 90, np.uint8)
    image[20:80, 20:80] = (90, 230, 250)
    assert cv2.imwrite(str(path), image)
    return PhotoJob(path=str(path), name=path.name)


def changed(**tables: dict[str, object]) -> Options:
    return Options.model_validate(tables)


def redone(before: Options, after: Options, photo: PhotoJob) -> tuple[str, ...]:
    first = PhotoWorker(before)(photo).result
    assert first is not None
    prior = Prior(first.stamps, first)
    return PhotoWorker(after)(PhotoJob(photo.path, photo.name, prior)).recomputed


def test_a_photo_becomes_notes_with_shape_text_and_decision(stages, photo):
    outcome = PhotoWorker(Options())(photo)
    result = outcome.result
    assert result is not None
    (note,) = result.sightings
    assert stages == ["segment", "shape", "heading", "read"]
    assert outcome.recomputed == STAGES
    assert (note.shape.shape, note.heading, note.colour.name) == (Shape.SQUARE, 0, "yellow")
    assert result.transcriptions[note.sighting_id].text == "hello"
    assert note.crop is not None
    assert note.crop.jpeg[:2] == b"\xff\xd8"


def test_the_same_photo_gives_the_same_ids(stages, photo):
    first, second = (PhotoWorker(Options())(photo).result for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.sightings[0].sighting_id == second.sightings[0].sighting_id


def test_nothing_is_done_twice(stages, photo):
    assert redone(Options(), Options(), photo) == ()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"segment": {"act": 0.4}}, ("segment", "shape", "heading", "read", "assess", "decide")),
        ({"headings": {"expected": ["Make time"]}}, ("heading",)),
        ({"read": {"lexicon": ["Salford"]}}, ("read", "assess", "decide")),
        ({"decide": {"accept": 0.5}}, ("decide",)),
        ({"decide": {"certain_word": 0.5}}, ("assess", "decide")),
        ({"read": {"openai": {"model": "unused"}}}, ()),
        ({"photos": {"max_megapixels": 50}}, ()),
        ({"legend": [{"shape": "tick", "meaning": "yes"}]}, ()),
        ({"workspace": {"title": "Other"}}, ()),
    ],
)
def test_a_changed_option_redoes_its_stage_and_those_after_it_and_nothing_else(
    stages, photo, options, expected
):
    assert redone(Options(), changed(**options), photo) == expected


def test_a_changed_threshold_does_not_open_the_photo(stages, photo):
    first = PhotoWorker(Options())(photo).result
    assert first is not None
    Path(photo.path).unlink()
    again = PhotoWorker(changed(decide={"accept": 0.99}))
    outcome = again(PhotoJob(photo.path, photo.name, Prior(first.stamps, first)))
    assert outcome.failure is None
    assert outcome.result is not None
    (decision,) = outcome.result.transcriptions.values()
    assert not decision.accepted


def test_another_calibration_judges_anew_what_was_read_and_opens_nothing(stages, photo):
    """Reviewers' answers change confidences and decisions, never what was read."""
    first = PhotoWorker(Options())(photo).result
    assert first is not None
    Path(photo.path).unlink()
    shipped = load_calibration()
    learnt = replace(shipped, text=Logistic(-4.0, ()), version="other")
    again = PhotoWorker(Options(), learnt)
    outcome = again(PhotoJob(photo.path, photo.name, Prior(first.stamps, first)))
    assert outcome.failure is None
    assert outcome.recomputed == ("assess", "decide")
    assert pickle.loads(pickle.dumps(again)).calibration == learnt


def test_a_bad_photo_is_an_outcome_not_an_exception(stages, tmp_path):
    path = tmp_path / "notes.jpg"
    path.write_text("not a picture", encoding="utf-8")
    outcome = PhotoWorker(Options())(PhotoJob(str(path), path.name))
    assert outcome.failure is not None
    assert (outcome.failure.reason, outcome.result) == ("not_an_image", None)
    assert outcome.failure.remedy


def test_a_bug_in_a_stage_costs_one_photo(stages, photo, monkeypatch):
    def broken(self, crops):
        raise RuntimeError("no such thing")

    monkeypatch.setattr(reading.Reader, "read", broken)
    outcome = PhotoWorker(Options())(photo)
    assert outcome.failure is not None
    assert outcome.failure.reason == "internal"
    assert "no such thing" in outcome.failure.message


def test_a_worker_travels_to_another_process_without_its_models(stages, photo):
    worker = PhotoWorker(Options())
    worker(photo)
    twin = pickle.loads(pickle.dumps(worker))
    assert twin.options == worker.options
    assert twin(photo).result is not None


def test_the_library_call_raises_what_the_batch_reports(stages, tmp_path):
    with pytest.raises(PhotoError) as caught:
        transcribe(tmp_path / "absent.jpg")
    assert caught.value.reason == "not_found"


def test_the_package_offers_transcribe_as_a_function(stages, photo):
    from boardscribe import transcribe as public

    assert public is transcribe
    assert public(photo.path).sightings


def test_every_stage_has_a_stamp_that_depends_on_its_version(monkeypatch):
    before = stamps(Options())
    monkeypatch.setattr(segment, "VERSION", "another")
    after = stamps(Options())
    assert {stage for stage in STAGES if before[stage] != after[stage]} == {
        "segment",
        "shape",
        "heading",
        "read",
        "assess",
        "decide",
    }


def test_a_missing_engine_stops_the_run_instead_of_failing_every_photo(stages, photo, monkeypatch):
    def missing(self, options):
        raise MissingComponentError("no engine", remedy="install one")

    monkeypatch.setattr(reading.Reader, "__init__", missing)
    with pytest.raises(MissingComponentError):
        PhotoWorker(Options())(photo)
