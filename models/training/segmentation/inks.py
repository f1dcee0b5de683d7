"""Writing as transparency: a bank of ink textures that the composer puts on papers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.photoreal.fonts import HANDWRITING, PRINTED, font_file

__all__ = ["SIDE", "InkBank"]

SIDE = 176
"""Pixels of a texture's side."""

_SYLLABLES = [
    "more",
    "less",
    "time",
    "make",
    "team",
    "plan",
    "work",
    "open",
    "data",
    "for",
    "the",
    "and",
    "with",
    "ship",
    "need",
    "way",
    "how",
    "we",
    "can",
    "not",
    "all",
    "new",
    "user",
    "test",
    "risk",
    "share",
    "ask",
    "help",
    "day",
    "week",
    "it",
    "is",
    "to",
    "do",
    "go",
    "in",
    "on",
    "at",
    "what",
    "why",
    "who",
    "idea",
    "meet",
    "learn",
    "note",
    "feed",
    "back",
    "fast",
    "slow",
    "good",
    "bad",
    "find",
    "keep",
    "stop",
    "start",
    "cost",
    "tool",
    "code",
    "talk",
    "people",
    "process",
    "budget",
    "review",
    "design",
    "policy",
    "value",
    "safe",
    "clear",
    "trust",
    "rule",
    "school",
    "water",
    "park",
]


class InkBank:
    """Textures of handwriting, scribbles, drawings and print; alpha, uint8, SIDE x SIDE."""

    def __init__(self, rng: Generator, *, hands: int = 260, prints: int = 60) -> None:
        written = [str(font_file(name)) for name in HANDWRITING]
        printed = [str(font_file(name)) for name in PRINTED]
        self._hands = [
            _text(rng, written) if rng.random() < 0.72 else _scribble(rng) for _ in range(hands)
        ]
        self._prints = [_text(rng, printed, printed=True) for _ in range(prints)]

    def hand(self, rng: Generator) -> NDArray[np.uint8]:
        """Something written or drawn by hand."""
        return self._hands[int(rng.integers(len(self._hands)))]

    def printed(self, rng: Generator) -> NDArray[np.uint8]:
        """Something printed."""
        return self._prints[int(rng.integers(len(self._prints)))]


def _text(rng: Generator, fonts: list[str], *, printed: bool = False) -> NDArray[np.uint8]:
    image = Image.new("L", (SIDE, SIDE), 0)
    draw = ImageDraw.Draw(image)
    lines = int(rng.integers(1, 4 if printed else 7))
    size = int(SIDE / (lines + 1) * rng.uniform(0.5, 0.95))
    font = ImageFont.truetype(str(rng.choice(fonts)), max(8, size))
    capitals = rng.random() < 0.45
    y = rng.uniform(0.02, 0.2) * SIDE
    centred = rng.random() < 0.4
    for _ in range(lines):
        words = " ".join(rng.choice(_SYLLABLES, int(rng.integers(1, 6 if printed else 5))))
        words = words.upper() if capitals else words
        width = draw.textlength(words, font=font)
        while width > SIDE * 0.98 and " " in words:
            words = words.rsplit(" ", 1)[0]
            width = draw.textlength(words, font=font)
        x = (SIDE - width) / 2 if centred else rng.uniform(0, 0.12) * SIDE
        draw.text((x, y), words, fill=255, font=font)
        y += size * rng.uniform(0.95, 1.3)
        if y > SIDE * 0.9:
            break
    alpha = np.asarray(image)
    if not printed and rng.random() < 0.5:
        k = int(rng.integers(2, 5))
        alpha = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (k, k)))
    return np.asarray(alpha, dtype=np.uint8)


def _scribble(rng: Generator) -> NDArray[np.uint8]:
    """Lines of writing-like waves, or a little drawing: boxes, rings, arrows, faces."""
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    pen = int(rng.integers(2, 6))
    if rng.random() < 0.5:
        lines = int(rng.integers(1, 6))
        for row in range(lines):
            n = int(rng.integers(12, 40))
            x = np.linspace(12, rng.uniform(0.5, 0.95) * SIDE, n)
            step = SIDE / (lines + 1)
            y = (row + 0.8) * step + np.cumsum(rng.normal(0, 1, n)) + rng.normal(0, step / 4, n)
            x = x + rng.normal(0, 4, n)
            _stroke(alpha, np.stack([x, y], axis=1), pen)
    for _ in range(int(rng.integers(0, 4))):
        centre = rng.uniform(0.2, 0.8, 2) * SIDE
        size = rng.uniform(0.08, 0.35, 2) * SIDE
        kind = int(rng.integers(4))
        t = np.linspace(0, 2 * np.pi, 24)
        if kind == 0:
            _stroke(alpha, centre + np.stack([np.cos(t), np.sin(t)], axis=1) * size, pen)
        elif kind == 1:
            corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
            _stroke(alpha, centre + corners * size, pen)
        elif kind == 2:
            end = centre + size
            _stroke(alpha, np.array([centre - size, end]), pen)
            _stroke(alpha, np.array([end - (12, 1), end, end - (1, 12)]), pen)
        else:
            cv2.circle(alpha, tuple(np.int32(centre)), int(size[0] / 2), 255, -1)
    return alpha


def _stroke(alpha: NDArray[np.uint8], points: NDArray[np.float64], pen: int) -> None:
    path = np.round(points * 8).astype(np.int32)
    cv2.polylines(alpha, [path], False, 255, pen, cv2.LINE_AA, 3)
