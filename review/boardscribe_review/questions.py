"""Which notes are asked about, what each question shows, and which come first.

`docs/decisions/0007-review.md` says how the order follows from expected gain.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from types import MappingProxyType

from boardscribe.marks import ILLEGIBLE
from boardscribe.options import Options
from boardscribe.record import Proposal
from boardscribe.records import Legibility, Reading, Status
from boardscribe.review import (
    AuditItem,
    Field,
    Kind,
    StoredAnswer,
    StoredTask,
    TaskContent,
    TaskPlan,
)
from boardscribe.snapshot import NoteEntry, Snapshot
from boardscribe_review.pictures import context_path
from boardscribe_review.policy import new_task

__all__ = ["Costs", "doubts", "measured_costs", "plan", "priority"]

_ALTERNATIVES = 4
_SECONDS = {Kind.NOTE: 3.0, Kind.SHAPE: 4.0, Kind.TEXT: 8.0}
_SECONDS_A_WORD = 0.8
_MEASURED_FROM = 20
"""Timed answers of a kind from which their median replaces the assumed seconds."""
_HALF = 0.05
"""Facts a second that give a priority of one half."""
_AUDIT = (Kind.TEXT,)


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds that a question takes a person."""

    seconds: Mapping[Kind, float]
    """Of a whole question, by its first kind; what is missing is assumed."""

    def of(self, asks: Sequence[Kind], words: int) -> float:
        """Expected seconds."""
        if asks[0] in self.seconds:
            return self.seconds[asks[0]]
        reading = _SECONDS_A_WORD * words if Kind.TEXT in asks else 0.0
        return max(_SECONDS[kind] for kind in asks) + reading


def measured_costs(tasks: Iterable[StoredTask], answers: Iterable[StoredAnswer]) -> Costs:
    """The median seconds of what was answered so far, by kind."""
    kinds = {item.task.task_id: item.task.kind for item in tasks}
    found = defaultdict(list)
    for answer in answers:
        seconds = answer.raw.seconds
        if answer.task_id in kinds and seconds and not answer.raw.skipped:
            found[kinds[answer.task_id]].append(seconds)
    return Costs({kind: median(s) for kind, s in found.items() if len(s) >= _MEASURED_FROM})


def doubts(note: NoteEntry, options: Options) -> tuple[Kind, ...]:
    """What people should be asked about a note now, the first doubt first.

    A doubt about the note itself comes alone: most such outlines are none, and then nothing else
    matters. What waits for review is asked for its text too, also where only the shape is in
    doubt: the text is prefilled, and the note is then done.
    """
    if note.rejected or note.outline != "good":
        return ()
    if note.doubtful:
        return () if note.corrected(Field.NOTE) else (Kind.NOTE,)
    shape = note.best.shape.probability
    asks_shape = shape < options.decide.accept_shape and note.corrected(Field.SHAPE) is None
    if note.status is not Status.REVIEW:
        return (Kind.SHAPE,) if asks_shape else ()
    if not asks_shape:
        return (Kind.TEXT,)
    return (
        (Kind.SHAPE, Kind.TEXT)
        if shape < note.transcription.confidence
        else (Kind.TEXT, Kind.SHAPE)
    )


def priority(note: NoteEntry, asks: Sequence[Kind], costs: Costs) -> float:
    """Expected gain a second, 0 to 1: chance that an answer changes the record, by its cost."""
    said, best = note.transcription, note.best
    gain = 0.0
    if Kind.NOTE in asks:
        gain += best.detection.confidence
    if Kind.SHAPE in asks:
        gain += 1 - best.shape.probability
    if Kind.TEXT in asks:
        gain += (1 - said.confidence) * _can_be_read(note)
    rate = max(0.0, gain) / costs.of(asks, len(said.text.split()))
    return round(rate / (rate + _HALF), 4)


def _can_be_read(note: NoteEntry) -> float:
    """Chance, as assumed, that a person can read what the crop shows.

    A blurred or covered note is hard for people too; one that a machine read nearly is not.
    """
    sharp = min(1.0, note.best.sharpness / 0.5)
    covered = note.best.detection.cut_off or note.best.detection.hidden
    legibility = note.transcription.legibility
    chance = 0.3 + 0.7 * sharp
    if legibility in (Legibility.ILLEGIBLE, Legibility.HIDDEN, Legibility.CUT_OFF):
        chance *= 0.6
    return chance * (0.7 if covered else 1.0)


