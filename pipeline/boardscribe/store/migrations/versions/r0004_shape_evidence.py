"""What the pixels of a sighting say of its shape."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; sightings of earlier versions have nothing in it."""
    op.add_column("sighting", sa.Column("shape_evidence", sa.Text))
