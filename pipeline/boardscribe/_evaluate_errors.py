"""Pictures of what went wrong."""

from __future__ import annotations

from pathlib import Path

from boardscribe.snapshot import Snapshot

__all__ = ["write_errors"]


def write_errors(snapshot: Snapshot, truth_dir: Path, workspace: Path, out: Path) -> int:
    """Stub."""
    return 0
