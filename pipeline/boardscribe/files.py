"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
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
    # Not of `tempfile`, whose files are private: results are shared by whoever may read their
    # folder.
    temporary = target.parent / f".writing-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return True
