"""Review in the store: tasks, raw answers, what follows from them. One transaction a method.

Tasks follow an outbox: first the wish is stored (`plan`), then that it is on its way (`attempt`),
then what the queue said (`pushed`, `removed`). Killed anywhere, the next push finds what to do.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, insert, select, update

from boardscribe.decisions import supersedes
from boardscribe.records import Transcription
from boardscribe.review import (
    AnswerPage,
    AuditItem,
    Correction,
    RawAnswer,
    ReviewTask,
    StoredAnswer,
    StoredTask,
    TaskAnswers,
    TaskPlan,
)
from boardscribe.store import queries, review_queries, review_rows, schema
from boardscribe.store.engine import reading, writing
from boardscribe.store.moment import now
from boardscribe.store.versions import add_version
from boardscribe.store.views import Dossier, Received, Settlement

__all__ = ["ReviewStore", "digest_of"]

_CHUNK = 500
"""Most values of one `IN`: SQLite's oldest limit is 999."""


def digest_of(task: ReviewTask) -> str:
    """Digest of what a task shows and asks; a queue is updated where it changes.

    Priority is not in it: it moves a little with every answer, and no queue should be written
    anew for that.
    """
    shown = [task.asks, task.for_editor, dataclasses.asdict(task.content)]
    text = json.dumps(shown, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class ReviewStore:
    """What a `Store` keeps of review; `Store.review` gives it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # Tasks

    def tasks(self) -> tuple[StoredTask, ...]:
        """All tasks of all queues, oldest round first."""
        with reading(self._engine) as connection:
            return review_queries.tasks(connection)

    def answers(self) -> tuple[StoredAnswer, ...]:
        """Every answer in its newest state, in the order they came; deleted ones are marked."""
        with reading(self._engine) as connection:
            return review_queries.answers(connection)

    def plan(self, queue: str, plan: TaskPlan) -> None:
        """Put into force what a push wants; nothing has reached the queue yet.

        A task that is there already (the same note, round and copy) is left as it is.
        """
        table = schema.review_task
        with writing(self._engine) as connection:
            known = {
                (row.note_id, row.round, row.copy)
                for row in connection.execute(select(table.c.note_id, table.c.round, table.c.copy))
            }
            new = [
                review_rows.task_row(item, queue=queue, created_at=now())
                for item in plan.add
                if (item.task.note_id, item.round, item.task.copy) not in known
            ]
            if new:
                connection.execute(insert(table), new)
            for task_id, task in plan.change.items():
                connection.execute(
                    update(table)
                    .where(table.c.task_id == task_id)
                    .values(
                        **review_rows.content_row(task),
                        digest=digest_of(task),
                        withdrawn_at=None,
                    )
                )
            _stamp(
                connection, plan.withdraw, {"withdrawn_at": now()}, table.c.withdrawn_at.is_(None)
            )
            for audit in plan.audits:
                _add_audit(connection, audit)

    def attempt(self, task_ids: Collection[str]) -> None:
        """Note that these tasks are on their way to the queue."""
        with writing(self._engine) as connection:
            _stamp(connection, task_ids, {"attempted_at": now()})

    def pushed(self, external: Mapping[str, str], digests: Mapping[str, str]) -> None:
        """Note what the queue holds.

        Args:
            external: external id by task id.
            digests: of what it shows, by task id; a task without one is updated by the next push.
        """
        table = schema.review_task
        if not external:
            return
        change = (
            update(table)
            .where(table.c.task_id == bindparam("the_task"))
            .values(
                external_id=bindparam("the_external"),
                pushed_digest=bindparam("the_digest"),
                pushed_at=now(),
                removed_at=None,
            )
        )
        with writing(self._engine) as connection:
            connection.execute(
                change,
                [
                    {
                        "the_task": task_id,
                        "the_external": external_id,
                        "the_digest": digests.get(task_id),
                    }
                    for task_id, external_id in external.items()
                ],
            )

    def removed(self, task_ids: Collection[str]) -> None:
        """Note that the queue was told to withdraw these."""
        with writing(self._engine) as connection:
            _stamp(connection, task_ids, {"removed_at": now()})

    def lost(self, task_ids: Collection[str]) -> None:
        """Note that the queue does not have these any more, so that they are sent again."""
        with writing(self._engine) as connection:
            _stamp(
                connection,
                task_ids,
                {"external_id": None, "pushed_digest": None, "attempted_at": None},
            )

    # Answers

    def cursor(self, queue: str) -> str | None:
        """Where the next pull from a queue goes on; None before the first."""
        table = schema.review_cursor
        with reading(self._engine) as connection:
            found = connection.execute(select(table.c.cursor).where(table.c.queue == queue))
            return found.scalar()

    def receive(
        self,
        queue: str,
        page: AnswerPage,
        *,
        check: Callable[[TaskAnswers, StoredTask | None, RawAnswer], str],
        settle: Callable[[Dossier], Settlement],
    ) -> Received:
        """Store a page of answers, apply what follows, and note the cursor: all or nothing.

        Args:
            queue: name of the queue it came from.
            page: all present answers of some tasks.
            check: why an answer must not be applied; empty for a good or skipped one. The task
                is None for an id that is not ours.
            settle: what follows for a note from all its answers; a pure function.

        Returns:
            What was new and what was applied.
        """
        with writing(self._engine) as connection:
            known = {
                item.task.task_id: item
                for item in _tasks_of(connection, [item.task_id for item in page.tasks])
                if item.queue == queue
            }
            news = [
                _store_answers(connection, queue, item, known.get(item.task_id), check)
                for item in page.tasks
            ]
            touched = {
                known[item.task_id].task.note_id
                for item, new in zip(page.tasks, news, strict=True)
                if item.task_id in known and (new.stored or new.deleted)
            }
            applied = [_settle(connection, note_id, settle) for note_id in sorted(touched)]
            _save_cursor(connection, queue, page.cursor)
        return Received(
            stored=sum(len(new.stored) for new in news),
            deleted=sum(len(new.deleted) for new in news),
            skipped=sum(new.skipped for new in news),
            problems=tuple(answer for new in news for answer in new.stored if answer.problem),
            settled=sum(applied),
            notes=tuple(sorted(touched)),
        )

    def settle(self, note_ids: Iterable[str], settle: Callable[[Dossier], Settlement]) -> int:
        """Judge notes again, for instance after the policy changed; gives how many changed."""
        with writing(self._engine) as connection:
            return sum(_settle(connection, note_id, settle) for note_id in note_ids)

    # What people decided

    def correct(self, note_id: str, correction: Correction) -> None:
        """Add a correction as the newest of its field; one that says the same adds nothing."""
        with writing(self._engine) as connection:
            _add_correction(connection, note_id, correction)

    def audits(self) -> tuple[AuditItem, ...]:
        """The random sample of what was accepted without review, in the order it was drawn."""
        with reading(self._engine) as connection:
            return review_queries.audits(connection)

    def secret(self, name: str) -> str:
        """A random key of this workspace; `pseudonyms` is there from the beginning."""
        with reading(self._engine) as connection:
            return review_queries.secret(connection, name)


@dataclasses.dataclass(frozen=True, slots=True)
class _News:
    stored: tuple[StoredAnswer, ...]
    deleted: tuple[str, ...]
    skipped: int


def _tasks_of(connection: Connection, task_ids: Sequence[str]) -> Iterator[StoredTask]:
    column = schema.review_task.c.task_id
    for start in range(0, len(task_ids), _CHUNK):
        yield from review_queries.tasks(connection, column.in_(task_ids[start : start + _CHUNK]))


def _stamp(
    connection: Connection,
    task_ids: Collection[str],
    values: Mapping[str, str | None],
    *conditions: ColumnElement[bool],
) -> None:
    table = schema.review_task
    ids = list(task_ids)
    for start in range(0, len(ids), _CHUNK):
        some = table.c.task_id.in_(ids[start : start + _CHUNK])
        connection.execute(update(table).where(some, *conditions).values(**values))


def _store_answers(
    connection: Connection,
    queue: str,
    item: TaskAnswers,
    task: StoredTask | None,
    check: Callable[[TaskAnswers, StoredTask | None, RawAnswer], str],
) -> _News:
    """Store the states of answers that are new, and note which answers are gone or back."""
    table = schema.review_answer
    here = and_(
        table.c.queue == queue,
        table.c.task_id == item.task_id,
        table.c.external_id == item.external_id,
    )
    states = {
        (row.answer_id, row.updated_at)
        for row in connection.execute(select(table.c.answer_id, table.c.updated_at).where(here))
    }
    stored = []
    for raw in item.answers:
        if (raw.answer_id, raw.updated_at) in states:
            continue
        problem = "" if raw.skipped else check(item, task, raw)
        answer = StoredAnswer(queue, item.task_id, item.external_id, raw, problem)
        connection.execute(insert(table).values(review_rows.answer_row(answer, stored_at=now())))
        stored.append(answer)
    present = {raw.answer_id for raw in item.answers}
    before = {answer_id for answer_id, _ in states}
    deleted = _note_deletions(connection, queue, gone=before - present, back=before & present)
    return _News(tuple(stored), deleted, sum(answer.raw.skipped for answer in stored))


def _note_deletions(
    connection: Connection, queue: str, *, gone: Collection[str], back: Collection[str]
) -> tuple[str, ...]:
    """Note what is gone, and what came back; gives the answers whose state changed."""
    table = schema.review_deletion
    noted = {
        row.answer_id
        for row in connection.execute(
            select(table.c.answer_id).where(
                table.c.queue == queue,
                table.c.answer_id.in_([*gone, *back]),
                table.c.restored_at.is_(None),
            )
        )
    }
    new = sorted(set(gone) - noted)
    for answer_id in new:
        connection.execute(insert(table).values(queue=queue, answer_id=answer_id, noted_at=now()))
    returned = sorted(set(back) & noted)
    for answer_id in returned:
        connection.execute(
            update(table)
            .where(table.c.queue == queue, table.c.answer_id == answer_id)
            .values(restored_at=now())
        )
    return (*new, *returned)


def _dossier(connection: Connection, note_id: str) -> Dossier | None:
    """All that is known of a note, by the id that its tasks carry."""
    target = queries.resolve(connection, note_id)
    if target is None:
        return None
    tasks = review_queries.tasks(connection, schema.review_task.c.note_id == note_id)
    by_task = defaultdict(list)
    ids = [item.task.task_id for item in tasks]
    for answer in review_queries.answers(connection, schema.review_answer.c.task_id.in_(ids)):
        by_task[answer.task_id].append(answer)
    history = queries.history(connection, target)
    return Dossier(
        note_id=target,
        tasks=tasks,
        answers={task_id: tuple(found) for task_id, found in by_task.items()},
        history=history,
        readings=queries.readings_of_note(connection, target),
        corrections=review_queries.corrections(connection, target).get(target, ()),
    )


def _settle(connection: Connection, note_id: str, settle: Callable[[Dossier], Settlement]) -> bool:
    """Apply what follows from a note's answers; whether anything changed."""
    dossier = _dossier(connection, note_id)
    if dossier is None:
        return False
    outcome = settle(dossier)
    changed = False
    proposed = outcome.transcription
    if proposed is not None and (not dossier.history or supersedes(proposed, dossier.history[0])):
        add_version(connection, dossier.note_id, proposed)
        changed = True
    for correction in outcome.corrections:
        changed |= _add_correction(connection, dossier.note_id, correction)
    if outcome.agreement is not None:
        _save_agreement(connection, dossier, outcome.agreement)
    if outcome.add:
        connection.execute(
            insert(schema.review_task),
            [
                review_rows.task_row(item, queue=item.queue, created_at=now())
                for item in outcome.add
            ],
        )
    _stamp(
        connection,
        outcome.withdraw,
        {"withdrawn_at": now()},
        schema.review_task.c.withdrawn_at.is_(None),
    )
    return changed


def _save_agreement(connection: Connection, dossier: Dossier, agreement: float) -> None:
    """Keep how far the readers of the latest round agree, on its first copy."""
    first = max(dossier.tasks, key=lambda item: (item.round, -item.task.copy))
    table = schema.review_task
    connection.execute(
        update(table).where(table.c.task_id == first.task.task_id).values(agreement=agreement)
    )


def _add_correction(connection: Connection, note_id: str, correction: Correction) -> bool:
    table = schema.correction
    newest = connection.execute(
        select(table.c.version, table.c.value, table.c.decided_by)
        .where(table.c.note_id == note_id, table.c.field == correction.field.value)
        .order_by(table.c.version.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.value == correction.value:
        return False
    connection.execute(
        insert(table).values(
            note_id=note_id,
            field=correction.field.value,
            version=1 if newest is None else newest.version + 1,
            value=correction.value,
            source=correction.source.value,
            decided_by=correction.decided_by,
            reason=correction.reason,
            decided_at=correction.decided_at or now(),
        )
    )
    return True


def _add_audit(connection: Connection, audit: AuditItem) -> None:
    table = schema.review_audit
    said: Transcription = audit.transcription
    is_drawn = select(table.c.note_id).where(
        table.c.note_id == audit.note_id, table.c.transcription_version == said.version
    )
    if connection.execute(is_drawn).first() is None:
        connection.execute(
            insert(table).values(
                note_id=audit.note_id,
                transcription_version=said.version,
                share=audit.share,
                drawn_at=now(),
            )
        )


def _save_cursor(connection: Connection, queue: str, cursor: str) -> None:
    table = schema.review_cursor
    values = {"cursor": cursor, "pulled_at": now()}
    this = table.c.queue == queue
    if connection.execute(update(table).where(this).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(queue=queue, **values))
