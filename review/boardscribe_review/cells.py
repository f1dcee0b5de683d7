"""Cells of a spreadsheet that come back as the text they were.

Two dangers. A text that begins with `=` is run as a formula by whoever opens the file; and a
spreadsheet turns what looks like a number or a date into one: `007` comes back as `7`, `1/2` as
the second of January. Both get an apostrophe in front, which makes a spreadsheet take them for
text; `unescape` takes away exactly the apostrophes that `escape` put there.
"""

from __future__ import annotations

import re

__all__ = ["escape", "unescape"]

_ACTIVE = frozenset("=+-@\t\r\n|%＝＋－＠")
"""Begin a formula or a command in some spreadsheet, full-width forms in East Asian ones."""
_NUMBER = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*|[\d.,\s]*\d[eE][+-]?\d+|\d+\s*(?:[aApP]\.?[mM]\.?)")
_DATE = re.compile(
    r"(?:\d{1,4}[\s./-]*)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"[\s./-]*\d{0,4}",
    re.IGNORECASE,
)
_LOGICAL = frozenset({"true", "false", "wahr", "falsch", "vrai", "faux"})


def escape(text: str) -> str:
    """A cell that every spreadsheet takes for text.

    Example:
        >>> escape("=1+1"), escape("007"), escape("more time"), escape("'tis")
        ("'=1+1", "'007", 'more time', "'tis")
    """
    return f"'{text}" if _needs(text) else text


def unescape(cell: str) -> str:
    """The text of a cell, as `escape` wrote it or as a person typed it.

    Example:
        >>> unescape("'=1+1"), unescape("=1+1"), unescape("'tis")
        ('=1+1', '=1+1', "'tis")
    """
    rest = cell.removeprefix("'")
    return rest if rest != cell and _needs(rest) else cell


def _needs(text: str) -> bool:
    plain = text.lstrip()
    if text.startswith("'"):
        return _needs(text[1:])
    return bool(
        (text and text[0] in _ACTIVE)
        or (plain and plain[0] in _ACTIVE)
        or _NUMBER.fullmatch(plain)
        or _DATE.fullmatch(plain.rstrip())
        or plain.rstrip().lower() in _LOGICAL
    )
