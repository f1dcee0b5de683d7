"""Review: tasks, raw answers, corrections, the audit sample, and the key of pseudonyms."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only; nothing that is there changes."""
    op.create_table(
        "correction",
        sa.Column("correction_id", sa.Integer, nullable=False),
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("correction_id", name="pk_correction"),
        sa.ForeignKeyConstraint(["note_id"], ["note.note_id"], name="fk_correction_note_id"),
        sa.UniqueConstraint(
            "note_id", "field", "version", name="uq_correction_note_id_field_version"
        ),
    )
    op.create_table(
        "review_task",
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("sighting_id", sa.Text, nullable=False),
        sa.Column("asks", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("copy", sa.Integer, nullable=False),
        sa.Column("for_editor", sa.Boolean, nullable=False),
        sa.Column("audit", sa.Boolean, nullable=False),
        sa.Column("priority", sa.Float, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("pushed_digest", sa.Text),
        sa.Column("agreement", sa.Float),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("attempted_at", sa.Text),
        sa.Column("pushed_at", sa.Text),
        sa.Column("withdrawn_at", sa.Text),
        sa.Column("removed_at", sa.Text),
        sa.PrimaryKeyConstraint("task_id", name="pk_review_task"),
        sa.ForeignKeyConstraint(["note_id"], ["note.note_id"], name="fk_review_task_note_id"),
        sa.UniqueConstraint("note_id", "round", "copy", name="uq_review_task_note_id_round_copy"),
        sa.UniqueConstraint("queue", "external_id", name="uq_review_task_queue_external_id"),
    )
    op.create_table(
        "review_answer",
        sa.Column("row_id", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("stored_at", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("shape", sa.Text),
        sa.Column("board_id", sa.Text),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("skipped", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("row_id", name="pk_review_answer"),
        sa.UniqueConstraint(
            "queue", "answer_id", "updated_at", name="uq_review_answer_queue_answer_id_updated_at"
        ),
    )
    op.create_index("ix_review_answer_task_id", "review_answer", ["task_id"])
    op.create_table(
        "review_deletion",
        sa.Column("deletion_id", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("noted_at", sa.Text, nullable=False),
        sa.Column("restored_at", sa.Text),
        sa.PrimaryKeyConstraint("deletion_id", name="pk_review_deletion"),
    )
    op.create_index("ix_review_deletion_answer_id", "review_deletion", ["answer_id"])
    op.create_table(
        "review_cursor",
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("pulled_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("queue", name="pk_review_cursor"),
    )
    op.create_table(
        "review_audit",
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("transcription_version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("drawn_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("note_id", "transcription_version", name="pk_review_audit"),
        sa.ForeignKeyConstraint(["note_id"], ["note.note_id"], name="fk_review_audit_note_id"),
    )
    keys = op.create_table(
        "secret",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secret"),
    )
    op.bulk_insert(keys, [{"name": "pseudonyms", "value": secrets.token_hex(32)}])
