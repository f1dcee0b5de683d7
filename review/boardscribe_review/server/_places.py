"""Where the server lives: its program in the user's cache, its data and secrets in the user's data.

Nothing of it is in a workspace, which people copy, zip and send.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from boardscribe.errors import WorkspaceError
from boardscribe_review.extra import needs

__all__ = ["Account", "Places", "account", "places", "write_private"]

CACHE_VARIABLE = "BOARDSCRIBE_CACHE_DIR"
DATA_VARIABLE = "BOARDSCRIBE_DATA_DIR"

_EMAIL = "archivist@localhost"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of the local server."""

    cache: Path
    """What can be made again: the environment, a migrated empty database."""
    data: Path
    """What cannot: answers not pulled yet, accounts, secrets. Readable by its owner only."""

    @property
    def state(self) -> Path:
        """Says which process serves, and at which port; while `lock` is free, which one did."""
        return self.data / "server.json"

    @property
    def lock(self) -> Path:
        """Held by the serving process as long as it lives; the system frees it when it dies."""
        return self.data / "server.lock"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.data / "server.log"

    @property
    def secrets(self) -> Path:
        """Account, password and token, readable by their owner only."""
        return self.data / "account.json"

    @property
    def ready(self) -> Path:
        """There once the database has its account: from then on it is never replaced."""
        return self.data / "ready"

    @property
    def pictures(self) -> Path:
        """Root of the pictures that the server shows; a folder in it for each workspace."""
        return self.data / "pictures"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """The account that owns everything on the local server; its `repr` shows no secret."""

    server_id: str
    """Lasting name of this server: it changes when its data are thrown away."""
    email: str
    password: str
    token: str


def places() -> Places:
    """The user's folders, or those that the environment names instead."""
    needs("platformdirs")
    import platformdirs  # noqa: PLC0415 - an extra

    cache = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("boardscribe")
    data = os.environ.get(DATA_VARIABLE) or platformdirs.user_data_dir("boardscribe")
    return Places(Path(cache) / "label-studio", Path(data) / "label-studio")


def account(where: Places) -> Account:
    """The account of the local server; made at the first call.

    Raises:
        WorkspaceError: the file is damaged or cannot be written.
    """
    try:
        where.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        where.data.chmod(0o700)
        if not where.secrets.exists():
            new = Account(
                server_id=secrets.token_hex(4),
                email=_EMAIL,
                password=secrets.token_urlsafe(12),
                token=secrets.token_hex(20),
            )
            write_private(where.secrets, json.dumps(asdict(new), indent=2) + "\n")
        return Account(**json.loads(where.secrets.read_text(encoding="utf-8")))
    except OSError as error:
        raise WorkspaceError(
            f"{where.data} cannot be used: {error.strerror or error}",
            remedy=f"Check its permissions, or name another folder with {DATA_VARIABLE}.",
        ) from error
    except (ValueError, TypeError) as error:
        raise WorkspaceError(
            f"{where.secrets} is damaged",
            remedy="Put back a copy of it: the accounts and answers on the server belong to it.",
        ) from error


def write_private(target: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    # mkstemp makes the file with mode 0600 before anything is in it.
    handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
