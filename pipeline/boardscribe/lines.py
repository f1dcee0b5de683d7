"""Where the lines of writing are: a text probability map to ordered line outlines.

The text detector gives, for each pixel, the probability that it belongs to the core of a line
of writing. Each connected core becomes one slanted rectangle, grown back to the full height of
the letters; rectangles side by side are put into one line, lines into reading order.

The map's post-processing follows Liao et al., "Real-time Scene Text Detection with
Differentiable Binarization" (AAAI 2020), for rectangles, where growing is plain arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._line_cores import find_cores

__all__ = ["TextBox", "cut_line", "find_boxes", "order_lines", "turn_box"]

GROWTH = 1.6
"""How far a core is grown to its box, as a multiple of area / perimeter."""
_STEEPEST = math.radians(62)
"""Steepest slope of writing that is still upright rather than on its side."""
_GUTTER = 1.2
"""Least width of the gap between two columns, in heights of a line: wider than between words."""


@dataclass(frozen=True, slots=True, eq=False)
class TextBox:
    """One piece of a line of writing."""

    corners: NDArray[np.float64]
    """4 x 2 (x, y): top left, top right, bottom right, bottom left as the text runs."""
    score: float
    """Mean text probability in its core, 0 to 1."""

    @property
    def width(self) -> float:
        """Length along the writing, pixels."""
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        """Height of the writing, pixels."""
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def angle(self) -> float:
        """Slope of the writing in radians, positive when it falls to the right."""
        along = self.corners[1] - self.corners[0] + self.corners[2] - self.corners[3]
        return math.atan2(float(along[1]), float(along[0]))

    @property
    def centre(self) -> NDArray[np.float64]:
        """Middle of the box, (x, y)."""
        middle: NDArray[np.float64] = self.corners.mean(axis=0)
        return middle


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A box after the common slope was taken out."""

    box: TextBox
    x0: float
    x1: float
    y: float
    """Of its middle."""
    height: float


def find_boxes(
    probability: NDArray[np.float32],
    size: tuple[int, int],
    *,
    threshold: float = 0.3,
    least_score: float = 0.35,
    growth: float = GROWTH,
) -> tuple[TextBox, ...]:
    """Outlines of the writing in a text probability map.

    Args:
        probability: h x w map of the detector, 0 to 1.
        size: width and height in pixels that the map stands for.
        threshold: probability above which a pixel belongs to a core.
        least_score: mean probability below which a core is dropped.
        growth: how far a core is grown, as a multiple of area / perimeter.

    Returns:
        The boxes in `size` pixels, in no particular order.
    """
    height, width = probability.shape
    scale = np.array([size[0] / width, size[1] / height])
    boxes = []
    for contour in find_cores(probability, threshold):
        centre, (w, h), degrees = cv2.minAreaRect(contour)
        if min(w, h) < 3:
            continue
        corners = cv2.boxPoints((centre, (w, h), degrees)).astype(np.float64)
        score = _mean_inside(probability, corners)
        if score < least_score:
            continue
        distance = w * h * growth / (2 * (w + h))
        grown = (centre, (w + 2 * distance, h + 2 * distance), degrees)
        outline = cv2.boxPoints(grown).astype(np.float64) * scale
        box = TextBox(_from_top_left(outline), score)
        if min(box.width, box.height) > 3:
            boxes.append(box)
    return tuple(boxes)


def order_lines(boxes: Sequence[TextBox]) -> tuple[tuple[TextBox, ...], ...]:
    """Group boxes into lines, top to bottom, each from left to right.

    The slope common to the note's longer boxes is taken out first, so that a slanted hand does
    not put the end of one line before the start of the next. Of two columns the left one is
    read first, down to its end.
    """
    if not boxes:
        return ()
    slope = _common_slope(boxes)
    cosine, sine = math.cos(-slope), math.sin(-slope)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    placed = []
    for box in boxes:
        level = box.corners @ turn.T
        x0, x1 = float(level[:, 0].min()), float(level[:, 0].max())
        placed.append(_Placed(box, x0, x1, float(level[:, 1].mean()), box.height))
    return tuple(
        tuple(item.box for item in line) for block in _blocks(placed) for line in _lines(block)
    )


