"""Whole notes as the line detector is given them, and where the middle of each line is.

Written by the same simulated hands and typefaces as single lines (`pictures`), laid out as people
fill a note: few large words or many small lines, slanting, ragged, so close that lines overlap,
in two columns; with drawings and underlines that are no writing; seen from near or far, blurred,
in the three lights in which the engine looks (`boardscribe.engines._looks`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._looks import Light, View, picture_of
from boardscribe.lines import GROWTH
from training.drawings import draw_face
from training.reading.photo import degraded, inked
from training.reading.pictures import Ink, Simulator

__all__ = ["Page", "core_of", "make_page"]

_FINE = 2
"""Notes are drawn so many times as large as they are seen."""
_OVER = 0.24
"""How far the box of a line reaches beyond its ink, in heights of a capital: the median of what the
shipped detector finds on lines that stand alone, on every side."""
_APART = 0.66
"""Greatest height of a core, as a share of the distance between two lines."""
_CUT = 5
"""Width in pixels of the outline that a core cuts out of others."""
_SIGNS = 1.2
"""About how many signs there are to a line's length in heights of a capital."""
_THINNEST = 3.0
"""Height of a core in pixels that the engine still takes for one."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A note and its lines."""

    picture: NDArray[np.uint8]
    """h x w x 3 BGR."""
    cores: NDArray[np.uint8]
    """h x w, 1 in the middle of a line of writing."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a note is filled, in pixels of the drawing."""

    capital: float
    pitch: float
    """Between lines."""
    left: float
    right: float
    top: float
    bottom: float
    slope: float
    centred: bool


def make_page(simulator: Simulator, size: tuple[int, int], rng: np.random.Generator) -> Page:
    """A note that nobody wrote.

    Args:
        simulator: whose hands and typefaces write.
        size: width and height.
        rng: source of chance.
    """
    width, height = size
    ink = np.zeros((_FINE * height, _FINE * width), np.uint8)
    cores = np.zeros((height, width), np.uint8)
    quarter = int(rng.choice([0, 1, 2, 3], p=[0.91, 0.03, 0.03, 0.03]))
    if quarter % 2:
        ink, cores = np.ascontiguousarray(ink.T), np.ascontiguousarray(cores.T)
    capital = 0.0
    if rng.random() > 0.04:
        capital = _fill(ink, cores, simulator, rng)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.68, 0.24, 0.08]))):
        _draw(ink, cores, rng)
    ink, cores = np.rot90(ink, quarter), np.ascontiguousarray(np.rot90(cores, quarter))
    return Page(_seen(np.ascontiguousarray(ink), size, capital / _FINE, rng), cores)


def core_of(width: float, height: float, pitch: float = math.inf) -> tuple[float, float]:
    """Length and height of the core that is grown to a box.

    Args:
        width: of the box, pixels.
        height: of the box.
        pitch: distance to the next line.
    """
    reach = 0.0
    for _ in range(12):
        w, h = max(1.0, width - 2 * reach), max(1.0, height - 2 * reach)
        reach = 0.5 * reach + 0.5 * w * h * GROWTH / (2 * (w + h))
    high = min(height - 2 * reach, _APART * pitch)
    return width - 2 * reach, max(high, _THINNEST)


def _fill(
    ink: NDArray[np.uint8],
    cores: NDArray[np.uint8],
    simulator: Simulator,
    rng: np.random.Generator,
) -> float:
    """Write on the note; the height of its capitals."""
    height, width = ink.shape
    layout = _layout(width, height, rng)
    writer = simulator.writer()
    spans = [(layout.left, layout.right)]
    if rng.random() < 0.06 and layout.capital < 0.09 * width:
        middle = rng.uniform(0.4, 0.6) * width
        gap = rng.uniform(0.8, 1.6) * layout.capital
        spans = [(layout.left, middle - gap), (middle + gap, layout.right)]
    for left, right in spans:
        lines = int(rng.integers(1, 13)) if rng.random() < 0.6 else int(rng.integers(1, 5))
        y = layout.top + layout.capital
        for _ in range(lines):
            if y > layout.bottom:
                break
            drawn = _fitting(writer, layout.capital, right - left)
            if drawn is not None:
                slope = layout.slope + float(rng.normal(0, 0.012))
                _put(ink, cores, drawn, layout, (left, right), y, slope, rng)
            y += layout.pitch * float(np.exp(rng.normal(0, 0.05)))
    return layout.capital


def _fitting(writer: Callable[[float, int], Ink | None], capital: float, room: float) -> Ink | None:
    """A line that fits into so many pixels, if one of three does."""
    drawn = None
    for share in (1.0, 0.7, 0.4):
        drawn = writer(capital, max(2, round(_SIGNS * share * room / capital)))
        if drawn is not None and drawn.ink.shape[1] < room + 1.2 * capital:
            break
    return drawn


def _layout(width: int, height: int, rng: np.random.Generator) -> _Layout:
    side = min(width, height)
    capital = side * float(np.exp(rng.uniform(math.log(0.04), math.log(0.24))))
    close = rng.random() < 0.4
    pitch = capital * float(rng.uniform(0.85, 1.3) if close else rng.uniform(1.3, 2.3))
    margin = float(rng.uniform(0.02, 0.22)) * width
    top = float(rng.uniform(0.02, 0.35)) * height
    steep = rng.random() < 0.12
    return _Layout(
        capital,
        pitch,
        margin,
        width - float(rng.uniform(0.0, 0.15)) * width,
        top,
        height - 0.1 * capital,
        float(rng.normal(0, 0.16 if steep else 0.035)),
        rng.random() < 0.4,
    )


