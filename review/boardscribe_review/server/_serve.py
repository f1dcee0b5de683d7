"""Runs Label Studio; started by `_process` with the interpreter of Label Studio's environment.

Uses the standard library and Label Studio only: nothing of boardscribe is installed there.

Two promises are kept here. As long as this process lives it holds a lock that the system frees
when it dies, so a crash leaves nothing stale. And no request leaves the machine: the interpreter
refuses every connection and name look-up that is not for the machine itself.
"""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import sys
from pathlib import Path

_LOCAL_NAMES = ("", "localhost")


def is_local(host: object) -> bool:
    """Whether an address or host name is this machine's own."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: stops what would leave the machine."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        # A tuple is an address of IPv4 or IPv6; a unix socket has a path.
        outside = isinstance(address, tuple) and not is_local(address[0])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        outside = not is_local(arguments[0])
    else:
        return
    if outside:
        raise ConnectionRefusedError(f"boardscribe lets no request leave this machine ({event})")


def main(data: Path, port: int) -> None:
    """Serve on 127.0.0.1 until told to stop.

    Args:
        data: folder of the server's data.
        port: the only port to serve at; taken by somebody else, this fails.
    """
    lock = os.open(data / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("another server uses these data")
    partial = data / "server.json.partial"
    partial.write_text(json.dumps({"pid": os.getpid(), "port": port}), encoding="utf-8")
    partial.replace(data / "server.json")
    sys.addaudithook(refuse_outside)

    from label_studio import server  # noqa: PLC0415 - the hook comes first

    # It would silently take the next port where this one is taken.
    server._get_free_port = lambda port, debug: port  # noqa: ARG005
    sys.argv = ["label-studio", "start", "--no-browser", "--internal-host", "127.0.0.1"]
    sys.argv += ["--port", str(port)]
    server.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
