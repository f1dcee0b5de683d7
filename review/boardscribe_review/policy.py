"""When a question is settled, who is asked next, and what follows: the rules, as a pure function.

One round of a note:

    asked -> one answer           -> settled            readers = 1
    asked -> two readers agree    -> settled            readers = 2
          -> they disagree        -> one more reader    escalation = "reader", until two people
                                                        wrote each word alike
                                     or an editor       escalation = "editor"
          -> most_readers reached -> an editor; where there is none, settled with words in
                                     dispute marked `[?word?]`

A reader counts once, with the newest answer. An editor settles a dispute only with an answer to
a copy that was made for editors, and only where the dispute is not their own: who answered an
ordinary copy of the same round cannot be its editor. Whatever comes later (an edited answer, a
late one) is judged by the same rules over all answers, so the order in which they came makes no
difference to what is decided, only to when.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boardscribe.decisions import decided_by_people
from boardscribe.options import ReviewOptions
from boardscribe.records import Legibility, Source, Transcription
from boardscribe.review import (
    Answer,
    Correction,
    Field,
    Kind,
    ReviewTask,
    StoredTask,
    TaskContent,
    Verdict,
)
from boardscribe.store import Dossier, Settlement, digest_of
from boardscribe_review.checking import check
from boardscribe_review.consensus import agreement, merge

__all__ = ["Outcome", "State", "judge", "new_task", "open_copies", "settle", "voices"]

_WRITTEN = (Verdict.READABLE, Verdict.PARTLY)
_LEGIBILITY = {
    Verdict.ILLEGIBLE: Legibility.ILLEGIBLE,
    Verdict.BLANK: Legibility.BLANK,
    Verdict.HIDDEN: Legibility.HIDDEN,
}
_NO_TEXT = (Verdict.NOTE, Verdict.NOT_A_NOTE, Verdict.TWO_NOTES, Verdict.WRONG_OUTLINE)
_OUTLINES = (Verdict.TWO_NOTES, Verdict.WRONG_OUTLINE)
_ALTERNATIVES = 6


@dataclass(frozen=True, slots=True)
class State:
    """Where a round stands."""

    settled: bool
    wanted: int
    """Copies that should wait for an answer now."""
    for_editor: bool = False
    """The copies wanted are for an editor."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answers of a round say, taken together."""

    verdict: Verdict
    readers: tuple[str, ...]
    """Those whose answers it rests on."""
    text: str = ""
    legibility: Legibility = Legibility.READABLE
    confidence: float = 1.0
    shape: str | None = None
    board_id: str | None = None
    disputed: bool = False
    """No two people agree on some part of it."""


def settle(
    dossier: Dossier,
    options: ReviewOptions,
    *,
    accuracy: Mapping[str, float] | None = None,
    again: bool = False,
    queue: str | None = None,
) -> Settlement:
    """What follows for a note from all its answers.

    Args:
        dossier: the note, its tasks and answers.
        options: the policy.
        accuracy: of readers, see `reliability.accuracies`.
        again: ask once more even where one person answered several copies. Otherwise such a
            note waits for the next push: whoever works alone would get it again and again.
        queue: where further copies are put; where the ones before are by default.
    """
    if not dossier.tasks:
        return Settlement()
    latest = max(item.round for item in dossier.tasks)
    tasks = tuple(item for item in dossier.tasks if item.round == latest)
    readers, editors = voices(tasks, dossier, options)
    outcome, state = judge(readers, editors, dossier, options, accuracy=accuracy)
    waiting = open_copies(tasks, dossier, for_editor=state.for_editor)
    if not state.settled or outcome is None:
        repeated = _answered(tasks, dossier) > len(readers) + len(editors)
        missing = 0 if repeated and not again else state.wanted - len(waiting)
        add = tuple(
            _further(tasks, readers, number, for_editor=state.for_editor, queue=queue)
            for number in range(missing)
        )
        # Copies for readers are of no use while an editor is waited for.
        idle = open_copies(tasks, dossier, for_editor=False) if state.for_editor else ()
        return Settlement(
            add=add,
            withdraw=tuple(item.task.task_id for item in idle),
            agreement=_agreement(readers),
        )
    idle = (*waiting, *open_copies(tasks, dossier, for_editor=not state.for_editor))
    return Settlement(
        transcription=_transcription(outcome, len(readers), editors, options),
        corrections=_corrections(outcome, tasks, dossier),
        withdraw=tuple(sorted({item.task.task_id for item in idle})),
        agreement=_agreement(readers),
    )


