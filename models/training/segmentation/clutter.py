"""What hangs on a board or stands before it and is not a note: sheets, tape, print, pins, people."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.segmentation.inks import InkBank
from training.segmentation.surfaces import Picture, noise, shade, tint, write

__all__ = ["clutter", "occluders", "pins"]


def _rectangle(rng: Generator, shape: tuple[int, ...], low: float, high: float) -> Picture:
    """Corners of a slightly turned rectangle somewhere, float32 (4, 2)."""
    height, width = shape[:2]
    size = rng.uniform(low, high, 2) * max(height, width) / 2
    turn = np.radians(rng.normal(0, 4))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * size
    centre = rng.uniform(0.05, 0.95, 2) * (width, height)
    return np.asarray(corners @ spin.T + centre, np.float32)


def _fill(picture: Picture, corners: Picture, colour: Picture) -> None:
    points = np.round(corners * 8).astype(np.int32)
    cv2.fillPoly(picture, [points], colour.tolist(), cv2.LINE_AA, 3)


def _sheet(rng: Generator, picture: Picture, inks: InkBank) -> None:
    """A flip-chart sheet or a poster: too large to be a note, others hang on it."""
    corners = _rectangle(rng, picture.shape, 0.45, 1.1)
    corners += rng.normal(0, 4, corners.shape).astype(np.float32)
    shade(rng, picture, corners, rng.uniform(1, 12))
    pale = rng.random() < 0.85
    colour = tint(
        rng.uniform(0, 1),
        rng.uniform(0, 0.08) if pale else rng.uniform(0.2, 0.9),
        rng.uniform(0.6, 1),
    )
    _fill(picture, corners, colour)
    if rng.random() < 0.4:
        ink = tint(rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0, 0.5))
        t = rng.uniform(0.02, 0.4)
        for near, far in ((0, 3), (1, 2)):
            start = corners[near] * (1 - t) + corners[far] * t
            if near == 0:
                first = start
        cv2.line(picture, np.int32(first), np.int32(start), ink.tolist(), int(rng.integers(1, 5)))
    if rng.random() < 0.3:
        write(picture, inks.hand(rng), corners, tint(rng.random(), 0.6, 0.2), 0.9)
    if rng.random() < 0.6:
        _tape_corners(rng, picture, corners)


def _tape_corners(rng: Generator, picture: Picture, corners: Picture) -> None:
    """Strips of tape that hold a sheet: over its corners or its upper edge."""
    roll = _Roll(rng, max(picture.shape))
    askew = rng.choice([0.0, np.pi / 4, np.pi / 2])
    for k in rng.permutation(4)[: int(rng.integers(1, 5))]:
        along = corners[(k + 1) % 4] - corners[k]
        inwards = 0.5 * along + 0.5 * (corners[k - 1] - corners[k])
        place = corners[k] + inwards * rng.uniform(-0.01, 0.05)
        turn = float(np.arctan2(along[1], along[0]) + askew + rng.normal(0, 0.2))
        roll.stick(rng, picture, place, turn if k % 2 else turn + np.pi / 2)


def _tape(rng: Generator, picture: Picture) -> None:
    """Strips of one roll here and there: what they held was taken off."""
    roll = _Roll(rng, max(picture.shape))
    for _ in range(int(rng.integers(1, 7))):
        place = np.float32(rng.uniform(0, 1, 2) * picture.shape[1::-1])
        roll.stick(rng, picture, place, rng.uniform(0, np.pi))


class _Roll:
    """A roll of tape: masking tape mostly, else white, clear or of any colour."""

    def __init__(self, rng: Generator, side: int) -> None:
        kind = rng.random()
        if kind < 0.5:
            self._colour = tint(
                rng.uniform(0.08, 0.16), rng.uniform(0.05, 0.5), rng.uniform(0.5, 0.95)
            )
        elif kind < 0.75:
            self._colour = tint(rng.random(), rng.uniform(0, 0.08), rng.uniform(0.7, 1))
        else:
            self._colour = tint(rng.random(), rng.random(), rng.uniform(0.1, 1))
        self._strength = rng.uniform(0.3, 0.7) if kind > 0.6 else rng.uniform(0.8, 1)
        self._width = side * rng.uniform(0.01, 0.04)
        self._torn = rng.random() < 0.4
        self._flat = rng.random() < 0.5

    def stick(self, rng: Generator, picture: Picture, place: Picture, turn: float) -> None:
        """A strip of it: its middle in pixels, its angle."""
        reach = self._width * rng.uniform(0.9, 3.2)
        ends = []
        for end in (-reach, reach):
            y = np.linspace(-0.5, 0.5, 7 if self._torn else 2) * self._width
            x = end + rng.normal(0, 0.07 if self._torn else 0.02, len(y)) * self._width
            ends.append(np.stack([x, y if end > 0 else y[::-1]], axis=1))
        wave = np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
        points = np.float32(np.concatenate(ends) @ wave + place)
        if not self._flat:
            shade(rng, picture, points, rng.uniform(0.5, 3))
        low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 2, picture.shape[1::-1])
        if (high - low < 2).any():
            return
        part = picture[low[1] : high[1], low[0] : high[0]]
        mask = np.zeros(part.shape[:2], np.float32)
        cv2.fillPoly(mask, [np.round((points - low) * 8).astype(np.int32)], 1.0, cv2.LINE_AA, 3)
        rough = noise(rng, *mask.shape, mask.shape[0] / 3, mask.shape[1] / 3)
        colour = self._colour * (1 + rng.uniform(0, 0.03) * rough)[..., None]
        part += (self._strength * mask)[..., None] * (colour - part)


def _card(rng: Generator, picture: Picture, inks: InkBank) -> None:
    """A printed heading card, poster or notice: print, not handwriting."""
    corners = _rectangle(rng, picture.shape, 0.08, 0.34)
    middle = corners.mean(axis=0)
    if rng.random() < 0.6:  # a wide strip with a title
        corners = (corners - middle) * np.float32((1.3, rng.uniform(0.25, 0.5))) + middle
    shade(rng, picture, corners, rng.uniform(0.5, 4))
    pale = rng.random() < 0.7
    colour = tint(rng.random(), rng.uniform(0, 0.1) if pale else rng.random(), rng.uniform(0.6, 1))
    _fill(picture, corners, colour)
    ink = tint(rng.random(), rng.random(), rng.uniform(0, 0.35))
    write(picture, inks.printed(rng), corners * 0.86 + middle * 0.14, ink, rng.uniform(0.7, 1))
    if rng.random() < 0.3:
        cv2.polylines(picture, [np.int32(corners * 0.96 + middle * 0.04)], True, ink.tolist(), 2)


def _marks(rng: Generator, picture: Picture, inks: InkBank) -> None:
    """Words, boxes, rings, grids and arrows drawn on the board with a marker."""
    size = max(picture.shape)
    ink = tint(rng.random(), rng.random(), rng.uniform(0.02, 0.5))
    if picture.mean() < 0.3 and rng.random() < 0.7:
        ink = tint(rng.random(), rng.uniform(0, 0.4), rng.uniform(0.7, 1))
    for _ in range(int(rng.integers(1, 9))):
        kind = rng.random()
        corners = _rectangle(rng, picture.shape, 0.04, 0.5)
        width = max(1, int(size * rng.uniform(0.001, 0.006)))
        if kind < 0.42:
            write(picture, inks.hand(rng), corners, ink, rng.uniform(0.6, 1))
        elif kind < 0.57:
            cv2.polylines(picture, [np.int32(corners)], True, ink.tolist(), width, cv2.LINE_AA)
        elif kind < 0.67:
            box = cv2.minAreaRect(corners)
            cv2.ellipse(picture, box, ink.tolist(), width, cv2.LINE_AA)
        elif kind < 0.72:  # a filled patch of marker
            _fill(picture, _rectangle(rng, picture.shape, 0.01, 0.06), ink)
        else:
            a, b = np.int32(corners[0]), np.int32(corners[2])
            cv2.arrowedLine(
                picture, a, b, ink.tolist(), width, cv2.LINE_AA, tipLength=rng.uniform(0, 0.15)
            )


def _furniture(rng: Generator, picture: Picture, inks: InkBank) -> None:
    """Frames, doors, rails, switches, screens."""
    kind = rng.random()
    height, width = picture.shape[:2]
    if kind < 0.3:  # a screen with windows on it
        corners = _rectangle(rng, picture.shape, 0.2, 0.6)
        _fill(picture, corners, tint(0, 0, 0.05))
        middle = corners.mean(axis=0)
        inner = corners * 0.93 + middle * 0.07
        _fill(picture, inner, tint(rng.random(), rng.uniform(0, 0.6), rng.uniform(0.2, 1)))
        write(picture, inks.printed(rng), inner, tint(0, 0, rng.random()), 0.9)
    elif kind < 0.55:  # a bar across the picture: rail, frame, table edge
        y = rng.uniform(0, height)
        tall = rng.uniform(0.01, 0.15) * height
        tilt = rng.normal(0, 0.05) * height
        bar = np.array(
            [(-5, y), (width + 5, y + tilt), (width + 5, y + tilt + tall), (-5, y + tall)]
        )
        bar = np.float32(bar if rng.random() < 0.5 else bar[:, ::-1])
        _fill(picture, bar, tint(rng.random(), rng.uniform(0, 0.6), rng.random()))
    elif kind < 0.75:  # a picture on the wall
        corners = _rectangle(rng, picture.shape, 0.1, 0.35)
        shade(rng, picture, corners, 3)
        _fill(picture, corners, tint(rng.random(), rng.uniform(0, 0.5), rng.random()))
        middle = corners.mean(axis=0)
        for shrink in np.linspace(0.9, 0.2, int(rng.integers(3, 7))):
            blob = corners * shrink + middle * (1 - shrink)
            blob = blob + rng.normal(0, 12, 2).astype(np.float32) * (1 - shrink)
            _fill(picture, blob, tint(rng.random(), rng.random() * 0.8, rng.random()))
    elif kind < 0.85:  # switches and sockets
        corners = _rectangle(rng, picture.shape, 0.03, 0.06)
        _fill(picture, corners, tint(0.1, 0.05, rng.uniform(0.7, 1)))
        middle = corners.mean(axis=0)
        rim = np.int32(corners * 0.7 + middle * 0.3)
        cv2.polylines(picture, [rim], True, (0.5, 0.5, 0.5), 1, cv2.LINE_AA)
    else:  # tape and magnets
        for _ in range(int(rng.integers(1, 12))):
            colour = tint(rng.random(), rng.random(), rng.uniform(0.1, 1))
            if rng.random() < 0.5:
                spot = tuple(np.int32(rng.uniform(0, 1, 2) * (width, height)))
                cv2.circle(
                    picture, spot, int(rng.integers(3, 12)), colour.tolist(), -1, cv2.LINE_AA
                )
            elif rng.random() < 0.3:
                strip = _rectangle(rng, picture.shape, 0.01, 0.03)
                middle = strip.mean(axis=0)
                _fill(picture, (strip - middle) * np.float32((5, 0.5)) + middle, colour)
            else:
                _tape(rng, picture)


def clutter(rng: Generator, picture: Picture, inks: InkBank) -> None:
    """Put things on a board that are not notes, below the notes; changes the picture."""
    for _ in range(int(rng.choice(3, p=(0.5, 0.38, 0.12)))):
        _sheet(rng, picture, inks)
    for _ in range(int(rng.choice(4, p=(0.4, 0.3, 0.2, 0.1)))):
        _furniture(rng, picture, inks)
    for _ in range(int(rng.choice(4, p=(0.3, 0.35, 0.2, 0.15)))):
        _marks(rng, picture, inks)
    for _ in range(int(rng.choice(3, p=(0.5, 0.35, 0.15)))):
        _card(rng, picture, inks)
    for _ in range(int(rng.choice(3, p=(0.55, 0.3, 0.15)))):
        _tape(rng, picture)


def pins(rng: Generator, picture: Picture) -> None:
    """Pins, magnets and dots stuck on board and notes; changes the picture."""
    height, width = picture.shape[:2]
    size, plain = rng.uniform(2, 14), rng.random() < 0.3
    colour = tint(rng.random(), rng.random(), rng.random())
    for _ in range(int(rng.integers(1, 20))):
        x, y = (int(v) for v in rng.uniform(0, 1, 2) * (width, height))
        r = max(2, int(size * rng.uniform(0.8, 1.2)))
        if rng.random() < 0.4:
            colour = tint(rng.random(), rng.random(), rng.random())
        if not plain:
            mask = np.zeros((6 * r + 1, 6 * r + 1), np.float32)
            off = tuple(int(3 * r + v) for v in rng.normal(0, 0.5 * r, 2))
            cv2.circle(mask, off, r, 1.0, -1)
            mask = cv2.GaussianBlur(mask, (0, 0), 0.4 * r)
            part = picture[max(0, y - 3 * r) : y + 3 * r + 1, max(0, x - 3 * r) : x + 3 * r + 1]
            mask = mask[max(0, 3 * r - y) :, max(0, 3 * r - x) :][: part.shape[0], : part.shape[1]]
            part *= 1 - 0.5 * mask[..., None]
        cv2.circle(picture, (x, y), r, colour.tolist(), -1, cv2.LINE_AA)
        if not plain:
            for share, light in ((0.7, 1.15), (0.25, 1.6)):
                at = int(x - 0.2 * r), int(y - 0.25 * r)
                shine = np.minimum(colour * light + 0.03, 1.1).tolist()
                cv2.circle(picture, at, max(1, int(r * share)), shine, -1, cv2.LINE_AA)


def occluders(rng: Generator, shape: tuple[int, ...]) -> list[tuple[Picture, Picture, float]]:
    """Outlines of people and things before the board: points, colour, softness in pixels."""
    height, width = shape[:2]
    found = []
    for _ in range(int(rng.choice(3, p=(0.82, 0.13, 0.05)))):
        x = rng.choice([rng.uniform(-0.05, 0.15), rng.uniform(0.85, 1.05), rng.random()]) * width
        tall, soft = rng.uniform(0.15, 0.5) * height, rng.uniform(0.5, 6)
        t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        body = np.stack([np.cos(t) * tall * 0.55, np.sin(t) * tall * 0.9], axis=1)
        body += rng.normal(0, tall * 0.015, body.shape)
        cloth = tint(rng.random(), rng.uniform(0, 0.8), rng.uniform(0.05, 0.8))
        found.append((np.float32(body + np.array([x, height])), cloth, soft))
        head = np.stack([np.cos(t) * tall * 0.2, np.sin(t) * tall * 0.27], axis=1)
        skin = tint(rng.uniform(0.02, 0.09), rng.uniform(0.25, 0.6), rng.uniform(0.25, 0.9))
        found.append((np.float32(head + np.array([x, height - tall * 1.05])), skin, soft))
    return found
