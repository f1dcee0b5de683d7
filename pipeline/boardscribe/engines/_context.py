"""Words put right by the words beside them: `word of month` on a note is `word of mouth`.

A line is decoded by itself, and most lines of a note are two or three words long. Here all lines
of a note that were chosen are looked at once more, together: a doubtful word gives way to one
spelt nearly alike where that fits its neighbours better than its letters fit worse.
"""

from __future__ import annotations

from collections.abc import Sequence

from boardscribe.engines._beam import Spelling
from boardscribe.engines._looks import Piece
from boardscribe.language import Language

__all__ = ["respell"]

_WEIGHT = 0.5
"""Of what neighbours say beside what the letters say; .3 to .7 read alike, 1 invents words."""
_CLEAR = 0.97
"""Probability of a word's worst letter from which it stands, whatever its neighbours are."""
_ROUNDS = 2
_SHORT = (
    *("a", "i", "&", "to", "of", "in", "on", "it", "is", "we", "an", "at", "as", "be", "by", "do"),
    *("go", "he", "if", "me", "my", "no", "or", "so", "up", "us", "and", "the", "for", "not"),
)
"""What a short word may be: too many words are near it, but few are common."""
_SHORT_LETTERS = 3


def respell(pieces: Sequence[Piece], spelling: Spelling, language: Language) -> None:
    """Put doubtful words right by their neighbours.

    Args:
        pieces: the pieces of a note in reading order; those whose words change get new ones.
        spelling: of lines by their letter probabilities.
        language: what words follow which.
    """
    places = [
        (piece, number)
        for piece in pieces
        if piece.decoded is not None and not piece.decoded.struck
        for number in range(len(piece.decoded.words))
    ]
    words = [_word(piece, number) for piece, number in places]
    for _ in range(_ROUNDS):
        changed = False
        for i, (piece, number) in enumerate(places):
            better = _better(words, i, piece, number, spelling, language)
            if better is not None:
                words[i] = better
                changed = True
        if not changed:
            break


def _better(
    words: Sequence[str],
    i: int,
    piece: Piece,
    number: int,
    spelling: Spelling,
    language: Language,
) -> str | None:
    """Try other words in place of one; where one fits better, the piece says it from now on."""
    decoded = piece.decoded
    if decoded is None or decoded.letters is None:
        return None
    if min(decoded.words[number].characters, default=1.0) > _CLEAR:
        return None
    usual = _fit(words, i, words[i], language)
    fits = {other: _fit(words, i, other, language) - usual for other in _others(words[i], language)}
    own = [word.text.lower() for word in decoded.words]
    best, most = None, 0.0
    for other in sorted(fits, key=lambda word: -fits[word]):
        # The beam found no likelier letters; what is left to gain is what neighbours say.
        if _WEIGHT * fits[other] <= most:
            break
        own[number] = other
        letters = spelling.log_probability(" ".join(own), decoded) - decoded.log_probability
        gain = letters + _WEIGHT * fits[other]
        if gain > most:
            best, most = other, gain
    if best is not None:
        own[number] = best
        piece.decoded = spelling.respelled(decoded, " ".join(own))
    return best


def _others(word: str, language: Language) -> tuple[str, ...]:
    if len(word) > _SHORT_LETTERS:
        return language.near(word)
    short = (s for s in _SHORT if abs(len(s) - len(word)) <= 1 and s != word)
    return tuple(dict.fromkeys((*language.near(word), *short)))


def _fit(words: Sequence[str], i: int, word: str, language: Language) -> float:
    """Logarithm of how well a word fits between its neighbours."""
    before = words[i - 1] if i else ""
    fit = language.log_after(word, before)
    return fit + language.log_after(words[i + 1], word) if i + 1 < len(words) else fit


def _word(piece: Piece, number: int) -> str:
    assert piece.decoded is not None
    return piece.decoded.words[number].text.lower()
