"""The commands `boardscribe review ...`, added to `boardscribe` by an entry point.

Each module here adds its commands to `app` of `_common` when it is imported: `_questions` has
push, pull and stats, which work with every queue; commands that belong to one queue have a module
of their own.

Imports of the package are inside the functions: `boardscribe --help` should stay quick.
"""

from __future__ import annotations

from boardscribe_review.cli import _questions, _server
from boardscribe_review.cli._common import app

__all__ = ["app"]

_COMMANDS = (_questions, _server)
"""Modules whose import adds their commands to `app`."""
