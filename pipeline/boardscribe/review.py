"""The frozen records of review: questions put to people, and what people answered.

The store keeps them, `boardscribe_review` makes and judges them. Like `boardscribe.records` this
module imports no algorithm.

What travels over the seam to a queue (Label Studio, a folder of CSV files) is `ReviewTask` one
way and `AnswerPage` the other; `boardscribe_review.queue` describes the queue itself. All other
records here are between the store and `boardscribe_review`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from boardscribe.records import Board, Legibility, Shape, Source, Transcription

__all__ = [
    "Answer",
    "AnswerPage",
    "AuditItem",
    "Correction",
    "Field",
    "Kind",
    "RawAnswer",
    "ReviewTask",
    "StoredAnswer",
    "StoredTask",
    "TaskAnswers",
    "TaskContent",
    "TaskPlan",
    "Verdict",
]


class Kind(StrEnum):
    """What a task asks."""

    NOTE = "note"
    """Is this a note at all, one note, and well outlined?"""
    SHAPE = "shape"
    TEXT = "text"


class Verdict(StrEnum):
    """The one choice that every answer makes; the words a queue shows are its own business."""

    READABLE = "readable"
    """All of the writing is in the text."""
    PARTLY = "partly"
    """The text has `[illeg.]` for words that cannot be read."""
    ILLEGIBLE = "illegible"
    """There is writing, and none of it can be read."""
    BLANK = "blank"
    """There is no writing."""
    HIDDEN = "hidden"
    """The writing is covered, or cut off by the border of the photo."""
    NOTE = "note"
    """It is one note, well outlined: the answer to `Kind.NOTE`, which says nothing of the text."""
    NOT_A_NOTE = "not_a_note"
    TWO_NOTES = "two_notes"
    """Two notes or more in one crop: asks for a split."""
    WRONG_OUTLINE = "wrong_outline"
    """The crop shows less or more than the note."""


class Field(StrEnum):
    """What people correct about a note besides its text."""

    SHAPE = "shape"
    """A `Shape`."""
    BOARD = "board"
    """A board id."""
    NOTE = "note"
    """`yes` or `no`: whether it is a note."""
    OUTLINE = "outline"
    """`two_notes`, `wrong_outline` or `good`."""


@dataclass(frozen=True, slots=True)
class TaskContent:
    """What a task shows. All texts are hostile: escape them where they are shown.

    Nothing here tells an audited note from another one, and nothing may be added that does: no
    confidence of the machine, no reason why it is asked.
    """

    crop: str | None
    """Path of the straightened note, a JPEG, relative to the workspace, `/` separated."""
    context: str | None
    """Path of a picture of the board with the note marked, likewise."""
    text: str
    """What the machine read, to be prefilled; lines are separated by newlines."""
    legibility: Legibility
    """What the machine takes the note for."""
    alternatives: tuple[str, ...] = ()
    """Other texts, likeliest first: of other engines, or of readers who disagree."""
    doubtful_words: tuple[str, ...] = ()
    """Words of `text` to look at closely, in its order."""
    shape: Shape = Shape.OTHER
    """What the outline is taken for, to be prefilled."""
    board_id: str | None = None
    """Board the note is under."""
    boards: tuple[Board, ...] = ()
    """All boards, for a note that is under the wrong heading."""
    photo: str = ""
    """Name of the photo."""
    machine_version: str = ""
    """Engine and version that read `text`."""


@dataclass(frozen=True, slots=True)
class ReviewTask:
    """One copy of one question, for one person."""

    task_id: str
    """Ours: letters, digits and hyphens, starts with a letter. The queue keeps it with the task
    and gives it back with each answer."""
    note_id: str
    asks: tuple[Kind, ...]
    """What must be answered, the first doubt first; never empty."""
    copy: int
    """1, 2, ...: two independent readers get a copy each."""
    for_editor: bool
    """The answers so far disagree: only an editor's answer to this copy counts."""
    priority: float
    """Most useful first: 1 is the most, 0 the least."""
    content: TaskContent

    @property
    def kind(self) -> Kind:
        """The first thing it asks."""
        return self.asks[0]


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What one person answered, as the queue gives it; nothing of it is checked yet."""

    answer_id: str
    """The queue's; unique in it, and the same when the answer is edited."""
    reader: str
    """The queue's lasting name of the account, such as its e-mail address."""
    created_at: str
    """UTC, ISO 8601."""
    updated_at: str
    """UTC, ISO 8601; later than before when the answer was edited."""
    verdict: str | None = None
    """A `Verdict`, if it is a known one; None where the person chose none."""
    text: str | None = None
    """None where the person was not asked for one or gave none; `""` where it was cleared."""
    shape: str | None = None
    """A `Shape`, if it is a known one."""
    board_id: str | None = None
    """None where the person left it."""
    comment: str = ""
    skipped: bool = False
    """The person passed it on: not an answer."""
    seconds: float | None = None
    """How long it took, where the queue knows."""
    changed: tuple[str, ...] = ()
    """Names of the prefilled fields that the person changed: `text`, `shape`, `board`."""
    payload: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The answer in the queue's own form (plain JSON data), kept for ever."""


