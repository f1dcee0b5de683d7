"""Words put right by the words beside them: `word of month` on a note is `word of mouth`.

A line is decoded by itself, and most lines of a note are two or three words long. Here all lines
of a note that were chosen are looked at once more, together: a doubtful word gives way to one
spelt nearly alike where that fits its neighbours better than its letters fit worse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from boardscribe.engines._beam import Decoded, Spelling
from boardscribe.engines._looks import Piece
from boardscribe.language import core_of

__all__ = ["respell", "respell_together"]

_WEIGHT = 0.5
"""Of what neighbours say beside what the letters say; .3 to .7 read alike, 1 invents words."""
_CLEAR = 0.97
"""Probability of a word's worst letter from which it stands, whatever its neighbours are."""
_CLEAR_NUMBER = 0.5
"""The same of a number: what stands beside it says little of it, and a wrong one misleads."""
_CLEAR_ELSEWHERE = 0.8
"""The same for a word to be expected on the other notes of a board."""
_LEAST_ELSEWHERE = 4
"""Letters of the shortest such word."""
_ROUNDS = 2
_SHORT = (
    *("a", "i", "&", "to", "of", "in", "on", "it", "is", "we", "an", "at", "as", "be", "by", "do"),
    *("go", "he", "if", "me", "my", "no", "or", "so", "up", "us", "and", "the", "for", "not"),
)
"""What a short word may be: too many words are near it, but few are common."""
_SHORT_LETTERS = 3
_STOPS = frozenset(",.:;!?()'\"-–")
"""These are no words, and none of `_SHORT` is read as one."""
_LIKE_NUMBERS = {"07": "of", "10": "to", "15": "is", "17": "it", "50": "so", "60": "go"}
"""What a number may be in capitals."""
_LONE_DIGIT = 1.0
"""How much likelier a digit is than a letter where it is all that a note says, logarithm: notes are
numbered and counted, and `a` is no vote."""


def respell_together(notes: Sequence[Sequence[Piece]], spelling: Spelling) -> None:
    """Put doubtful words right by their neighbours and by what the other notes say.

    What people write about they write on many notes, names above all.

    Args:
        notes: the pieces of each note of a board, in reading order. Changed as by `respell`.
        spelling: of lines by their letter probabilities.
    """
    own = [_clear_words(pieces) for pieces in notes]
    every = sum(own, Counter[str]())
    for pieces, words in zip(notes, own, strict=True):
        language = spelling.language.beside(every - words)
        respell(pieces, replace(spelling, language=language))


def _clear_words(pieces: Sequence[Piece]) -> Counter[str]:
    words = [word for p in pieces if p.decoded is not None for word in p.decoded.words]
    clear = [w.text for w in words if min(w.characters, default=0.0) > _CLEAR_ELSEWHERE]
    cores = (core_of(text) for text in clear)
    return Counter(core for core in cores if len(core) >= _LEAST_ELSEWHERE and core.isalpha())


def respell(pieces: Sequence[Piece], spelling: Spelling) -> None:
    """Put doubtful words right by their neighbours.

    Args:
        pieces: the pieces of a note in reading order. What they say is changed, and every word
            is told how well it goes with its neighbours.
        spelling: of lines by their letter probabilities.
    """
    note = _Note(pieces, spelling)
    for _ in range(_ROUNDS):
        improved = [note.improve(i) for i in range(len(note.words))]
        if not any(improved):
            break
    note.tell_bonds()


class _Note:
    """The words of a note in reading order, and where each one stands."""

    def __init__(self, pieces: Sequence[Piece], spelling: Spelling) -> None:
        self._spelling = spelling
        self._language = spelling.language
        # What was struck out is gone from the words, but not from the letters.
        self._places = [
            (piece, number)
            for piece in pieces
            if piece.decoded is not None and not piece.decoded.struck
            for number in range(len(piece.decoded.words))
        ]
        self.words = [_said(piece).words[number].text.lower() for piece, number in self._places]

    def improve(self, i: int) -> bool:
        """Replace a word where another fits its neighbours better than its letters fit worse."""
        piece, number = self._places[i]
        decoded = _said(piece)
        counts = self.words[i].isdigit() and self.words[i] not in _LIKE_NUMBERS
        clear = _CLEAR_NUMBER if counts else _CLEAR
        if min(decoded.words[number].characters, default=1.0) > clear:
            return False
        fits = self._fits(i)
        own = [word.text.lower() for word in decoded.words]
        best, most = None, 0.0
        for word in sorted(fits, key=lambda word: -fits[word]):
            # The beam found no likelier letters; what is left to gain is what neighbours say.
            if _WEIGHT * fits[word] <= most:
                break
            own[number] = word
            letters = self._spelling.log_probability(" ".join(own), decoded)
            gain = letters - decoded.log_probability + _WEIGHT * fits[word]
            if gain > most:
                best, most = word, gain
        if best is None:
            return False
        own[number] = self.words[i] = best
        piece.decoded = self._spelling.respelled(decoded, " ".join(own), most)
        return True

    def tell_bonds(self) -> None:
        """Note of each word how much likelier it is beside its neighbours than by itself."""
        bonds = [
            self._language.log_after(word, before) - self._language.log_probability(word)
            for before, word in zip(["", *self.words], self.words, strict=False)
        ]
        for i, (piece, number) in enumerate(self._places):
            words = list(_said(piece).words)
            words[number] = replace(words[number], bond=max(bonds[i : i + 2]))
            piece.decoded = replace(_said(piece), words=tuple(words))

    def _fits(self, i: int) -> dict[str, float]:
        """Words that may stand in place of one, and how much better they fit."""
        word = self.words[i]
        if len(self.words) == 1 and len(word) == 1:
            return dict.fromkeys("0123456789", _LONE_DIGIT) if word.isalpha() else {}
        usual = self._fit(i, word)
        before = self.words[i - 1] if i else ""
        others = (*self._others(word), *self._language.expected(before))
        return {other: self._fit(i, other) - usual for other in others if other != word}

    def _others(self, word: str) -> tuple[str, ...]:
        if word in _LIKE_NUMBERS:
            return (_LIKE_NUMBERS[word],)
        near = self._language.near(word)
        if len(word) > _SHORT_LETTERS or word in _STOPS:
            return near
        short = (s for s in _SHORT if abs(len(s) - len(word)) <= 1 and s != word)
        return tuple(dict.fromkeys((*near, *short)))

    def _fit(self, i: int, word: str) -> float:
        """Natural logarithm of how well a word fits between the neighbours of the i-th one."""
        before, after = self.words[i - 1 : i] or [""], self.words[i + 1 : i + 2]
        fit = self._language.log_after(word, before[0])
        return fit + sum(self._language.log_after(next_, word) for next_ in after)


def _said(piece: Piece) -> Decoded:
    assert piece.decoded is not None
    return piece.decoded
