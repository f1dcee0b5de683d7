"""What is read of review: corrections, the audit sample, tasks with their answers."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from boardscribe.pseudonyms import Pseudonyms
from boardscribe.review import AuditItem, Correction, Field, Kind, StoredAnswer, StoredTask
from boardscribe.snapshot import AnswerEntry, ReviewState, TaskEntry
from boardscribe.store import review_rows, rows, schema

__all__ = ["answers", "audits", "corrections", "secret", "state", "tasks"]


def tasks(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[StoredTask, ...]:
    """Tasks, oldest round first."""
    table = schema.review_task
    query = (
        select(table)
        .where(*conditions)
        .order_by(table.c.round, table.c.created_at, table.c.task_id)
    )
    return tuple(review_rows.task_from(row) for row in connection.execute(query).mappings())


def answers(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[StoredAnswer, ...]:
    """Answers in their newest state, in the order they came; deleted ones are marked."""
    table, gone = schema.review_answer, schema.review_deletion
    newest = (
        select(func.max(table.c.row_id))
        .where(*conditions)
        .group_by(table.c.queue, table.c.answer_id)
    )
    deleted = exists().where(
        gone.c.queue == table.c.queue,
        gone.c.answer_id == table.c.answer_id,
        gone.c.restored_at.is_(None),
    )
    query = (
        select(table, deleted.label("is_deleted"))
        .where(table.c.row_id.in_(newest))
        .order_by(table.c.row_id)
    )
    return tuple(
        review_rows.answer_from(row, deleted=bool(row["is_deleted"]))
        for row in connection.execute(query).mappings()
    )


def corrections(
    connection: Connection, note_id: str | None = None
) -> dict[str, tuple[Correction, ...]]:
    """What people decided besides texts, by note: the newest of each field."""
    table = schema.correction
    query = select(table).order_by(table.c.version)
    if note_id is not None:
        query = query.where(table.c.note_id == note_id)
    newest: dict[str, dict[Field, Correction]] = defaultdict(dict)
    for row in connection.execute(query).mappings():
        found = review_rows.correction_from(row)
        newest[row["note_id"]][found.field] = found
    return {
        note: tuple(found[field] for field in Field if field in found)
        for note, found in newest.items()
    }


def audits(connection: Connection) -> tuple[AuditItem, ...]:
    """The random sample of what was accepted without review, in the order it was drawn."""
    table, spoken = schema.review_audit, schema.transcription
    query = (
        select(spoken, table.c.share)
        .join(
            table,
            and_(
                table.c.note_id == spoken.c.note_id,
                table.c.transcription_version == spoken.c.version,
            ),
        )
        .order_by(table.c.drawn_at, table.c.note_id, spoken.c.version)
    )
    return tuple(
        AuditItem(row["note_id"], rows.transcription_from(row), row["share"])
        for row in connection.execute(query).mappings()
    )


def secret(connection: Connection, name: str) -> str:
    """A random key of the workspace."""
    table = schema.secret
    return str(connection.execute(select(table.c.value).where(table.c.name == name)).scalar_one())


def state(connection: Connection, names: Pseudonyms) -> ReviewState:
    """What a snapshot holds of review: who answered what and when, without any text."""
    table = schema.review_task
    by_task: dict[str, list[AnswerEntry]] = defaultdict(list)
    for answer in answers(connection):
        by_task[answer.task_id].append(
            AnswerEntry(
                reader=names.of(answer.raw.reader),
                answered_at=answer.raw.updated_at,
                seconds=answer.raw.seconds,
                skipped=answer.raw.skipped,
                unusable=bool(answer.problem),
                deleted=answer.deleted,
            )
        )
    query = select(
        table.c.task_id,
        table.c.note_id,
        table.c.asks,
        table.c.round,
        table.c.created_at,
        table.c.withdrawn_at,
        table.c.agreement,
    ).order_by(table.c.note_id, table.c.round, table.c.copy)
    entries = [
        TaskEntry(
            note_id=row.note_id,
            kind=Kind(row.asks[0]),
            round=row.round,
            created_at=row.created_at,
            withdrawn=row.withdrawn_at is not None,
            answers=tuple(by_task[row.task_id]),
            agreement=row.agreement,
        )
        for row in connection.execute(query)
    ]
    return ReviewState(tasks=tuple(entries), audits=audits(connection))
