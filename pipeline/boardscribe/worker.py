"""One photo from file to record: composes the stages, stores nothing.

`transcribe` is what a notebook calls. `PhotoWorker` is the same for `boardscribe.run`: it is
picklable, loads its models once a process, takes over what an earlier run found and is still
current, and turns the failure of one photo into data.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

import boardscribe_models
from boardscribe import (
    colour,
    confidence,
    decisions,
    engines,
    headings,
    photos,
    reading,
    segment,
    shapes,
)
from boardscribe.acceptance import Acceptance, acceptance_in_force
from boardscribe.confidence import Calibration, assess, load_calibration
from boardscribe.errors import BoardscribeError, PhotoError
from boardscribe.options import Options, digest
from boardscribe.outlines import put_in_force, with_outlines
from boardscribe.records import (
    Detection,
    Heading,
    Photo,
    PhotoResult,
    Polygon,
    Reading,
    ShapeGuess,
    Sighting,
    StageStamp,
    Transcription,
)
from boardscribe.snapshot import Failure
from boardscribe.straighten import Straightened, encode, straighten

__all__ = [
    "PREVIEW_SIDE",
    "STAGES",
    "PhotoJob",
    "PhotoOutcome",
    "PhotoWorker",
    "Prior",
    "stamps",
    "transcribe",
]

STAGES = ("photo", "segment", "shape", "heading", "read", "assess", "decide")
"""The stages in the order they run."""

_UPSTREAM: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "photo": (),
        "segment": ("photo",),
        "shape": ("segment",),
        "heading": ("segment",),
        "read": ("shape",),
        "assess": ("read",),
        "decide": ("assess",),
    }
)
"""What each stage builds on. Reading does not look at headings, so a new list of expected
headings costs no OCR."""

PREVIEW_SIDE = 1800
"""Longest side of the preview that the report shows, in pixels."""


def stamps(options: Options, calibration: Calibration | None = None) -> dict[str, StageStamp]:
    """The stamp that each stage's result carries under these options.

    Args:
        options: of every stage.
        calibration: of confidence; the one that ships with the package where None.

    Limits on loading are not part of it: they decide whether a photo is processed, never what
    is found on it.
    """
    weights = {card.name: card.sha256 for card in boardscribe_models.available()}
    models = calibration if calibration is not None else load_calibration()
    accepted = acceptance_in_force(options.decide, models.evidence)
    names = set(options.read.engines)
    # Options of engines that are not asked for make nothing outdated.
    unused = {name for name in ("openai", "trocr") if name not in names}
    read_options = options.read.model_dump(mode="json", exclude=unused)
    programs = engines.engine_versions(options.read)
    own: dict[str, tuple[str, object]] = {
        "photo": (photos.VERSION, ()),
        "segment": (segment.VERSION, (options.segment, weights["segment"])),
        "shape": (shapes.VERSION, weights["shape"]),
        "heading": (headings.VERSION, (options.headings, weights["recognise"])),
        "read": (reading.VERSION, (read_options, programs)),
        "assess": (confidence.VERSION, (models.version, accepted.certain_word)),
        "decide": (decisions.VERSION, (options.decide, asdict(accepted))),
    }
    result: dict[str, StageStamp] = {}
    for stage in STAGES:
        version, settings = own[stage]
        upstream = [result[name].digest for name in _UPSTREAM[stage]]
        result[stage] = StageStamp(stage, version, digest(stage, version, settings, upstream))
    return result


@dataclass(frozen=True, slots=True)
class Prior:
    """What an earlier run stored for a photo."""

    stamps: Mapping[str, StageStamp]
    result: PhotoResult


@dataclass(frozen=True, slots=True)
class PhotoJob:
    """One photo to process."""

    path: str
    name: str
    prior: Prior | None = None
    sha256: str | None = None
    """What the file hashed to when the run met it; a file that changed since is refused."""
    outlines: tuple[Polygon, ...] = ()
    """Given by people, in place of what is found there."""


@dataclass(frozen=True, slots=True)
class PhotoOutcome:
    """What became of one photo: a result or a failure, never both."""

    path: str
    name: str
    result: PhotoResult | None = None
    preview: bytes | None = None
    """Upright JPEG, longest side at most `PREVIEW_SIDE`; None where the photo was not opened."""
    preview_scale: float = 1.0
    failure: Failure | None = None
    recomputed: tuple[str, ...] = ()
    """Stages that were redone."""
    missing: tuple[str, ...] = ()
    """Engines that were asked for and are not installed, each with the command that helps."""
    peak_memory_mb: float = 0.0

    @classmethod
    def failed(
        cls, job: PhotoJob, reason: str, message: str, remedy: str, *, peak_memory_mb: float = 0.0
    ) -> PhotoOutcome:
        """The outcome of a photo of which nothing came."""
        failure = Failure(name=job.name, reason=reason, message=message, remedy=remedy)
        return cls(job.path, job.name, failure=failure, peak_memory_mb=peak_memory_mb)


@dataclass(slots=True)
class _Models:
    """The loaded models; each is loaded when it is first needed."""

    options: Options
    _segmenter: segment.Segmenter | None = None
    _shapes: shapes.ShapeClassifier | None = None
    _headings: headings.HeadingFinder | None = None
    _reader: reading.Reader | None = None

    def segmenter(self) -> segment.Segmenter:
        if self._segmenter is None:
            self._segmenter = segment.Segmenter(self.options.segment)
        return self._segmenter

    def shapes(self) -> shapes.ShapeClassifier:
        if self._shapes is None:
            self._shapes = shapes.ShapeClassifier()
        return self._shapes

    def headings(self) -> headings.HeadingFinder:
        if self._headings is None:
            self._headings = headings.HeadingFinder(self.options.headings)
        return self._headings

    def reader(self) -> reading.Reader:
        if self._reader is None:
            self._reader = reading.Reader(self.options.read)
        return self._reader


@dataclass(slots=True)
class _Clock:
    """Wall-clock seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


