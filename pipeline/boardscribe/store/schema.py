"""The tables of a workspace, the same on SQLite and PostgreSQL.

What can be derived is not stored: a note's status follows from its newest transcription, its
meaning from the legend, what is still unresolved from the newest row of each input.

Identity. A photo is its SHA-256. A sighting is what one photo shows of a note; `sighting.note_id`
is the note it stands for on its own, and lives on when the photo is segmented again. Where
several photos show one note, `note_link` sends the other sightings to the note that stands for
all of them, so a link can be undone without touching what people decided.

Review. A task belongs to one queue; whether it is answered follows from its answers. Answers are
kept for ever, each state of each answer once; the newest row of an answer is the one in force.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)

from boardscribe.store.types import HostileText, Json

__all__ = [
    "board",
    "correction",
    "heading",
    "metadata",
    "note",
    "note_link",
    "photo",
    "photo_name",
    "proposal",
    "reading",
    "registration",
    "review_answer",
    "review_audit",
    "review_cursor",
    "review_deletion",
    "review_task",
    "run",
    "run_item",
    "secret",
    "sighting",
    "stage_stamp",
    "transcription",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _probability(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name} >= 0 AND {name} <= 1", name=name)


board = Table(
    "board",
    metadata,
    Column("board_id", HostileText, primary_key=True),
    Column("name", HostileText, nullable=False),
)

photo = Table(
    "photo",
    metadata,
    Column("sha256", HostileText, primary_key=True),
    Column("name", HostileText, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("format", HostileText, nullable=False),
    Column("orientation", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("taken_at", HostileText),
    Column("preview", HostileText),
    Column("preview_scale", Float, nullable=False),
    Column("board_id", HostileText, ForeignKey("board.board_id")),
    # The name given with --board: it outlives the run it was given for.
    Column("board_given", HostileText),
)

photo_name = Table(
    "photo_name",
    metadata,
    Column("photo_sha256", HostileText, ForeignKey("photo.sha256"), primary_key=True),
    Column("path", HostileText, primary_key=True),
    Column("name", HostileText, nullable=False),
)

stage_stamp = Table(
    "stage_stamp",
    metadata,
    Column("photo_sha256", HostileText, ForeignKey("photo.sha256"), primary_key=True),
    Column("stage", HostileText, primary_key=True),
    Column("version", HostileText, nullable=False),
    Column("digest", HostileText, nullable=False),
)

heading = Table(
    "heading",
    metadata,
    Column("photo_sha256", HostileText, ForeignKey("photo.sha256"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("text", HostileText, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("polygon", Json, nullable=False),
    _probability("confidence"),
)

note = Table(
    "note",
    metadata,
    Column("note_id", HostileText, primary_key=True),
    Column("created_at", HostileText, nullable=False),
)

sighting = Table(
    "sighting",
    metadata,
    Column("sighting_id", HostileText, primary_key=True),
    Column("photo_sha256", HostileText, ForeignKey("photo.sha256"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("note_id", HostileText, ForeignKey("note.note_id"), nullable=False),
    Column("board_id", HostileText, ForeignKey("board.board_id")),
    Column("heading", Integer),
    Column("polygon", Json, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("cut_off", Boolean, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("shape_evidence", Json),
    Column("shapes", Json, nullable=False),
    Column("colour", HostileText, nullable=False),
    Column("rgb", Json, nullable=False),
    Column("crop", HostileText),
    Column("crop_width", Integer),
    Column("crop_height", Integer),
    Column("crop_matrix", Json),
    Column("sharpness", Float, nullable=False),
    Column("reading_generation", Integer, nullable=False),
    # The current segmentation of the photo does not find it any more; kept, never deleted.
    Column("stale", Boolean, nullable=False, server_default=false()),
    _probability("confidence"),
    Index("ix_sighting_photo_sha256", "photo_sha256"),
    Index("ix_sighting_note_id", "note_id"),
)

note_link = Table(
    "note_link",
    metadata,
    Column(
        "sighting_id",
        HostileText,
        ForeignKey("sighting.sighting_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("note_id", HostileText, ForeignKey("note.note_id"), nullable=False),
    Index("ix_note_link_note_id", "note_id"),
)

reading = Table(
    "reading",
    metadata,
    Column("reading_id", Integer, primary_key=True),
    Column(
        "sighting_id",
        HostileText,
        ForeignKey("sighting.sighting_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("generation", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("engine", HostileText, nullable=False),
    Column("engine_version", HostileText, nullable=False),
    Column("lines", Json, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("legibility", HostileText, nullable=False),
    Column("alternatives", Json, nullable=False),
    Column("features", Json, nullable=False),
    UniqueConstraint("sighting_id", "generation", "ordinal"),
    _probability("confidence"),
)

# What the machine would decide from one sighting alone; the newest one only.
proposal = Table(
    "proposal",
    metadata,
    Column(
        "sighting_id",
        HostileText,
        ForeignKey("sighting.sighting_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("text", HostileText, nullable=False),
    Column("legibility", HostileText, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("decided_by", HostileText, nullable=False),
    Column("reason", HostileText, nullable=False),
    _probability("confidence"),
)

# Rows are never changed: the newest version is the one in force.
transcription = Table(
    "transcription",
    metadata,
    Column("transcription_id", Integer, primary_key=True),
    Column("note_id", HostileText, ForeignKey("note.note_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("supersedes", Integer, ForeignKey("transcription.transcription_id")),
    Column("text", HostileText, nullable=False),
    Column("legibility", HostileText, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("source", HostileText, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("decided_by", HostileText, nullable=False),
    Column("reason", HostileText, nullable=False),
    Column("decided_at", HostileText, nullable=False),
    UniqueConstraint("note_id", "version"),
    _probability("confidence"),
)

run = Table(
    "run",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("started_at", HostileText, nullable=False),
    Column("finished_at", HostileText),
    Column("version", HostileText, nullable=False),
)

run_item = Table(
    "run_item",
    metadata,
    Column("item_id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("run.run_id"), nullable=False),
    Column("name", HostileText, nullable=False),
    Column("path", HostileText, nullable=False),
    Column("photo_sha256", HostileText),
    Column("status", HostileText, nullable=False),
    Column("reason", HostileText, nullable=False),
    Column("message", HostileText, nullable=False),
    Column("remedy", HostileText, nullable=False),
    Column("seconds", Json, nullable=False),
    Column("peak_memory_mb", Float, nullable=False),
    CheckConstraint("status IN ('done', 'skipped', 'duplicate', 'failed')", name="status"),
    Index("ix_run_item_run_id", "run_id"),
    Index("ix_run_item_path", "path"),
)

# How two photos of one board lie on one another; computed once for each pair of previews.
registration = Table(
    "registration",
    metadata,
    Column("first_sha256", HostileText, ForeignKey("photo.sha256"), primary_key=True),
    Column("second_sha256", HostileText, ForeignKey("photo.sha256"), primary_key=True),
    Column("digest", HostileText, nullable=False),
    Column("matrix", Json),
    Column("inliers", Integer, nullable=False),
)

# What people decided about a note besides its text; rows are never changed, the newest stands.
correction = Table(
    "correction",
    metadata,
    Column("correction_id", Integer, primary_key=True),
    Column("note_id", HostileText, ForeignKey("note.note_id"), nullable=False),
    Column("field", HostileText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("value", HostileText, nullable=False),
    Column("source", HostileText, nullable=False),
    Column("decided_by", HostileText, nullable=False),
    Column("reason", HostileText, nullable=False),
    Column("decided_at", HostileText, nullable=False),
    UniqueConstraint("note_id", "field", "version"),
)

review_task = Table(
    "review_task",
    metadata,
    Column("task_id", HostileText, primary_key=True),
    Column("queue", HostileText, nullable=False),
    # None until the queue is known to have it. Two queues may use the same ids.
    Column("external_id", HostileText),
    Column("note_id", HostileText, ForeignKey("note.note_id"), nullable=False),
    # Which sighting it shows; no foreign key, because a new segmentation may replace it.
    Column("sighting_id", HostileText, nullable=False),
    Column("asks", Json, nullable=False),
    Column("round", Integer, nullable=False),
    Column("copy", Integer, nullable=False),
    Column("for_editor", Boolean, nullable=False),
    Column("audit", Boolean, nullable=False),
    Column("priority", Float, nullable=False),
    Column("content", Json, nullable=False),
    Column("digest", HostileText, nullable=False),
    Column("pushed_digest", HostileText),
    # How far the readers of this round agree, on its first copy.
    Column("agreement", Float),
    Column("created_at", HostileText, nullable=False),
    Column("attempted_at", HostileText),
    Column("pushed_at", HostileText),
    Column("withdrawn_at", HostileText),
    Column("removed_at", HostileText),
    UniqueConstraint("note_id", "round", "copy"),
    UniqueConstraint("queue", "external_id"),
)

# No foreign key to the task: an answer to a task that is not ours is kept and reported.
review_answer = Table(
    "review_answer",
    metadata,
    Column("row_id", Integer, primary_key=True),
    Column("queue", HostileText, nullable=False),
    Column("answer_id", HostileText, nullable=False),
    Column("updated_at", HostileText, nullable=False),
    Column("task_id", HostileText, nullable=False),
    Column("external_id", HostileText, nullable=False),
    Column("reader", HostileText, nullable=False),
    Column("created_at", HostileText, nullable=False),
    Column("stored_at", HostileText, nullable=False),
    Column("verdict", HostileText),
    Column("text", HostileText),
    Column("shape", HostileText),
    Column("board_id", HostileText),
    Column("comment", HostileText, nullable=False),
    Column("skipped", Boolean, nullable=False),
    Column("seconds", Float),
    Column("changed", Json, nullable=False),
    Column("payload", Json, nullable=False),
    Column("problem", HostileText, nullable=False),
    UniqueConstraint("queue", "answer_id", "updated_at"),
    Index("ix_review_answer_task_id", "task_id"),
)

# An answer that the queue does not have any more; `restored_at` where it came back.
review_deletion = Table(
    "review_deletion",
    metadata,
    Column("deletion_id", Integer, primary_key=True),
    Column("queue", HostileText, nullable=False),
    Column("answer_id", HostileText, nullable=False),
    Column("noted_at", HostileText, nullable=False),
    Column("restored_at", HostileText),
    Index("ix_review_deletion_answer_id", "answer_id"),
)

review_cursor = Table(
    "review_cursor",
    metadata,
    Column("queue", HostileText, primary_key=True),
    Column("cursor", HostileText, nullable=False),
    Column("pulled_at", HostileText, nullable=False),
)

# The random sample of what was accepted without review, with the text that was accepted.
review_audit = Table(
    "review_audit",
    metadata,
    Column("note_id", HostileText, ForeignKey("note.note_id"), primary_key=True),
    Column("transcription_version", Integer, primary_key=True, autoincrement=False),
    Column("share", Float, nullable=False),
    Column("drawn_at", HostileText, nullable=False),
)

# Random keys of this workspace, such as the one that pseudonyms are made with.
secret = Table(
    "secret",
    metadata,
    Column("name", HostileText, primary_key=True),
    Column("value", HostileText, nullable=False),
)