def cut_line(
    picture: NDArray[np.uint8], box: TextBox, *, height: int = 48, quarter_turns: int = 0
) -> NDArray[np.uint8]:
    """The writing inside a box, level, at a given letter height.

    Args:
        picture: h x w x 3.
        box: outline in the picture's pixels.
        height: height of the result.
        quarter_turns: how many times the picture has to be turned clockwise for the writing to
            stand upright; the box is still in the unturned picture's pixels.
    """
    corners = np.roll(box.corners, quarter_turns, axis=0)
    along = float(np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3]))
    across = float(
        np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])
    )
    width = max(8, min(4000, round(height * along / max(across, 1e-6))))
    # At least as fine as the source, then averaged down: sampling alone drops thin strokes.
    fine = max(1, min(4, math.ceil(across / 2 / height)))
    target = np.array(
        [[0, 0], [width * fine, 0], [width * fine, height * fine], [0, height * fine]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    drawn = cv2.warpPerspective(
        picture,
        matrix,
        (width * fine, height * fine),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if fine > 1:
        drawn = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(drawn, dtype=np.uint8)


def turn_box(box: TextBox, size: tuple[int, int], quarter_turns: int) -> TextBox:
    """The box after the picture of `size` (width, height) was turned clockwise.

    Its corners are renamed for writing that is upright in the turned picture.
    """
    width, height = size
    points = box.corners
    for _ in range(quarter_turns % 4):
        points = np.stack([height - points[:, 1], points[:, 0]], axis=1)
        width, height = height, width
    return TextBox(np.roll(points, quarter_turns, axis=0), box.score)


def _lines(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    """Boxes side by side to lines, from the top, each from the left."""
    lines: list[list[_Placed]] = []
    for item in sorted(placed, key=lambda item: (item.y, item.x0)):
        best = None
        for line in lines:
            gap = min(abs(item.y - other.y) / min(item.height, other.height) for other in line)
            shared = max(
                (min(item.x1, other.x1) - max(item.x0, other.x0))
                / max(1.0, min(item.x1 - item.x0, other.x1 - other.x0))
                for other in line
            )
            if gap < 0.5 and shared < 0.35 and (best is None or gap < best[0]):
                best = (gap, line)
        if best is None:
            lines.append([item])
        else:
            best[1].append(item)
    lines.sort(key=lambda line: float(np.mean([item.y for item in line])))
    return [sorted(line, key=lambda item: item.x0) for line in lines]


def _blocks(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    """One block, or what is above two columns, the columns, and what is below them."""
    usual = float(np.median([item.height for item in placed]))
    best: tuple[float, list[list[_Placed]]] | None = None
    for edge in placed:
        left = [item for item in placed if item.x1 <= edge.x1]
        right = [item for item in placed if item.x0 > edge.x1]
        across = [item for item in placed if item not in left and item not in right]
        if not left or not right:
            continue
        gutter = min(item.x0 for item in right) - edge.x1
        rows = sorted((_rows(left, usual), _rows(right, usual)))
        if gutter < _GUTTER * usual or rows[0] < 2 or rows[1] < 3:
            continue
        top = max(min(item.y for item in left), min(item.y for item in right))
        bottom = min(max(item.y for item in left), max(item.y for item in right))
        above = [item for item in across if item.y < top]
        below = [item for item in across if item.y > bottom]
        if len(above) + len(below) < len(across) or bottom - top < 0.7 * usual:
            continue
        if best is None or gutter > best[0]:
            best = (gutter, [block for block in (above, left, right, below) if block])
    return best[1] if best is not None else [list(placed)]


def _rows(placed: Sequence[_Placed], usual: float) -> int:
    heights = np.sort([item.y for item in placed])
    return 1 + int(np.count_nonzero(np.diff(heights) > 0.5 * usual))


def _common_slope(boxes: Sequence[TextBox]) -> float:
    long = [box for box in boxes if box.width > 2 * box.height]
    if not long:
        return 0.0
    angles = np.array([box.angle for box in long])
    weights = np.array([box.width for box in long])
    order = np.argsort(angles)
    middle = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    return float(angles[order][min(int(middle), len(angles) - 1)])


def _mean_inside(probability: NDArray[np.float32], corners: NDArray[np.float64]) -> float:
    height, width = probability.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)), 0, [width - 1, height - 1]).astype(int)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - [x0, y0]).astype(np.int32)], 1)
    inside = probability[y0 : y1 + 1, x0 : x1 + 1]
    return float(inside[mask > 0].mean()) if mask.any() else 0.0


def _from_top_left(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners clockwise, starting so that the first side runs as the writing does.

    Writing runs along the longer side where that is not too steep (a word along the arm of a
    tick), and otherwise along the side nearer to the x axis.
    """
    x, y = corners[:, 0], corners[:, 1]
    if float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) < 0:
        corners = corners[::-1]
    turns = sorted((np.roll(corners, -k, axis=0) for k in range(4)), key=_steepness)
    level, steep = turns[0], turns[1]
    if _steepness(steep) < _STEEPEST and _first_side(steep) > 1.25 * _first_side(level):
        return steep
    return level


def _steepness(corners: NDArray[np.float64]) -> float:
    return abs(math.atan2(corners[1][1] - corners[0][1], corners[1][0] - corners[0][0]))


def _first_side(corners: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(corners[1] - corners[0]))
