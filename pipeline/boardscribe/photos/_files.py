"""Opening and reading a photo file that may be anything: a pipe, a broken link, a torn copy."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from boardscribe.errors import PhotoError
from boardscribe.photos._errors import photo_error

__all__ = ["hash_file", "read_file"]

_CHUNK = 1 << 20

# Opening a pipe waits for its writer, and opening a terminal may make it the process's own; the
# flags forbid both. Platforms without a flag do not have the danger.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes as lower-case hex, read in pieces.

    Raises:
        PhotoError: the file cannot be read (`unreadable`, `broken_link`, `not_found`,
            `not_a_file`) or is `empty`.
    """
    digest = hashlib.sha256()
    size = 0
    with _opened(path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise photo_error("empty", "the file is empty")
    return digest.hexdigest()


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """All bytes of a file, at most `max_bytes` of them.

    Raises:
        PhotoError: as `hash_file`, and `too_large` beyond `max_bytes`.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise _too_many_bytes(size, max_bytes)
        pieces = [file.read(size)]
        # The file may grow while it is being read, but not beyond the limit.
        while size <= max_bytes and (piece := file.read(_CHUNK)):
            pieces.append(piece)
            size += len(piece)
    data = b"".join(pieces)
    if len(data) > max_bytes:
        raise _too_many_bytes(len(data), max_bytes)
    if not data:
        raise photo_error("empty", "the file is empty")
    return data


def _too_many_bytes(size: int, max_bytes: int) -> PhotoError:
    return photo_error(
        "too_large",
        f"the file has {size / 1e6:.0f} MB, more than the limit of {max_bytes / 1e6:.0f} MB",
    )


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The regular file at `path`, open for reading; errors of opening and reading translated."""
    try:
        # First look, then open: opening alone can already rewind a tape or wake a device.
        _require_regular(os.stat(path))  # noqa: PTH116 (a path may hold what Path.stat refuses)
        descriptor = os.open(path, _FLAGS)
        with os.fdopen(descriptor, "rb", buffering=0) as raw:
            _require_regular(os.fstat(raw.fileno()))
            with open(raw.fileno(), "rb", closefd=False) as file:
                yield file
    except OSError as error:
        raise _translated(path, error) from error
    except ValueError as error:
        # A NUL in the path: no file can have that name.
        raise photo_error("not_found", f"no file can have this name: {error}") from error


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((name for test, name in _KINDS if test(status.st_mode)), "something else")
    raise photo_error("not_a_file", f"this is {kind}, not a file")


def _translated(path: Path, error: OSError) -> PhotoError:
    if error.errno in {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG}:
        if os.path.islink(path):  # noqa: PTH114 (the same call as above)
            return photo_error("broken_link", "the link leads to no file")
        return photo_error("not_found", "there is no such file")
    return photo_error("unreadable", f"the file cannot be read: {error.strerror or error}")
