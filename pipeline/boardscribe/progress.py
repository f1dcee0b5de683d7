"""How review goes: what is left, what is done, how fast, how far readers agree, what went wrong.

Counts people, never compares them: no figure here belongs to one reader.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean, median

from boardscribe.evaluate._text import normalised
from boardscribe.records import Legibility, Source, Transcription
from boardscribe.review import AuditItem
from boardscribe.snapshot import AnswerEntry, NoteEntry, Snapshot, TaskEntry

__all__ = [
    "AuditResult",
    "BoardProgress",
    "Moment",
    "ReviewProgress",
    "audit_result",
    "binomial_interval",
    "progress_data",
    "review_progress",
]

_BY_THE_HOUR = timedelta(days=3)
_PAUSE = timedelta(minutes=15)
"""Answers further apart than this are two sittings; the time between is nobody's work."""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The measured error of what was accepted without review."""

    drawn: int
    """Notes in the random sample."""
    answered: int
    wrong: int
    low: float
    """Lower end of the exact 95 % interval (Clopper and Pearson 1934), 0 to 1."""
    high: float

    @property
    def rate(self) -> float | None:
        """Share of wrong ones among those answered; None where there are none."""
        return self.wrong / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class BoardProgress:
    """One board."""

    board: str | None
    asked: int
    """Notes that people were asked about."""
    left: int
    """Of these, notes that wait for an answer."""
    agreement: float | None


@dataclass(frozen=True, slots=True)
class Moment:
    """How far review was at one moment."""

    at: str
    """End of an hour or day (UTC), ISO 8601."""
    asked: int
    """Questions asked until then, withdrawn ones left out."""
    answered: int
    """Questions answered until then."""


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """Where review stands."""

    asked: int
    """Notes that people were asked about."""
    left: int
    """Notes that wait for an answer."""
    open_tasks: int
    """Copies that wait: two readers of one note are two."""
    answers: int
    """Those that count."""
    skipped: int
    unusable: int
    """Kept but not applied."""
    deleted: int
    readers: int
    by_kind: Mapping[str, int]
    """Open copies by what they ask first."""
    seconds: float | None
    """Median time of an answer; None where no queue said."""
    per_hour: float | None
    """Answers an hour of work, pauses left out; None before the second answer."""
    agreement: float | None
    """Mean over notes that two or more people read, 0 to 1."""
    agreement_notes: int
    """How many notes that is."""
    boards: tuple[BoardProgress, ...]
    course: tuple[Moment, ...]
    """From the first question to the last event: by the hour where that is a few days, else by
    the day, without gaps."""
    new_outline: int
    """Notes whose outline people found wrong: two notes in one, or not the whole note."""
    to_split: int
    """Of these, two notes in one."""
    rejected: int
    """Outlines that people say are no notes."""
    audit: AuditResult

    @property
    def done(self) -> int:
        """Notes that were asked about and wait no more."""
        return self.asked - self.left


def review_progress(snapshot: Snapshot) -> ReviewProgress:
    """Where review stands in a workspace."""
    tasks = snapshot.review.tasks
    answers = [answer for task in tasks for answer in task.answers]
    good = [answer for answer in answers if answer.counts]
    seconds = [answer.seconds for answer in good if answer.seconds]
    live = [task for task in tasks if not task.withdrawn or task.answers]
    asked = {task.note_id for task in live}
    left = {task.note_id for task in tasks if task.open}
    agreements = {task.note_id: task.agreement for task in tasks if task.agreement is not None}
    return ReviewProgress(
        asked=len(asked),
        left=len(left),
        open_tasks=sum(task.open for task in tasks),
        answers=len(good),
        skipped=sum(answer.skipped for answer in answers),
        unusable=sum(answer.unusable and not answer.deleted for answer in answers),
        deleted=sum(answer.deleted for answer in answers),
        readers=len({answer.reader for answer in good}),
        by_kind=dict(sorted(Counter(task.kind.value for task in tasks if task.open).items())),
        seconds=median(seconds) if seconds else None,
        per_hour=_per_hour(good),
        agreement=mean(agreements.values()) if agreements else None,
        agreement_notes=len(agreements),
        boards=_boards(snapshot, asked, left, agreements),
        course=_course(live),
        new_outline=sum(note.outline != "good" for note in snapshot.notes),
        to_split=len(snapshot.to_split()),
        rejected=sum(note.rejected for note in snapshot.notes),
        audit=audit_result(snapshot),
    )


def progress_data(found: ReviewProgress) -> dict[str, object]:
    """The same as plain data."""
    return {
        "notes": {"asked": found.asked, "done": found.done, "left": found.left},
        "open_questions": found.open_tasks,
        "open_by_kind": dict(found.by_kind),
        "answers": {
            "applied": found.answers,
            "skipped": found.skipped,
            "unusable": found.unusable,
            "deleted": found.deleted,
        },
        "readers": found.readers,
        "median_seconds": found.seconds,
        "answers_per_hour": found.per_hour,
        "agreement": found.agreement,
        "agreement_notes": found.agreement_notes,
        "new_outline_needed": found.new_outline,
        "to_split": found.to_split,
        "not_notes": found.rejected,
        "boards": [
            {
                "board": board.board,
                "asked": board.asked,
                "done": board.asked - board.left,
                "left": board.left,
                "agreement": board.agreement,
            }
            for board in found.boards
        ],
        "course": [
            {"at": moment.at, "asked": moment.asked, "answered": moment.answered}
            for moment in found.course
        ],
        "audit": {
            "drawn": found.audit.drawn,
            "answered": found.audit.answered,
            "wrong": found.audit.wrong,
            "error_rate": found.audit.rate,
            "interval_95": [found.audit.low, found.audit.high],
        },
    }


