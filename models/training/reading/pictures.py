"""Line pictures as the recogniser is given them: simulated hands, typefaces, and real lines varied.

A simulated line is drawn large, brought down to the few pixels that a photograph has of it,
coloured, blurred and compressed there, and enlarged to the recogniser's height, as a note's view
is (`boardscribe.engines._looks`, `boardscribe.lines.cut_line`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.reading.hands import Hand, make_hand, write
from training.reading.photo import degraded, inked
from training.reading.skeletons import Glyph
from training.reading.wording import Wording

__all__ = ["HEIGHT", "Ink", "Simulator", "vary"]

HEIGHT = 48
_CANVAS = 112
"""Height at which lines are drawn."""
_WIDEST = 960
_HANDS = 40
"""Writers known at a time; one in `_TURNOVER` lines replaces one of them."""
_TURNOVER = 12


@dataclass(slots=True)
class _Pen:
    width: float
    """Of the capital height."""
    chisel: tuple[float, float]
    """A broad tip: how far its far corner lies from its near one, in pen widths."""
    bleed: float


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """A line of writing by itself."""

    ink: NDArray[np.uint8]
    """h x w, 0 to 255."""
    baseline: float
    """Row on which the letters stand."""


class Simulator:
    """Draws pairs of picture and text without end."""

    def __init__(
        self,
        faces: Mapping[str, Mapping[str, Glyph]],
        wording: Wording,
        fonts: Sequence[Path],
        rng: np.random.Generator,
    ) -> None:
        """Prepare.

        Args:
            faces: letters of typefaces as strokes.
            wording: what is written.
            fonts: typefaces whose outlines are drawn as they are in some pictures.
            rng: source of all chance.
        """
        self._faces = faces
        self._wording = wording
        self._fonts = [ImageFont.truetype(str(path), 78) for path in fonts]
        self._rng = rng
        self._hands = [make_hand(faces, rng) for _ in range(_HANDS)]

    def line(self) -> tuple[NDArray[np.uint8], str]:
        """One picture, 48 x w x 3 BGR, and its text."""
        rng = self._rng
        while True:
            if self._fonts and rng.random() < 0.12:
                text = _cased(self._wording.line(rng, most=30), rng)
                drawn = self._typeset(text)
            else:
                hand = self._hand()
                text = self._worded(hand)
                if rng.random() < 0.1 and hand.upper < 1:
                    text = _cased(text, rng)
                text = " ".join("".join(c for c in text if c == " " or c in hand.letters).split())
                if not text:
                    continue
                drawn = self._handwritten(hand, text)
            if drawn is not None and text.strip():
                return _photographed(drawn, rng), text

    def writer(self) -> Callable[[float, int], Ink | None]:
        """One hand or typeface with one pen: draws lines of so many signs at most, its capitals
        so many pixels high; None for a line that it cannot write."""
        rng = self._rng
        if self._fonts and rng.random() < 0.3:
            font = self._fonts[int(rng.integers(len(self._fonts)))]
            upper = rng.random() < 0.4
            return lambda capital, most: self._printed(font, capital, most, upper=upper)
        hand, pen = self._hand(), _pen(rng, 0.16)
        return lambda capital, most: self._penned(hand, pen, capital, most)

    def _hand(self) -> Hand:
        rng = self._rng
        if rng.random() < 1 / _TURNOVER:
            self._hands[int(rng.integers(_HANDS))] = make_hand(self._faces, rng)
        return self._hands[int(rng.integers(_HANDS))]

    def _worded(self, hand: Hand, most: int = 34) -> str:
        text = self._wording.line(self._rng, most=most)
        return text.upper() if self._rng.random() < hand.upper else text

    def _penned(self, hand: Hand, pen: _Pen, capital: float, most: int) -> Ink | None:
        done = write(hand, self._worded(hand, most), self._rng)
        if not done.strokes:
            return None
        size = (math.ceil(3.4 * capital), math.ceil(capital * (done.width + 1.2)))
        ink = np.zeros(size, np.uint8)
        origin = (0.6 * capital, 2.1 * capital)
        _stroke(
            ink, [_placed(s, capital, origin, 0, 0, size[1]) for s in done.strokes], capital, pen
        )
        return Ink(ink, origin[1])

    def _printed(
        self, font: ImageFont.FreeTypeFont, capital: float, most: int, *, upper: bool
    ) -> Ink | None:
        text = self._wording.line(self._rng, most=most)
        text = text.upper() if upper else text
        if not text.isascii():
            return None
        picture = Image.new("L", (round(font.getlength(text)) + 80, 260), 0)
        ImageDraw.Draw(picture).text((40, 160), text, font=font, fill=255, anchor="ls")
        _, top, _, bottom = font.getbbox("H", anchor="ls")
        scale = capital / max(20.0, float(bottom - top))
        ink = cv2.resize(
            np.asarray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        return Ink(np.asarray(ink, np.uint8), 160 * scale)

    def _handwritten(self, hand: Hand, text: str) -> NDArray[np.uint8] | None:
        """Coverage by ink, 112 x w."""
        rng = self._rng
        done = write(hand, text, rng)
        # Small letters fill up with ink.
        pen = _pen(rng, 0.22 if hand.upper == 1 else 0.15)
        middle = (done.low + done.high) / 2 + rng.normal(0, 0.05)
        fill = float(np.clip(rng.normal(0.62, 0.09), 0.36, 0.86))
        if done.high < 0.9:
            fill *= 0.9
        cap = _CANVAS * fill / max(0.75, (done.high - done.low))
        # Where the strip begins and ends: boxes are sometimes tight, sometimes generous.
        before, after = np.abs(rng.normal(0.2, 0.14, 2)) - 0.03
        width = round(cap * done.width + _CANVAS * (before + after))
        if not 12 < width < _WIDEST * _CANVAS / HEIGHT:
            return None
        slope = float(rng.normal(0, 0.018))
        bend = float(rng.normal(0, 0.03)) if rng.random() < 0.4 else 0.0
        canvas = np.zeros((_CANVAS, width), np.uint8)
        origin = (_CANVAS * before, _CANVAS / 2 + cap * middle)
        placed = [_placed(s, cap, origin, slope, bend, width) for s in done.strokes]
        if rng.random() < 0.4:
            placed += self._neighbours(hand, cap, origin, slope, bend, width)
        if rng.random() < 0.05:
            placed.append(_underline(rng, cap, origin, width))
        _stroke(canvas, placed, cap, pen)
        if pen.bleed > 0:
            soft = cv2.GaussianBlur(canvas, (0, 0), pen.bleed).astype(np.float32)
            canvas = np.clip((soft - 100) * 3 + 100, 0, 255).astype(np.uint8)
        return canvas

    def _neighbours(
        self,
        hand: Hand,
        cap: float,
        origin: tuple[float, float],
        slope: float,
        bend: float,
        width: int,
    ) -> list[NDArray[np.float32]]:
        """Parts of the lines above and below that come into the strip."""
        rng = self._rng
        placed = []
        for side in (-1, 1):
            if rng.random() < 0.4:
                continue
            other = write(hand, self._worded(hand, 20), rng)
            # Some write so close that lines overlap.
            pitch = cap * float(rng.uniform(0.85, 1.75))
            start = (float(rng.uniform(-0.5, 0.6)) * width, origin[1] + side * pitch)
            placed += [_placed(s, cap, start, slope, bend, width) for s in other.strokes]
        return placed

    def _typeset(self, text: str) -> NDArray[np.uint8] | None:
        """The same with a typeface's own outlines; None where it may lack a sign."""
        if not text.isascii():
            return None
        rng = self._rng
        font = self._fonts[int(rng.integers(len(self._fonts)))]
        gap = float(rng.uniform(0.12, 0.5)) * 78
        tracking = float(rng.choice([0.0, rng.uniform(-2, 8)]))
        words = text.split(" ")
        places, cursor = [], 0.0
        for word in words:
            places.append(cursor)
            cursor += font.getlength(word) + tracking * len(word) + gap
        width = round(cursor - gap)
        if not 8 < width < _WIDEST * 2:
            return None
        picture = Image.new("L", (width + 80, 200), 0)
        pen = ImageDraw.Draw(picture)
        for word, place in zip(words, places, strict=True):
            at = 40 + place
            for part in word if tracking else [word]:
                pen.text((at, 130), part, font=font, fill=255, anchor="ls")
                at += font.getlength(part) + tracking
        ink = np.asarray(picture)
        _, top, _, bottom = font.getbbox("Hx", anchor="ls")
        high = max(20.0, float(bottom - top))
        fill = float(np.clip(rng.normal(0.6, 0.08), 0.4, 0.8))
        tall = high / fill
        y = 130 + (top + bottom) / 2 - tall / 2 + rng.normal(0, 0.04) * tall
        before, after = np.abs(rng.normal(0.2, 0.14, 2)) * tall
        shear = float(rng.normal(0, 0.08))
        scale = _CANVAS / tall
        stretch = scale * math.exp(rng.normal(0, 0.15))
        matrix = np.array(
            [
                [stretch, stretch * shear, -stretch * (40 - before + shear * 130)],
                [0, scale, -scale * y],
            ]
        )
        size = (round((width + before + after) * stretch), _CANVAS)
        return np.asarray(cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def vary(wide: NDArray[np.uint8], margin: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A real line as it might have been photographed and cut as well.

    Args:
        wide: h x w x 3 BGR, the line with surroundings.
        margin: width of the surroundings on each side, in heights of the line.
        rng: source of chance.

    Returns:
        48 x w x 3 BGR.
    """
    h, w = wide.shape[:2]
    line = h / (1 + 2 * margin)
    x0, y0 = margin * line, margin * line
    corners = np.array([[x0, y0], [w - x0, y0], [w - x0, h - y0], [x0, h - y0]], np.float32)
    corners += rng.normal(0, 0.035 * line, (4, 2)).astype(np.float32)
    grow = rng.normal(0.02, 0.07, 2) * line
    corners += np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * grow.astype(np.float32)
    small = int(np.clip(line * math.exp(rng.uniform(-1.0, 0.25)), 12, 64))
    length = (w - 2 * x0 + 2 * grow[0]) / (line + 2 * grow[1]) * math.exp(rng.normal(0, 0.13))
    width = max(8, round(small * min(length, _WIDEST / HEIGHT)))
    fine = 2 if small < line * 0.7 else 1
    target = np.array([[0, 0], [width, 0], [width, small], [0, small]], np.float32) * fine
    matrix = cv2.getPerspectiveTransform(corners, target)
    picture = cv2.warpPerspective(
        wide,
        matrix,
        (width * fine, small * fine),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if fine > 1:
        picture = cv2.resize(picture, (width, small), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.6:
        picture = _bent(picture, rng)
    values = picture.astype(np.float32)
    if rng.random() < 0.5:
        # Another paper, another ink: channels mixed.
        mix = np.eye(3) + rng.normal(0, 0.25, (3, 3))
        values = np.clip(
            values @ (mix / mix.sum(axis=1, keepdims=True)).T.astype(np.float32), 0, 255
        )
    if rng.random() < 0.5:
        values = 255 * (values / 255) ** np.float32(math.exp(rng.normal(0, 0.3)))
    gain, shift = math.exp(rng.normal(0, 0.2)), rng.normal(0, 18)
    middle = float(values.mean())
    values = (values - middle) * np.float32(gain) + np.float32(middle + shift)
    return _finished(values, rng)


def _bent(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Moved by a smooth field of chance."""
    h, w = picture.shape[:2]
    cells = (max(2, round(2 * w / h)) + 1, 3)
    field = rng.normal(0, 0.035 * h, (2, cells[1], cells[0])).astype(np.float32)
    dx, dy = (cv2.resize(part, (w, h), interpolation=cv2.INTER_CUBIC) for part in field)
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return np.asarray(
        cv2.remap(picture, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _cased(text: str, rng: np.random.Generator) -> str:
    kind = rng.random()
    return text.upper() if kind < 0.3 else text.title() if kind < 0.45 else text


def _pen(rng: np.random.Generator, widest: float) -> _Pen:
    width = float(np.exp(rng.uniform(math.log(0.045), math.log(widest))))
    chisel = (0.0, 0.0)
    if rng.random() < 0.25:
        angle = rng.uniform(0, math.pi)
        size = rng.uniform(0.5, 1.2)
        chisel = (size * math.cos(angle), size * math.sin(angle))
    bleed = float(rng.uniform(1, 4)) if rng.random() < 0.3 else 0.0
    return _Pen(width, chisel, bleed)


def _placed(
    stroke: NDArray[np.float32],
    cap: float,
    origin: tuple[float, float],
    slope: float,
    bend: float,
    width: int,
) -> NDArray[np.float32]:
    """Capital heights to pixels of the canvas."""
    x = origin[0] + cap * stroke[:, 0]
    away = x - width / 2
    y = origin[1] - cap * stroke[:, 1] + slope * away + bend * away * away / max(width, 1)
    return np.stack([x, y], axis=1).astype(np.float32)


def _underline(
    rng: np.random.Generator, cap: float, origin: tuple[float, float], width: int
) -> NDArray[np.float32]:
    x = np.linspace(rng.uniform(-0.1, 0.3), rng.uniform(0.6, 1.1), 5) * width
    y = origin[1] + cap * (rng.uniform(0.1, 0.3) + rng.normal(0, 0.02, 5))
    return np.stack([x, y], axis=1).astype(np.float32)


def _stroke(
    canvas: NDArray[np.uint8], placed: Sequence[NDArray[np.float32]], cap: float, pen: _Pen
) -> None:
    thick = max(2, round(cap * pen.width * (0.7 if pen.chisel[0] or pen.chisel[1] else 1.0)))
    offsets = [(0.0, 0.0)]
    if pen.chisel[0] or pen.chisel[1]:
        offsets = [(f * thick * pen.chisel[0], f * thick * pen.chisel[1]) for f in (-0.5, 0, 0.5)]
    for offset in offsets:
        lines = [np.round((s + np.float32(offset)) * 8).astype(np.int32) for s in placed]
        # A dot is a line that goes nowhere.
        lines = [line if len(line) > 1 else np.repeat(line, 2, axis=0) for line in lines]
        cv2.polylines(
            canvas, lines, isClosed=False, color=255, thickness=thick, lineType=cv2.LINE_8, shift=3
        )


def _photographed(ink: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Coverage by ink to a picture in colour, at the recogniser's height."""
    height = int(np.exp(rng.uniform(math.log(15), math.log(60))))
    width = max(6, round(ink.shape[1] * height / _CANVAS))
    cover = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    values, brightest = inked(cover, height, rng)
    return _finished(values, rng, brightest=brightest)


def _finished(
    values: NDArray[np.float32], rng: np.random.Generator, *, brightest: float = 0.3
) -> NDArray[np.uint8]:
    """As a camera gives it, brought to the height that the recogniser wants."""
    height, width = values.shape[:2]
    picture = degraded(values, height, rng, brightest=brightest)
    final = (max(8, round(width * HEIGHT / height)), HEIGHT)
    middle = rng.random()
    if middle < 0.4:
        # The view of the note lies in between.
        factor = float(rng.uniform(1.0, 1.0 + max(0.0, HEIGHT / height - 1)))
        size = (max(6, round(width * factor)), max(8, round(height * factor)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    way = cv2.INTER_CUBIC if picture.shape[0] < HEIGHT else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, final, interpolation=way), np.uint8)
