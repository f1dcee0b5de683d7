"""The workspace's SQLite database as SQL, without what must not leave the house.

Accounts of readers become the pseudonyms that every other export shows, the answers in the queue's
own form (which name the account) and the workspace's keys stay behind, and a path becomes the name
of its file: folders are often named after people.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from boardscribe.pseudonyms import Pseudonyms

__all__ = ["dump_database"]

_READERS = (
    ("transcription", "decided_by"),
    ("correction", "decided_by"),
    ("review_answer", "reader"),
)
"""Table and column that name accounts; those with a `source` do so where it is not the machine."""
_KEY = "pseudonyms"
_NOBODY = "reader"
"""For every account, where a database has no key to make pseudonyms with."""


def dump_database(database: Path, out: Path, *, name_readers: bool) -> None:
    """Write the database as SQL statements that make it again.

    Args:
        database: an SQLite file; it is only read.
        out: the file to write.
        name_readers: leave accounts as they are.

    Raises:
        OSError: `out` cannot be written.
        sqlite3.Error: the database cannot be read.
    """
    with (
        closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as kept,
        closing(sqlite3.connect(":memory:")) as shown,
    ):
        kept.backup(shown)
        _hide(shown, name_readers=name_readers)
        with out.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(f"{statement}\n" for statement in shown.iterdump())


def _hide(database: sqlite3.Connection, *, name_readers: bool) -> None:
    if not name_readers:
        database.create_function("pseudonym", 1, _names(database), deterministic=True)
        for table, column in _READERS:
            columns = _columns(database, table)
            if column in columns:
                people = " WHERE source <> 'machine'" if "source" in columns else ""
                # Names of tables are our own; SQL takes no parameters for them.
                database.execute(f"UPDATE {table} SET {column} = pseudonym({column}){people}")  # noqa: S608
        if "payload" in _columns(database, "review_answer"):
            database.execute("UPDATE review_answer SET payload = '{}'")
    if _columns(database, "secret"):
        database.execute("DELETE FROM secret")
    for table in ("photo_name", "run_item"):
        columns = _columns(database, table)
        if {"path", "message"} <= columns:
            for column in ("message", "remedy"):
                database.execute(
                    f"UPDATE {table} SET {column} = replace({column}, path, name)"  # noqa: S608
                )
        if {"path", "name"} <= columns:
            # One photo found under one name in two folders becomes one row.
            database.execute(
                f"UPDATE OR REPLACE {table} SET path = name WHERE path <> name"  # noqa: S608
            )
    database.commit()


def _names(database: sqlite3.Connection) -> Callable[[str], str]:
    """What stands for accounts: pseudonyms as everywhere, made with the workspace's key."""
    if _columns(database, "secret"):
        row = database.execute("SELECT value FROM secret WHERE name = ?", (_KEY,)).fetchone()
        if row is not None:
            return Pseudonyms(str(row[0])).of_all
    return lambda _: _NOBODY


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    """Names of a table's columns; empty where there is no such table."""
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
