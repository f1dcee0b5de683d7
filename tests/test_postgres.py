"""A workspace whose database is a PostgreSQL server: run, resume, survive the server's end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from support import postgres
from support.fakes import FakeWorker, write_boards

from boardscribe.discovery import discover
from boardscribe.errors import MissingComponentError, WorkspaceError
from boardscribe.executors import SerialExecutor
from boardscribe.records import Legibility, Source, Transcription
from boardscribe.run import Event, RunSummary, run
from boardscribe.store import engine
from boardscribe.workspace import Workspace


@pytest.fixture
def config(tmp_path: Path, new_postgres: Callable[[], str]) -> Path:
    path = tmp_path / "server.toml"
    path.write_text(f'[workspace]\ndatabase = "{new_postgres()}"\n')
    return path


def go(
    workspace: Workspace, photos: Path, worker: FakeWorker, **kwargs: Callable[[Event], None]
) -> RunSummary:
    return run(
        workspace,
        discover([str(photos)]),
        executor=SerialExecutor,
        pipeline=worker.pipeline(),
        **kwargs,  # type: ignore[arg-type]
    )


def test_a_workspace_lives_on_a_server(tmp_path: Path, config: Path) -> None:
    photos = tmp_path / "photos"
    (first, *_) = write_boards(photos, 3)
    (photos / "copy.png").write_bytes(first.read_bytes())
    (photos / "bad.png").write_bytes(b"x")
    with Workspace.open(tmp_path / "w", create=True, config=config) as workspace:
        summary = go(workspace, photos, FakeWorker())
        assert (summary.done, len(summary.failed), len(summary.failures)) == (3, 1, 2)
        before = workspace.snapshot()
        workspace.store.decide(
            before.notes[0].note_id,
            Transcription("decided", Legibility.READABLE, 1.0, Source.PERSON, accepted=True),
        )
    assert not (tmp_path / "w" / "boardscribe.db").exists()
    with Workspace.open(tmp_path / "w", create=False) as workspace:
        summary = go(workspace, photos, FakeWorker(versions=(("read", "2"),)))
        assert (summary.done, summary.skipped, summary.reviewed) == (3, 0, 1)
        after = workspace.snapshot()
        assert after.notes[0].transcription.text == "decided"
        assert [n.note_id for n in after.notes] == [n.note_id for n in before.notes]
        assert go(workspace, photos, FakeWorker(versions=(("read", "2"),))).skipped == 3


def test_a_server_that_goes_away_stops_the_run_and_keeps_what_is_stored(
    tmp_path: Path, config: Path, postgres_server: str
) -> None:
    photos = tmp_path / "photos"
    write_boards(photos, 3)

    def cut(event: Event) -> None:
        if event.name == "board-1.png":
            with postgres.connect(postgres_server) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND application_name LIKE 'boardscribe%'"
                )
            raise KeyboardInterrupt

    with Workspace.open(tmp_path / "w", create=True, config=config) as workspace:
        with pytest.raises((KeyboardInterrupt, WorkspaceError)):
            go(workspace, photos, FakeWorker(), progress=cut)
        # The next use connects anew.
        assert len(workspace.snapshot().photos) == 2
        assert go(workspace, photos, FakeWorker()).done == 1
        assert len(workspace.snapshot().notes) == 18


def test_a_server_without_the_database_is_an_error_that_says_so(
    tmp_path: Path, postgres_server: str
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f'[workspace]\ndatabase = "{postgres.url_of(postgres_server, "nowhere")}"\n')
    with pytest.raises(WorkspaceError, match="cannot be reached") as caught:
        Workspace.open(tmp_path / "w", create=True, config=config)
    assert "nowhere" in caught.value.message


def test_a_missing_driver_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*args: object, **kwargs: object) -> None:
        raise ModuleNotFoundError("No module named 'psycopg'")

    monkeypatch.setattr(engine, "create_engine", missing)
    with pytest.raises(MissingComponentError) as caught:
        engine.open_engine(engine.database_url("postgresql://h/n", tmp_path, "x.db"))
    assert "boardscribe[postgres]" in caught.value.remedy


def test_a_reader_sees_one_moment(tmp_path: Path, config: Path) -> None:
    write_boards(tmp_path / "photos", 1)
    with Workspace.open(tmp_path / "w", create=True, config=config) as workspace:
        with engine.reading(workspace.store.engine) as connection:
            count = text("SELECT count(*) FROM photo")
            assert connection.execute(count).scalar() == 0
            go(workspace, tmp_path / "photos", FakeWorker())
            assert connection.execute(count).scalar() == 0
        assert len(workspace.snapshot().photos) == 1