@dataclass(frozen=True, slots=True)
class TaskAnswers:
    """All answers that one task of the queue has at this moment."""

    task_id: str
    """Ours, as the queue gives it back; may be foreign."""
    external_id: str
    """The queue's own id of the task."""
    answers: tuple[RawAnswer, ...]
    """All of them: one that the store knows and that is missing here was deleted."""


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Some tasks whose answers changed since a cursor; stored and applied in one transaction."""

    tasks: tuple[TaskAnswers, ...]
    cursor: str
    """Where to go on once this page is stored; the queue's own, opaque to all others."""


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task and what is known of it on the queue's side."""

    task: ReviewTask
    queue: str
    """Name of the queue it is for, see `boardscribe_review.queue.Queue.name`."""
    round: int
    """1, or more where a question that was settled is asked again."""
    audit: bool
    """In the random sample of what was accepted without review."""
    sighting_id: str
    """The sighting it shows."""
    digest: str
    """Of what it shows and asks now."""
    external_id: str | None = None
    """None as long as the queue is not known to have it."""
    pushed_digest: str | None = None
    """Of what the queue shows; differs from `digest` where the queue must be updated."""
    attempted: bool = False
    """It was on its way to the queue once: where `external_id` is None the queue may have it."""
    withdrawn: bool = False
    """It needs no answer any more; an answer that comes all the same is kept."""
    removed: bool = False
    """The queue was told so."""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """What a push wants of the tasks of one queue; put into force in one transaction."""

    add: tuple[StoredTask, ...] = ()
    change: Mapping[str, ReviewTask] = field(default_factory=lambda: MappingProxyType({}))
    """New content of open tasks, by task id."""
    withdraw: tuple[str, ...] = ()
    """Ids of tasks that need no answer any more."""
    audits: tuple[AuditItem, ...] = ()
    """Notes that enter the random sample."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked and normalised answer."""

    reader: str
    verdict: Verdict
    text: str
    """`""` where the verdict says that there is none."""
    shape: Shape | None
    board_id: str | None
    answered_at: str
    """UTC, ISO 8601."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as the store keeps it."""

    queue: str
    task_id: str
    external_id: str
    raw: RawAnswer
    problem: str
    """Why it is not applied; empty for a good one and for a skipped one."""
    deleted: bool = False
    """Noted: the queue does not have it any more. It counts no longer."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What people decided about a note besides its text; versioned like a `Transcription`."""

    field: Field
    value: str
    source: Source
    decided_by: str
    reason: str = ""
    version: int = 1
    decided_at: str | None = None
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class AuditItem:
    """A note in the random sample of what was accepted without review."""

    note_id: str
    transcription: Transcription
    """The machine's, as it was accepted when the note was drawn."""
    share: float
    """Chance with which it was drawn, 0 to 1."""
