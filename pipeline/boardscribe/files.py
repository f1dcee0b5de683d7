"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(target: Path, data: bytes, *, durable: bool = True) -> bool:
    """Write a file so that a crash at any instant leaves the old one, the new one or none.

    Folders on the way are made. A file that holds exactly that already is left alone.

    Args:
        target: the file.
        data: its new content.
        durable: wait until the disk has it, so that a database row may rely on it. What can be
            made again need not wait.

    Returns:
        Whether it was written.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    try:
        if target.stat().st_size == len(data) and target.read_bytes() == data:
            return False
    except FileNotFoundError:
        pass
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        # mkstemp makes a private file; results are shared by whoever may read their folder.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
