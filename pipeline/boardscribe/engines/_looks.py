"""One look at a note: a view of it, the boxes found there, and what each box says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._beam import Decoded
from boardscribe.lines import TextBox, order_lines, turn_box

__all__ = [
    "Light",
    "Look",
    "Piece",
    "View",
    "move_last",
    "picture_of",
    "place",
    "sideways",
    "worth",
]

_AROUND = 0.24
"""Size of the surroundings that a pixel is compared with, as a share of the picture."""
_FAR = 0.6
"""The same for the note's usual colour there."""
_USUAL = 12.0
"""Greatest distance, in units of Lab of 8 bits, at which a pixel has that colour."""
_SHOWS = 0.08
"""Share of the surroundings in which paper has to show."""
_STRONGEST = 99.5
"""Percentile of the differences that is shown darkest."""
_FAINTEST = 10.0
"""Least difference, in units of Lab of 8 bits, that is shown so: noise is no ink."""
_WHITE, _DARK = 250, 200
"""How white paper is, and how much darker ink."""


class Light(Enum):
    """What of a note's colours a view shows."""

    COLOUR = "colour"
    """All, as they are."""
    BRIGHTEST = "brightest"
    """Only the brightest channel of each pixel: coloured paper (and coloured ink) fade."""
    INK = "ink"
    """How much each pixel differs from the paper around it, dark on white: pencil on violet
    paper looks like ink on white."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a note."""

    side: int
    """Longest side in pixels at which lines are looked for and read."""
    light: Light


@dataclass(slots=True, eq=False)
class Piece:
    """One box, on its way through the recogniser."""

    box: TextBox
    """In pixels of the view."""
    decoded: Decoded | None = None

    @property
    def worth(self) -> float:
        """See `worth`."""
        return worth(self.decoded) if self.decoded is not None else 0.0


@dataclass(slots=True, eq=False)
class Look:
    """One view of one crop, and what was read there."""

    crop: int
    view: View
    picture: NDArray[np.uint8]
    scale: float
    """Crop pixels per view pixel."""
    turns: int = 0
    """Clockwise quarter turns that bring the writing upright."""
    lines: list[list[Piece]] = field(default_factory=list)

    @property
    def pieces(self) -> list[Piece]:
        """All pieces in reading order."""
        return [piece for line in self.lines for piece in line]

    @property
    def worth(self) -> float:
        """How much was read, for comparing looks at the same note."""
        return sum(piece.worth for piece in self.pieces)


def worth(decoded: Decoded) -> float:
    """How much a decoded line is worth: letters beyond doubt count, doubtful ones cost.

    Letters of unknown words count half. Of two texts for the same line the one worth more is
    right more often than the one more probable: a longer text is never more probable.
    """
    total = 0.0
    for word in decoded.words:
        own = sum(word.characters) - 0.5 * len(word.characters)
        total += own if word.known or own < 0 else 0.5 * own
    return total


def picture_of(crop: NDArray[np.uint8], view: View) -> NDArray[np.uint8]:
    """The crop as the view shows it, h x w x 3."""
    h, w = crop.shape[:2]
    scale = view.side / max(h, w)
    size = (max(16, round(w * scale)), max(16, round(h * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(crop, size, interpolation=way)
    if view.light is Light.BRIGHTEST:
        resized = np.repeat(resized.max(axis=2)[..., None], 3, axis=2)
    elif view.light is Light.INK:
        resized = _ink(np.asarray(resized, np.uint8))
    return np.ascontiguousarray(resized, dtype=np.uint8)


def _ink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    apart = _apart(picture, _paper_under(picture))
    usual, strongest = (float(value) for value in np.percentile(apart, (50, _STRONGEST)))
    apart = np.maximum(apart - np.float32(usual), 0)
    apart *= np.float32(_DARK / max(strongest - usual, _FAINTEST))
    dark = np.round(_WHITE - np.minimum(apart, _DARK)).astype(np.uint8)
    return np.asarray(cv2.merge([dark, dark, dark]), np.uint8)


def _apart(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Distance of the colours in Lab of 8 bits, h x w."""
    difference = cv2.absdiff(
        cv2.cvtColor(picture, cv2.COLOR_BGR2LAB), cv2.cvtColor(other, cv2.COLOR_BGR2LAB)
    ).astype(np.float32)
    # OpenCV's sum over three channels takes a tenth of numpy's.
    squares = cv2.transform(cv2.multiply(difference, difference), np.ones((1, 3), np.float32))
    return np.asarray(cv2.sqrt(squares), np.float32)


def _paper_under(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the paper looks like under the ink, h x w x 3.

    Where the note's usual colour shows, it is its mean around each pixel: thick writing may cover
    more than half of the paper. Elsewhere (a hard shadow) it is the median of what is around.
    """
    height, width = picture.shape[:2]
    # Paper changes slowly: a sixteenth of the pixels says what it looks like where there is ink.
    size = (max(1, width // 4), max(1, height // 4))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    around, far = (2 * round(share * max(height, width) / 8) + 1 for share in (_AROUND, _FAR))
    usual = _apart(small, np.asarray(cv2.medianBlur(small, far), np.uint8)) < _USUAL
    near = usual.astype(np.float32)
    window = (around, around)
    share = cv2.blur(near, window, borderType=cv2.BORDER_REFLECT)
    total = cv2.blur(small * near[..., None], window, borderType=cv2.BORDER_REFLECT)
    shows = (share > _SHOWS)[..., None]
    mean = total / np.maximum(share, 1e-3)[..., None]
    paper = np.where(shows, mean, cv2.medianBlur(small, around)).astype(np.uint8)
    return np.asarray(cv2.resize(paper, (width, height)), np.uint8)


def place(look: Look, boxes: Sequence[TextBox]) -> None:
    """Put boxes into lines in reading order, as seen after the look's turns."""
    height, width = look.picture.shape[:2]
    turned = [turn_box(box, (width, height), look.turns) for box in boxes]
    own = {id(t): box for t, box in zip(turned, boxes, strict=True)}
    look.lines = [[Piece(own[id(t)]) for t in line] for line in order_lines(turned)]


def sideways(look: Look) -> list[Piece]:
    """Pieces that stand on end beside level lines: a word up the margin, a brace's label."""
    if look.turns or len(look.pieces) < 2:
        return []
    usual = float(np.median([piece.box.height for piece in look.pieces]))
    return [
        piece for piece in look.pieces if piece.box.height > max(1.5 * piece.box.width, 1.3 * usual)
    ]


def move_last(look: Look, piece: Piece) -> None:
    """Make a piece the look's last line."""
    lines = [[other for other in line if other is not piece] for line in look.lines]
    look.lines = [*(line for line in lines if line), [piece]]
