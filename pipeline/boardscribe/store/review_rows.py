"""Records of review to rows, and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from boardscribe.records import Board, Legibility, Shape, Source
from boardscribe.review import (
    Correction,
    Field,
    Kind,
    RawAnswer,
    ReviewTask,
    StoredAnswer,
    StoredTask,
    TaskContent,
)

__all__ = [
    "answer_from",
    "answer_row",
    "content_row",
    "correction_from",
    "task_from",
    "task_row",
]

Row = dict[str, Any]


def content_row(task: ReviewTask) -> Row:
    """The columns of `review_task` that an update changes."""
    shown = task.content
    return {
        "asks": [kind.value for kind in task.asks],
        "for_editor": task.for_editor,
        "priority": task.priority,
        "content": {
            "crop": shown.crop,
            "context": shown.context,
            "text": shown.text,
            "legibility": shown.legibility.value,
            "alternatives": shown.alternatives,
            "doubtful_words": shown.doubtful_words,
            "shape": shown.shape.value,
            "board_id": shown.board_id,
            "boards": [(board.board_id, board.name) for board in shown.boards],
            "photo": shown.photo,
            "machine_version": shown.machine_version,
        },
    }


def task_row(item: StoredTask, *, queue: str, created_at: str) -> Row:
    """Row of a new `review_task`."""
    return {
        "task_id": item.task.task_id,
        "queue": queue,
        "note_id": item.task.note_id,
        "sighting_id": item.sighting_id,
        "round": item.round,
        "copy": item.task.copy,
        "audit": item.audit,
        "digest": item.digest,
        "created_at": created_at,
        **content_row(item.task),
    }


def task_from(row: RowMapping) -> StoredTask:
    """The task as it was stored."""
    shown = row["content"]
    return StoredTask(
        task=ReviewTask(
            task_id=row["task_id"],
            note_id=row["note_id"],
            asks=tuple(Kind(name) for name in row["asks"]),
            copy=row["copy"],
            for_editor=row["for_editor"],
            priority=row["priority"],
            content=TaskContent(
                crop=shown["crop"],
                context=shown["context"],
                text=shown["text"],
                legibility=Legibility(shown["legibility"]),
                alternatives=tuple(shown["alternatives"]),
                doubtful_words=tuple(shown["doubtful_words"]),
                shape=Shape(shown["shape"]),
                board_id=shown["board_id"],
                boards=tuple(Board(board_id, name) for board_id, name in shown["boards"]),
                photo=shown["photo"],
                machine_version=shown["machine_version"],
            ),
        ),
        queue=row["queue"],
        round=row["round"],
        audit=row["audit"],
        sighting_id=row["sighting_id"],
        digest=row["digest"],
        external_id=row["external_id"],
        pushed_digest=row["pushed_digest"],
        attempted=row["attempted_at"] is not None,
        withdrawn=row["withdrawn_at"] is not None,
        removed=row["removed_at"] is not None,
        created_at=row["created_at"],
    )


def answer_row(answer: StoredAnswer, *, stored_at: str) -> Row:
    """Row of `review_answer`."""
    raw = answer.raw
    return {
        "queue": answer.queue,
        "task_id": answer.task_id,
        "external_id": answer.external_id,
        "answer_id": raw.answer_id,
        "reader": raw.reader,
        "created_at": raw.created_at,
        "updated_at": raw.updated_at,
        "stored_at": stored_at,
        "verdict": raw.verdict,
        "text": raw.text,
        "shape": raw.shape,
        "board_id": raw.board_id,
        "comment": raw.comment,
        "skipped": raw.skipped,
        "seconds": raw.seconds,
        "changed": raw.changed,
        "payload": dict(raw.payload),
        "problem": answer.problem,
    }


def answer_from(row: RowMapping, *, deleted: bool) -> StoredAnswer:
    """The answer as it was stored."""
    return StoredAnswer(
        queue=row["queue"],
        task_id=row["task_id"],
        external_id=row["external_id"],
        raw=RawAnswer(
            answer_id=row["answer_id"],
            reader=row["reader"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            verdict=row["verdict"],
            text=row["text"],
            shape=row["shape"],
            board_id=row["board_id"],
            comment=row["comment"],
            skipped=row["skipped"],
            seconds=row["seconds"],
            changed=tuple(row["changed"]),
            payload=row["payload"],
        ),
        problem=row["problem"],
        deleted=deleted,
    )


def correction_from(row: RowMapping) -> Correction:
    """The correction as it was stored."""
    return Correction(
        field=Field(row["field"]),
        value=row["value"],
        source=Source(row["source"]),
        decided_by=row["decided_by"],
        reason=row["reason"],
        version=row["version"],
        decided_at=row["decided_at"],
    )
