"""What the store takes and gives besides the records of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from boardscribe.records import Board, Reading, StageStamp, Transcription
from boardscribe.review import Correction, StoredAnswer, StoredTask
from boardscribe.snapshot import Failure, PhotoEntry, SightingEntry

__all__ = [
    "Arrangement",
    "Dossier",
    "Holdings",
    "KnownPhoto",
    "Received",
    "Registration",
    "RunItem",
    "Settlement",
    "StoredFiles",
]


@dataclass(frozen=True, slots=True)
class RunItem:
    """What one run did with one input."""

    name: str
    path: str
    """Absolute path; empty for what never was a file, such as a pattern without match."""
    status: str
    """`done`, `skipped`, `duplicate` or `failed`."""
    sha256: str | None = None
    failure: Failure | None = None
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Wall-clock time by stage."""
    peak_memory_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """Paths, relative to the workspace, of the pictures of one photo."""

    crops: Mapping[str, str]
    """By sighting id."""
    preview: str | None = None
    """None keeps the preview that is there."""
    preview_scale: float = 1.0


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """What a run needs to know of a stored photo to decide whether to work on it."""

    name: str
    stamps: Mapping[str, StageStamp]
    files: tuple[str, ...]
    """Paths of its crops and preview."""


@dataclass(frozen=True, slots=True)
class Registration:
    """How one photo lies on another."""

    first_sha256: str
    second_sha256: str
    matrix: tuple[float, ...] | None
    """Homography from pixels of the first photo to pixels of the second, 3 x 3, row major;
    None where they show nothing in common."""
    inliers: int
    """Matching points that agree with it."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that linking looks at, as it was found on each photo alone."""

    photos: tuple[PhotoEntry, ...]
    """Sorted by name; `board_id` is the one in force."""
    given: Mapping[str, str]
    """Board names given on the command line, by photo."""
    sightings: tuple[SightingEntry, ...]
    """`note_id` is the sighting's own, before linking; stale ones are left out."""
    headings: Mapping[str, int | None]
    """Index of the heading of each sighting."""
    proposals: Mapping[str, Transcription]
    """The machine's decision from each sighting alone."""
    decided: frozenset[str]
    """Notes whose transcription in force is a person's or a consensus."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which board each photo and sighting belongs to, and which sightings show one note."""

    boards: tuple[Board, ...]
    photo_boards: Mapping[str, str | None]
    """Board id by photo."""
    sighting_boards: Mapping[str, str | None]
    """Board id by sighting."""
    links: Mapping[str, str]
    """Note id by sighting, for sightings that stand for another note than their own."""
    proposals: Mapping[str, Transcription]
    """The machine's text of each note."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one note when its answers are judged."""

    note_id: str
    """The note that stands for it today; its tasks may carry the id it had before."""
    tasks: tuple[StoredTask, ...]
    answers: Mapping[str, tuple[StoredAnswer, ...]]
    """By task id, in the order they came: newest state of each, with skipped, deleted and wrong
    ones."""
    history: tuple[Transcription, ...]
    """Newest first."""
    readings: tuple[Reading, ...]
    """What machines read, of the sighting shown best."""
    corrections: tuple[Correction, ...]
    """In force, one a field."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from a note's answers."""

    transcription: Transcription | None = None
    """None where nothing is settled, or nothing about the text."""
    corrections: tuple[Correction, ...] = ()
    add: tuple[StoredTask, ...] = ()
    """Further copies of the question."""
    withdraw: tuple[str, ...] = ()
    """Tasks that need no answer any more."""
    agreement: float | None = None
    """How far readers agree, 0 to 1; None where fewer than two answered."""


@dataclass(frozen=True, slots=True)
class Received:
    """What one page of answers brought."""

    stored: int
    """New answers and new states of edited ones, skipped ones included."""
    deleted: int
    """Answers that were deleted in the queue, or came back."""
    skipped: int
    problems: tuple[StoredAnswer, ...]
    """Those that are kept but not applied."""
    settled: int
    """Notes whose text or corrections changed."""
    notes: tuple[str, ...]
    """Ids of the notes that were judged."""
