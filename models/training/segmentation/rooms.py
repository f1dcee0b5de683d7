"""What surrounds a board: windows, doors, shelves, screens, chairs; none of it is a note.

Much in a room is a small upright rectangle of one colour, as notes are. What tells it apart is
where it is and what it belongs to, so things are drawn as wholes, in perspective.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.inks import InkBank
from training.segmentation.surfaces import Picture, noise, shade, surface, tint, write

__all__ = ["furnish", "room"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; pixels, or shares of a thing."""


class _Thing:
    """A quadrilateral that parts are painted on in shares of its width and height."""

    def __init__(self, rng: Generator, picture: Picture, inks: InkBank, box: Box) -> None:
        left, top, right, bottom = box
        corners = np.float64([(left, top), (right, top), (right, bottom), (left, bottom)])
        lean = 0.06 * (right - left), 0.06 * (bottom - top)
        corners += rng.normal(0, 1, (4, 2)) * lean * rng.random()
        self.corners = np.float32(corners)
        self.picture = picture
        self.inks = inks
        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
        self._matrix = cv2.getPerspectiveTransform(unit, self.corners)

    def quad(self, box: Box) -> NDArray[np.float32]:
        """Corners of a part, (4, 2)."""
        left, top, right, bottom = box
        corners = np.float64([[(left, top), (right, top), (right, bottom), (left, bottom)]])
        return np.float32(cv2.perspectiveTransform(corners, self._matrix)[0])

    def fill(self, box: Box, colour: Picture) -> None:
        points = np.round(self.quad(box) * 8).astype(np.int32)
        cv2.fillPoly(self.picture, [points], np.asarray(colour).tolist(), cv2.LINE_AA, 3)

    def line(self, box: Box, colour: Picture, width: int) -> None:
        cv2.polylines(
            self.picture, [np.int32(self.quad(box))], True, np.asarray(colour).tolist(), width,
            cv2.LINE_AA,
        )  # fmt: skip


def _panes(rng: Generator, thing: _Thing) -> None:
    """A window, a glazed door, a cupboard, pigeon holes, a tiled ceiling with its lamps."""
    frame = tint(rng.random(), rng.uniform(0, 0.5), rng.random())
    thing.fill((0, 0, 1, 1), frame)
    rows, columns = (int(n) for n in rng.integers(1, 7, 2))
    bar = rng.uniform(0.02, 0.12)
    glass = tint(rng.random(), rng.uniform(0, 0.4), rng.random())
    vary = rng.choice([0.01, 0.05, 0.3])
    lit = rng.random() * 0.3
    for row in range(rows):
        for column in range(columns):
            pane = glass * (1 + rng.normal(0, vary))
            if rng.random() < lit:
                pane = tint(0.12, rng.uniform(0, 0.1), 1.1)
            x0, y0 = (column + bar) / columns, (row + bar) / rows
            x1, y1 = (column + 1 - bar) / columns, (row + 1 - bar) / rows
            thing.fill((x0, y0, x1, y1), pane)
            if vary > 0.1 and rng.random() < 0.4:  # something is seen through it
                middle = rng.uniform(y0, y1)
                thing.fill((x0, middle, x1, y1), pane * rng.uniform(0.3, 0.9))
            if rng.random() < 0.1:  # a handle
                thing.fill((x0, (y0 + y1) / 2, x0 + 0.02, (y0 + y1) / 2 + 0.05), frame * 0.3)


def _shelf(rng: Generator, thing: _Thing) -> None:
    """Books, boxes and folders in rows."""
    wood = tint(rng.uniform(0.03, 0.12), rng.uniform(0, 0.7), rng.uniform(0.1, 0.9))
    thing.fill((0, 0, 1, 1), wood * 0.5)
    rows = int(rng.integers(1, 6))
    plain = rng.random() < 0.3
    cloth = tint(rng.random(), rng.random(), rng.random())
    for row in range(rows):
        x, base = 0.02, (row + 0.94) / rows
        while x < 0.95:
            wide, tall = rng.uniform(0.01, 0.12), rng.uniform(0.45, 0.85) / rows
            colour = cloth if plain else tint(rng.random(), rng.random(), rng.uniform(0.1, 1))
            if rng.random() < 0.88:
                thing.fill((x, base - tall, min(x + wide, 0.98), base), colour)
                if rng.random() < 0.3:  # a label on its back
                    inner = x + wide * 0.2, base - tall * 0.8, x + wide * 0.8, base - tall * 0.5
                    thing.fill(inner, tint(0, 0, 0.95))
            x += wide + rng.uniform(0, 0.01)
        thing.fill((0, base, 1, (row + 1) / rows), wood)


