"""One real Label Studio for the tests of a worker; each test has workspaces of its own on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.labelstudio import serving

from boardscribe_review.server import Running

__all__ = ["running"]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with fresh data."""
    with serving(tmp_path_factory.mktemp("label-studio")) as server:
        yield server
