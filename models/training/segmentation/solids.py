"""Solid things that stand before a board: bodies with light and shade; none of them is a note.

A network that knows only flat things takes whatever is rounded, of one colour and as large as a
note for one. What tells solids from paper is how light runs over them, so each is shaded.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.surfaces import Picture, noise, tint

__all__ = ["place"]

_Mask = NDArray[np.float32]
_Points = NDArray[np.float64]


def _blob(rng: Generator, rough: float) -> _Points:
    """A closed smooth outline about the origin, radius about 1, (96, 2)."""
    t = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    radius = np.ones_like(t)
    for wave in range(2, 7):
        radius += rough * rng.normal() / wave * np.cos(wave * t + rng.uniform(0, 6.3))
    return np.stack([np.cos(t), np.sin(t)], axis=1) * np.clip(radius, 0.3, 2)[:, None]


def _turned(points: _Points, angle: float) -> _Points:
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


class _Brush:
    """Lays shaded parts of one thing on a picture, the farthest first."""

    def __init__(self, rng: Generator, picture: Picture) -> None:
        self.rng = rng
        self.picture = picture
        self.light = _turned(np.array([[0.0, -1.0]]), rng.normal(0, 0.7))[0]
        self.depth = rng.uniform(0.15, 0.7)
        self.fur = rng.uniform(0, 0.35) if rng.random() < 0.5 else 0.0
        self.gloss = rng.uniform(0.2, 1) if rng.random() < 0.3 else 0.0

    def body(self, points: _Points, colour: Picture, *, flat: bool = False) -> None:
        """Fill an outline (N, 2), in pixels; `flat` faces are of one brightness."""
        height, width = self.picture.shape[:2]
        low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 3, 0)
        high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 4, (width, height))
        if (high - low < 3).any():
            return
        w, h = (int(v) for v in high - low)
        mask = np.zeros((h, w), np.float32)
        shifted = [np.round((points - low) * 8).astype(np.int32)]
        cv2.fillPoly(mask, shifted, 1.0, cv2.LINE_AA, 3)
        extent = float(max(np.ptp(points, axis=0).min(), 4))
        if self.fur and not flat:  # a woolly rim
            ragged = noise(self.rng, h, w, h / 3, w / 3) * self.fur
            soft = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.03 * extent))
            mask = np.clip((soft + 0.25 * ragged * (soft > 0.02) - 0.35) * 3, 0, 1)
        part = self.picture[low[1] : high[1], low[0] : high[0]]
        shade = np.ones((h, w), np.float32)
        if not flat:
            shade = self._round(mask, extent)
        if self.fur:
            shade = shade * (1 + 0.3 * self.fur * noise(self.rng, h, w, h / 2.5, w / 2.5))
        painted = np.asarray(colour, np.float32) * shade[..., None]
        if self.gloss and not flat:
            painted = painted + self.gloss * np.clip(shade - 1.12, 0, 1)[..., None] * 2
        part += mask[..., None] * (np.clip(painted, 0, 1.1).astype(np.float32) - part)

    def _round(self, mask: _Mask, extent: float) -> _Mask:
        """How light falls on a body swelling towards the camera; about 1 in its middle."""
        swell = cv2.GaussianBlur(mask, (0, 0), 0.22 * extent)
        slope_y, slope_x = np.gradient(swell * extent * 0.45)
        facing = slope_x * self.light[0] + slope_y * self.light[1]
        rim = 1 - swell.clip(0, 1)
        return np.asarray(1 - self.depth * (1.3 * facing + 0.7 * rim - 0.25), np.float32)


def _toy(brush: _Brush, centre: _Points, size: float, colour: Picture) -> None:
    """A cuddly animal: trunk, limbs, head, ears, face."""
    rng = brush.rng
    second = colour * rng.uniform(0.7, 1.3) if rng.random() < 0.6 else _colour(rng)
    lean = rng.normal(0, 0.3)

    def part(x: float, y: float, r: float, tone: Picture, rough: float = 0.12) -> None:
        stretch = np.array([rng.uniform(0.75, 1.25), rng.uniform(0.75, 1.25)])
        outline = _blob(rng, rough) * stretch * r + np.array([x, y])
        brush.body(_turned(outline, lean) * size + centre, tone)

    for side in (-1, 1):
        part(side * 0.3, 0.42, 0.17, second)
        part(side * 0.38, 0.02, 0.15, second)
    part(0, 0.15, 0.36, colour)
    for side in (-1, 1):
        if rng.random() < 0.8:
            part(side * 0.2, -0.52, 0.1 * rng.uniform(0.7, 1.6), second)
    part(0, -0.3, 0.27, colour)
    if rng.random() < 0.6:
        part(0, -0.22, 0.11, np.minimum(colour * 1.3, 1))
    for side in (-1, 1):
        part(side * 0.1, -0.36, 0.03, tint(0, 0, rng.uniform(0, 0.2)))


def _mass(brush: _Brush, centre: _Points, size: float, colour: Picture) -> None:
    """A heap of few rounded bodies: cushions, bags, fruit, clothes, hands."""
    rng = brush.rng
    vary = rng.choice([0.04, 0.2])
    for _ in range(int(rng.integers(1, 6))):
        outline = _blob(rng, rng.uniform(0.05, 0.5)) * rng.uniform(0.15, 0.5, 2)
        outline = _turned(outline, rng.uniform(0, 6.3)) + rng.normal(0, 0.25, 2)
        brush.body(outline * size + centre, colour * np.float32(1 + rng.normal(0, vary)))


def _vessel(brush: _Brush, centre: _Points, size: float, colour: Picture) -> None:
    """A mug, bottle, jar or roll: a straight trunk between ellipses."""
    rng = brush.rng
    wide, tall = rng.uniform(0.15, 0.4), rng.uniform(0.2, 0.6)
    t = np.linspace(0, np.pi, 24)
    flat = rng.uniform(0.1, 0.4) * wide
    below = np.stack([np.cos(t) * wide, np.sin(t) * flat + tall], axis=1)
    above = np.stack([-np.cos(t) * wide * rng.uniform(0.6, 1.05), -np.sin(t) * flat - tall], axis=1)
    lean = rng.normal(0, 0.15) if rng.random() < 0.7 else rng.uniform(0, 6.3)
    if rng.random() < 0.5:  # a handle
        ring = np.stack([np.cos(2 * t), np.sin(2 * t)], axis=1) * (0.5 * wide, 0.5 * tall)
        brush.body(_turned(ring + np.array([wide, 0.0]), lean) * size + centre, colour * 0.8)
    brush.body(_turned(np.concatenate([below, above]), lean) * size + centre, colour)
    full = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    mouth = np.stack([np.cos(full) * wide * 0.9, np.sin(full) * flat * 0.9 - tall], axis=1)
    tone = colour * rng.uniform(0.3, 1.1)
    brush.body(_turned(mouth, lean) * size + centre, tone, flat=True)
    if rng.random() < 0.5:  # a label
        label = np.array([(-1, -0.4), (1, -0.4), (1, 0.5), (-1, 0.5)]) * (wide * 0.98, tall)
        brush.body(_turned(label, lean) * size + centre, _colour(rng))


def _block(brush: _Brush, centre: _Points, size: float, colour: Picture) -> None:
    """A box, book, laptop or case: three faces of one colour in different light."""
    rng = brush.rng
    angle = rng.uniform(0, 6.3)
    axes = np.stack(
        [_turned(np.array([[1.0, 0.0]]), angle + a)[0] for a in (0, rng.uniform(0.7, 2.4))]
    )
    axes *= rng.uniform(0.2, 0.6, (2, 1))
    rise = _turned(np.array([[0.0, -1.0]]), rng.normal(0, 0.2))[0] * rng.uniform(0.03, 0.5)
    a, b = axes
    top = np.array([-a - b, a - b, a + b, b - a]) / 2 + rise
    lights = rng.uniform(0.35, 1.1, 3)
    for k in np.argsort([-(top[k] + top[(k + 1) % 4]) @ (0, 1) for k in range(4)])[::-1]:
        face = np.array([top[k], top[(k + 1) % 4], top[(k + 1) % 4] - rise, top[k] - rise])
        brush.body(face * size + centre, colour * np.float32(lights[int(k) % 2]), flat=True)
    brush.body(top * size + centre, colour * np.float32(lights[2]), flat=True)


def _leaves(brush: _Brush, centre: _Points, size: float, colour: Picture) -> None:
    """A plant."""
    rng = brush.rng
    green = tint(rng.uniform(0.2, 0.4), rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.8))
    for _ in range(int(rng.integers(4, 22))):
        t = np.linspace(0, 1, 20)
        thick = np.sin(np.pi * t) * rng.uniform(0.05, 0.16)
        bow = rng.normal(0, 0.2) * t * t
        leaf = np.concatenate(
            [np.stack([t, bow + thick], axis=1), np.stack([t, bow - thick], axis=1)[::-1]]
        )
        leaf = _turned(leaf * rng.uniform(0.25, 0.7), rng.uniform(0, 6.3))
        brush.body(leaf * size + centre, green * np.float32(rng.uniform(0.6, 1.3)))
    if rng.random() < 0.5:
        _vessel(brush, centre + np.array([0, 0.5 * size]), 0.7 * size, colour)


def _person(brush: _Brush, centre: _Points, size: float, colour: Picture) -> None:
    """Somebody seen from the chest up, a hand or an arm before the board."""
    rng = brush.rng
    skin = tint(rng.uniform(0.02, 0.09), rng.uniform(0.25, 0.65), rng.uniform(0.2, 0.95))
    hair = tint(rng.uniform(0.02, 0.15), rng.uniform(0, 0.8), rng.uniform(0.03, 0.8))
    trunk = _blob(rng, 0.15) * (0.5, 0.42) + (0, 0.55)
    brush.body(trunk * size + centre, colour)
    for side in (-1, 1):
        if rng.random() < 0.6:
            reach = np.array([side * rng.uniform(0.3, 0.9), rng.uniform(-0.5, 0.8)])
            root = np.array([side * 0.4, 0.4])
            across = _turned((reach - root)[None], np.pi / 2)[0] * 0.18
            arm = np.array([root - across, root + across, reach + across, reach - across])
            brush.body(arm * size + centre, colour if rng.random() < 0.5 else skin)
            brush.body((_blob(rng, 0.3) * 0.1 + reach) * size + centre, skin)
    brush.body((_blob(rng, 0.1) * (0.24, 0.3) + (0, -0.14)) * size + centre, hair)
    if rng.random() < 0.6:
        brush.body((_blob(rng, 0.05) * (0.19, 0.25) + (0, -0.08)) * size + centre, skin)


_KINDS: tuple[tuple[Callable[[_Brush, _Points, float, Picture], None], float], ...] = (
    (_toy, 0.2),
    (_mass, 0.25),
    (_vessel, 0.17),
    (_block, 0.18),
    (_leaves, 0.08),
    (_person, 0.12),
)


def _colour(rng: Generator) -> Picture:
    if rng.random() < 0.3:
        return tint(rng.uniform(0.02, 0.14), rng.uniform(0, 0.4), rng.uniform(0.3, 1))
    return tint(rng.random(), rng.uniform(0.1, 1), rng.uniform(0.15, 1))


def place(rng: Generator, picture: Picture, count: int) -> NDArray[np.bool_]:
    """Stand so many things in the picture, most of them in one part of it.

    Returns:
        Where the picture was changed, H x W.
    """
    before = picture.copy()
    height, width = picture.shape[:2]
    shares = np.array([share for _, share in _KINDS])
    home = rng.uniform(0, 1, 2) * (width, height)
    common = float(np.exp(rng.uniform(np.log(40), np.log(300))))
    kind = int(rng.choice(len(_KINDS), p=shares / shares.sum()))
    for _ in range(count):
        if rng.random() < 0.5:
            kind = int(rng.choice(len(_KINDS), p=shares / shares.sum()))
        spot = home + rng.normal(0, 0.15 * width, 2)
        if rng.random() < 0.3:
            spot = rng.uniform(0, 1, 2) * (width, height)
        size = common * float(np.exp(rng.normal(0, 0.3)))
        _KINDS[kind][0](_Brush(rng, picture), spot, size, _colour(rng))
    return np.asarray((picture != before).any(axis=2))