def _screen(rng: Generator, thing: _Thing) -> None:
    """A monitor, laptop, television or projection, with windows, tiles and text on it."""
    thing.fill((0, 0, 1, 1), tint(0, 0, rng.choice([0.03, 0.1, 0.8])))
    rim = rng.uniform(0.01, 0.06)
    thing.fill((rim, rim, 1 - rim, 1 - 1.5 * rim), tint(rng.random(), rng.random() * 0.8, 0.9))
    accent = rng.random()
    for _ in range(int(rng.integers(1, 14))):
        x, y = rng.uniform(rim, 0.85, 2)
        wide, tall = rng.uniform(0.05, 0.4, 2)
        box = x, y, min(x + wide, 1 - rim), min(y + tall, 1 - 1.5 * rim)
        thing.fill(box, tint(accent + rng.normal(0, 0.1), rng.random(), rng.uniform(0.4, 1)))
        if rng.random() < 0.5:
            write(
                thing.picture,
                thing.inks.printed(rng),
                thing.quad(box),
                tint(0, 0, rng.random()),
                0.9,
            )


def _fitting(rng: Generator, thing: _Thing) -> None:
    """A switch, socket, thermostat, dispenser, exit sign or lamp, often in rows."""
    count = int(rng.choice([1, 1, 2, 3, 5]))
    colour = tint(rng.uniform(0.05, 0.2), rng.uniform(0, 0.15), rng.uniform(0.5, 1.1))
    if rng.random() < 0.3:
        colour = tint(rng.random(), rng.random(), rng.random())
    for k in range(count):
        x0, x1 = (k + 0.06) / count, (k + 0.94) / count
        thing.fill((x0 + 0.02, 0.04, x1 + 0.02, 1.04), colour * 0.4)
        thing.fill((x0, 0, x1, 1), colour)
        inner = rng.uniform(0.1, 0.35)
        wide = x1 - x0
        box = x0 + inner * wide, inner, x1 - inner * wide, 1 - inner
        kind = rng.random()
        if kind < 0.4:
            thing.fill(box, colour * rng.uniform(0.6, 1.05))
        elif kind < 0.6:
            thing.line(box, colour * 0.6, 1)
        elif kind < 0.8:
            write(thing.picture, thing.inks.printed(rng), thing.quad(box), tint(0, 0.9, 0.5), 0.9)
        thing.line((x0, 0, x1, 1), colour * rng.uniform(0.5, 0.9), 1)


def _sheet(rng: Generator, thing: _Thing) -> None:
    """A printed page: lines of print, a picture, a band of colour."""
    paper = tint(0.12, rng.uniform(0, 0.06), rng.uniform(0.75, 1.05))
    thing.fill((0, 0, 1, 1), paper)
    ink = paper * rng.uniform(0.2, 0.7)
    y = rng.uniform(0.04, 0.1)
    if rng.random() < 0.5:
        band = rng.uniform(0.1, 0.3)
        thing.fill((0, 0, 1, band), tint(rng.random(), rng.random(), rng.random()))
        y += band
    step = rng.uniform(0.03, 0.08)
    while y < 0.92:
        if rng.random() < 0.08:
            tall = rng.uniform(0.1, 0.3)
            thing.fill((0.1, y, 0.9, min(0.95, y + tall)), tint(rng.random(), 0.4, rng.random()))
            y += tall
        else:
            thing.fill((0.1, y, rng.uniform(0.4, 0.92), y + step * 0.45), ink)
        y += step


def _tray(rng: Generator, thing: _Thing) -> None:
    """A ledge with pens and a sponge."""
    thing.fill((0, 0.4, 1, 1), tint(0, 0, rng.uniform(0.3, 0.9)))
    for _ in range(int(rng.integers(1, 9))):
        x, wide = rng.uniform(0, 0.85), rng.uniform(0.04, 0.14)
        thing.fill((x, 0.1, x + wide, 0.5), tint(rng.random(), rng.random(), rng.random()))


