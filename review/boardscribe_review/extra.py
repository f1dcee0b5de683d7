"""What comes with the extra `review`, asked for only when it is used."""

from __future__ import annotations

import importlib.util

from boardscribe.errors import MissingComponentError

__all__ = ["needs"]


def needs(module: str, *, extra: str = "review") -> None:
    """Check that a module of an extra is installed.

    Raises:
        MissingComponentError: it is not; the remedy installs it.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingComponentError(
            f"{module} is not installed, which Label Studio needs",
            remedy=f"Install it: pip install 'boardscribe[{extra}]'. "
            "The csv queue needs nothing more.",
        )
