"""Fixtures: the same store tests on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import postgres

from boardscribe.store import Store, database_url

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Folder of the socket of a running server."""
    with postgres.server() as folder:
        yield folder


@pytest.fixture
def new_postgres(postgres_server: str) -> Callable[[], str]:
    """Makes an empty database; gives its URL."""

    def create() -> str:
        name = f"test_{next(_numbers)}"
        with postgres.connect(postgres_server) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return postgres.url_of(postgres_server, name)

    return create


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Setting `[workspace] database` of an empty database of each kind."""
    if request.param == "sqlite":
        return ""
    create: Callable[[], str] = request.getfixturevalue("new_postgres")
    return create()


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store of this version."""
    opened = Store(database_url(database, tmp_path, "test.db"))
    opened.migrate()
    yield opened
    opened.close()
