"""A pipeline that is quick and predictable, with the same shape as the real one.

It finds squares of flat colour on a white board, and can be told by a photo's name to misbehave.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.errors import MissingComponentError, PhotoError
from boardscribe.options import digest
from boardscribe.records import (
    Colour,
    Crop,
    Detection,
    Heading,
    Legibility,
    Line,
    Photo,
    PhotoResult,
    Reading,
    Shape,
    ShapeGuess,
    Sighting,
    Source,
    StageStamp,
    Transcription,
    Word,
)
from boardscribe.snapshot import Failure
from boardscribe.worker import STAGES, PhotoJob, PhotoOutcome

if TYPE_CHECKING:
    from boardscribe.run import Pipeline

COLOURS = {
    "yellow": (0, 220, 250),
    "green": (80, 200, 60),
    "blue": (230, 150, 40),
    "pink": (190, 120, 250),
}


def board_image(
    seed: int, *, notes: int = 6, width: int = 480, height: int = 360
) -> NDArray[np.uint8]:
    """A white board with squares in a grid; the same seed gives the same picture."""
    random = np.random.default_rng(seed)
    image = np.full((height, width, 3), 245, np.uint8)
    columns = max(1, round(notes**0.5 * 1.2))
    rows = -(-notes // columns)
    step_x, step_y = width // columns, height // rows
    side = int(min(step_x, step_y) * 0.6)
    names = list(COLOURS)
    for index in range(notes):
        left = (index % columns) * step_x + int(random.integers(5, step_x - side - 4))
        top = (index // columns) * step_y + int(random.integers(5, step_y - side - 4))
        image[top : top + side, left : left + side] = COLOURS[names[random.integers(len(names))]]
        # Writing: strokes that differ from note to note, so that photos can be compared.
        for _ in range(8):
            a, b = random.integers(side // 6, side - side // 6, (2, 2))
            start = (left + int(a[0]), top + int(a[1]))
            cv2.line(image, start, (left + int(b[0]), top + int(b[1])), (30, 30, 30), 1)
    return image


def write_boards(folder: Path, number: int, *, notes: int = 6) -> list[Path]:
    """Different boards as PNG files, `board-0.png` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(number):
        path = folder / f"board-{index}.png"
        assert cv2.imwrite(str(path), board_image(index, notes=notes))
        paths.append(path)
    return paths


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class FakeWorker:
    """Does all stages on flat squares.

    What a photo's name holds makes it misbehave: `bad` fails, `bug` raises, `killer` kills the
    worker, `missing` lacks a component, `heading-NAME` carries a heading.
    """

    versions: tuple[tuple[str, str], ...] = ()
    """Version by stage; `1` where none is given. Segmentation `2` finds outlines a little
    smaller, `lossy` misses the first note; reading `2` reads another text."""
    log: str | None = None
    """File that gets one line a photo: its name and the stages that were redone."""
    seconds: float = 0.0

    def stamps(self) -> dict[str, StageStamp]:
        versions, result, before = dict(self.versions), {}, ""
        for stage in STAGES:
            version = versions.get(stage, "1")
            before = digest(stage, version, before)
            result[stage] = StageStamp(stage, version, before)
        return result

    def pipeline(self) -> Pipeline:
        from boardscribe.run import Pipeline  # not in workers, which need none of it

        return Pipeline(self, self.stamps())

    def __call__(self, job: PhotoJob) -> PhotoOutcome:
        try:
            return self._process(job)
        except PhotoError as error:
            failure = Failure(job.name, error.reason, error.message, error.remedy)
            return PhotoOutcome(job.path, job.name, failure=failure)

    def _process(self, job: PhotoJob) -> PhotoOutcome:
        data = Path(job.path).read_bytes()
        name = Path(job.path).name
        if "killer" in name:
            os.kill(os.getpid(), signal.SIGKILL)
        if "bug" in name:
            raise ValueError("a bug in a stage")
        if "missing" in name:
            raise MissingComponentError("no weights", remedy="Install them.")
        if "bad" in name:
            raise PhotoError("not an image", reason="not_an_image", remedy="Remove it.")
        stamps, versions = self.stamps(), dict(self.versions)
        old = job.prior.stamps if job.prior is not None else {}
        redo = tuple(stage for stage in STAGES if old.get(stage) != stamps[stage])
        if self.log is not None:
            with Path(self.log).open("a") as file:
                file.write(f"{name} {','.join(redo)}\n")
        time.sleep(self.seconds)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        sha = hashlib.sha256(data).hexdigest()
        if job.prior is None:
            photo = Photo(sha, job.name, image.shape[1], image.shape[0], "PNG", 1, len(data))
            result = PhotoResult(photo, (), (), {}, {}, {})
        else:
            result = job.prior.result
        if "segment" in redo:
            result = replace(result, sightings=_find(image, sha, versions.get("segment", "1")))
        if "heading" in redo:
            result = replace(result, headings=_headings(name))
        if "read" in redo:
            version = versions.get("read", "1")
            readings = {s.sighting_id: (_read(s, version),) for s in result.sightings}
            result = replace(result, readings=readings)
        if "decide" in redo:
            said = {s: _decide(read[0]) for s, read in result.readings.items()}
            result = replace(result, transcriptions=said)
        seconds = dict.fromkeys(redo, 0.25)
        return PhotoOutcome(
            job.path,
            job.name,
            result=replace(result, stamps=stamps, seconds=seconds),
            preview=_jpeg(image) if "photo" in redo else None,
            preview_scale=1.0,
            recomputed=redo,
            peak_memory_mb=10.0,
        )


