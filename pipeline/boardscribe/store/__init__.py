"""The database of a workspace: tables, migrations, and the only SQL of the package."""

from __future__ import annotations

from boardscribe.store.engine import DatabaseLock, database_url
from boardscribe.store.repository import Store
from boardscribe.store.review import ReviewStore, digest_of
from boardscribe.store.views import (
    Arrangement,
    Dossier,
    Holdings,
    KnownPhoto,
    Received,
    Registration,
    RunItem,
    Settlement,
    StoredFiles,
)

__all__ = [
    "Arrangement",
    "DatabaseLock",
    "Dossier",
    "Holdings",
    "KnownPhoto",
    "Received",
    "Registration",
    "ReviewStore",
    "RunItem",
    "Settlement",
    "Store",
    "StoredFiles",
    "database_url",
    "digest_of",
]
