"""Every error the package raises on purpose, each with an exit code and a remedy.

`boardscribe.cli` is the one place that turns these into exit codes. Failures of a single photo
are `PhotoError`s: `boardscribe.run` records them as rows of the run report and goes on.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "BoardscribeError",
    "ConfigError",
    "EngineError",
    "ExitCode",
    "InputError",
    "MissingComponentError",
    "PhotoError",
    "QueueError",
    "WorkspaceError",
    "WorkspaceLockedError",
    "WorkspaceVersionError",
]


class ExitCode(IntEnum):
    """Exit codes of the command line; stable, documented in `docs/cli.md`."""

    OK = 0
    UNEXPECTED = 1
    """A bug: please report it."""
    USAGE = 2
    """A command, option or path that does not make sense."""
    SOME_FAILED = 3
    """The work was done, but some photos failed; the report lists them."""
    CONFIG = 4
    """boardscribe.toml has a mistake."""
    WORKSPACE = 5
    """The workspace cannot be used (wrong version, damaged, unreachable database)."""
    LOCKED = 6
    """Another process holds the workspace."""
    MISSING = 7
    """A component that was asked for is not installed."""
    QUEUE = 8
    """The review queue cannot be reached, or refuses; nothing is lost."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; what was finished is stored."""


class BoardscribeError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        exit_code: what the command line exits with.
        remedy: one sentence that says what to do about it; may be empty.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by the default pickling between processes.
        return (_rebuild, (type(self), dict(self.__dict__)))


class InputError(BoardscribeError):
    """A path, pattern or argument from the user cannot be used."""

    exit_code = ExitCode.USAGE


class ConfigError(BoardscribeError):
    """boardscribe.toml cannot be read, or says something unknown or impossible."""

    exit_code = ExitCode.CONFIG


class WorkspaceError(BoardscribeError):
    """The workspace or its database cannot be used."""

    exit_code = ExitCode.WORKSPACE


class WorkspaceVersionError(WorkspaceError):
    """The workspace was written by a newer version of boardscribe."""


class WorkspaceLockedError(WorkspaceError):
    """Another process is writing to the workspace."""

    exit_code = ExitCode.LOCKED


class MissingComponentError(BoardscribeError):
    """An engine, program or weight file that was asked for is not there."""

    exit_code = ExitCode.MISSING


class QueueError(BoardscribeError):
    """A review queue cannot be reached, or refuses what it is asked."""

    exit_code = ExitCode.QUEUE


class EngineError(BoardscribeError):
    """An OCR engine failed on an input it should have read."""

    exit_code = ExitCode.UNEXPECTED


class PhotoError(BoardscribeError):
    """One photo cannot be processed; the batch goes on.

    Attributes:
        reason: stable code for programs, such as `truncated` or `too_large`.
    """

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, message: str, *, reason: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason


def _rebuild(kind: type[BoardscribeError], state: dict[str, object]) -> BoardscribeError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("message", ""))
    error.__dict__.update(state)
    return error
