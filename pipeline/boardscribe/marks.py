"""Editorial marks inside a text: what cannot be read, and what is read without being sure.

`[illeg.]` stands for a word that cannot be read, `[?word?]` for one that is uncertain. Both are
part of the text everywhere: in the database, in every export, in the record.
"""

from __future__ import annotations

import re

__all__ = ["ILLEGIBLE", "UNCERTAIN", "certain", "is_uncertain", "uncertain"]

ILLEGIBLE = "[illeg.]"
UNCERTAIN = re.compile(r"\[\?([^\[\]\s]+)\?\]")
"""One uncertain word; group 1 is the word."""


def uncertain(word: str) -> str:
    """The word, marked as uncertain once.

    >>> uncertain("tree"), uncertain("[?tree?]"), uncertain("[illeg.]")
    ('[?tree?]', '[?tree?]', '[illeg.]')
    """
    return word if word == ILLEGIBLE or is_uncertain(word) else f"[?{word}?]"


def is_uncertain(word: str) -> bool:
    """Whether the word carries the mark, with or without punctuation around it."""
    return UNCERTAIN.search(word) is not None


def certain(word: str) -> str:
    """The word, or the whole text, without marks of uncertainty; `[illeg.]` stays.

    >>> certain("[?tree?],")
    'tree,'
    """
    return UNCERTAIN.sub(r"\1", word)
