"""Databases of older versions are upgraded, after a copy; those of newer ones are refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from boardscribe.errors import WorkspaceError, WorkspaceVersionError
from boardscribe.options import Options
from boardscribe.store import Store, database_url, migrate
from boardscribe.store.engine import open_engine
from boardscribe.store.migrate import HEAD, _config, revision_of
from boardscribe.store.schema import metadata


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(database_url(database, tmp_path, "test.db"))
    yield opened
    opened.dispose()


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return revision_of(connection)


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    scripts = ScriptDirectory.from_config(_config())
    assert scripts.get_heads() == [HEAD]
    assert len(list(scripts.walk_revisions())) >= 2


def test_migrations_make_the_tables_that_the_code_uses(engine: Engine) -> None:
    migrate.migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_older_database_is_upgraded_with_all_it_holds(engine: Engine, tmp_path: Path) -> None:
    migrate.migrate(engine, to="0001")
    assert revision(engine) == "0001"
    with engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement)
    assert not migrate.is_current(engine)
    backup = migrate.migrate(engine)
    assert migrate.is_current(engine)
    opened = Store(engine.url)
    (note,) = opened.snapshot(Options()).notes
    opened.close()
    assert (note.note_id, note.transcription.text) == ("n1", "an old text")
    assert not note.best.stale
    if engine.dialect.name != "sqlite":
        assert backup is None
        return
    # The copy holds what was there before, also what was only in the write-ahead log.
    assert backup is not None
    assert backup.suffix == ".backup"
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    assert copy.execute("SELECT text FROM transcription").fetchall() == [("an old text",)]
    copy.close()


OLD_ROWS = (
    "INSERT INTO photo (sha256, name, width, height, format, orientation, size_bytes, "
    "preview_scale) VALUES ('aa', 'a.jpg', 9, 9, 'JPEG', 1, 5, 1.0)",
    "INSERT INTO note VALUES ('n1', '2026')",
    "INSERT INTO sighting (sighting_id, photo_sha256, ordinal, note_id, polygon, confidence, "
    "cut_off, hidden, doubtful, shapes, colour, rgb, sharpness, reading_generation) VALUES "
    "('n1', 'aa', 0, 'n1', '[[0,0],[1,0],[1,1]]', 0.5, false, false, false, '{\"square\":1.0}', "
    "'white', '[1,2,3]', 0.5, 0)",
    "INSERT INTO transcription (note_id, version, text, legibility, confidence, source, accepted, "
    "decided_by, reason, decided_at) VALUES ('n1', 1, 'an old text', 'readable', 0.5, 'machine', "
    "true, 'boardscribe', '', '2026')",
)


def test_a_newer_database_is_refused(engine: Engine) -> None:
    migrate.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceVersionError, match=r"newer version .*9999") as caught:
        migrate.migrate(engine)
    assert "pip install --upgrade" in caught.value.remedy
    assert revision(engine) == "9999"


def test_a_database_of_another_program_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE photo (x INTEGER)"))
    with pytest.raises(WorkspaceError, match="tables that boardscribe did not make: photo"):
        migrate.migrate(engine)


def test_a_migration_that_fails_half_way_leaves_the_old_version(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.migrate(engine, to="0001")
    from alembic import op

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    # The column is added before this, and must be gone again.
    monkeypatch.setattr(op, "create_table", fail)
    with pytest.raises(RuntimeError):
        migrate.migrate(engine)
    monkeypatch.undo()
    assert revision(engine) == "0001"
    with engine.connect() as connection:
        names = connection.execute(text("SELECT * FROM sighting")).keys()
    assert "stale" not in names
    migrate.migrate(engine)
    assert revision(engine) == HEAD