class PhotoWorker:
    """Processes photos one after the other with models loaded once.

    Args:
        options: the options of every stage.
        calibration: of confidence; the one that ships with the package where None.
    """

    def __init__(self, options: Options, calibration: Calibration | None = None) -> None:
        self.options = options
        self.calibration = calibration if calibration is not None else load_calibration()
        self._acceptance = acceptance_in_force(options.decide, self.calibration.evidence)
        self._models = _Models(options)
        self._stamps = stamps(options, self.calibration)

    def __reduce__(self) -> tuple[object, ...]:
        # Models stay where they were loaded; another process loads its own.
        return (PhotoWorker, (self.options, self.calibration))

    def __call__(self, job: PhotoJob) -> PhotoOutcome:
        """Process one photo; a photo that cannot be processed is an outcome with a failure.

        Raises:
            MissingComponentError: an engine or a model that every photo needs is not there.
        """
        try:
            return self._process(job)
        except PhotoError as error:
            return _failed(job, error.reason, error.message, error.remedy)
        except BoardscribeError:
            # A missing engine or model fails every photo alike: the run stops and says so once.
            raise
        except MemoryError:
            return _failed(
                job,
                "too_large",
                "not enough memory to process this photo",
                "Lower --jobs, or scale the photo down.",
            )
        except Exception as error:  # noqa: BLE001 - a bug on one photo must not stop an archive
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}:{last.lineno}"
            return _failed(
                job,
                "internal",
                f"{type(error).__name__} in {where}: {error}",
                "This is a bug: please report it with the photo, if it may be shared.",
            )

    def _process(self, job: PhotoJob) -> PhotoOutcome:
        current = with_outlines(self._stamps, job.outlines)
        outdated = _outdated(job.prior, current)
        clock = _Clock()
        loaded = None
        if job.prior is None or outdated - {"assess", "decide"}:
            with clock.stage("photo"):
                loaded = photos.load(Path(job.path), self.options.photos, sha256=job.sha256)
        if job.prior is None:
            assert loaded is not None
            work = _Work(photo=loaded.photo)
        else:
            work = _Work.resume(job.prior.result)
        if loaded is not None:
            self._look(work, loaded.image, outdated, clock, job.outlines)
        if "assess" in outdated:
            with clock.stage("assess"):
                work.assess(self.calibration, self._acceptance.certain_word)
        if "decide" in outdated:
            with clock.stage("decide"):
                work.decide(self.options, self._acceptance)
        preview, scale = (None, 1.0)
        if loaded is not None and "photo" in outdated:
            with clock.stage("photo"):
                preview, scale = _preview(loaded.image)
        reader = self._models._reader
        return PhotoOutcome(
            path=job.path,
            name=job.name,
            result=work.result(current, clock.seconds),
            preview=preview,
            preview_scale=scale,
            recomputed=tuple(stage for stage in STAGES if stage in outdated),
            missing=reader.missing if reader is not None else (),
            peak_memory_mb=_peak_memory_mb(),
        )

    def _look(
        self,
        work: _Work,
        image: NDArray[np.uint8],
        outdated: set[str],
        clock: _Clock,
        outlines: Sequence[Polygon],
    ) -> None:
        """The stages that need the pixels."""
        if "segment" in outdated:
            with clock.stage("segment"):
                found = self._models.segmenter().find(image)
                work.detections = put_in_force(found, outlines, work.photo.width, work.photo.height)
        if "shape" in outdated:
            with clock.stage("shape"):
                guesses = self._models.shapes().classify(image, work.detections)
                work.see(image, guesses)
        if "heading" in outdated:
            with clock.stage("heading"):
                finder = self._models.headings()
                work.headings = finder.find(image, work.detections)
                work.places = finder.assign(
                    work.headings,
                    work.detections,
                    width=work.photo.width,
                    height=work.photo.height,
                )
        if "read" in outdated:
            with clock.stage("read"):
                work.read(image, self._models.reader())


def _outdated(prior: Prior | None, current: Mapping[str, StageStamp]) -> set[str]:
    if prior is None:
        return set(STAGES)
    return {stage for stage in STAGES if prior.stamps.get(stage) != current[stage]}


