"""How far a read text is from the true one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from rapidfuzz.distance import Levenshtein

from boardscribe.marks import certain

__all__ = ["GAP", "distance", "normalised", "without_gaps"]

GAP = "[illeg.]"

_GAPS = re.compile(r"\[(?:illeg\.?|illegible)\]|\[\.\.\.\]", re.IGNORECASE)
_ALIKE = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u00b7": "\u2022",
        "\u00ad": None,
        "\u200b": None,
        "\ufeff": None,
    }
)


def normalised(text: str, *, fold: bool = False) -> str:
    """The text as it is compared.

    Unicode NFC; line breaks and runs of spaces become one space; quotation marks, dashes and
    ellipses that handwriting does not tell apart become their plain form. A word marked as
    uncertain, `[?word?]`, is taken for the word.

    Args:
        text: as transcribed.
        fold: take upper and lower case as the same.
    """
    text = certain(unicodedata.normalize("NFC", text)).translate(_ALIKE)
    if fold:
        text = unicodedata.normalize("NFC", text.casefold())
    return " ".join(_GAPS.sub(GAP, text).split())


def without_gaps(text: str) -> str:
    """The text without its `[illeg.]`: what was not read counts as left out, not as written."""
    return " ".join(text.replace(GAP, " ").split())


def distance(truth: str, guess: str, *, words: bool = False) -> tuple[int, int]:
    """Edits (insertions, deletions, substitutions) from the true text to the read one.

    A gap in the true text is a word nobody knows: it takes in at most one word of the reading
    for nothing, and adds nothing to the length. A gap in the reading is left out.

    Args:
        truth: normalised; may hold gaps.
        guess: normalised.
        words: count words, not characters.

    Returns:
        number of edits, and length of the true text.
    """
    guess = without_gaps(guess)
    if GAP not in truth:
        if words:
            expected, actual = truth.split(), guess.split()
            return Levenshtein.distance(expected, actual), len(expected)
        return Levenshtein.distance(truth, guess), len(truth)
    if words:
        parts = [None if word == GAP else word for word in truth.split()]
        known = sum(part is not None for part in parts)
        return _with_gaps(parts, guess.split(), takes=lambda taken, _: taken == 0), known
    # A space in front of both lets a gap at the beginning be like any other.
    items = _characters(f" {truth}")
    known = sum(item is not None for item in items) - (items[0] is not None)
    return _with_gaps(items, f" {guess}", takes=_one_word), known


def _characters(truth: str) -> list[str | None]:
    """Characters, and None for a gap, which takes the space before it along."""
    items: list[str | None] = []
    for piece in re.split(r"( ?\[illeg\.\])", truth):
        items.extend([None] if piece.endswith(GAP) else piece)
    return items


def _one_word(taken: int, character: str) -> bool:
    """A gap may begin with the space that it stands for, and goes on to the next space."""
    return character != " " or taken == 0


def _with_gaps(
    truth: Sequence[str | None], guess: Sequence[str], *, takes: Callable[[int, str], bool]
) -> int:
    """Levenshtein distance where None in `truth` takes in a run of `guess` for nothing."""
    above = list(range(len(guess) + 1))
    for item in truth:
        if item is None:
            row = _gap_row(above, guess, takes)
        else:
            row = [above[0] + 1]
            for at, character in enumerate(guess):
                same = above[at] + (item != character)
                row.append(min(same, above[at + 1] + 1, row[at] + 1))
        above = row
    return above[-1]


def _gap_row(
    above: Sequence[int], guess: Sequence[str], takes: Callable[[int, str], bool]
) -> list[int]:
    row = list(above)
    for start, cost in enumerate(above):
        for taken, at in enumerate(range(start, len(guess))):
            if not takes(taken, guess[at]):
                break
            row[at + 1] = min(row[at + 1], cost)
    for at in range(len(guess)):
        row[at + 1] = min(row[at + 1], row[at] + 1)
    return row
