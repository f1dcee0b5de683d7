"""Finds what stands in the gaps of a published text, word by word.

The published words are laid beside the words that were read: equal or misread ones stand for one
another, a gap takes in any number of words between them. So a fill is made of whole words, but
for a gap that is joined to letters (`p...`), which is the rest of a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from boardscribe.record._align import ILLEGIBLE_MARK, fold

__all__ = ["Taken", "take"]

_SUBSTITUTE = 0.95
"""A word misread beyond recognition costs a little less than one left out: it takes its place."""
_ENDS = " \n\t.,;:!?"
"""What parts a gap from a word; next to anything else it is the rest of that word."""
_MERGE = 3
"""So many read words at most stand for one published word, and the other way round."""
_MERGING = 0.1
_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Taken:
    """What one gap took in."""

    text: str
    """Words as read, line breaks and outer spaces taken off; may hold `[illeg.]`; may be empty."""
    words: tuple[int, int]
    """First word and the one after the last, among the words of the reading."""
    glued: bool
    """It goes on with the word before it without a space."""
    glued_after: bool
    """The word after it goes on without a space."""
    agreement: float
    """How well the published words beside the gap agree with what was read there, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A published word, or a gap."""

    text: str
    gap: int | None = None
    """Number of the gap."""
    open_end: bool = False
    """A gap is joined to the end of this word."""
    open_start: bool = False
    """A gap is joined to the start of this word."""


def take(text: str, gaps: Sequence[tuple[int, int]], read: str) -> tuple[Taken, ...]:
    """What each gap took in.

    Args:
        text: the published text.
        gaps: where its gaps are, in order.
        read: the text that was read.

    Returns:
        One `Taken` for each gap; of adjoining gaps the first takes all.

    >>> take("Share the ...", [(10, 13)], "Share the garden tools")[0].text
    'garden tools'
    """
    tokens = _tokens(text, gaps)
    words = read.split()
    cells = _table(tokens, words)
    found: dict[int, Taken] = {}
    for index, token in enumerate(tokens):
        if token.gap is not None:
            found[token.gap] = _taken(tokens, cells, words, index)
    return tuple(found[number] for number in range(len(gaps)))


def _tokens(text: str, gaps: Sequence[tuple[int, int]]) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    for number, (start, end) in enumerate((*gaps, (len(text), len(text)))):
        stretch = text[position:start]
        words = stretch.split()
        for index, word in enumerate(words):
            letters = bool(fold(word))
            if not letters:
                continue  # punctuation on its own: nothing to compare
            last = index == len(words) - 1
            joined_start = index == 0 and position > 0 and stretch[0] not in _ENDS
            joined_end = last and start < len(text) and stretch[-1] not in _ENDS
            tokens.append(_Token(word, None, joined_end, joined_start))
        if start < len(text):
            tokens.append(_Token("", number))
        position = end
    return tokens


@lru_cache(maxsize=65536)
def _distance(one: str, other: str) -> float:
    return Levenshtein.normalized_distance(one, other)


def _cost(token: _Token, word: str) -> float:
    """Price of one published word for one read word."""
    wanted, found = fold(token.text), fold(word)
    if not wanted:
        return 0.0
    best = _distance(wanted, found)
    if token.open_end and len(found) > len(wanted):
        best = min(best, _distance(wanted, found[: len(wanted)]))
    if token.open_start and len(found) > len(wanted):
        best = min(best, _distance(wanted, found[-len(wanted) :]))
    return _SUBSTITUTE * len(wanted) * best


def _table(tokens: Sequence[_Token], words: Sequence[str]) -> list[tuple[int, int]]:
    """Range of read words for each token, of least cost."""
    rows, columns = len(tokens), len(words)
    cost = [[_FAR] * (columns + 1) for _ in range(rows + 1)]
    came = [[(0, 0)] * (columns + 1) for _ in range(rows + 1)]
    cost[0][0] = 0.0
    for i in range(rows + 1):
        for j in range(columns + 1):
            if cost[i][j] >= _FAR:
                continue
            for a, b, price in _steps(tokens, words, i, j):
                if cost[i][j] + price < cost[a][b] - 1e-9:
                    cost[a][b] = cost[i][j] + price
                    came[a][b] = (i, j)
    ranges = [(0, 0)] * rows
    i, j = rows, columns
    while i or j:
        a, b = came[i][j]
        for row in range(a, i):
            ranges[row] = (b, j)
        if i == a and i < rows and tokens[i].gap is not None:
            # Steps inside a gap are its own; its range was closed when the walk entered it.
            ranges[i] = (b, max(ranges[i][1], j))
        i, j = a, b
    return ranges


def _steps(
    tokens: Sequence[_Token], words: Sequence[str], i: int, j: int
) -> Iterator[tuple[int, int, float]]:
    """Where one can go on from token i and word j, and at what price."""
    token = tokens[i] if i < len(tokens) else None
    word = words[j] if j < len(words) else None
    wild = word is not None and ILLEGIBLE_MARK.search(word) is not None
    if token is not None and token.gap is not None:
        if word is not None:
            yield i, j + 1, 0.0
        yield i + 1, j, 0.0
        return
    if token is not None:
        for k in range(1, min(_MERGE, len(words) - j) + 1):
            joined = "".join(words[j : j + k])
            price = 0.0 if wild and k == 1 else _cost(token, joined)
            yield i + 1, j + k, price + _MERGING * (k - 1)
        if word is not None:
            for k in range(2, _MERGE + 1):
                run = tokens[i : i + k]
                if len(run) == k and all(part.gap is None for part in run):
                    merged = _Token("".join(t.text for t in run), None, run[-1].open_end)
                    price = 0.0 if wild else _cost(merged, word)
                    yield i + k, j + 1, price + _MERGING * (k - 1)
        yield i + 1, j, float(len(fold(token.text)))
    if word is not None:
        yield i, j + 1, 0.0 if wild else float(len(fold(word)))


def _taken(
    tokens: Sequence[_Token], cells: Sequence[tuple[int, int]], words: Sequence[str], index: int
) -> Taken:
    start, end = cells[index]
    parts = list(words[start:end])
    glued = glued_after = False
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is not None and before.open_end:
        word = "".join(words[slice(*cells[index - 1])])
        rest = _rest(before.text, word, from_end=False)
        if rest:
            parts.insert(0, rest)
            glued = True
    if after is not None and after.open_start:
        word = "".join(words[slice(*cells[index + 1])])
        rest = _rest(after.text, word, from_end=True)
        if rest:
            parts.append(rest)
            glued_after = True
    agreements = []
    for neighbour, place in ((before, index - 1), (after, index + 1)):
        if neighbour is not None and neighbour.gap is None:
            word = "".join(words[slice(*cells[place])])
            wanted = fold(neighbour.text)
            agreements.append(1.0 - _cost(neighbour, word) / (_SUBSTITUTE * max(1, len(wanted))))
    agreement = min(agreements, default=1.0)
    return Taken(" ".join(parts), (start, end), glued, glued_after, agreement)


def _rest(published: str, word: str, *, from_end: bool) -> str:
    """The part of a read word that a partly published word leaves open."""
    wanted = fold(published)
    kept = len(wanted)
    if len(fold(word)) <= kept:
        return ""
    letters = [index for index, character in enumerate(word) if fold(character)]
    if len(letters) <= kept:
        return ""
    if _distance(wanted, fold(word)) <= _distance(
        wanted, fold(word)[-kept:] if from_end else fold(word)[:kept]
    ):
        return ""
    return word[: letters[len(letters) - kept]] if from_end else word[letters[kept] :]
