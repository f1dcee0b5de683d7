"""Column types: hostile text, and JSON that every database stores alike."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Text, TypeDecorator
from sqlalchemy.engine import Dialect

__all__ = ["HostileText", "Json", "storable"]

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    r"""Text that both databases and every export can hold.

    A file name that is not valid UTF-8 reaches Python with lone surrogates, one a byte; such a
    byte becomes `\xNN`, readable and the same at every run. NUL, which PostgreSQL refuses, and
    other lone surrogates become U+FFFD. All else is kept as it is: escaping is the business of
    whatever shows the text.
    """
    return _NOT_STORABLE.sub(_replacement, text)


def _replacement(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


class HostileText(TypeDecorator[str]):
    """Text from outside: file names, OCR output, what volunteers typed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Clean what is stored."""
        return None if value is None else storable(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Give back what was stored."""
        return value


class Json(TypeDecorator[Any]):
    """Plain data as compact JSON text; a lone surrogate in it becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Data to text."""
        if value is None:
            return None
        text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        return _SURROGATE.sub("\ufffd", text)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Text to data."""
        return None if value is None else json.loads(value)
