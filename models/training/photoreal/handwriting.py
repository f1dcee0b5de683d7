"""Handwriting as a picture: glyph by glyph, no two alike, none on a ruled line.

`write` sets a text into a box of given size: it wraps, shrinks the hand until the
text fits, draws each glyph with its own tilt, size and place, and bends the whole.
It returns ink and, beside it, which word each drop of ink belongs to, so that truth
can say which words an overlapping note hides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.photoreal.fonts import font_file
from training.photoreal.specs import Hand

__all__ = ["ILLEGIBLE", "MARGIN", "Writing", "write"]

ILLEGIBLE = "[illeg.]"
"""A word of a text that was written so that nobody can read it: drawn as a scribble."""

MARGIN = 8.0
"""Paper (mm) kept free around the box: wobbly lines may stray into it."""

CAPITALS_ONLY = frozenset({"permanent-marker", "rock-salt"})
"""Families whose small letters are small capitals: whoever reads them reads capitals."""

_DRAWN = {"→": "arrow", "•": "dot", "–": "dash", "☐": "box"}


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Ink coverage (0 to 1), word index + 1 for each inked pixel, and the lines.

    Both pictures are the box with `MARGIN` mm more on each side.
    """

    ink: NDArray[np.float32]
    words: NDArray[np.uint8]
    lines: tuple[str, ...]


@cache
def _font(family: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(family)), size)


@cache
def _em_per_x_height(family: str) -> float:
    """Font size that makes a small x one unit high."""
    box = _font(family, 200).getbbox("xnoa", anchor="ls")
    return 200 / max(1.0, box[3] - box[1])


def _length(line: str, font: ImageFont.FreeTypeFont) -> float:
    """How long a line will be on paper, drawn signs and scribbles included."""
    total = 0.0
    for token in _split_keep(line):
        if token == ILLEGIBLE:
            total += font.getlength("meadow")
        elif token[0] in _DRAWN and token != "•":
            total += 0.62 * font.size
        else:
            total += font.getlength(token)
    return total


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if line and _length(longer, font) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _fit(text: str, hand: Hand, width: float, height: float, scale: float) -> tuple[int, list[str]]:
    """The largest font size not above the wished one, and the lines it gives."""
    x_height = hand.x_height * scale
    while True:
        size = max(8, round(x_height * _em_per_x_height(hand.font)))
        font = _font(hand.font, size)
        lines = _wrap(text, font, 0.95 * width)
        wide = max(_length(line, font) for line in lines)
        if (
            wide <= 0.95 * width and len(lines) * _leading(font) <= height
        ) or x_height < 2.2 * scale:
            return size, lines
        x_height *= 0.94


def _leading(font: ImageFont.FreeTypeFont) -> float:
    top = font.getbbox("Hld", anchor="ls")[1]
    bottom = font.getbbox("gpy", anchor="ls")[3]
    return float((bottom - top) * 1.04)


def _stamp(canvas: NDArray[np.uint8], picture: Image.Image, x: float, y: float) -> None:
    """Lay a glyph's coverage on the canvas, the darker of the two winning."""
    glyph = np.asarray(picture)
    left, top = round(x), round(y)
    x0, y0 = max(left, 0), max(top, 0)
    x1 = min(left + glyph.shape[1], canvas.shape[1])
    y1 = min(top + glyph.shape[0], canvas.shape[0])
    if x1 > x0 and y1 > y0:
        part = canvas[y0:y1, x0:x1]
        np.maximum(part, glyph[y0 - top : y1 - top, x0 - left : x1 - left], out=part)


