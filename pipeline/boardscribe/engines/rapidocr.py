"""The default engine: a recogniser for handwriting, up to five looks at each note, decoded with a dictionary.

Every note is looked at once, small and in colour. Only where that look leaves doubt are there
others: one at the ink alone, then one in the brightest channel, and turned ones. Lines of all notes go through the
recogniser together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from boardscribe._read_ink import has_ink, is_bare
from boardscribe.engines._beam import Decoded, Spelling, decode
from boardscribe.engines._context import respell, respell_together
from boardscribe.engines._ctc import Alphabet
from boardscribe.engines._looks import (
    Light,
    Look,
    View,
    move_last,
    picture_of,
    place,
    sideways,
    worth,
)
from boardscribe.engines._merge import choose, combine, take_sure_lines
from boardscribe.engines._networks import Detector, Recogniser, versions, weights
from boardscribe.engines._struck import without_struck
from boardscribe.engines.base import EngineInfo, EngineText
from boardscribe.language import Language
from boardscribe.lines import TextBox, cut_line, find_boxes
from boardscribe.options import ReadOptions

__all__ = ["RapidOcr", "create", "describe"]

_VERSION = "14"
_SIDE = 320
"""Longest side of a note, in pixels, as it is looked at: larger, thick strokes fall apart; smaller, faint
ones are lost."""
_FIRST = View(_SIDE, Light.COLOUR)
_SECOND = View(_SIDE, Light.INK)
_THIRD = View(_SIDE, Light.BRIGHTEST)
_SURE = 0.95
"""Mean letter probability above which one look is enough, if all words are known."""
_UNSURE = 0.9
"""Mean letter probability below which two looks are not enough."""
_UPRIGHT = 0.9
"""Mean letter probability above which the writing stands upright."""
_POOR = 0.85
"""Mean letter probability below which the writing may stand on its head."""
_MUTE = 0.3
"""Share of the boxes, by area, without a letter, from which on clear letters settle nothing."""
_TURN_LETTERS = 4
"""Least letters in writing that was turned ..."""
_SLANT_LETTERS = 2
"""... and in writing that runs one way aslant as well as the other."""
_ASLANT = math.radians(8)
"""Slope of a box from which on its writing is not level."""
_LONG = 1.5
"""Times its width that a box is high whose writing stands on end."""
_SIDEWAYS_LETTERS = 1.0
"""Least worth, in letters, of writing found up the side of a note."""
_LEAST_SIDE = 12


class RapidOcr:
    """PP-OCRv6 trained further on handwriting, read with words in mind."""

    name = "rapidocr"

    def __init__(self, options: ReadOptions, recogniser: Recogniser | None = None) -> None:
        """Load the networks.

        Args:
            options: of reading.
            recogniser: another one than the shipped one, for training and measuring.

        Raises:
            MissingComponentError: weights are missing or damaged.
        """
        self._detector = Detector()
        self._recogniser = recogniser if recogniser is not None else Recogniser()
        self._alphabet = Alphabet(self._recogniser.characters)
        self._language = Language(options.lexicon)
        self._spelling = Spelling(self._alphabet, self._language)
        self.version = f"{_VERSION}+{versions()}"

    def read(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[EngineText, ...]:
        """See `boardscribe.engines.Engine`; the notes of one photo, which help to read one another."""
        looks: list[list[Look]] = [[] for _ in crops]
        seen = [n for n, crop in enumerate(crops) if min(crop.shape[:2]) >= _LEAST_SIDE]
        seen = [n for n in seen if not is_bare(crops[n])]
        first = [self._look(crops[n], n, _FIRST) for n in seen]
        self._add(looks, first)
        seen = [n for n in seen if not _is_empty(looks[n][0])]
        again = [n for n in seen if _doubtful(looks[n])]
        self._look_again(looks, crops, again, _SECOND)
        again = [n for n in again if _mean(_best(looks[n])) < _UNSURE]
        self._look_again(looks, crops, again, _THIRD)
        self._turn(looks, seen)
        choices = [choose(found) for found in looks]
        respell_together([choice.pieces for choice in choices], self._spelling)
        return tuple(combine(choice) for choice in choices)

    def _look(self, crop: NDArray[np.uint8], number: int, view: View) -> Look:
        picture = picture_of(crop, view)
        look = Look(number, view, picture, crop.shape[1] / picture.shape[1])
        place(look, find_boxes(self._detector(picture), (picture.shape[1], picture.shape[0])))
        return look

    def _look_again(
        self,
        looks: list[list[Look]],
        crops: Sequence[NDArray[np.uint8]],
        numbers: Sequence[int],
        view: View,
    ) -> None:
        """Look at notes in another way, and read what was not read beyond doubt so far."""
        new = [self._look(crops[n], n, view) for n in numbers]
        for look in new:
            take_sure_lines(look, _best(looks[look.crop]))
        self._add(looks, new)

    def _turn(self, looks: list[list[Look]], numbers: Sequence[int]) -> None:
        """Look at notes turned, where upright they make little sense."""
        self._add(looks, [turned for n in numbers for turned in _turned_looks(looks[n])])
        for n in numbers:
            looks[n] = [k for k in looks[n] if not k.turns or _tells(k)]

    def _add(self, looks: list[list[Look]], new: Sequence[Look]) -> None:
        """Recognise the lines of new looks, all together, and put the looks with the others."""
        jobs = [(look, p) for look in new for p in look.pieces if p.decoded is None]
        lines = [cut_line(look.picture, p.box, quarter_turns=look.turns) for look, p in jobs]
        for (_, piece), read in zip(jobs, self._recognise(lines), strict=True):
            piece.decoded = read
        self._read_sideways(new)
        for look in new:
            if _is_lone(look):
                # Before looks are weighed: as the letter I a lone 1 is worth less than nothing read.
                respell(look.pieces, self._spelling)
            looks[look.crop].append(look)

    def _recognise(self, lines: Sequence[NDArray[np.uint8]]) -> Iterator[Decoded]:
        """Text of each line picture."""
        for line, rows in zip(lines, self._recogniser(lines), strict=True):
            letters, uppers = self._alphabet.fold(rows)
            decoded = decode(letters, uppers, self._alphabet, self._language)
            yield without_struck(decoded, line)

    def _read_sideways(self, looks: Sequence[Look]) -> None:
        """Read a piece that runs up or down the side of level lines turned by a quarter."""
        jobs = [(look, p, turns) for look in looks for p in sideways(look) for turns in (1, 3)]
        lines = [cut_line(look.picture, p.box, quarter_turns=turns) for look, p, turns in jobs]
        for (look, piece, _), decoded in zip(jobs, self._recognise(lines), strict=True):
            if worth(decoded) > max(_SIDEWAYS_LETTERS, 2 * piece.worth):
                piece.decoded = decoded
                move_last(look, piece)


def create(options: ReadOptions) -> RapidOcr:
    """Entry point of the group `boardscribe.engines`."""
    return RapidOcr(options)


def describe() -> EngineInfo:
    """What `boardscribe doctor` says about this engine."""
    return EngineInfo(RapidOcr.name, f"{_VERSION}+{versions()}", available=True, weights=weights())


def _best(looks: Sequence[Look]) -> Look:
    return max(looks, key=lambda look: look.worth)


def _words(look: Look) -> list[tuple[tuple[float, ...], bool]]:
    return [
        (word.characters, word.known)
        for piece in look.pieces
        if piece.decoded
        for word in piece.decoded.words
    ]


def _letters(looks: Sequence[Look]) -> int:
    return sum(len(characters) for look in looks for characters, _ in _words(look))


def _is_lone(look: Look) -> bool:
    """All that was read is one letter."""
    return _letters([look]) == 1


def _mean(look: Look) -> float:
    chances = [c for characters, _ in _words(look) for c in characters]
    return sum(chances) / len(chances) if chances else 0.0


def _is_empty(look: Look) -> bool:
    """Neither a line of writing nor any ink: nothing that a closer look could read."""
    return not look.pieces and not has_ink(look.picture)


def _doubtful(looks: Sequence[Look]) -> bool:
    look = looks[0]
    return _mean(look) < _SURE or not all(known for _, known in _words(look))


def _tells(turned: Look) -> bool:
    """Enough was read to tell which way is up: turned a quarter, a lone 1 is a dash."""
    aslant = _mostly([piece.box for piece in turned.pieces], _is_aslant)
    return _letters([turned]) >= (_SLANT_LETTERS if aslant else _TURN_LETTERS)


def _turned_looks(looks: Sequence[Look]) -> list[Look]:
    """The same boxes read the other ways round, where upright they make little sense."""
    best = _best(looks)
    boxes = [piece.box for piece in best.pieces]
    made = []
    for turns in _ways(best, boxes):
        look = Look(best.crop, best.view, best.picture, best.scale, turns)
        place(look, boxes)
        made.append(look)
    return made


def _ways(best: Look, boxes: Sequence[TextBox]) -> tuple[int, ...]:
    """Clockwise quarter turns that may bring the writing upright."""
    if not boxes:
        return ()
    upended = _mostly(boxes, lambda box: box.height > _LONG * box.width)
    mean = _mean(best)
    # One line along a steep box may be clear while the others, on end, say nothing at all.
    mute = sum(_area(p.box) for p in best.pieces if not p.decoded or not p.decoded.words)
    if mean > _UPRIGHT and not (upended and mute > _MUTE * sum(_area(box) for box in boxes)):
        return ()
    if upended:
        return (1, 3)
    ways: tuple[int, ...] = ()
    if _mostly(boxes, _is_open):
        # Of the two ways along the other side only one runs to the right.
        ways = (1,) if sum(_area(box) * box.angle for box in boxes) > 0 else (3,)
    if mean <= _POOR and _letters([best]) >= _TURN_LETTERS:
        ways = (*ways, 2)
    return ways


def _mostly(boxes: Sequence[TextBox], kind: Callable[[TextBox], bool]) -> bool:
    """Boxes of a kind are the larger part, by area."""
    area = sum(_area(box) for box in boxes)
    return sum(_area(box) for box in boxes if kind(box)) > 0.5 * area


def _is_open(box: TextBox) -> bool:
    """Aslant and about as high as wide: either side may be the length of a short word."""
    square = max(box.width, box.height) <= _LONG * min(box.width, box.height)
    return square and _is_aslant(box)


def _is_aslant(box: TextBox) -> bool:
    return abs(box.angle) > _ASLANT


def _area(box: TextBox) -> float:
    return box.height * box.width
