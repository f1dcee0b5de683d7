"""Connections to SQLite and PostgreSQL, and what their errors mean to a person."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

from boardscribe.errors import (
    ConfigError,
    MissingComponentError,
    WorkspaceError,
    WorkspaceLockedError,
)

__all__ = [
    "DatabaseLock",
    "database_url",
    "is_sqlite",
    "open_engine",
    "reading",
    "translated",
    "writing",
]

_WRITE = "boardscribe_write"
_BUSY_MILLISECONDS = 30_000
_CONNECT_SECONDS = 10
_DATABASE_FORMS = (
    "Leave [workspace] database empty for SQLite, or give "
    "postgresql://user@host/name; sqlite:///file.db is a file inside the workspace."
)


def database_url(setting: str, folder: Path, default: str) -> URL:
    """The URL of a workspace's database.

    Args:
        setting: `[workspace] database`; empty for SQLite file `default`.
        folder: the workspace; a relative SQLite file lies inside it.
        default: name of the SQLite file.

    Raises:
        ConfigError: not the URL of an SQLite or PostgreSQL database.
    """
    if not setting:
        return URL.create("sqlite", database=str(folder.absolute() / default))
    try:
        url = make_url(setting)
    except ArgumentError as error:
        raise ConfigError(
            "the option [workspace] database is not a database URL", remedy=_DATABASE_FORMS
        ) from error
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return URL.create("sqlite", database=str(folder.absolute() / url.database))
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise ConfigError(
        f"the option [workspace] database names an unsupported database ({backend})",
        remedy=_DATABASE_FORMS,
    )


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is an SQLite file."""
    return engine.dialect.name == "sqlite"


def open_engine(url: URL) -> Engine:
    """An engine with foreign keys on; nothing is connected yet.

    SQLite runs in WAL mode with explicit transactions: Python's driver would otherwise commit
    before some statements, and a migration would not be one transaction.

    Raises:
        MissingComponentError: PostgreSQL is asked for and its driver is not installed.
    """
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(
            url,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                # Shown to whoever asks the server who holds a lock.
                "application_name": f"boardscribe {os.getpid()}@{socket.gethostname()}"[:63],
            },
        )
    except ModuleNotFoundError as error:
        raise MissingComponentError(
            "the driver for PostgreSQL is not installed",
            remedy="Install it: pip install 'boardscribe[postgres]'",
        ) from error


def _set_up_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        # Every commit reaches the disk: one commit a photo is rare enough to afford it.
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes its lock at once: upgrading a read lock later can fail.
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one moment of the database, and errors in plain words."""
    with translated(engine), engine.connect() as connection:
        if not is_sqlite(engine):
            connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing, and errors in plain words."""
    with translated(engine), engine.execution_options(**{_WRITE: True}).begin() as connection:
        yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn errors of the database into a `WorkspaceError` that says what to do."""
    try:
        yield
    except IntegrityError:
        raise  # a bug of ours, not a state of the user's disk
    except DBAPIError as error:
        translation = _explain(error, engine.url)
        if translation is None:
            raise
        raise translation from error


_SQLITE = {
    "SQLITE_NOTADB": (
        "{place} is damaged or not a database",
        "Put back a copy of it (see the files ending in .backup beside it), or move it away and "
        "run transcribe again: the photos are read anew, what people decided is then lost.",
    ),
    "SQLITE_FULL": ("no space is left on the disk of {place}", "Free some space and run it again."),
    "SQLITE_READONLY": (
        "{place} cannot be written",
        "Check the permissions of the workspace folder, or copy it to where you may write.",
    ),
    "SQLITE_CANTOPEN": (
        "{place} cannot be opened",
        "Check that it is a file and that you may read and write it and its folder.",
    ),
    "SQLITE_IOERR": (
        "{place} cannot be read or written: the disk reports an error",
        "Check the disk, or move the workspace to a local one.",
    ),
}
_SQLITE["SQLITE_CORRUPT"] = _SQLITE["SQLITE_NOTADB"]
_SQLITE["SQLITE_PERM"] = _SQLITE["SQLITE_READONLY"]


def _explain(error: DBAPIError, url: URL) -> WorkspaceError | None:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorname", "")
        # Extended codes refine the plain ones: SQLITE_READONLY_DIRECTORY.
        plain = "_".join(code.split("_")[:2])
        if plain in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            return WorkspaceLockedError(
                f"{url.database} is in use by another program",
                remedy="Close the program that holds it, then run it again.",
            )
        if plain in _SQLITE:
            message, remedy = _SQLITE[plain]
            return WorkspaceError(message.format(place=url.database), remedy=remedy)
        return None
    if isinstance(error, OperationalError) or error.connection_invalidated:
        place = url.render_as_string(hide_password=True)
        detail = str(error.orig).strip().splitlines()
        return WorkspaceError(
            f"the database {place} cannot be reached: {detail[0] if detail else 'no answer'}",
            remedy="Check that the server runs and that [workspace] database in boardscribe.toml "
            "names it; what was stored is still there.",
        )
    return None


class DatabaseLock:
    """Keeps other workspaces out of a PostgreSQL database; the server frees it if we die.

    An SQLite file belongs to one workspace, whose own lock is enough: there it does nothing.
    """

    _KEY = 0x626F_6172  # "boar"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try once; whether it is held now."""
        if is_sqlite(self._engine):
            return True
        with translated(self._engine):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            query = text("SELECT pg_try_advisory_lock(:key)")
            held = connection.execute(query, {"key": self._KEY}).scalar()
        if held:
            self._connection = connection
        else:
            connection.close()
        return bool(held)

    def release(self) -> None:
        """Give it back; the connection may be gone, and the lock with it."""
        if self._connection is not None:
            # Not returned to the pool: a lock of the session must end with it.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def holder(self) -> str:
        """Who holds it, as the server knows."""
        query = text(
            "SELECT application_name, client_addr, backend_start FROM pg_stat_activity "
            "JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted "
            "AND objid = :key AND pg_locks.database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with reading(self._engine) as connection:
            row = connection.execute(query, {"key": self._KEY}).first()
        if row is None:
            return "another workspace on the same database"
        return f"{row[0] or 'a program'} ({row[1] or 'same machine'}) since {row[2]:%Y-%m-%d %H:%M}"