def _glyph(char: str, hand: Hand, size: int, pen: int, rng: np.random.Generator) -> Image.Image:
    """One glyph in a square picture whose centre is the pen's place on the baseline."""
    wild = 1 - hand.neatness
    half = int(size * 1.4)
    picture = Image.new("L", (2 * half, 2 * half))
    draw = ImageDraw.Draw(picture)
    jittered = max(6, round(size * (1 + rng.normal(0, 0.055 * wild))))
    kind = _DRAWN.get(char)
    mid = half - size * 0.22
    thick = max(2, pen)
    if kind is None:
        font = _font(hand.font, jittered)
        draw.text((half, half), char, fill=255, font=font, anchor="ls", stroke_width=pen // 3)
    elif kind == "dot":
        r = max(2.0, size * 0.07)
        draw.ellipse((half + r, mid - r, half + 3 * r, mid + r), fill=255)
    elif kind == "dash":
        draw.line((half, mid, half + size * 0.4, mid - 1), fill=255, width=thick + 1)
    elif kind == "box":
        w = size * 0.4
        draw.rectangle((half, half - w, half + w, half), outline=255, width=thick)
    else:
        end = half + size * 0.62
        draw.line((half, mid, end, mid), fill=255, width=thick)
        draw.line((end - size * 0.17, mid - size * 0.14, end, mid), fill=255, width=thick)
        draw.line((end - size * 0.17, mid + size * 0.14, end, mid), fill=255, width=thick)
    turn = math.radians(rng.normal(0, 3.2 * wild))
    stretch = 1 + rng.normal(0, 0.06 * wild)
    shear = math.tan(math.radians(hand.slant + rng.normal(0, 3.0 * wild)))
    c, s = math.cos(turn), math.sin(turn)
    a, b = c / stretch, s / stretch + shear
    d, e = -s, c
    matrix = (a, b, half - a * half - b * half, d, e, half - d * half - e * half)
    affine = Image.Transform.AFFINE
    return picture.transform(picture.size, affine, matrix, Image.Resampling.BICUBIC)


def _scribble(length: float, size: int, pen: int, rng: np.random.Generator) -> Image.Image:
    """A word nobody can read: loops that look like writing."""
    half = int(size * 1.4)
    picture = Image.new("L", (int(2 * half + length), 2 * half))
    t = np.linspace(0, 1, 260)
    beat = np.cumsum(rng.uniform(0.5, 1.6, t.size))
    phase = beat / beat[-1] * 2 * math.pi * max(3.0, length / size * 3.2)
    tall = np.interp(t, np.linspace(0, 1, 12), rng.uniform(0.06, 0.26, 12))
    x = half + t * length + 0.1 * size * np.sin(phase * 0.5 + 1)
    y = half - size * 0.17 + size * tall * np.sin(phase)
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    ImageDraw.Draw(picture).line(points, fill=255, width=max(2, pen), joint="curve")
    return picture


def _bend(
    shape: tuple[int, ...], size: int, wild: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Smooth maps that move ink a little: lines that climb, letters that differ."""
    h, w = shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    climb = math.tan(math.radians(rng.normal(0, 1.6 * wild + 0.3)))
    fine = rng.normal(0, 1, (max(2, h // size + 2), max(2, w // size + 2), 2)).astype(np.float32)
    field = cv2.resize(fine, (w, h), interpolation=cv2.INTER_CUBIC) * (0.055 * size * wild)
    sag = 0.10 * size * wild * np.sin(x / w * rng.uniform(2, 5) + rng.uniform(0, 6))
    return x + field[..., 0], y + field[..., 1] + sag + climb * (x - w / 2)


def write(
    text: str, hand: Hand, width: float, height: float, scale: float, rng: np.random.Generator
) -> Writing:
    """Write a text into a box of `width` by `height` mm at `scale` pixels a mm.

    Words equal to `[illeg.]` become scribbles. The lines of the result are what stands
    on the paper, in its own capitals, and joined by a line feed they are the exact text.
    """
    if hand.capitals:
        text = _capitals(text)
    w, h = round(width * scale), round(height * scale)
    size, lines = _fit(text, hand, w, h, scale)
    font = _font(hand.font, size)
    pen = max(1, round(hand.pen * scale))
    wild = 1 - hand.neatness
    leading = _leading(font)
    ascent = -font.getbbox("Hld", anchor="ls")[1]
    pad = round(MARGIN * scale)
    ink = np.zeros((h + 2 * pad, w + 2 * pad), np.uint8)
    words = np.zeros_like(ink)
    slack = max(0.0, h - leading * len(lines))
    y = pad + ascent + slack * rng.uniform(0.3, 0.55)
    spread = min(1.25, h / (leading * len(lines))) if len(lines) > 1 else 1.0
    centred = rng.random() < 0.45 and not text.startswith(("-", "•", "☐"))
    word = 0
    half = int(size * 1.4)
    for line in lines:
        free = max(0.0, w - _length(line, font))
        x = pad + (free / 2 if centred else free * rng.uniform(0.02, 0.12))
        for token in _split_keep(line):
            if token == " ":
                x += font.getlength(" ") * max(0.6, 1 + rng.normal(0.1, 0.2 * wild))
                continue
            word += 1
            before = ink.copy()
            if token == ILLEGIBLE:
                length = font.getlength("meadow")
                _stamp(ink, _scribble(length, size, pen, rng), x - half, y - half)
                x += length
            else:
                for i, char in enumerate(token):
                    lift = rng.normal(0, 0.035 * size * wild)
                    picture = _glyph(char, hand, size, pen, rng)
                    _stamp(ink, picture, x - half, y - half + lift)
                    pair = token[i : i + 2]
                    step = font.getlength(pair) - font.getlength(pair[1:]) if pair[1:] else 0.0
                    step = size * 0.62 if char in _DRAWN and char != "•" else step
                    x += (step or font.getlength(char)) + rng.normal(0, 0.012 * size * wild)
            words[ink > before] = min(word, 255)
        y += leading * min(spread, 1.0 + 0.12 * rng.random())
    map_x, map_y = _bend(ink.shape, size, wild, rng)
    bent = cv2.remap(ink, map_x, map_y, cv2.INTER_LINEAR)
    label = cv2.remap(words, map_x, map_y, cv2.INTER_NEAREST)
    coarse = rng.uniform(0.82, 1.0, (h // 40 + 2, w // 40 + 2))
    flow = cv2.resize(coarse, ink.shape[::-1])
    coverage = (bent.astype(np.float32) / 255 * flow).astype(np.float32)
    if hand.font in CAPITALS_ONLY:
        lines = [_capitals(line) for line in lines]
    return Writing(coverage, label.astype(np.uint8), tuple(lines))


def _capitals(text: str) -> str:
    return "".join(t if t == ILLEGIBLE else t.upper() for t in _split_keep(text))


def _split_keep(text: str) -> list[str]:
    """Words and the single spaces (or line feeds) between them, in order."""
    parts: list[str] = []
    word = ""
    for char in text:
        if char in " \n":
            if word:
                parts.append(word)
            parts.append(char)
            word = ""
        else:
            word += char
    return [*parts, word] if word else parts