def voices(
    tasks: Sequence[StoredTask], dossier: Dossier, options: ReviewOptions
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """The answers that count: the newest of each reader, and those of editors who may settle."""
    readers: dict[str, Answer] = {}
    deciding: dict[str, Answer] = {}
    for item in sorted(tasks, key=lambda item: item.task.copy):
        for stored in dossier.answers.get(item.task.task_id, ()):
            if stored.problem or stored.deleted or stored.raw.skipped:
                continue
            answer = check(item, stored.raw)
            if isinstance(answer, str):
                continue
            of_editor = item.task.for_editor and answer.reader in options.editors
            where = deciding if of_editor else readers
            former = where.get(answer.reader)
            if former is None or former.answered_at <= answer.answered_at:
                where[answer.reader] = answer
    own = {reader: answer for reader, answer in deciding.items() if reader in readers}
    for reader, answer in own.items():
        # Party to the dispute: a new word from them counts as theirs, and settles nothing.
        del deciding[reader]
        if readers[reader].answered_at <= answer.answered_at:
            readers[reader] = answer
    return readers, deciding


def judge(
    readers: Mapping[str, Answer],
    editors: Mapping[str, Answer],
    dossier: Dossier,
    options: ReviewOptions,
    *,
    accuracy: Mapping[str, float] | None = None,
) -> tuple[Outcome | None, State]:
    """Whether the answers settle the question, and what they say."""
    if editors:
        newest = max(editors.values(), key=lambda answer: (answer.answered_at, answer.reader))
        return _taken_together({newest.reader: newest}, dossier, accuracy), State(True, 0)
    if len(readers) < options.readers:
        return None, State(False, options.readers - len(readers))
    outcome = _taken_together(readers, dossier, accuracy)
    if not outcome.disputed:
        return outcome, State(True, 0)
    return outcome, _next(readers, options)


def _next(readers: Mapping[str, Answer], options: ReviewOptions) -> State:
    """Who is asked where readers disagree."""
    may_ask_more = len(readers) < options.most_readers
    if options.escalation == "reader" and may_ask_more:
        return State(False, 1)
    if set(options.editors) - set(readers):
        return State(False, 1, for_editor=True)
    return State(False, 1) if may_ask_more else State(True, 0)


def open_copies(
    tasks: Sequence[StoredTask], dossier: Dossier, *, for_editor: bool
) -> tuple[StoredTask, ...]:
    """Copies that wait for an answer.

    One with an answer that cannot be applied waits no more: the queue takes it for done.
    """
    return tuple(
        item
        for item in tasks
        if item.task.for_editor == for_editor
        and not item.withdrawn
        and not any(
            not stored.deleted and not stored.raw.skipped
            for stored in dossier.answers.get(item.task.task_id, ())
        )
    )


def _agreement(readers: Mapping[str, Answer]) -> float | None:
    """Over the texts; a choice without text is like a text that nobody else wrote."""
    if len(readers) < 2:
        return None
    answers = [readers[reader] for reader in sorted(readers)]
    if all(answer.verdict in _WRITTEN for answer in answers):
        return agreement([answer.text for answer in answers])
    groups = Counter(_group(answer.verdict) for answer in answers)
    pairs = len(answers) * (len(answers) - 1)
    return sum(number * (number - 1) for number in groups.values()) / pairs


def _answered(tasks: Sequence[StoredTask], dossier: Dossier) -> int:
    """Copies with an answer that counts."""
    return sum(
        any(
            not (stored.problem or stored.deleted or stored.raw.skipped)
            for stored in dossier.answers.get(item.task.task_id, ())
        )
        for item in tasks
    )


def new_task(
    *,
    note_id: str,
    sighting_id: str,
    asks: tuple[Kind, ...],
    round_: int,
    copy: int,
    priority: float,
    content: TaskContent,
    queue: str,
    audit: bool = False,
    for_editor: bool = False,
) -> StoredTask:
    """A copy of a question that no queue has yet; its id is the same whenever it is made."""
    name = f"{note_id}/{round_}/{copy}"
    task = ReviewTask(
        task_id=f"t-{hashlib.blake2b(name.encode(), digest_size=10).hexdigest()}",
        note_id=note_id,
        asks=asks,
        copy=copy,
        for_editor=for_editor,
        priority=priority,
        content=content,
    )
    return StoredTask(task, queue, round_, audit, sighting_id, digest_of(task))


def _further(
    tasks: Sequence[StoredTask],
    readers: Mapping[str, Answer],
    number: int,
    *,
    for_editor: bool,
    queue: str | None,
) -> StoredTask:
    """One more copy of a round's question; an editor sees what was written, not by whom."""
    last = max(tasks, key=lambda item: item.task.copy)
    content = last.task.content
    if for_editor:
        written = Counter(a.text for a in readers.values() if a.text and a.text != content.text)
        texts = [text for text, _ in written.most_common()]
        others = [text for text in content.alternatives if text not in texts]
        content = dataclasses.replace(
            content, alternatives=tuple([*texts, *others][:_ALTERNATIVES])
        )
    return new_task(
        note_id=last.task.note_id,
        sighting_id=last.sighting_id,
        asks=last.task.asks,
        round_=last.round,
        copy=last.task.copy + 1 + number,
        # Work that others have begun comes first.
        priority=max(last.task.priority, 0.9),
        content=content,
        queue=last.queue if queue is None else queue,
        audit=last.audit,
        for_editor=for_editor,
    )


def _taken_together(
    answers: Mapping[str, Answer], dossier: Dossier, accuracy: Mapping[str, float] | None
) -> Outcome:
    """One outcome of all answers. Disputed where fewer than two people (of two or more) agree."""
    needed = min(2, len(answers))
    group, supporters, tied = _most([(_group(a.verdict), r) for r, a in sorted(answers.items())])
    same = {reader: answers[reader] for reader in supporters}
    disputed = len(supporters) < needed or tied
    shape, shape_open = _choice([(a.shape, r) for r, a in sorted(same.items())])
    # Who left the board as it was shown says the same as who chose that board.
    shown = max(dossier.tasks, key=lambda item: (item.round, item.task.copy)).task.content
    board, board_open = _choice(
        [(a.board_id or shown.board_id or "", r) for r, a in sorted(same.items())]
    )
    outcome = Outcome(
        verdict=group,
        readers=tuple(sorted(same)),
        shape=shape,
        board_id=board or None,
        disputed=disputed or shape_open or board_open,
    )
    if group in _NO_TEXT:
        return outcome
    if group is not Verdict.READABLE:
        return dataclasses.replace(
            outcome,
            legibility=_LEGIBILITY[group],
            text="",
            confidence=_share(len(supporters), len(answers)),
        )
    texts = {reader: answer.text for reader, answer in same.items()}
    if len(texts) == 1:
        found = merge(texts, accuracy=accuracy)
        (only,) = texts.values()
        return dataclasses.replace(
            outcome, text=only, legibility=found.legibility, confidence=found.confidence
        )
    found = merge(texts, dossier.readings, accuracy=accuracy)
    return dataclasses.replace(
        outcome,
        text=found.text,
        legibility=found.legibility,
        confidence=found.confidence,
        disputed=outcome.disputed or bool(found.open_words),
    )


def _group(verdict: Verdict) -> Verdict:
    """Readable and partly readable are one group: they differ word by word, not as a whole."""
    return Verdict.READABLE if verdict in _WRITTEN else verdict


def _most(votes: Sequence[tuple[Verdict, str]]) -> tuple[Verdict, tuple[str, ...], bool]:
    """What most say, who says so, and whether as many say something else.

    Of equals a text comes first: words in dispute can be marked, a lost text cannot.
    """
    counts = Counter(verdict for verdict, _ in votes)
    order = list(Verdict)
    best = min(counts, key=lambda verdict: (-counts[verdict], order.index(verdict)))
    tied = sum(number == counts[best] for number in counts.values()) > 1
    return best, tuple(reader for verdict, reader in votes if verdict is best), tied


def _choice(votes: Sequence[tuple[str | None, str]]) -> tuple[str | None, bool]:
    """What most chose, and whether that is open; who chose nothing has no vote."""
    counts = Counter(value for value, _ in votes if value is not None)
    if not counts:
        return None, False
    best = min(counts, key=lambda value: (-counts[value], value))
    tied = sum(number == counts[best] for number in counts.values()) > 1
    return best, tied


def _share(supporters: int, all_: int) -> float:
    """Laplace's estimate of the chance that the majority is right."""
    return (supporters + 1) / (all_ + 2) if all_ > 1 else 0.9


def _transcription(
    outcome: Outcome, count: int, editors: Mapping[str, Answer], options: ReviewOptions
) -> Transcription | None:
    if outcome.verdict in _NO_TEXT:
        return None
    return decided_by_people(
        outcome.text,
        outcome.legibility,
        readers=outcome.readers,
        confidence=min(1.0, max(0.0, outcome.confidence)),
        reason=_reason(outcome, count, editors, options),
    )


def _reason(
    outcome: Outcome, count: int, editors: Mapping[str, Answer], options: ReviewOptions
) -> str:
    if editors:
        return "an editor settled it" if count else "an editor read it"
    if outcome.disputed:
        return f"{count} readers do not agree; words in dispute are marked"
    if count == 1:
        return "one reader"
    if count > options.readers:
        return f"{count} readers, two or more alike in every part"
    return f"{count} readers agree"


def _corrections(
    outcome: Outcome, tasks: Sequence[StoredTask], dossier: Dossier
) -> tuple[Correction, ...]:
    """What follows besides the text. What was asked is noted also where it was confirmed."""
    asked = {kind for item in tasks for kind in item.task.asks}
    shown = max(tasks, key=lambda item: item.task.copy).task.content
    had = {correction.field for correction in dossier.corrections}
    found: list[tuple[Field, str]] = []
    if outcome.verdict is Verdict.NOT_A_NOTE:
        found.append((Field.NOTE, "no"))
    elif Kind.NOTE in asked or Field.NOTE in had:
        found.append((Field.NOTE, "yes"))
    if outcome.verdict in _OUTLINES:
        found.append((Field.OUTLINE, outcome.verdict.value))
    elif Field.OUTLINE in had and outcome.verdict is not Verdict.NOT_A_NOTE:
        found.append((Field.OUTLINE, "good"))
    if outcome.shape is not None and (
        Kind.SHAPE in asked or Field.SHAPE in had or outcome.shape != shown.shape.value
    ):
        found.append((Field.SHAPE, outcome.shape))
    if outcome.board_id is not None and (Field.BOARD in had or outcome.board_id != shown.board_id):
        found.append((Field.BOARD, outcome.board_id))
    source = Source.PERSON if len(outcome.readers) == 1 else Source.CONSENSUS
    by = decided_by_people(
        "", Legibility.BLANK, readers=outcome.readers, confidence=1.0, reason=""
    ).decided_by
    reason = "one reader" if len(outcome.readers) == 1 else f"{len(outcome.readers)} readers agree"
    return tuple(Correction(field, value, source, by, reason) for field, value in found)