def _put(
    ink: NDArray[np.uint8],
    cores: NDArray[np.uint8],
    drawn: Ink,
    layout: _Layout,
    span: tuple[float, float],
    y: float,
    slope: float,
    rng: np.random.Generator,
) -> None:
    """Put a line's ink on the note, its baseline at `y`, and its core on the map."""
    rows, columns = np.flatnonzero(drawn.ink.any(axis=1)), np.flatnonzero(drawn.ink.any(axis=0))
    if not rows.size:
        return
    wide = float(columns[-1] - columns[0] + 1)
    free = max(0.0, span[1] - span[0] - wide)
    x = span[0] + free * (0.5 if layout.centred else 0.0)
    x += float(rng.normal(0, 0.15 if layout.centred else 0.06)) * layout.capital
    # Lines run about the middle of the note, so that a slanting block stays a block.
    height, width = ink.shape
    cosine, sine = math.cos(slope), math.sin(slope)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    start = np.array([x, y + float(rng.normal(0, 0.05)) * layout.capital])
    middle = np.array([width / 2, height / 2])
    start = middle + turn @ (start - middle)
    origin = np.array([float(columns[0]), drawn.baseline])
    matrix = np.concatenate([turn, (start - turn @ origin)[:, None]], axis=1)
    placed = cv2.warpAffine(drawn.ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    np.maximum(ink, placed, out=ink)
    # Rows with next to no ink (a long tail, a comma) say little of how high the line is.
    mass = np.cumsum(drawn.ink.sum(axis=1, dtype=np.float64))
    top, bottom = (float(np.searchsorted(mass, share * mass[-1])) for share in (0.004, 0.996))
    over = _OVER * layout.capital
    long, high = core_of(wide + 2 * over, bottom - top + 2 * over, layout.pitch)
    centre = np.array([(columns[0] + columns[-1]) / 2, (top + bottom) / 2])
    corners = centre + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([long, high]) / 2
    corners = np.round((corners @ matrix[:, :2].T + matrix[:, 2]) / _FINE * 16).astype(np.int32)
    # Lines may overlap, their cores never touch.
    cv2.polylines(cores, [corners], True, 0, _CUT, shift=4)
    cv2.fillPoly(cores, [corners], 1, shift=4)


def _draw(ink: NDArray[np.uint8], cores: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Strokes that are no writing, beside the writing or under it."""
    height, width = ink.shape
    pen = int(rng.integers(2, 9))
    size = float(rng.uniform(0.06, 0.28)) * width
    lines = np.flatnonzero(cores.any(axis=1))
    kind = int(rng.integers(7))
    if kind == 0 and lines.size:
        # A line under the writing.
        y = _FINE * float(lines[-1]) + rng.uniform(0.02, 0.06) * height
        x = np.sort(rng.uniform(0.03, 0.97, 2)) * width
        points = np.stack([np.linspace(*x, 6), y + rng.normal(0, 2, 6)], axis=1)
        cv2.polylines(ink, [np.round(points).astype(np.int32)], False, 255, pen)
        return
    for _ in range(8):
        at = rng.uniform(0.05, 0.95, 2) * (width, height)
        x0, y0, x1, y1 = (round(v / _FINE) for v in (*(at - size), *(at + size)))
        if not cores[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)].any():
            break
    else:
        return
    x, y = (round(float(v)) for v in at)
    radius = max(4, round(0.7 * size))
    if kind in (0, 1):  # a face
        draw_face(ink, (x, y), radius, pen)
    elif kind == 2:  # an arrow
        end = (
            x + int(rng.integers(-radius, radius + 1)),
            y + int(rng.integers(-radius, radius + 1)),
        )
        cv2.arrowedLine(ink, (x, y), end, 255, pen, tipLength=0.3)
    elif kind == 3:  # a scribble
        points = at + rng.normal(0, 0.45 * radius, (int(rng.integers(5, 16)), 2))
        cv2.polylines(ink, [np.round(points).astype(np.int32)], False, 255, pen)
    elif kind == 4:  # a frame
        corner = (x + round(1.2 * radius), y + round(rng.uniform(0.5, 1.2) * radius))
        cv2.rectangle(ink, (x - radius, y - radius), corner, 255, pen)
    elif kind == 5:  # a chart
        corner = [(x - radius, y - radius), (x - radius, y + radius), (x + radius, y + radius)]
        cv2.polylines(ink, [np.array(corner, np.int32)], False, 255, pen)
        points = np.stack(
            [np.linspace(x - radius, x + radius, 5), y + rng.uniform(-0.8, 0.8, 5) * radius], axis=1
        )
        cv2.polylines(ink, [np.round(points).astype(np.int32)], False, 255, pen)
    else:  # a blot
        axes = tuple(int(v) for v in rng.integers(4, max(6, radius // 2), 2))
        cv2.ellipse(ink, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)


def _seen(
    ink: NDArray[np.uint8], size: tuple[int, int], capital: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """What a photograph from near or far shows of the note, as the engine looks at it."""
    width, height = size
    # No letter is smaller on the photo than eight pixels: nobody reads those.
    least = min(1.0, 8 / capital) if capital else 0.3
    scale = float(np.exp(rng.uniform(math.log(max(0.3, least)), math.log(1.6))))
    far = (max(24, round(width * scale)), max(24, round(height * scale)))
    cover = cv2.resize(ink, far, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    line = 1.6 * max(8.0, capital * scale) if capital else 0.1 * far[1]
    values, brightest = inked(cover, line, rng)
    light = rng.random()
    shown = brightest if light < 0.4 else 0.0
    picture = degraded(values, line, rng, brightest=shown)
    way = Light.INK if light > 0.65 else Light.COLOUR
    seen = picture_of(picture, View(max(size), way))
    return np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_LINEAR), np.uint8)
