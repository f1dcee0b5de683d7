"""The database of a workspace: tables, migrations, and the only SQL of the package."""

from __future__ import annotations

from boardscribe.store.engine import DatabaseLock, database_url
from boardscribe.store.repository import Store
from boardscribe.store.views import (
    Arrangement,
    Holdings,
    KnownPhoto,
    Registration,
    RunItem,
    StoredFiles,
)

__all__ = [
    "Arrangement",
    "DatabaseLock",
    "Holdings",
    "KnownPhoto",
    "Registration",
    "RunItem",
    "Store",
    "StoredFiles",
    "database_url",
]