@dataclass(slots=True)
class _Work:
    """The growing result of one photo."""

    photo: Photo
    detections: tuple[Detection, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    headings: tuple[Heading, ...] = ()
    places: tuple[int | None, ...] = ()
    readings: dict[str, tuple[Reading, ...]] = field(default_factory=dict)
    transcriptions: dict[str, Transcription] = field(default_factory=dict)
    straightened: tuple[Straightened, ...] = ()

    @classmethod
    def resume(cls, result: PhotoResult) -> _Work:
        return cls(
            photo=result.photo,
            detections=tuple(sighting.detection for sighting in result.sightings),
            sightings=result.sightings,
            headings=result.headings,
            places=tuple(sighting.heading for sighting in result.sightings),
            readings=dict(result.readings),
            transcriptions=dict(result.transcriptions),
        )

    def see(self, image: NDArray[np.uint8], guesses: Sequence[ShapeGuess]) -> None:
        """Make the sightings: shape, colour and the straightened crop of each detection."""
        self.places = (None,) * len(self.detections) if not self.places else self.places
        self.straightened = tuple(
            straighten(image, detection.polygon, guess.shape)
            for detection, guess in zip(self.detections, guesses, strict=True)
        )
        self.sightings = tuple(
            Sighting(
                sighting_id=_sighting_id(self.photo.sha256, detection),
                detection=detection,
                shape=guess,
                colour=colour.paper_colour(image, detection.polygon),
                crop=encode(crop),
            )
            for detection, guess, crop in zip(
                self.detections, guesses, self.straightened, strict=True
            )
        )

    def read(self, image: NDArray[np.uint8], reader: reading.Reader) -> None:
        if not self.straightened:
            self.straightened = tuple(
                straighten(image, sighting.polygon, sighting.shape.shape)
                for sighting in self.sightings
            )
        found = reader.read(self.straightened)
        self.readings = {
            sighting.sighting_id: read for sighting, read in zip(self.sightings, found, strict=True)
        }

    def assess(self, calibration: Calibration, certain_word: float) -> None:
        """Compute every confidence from the figures that reading left."""
        self.readings = {
            sighting_id: tuple(assess(one, calibration, certain_word=certain_word) for one in found)
            for sighting_id, found in self.readings.items()
        }

    def decide(self, options: Options, acceptance: Acceptance) -> None:
        self.transcriptions = {
            sighting.sighting_id: decisions.decide(
                sighting.detection,
                sighting.shape,
                self.readings[sighting.sighting_id][0],
                options.decide,
                acceptance,
            )
            for sighting in self.sightings
        }

    def result(
        self, stage_stamps: Mapping[str, StageStamp], seconds: Mapping[str, float]
    ) -> PhotoResult:
        return PhotoResult(
            photo=self.photo,
            headings=self.headings,
            sightings=tuple(
                replace(sighting, heading=place)
                for sighting, place in zip(self.sightings, self.places, strict=True)
            ),
            readings=self.readings,
            transcriptions=self.transcriptions,
            stamps=dict(stage_stamps),
            seconds=dict(seconds),
        )


def transcribe(path: str | Path, options: Options | None = None) -> PhotoResult:
    """Find, type and read every note on one photo; nothing is stored.

    Args:
        path: an image file (JPEG, PNG, TIFF, WebP or HEIC).
        options: defaults where None.

    Returns:
        The notes with their outlines, shapes, readings and the machine's decision on each.

    Raises:
        PhotoError: the photo cannot be processed; `reason` says why in a stable code.
        MissingComponentError: no engine that was asked for is installed.

    Example:
        >>> from boardscribe import transcribe
        >>> result = transcribe("samples/photos/board.jpg")  # doctest: +SKIP
        >>> for sighting in result.sightings:  # doctest: +SKIP
        ...     print(sighting.shape.shape, result.transcriptions[sighting.sighting_id].text)
    """
    worker = PhotoWorker(options if options is not None else Options())
    job = PhotoJob(path=str(path), name=Path(path).name)
    result = worker._process(job).result
    assert result is not None
    return result


def _sighting_id(photo_sha256: str, detection: Detection) -> str:
    """Same photo and outline, same id: a repeated run finds its own results again."""
    outline = ";".join(f"{x:.1f},{y:.1f}" for x, y in detection.polygon)
    return hashlib.blake2b(f"{photo_sha256}|{outline}".encode(), digest_size=8).hexdigest()


def _preview(image: NDArray[np.uint8]) -> tuple[bytes, float]:
    height, width = image.shape[:2]
    scale = min(1.0, PREVIEW_SIDE / max(height, width))
    small = image
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    ok, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])
    assert ok
    return data.tobytes(), small.shape[1] / width


def _failed(job: PhotoJob, reason: str, message: str, remedy: str) -> PhotoOutcome:
    return PhotoOutcome.failed(job, reason, message, remedy, peak_memory_mb=_peak_memory_mb())


def _peak_memory_mb() -> float:
    """Peak resident memory of this process.

    Linux tells that of the program alone (VmHWM, in kilobytes); what `getrusage` says, in kilobytes
    or on macOS in bytes, counts what the process that started it held at that moment, too.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
