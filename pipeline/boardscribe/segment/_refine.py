"""Outlines moved onto the edges that the full-size photo shows.

The network sees a reduced photo; where an edge runs to a pixel, only the photo itself tells.
Each straight edge may shift and turn a little: of all such lines the one wins along which the
colour changes most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.segment._outline import Outline

__all__ = ["refine"]

_ALONG: Final = 24
"""Places along an edge where the photo is looked at."""
_ACROSS: Final = 17
"""Places across it."""
_REACH: Final = 1.6
"""Cells that an edge may move to either side."""
_TRUST: Final = 0.55
"""How much less a line counts at the end of its reach than in the middle."""

Points = NDArray[np.float64]


def refine(image: NDArray[np.uint8], outlines: Sequence[Outline], cell: float) -> list[Points]:
    """The points of each outline, straight edges moved onto edges of the photo.

    Args:
        image: the upright photo, BGR, H x W x 3.
        outlines: in pixels of that photo.
        cell: pixels of the photo per cell of the network's maps.
    """
    edges: list[tuple[int, int]] = []
    starts, ends = [], []
    height, width = image.shape[:2]
    for number, outline in enumerate(outlines):
        following = np.roll(outline.points, -1, axis=0)
        for k in np.flatnonzero(outline.straight):
            a, b = outline.points[k], following[k]
            if np.hypot(*(b - a)) >= 5 * cell and not _on_border(a, b, width, height, cell):
                edges.append((number, int(k)))
                starts.append(a)
                ends.append(b)
    if not edges:
        return [outline.points for outline in outlines]
    moves = _moves(image, np.array(starts), np.array(ends), _REACH * cell)
    moved: list[dict[int, tuple[Points, Points]]] = [{} for _ in outlines]
    for (number, k), a, b, (near, far) in zip(edges, starts, ends, moves, strict=True):
        normal = np.array([(b - a)[1], -(b - a)[0]]) / np.hypot(*(b - a))
        moved[number][k] = (a + normal * near, b + normal * far)
    return [_join(o, lines, 4 * cell) for o, lines in zip(outlines, moved, strict=True)]


def _on_border(a: Points, b: Points, width: int, height: int, cell: float) -> bool:
    """Where the photo ends there is no edge to be seen."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    ends = np.array([width, height])
    return bool((high < 1.5 * cell).any() or (low > ends - 1.5 * cell).any())


def _moves(image: NDArray[np.uint8], a: Points, b: Points, reach: float) -> Points:
    """How far the two ends of each edge move outwards along its normal, (n, 2), pixels."""
    way = b - a
    length = np.hypot(way[:, 0], way[:, 1])[:, None]
    normal = np.stack([way[:, 1], -way[:, 0]], axis=1) / length
    u = np.linspace(0.1, 0.9, _ALONG)
    t = np.linspace(-reach, reach, _ACROSS)
    base = a[:, None, :] + way[:, None, :] * u[None, :, None]
    spots = base[:, :, None, :] + normal[:, None, None, :] * t[None, None, :, None] - 0.5
    flat = spots.reshape(-1, _ACROSS, 2).astype(np.float32)
    # remap takes at most 32767 rows at once.
    colours = np.concatenate(
        [
            cv2.remap(
                image,
                flat[k : k + 30000, :, 0],
                flat[k : k + 30000, :, 1],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for k in range(0, len(flat), 30000)
        ]
    )
    values = colours.reshape(len(a), _ALONG, _ACROSS, 3).astype(np.float32)
    # Along the edge neighbours agree, writing and noise do not.
    values[:, 1:-1] = (values[:, :-2] + 2 * values[:, 1:-1] + values[:, 2:]) / 4
    change = np.zeros(values.shape[:3], np.float32)
    change[:, :, 1:-1] = np.abs(values[:, :, 2:] - values[:, :, :-2]).sum(axis=3)
    # The root keeps one dark stroke from outweighing a faint edge seen everywhere.
    change = np.sqrt(change)
    ends = np.arange(1, _ACROSS - 1)
    near, far = (grid.ravel() for grid in np.meshgrid(ends, ends, indexing="ij"))
    # u runs from 0.1 to 0.9: the candidates' ends lie at 0 and 1.
    at = near[:, None] * (1 - u)[None] + far[:, None] * u[None]
    index = np.rint(at).astype(np.intp)
    score = np.zeros((len(a), len(near)), np.float32)
    for k in range(_ALONG):
        score += change[:, k, index[:, k]]
    off = np.maximum(np.abs(t[near]), np.abs(t[far])) / reach
    turn = np.abs(t[near] - t[far]) / reach
    score *= (1 - _TRUST * off**2 - 0.15 * turn).astype(np.float32)
    best = score.argmax(axis=1)
    return np.stack([t[near[best]], t[far[best]]], axis=1)


def _join(outline: Outline, lines: dict[int, tuple[Points, Points]], far: float) -> Points:
    """Corners where the moved lines meet."""
    n = len(outline.points)
    points = outline.points.copy()
    for k in range(n):
        before, after = lines.get((k - 1) % n), lines.get(k)
        if before is not None and after is not None:
            met = _meet(before, after)
            if met is not None and np.hypot(*(met - points[k])) < far:
                points[k] = met
            else:
                points[k] = (before[1] + after[0]) / 2
        elif before is not None:
            points[k] = before[1]
        elif after is not None:
            points[k] = after[0]
    return points


def _meet(first: tuple[Points, Points], second: tuple[Points, Points]) -> Points | None:
    p, v = first[0], first[1] - first[0]
    q, w = second[0], second[1] - second[0]
    cross = float(v[0] * w[1] - v[1] * w[0])
    if abs(cross) < 0.2 * float(np.hypot(*v) * np.hypot(*w)):
        return None
    d = q - p
    return np.asarray(p + v * float(d[0] * w[1] - d[1] * w[0]) / cross)
