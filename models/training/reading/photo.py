"""Coverage by ink to what a photograph shows of it: paper, light, blur, noise, compression."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["degraded", "inked"]

_PAPERS = (
    (247, 232, 110), (255, 225, 90), (245, 200, 40), (255, 170, 60), (240, 130, 40), (255, 130, 160),
    (235, 80, 140), (220, 60, 90), (150, 220, 250), (90, 180, 230), (60, 110, 180), (110, 160, 160),
    (170, 230, 120), (110, 200, 90), (200, 220, 60), (245, 245, 240), (235, 225, 205),
    (200, 170, 230), (250, 250, 250), (190, 190, 190),
)  # fmt: skip
_INKS = ((20, 20, 25), (15, 15, 15), (35, 35, 40), (30, 40, 110), (25, 30, 80), (150, 25, 30), (20, 80, 45), (90, 90, 95))  # fmt: skip
_SHARP, _SOFT, _LOST = 0.3, 1.3, 2.6
"""Blur, as a standard deviation in twentieths of a capital's height: hardly any, much, and so much that a
person has to guess."""


def inked(
    cover: NDArray[np.float32], line: float, rng: np.random.Generator, *, edges: bool = True
) -> tuple[NDArray[np.float32], float]:
    """Ink on paper, lit.

    Args:
        cover: h x w, 0 (paper) to 1 (ink), at the photo's size.
        line: height of a line in its pixels.
        rng: source of chance.
        edges: whether the note may end within the picture.

    Returns:
        h x w x 3 BGR, and how often the brightest channel alone may be shown: not where the ink is
        as bright there as the paper.
    """
    height, width = cover.shape
    paper = np.array(_PAPERS[int(rng.integers(len(_PAPERS)))], np.float32)
    paper = np.clip(paper * np.exp(rng.normal(0, 0.12, 3)) + rng.normal(0, 8, 3), 10, 255)
    tone = np.array(_INKS[int(rng.integers(len(_INKS)))], np.float32) + rng.normal(0, 8, 3)
    if paper.mean() < 130 and rng.random() < 0.4:
        tone = np.array((240, 240, 240)) - tone * 0.2
    strength = float(np.clip(rng.beta(3, 1.2), 0.18, 1.0))
    if rng.random() < 0.25:
        strength = float(rng.uniform(0.2, 0.5))  # pencil, a dry pen
    # What nobody can see teaches nothing.
    apart = float(np.abs(paper - tone).max())
    strength = min(1.0, max(strength, 38 / max(apart, 1.0)))
    if rng.random() < 0.2:
        cover = cover * _clouds(cover.shape, line, 0.5, 1.0, rng)
    background = np.broadcast_to(paper.astype(np.float32), (height, width, 3)).copy()
    if edges and rng.random() < 0.12:
        _board_edge(background, line, rng)
    alpha = (cover * np.float32(strength))[..., None]
    values = background * (1 - alpha) + tone.astype(np.float32) * alpha
    values = values[..., ::-1]  # to BGR
    light = float(np.clip(rng.normal(0.82, 0.17), 0.3, 1.15))
    if rng.random() < 0.7:
        values = values * _clouds(cover.shape, line, light * 0.85, light * 1.1, rng)[..., None]
    else:
        values = values * np.float32(light)
    kind = rng.random()
    if kind < 0.06:
        _crease(values, line, rng)
    elif kind < 0.12:
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        reach = max(line, 0.3 * height)
        away = ((x - rng.uniform(0, width)) / (2 * reach)) ** 2 + (
            (y - rng.uniform(0, height)) / reach
        ) ** 2
        values = values + (rng.uniform(20, 110) * np.exp(-3 * away))[..., None].astype(np.float32)
    seen = abs(float(paper.max() - tone.max())) * strength > 30
    return np.asarray(values, np.float32), 0.4 if seen else 0.0


def degraded(
    values: NDArray[np.float32], line: float, rng: np.random.Generator, *, brightest: float = 0.3
) -> NDArray[np.uint8]:
    """Blur, noise, compression, and at times the brightest channel alone.

    Args:
        values: h x w x 3 BGR.
        line: height of a line in pixels, which says how much blur is much.
        rng: source of chance.
        brightest: how often only the brightest channel is shown.
    """
    height, width = values.shape[:2]
    kind = rng.random()
    if kind < 0.6:
        most = _SOFT if kind < 0.45 else _LOST
        sigma = float(np.exp(rng.uniform(math.log(_SHARP), math.log(most)))) * line / 34
        across = sigma * (float(rng.uniform(0.5, 2)) if rng.random() < 0.25 else 1.0)
        values = cv2.GaussianBlur(values, (0, 0), max(across, 0.2), sigmaY=max(sigma, 0.2))
    if rng.random() < 0.25:
        soft = cv2.GaussianBlur(values, (0, 0), 1.2)
        values = values + (values - soft) * np.float32(rng.uniform(0.3, 1.8))
    noise = abs(float(rng.normal(0, 4)))
    if noise > 1:
        grain = rng.standard_normal((height, width, 1 if rng.random() < 0.5 else 3), np.float32)
        values = values + grain * np.float32(noise)
    picture = np.clip(values, 0, 255).astype(np.uint8)
    if rng.random() < 0.55:
        quality = int(rng.integers(25, 92))
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < brightest:
        picture = np.repeat(picture.max(axis=2)[..., None], 3, axis=2)
    return picture


def _clouds(
    shape: tuple[int, ...], line: float, low: float, high: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    rows = max(2, round(shape[0] / max(8, 4 * line)) + 1)
    columns = max(2, round(shape[1] / max(8, line if rows == 2 else 4 * line)))
    cells = rng.uniform(low, high, (rows, columns)).astype(np.float32)
    return np.asarray(
        cv2.resize(cells, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _board_edge(background: NDArray[np.float32], line: float, rng: np.random.Generator) -> None:
    """The end of the note: something else beside, above or below it."""
    h, w = background.shape[:2]
    board = rng.uniform(60, 255, 3).astype(np.float32)
    wide = max(1, round(rng.uniform(0.02, 0.14) * line))
    if rng.random() < 0.5:
        background[h - min(wide, h) :] = board
    else:
        background[:wide] = board
    if rng.random() < 0.5:
        background[:, w - min(wide, w) :] = board


def _crease(values: NDArray[np.float32], line: float, rng: np.random.Generator) -> None:
    h, w = values.shape[:2]
    a = rng.uniform(0, math.pi)
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    away = (x - rng.uniform(0, w)) * math.cos(a) + (y - rng.uniform(0, h)) * math.sin(a)
    fold = np.where(away > 0, np.exp(-np.abs(away) / (0.3 * line)), 0.0)
    values *= (1 - rng.uniform(0.1, 0.4) * fold)[..., None].astype(np.float32)
