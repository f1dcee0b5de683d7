"""Run by Alembic inside the transaction that `boardscribe.store.migrate` holds."""

from __future__ import annotations

from alembic import context

from boardscribe.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
