"""The frozen records that stages hand to one another.

This module imports no algorithm and no other module of the package: records are plain data.

Coordinates everywhere are pixels of the upright full-size photo (after EXIF orientation):
origin top left, x to the right, y down; polygons run clockwise as seen on the screen and are
not closed (the first point is not repeated).
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

__all__ = [
    "Board",
    "Colour",
    "Crop",
    "Detection",
    "Heading",
    "Legibility",
    "Line",
    "Photo",
    "PhotoResult",
    "Point",
    "Polygon",
    "Reading",
    "Shape",
    "ShapeGuess",
    "Sighting",
    "Source",
    "StageStamp",
    "Status",
    "Transcription",
    "Word",
]

Point: TypeAlias = tuple[float, float]
"""(x, y) in pixels of the upright photo."""

Polygon: TypeAlias = tuple[Point, ...]
"""Three or more points, clockwise on the screen, not closed."""


def _reduce_mapping(mapping: MappingProxyType[object, object]) -> tuple[object, ...]:
    return (_read_only, (dict(mapping),))


def _read_only(values: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(values)


# Records travel between processes; a read-only mapping cannot be pickled by itself.
copyreg.pickle(MappingProxyType, _reduce_mapping)  # type: ignore[arg-type]


class Shape(StrEnum):
    """Outline of a note; what it means is the Legend's business, not the shape's."""

    SQUARE = "square"
    BUBBLE = "bubble"
    HEART = "heart"
    TICK = "tick"
    OTHER = "other"


class Legibility(StrEnum):
    """How much of a note's writing has been read, and why a text is absent."""

    READABLE = "readable"
    PARTLY = "partly"
    ILLEGIBLE = "illegible"
    BLANK = "blank"
    NOT_ATTEMPTED = "not_attempted"
    HIDDEN = "hidden"
    CUT_OFF = "cut_off"


class Source(StrEnum):
    """Who decided a transcription."""

    MACHINE = "machine"
    PERSON = "person"
    CONSENSUS = "consensus"


class Status(StrEnum):
    """Where a note stands; derived from its current transcription, never stored."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class StageStamp:
    """What produced a result: the stage, its version and a digest of every option it used.

    The digest also covers the stamps of the stages before it, so a change of one stage's
    options makes that stage and all later ones outdated, and nothing else.
    """

    stage: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Photo:
    """One image file. Its identity is the SHA-256 of its bytes, never its name."""

    sha256: str
    name: str
    width: int
    """Pixels of the upright photo."""
    height: int
    format: str
    """`JPEG`, `PNG`, `TIFF`, `WEBP` or `HEIF`."""
    orientation: int = 1
    """EXIF orientation, 1 to 8, as stored in the file (1 where it is absent)."""
    size_bytes: int = 0
    taken_at: str | None = None
    """EXIF capture time, ISO 8601 without zone, where the file gives a valid one."""


@dataclass(frozen=True, slots=True)
class Detection:
    """An outline that may be a note."""

    polygon: Polygon
    confidence: float
    """Probability that this outline is one whole note, 0 to 1."""
    cut_off: bool = False
    """The photo's border cuts the note."""
    hidden: bool = False
    """Another note or object covers part of it."""
    doubtful: bool = False
    """Below the acting threshold: kept so that review can rescue it, not counted as a note."""
    shape_evidence: tuple[float, ...] = ()
    """Mean log-probability of each shape, in the order of `Shape`, by what its pixels look like;
    empty where nothing is known."""


@dataclass(frozen=True, slots=True)
class ShapeGuess:
    """Calibrated probability of each shape; sums to 1."""

    probabilities: Mapping[Shape, float]

    @property
    def shape(self) -> Shape:
        """The likeliest shape."""
        return max(self.probabilities, key=lambda s: (self.probabilities[s], s.value))

    @property
    def probability(self) -> float:
        """Probability of the likeliest shape."""
        return self.probabilities[self.shape]


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour of the paper."""

    name: str
    """One of `white yellow orange red pink purple blue green brown grey black`."""
    rgb: tuple[int, int, int]
    """Median colour of the paper as photographed, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The note on its own upright plane, and how it got there."""

    jpeg: bytes
    """The straightened crop, a JPEG file."""
    width: int
    height: int
    matrix: tuple[float, ...]
    """Homography from photo to crop pixels, 3 x 3, row major."""
    sharpness: float = 0.0
    """Quality of the crop, 0 (useless) to 1 (sharp)."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A Note as one Photo shows it."""

    sighting_id: str
    detection: Detection
    shape: ShapeGuess
    colour: Colour
    crop: Crop | None = None
    heading: int | None = None
    """Index into the photo's headings; None where the photo shows no heading."""

    @property
    def polygon(self) -> Polygon:
        """The visible outline."""
        return self.detection.polygon


@dataclass(frozen=True, slots=True)
class Word:
    """One word as read. `text` is `[illeg.]` where the word could not be read."""

    text: str
    confidence: float
    """Calibrated probability that the word is right, 0 to 1."""
    uncertain: bool = False
    """Below the threshold in force for words: people should look at it."""
    features: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What the confidence was computed from, so that it can be refitted from corrections."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of writing."""

    words: tuple[Word, ...]
    polygon: Polygon = ()
    """Outline in crop pixels (the note's own plane); empty where the engine gives none."""

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine read on one Sighting."""

    engine: str
    engine_version: str
    lines: tuple[Line, ...]
    confidence: float
    """Calibrated probability that the whole text is exactly right (or that blank is right)."""
    legibility: Legibility = Legibility.READABLE
    alternatives: tuple[tuple[str, float], ...] = ()
    """Other texts with their probability, best first."""
    features: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What the confidence was computed from, so that it can be refitted from corrections."""

    @property
    def text(self) -> str:
        """The lines joined by newlines; empty for a blank note."""
        return "\n".join(line.text for line in self.lines)

    @property
    def speaker(self) -> str:
        """The engine whose text this is; for a combined reading, the one that spoke in it."""
        if self.engine != "combined":
            return self.engine
        return self.engine_version.partition(":")[2].partition("=")[0]


@dataclass(frozen=True, slots=True)
class Heading:
    """Printed or hand-lettered name of a board, as found on a photo."""

    text: str
    confidence: float
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Board:
    """The physical board. `name` is what the user calls it; headings are matched to it."""

    board_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Transcription:
    """The decided text of a Note; versioned, each version supersedes the one before."""

    text: str
    legibility: Legibility
    confidence: float
    source: Source
    accepted: bool
    """Machine text accepted without review by the rule in force; True for people's decisions."""
    decided_by: str = "boardscribe"
    reason: str = ""
    """Why it was accepted or sent to review, in words a person can read."""
    version: int = 1
    decided_at: str | None = None
    """UTC, ISO 8601."""

    @property
    def status(self) -> Status:
        """Derived, see `Status`."""
        if self.source is not Source.MACHINE:
            return Status.REVIEWED
        return Status.ACCEPTED if self.accepted else Status.REVIEW


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """All that was found on one photo; what `boardscribe.transcribe` returns."""

    photo: Photo
    headings: tuple[Heading, ...]
    sightings: tuple[Sighting, ...]
    readings: Mapping[str, tuple[Reading, ...]]
    """Readings by sighting id: the combined one first, then those of single engines."""
    transcriptions: Mapping[str, Transcription]
    """The machine's decision by sighting id."""
    stamps: Mapping[str, StageStamp]
    """By stage name."""
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Wall-clock time by stage."""
