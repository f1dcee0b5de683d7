"""One writer at a time: a file lock in the workspace, and one in a shared database."""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from boardscribe.errors import WorkspaceError, WorkspaceLockedError

__all__ = ["HOLDER_FILE", "LOCK_FILE", "Holder", "SharedLock", "hold", "holder_of"]

LOCK_FILE = ".lock"
"""Locked, never read; the operating system frees it when its holder dies."""
HOLDER_FILE = ".lock.json"
"""Says who holds the lock, for people; without meaning while the lock is free."""

_POLL_SECONDS = 0.2


class SharedLock(Protocol):
    """A second lock, for a database that several workspaces share."""

    def acquire(self) -> bool:
        """Try once; whether it is held now."""

    def release(self) -> None:
        """Give it back."""

    def holder(self) -> str:
        """Who holds it, in words."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a workspace."""

    pid: int
    host: str
    user: str
    since: str
    """UTC, ISO 8601."""
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user} on {self.host} since {self.since}"


def holder_of(folder: Path) -> Holder | None:
    """Who holds the workspace, as far as it said so; None where it did not."""
    try:
        data = json.loads((folder / HOLDER_FILE).read_text(encoding="utf-8"))
        return Holder(
            pid=int(data["pid"]),
            host=str(data["host"]),
            user=str(data["user"]),
            since=str(data["since"]),
            command=str(data["command"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not written yet, gone, or cut short by a crash


@contextmanager
def hold(
    folder: Path,
    *,
    wait: bool,
    notify: Callable[[str], None],
    shared: SharedLock | None = None,
) -> Iterator[None]:
    """Hold the workspace for writing.

    Args:
        folder: the workspace.
        wait: wait for another holder, or fail at once.
        notify: told once for each holder that is waited for.
        shared: a second lock to take after that of the folder.

    Raises:
        WorkspaceLockedError: another process holds it, and `wait` is False.
        WorkspaceError: the folder cannot be written.
    """
    lock = FileLock(folder / LOCK_FILE)
    _acquire(
        lambda: _try(lock, folder),
        lambda: str(holder_of(folder) or "another process"),
        wait=wait,
        notify=notify,
    )
    try:
        _write_holder(folder)
        if shared is not None:
            _acquire(shared.acquire, shared.holder, wait=wait, notify=notify)
        try:
            yield
        finally:
            if shared is not None:
                shared.release()
            (folder / HOLDER_FILE).unlink(missing_ok=True)
    finally:
        lock.release()


def _acquire(
    attempt: Callable[[], bool],
    holder: Callable[[], str],
    *,
    wait: bool,
    notify: Callable[[str], None],
) -> None:
    said = None
    while not attempt():
        who = holder()
        if not wait:
            raise WorkspaceLockedError(
                f"the workspace is in use by {who}",
                remedy='Wait until it is finished, or set on_conflict = "wait" in '
                "boardscribe.toml.",
            )
        if who != said:
            notify(f"Waiting: the workspace is in use by {who}.")
            said = who
        time.sleep(_POLL_SECONDS)


def _try(lock: FileLock, folder: Path) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    except OSError as error:
        raise WorkspaceError(
            f"the workspace {folder} cannot be written: {error.strerror or error}",
            remedy="Check the permissions of the folder and the space on its disk.",
        ) from error
    return True


def _write_holder(folder: Path) -> None:
    holder = Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=_user(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        command=" ".join(sys.argv),
    )
    temporary = folder / f"{HOLDER_FILE}.tmp"
    temporary.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    temporary.replace(folder / HOLDER_FILE)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}"  # a container without an entry for this user
