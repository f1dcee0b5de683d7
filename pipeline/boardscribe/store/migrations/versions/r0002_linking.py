"""One note on several photos, and sightings that a new segmentation does not find."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables and a column; existing sightings are current and stand for themselves."""
    op.add_column(
        "sighting", sa.Column("stale", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_table(
        "note_link",
        sa.Column("sighting_id", sa.Text, nullable=False),
        sa.Column("note_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_note_link"),
        sa.ForeignKeyConstraint(
            ["sighting_id"],
            ["sighting.sighting_id"],
            name="fk_note_link_sighting_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.note_id"], name="fk_note_link_note_id"),
    )
    op.create_index("ix_note_link_note_id", "note_link", ["note_id"])
    op.create_table(
        "registration",
        sa.Column("first_sha256", sa.Text, nullable=False),
        sa.Column("second_sha256", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("matrix", sa.Text),
        sa.Column("inliers", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("first_sha256", "second_sha256", name="pk_registration"),
        sa.ForeignKeyConstraint(
            ["first_sha256"], ["photo.sha256"], name="fk_registration_first_sha256"
        ),
        sa.ForeignKeyConstraint(
            ["second_sha256"], ["photo.sha256"], name="fk_registration_second_sha256"
        ),
    )
