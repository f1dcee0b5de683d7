"""Where a single-file export goes: a file that appears whole or not at all, or a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boardscribe.errors import InputError
from boardscribe.export._write import new_file

__all__ = ["output"]


@contextmanager
def output(out: Path) -> Iterator[Path]:
    """The path to write to.

    A regular file, and the file that a link points to, is replaced when the block ends without
    error. A pipe or a device, such as `/dev/stdout`, is written to as it is: replacing it would
    take it away from everybody.

    Raises:
        InputError: `out` is a folder or cannot be written.
    """
    special = out.exists() and not out.is_file() and not out.is_dir()
    try:
        if special:
            yield out
        else:
            with new_file(out.resolve()) as path:
                yield path
    except OSError as error:
        raise InputError(
            f"cannot write {out}: {error.strerror or error}",
            remedy="Name a place with --out where you may write, and check that the disk is not "
            "full.",
        ) from error
