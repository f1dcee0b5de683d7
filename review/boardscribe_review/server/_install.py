"""Label Studio in an environment of its own, and a migrated empty database to start from.

The environment is locked to the last package, with hashes: what was tested is what runs. Both
parts are made once, under a lock, and only count once they are whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from filelock import FileLock

from boardscribe.errors import MissingComponentError
from boardscribe_review.server._places import Places

__all__ = ["DATABASE", "VERSION", "Installation", "environment_of_label_studio", "install"]

VERSION = "1.23.2"
"""Of Label Studio; the labelling screen and the tests belong to it."""
DATABASE = "label_studio.sqlite3"

_HARMLESS = ("HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
_INSTALL_SECONDS = 3600
_MIGRATE_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed Label Studio."""

    python: Path
    """Interpreter of its environment."""
    database: Path
    """An empty database, migrated; to be copied."""


def environment_of_label_studio(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment to run Label Studio in: its settings, and nothing else that it would read.

    It takes every setting also from a variable without its prefix, such as HOST, DEBUG or CI,
    which may be there for quite another program.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _HARMLESS or name.startswith("LC_")
    }
    return {**kept, **{f"LABEL_STUDIO_{name}": value for name, value in settings.items()}}


def install(where: Places, notify: Callable[[str], None]) -> Installation:
    """Install Label Studio where that is not done yet.

    Args:
        where: the folders.
        notify: told what takes long.

    Raises:
        MissingComponentError: it cannot be installed.
    """
    lock = (files("boardscribe_review") / "server" / "label-studio.lock").read_bytes()
    release = f"{sys.version_info.major}.{sys.version_info.minor}"
    pinned = b"\n".join(line for line in lock.splitlines() if not line.startswith(b"#"))
    key = f"{VERSION}-py{release}-{hashlib.blake2b(pinned, digest_size=6).hexdigest()}"
    folder = where.cache / key
    made = Installation(folder / "env" / "bin" / "python", folder / "empty.sqlite3")
    done = folder / "installed"
    if done.exists() and made.database.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(where.cache / f"{key}.lock"):
        if not done.exists():
            notify(f"Installing Label Studio {VERSION} (once, about 800 MB) ...")
            shutil.rmtree(folder / "env", ignore_errors=True)
            _make_environment(folder, lock)
            done.touch()
        if not made.database.exists():
            notify("Preparing its database (once, a minute or two) ...")
            _make_database(folder, made)
    return made


def _make_environment(folder: Path, lock: bytes) -> None:
    requirements = folder / "requirements.lock"
    requirements.write_bytes(lock)
    target = folder / "env"
    uv = _uv()
    if uv is not None:
        commands = [
            [uv, "venv", "--quiet", "--python", sys.executable, str(target)],
            [
                *(uv, "pip", "install", "--quiet", "--python", str(target / "bin" / "python")),
                *("--require-hashes", "-r", str(requirements)),
            ],
        ]
    else:
        pip = [str(target / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        commands = [
            [sys.executable, "-m", "venv", str(target)],
            [*pip, "install", "--quiet", "--require-hashes", "-r", str(requirements)],
        ]
    for command in commands:
        _run(command, "Label Studio could not be installed", _INSTALL_SECONDS)


def _uv() -> str | None:
    """The program uv, much quicker than pip; beside our own interpreter or on the path."""
    own = Path(sysconfig.get_path("scripts")) / "uv"
    return str(own) if own.exists() else shutil.which("uv")


def _make_database(folder: Path, made: Installation) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as data:
        _run(
            # `version` migrates, prints and makes no account.
            [str(made.python), "-I", "-m", "label_studio.server", "version"],
            "the database of Label Studio could not be made",
            _MIGRATE_SECONDS,
            environment=environment_of_label_studio({"BASE_DATA_DIR": data, "SENTRY_DSN": ""}),
        )
        (Path(data) / DATABASE).replace(made.database)


def _run(
    command: list[str],
    failure: str,
    seconds: int,
    environment: dict[str, str] | None = None,
) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own programs and paths
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            env=environment,
        )
        output, code = done.stdout, done.returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        output, code = str(error), -1
    if code != 0:
        last = "\n  ".join(output.strip().splitlines()[-5:])
        raise MissingComponentError(
            f"{failure}: {Path(command[0]).name} says\n  {last}",
            remedy="Check the network and the space on the disk, then run it again; or use a "
            "server that is there already: boardscribe review connect URL",
        )
