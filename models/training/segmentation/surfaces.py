"""Boards and walls, made from noise, and what is put on them: colours, shadows, ink."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["Picture", "noise", "shade", "surface", "tint", "write"]

Picture = NDArray[np.float32]
"""BGR, 0 to 1, H x W x 3."""


def noise(rng: Generator, height: int, width: int, cells_y: float, cells_x: float) -> Picture:
    """Smooth noise, mean 0, deviation about 1, H x W; so many cells over the height and width."""
    grid = rng.normal(0, 1, (max(2, int(cells_y) + 1), max(2, int(cells_x) + 1)))
    return np.asarray(
        cv2.resize(grid.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    )


def tint(hue: float, saturation: float, value: float) -> Picture:
    """A colour, BGR 0 to 1, shape (3,)."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(1, max(0, saturation)), min(1, value))
    return np.array([blue, green, red], np.float32)


def _flat(height: int, width: int, colour: Picture) -> Picture:
    return np.array(np.broadcast_to(colour, (height, width, 3)), np.float32, order="C")


def _grain(rng: Generator, picture: Picture, strength: float) -> Picture:
    height, width = picture.shape[:2]
    fine = noise(rng, height, width, height / rng.uniform(1, 3), width / rng.uniform(1, 3))
    coarse = noise(rng, height, width, rng.uniform(4, 40), rng.uniform(4, 40))
    return picture * (1 + strength * (0.6 * fine + 0.5 * coarse))[..., None]


def _plain(rng: Generator, height: int, width: int) -> Picture:
    """Whiteboard or painted wall."""
    if rng.random() < 0.85:
        colour = tint(rng.uniform(0, 1), rng.uniform(0, 0.12), rng.uniform(0.55, 0.97))
    else:
        colour = tint(rng.uniform(0, 1), rng.uniform(0.1, 0.75), rng.uniform(0.2, 0.9))
    picture = _grain(rng, _flat(height, width, colour), rng.uniform(0.002, 0.03))
    if rng.random() < 0.12:  # squared or ruled paper
        step = int(rng.integers(8, 40))
        depth = rng.uniform(0.75, 0.98)
        picture[::step] *= depth
        if rng.random() < 0.7:
            picture[:, ::step] *= depth
    if rng.random() < 0.2:
        _smudges(rng, picture)
    if rng.random() < 0.35:  # panels
        for x in np.cumsum(rng.uniform(0.25, 0.6, 5)) * width:
            lines = (int(x), 0), (int(x + rng.normal(0, 5)), height)
            cv2.line(picture, *lines, (float(picture.mean() * rng.uniform(0.4, 0.9)),) * 3, 2)
    return picture


def _smudges(rng: Generator, picture: Picture) -> None:
    """What a sponge leaves of old writing."""
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 8))):
        mask = np.zeros((height, width), np.float32)
        spot = rng.uniform(0, 1, 2) * (width, height)
        for _ in range(int(rng.integers(1, 12))):
            way = rng.normal(0, 0.05 * width, (2, 2))
            a, b = np.int32(spot + way[0]), np.int32(spot + way[1])
            cv2.line(mask, a, b, 1.0, int(rng.integers(2, 25)), cv2.LINE_AA)
        mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1.5, 10))
        picture *= 1 - mask[..., None] * rng.uniform(0.01, 0.12) * (1 - tint(rng.random(), 0.7, 1))


def _wood(rng: Generator, height: int, width: int) -> Picture:
    base = tint(rng.uniform(0.03, 0.11), rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.85))
    grain = noise(rng, height, width, height / rng.uniform(2, 6), rng.uniform(3, 9))
    grain = grain + noise(rng, height, width, height / 20, 3)
    picture = _flat(height, width, base) * (1 + rng.uniform(0.03, 0.12) * grain)[..., None]
    plank = int(rng.integers(60, 260))
    for y in range(int(rng.integers(plank)), height, plank):
        picture[y : y + plank] *= rng.uniform(0.85, 1.15)
        picture[y : y + 2] *= rng.uniform(0.3, 0.8)
    return np.ascontiguousarray(picture if rng.random() < 0.6 else _turn(picture, height, width))


def _turn(picture: Picture, height: int, width: int) -> Picture:
    return np.asarray(cv2.resize(np.rot90(picture), (width, height)))