def _headings(name: str) -> tuple[Heading, ...]:
    if "heading-" not in name:
        return ()
    text = name.split("heading-")[1].split(".", maxsplit=1)[0].replace("_", " ")
    return (Heading(text, 0.9, ((0.0, 0.0), (99.0, 0.0), (99.0, 9.0), (0.0, 9.0))),)


def _find(image: NDArray[np.uint8], sha: str, version: str) -> tuple[Sighting, ...]:
    found = []
    coloured = (image.max(axis=2).astype(int) - image.min(axis=2) > 60).astype(np.uint8)
    closed = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        if cv2.contourArea(contour) < 300:
            continue
        box = cv2.boxPoints(cv2.minAreaRect(contour)).astype(float)
        if version == "2":
            box = box.mean(axis=0) + (box - box.mean(axis=0)) * 0.95
        found.append(tuple((round(float(x), 1), round(float(y), 1)) for x, y in box))
    found.sort(key=lambda polygon: (round(polygon[0][1] / 40), polygon[0][0]))
    if version == "lossy":
        found = found[1:]
    return tuple(_sighting(image, sha, polygon) for polygon in found)


def _sighting(
    image: NDArray[np.uint8], sha: str, polygon: tuple[tuple[float, float], ...]
) -> Sighting:
    points = np.array(polygon)
    left, top = np.maximum(points.min(axis=0).astype(int), 0)
    right, bottom = points.max(axis=0).astype(int)
    crop = image[top:bottom, left:right]
    blue, green, red = (int(v) for v in np.median(crop.reshape(-1, 3), axis=0))
    name = min(
        COLOURS,
        key=lambda c: sum(abs(a - b) for a, b in zip(COLOURS[c], (blue, green, red), strict=True)),
    )
    return Sighting(
        sighting_id=hashlib.blake2b(f"{sha}{polygon}".encode(), digest_size=8).hexdigest(),
        detection=Detection(polygon, 0.9),
        shape=ShapeGuess({Shape.SQUARE: 0.8, Shape.HEART: 0.2}),
        colour=Colour(name, (red, green, blue)),
        crop=Crop(
            _jpeg(crop),
            crop.shape[1],
            crop.shape[0],
            (1.0, 0.0, -float(left), 0.0, 1.0, -float(top), 0.0, 0.0, 1.0),
            sharpness=0.5,
        ),
        heading=None,
    )


def _read(sighting: Sighting, version: str) -> Reading:
    assert sighting.crop is not None
    ink = cv2.imdecode(np.frombuffer(sighting.crop.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    word = sighting.colour.name  # the same on every photo of a note
    if ink is None or float(ink.std()) < 1:
        return Reading("fake", version, (), 0.95, Legibility.BLANK)
    words = (Word("note", 0.9), Word(word if version == "1" else word[::-1], 0.8))
    return Reading("fake", version, (Line(words),), 0.92, features={"ink": float(ink.std())})


def _decide(reading: Reading) -> Transcription:
    return Transcription(
        text=reading.text,
        legibility=reading.legibility,
        confidence=reading.confidence,
        source=Source.MACHINE,
        accepted=reading.confidence >= 0.9,
        reason="sure",
    )


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert ok
    return bytes(data.tobytes())
