"""Starting, finding and stopping the local server."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from boardscribe.errors import InputError, QueueError, WorkspaceError
from boardscribe_review.server._install import DATABASE, environment_of_label_studio, install
from boardscribe_review.server._places import Account, Places, account, places

__all__ = ["Running", "find_running", "start", "stop"]

_HOST = "127.0.0.1"
_FIRST_PORT = 8085
_PORTS = 50
_START_SECONDS = 600
_STOP_SECONDS = 20
_POLL_SECONDS = 0.25

_PRIVATE = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "ENABLE_LEGACY_API_TOKEN": "true",
    "LOCAL_FILES_SERVING_ENABLED": "true",
    # Another site open in the same browser must not talk to it.
    "CORS_ALLOW_ALL_ORIGINS": "false",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "DEBUG": "false",
}

# The server is on this machine; a proxy would not find it.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True, slots=True)
class Running:
    """A local server, and how to log in."""

    url: str
    pid: int
    account: Account
    pictures: Path
    """Root of the pictures it shows."""
    secrets: Path
    """File with the password."""
    new: bool = False
    """Its account was made just now."""


def find_running() -> Running | None:
    """The local server, if one lives; whether it answers already is for the caller to find."""
    where = places()
    found = _holder(where)
    if found is None or not where.ready.exists():
        return None
    return _running(where, *found)


def start(*, port: int | None, notify: Callable[[str], None]) -> Running:
    """Start the local server, or find the one that runs.

    Args:
        port: to serve at; None for the one of the last time or the first free one.
        notify: told what takes long.

    Raises:
        InputError: the port is taken, or the server runs at another one.
        MissingComponentError: Label Studio cannot be installed.
        QueueError: it does not start.
    """
    where = places()
    account(where)
    with FileLock(where.data / "start.lock"):
        running = _found(where, port)
        if running is None or not _wait(where, running):
            # None runs, or the one that did was dying.
            running = _launch(where, _choose_port(where, port), notify)
            if not _wait(where, running):
                raise _not_started(where)
        new = not where.ready.exists()
        where.ready.touch()
        return Running(
            running.url, running.pid, running.account, running.pictures, running.secrets, new=new
        )


def _found(where: Places, port: int | None) -> Running | None:
    """The server that lives, answering or not."""
    found = _holder(where)
    if found is None:
        return None
    if port not in (None, found[1]):
        raise InputError(
            f"Label Studio runs already, at port {found[1]}",
            remedy="Leave out --port, or stop it first: boardscribe review down",
        )
    return _running(where, *found)


def stop() -> bool:
    """Stop the local server; whether one ran. What a crash left is no server."""
    where = places()
    found = _holder(where)
    if found is None:
        return False
    for sign, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[0], sign)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _is_held(where):
                return True
            time.sleep(_POLL_SECONDS)
    raise QueueError(
        f"Label Studio, process {found[0]}, does not stop", remedy="Stop it by hand: kill -9."
    )


def _is_held(where: Places) -> bool:
    try:
        handle = os.open(where.lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _holder(where: Places) -> tuple[int, int] | None:
    """Process and port of the server that lives, answering or not."""
    for _ in range(20):
        if not _is_held(where):
            return None
        try:
            state = json.loads(where.state.read_text(encoding="utf-8"))
            return int(state["pid"]), int(state["port"])
        except (OSError, ValueError, TypeError, KeyError):
            time.sleep(0.1)  # it holds the lock, and has not said yet who it is
    raise WorkspaceError(
        f"{where.state} is damaged while the server runs", remedy="Stop Label Studio by hand."
    )


def _running(where: Places, pid: int, port: int) -> Running:
    return Running(f"http://{_HOST}:{port}", pid, account(where), where.pictures, where.secrets)


def _choose_port(where: Places, wanted: int | None) -> int:
    if wanted is not None:
        if not _is_free(wanted):
            raise InputError(
                f"port {wanted} is taken by another program", remedy="Give another --port."
            )
        return wanted
    try:
        last = int(json.loads(where.state.read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, TypeError, KeyError):
        last = _FIRST_PORT
    candidates: list[int] = [last, *range(_FIRST_PORT, _FIRST_PORT + _PORTS)]
    for port in candidates:
        if _is_free(port):
            return port
    raise InputError("no free port was found", remedy="Give one: --port NUMBER")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        # As the server will: connections of its predecessor that linger are no hindrance.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((_HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _launch(where: Places, port: int, notify: Callable[[str], None]) -> Running:
    program = install(where, notify)
    if not where.ready.exists():
        # Nobody has worked with it yet; what an interrupted first start left may lack its account.
        shutil.copyfile(program.database, where.data / DATABASE)
        (where.data / f"{DATABASE}-journal").unlink(missing_ok=True)
    where.pictures.mkdir(exist_ok=True)
    notify("Starting Label Studio ...")
    with where.log.open("w", encoding="utf-8") as log:
        where.log.chmod(0o600)
        process = subprocess.Popen(  # noqa: S603 - our own program and paths
            [
                # Isolated, so that no module of this folder hides one of the standard library.
                *(program.python, "-I", Path(__file__).with_name("_serve.py")),
                *(where.data, str(port)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=where.data,
            env=_environment(where),
            start_new_session=True,  # Ctrl-C at this terminal is not meant for it
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _not_started(where)
        found = _holder(where)
        if found is not None and found[0] == process.pid:
            return _running(where, *found)
        time.sleep(_POLL_SECONDS)
    raise _not_started(where)


def _environment(where: Places) -> dict[str, str]:
    owner = account(where)
    return environment_of_label_studio(
        {
            **_PRIVATE,
            "BASE_DATA_DIR": str(where.data),
            "LOCAL_FILES_DOCUMENT_ROOT": str(where.pictures),
            "USERNAME": owner.email,
            "PASSWORD": owner.password,
            "USER_TOKEN": owner.token,
        }
    )


def _wait(where: Places, running: Running) -> bool:
    """Wait until the server answers to its own token, as no other program could.

    Returns:
        Whether it does; False where it died.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if not _is_held(where):
            return False
        if _answers(running):
            return True
        time.sleep(_POLL_SECONDS)
    raise _not_started(where)


def _answers(running: Running) -> bool:
    request = urllib.request.Request(  # noqa: S310 - an address of ours
        f"{running.url}/api/current-user/whoami",
        headers={"Authorization": f"Token {running.account.token}"},
    )
    try:
        with _open(request, timeout=10) as answer:
            return bool(json.load(answer)["email"] == running.account.email)
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False


def _not_started(where: Places) -> QueueError:
    try:
        said = where.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    except OSError:
        said = []
    return QueueError(
        "\n  ".join(["Label Studio did not start; it says", *said]),
        remedy=f"The whole of it is in {where.log}.",
    )
