"""A real PostgreSQL server for tests: in a temporary folder, on a unix socket, stopped after."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

SKIP = "BOARDSCRIBE_SKIP_POSTGRES"
INSTALL = "sudo apt-get install postgresql (macOS: brew install postgresql)"


def programs() -> Path | None:
    """Folder of initdb and postgres, which Debian keeps out of PATH."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).parent
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    homebrew = Path("/opt/homebrew/opt").glob("postgresql*/bin/initdb")
    for program in sorted([*debian, *homebrew], reverse=True):
        return program.parent
    return None


@contextmanager
def server() -> Iterator[str]:
    """Run a server; gives the folder of its socket."""
    if os.environ.get(SKIP):
        pytest.skip(f"{SKIP} is set")
    binaries = programs()
    if binaries is None:
        pytest.fail(f"PostgreSQL is not installed: {INSTALL}. To test without it, set {SKIP}=1.")
    # A short path: that of a unix socket may have 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = _ordinary_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    data = folder / "data"
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    try:
        subprocess.run(
            [
                *as_user,
                binaries / "initdb",
                "-D",
                data,
                "-U",
                "tester",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "-N",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            env=environment,
        )
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [
                    *as_user,
                    binaries / "postgres",
                    "-D",
                    data,
                    "-k",
                    folder,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    "fsync=off",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
            )
        try:
            _wait_for(folder, process)
            yield str(folder)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
            process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def connect(folder: str, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=folder, user="tester", dbname=name, autocommit=True)


def url_of(folder: str, name: str) -> str:
    return f"postgresql://tester@/{name}?host={folder}"


def _ordinary_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail("no user `postgres` or `nobody` to run PostgreSQL as")


def _wait_for(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            connect(str(folder)).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
            time.sleep(0.1)
