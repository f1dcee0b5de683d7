"""Fixtures that several test files share."""

from __future__ import annotations

from support.chromium import browser
from support.databases import database, new_postgres, postgres_server, store

__all__ = ["browser", "database", "new_postgres", "postgres_server", "store"]