def _brick(rng: Generator, height: int, width: int) -> Picture:
    if rng.random() < 0.25:
        base, mortar = tint(0.1, 0.05, 0.85), tint(0.1, 0.05, 0.7)
    else:
        base = tint(rng.uniform(0, 0.07), rng.uniform(0.3, 0.75), rng.uniform(0.3, 0.75))
        mortar = tint(0.1, 0.1, rng.uniform(0.3, 0.85))
    picture = _flat(height, width, mortar)
    tall = int(rng.integers(22, 70))
    wide, gap = int(tall * rng.uniform(2, 3.2)), max(2, int(tall * 0.12))
    for row, y in enumerate(range(0, height, tall)):
        for x in range(-int((row % 2) * wide / 2), width, wide):
            colour = base * rng.uniform(0.75, 1.2)
            corner = (x + wide - gap, y + tall - gap)
            cv2.rectangle(picture, (x, y), corner, colour.tolist(), -1)
    return _grain(rng, picture, rng.uniform(0.03, 0.08))


def _fabric(rng: Generator, height: int, width: int) -> Picture:
    """Felt, cork, carpet, brown paper."""
    if rng.random() < 0.5:
        base = tint(rng.uniform(0.05, 0.12), rng.uniform(0.3, 0.6), rng.uniform(0.35, 0.75))
    else:
        base = tint(rng.uniform(0, 1), rng.uniform(0.05, 0.7), rng.uniform(0.15, 0.8))
    speck = noise(rng, height, width, height / rng.uniform(1.5, 5), width / rng.uniform(1.5, 5))
    return _flat(height, width, base) * (1 + rng.uniform(0.03, 0.13) * speck)[..., None]


def _glass(rng: Generator, height: int, width: int) -> Picture:
    """A room seen through a window: large soft blobs and bars."""
    picture = _flat(height, width, tint(rng.uniform(0, 1), 0.15, rng.uniform(0.15, 0.75)))
    for _ in range(int(rng.integers(6, 18))):
        p, q = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0.05, 0.4, 2) * (width, height)
        colour = tint(rng.uniform(0, 1), rng.uniform(0, 0.5), rng.uniform(0.05, 1))
        cv2.rectangle(picture, np.int32(p - q / 2), np.int32(p + q / 2), colour.tolist(), -1)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(4, 16))
    for _ in range(int(rng.integers(0, 3))):
        x, w = int(rng.uniform(0, width)), int(rng.integers(6, 40))
        cv2.rectangle(picture, (x, 0), (x + w, height), tint(0, 0, rng.uniform(0, 1)).tolist(), -1)
    return np.asarray(picture)


def _dark(rng: Generator, height: int, width: int) -> Picture:
    colour = tint(rng.uniform(0, 1), rng.uniform(0, 0.5), rng.uniform(0.06, 0.25))
    return _grain(rng, _flat(height, width, colour), rng.uniform(0.02, 0.1))


def surface(rng: Generator, height: int, width: int) -> Picture:
    """Something that notes are stuck on."""
    kinds = (_plain, _wood, _brick, _fabric, _glass, _dark)
    draw = kinds[int(rng.choice(6, p=(0.62, 0.08, 0.07, 0.1, 0.07, 0.06)))]
    return np.ascontiguousarray(draw(rng, height, width), np.float32)


def shade(rng: Generator, picture: Picture, corners: Picture, reach: float) -> None:
    """Darken softly where a thing's shadow falls."""
    pad = int(3 * reach + 4)
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - pad, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + pad, picture.shape[1::-1])
    if (high <= low).any():
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.float32)
    moved = corners - low + rng.normal(0, reach, 2)
    cv2.fillPoly(mask, [np.round(moved).astype(np.int32)], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, reach))
    picture[low[1] : high[1], low[0] : high[0]] *= 1 - rng.uniform(0.1, 0.5) * mask[..., None]


def write(
    picture: Picture, alpha: NDArray[np.uint8], corners: Picture, ink: Picture, strength: float
) -> None:
    """Put a texture of ink on a quadrilateral."""
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, picture.shape[1::-1])
    if (high - low < 2).any():
        return
    side = alpha.shape[0]
    source = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.float32(corners - low))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    # An area-like reduction first, or thin strokes break up.
    extent = float((corners.max(axis=0) - corners.min(axis=0)).max())
    soft = cv2.blur(alpha, (3, 3)) if extent < side else alpha
    warped = cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_LINEAR)
    a = (warped.astype(np.float32) * (strength / 255))[..., None]
    part = picture[low[1] : high[1], low[0] : high[0]]
    part += a * (ink - part)
