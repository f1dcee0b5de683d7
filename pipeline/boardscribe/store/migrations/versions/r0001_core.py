"""Photos, boards, notes, readings, transcriptions, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables that a run of one photo fills."""
    op.create_table(
        "board",
        sa.Column("board_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("board_id", name="pk_board"),
    )
    op.create_table(
        "photo",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("orientation", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.Text),
        sa.Column("preview", sa.Text),
        sa.Column("preview_scale", sa.Float, nullable=False),
        sa.Column("board_id", sa.Text),
        sa.Column("board_given", sa.Text),
        sa.PrimaryKeyConstraint("sha256", name="pk_photo"),
        sa.ForeignKeyConstraint(["board_id"], ["board.board_id"], name="fk_photo_board_id"),
    )
    op.create_table(
        "photo_name",
        sa.Column("photo_sha256", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("photo_sha256", "path", name="pk_photo_name"),
        sa.ForeignKeyConstraint(
            ["photo_sha256"], ["photo.sha256"], name="fk_photo_name_photo_sha256"
        ),
    )
    op.create_table(
        "stage_stamp",
        sa.Column("photo_sha256", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("photo_sha256", "stage", name="pk_stage_stamp"),
        sa.ForeignKeyConstraint(
            ["photo_sha256"], ["photo.sha256"], name="fk_stage_stamp_photo_sha256"
        ),
    )
    op.create_table(
        "heading",
        sa.Column("photo_sha256", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("polygon", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("photo_sha256", "ordinal", name="pk_heading"),
        sa.ForeignKeyConstraint(["photo_sha256"], ["photo.sha256"], name="fk_heading_photo_sha256"),
        _probability("heading"),
    )
    op.create_table(
        "note",
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("note_id", name="pk_note"),
    )
    op.create_table(
        "sighting",
        sa.Column("sighting_id", sa.Text, nullable=False),
        sa.Column("photo_sha256", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("board_id", sa.Text),
        sa.Column("heading", sa.Integer),
        sa.Column("polygon", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("cut_off", sa.Boolean, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("shapes", sa.Text, nullable=False),
        sa.Column("colour", sa.Text, nullable=False),
        sa.Column("rgb", sa.Text, nullable=False),
        sa.Column("crop", sa.Text),
        sa.Column("crop_width", sa.Integer),
        sa.Column("crop_height", sa.Integer),
        sa.Column("crop_matrix", sa.Text),
        sa.Column("sharpness", sa.Float, nullable=False),
        sa.Column("reading_generation", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_sighting"),
        sa.ForeignKeyConstraint(
            ["photo_sha256"], ["photo.sha256"], name="fk_sighting_photo_sha256"
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.note_id"], name="fk_sighting_note_id"),
        sa.ForeignKeyConstraint(["board_id"], ["board.board_id"], name="fk_sighting_board_id"),
        _probability("sighting"),
    )
    op.create_index("ix_sighting_photo_sha256", "sighting", ["photo_sha256"])
    op.create_index("ix_sighting_note_id", "sighting", ["note_id"])
    op.create_table(
        "reading",
        sa.Column("reading_id", sa.Integer, nullable=False),
        sa.Column("sighting_id", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("engine_version", sa.Text, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("legibility", sa.Text, nullable=False),
        sa.Column("alternatives", sa.Text, nullable=False),
        sa.Column("features", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("reading_id", name="pk_reading"),
        sa.ForeignKeyConstraint(
            ["sighting_id"],
            ["sighting.sighting_id"],
            name="fk_reading_sighting_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "sighting_id", "generation", "ordinal", name="uq_reading_sighting_id_generation_ordinal"
        ),
        _probability("reading"),
    )
    op.create_table(
        "proposal",
        sa.Column("sighting_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("legibility", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_proposal"),
        sa.ForeignKeyConstraint(
            ["sighting_id"],
            ["sighting.sighting_id"],
            name="fk_proposal_sighting_id",
            ondelete="CASCADE",
        ),
        _probability("proposal"),
    )
    op.create_table(
        "transcription",
        sa.Column("transcription_id", sa.Integer, nullable=False),
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("supersedes", sa.Integer),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("legibility", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("transcription_id", name="pk_transcription"),
        sa.ForeignKeyConstraint(["note_id"], ["note.note_id"], name="fk_transcription_note_id"),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["transcription.transcription_id"], name="fk_transcription_supersedes"
        ),
        sa.UniqueConstraint("note_id", "version", name="uq_transcription_note_id_version"),
        _probability("transcription"),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("finished_at", sa.Text),
        sa.Column("version", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_run"),
    )
    op.create_table(
        "run_item",
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("photo_sha256", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("seconds", sa.Text, nullable=False),
        sa.Column("peak_memory_mb", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_run_item"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_run_item_run_id"),
        sa.CheckConstraint(
            "status IN ('done', 'skipped', 'duplicate', 'failed')", name="ck_run_item_status"
        ),
    )
    op.create_index("ix_run_item_run_id", "run_item", ["run_id"])
    op.create_index("ix_run_item_path", "run_item", ["path"])


def _probability(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        "confidence >= 0 AND confidence <= 1", name=op.f(f"ck_{table}_confidence")
    )