def audit_result(snapshot: Snapshot) -> AuditResult:
    """How many of the notes accepted without review were wrong, by the random sample.

    A note that was drawn twice, because a machine read it anew, counts with the newest text.
    """
    notes = {note.note_id: note for note in snapshot.notes}
    newest: dict[str, AuditItem] = {}
    for item in snapshot.review.audits:
        former = newest.get(item.note_id)
        if former is None or former.transcription.version < item.transcription.version:
            newest[item.note_id] = item
    judged = [
        _is_right(item, notes[note_id])
        for note_id, item in sorted(newest.items())
        if note_id in notes and _is_answered(notes[note_id])
    ]
    wrong = sum(not right for right in judged)
    low, high = binomial_interval(wrong, len(judged))
    return AuditResult(len(newest), len(judged), wrong, low, high)


def binomial_interval(hits: int, tries: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934).

    Args:
        hits: times that it happened.
        tries: times that it could; 0 gives the whole range.
        confidence: two-sided.

    Example:
        >>> [round(end, 4) for end in binomial_interval(2, 60)]
        [0.0041, 0.1153]
    """
    tail = (1 - confidence) / 2
    low = 0.0 if not hits else _solve(lambda p: 1 - _at_most(hits - 1, tries, p) - tail)
    high = 1.0 if hits >= tries else _solve(lambda p: tail - _at_most(hits, tries, p))
    return low, high


def _solve(rising: Callable[[float], float]) -> float:
    """Where a rising function is zero, between 0 and 1."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(hits: int, tries: int, p: float) -> float:
    """Binomial distribution function."""
    if p <= 0 or p >= 1:
        return float(p <= 0 or hits >= tries)
    whole = math.lgamma(tries + 1)
    return sum(
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(tries - k + 1)
            + k * math.log(p)
            + (tries - k) * math.log1p(-p)
        )
        for k in range(hits + 1)
    )


def _is_answered(note: NoteEntry) -> bool:
    return (
        note.transcription.source is not Source.MACHINE or note.rejected or note.outline != "good"
    )


def _is_right(item: AuditItem, note: NoteEntry) -> bool:
    if note.rejected or note.outline != "good":
        return False
    return _is_same(item.transcription, note.transcription)


def _per_hour(answers: Iterable[AnswerEntry]) -> float | None:
    """Answers an hour of somebody's sitting; several people at once are several sittings."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for answer in answers:
        moment = _moment(answer.answered_at)
        if moment is not None:
            times[answer.reader].append(moment)
    worked, steps = timedelta(), 0
    for mine in times.values():
        mine.sort()
        for before, after in pairwise(mine):
            if timedelta() < after - before <= _PAUSE:
                worked += after - before
                steps += 1
    return 3600 * steps / worked.total_seconds() if worked else None


def _boards(
    snapshot: Snapshot, asked: set[str], left: set[str], agreements: Mapping[str, float]
) -> tuple[BoardProgress, ...]:
    names = {board.board_id: board.name for board in snapshot.boards}
    by_board: dict[str | None, list[str]] = defaultdict(list)
    for note in snapshot.notes:
        if note.note_id in asked:
            key = note.board_id if note.board_id in names else None
            by_board[key].append(note.note_id)
    found = []
    for board_id in [*names, None]:
        mine = by_board.get(board_id, [])
        agreed = [agreements[note_id] for note_id in mine if note_id in agreements]
        if mine:
            found.append(
                BoardProgress(
                    board=None if board_id is None else names[board_id],
                    asked=len(mine),
                    left=sum(note_id in left for note_id in mine),
                    agreement=mean(agreed) if agreed else None,
                )
            )
    return tuple(found)


def _course(tasks: Iterable[TaskEntry]) -> tuple[Moment, ...]:
    asked: list[datetime] = []
    answered: list[datetime] = []
    for task in tasks:
        made = _moment(task.created_at)
        times = [_moment(answer.answered_at) for answer in task.answers if answer.counts]
        known = [moment for moment in times if moment is not None]
        if made is not None:
            # Clocks differ: nothing is answered before it is asked.
            asked.append(min([made, *known]))
        if known:
            answered.append(min(known))
    if not asked:
        return ()
    first, last = min(asked), max(*asked, *answered, min(asked))
    step = timedelta(hours=1) if last - first <= _BY_THE_HOUR else timedelta(days=1)
    start = first.replace(minute=0, second=0, microsecond=0)
    if step >= timedelta(days=1):
        start = start.replace(hour=0)
    asked.sort()
    answered.sort()
    course = [Moment(start.isoformat(timespec="minutes"), 0, 0)]
    while start <= last:
        start += step
        course.append(
            Moment(
                start.isoformat(timespec="minutes"),
                bisect_left(asked, start),
                bisect_left(answered, start),
            )
        )
    return tuple(course)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_same(one: Transcription, other: Transcription) -> bool:
    """Whether two decisions say the same, but for case, spaces and marks of uncertainty."""
    if _kind(one.legibility) is not _kind(other.legibility):
        return False
    return normalised(one.text, fold=True) == normalised(other.text, fold=True)


def _kind(legibility: Legibility) -> Legibility:
    """Readable and partly readable differ by marks in the text, which are compared anyway."""
    return Legibility.READABLE if legibility is Legibility.PARTLY else legibility