def plan(
    snapshot: Snapshot,
    tasks: Sequence[StoredTask],
    answers: Sequence[StoredAnswer],
    options: Options,
    *,
    queue: str,
    audit: float = 0.0,
    proposals: Mapping[str, Proposal] = MappingProxyType({}),
) -> TaskPlan:
    """What a push wants: new questions, changed ones, and those that nobody need answer.

    The same workspace gives the same plan, and a plan that was put into force leaves nothing to
    do: pushing twice asks nobody twice. A note that is asked in one queue is not asked in
    another.

    Args:
        snapshot: the workspace.
        tasks: all stored ones, of all queues.
        answers: all stored ones.
        options: thresholds and policy.
        queue: for which new questions are made.
        audit: share of what was accepted without review to ask all the same, 0 to 1.
        proposals: doubtful answers to gaps of a published record, by note id.
    """
    planner = _Planner(
        snapshot, tasks, answers, options, queue=queue, audit=audit, proposals=proposals
    )
    return planner.plan()


class _Planner:
    def __init__(
        self,
        snapshot: Snapshot,
        tasks: Sequence[StoredTask],
        answers: Sequence[StoredAnswer],
        options: Options,
        *,
        queue: str,
        audit: float,
        proposals: Mapping[str, Proposal],
    ) -> None:
        self._snapshot = snapshot
        self._options = options
        self._queue = queue
        self._audit = audit
        self._proposals = proposals
        self._costs = measured_costs(tasks, answers)
        self._photos = {entry.photo.sha256: entry for entry in snapshot.photos}
        self._drawn = {(a.note_id, a.transcription.version) for a in snapshot.review.audits}
        self._answered = {
            answer.task_id for answer in answers if not answer.deleted and not answer.raw.skipped
        }
        self._rounds: dict[str, list[StoredTask]] = {}
        for item in tasks:
            known = self._rounds.setdefault(item.task.note_id, [])
            if known and known[0].round < item.round:
                known.clear()
            if not known or known[0].round == item.round:
                known.append(item)

    def plan(self) -> TaskPlan:
        add: list[StoredTask] = []
        audits: list[tuple[NoteEntry, AuditItem]] = []
        change = {}
        withdraw: list[str] = []
        for note in self._snapshot.notes:
            latest = self._rounds.get(note.note_id, [])
            asks = (
                doubts(note, self._options)
                or self._drawn_anew(note, latest)
                or self._proposed(note)
            )
            drawn = not asks and self._is_drawn(note)
            if drawn:
                asks = _AUDIT
            waiting = [item for item in latest if self._waits(item)]
            if waiting and self._still_asked(asks, latest):
                # A dispute goes on with what it was about, whatever the machine says now.
                same = asks or waiting[0].task.asks
                for item in waiting:
                    new = self._renewed(item, note, same)
                    if new.digest != item.digest:
                        change[item.task.task_id] = new.task
            elif waiting:
                withdraw += [item.task.task_id for item in waiting]
            elif drawn and (not self._was_drawn(note) or self._was_given_up(latest)):
                audits.append((note, AuditItem(note.note_id, note.transcription, self._audit)))
            elif asks and not drawn and self._is_new(note, asks, latest):
                add += self._copies(note, asks, latest)
        present = {note.note_id for note in self._snapshot.notes}
        for note_id, latest in self._rounds.items():
            if note_id not in present:
                withdraw += [item.task.task_id for item in latest if self._waits(item)]
        spread = sorted(item.task.priority for item in add) or [0.5]
        for note, _ in audits:
            # Somewhere among the others: nobody can tell by when it comes.
            rank = int(_chance(note.note_id, "place") * len(spread))
            add += self._copies(
                note, _AUDIT, self._rounds.get(note.note_id, []), audit=spread[rank]
            )
        add.sort(key=lambda item: (-item.task.priority, item.task.task_id))
        return TaskPlan(
            add=tuple(add),
            change=change,
            withdraw=tuple(sorted(withdraw)),
            audits=tuple(item for _, item in audits),
        )

    def _drawn_anew(self, note: NoteEntry, latest: Sequence[StoredTask]) -> tuple[Kind, ...]:
        """Asked once more where people found the outline wrong and a new one is there."""
        if note.outline == "good" or note.rejected or not latest:
            return ()
        shown = {item.sighting_id for item in latest if self._stands(item)}
        is_current = note.best.sighting_id in shown and not any(self._waits(i) for i in latest)
        return () if is_current else (Kind.TEXT,)

    def _proposed(self, note: NoteEntry) -> tuple[Kind, ...]:
        """A note that would fill a gap of a published record is read by a person first."""
        wanted = note.note_id in self._proposals and note.status is not Status.REVIEWED
        asked = wanted and not note.doubtful and note.outline == "good"
        return (Kind.TEXT,) if asked else ()

    def _waits(self, item: StoredTask) -> bool:
        return not item.withdrawn and item.task.task_id not in self._answered

    def _still_asked(self, asks: tuple[Kind, ...], latest: Sequence[StoredTask]) -> bool:
        """A question that nobody began to answer goes with its doubt; an audit stays."""
        return bool(asks) or any(
            item.audit or item.task.task_id in self._answered for item in latest
        )

    def _is_new(
        self, note: NoteEntry, asks: tuple[Kind, ...], latest: Sequence[StoredTask]
    ) -> bool:
        """Not asked before, or asked about something else, or about an outline that is gone."""
        answered = [item for item in latest if item.task.task_id in self._answered]
        if not answered:
            return True
        covered = {kind for item in answered for kind in item.task.asks}
        return not covered >= set(asks) or all(
            item.sighting_id != note.best.sighting_id for item in answered
        )

    def _copies(
        self,
        note: NoteEntry,
        asks: tuple[Kind, ...],
        latest: Sequence[StoredTask],
        *,
        audit: float | None = None,
    ) -> list[StoredTask]:
        return [
            new_task(
                note_id=note.note_id,
                sighting_id=note.best.sighting_id,
                asks=asks,
                round_=1 + max((item.round for item in latest), default=0),
                copy=copy,
                priority=self._priority(note, asks) if audit is None else audit,
                content=self._content(note),
                queue=self._queue,
                audit=audit is not None,
            )
            for copy in range(1, self._options.review.readers + 1)
        ]

    def _priority(self, note: NoteEntry, asks: tuple[Kind, ...]) -> float:
        """A gap of a published record waits for the answer: at least as urgent as a fair doubt."""
        usual = priority(note, asks, self._costs)
        return max(usual, 0.5) if note.note_id in self._proposals else usual

    def _renewed(self, item: StoredTask, note: NoteEntry, asks: tuple[Kind, ...]) -> StoredTask:
        """A waiting copy as it would be made today; an editor's keeps what readers wrote."""
        content = self._content(note)
        if item.task.for_editor:
            content = replace(content, alternatives=item.task.content.alternatives)
        return new_task(
            note_id=item.task.note_id,
            sighting_id=note.best.sighting_id,
            asks=asks,
            round_=item.round,
            copy=item.task.copy,
            priority=item.task.priority,
            content=content,
            queue=item.queue,
            audit=item.audit,
            for_editor=item.task.for_editor,
        )

    def _content(self, note: NoteEntry) -> TaskContent:
        said, best = note.transcription, note.best
        reading = best.readings[0] if best.readings else None
        text = said.text if said.legibility in _WITH_TEXT else ""
        others = [other for reading in best.readings for other in _texts(reading)]
        if note.note_id in self._proposals:
            others.insert(0, self._proposals[note.note_id].proposed)
        photo = self._photos.get(best.photo_sha256)
        has_picture = photo is not None and photo.preview is not None
        return TaskContent(
            crop=best.crop,
            context=context_path(best.sighting_id) if has_picture else None,
            text=text,
            legibility=said.legibility,
            alternatives=tuple(dict.fromkeys(o for o in others if o and o != text))[:_ALTERNATIVES],
            doubtful_words=_doubtful(reading, text),
            shape=best.shape.shape,
            board_id=note.board_id,
            boards=self._snapshot.boards,
            photo="" if photo is None else photo.photo.name,
            machine_version="" if reading is None else f"{reading.engine} {reading.engine_version}",
        )

    # The audit sample

    def _is_drawn(self, note: NoteEntry) -> bool:
        """Whether chance takes an accepted note into the sample: the same at every push.

        A larger share takes in all of a smaller one, and each note by itself, so notes that are
        accepted later are drawn with the same chance.
        """
        if note.doubtful or note.status is not Status.ACCEPTED or note.rejected:
            return False
        return _chance(note.note_id, str(self._options.review.audit_seed)) < self._audit

    def _was_given_up(self, latest: Sequence[StoredTask]) -> bool:
        """Its questions were closed before anybody answered one: their queue was lost."""
        return bool(latest) and not any(self._stands(item) for item in latest)

    def _stands(self, item: StoredTask) -> bool:
        """Asked still, or answered."""
        return not item.withdrawn or item.task.task_id in self._answered

    def _was_drawn(self, note: NoteEntry) -> bool:
        """The text accepted now is in the sample already."""
        return (note.note_id, note.transcription.version) in self._drawn


_WITH_TEXT = (Legibility.READABLE, Legibility.PARTLY, Legibility.CUT_OFF)


def _chance(note_id: str, salt: str) -> float:
    digest = hashlib.blake2b(f"{salt}/{note_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _texts(reading: Reading) -> tuple[str, ...]:
    return (reading.text, *(text for text, _ in reading.alternatives))


def _doubtful(reading: Reading | None, text: str) -> tuple[str, ...]:
    """Words of the machine's text to look at closely; none where the text is not its own."""
    if reading is None or reading.text != text:
        return ()
    return tuple(
        word.text
        for line in reading.lines
        for word in line.words
        if word.uncertain and word.text != ILLEGIBLE
    )