def _seat(rng: Generator, thing: _Thing) -> None:
    """Backs and legs of chairs, a table's edge, bags."""
    cloth = tint(rng.random(), rng.random(), rng.uniform(0.05, 0.8))
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(0, 0.7, 2)
        part = thing.quad((x, y, x + rng.uniform(0.2, 0.4), y + rng.uniform(0.2, 0.5)))
        box = cv2.minAreaRect(part)
        cv2.ellipse(thing.picture, box, (cloth * rng.uniform(0.7, 1.2)).tolist(), -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 6))):
        a, b = (np.int32(thing.quad((*rng.random(2), 1, 1))[0]) for _ in "ab")
        cv2.line(thing.picture, a, b, tint(0, 0, rng.random()).tolist(), int(rng.integers(2, 9)))


_Draw = Callable[[Generator, _Thing], None]
_KINDS: tuple[tuple[_Draw, float, tuple[float, float], tuple[float, float]], ...] = (
    (_panes, 0.26, (0.08, 0.6), (0.08, 0.6)),
    (_shelf, 0.12, (0.1, 0.5), (0.1, 0.5)),
    (_screen, 0.14, (0.08, 0.4), (0.08, 0.3)),
    (_fitting, 0.2, (0.02, 0.1), (0.02, 0.09)),
    (_sheet, 0.14, (0.04, 0.2), (0.06, 0.25)),
    (_tray, 0.06, (0.1, 0.5), (0.02, 0.06)),
    (_seat, 0.08, (0.1, 0.4), (0.1, 0.4)),
)
"""How to draw, how often, and between which shares of the picture's longer side wide and tall."""


def furnish(rng: Generator, picture: Picture, inks: InkBank, box: Box, count: int) -> None:
    """Put things of a room into a box of the picture; changes the picture."""
    side = max(picture.shape[:2])
    shares = np.array([share for _, share, _, _ in _KINDS])
    for _ in range(count):
        draw, _, wide, tall = _KINDS[int(rng.choice(len(_KINDS), p=shares / shares.sum()))]
        w, h = rng.uniform(*wide) * side, rng.uniform(*tall) * side
        x, y = rng.uniform(box[0], box[2]) - w / 2, rng.uniform(box[1], box[3]) - h / 2
        thing = _Thing(rng, picture, inks, (x, y, x + w, y + h))
        if rng.random() < 0.6:
            shade(rng, picture, thing.corners, rng.uniform(0.5, 8))
        draw(rng, thing)


def room(rng: Generator, inks: InkBank, height: int, width: int) -> tuple[Picture, Box]:
    """A room with a board in it.

    Returns:
        The picture, and the box of the board, where notes may hang.
    """
    picture = surface(rng, height, width)
    if rng.random() < 0.4:  # floor or ceiling
        y = int(rng.uniform(0.05, 0.95) * height)
        part = slice(0, y) if y < height / 2 else slice(y, height)
        picture[part] = surface(rng, height, width)[part]
    furnish(rng, picture, inks, (0, 0, width, height), int(rng.integers(2, 14)))
    if rng.random() < 0.5:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 4)), np.float32)
    w, h = rng.uniform(0.3, 0.9) * width, rng.uniform(0.35, 0.95) * height
    left, top = rng.uniform(-0.1, 1.1) * (width - w), rng.uniform(-0.1, 1.1) * (height - h)
    board = _Thing(rng, picture, inks, (left, top, left + w, top + h))
    shade(rng, picture, board.corners, rng.uniform(1, 10))
    if rng.random() < 0.6:  # a framed board; otherwise notes hang on the wall itself
        board.fill((0, 0, 1, 1), tint(rng.random(), rng.uniform(0, 0.5), rng.random()))
        inner = rng.uniform(0.005, 0.03)
        mask = np.zeros((height, width), np.uint8)
        quad = board.quad((inner, inner, 1 - inner, 1 - inner))
        cv2.fillPoly(mask, [np.int32(quad)], 1)
        picture[mask > 0] = surface(rng, height, width)[mask > 0]
    picture *= 1 + 0.03 * noise(rng, height, width, 3, 4)[..., None]
    low, high = board.corners.min(axis=0), board.corners.max(axis=0)
    return picture, (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
