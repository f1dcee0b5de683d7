"""Which part of an outline is really paper: outlines that were found are a little wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._ink_apart import greatest_channel
from boardscribe._median import median
from boardscribe._pins import pin_in

__all__ = ["Peeled", "peel"]

_SIDE = 200
_RIM = 0.05
"""Greatest depth of a rim, as a share of the longest side."""
_BITE = 0.25
"""Depth to which what looks like the board outside is peeled."""
_BORDER = 1.5
"""Pixels of the reduced picture from the outline up to which a mark hangs together with it."""
_LEAST_MARK = 4
"""Pixels of the reduced picture below which a mark is noise of the border."""
_REACH = 0.06
"""How far beyond the outline the paper is looked for behind cut ink."""
_NOT_PAPER = 14.0
"""Least difference in a Lab channel (of 255) from the paper around it."""
_ALIKE = 0.6
"""How much nearer to the board's colour than to the paper's a pixel is that may be board."""
_SAME = 0.4
"""The same for a whole mark and what lies just outside: the board, perhaps in a shadow."""
_ALONG = 4.0
"""A rim is this much longer than it is deep."""
_ALL_ALONG = 15.0
"""No word that another note cuts through is this much longer than it is deep."""
_INK = 40.0
"""Difference in a Lab channel beyond which a mark is ink rather than shadow."""


@dataclass(frozen=True, slots=True, eq=False)
class Peeled:
    """An outline, corrected by the pixels along it."""

    mask: NDArray[np.uint8]
    """h x w, 255 on the paper."""
    cut_ink: float
    """Ink that the outline cuts although paper goes on behind it, in thousandths of the area."""
    ending_ink: NDArray[np.bool_]
    """Ink of the strokes that come up to the outline, at the size at which they were looked for."""
    ink: NDArray[np.bool_]
    """All ink within the outline, at that size."""


def peel(
    surroundings: NDArray[np.uint8],
    outline: NDArray[np.uint8],
    along: NDArray[np.bool_] | None = None,
) -> Peeled:
    """Take from an outline what is not the note's paper but hangs together with its border.

    A found outline runs a little outside the paper at places and bridges its notches: slivers of
    board, shadows and neighbours along the edge look like strokes to a reader. What hangs
    together with the border is taken off if it looks like the board outside, or if it is a soft
    or long, shallow rim. The end of a stroke that comes up to the border stays.

    Args:
        surroundings: h x w x 3 BGR, the note and what lies around it.
        outline: h x w, 255 inside the outline; some pixels lie outside it.
        along: h x w, the part of the border that is looked at; all of it where none is given.
    """
    height, width = outline.shape
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = np.asarray(cv2.resize(surroundings, size, interpolation=cv2.INTER_AREA), np.uint8)
    inside = cv2.resize(outline, size, interpolation=cv2.INTER_AREA) > 127
    if np.count_nonzero(inside) < 30 or inside.all():
        return Peeled(outline, 0.0, *np.zeros((2, *inside.shape), bool))
    box = cv2.boundingRect(inside.astype(np.uint8))
    side = max(box[2:])
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    depth = np.asarray(cv2.distanceTransform(_grey(inside), cv2.DIST_L2, 3), np.float32)
    beyond = np.asarray(cv2.distanceTransform(_grey(~inside), cv2.DIST_L2, 3), np.float32)
    core = depth > min(0.04 * side, 0.5 * float(depth.max()))
    middle = median(lab[core])
    known = core & (_apart(lab, middle) < 60)
    paper = _spread(lab, known, 0.3 * side, middle)
    from_paper = _apart(lab, paper)
    noise = float(median(from_paper[known])) if known.any() else 0.0
    odd_anywhere = from_paper > max(_NOT_PAPER, 5 * noise)
    odd = inside & odd_anywhere
    near = (beyond > 0.01 * side) & (beyond < 0.1 * side)
    board = _spread(lab, near, 0.12 * side, middle)
    like_board = _apart(lab, board) < _ALIKE * from_paper
    marks = _Marks(lab, depth, beyond, from_paper, like_board, odd_anywhere, side)
    border = depth <= _BORDER
    if along is not None:
        border &= cv2.resize(_grey(along), size, interpolation=cv2.INTER_AREA) > 127
    peeled, cut, ending = _peel_marks(odd, marks, border)
    ink = inside & (from_paper > _INK) & ~peeled
    if not peeled.any():
        return Peeled(outline, 0.0, ending, ink)
    grown = cv2.dilate(_grey(peeled), np.ones((3, 3), np.uint8))
    keep = cv2.resize(255 - grown, (width, height), interpolation=cv2.INTER_LINEAR)
    mask = np.where(np.asarray(keep) > 127, outline, 0).astype(np.uint8)
    return Peeled(mask, 1000 * cut / max(1, np.count_nonzero(inside)), ending, ink)


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """What is known about each pixel of the reduced picture, h x w (x 3)."""

    lab: NDArray[np.float32]
    depth: NDArray[np.float32]
    """Distance inside the outline to it."""
    beyond: NDArray[np.float32]
    """Distance outside the outline to it."""
    from_paper: NDArray[np.float32]
    like_board: NDArray[np.bool_]
    odd: NDArray[np.bool_]
    """Differs from the paper, inside the outline or not."""
    side: int


def _peel_marks(
    odd: NDArray[np.bool_], marks: _Marks, border: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], float, NDArray[np.bool_]]:
    """What is taken off of the odd pixels inside the outline; how much ink it cuts; what ink ends there."""
    peeled = np.zeros(odd.shape, bool)
    touching = np.zeros(odd.shape, bool)
    cut = 0.0
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_grey(odd), connectivity=8)
    for number in np.unique(labels[(labels > 0) & border]):
        x, y, w, h, area = (int(value) for value in stats[number])
        if area < _LEAST_MARK:
            peeled[y : y + h, x : x + w] |= labels[y : y + h, x : x + w] == number
            continue
        touching[y : y + h, x : x + w] |= labels[y : y + h, x : x + w] == number
        reach = round(_REACH * marks.side)
        part = np.s_[max(0, y - reach) : y + h + reach, max(0, x - reach) : x + w + reach]
        own = labels[part] == number
        board_like = own & marks.like_board[part]
        goes_on = _goes_on(board_like, marks.lab[part], marks.beyond[part], marks.from_paper[part])
        if goes_on and np.count_nonzero(board_like) > 0.6 * np.count_nonzero(own):
            peeled[part] |= _bitten(own, marks.depth[part], marks.side)
            continue
        if _is_pin(own, marks.odd[part], marks.from_paper[part], side=marks.side):
            peeled[part] |= own
            continue
        crossed = _cut_ink(own, marks.from_paper[part], marks.beyond[part], side=marks.side)
        cut += crossed
        hard = _goes_on(own, marks.lab[part], marks.beyond[part], marks.from_paper[part])
        if not crossed and _is_rim(
            own, marks.depth[part], marks.from_paper[part], marks.side, hard=hard
        ):
            peeled[part] |= own
            continue
        if goes_on:
            peeled[part] |= _bitten(board_like, marks.depth[part], marks.side)
    return peeled, cut, touching & ~peeled & (marks.from_paper > _INK)


def _goes_on(
    own: NDArray[np.bool_],
    lab: NDArray[np.float32],
    beyond: NDArray[np.float32],
    from_paper: NDArray[np.float32],
) -> bool:
    """Just outside the outline it looks as the mark does: board goes on there, a letter does not.

    Where a note is covered, its letters end at the other note's edge, and dark ink is as far from
    the paper as a dark board is.
    """
    around = (cv2.dilate(_grey(own), np.ones((7, 7), np.uint8)) > 0) & (beyond > 1)
    if not own.any() or not around.any():
        return False
    apart = np.abs(median(lab[around]) - median(lab[own])).max()
    return bool(apart < _SAME * float(median(from_paper[own])))


def _is_rim(
    own: NDArray[np.bool_],
    depth: NDArray[np.float32],
    from_paper: NDArray[np.float32],
    side: int,
    *,
    hard: bool,
) -> bool:
    """A shadow or an edge along the outline, not the end of a stroke that comes up to it.

    Letters that another note cuts through lie as long and shallow along it: what is as strong as
    ink is a rim only where it looks like what lies outside (`hard`).
    """
    deepest = float(depth[own].max())
    if deepest > max(2.0, _RIM * side):
        return False
    _, _, width, height = cv2.boundingRect(_grey(own))
    values = from_paper[own]
    soft = np.count_nonzero(values >= _INK) <= 0.1 * values.size
    length = math.hypot(width, height) / max(2.0, deepest)
    return bool(soft) or length > (_ALONG if hard else _ALL_ALONG)


def _is_pin(
    own: NDArray[np.bool_],
    odd: NDArray[np.bool_],
    from_paper: NDArray[np.float32],
    *,
    side: int,
) -> bool:
    """The mark is a pin that the outline runs through, seen whole with what lies beyond."""
    _, labels = cv2.connectedComponents(_grey(odd), connectivity=8)
    whole = labels == labels[own][0]
    x, y, w, h = cv2.boundingRect(_grey(whole))
    box = np.s_[y : y + h, x : x + w]
    return pin_in(whole[box], from_paper[box], side=side) is not None


def _cut_ink(
    own: NDArray[np.bool_],
    from_paper: NDArray[np.float32],
    beyond: NDArray[np.float32],
    *,
    side: int,
) -> float:
    """Pixels of a mark that is ink and has this note's paper on the far side of the outline."""
    dark = own & (from_paper > _INK)
    if np.count_nonzero(dark) < 3:
        return 0.0
    reach = max(3, round(2 * _REACH * side)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    around = (cv2.dilate(_grey(dark), kernel) > 0) & (beyond > 2)
    if not around.any():
        return 0.0
    alike = from_paper[around] < _NOT_PAPER
    return float(np.count_nonzero(dark)) if float(alike.mean()) > 0.5 else 0.0


def _bitten(where: NDArray[np.bool_], depth: NDArray[np.float32], side: int) -> NDArray[np.bool_]:
    """The parts of `where` that come in from the outside, as deep as board may come in.

    They are as wide at the outline as they are deep. A stroke of dark ink that comes up to it may
    look like a dark board, too, but it reaches further in than it is wide (on four sets of
    photos letters 1.3 to 3.9 times as far, board and shadows .6 times at most).
    """
    _, labels = cv2.connectedComponents(_grey(where), connectivity=8)
    mouth = labels * (depth <= _BORDER)
    widths = np.bincount(mouth.ravel(), minlength=int(labels.max()) + 1)
    widths[0] = 0
    numbers = [n for n in np.flatnonzero(widths) if depth[labels == n].max() <= widths[n]]
    return np.asarray(np.isin(labels, numbers) & where & (depth <= _BITE * side))


def _spread(
    lab: NDArray[np.float32], known: NDArray[np.bool_], radius: float, fallback: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The mean of the known pixels around each pixel."""
    window = max(3, round(2 * radius) | 1)
    weight = known.astype(np.float32)
    total = cv2.blur(weight, (window, window), borderType=cv2.BORDER_CONSTANT)[..., None]
    colour = cv2.blur(lab * weight[..., None], (window, window), borderType=cv2.BORDER_CONSTANT)
    spread: NDArray[np.float32] = np.where(
        total > 1e-4, colour / np.maximum(total, 1e-6), fallback
    ).astype(np.float32)
    return spread


def _apart(lab: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Greatest difference in a channel."""
    return greatest_channel(np.abs(lab - other))


def _grey(where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return where.astype(np.uint8) * 255
