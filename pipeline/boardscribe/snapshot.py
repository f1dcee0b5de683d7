"""All that a workspace knows at one moment, as frozen records.

The store builds a `Snapshot`; the report, the exports and the evaluation only read it, so none
of them knows the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boardscribe.records import (
    Board,
    Colour,
    Detection,
    Heading,
    Photo,
    Reading,
    ShapeGuess,
    StageStamp,
    Status,
    Transcription,
)
from boardscribe.review import AuditItem, Correction, Field, Kind, Verdict

__all__ = [
    "AnswerEntry",
    "Failure",
    "NoteEntry",
    "PhotoEntry",
    "ReviewState",
    "RunEntry",
    "SightingEntry",
    "Snapshot",
    "TaskEntry",
]


@dataclass(frozen=True, slots=True)
class Failure:
    """One input that could not be processed, or was passed over, and why."""

    name: str
    """File name as given; hostile text, escape it where it is shown."""
    reason: str
    """Stable code: `not_an_image`, `unsupported`, `truncated`, `damaged`, `empty`, `unreadable`,
    `not_a_file`, `not_found`, `broken_link`, `changed`, `too_large`, `too_small`,
    `decompression_bomb`, `duplicate`, `worker_died`, `internal`."""
    message: str
    remedy: str
    severity: str = "failed"
    """`failed`, or `skipped` for what needs no action, such as a duplicate."""


@dataclass(frozen=True, slots=True)
class PhotoEntry:
    """One processed photo."""

    photo: Photo
    board_id: str | None
    """Board of the photo's only or largest heading; None where no board is known."""
    headings: tuple[Heading, ...]
    preview: str | None
    """Path of the upright preview JPEG, relative to the workspace, `/` separated."""
    preview_scale: float
    """Preview pixels per photo pixel."""
    stamps: Mapping[str, StageStamp]


@dataclass(frozen=True, slots=True)
class SightingEntry:
    """One sighting with everything that was read on it."""

    sighting_id: str
    note_id: str
    photo_sha256: str
    detection: Detection
    shape: ShapeGuess
    colour: Colour
    crop: str | None
    """Path of the crop JPEG, relative to the workspace, `/` separated."""
    sharpness: float
    readings: tuple[Reading, ...]
    """The combined reading first."""
    matrix: tuple[float, ...] = ()
    """Homography from photo to crop pixels, 3 x 3, row major; empty where it is not known."""
    stale: bool = False
    """A newer segmentation of the photo does not find it; kept because a person decided on it."""


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """One physical note: its sightings and the history of its text."""

    note_id: str
    board_id: str | None
    meaning: str
    """Response type by the legend; `other` where it has no entry."""
    sightings: tuple[SightingEntry, ...]
    """The best sighting first; never empty."""
    history: tuple[Transcription, ...]
    """Newest first; never empty."""
    corrections: tuple[Correction, ...] = ()
    """What people decided besides the text, the newest of each field; already applied to the
    shape, board and doubtfulness of this entry."""

    def corrected(self, field: Field) -> str | None:
        """What people decided about a field; None where they did not."""
        return next((c.value for c in self.corrections if c.field is field), None)

    @property
    def outline(self) -> str:
        """`good`, or what people found wrong with it: `two_notes`, `wrong_outline`."""
        return self.corrected(Field.OUTLINE) or "good"

    @property
    def rejected(self) -> bool:
        """People said that it is no note."""
        return self.corrected(Field.NOTE) == "no"

    @property
    def transcription(self) -> Transcription:
        """The one in force."""
        return self.history[0]

    @property
    def status(self) -> Status:
        """Where the note stands."""
        return self.transcription.status

    @property
    def best(self) -> SightingEntry:
        """The sighting that shows it best."""
        return self.sightings[0]

    @property
    def doubtful(self) -> bool:
        """No photo shows it surely enough to count as a note."""
        return all(sighting.detection.doubtful for sighting in self.sightings)


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of `boardscribe transcribe`."""

    started_at: str
    finished_at: str | None
    version: str
    done: int
    skipped: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """One answer to a task, in its newest state; what it says is in the note's history."""

    reader: str
    """Account, or a pseudonym."""
    answered_at: str
    """UTC, ISO 8601."""
    seconds: float | None
    skipped: bool = False
    unusable: bool = False
    """Kept, but not applied: it contradicts itself or is otherwise wrong."""
    deleted: bool = False

    @property
    def counts(self) -> bool:
        """Whether it was applied."""
        return not (self.skipped or self.unusable or self.deleted)


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One copy of a question to people."""

    note_id: str
    kind: Kind
    round: int
    created_at: str
    withdrawn: bool
    answers: tuple[AnswerEntry, ...]
    agreement: float | None = None
    """Share of places where the readers of this round wrote the same, 0 to 1; on the first copy
    of a round that two or more answered."""

    @property
    def open(self) -> bool:
        """It waits for an answer."""
        return not self.withdrawn and not any(
            not answer.skipped and not answer.deleted for answer in self.answers
        )


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What is known of review; empty where nobody was asked."""

    tasks: tuple[TaskEntry, ...] = ()
    audits: tuple[AuditItem, ...] = ()
    """The random sample of what was accepted without review."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything, sorted: boards by name, photos by name, notes by board, then top to bottom."""

    title: str
    boards: tuple[Board, ...]
    photos: tuple[PhotoEntry, ...]
    notes: tuple[NoteEntry, ...]
    """Doubtful ones included; `counted` leaves them out."""
    runs: tuple[RunEntry, ...]
    """Newest first."""
    failures: tuple[Failure, ...]
    """What is still unresolved over all runs."""
    review: ReviewState = ReviewState()

    def counted(self) -> Iterator[NoteEntry]:
        """The notes that count: all but the doubtful ones."""
        return (note for note in self.notes if not note.doubtful)

    def to_split(self) -> tuple[NoteEntry, ...]:
        """Notes that people found to be two or more."""
        return tuple(note for note in self.notes if note.outline == Verdict.TWO_NOTES)

    def by_status(self) -> Counter[str]:
        """Number of counted notes by status."""
        return Counter(note.status.value for note in self.counted())

    def by_meaning(self) -> Counter[str]:
        """Number of counted notes by response type."""
        return Counter(note.meaning for note in self.counted())
