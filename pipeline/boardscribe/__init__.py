"""Photographs of workshop boards in; a checked, citable record of every note out.

>>> from boardscribe import transcribe
>>> result = transcribe("samples/photos/board.jpg")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boardscribe._version import __version__

if TYPE_CHECKING:
    from boardscribe.options import Options, load_options
    from boardscribe.records import PhotoResult
    from boardscribe.worker import transcribe

__all__ = ["Options", "PhotoResult", "__version__", "load_options", "transcribe"]

_HOMES = {
    "Options": "boardscribe.options",
    "PhotoResult": "boardscribe.records",
    "load_options": "boardscribe.options",
    "transcribe": "boardscribe.worker",
}


def __getattr__(name: str) -> object:
    """Load the public names when they are first used: the command line starts sooner."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
