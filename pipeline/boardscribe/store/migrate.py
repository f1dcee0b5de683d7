"""Bring a database to the schema of this version, or say why not."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from boardscribe.errors import WorkspaceError, WorkspaceVersionError
from boardscribe.store.engine import is_sqlite, reading, translated, writing
from boardscribe.store.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported where it is needed: a workspace that is up to date starts without it.

__all__ = ["HEAD", "is_current", "migrate", "revision_of"]

HEAD = "0004"
"""Revision of the schema that this version of the package reads and writes."""

_ADVISORY_KEY = 0x626F_6172_6473  # "boards"; PostgreSQL's transaction lock while migrating


def is_current(engine: Engine) -> bool:
    """Whether the database has this version's schema.

    Raises:
        WorkspaceVersionError: it was written by a newer version.
        WorkspaceError: it is damaged, cannot be reached, or holds something else.
    """
    with reading(engine) as connection:
        revision = revision_of(connection)
        if revision is None:
            _refuse_foreign(connection)
    if revision in (None, HEAD):
        return revision == HEAD
    if revision not in _known_revisions():
        raise WorkspaceVersionError(
            f"this workspace was written by a newer version of boardscribe (schema {revision}; "
            f"this version knows {HEAD})",
            remedy="Upgrade: pip install --upgrade boardscribe",
        )
    return False


def migrate(engine: Engine, *, to: str = HEAD) -> Path | None:
    """Create or upgrade the tables; the change and the record of it are one transaction.

    Args:
        engine: of a database that is empty or was written by this version or an older one.
        to: revision to stop at; anything but the newest is for tests.

    Returns:
        The back-up copy that was made first; None for a new database and for PostgreSQL, whose
        administrator keeps back-ups.

    Raises:
        WorkspaceVersionError: the database was written by a newer version.
        WorkspaceError: it cannot be used.
    """
    if is_current(engine):
        return None
    with reading(engine) as connection:
        revision = revision_of(connection)
    backup = None
    if revision is not None and is_sqlite(engine):
        backup = _back_up(engine, revision)
    with writing(engine) as connection:
        if not is_sqlite(engine):
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_KEY})"))
        # Another process may have been quicker while this one waited for the lock.
        if revision_of(connection) != to:
            from alembic import command  # noqa: PLC0415

            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    return backup


def revision_of(connection: Connection) -> str | None:
    """The schema's revision; None for a database without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _refuse_foreign(connection: Connection) -> None:
    """A database without a version must not hold tables that ours would mix with."""
    tables = set(inspect(connection).get_table_names())
    if connection.dialect.name != "sqlite":
        tables &= set(metadata.tables)
    if tables:
        raise WorkspaceError(
            "the database holds tables that boardscribe did not make: "
            + ", ".join(sorted(tables)[:5]),
            remedy="Name another database in [workspace] database of boardscribe.toml.",
        )


def _back_up(engine: Engine, revision: str) -> Path:
    """Copy an SQLite database with what is still in its write-ahead log."""
    assert engine.url.database is not None
    source = Path(engine.url.database)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = source.with_name(f"{source.name}.{revision}-{moment}.backup")
    with translated(engine), engine.connect() as connection:
        original = connection.connection.driver_connection
        assert isinstance(original, sqlite3.Connection)
        copy = sqlite3.connect(target)
        try:
            original.backup(copy)
        finally:
            copy.close()
    return target


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
