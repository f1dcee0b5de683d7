"""Paper in three dimensions: notes bend, lift at the edges and lie on one another.

A note is a sheet of mesh points. It is bent round a few straight lines (paper bends,
it does not stretch), then laid on whatever hangs below it, read from a relief of the
board that every note adds to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.photoreal.specs import NoteSpec, Outline, Point

__all__ = ["Relief", "Sheet", "hang", "placed"]

Array = NDArray[np.float64]
CELL = 2.0
PAPER = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A hung note: flat points (mm, note's frame), the same in space, and its rim.

    The first `rim` points are the outline in order; the others lie inside.
    """

    flat: Array
    space: Array
    rim: int


class Relief:
    """Height of what already hangs on the board, on a grid of 2 mm cells."""

    def __init__(self, width: float, height: float) -> None:
        """Start with a bare board of the given size (mm)."""
        self.shape = (round(height / CELL) + 200, round(width / CELL) + 200)
        self.height: NDArray[np.float32] = np.zeros(self.shape, np.float32)

    def cells(self, points: Array) -> NDArray[np.int32]:
        """Column and row of each board point."""
        rows, columns = self.shape
        c = np.clip(points[:, 0] / CELL + columns / 2, 0, columns - 1)
        r = np.clip(points[:, 1] / CELL + rows / 2, 0, rows - 1)
        return np.stack([c, r], axis=1).astype(np.int32)

    def ground(self, at: Array) -> Array:
        """Height on which paper put at these board points would lie, without sharp steps."""
        cells = self.cells(at)
        low, high = cells.min(axis=0) - 12, cells.max(axis=0) + 13
        low = np.maximum(low, 0)
        part = self.height[low[1] : high[1], low[0] : high[0]]
        wide = cv2.dilate(part, np.ones((7, 7), np.uint8))
        smooth = cv2.GaussianBlur(wide, (13, 13), 2.4)
        top = np.maximum(smooth, part)
        return np.asarray(top[cells[:, 1] - low[1], cells[:, 0] - low[0]], dtype=np.float64)

    def add(self, rim: Array, points: Array) -> None:
        """Let a hung sheet become part of the relief."""
        mask = np.zeros(self.shape, np.uint8)
        cv2.fillPoly(mask, [self.cells(rim)], 1)
        layer: NDArray[np.float32] = np.zeros(self.shape, np.float32)
        cells = self.cells(points)
        np.maximum.at(layer, (cells[:, 1], cells[:, 0]), points[:, 2].astype(np.float32))
        wide = cv2.dilate(layer, np.ones((5, 5), np.uint8))
        self.height = np.where(mask > 0, np.maximum(self.height, wide), self.height)


def placed(points: Array, note: NoteSpec) -> Array:
    """Points of the note's frame turned and moved to where it hangs."""
    a = math.radians(note.angle)
    turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    return np.asarray(points @ turn + np.array([note.x, note.y]))


def _inside(outline: tuple[Point, ...], step: float, gap: float) -> Array:
    rim = np.asarray(outline, dtype=np.float32)
    low, high = rim.min(axis=0), rim.max(axis=0)
    xs = np.arange(low[0] + gap, high[0], step)
    ys = np.arange(low[1] + gap, high[1], step)
    contour = rim.reshape(-1, 1, 2)
    kept = [
        (x, y)
        for y in ys
        for x in xs
        if cv2.pointPolygonTest(contour, (float(x), float(y)), True) > gap
    ]
    return np.array(kept, dtype=np.float64).reshape(-1, 2)


def _bend(space: Array, direction: float, hinge: float, radius: float) -> None:
    """Roll all that lies beyond a line up on a cylinder, in place."""
    d = np.array([math.cos(direction), math.sin(direction)])
    beyond = space[:, :2] @ d - hinge
    far = beyond > 0
    turn = beyond[far] / radius
    space[far, :2] += np.outer(radius * np.sin(turn) - beyond[far], d)
    space[far, 2] += radius * (1 - np.cos(turn))


def hang(note: NoteSpec, outline: Outline, relief: Relief, rng: np.random.Generator) -> Sheet:
    """Bend a note as `note.curl` (0 flat, 1 strongly) says and lay it on the relief."""
    rim = np.asarray(outline.points)
    flat = np.concatenate([rim, _inside(outline.points, 4.0, 1.4)])
    space = np.concatenate([flat, np.zeros((len(flat), 1))], axis=1)
    reach = float(np.abs(rim).max())
    curl = note.curl
    # The free side: away from the gummed upper edge, or from the blob in the middle.
    down = math.radians(-90 + rng.normal(0, 14))
    if curl > 0.02:
        _bend(space, down, -reach * rng.uniform(-0.05, 0.7), reach * rng.uniform(1.4, 3.4) / curl)
    if note.shape != "square":
        for direction in (down + math.pi + rng.normal(0, 0.5), rng.choice([0, math.pi])):
            if curl > 0.02:
                _bend(space, direction, reach * rng.uniform(0.1, 0.5), reach * 2.6 / curl)
    for corner in rng.permutation([-45.0, -135.0, 45.0, 135.0])[: int(rng.integers(1, 4))]:
        if curl > 0.02:
            way = math.radians(corner + rng.normal(0, 9))
            far = float((rim @ np.array([math.cos(way), math.sin(way)])).max())
            # Corners above curl little: the gum holds them.
            strength = curl * rng.uniform(0.3, 1.2) * (0.35 if corner > 0 else 1.0)
            _bend(space, way, far - reach * rng.uniform(0.2, 0.45), reach * 0.55 / strength)
    on_board = placed(space[:, :2], note)
    height = space[:, 2] + relief.ground(on_board) + PAPER + 0.35 * rng.random()
    hung = np.concatenate([on_board, height[:, None]], axis=1)
    relief.add(hung[: len(rim), :2], hung)
    return Sheet(flat, hung, len(rim))
