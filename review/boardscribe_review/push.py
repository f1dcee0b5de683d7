"""Questions to a queue: idempotent, and safe to kill at any instant.

What is wanted is stored first; then each batch is noted as on its way, sent, and noted as there.
A push that finds a batch which was on its way asks the queue what it has of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from boardscribe.options import Options
from boardscribe.record import read_questions
from boardscribe.records import Status
from boardscribe.review import Field, StoredAnswer, StoredTask
from boardscribe.snapshot import Snapshot
from boardscribe.store import ReviewStore
from boardscribe.workspace import Workspace
from boardscribe_review.judging import settler
from boardscribe_review.pictures import draw_contexts
from boardscribe_review.questions import plan
from boardscribe_review.queue import Queue

__all__ = ["Pushed", "Step", "answered_tasks", "flush", "push"]

_LOOKED_FOR = 20
"""Questions that tell whether a queue was emptied."""

Step = Callable[[str, int, int], None]
"""Told of progress: what is being done, how many are done, how many there are."""


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did."""

    new: int
    updated: int
    withdrawn: int
    found: int = 0
    """Sent before by a push that was killed: the queue had them."""
    waiting: int = 0
    """Questions that wait for an answer in this queue now."""
    is_emptied: bool = False
    """The queue has none of the questions that waited in it before."""
    elsewhere: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Questions that wait in other queues, by the name of the queue."""


def push(
    workspace: Workspace,
    queue: Queue,
    *,
    options: Options | None = None,
    audit: float | None = None,
    verify: bool = False,
    progress: Step = _silent,
    notify: Callable[[str], None] = lambda _: None,
) -> Pushed:
    """Make the doubtful notes of a workspace questions of a queue.

    Args:
        workspace: open; its lock is taken.
        queue: where to.
        options: of the workspace by default.
        audit: share of what was accepted without review to ask all the same, 0 to 1; by default
            that of the options.
        verify: send again what the queue lost, see `flush`.
        progress: told what is done.
        notify: told, once, if another process has to be waited for.

    Raises:
        BoardscribeError: the queue cannot be reached. Pushing again goes on.
    """
    chosen = options if options is not None else workspace.options
    share = chosen.review.audit if audit is None else audit
    review = workspace.store.review
    with workspace.hold(notify):
        snapshot = workspace.snapshot(chosen)
        tasks, answers = review.tasks(), review.answers()
        wanted = plan(
            snapshot,
            tasks,
            answers,
            chosen,
            queue=queue.name,
            audit=share,
            proposals=read_questions(workspace.path),
        )
        review.plan(queue.name, wanted)
        stuck = _stuck(snapshot, tasks, answers)
        if stuck:
            review.settle(stuck, settler(workspace, chosen, again=True, queue=queue.name))
        stored = review.tasks()
        places = {
            item.sighting_id: item.task.content.context
            for item in stored
            if item.task.content.context is not None and not item.withdrawn
        }
        done = 0

        def drawn(number: int) -> None:
            nonlocal done
            done += number
            progress("pictures", done, len(places))

        draw_contexts(
            workspace.path,
            snapshot,
            [(key, place) for key, place in places.items() if place is not None],
            progress=drawn,
        )
        return flush(review, queue, verify=verify, progress=progress)


def _stuck(
    snapshot: Snapshot, tasks: Sequence[StoredTask], answers: Sequence[StoredAnswer]
) -> tuple[str, ...]:
    """Notes that were answered, are not settled, and wait for nobody.

    One person answered several copies, or the other copy was in a queue that was given up: it is
    time to ask once more.
    """
    answered = {answer.task_id for answer in answers}
    done = answered_tasks(answers)
    begun = {item.task.note_id for item in tasks if item.task.task_id in answered}
    waiting = {
        item.task.note_id for item in tasks if not item.withdrawn and item.task.task_id not in done
    }
    return tuple(
        note.note_id
        for note in snapshot.notes
        if note.note_id in begun - waiting
        and note.status is not Status.REVIEWED
        and note.corrected(Field.NOTE) is None
        and note.outline == "good"
    )


def answered_tasks(answers: Sequence[StoredAnswer]) -> frozenset[str]:
    """Tasks that the queue takes for done."""
    return frozenset(
        answer.task_id for answer in answers if not answer.deleted and not answer.raw.skipped
    )


def flush(
    review: ReviewStore, queue: Queue, *, verify: bool = False, progress: Step = _silent
) -> Pushed:
    """Bring a queue to what the store wants of it; the workspace's lock must be held.

    Args:
        review: of the workspace.
        queue: where to.
        verify: ask the queue whether it still has all that waits for an answer, and send again
            what it lost.
        progress: told what is done.
    """
    stored = review.tasks()
    mine = [item for item in stored if item.queue == queue.name]
    is_emptied = False
    if verify:
        _send_lost_again(review, queue, mine)
        mine = [item for item in review.tasks() if item.queue == queue.name]
    else:
        is_emptied = _is_emptied(queue, _there(mine, answered_tasks(review.answers())))
    found, retried = _recover(review, queue, mine)
    if retried:
        mine = [item for item in review.tasks() if item.queue == queue.name]
    new = [item for item in mine if item.external_id is None and not item.withdrawn]
    new.sort(key=lambda item: (-item.task.priority, item.task.task_id))
    _send(review, queue, new, progress)
    answered = answered_tasks(review.answers())
    stale = [
        item
        for item in mine
        if item.external_id is not None
        and not item.withdrawn
        and item.pushed_digest != item.digest
        and item.task.task_id not in answered
    ]
    _update(review, queue, stale, progress)
    gone = [item for item in mine if item.withdrawn and not item.removed]
    _withdraw(review, queue, gone, progress)
    _drop_doubles(queue, retried)
    open_ = Counter(
        item.queue
        for item in (*mine, *(item for item in stored if item.queue != queue.name))
        if not item.withdrawn and item.task.task_id not in answered
    )
    waiting = open_.pop(queue.name, 0)
    return Pushed(len(new), len(stale), len(gone), found, waiting, is_emptied, open_)


def _send_lost_again(review: ReviewStore, queue: Queue, tasks: Sequence[StoredTask]) -> None:
    waiting = _there(tasks, answered_tasks(review.answers()))
    there = queue.find(waiting) if waiting else {}
    review.lost([task_id for task_id in waiting if task_id not in there])


def _there(tasks: Sequence[StoredTask], answered: Collection[str]) -> list[str]:
    """Questions that wait for an answer, and that the queue said it had."""
    return [
        item.task.task_id
        for item in tasks
        if item.external_id is not None and not item.withdrawn and item.task.task_id not in answered
    ]


def _is_emptied(queue: Queue, waiting: Sequence[str]) -> bool:
    """Whether the queue lost everything; a few are looked for, all of them would take long."""
    some = waiting[:: max(1, len(waiting) // _LOOKED_FOR)]
    return bool(some) and not queue.find(some)


def _recover(
    review: ReviewStore, queue: Queue, tasks: Sequence[StoredTask]
) -> tuple[int, tuple[str, ...]]:
    """Find what an interrupted push sent.

    Returns:
        How many the queue has, and the ids of those that were on their way.
    """
    lost = [item.task.task_id for item in tasks if item.attempted and item.external_id is None]
    if not lost:
        return 0, ()
    there = queue.find(lost)
    # What they show is not known: without a digest they count as outdated.
    review.pushed({task_id: external[0] for task_id, external in there.items()}, {})
    _drop(queue, there)
    return len(there), tuple(lost)


def _send(review: ReviewStore, queue: Queue, tasks: Sequence[StoredTask], progress: Step) -> None:
    for number, batch in _batches(tasks, queue.batch_size):
        review.attempt([item.task.task_id for item in batch])
        external = queue.push([item.task for item in batch])
        review.pushed(external, {item.task.task_id: item.digest for item in batch})
        progress("questions", number + len(batch), len(tasks))


def _update(review: ReviewStore, queue: Queue, tasks: Sequence[StoredTask], progress: Step) -> None:
    for number, batch in _batches(tasks, queue.batch_size):
        external = {item.external_id: item for item in batch if item.external_id is not None}
        queue.update({key: item.task for key, item in external.items()})
        review.pushed(
            {item.task.task_id: key for key, item in external.items()},
            {item.task.task_id: item.digest for item in batch},
        )
        progress("changed questions", number + len(batch), len(tasks))


def _withdraw(
    review: ReviewStore, queue: Queue, tasks: Sequence[StoredTask], progress: Step
) -> None:
    for number, batch in _batches(tasks, queue.batch_size):
        queue.withdraw([item.external_id for item in batch if item.external_id is not None])
        review.removed([item.task.task_id for item in batch])
        progress("questions withdrawn", number + len(batch), len(tasks))


def _drop_doubles(queue: Queue, retried: Sequence[str]) -> None:
    """A request that outlived the push that sent it may have made a task a second time."""
    if retried:
        _drop(queue, queue.find(retried))


def _drop(queue: Queue, there: Mapping[str, tuple[str, ...]]) -> None:
    doubles = [extra for external in there.values() for extra in external[1:]]
    if doubles:
        queue.withdraw(doubles)


def _batches(tasks: Sequence[StoredTask], size: int) -> Iterator[tuple[int, Sequence[StoredTask]]]:
    for start in range(0, len(tasks), size):
        yield start, tasks[start : start + size]
