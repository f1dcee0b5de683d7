"""Simulated hands: strokes of letters, with the ways of one writer and the chances of one moment.

A hand takes most letters from one typeface and some from others, bends each letter in its own
way and keeps to that; every time it writes a letter it does so a little differently. Lengths are
in capital heights, y upwards from the baseline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.reading.faces import JOINED, PLAIN, PRINTING
from training.reading.skeletons import Glyph

__all__ = ["Hand", "Letter", "Written", "make_hand", "write"]

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """One letter as one hand has it."""

    points: Points
    """n x 2, all strokes one after the other, x from the left edge of the ink."""
    lengths: NDArray[np.intp]
    """Points of each stroke."""
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """The ways of one writer."""

    letters: Mapping[str, Letter]
    upper: float
    """Share of words in capitals: 0, 1, or in between for those who mix."""
    slant: float
    spacing: float
    """Between letters."""
    gap: float
    """Added between words."""
    narrow: float
    """Factor on all widths."""
    wobble: float
    """How much a letter differs from time to time."""
    jitter: float
    """The same of sizes and places."""
    wander: float
    """How far the baseline strays."""
    ends: float
    """How far strokes end short or go too far."""
    joined: float
    """How often two letters of a word are linked."""
    haste: float
    """How far the pen cuts corners, in capital heights: loops close up, small letters flatten."""
    fade: float
    """How much smaller letters are by the end of a long word."""
    small: float
    """Size of lower-case letters against capitals, beyond the typeface's own."""
    first: float
    """Size of the first letter of a word in capitals."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A line of writing."""

    strokes: list[Points]
    width: float
    low: float
    """Lowest and highest ink of the letters without descenders and ascenders."""
    high: float


def make_hand(faces: Mapping[str, Mapping[str, Glyph]], rng: np.random.Generator) -> Hand:
    """A writer nobody has met."""
    kind = rng.random()
    pool = PRINTING if kind < 0.62 else PLAIN if kind < 0.82 else JOINED
    pool = tuple(name for name in pool if name in faces) or tuple(faces)
    base = faces[pool[int(rng.integers(len(pool)))]]
    joined = kind >= 0.82
    others = [faces[n] for n in (*PRINTING, *PLAIN) if n in faces] or list(faces.values())
    mixing = 0.0 if joined else float(rng.choice([0.0, 0.2, 0.5, 0.9], p=[0.2, 0.3, 0.3, 0.2]))
    bend = abs(float(rng.normal(0.0, 0.028))) + 0.008
    round_off = float(rng.choice([0.0, 0.5, 1.0]))
    letters = {}
    for sign, own in base.items():
        glyph = own
        if rng.random() < mixing:
            other = others[int(rng.integers(len(others)))].get(sign)
            if other is not None:
                glyph = _like(other, own)
        letters[sign] = _letter(glyph, bend, round_off, rng)
    letters |= {sign: _letter(glyph, bend, 0.0, rng) for sign, glyph in _drawn(rng).items()}
    upper = float(rng.choice([1.0, 0.0, 0.4, 0.08], p=[0.55, 0.25, 0.05, 0.15]))
    if joined:
        upper = float(rng.random() < 0.1)
    tight = rng.random()
    links = float(joined and rng.random() < 0.5)
    hurried = rng.random() < 0.45
    if hurried and not joined:
        links = float(rng.choice([0.0, rng.uniform(0.1, 0.8)]))
    return Hand(
        letters=letters,
        upper=upper,
        slant=float(rng.normal(0.06, 0.13)),
        spacing=float(rng.uniform(-0.1, -0.02) if joined else rng.gamma(2.0, 0.07) - 0.03),
        gap=float(rng.uniform(0.12, 0.3) if tight < 0.35 else rng.uniform(0.25, 0.9))
        + 0.12 * joined,
        narrow=float(np.exp(rng.normal(0.0, 0.18))),
        wobble=(abs(float(rng.normal(0.0, 0.02))) + 0.006) * (0.6 if joined else 1.0),
        jitter=abs(float(rng.normal(0.0, 0.05))) + 0.01,
        wander=abs(float(rng.normal(0.0, 0.05))),
        ends=abs(float(rng.normal(0.0, 0.05))),
        joined=links,
        haste=float(rng.uniform(0.015, 0.075)) * (0.7 if joined else 1.0) if hurried else 0.0,
        fade=float(rng.uniform(0.0, 0.45)) if hurried else 0.0,
        small=float(np.exp(rng.normal(0.0, 0.1))),
        first=float(rng.uniform(1.15, 1.7)) if rng.random() < 0.2 else 1.0,
    )


def write(hand: Hand, text: str, rng: np.random.Generator) -> Written:
    """Write a line; signs that the hand does not know are left out."""
    signs, parts, counts, lengths, lefts = [], [], [], [], []
    cursor = 0.0
    squeeze = math.exp(rng.normal(0, 0.06))
    shouted = text.upper() == text
    begins = True
    place = 0  # in its word
    for sign in text:
        if sign == " ":
            cursor += max(0.09, hand.gap * math.exp(rng.normal(0, 0.25)))
            begins, place = True, 0
            continue
        letter = hand.letters.get(sign)
        if letter is None:
            continue
        if signs:
            cursor += hand.spacing + float(rng.normal(0, 0.4 * hand.jitter))
        faded = 1 - hand.fade * min(1.0, place / 7)
        place += 1
        size = hand.narrow * squeeze * faded
        small = hand.small if sign.islower() else 1.0
        if begins and shouted and sign.isalpha():
            small *= hand.first
        begins = False
        signs.append(sign)
        high = (1 + faded) / 2
        parts.append(letter.points * np.float32((size, high)) * np.float32(small))
        counts.append(len(letter.points))
        lengths.append(letter.lengths)
        lefts.append(cursor)
        cursor += letter.width * size * small
    if not parts:
        return Written([], max(cursor, 0.3), 0.0, 1.0)
    points = np.concatenate(parts)
    stroke_lengths = np.concatenate(lengths)
    glyph = np.repeat(np.arange(len(signs)), counts)
    stroke = np.repeat(np.arange(len(stroke_lengths)), stroke_lengths)
    points = _waved(points, glyph, len(signs), hand.wobble, rng)
    # Each stroke lands a little off, each letter is a little larger, turned, higher.
    points += rng.normal(0, 0.5 * hand.wobble, (len(stroke_lengths), 2)).astype(np.float32)[stroke]
    many = len(signs)
    scale = np.exp(rng.normal(0, hand.jitter, (many, 2))).astype(np.float32)
    turn = rng.normal(0, 0.8 * hand.jitter, many).astype(np.float32)[glyph]
    points *= scale[glyph]
    x, y = points[:, 0] - turn * points[:, 1], points[:, 1] + turn * points[:, 0]
    x += hand.slant * y + np.array(lefts, np.float32)[glyph]
    y += rng.normal(0, 0.6 * hand.jitter, many).astype(np.float32)[glyph]
    reach = max(2.0, cursor)
    for waves in (0.5, 1.3):
        angle = 2 * math.pi * (waves * x / reach + rng.random())
        y += hand.wander * np.sin(angle).astype(np.float32)
    points = np.stack([x, y], axis=1)
    ends = np.cumsum(stroke_lengths)
    starts = ends - stroke_lengths
    _stretch_ends(points, starts, ends, hand.ends, rng)
    strokes = [points[a:b] for a, b in zip(starts, ends, strict=True)]
    if hand.haste:
        strokes = [_hurried(stroke, hand.haste) for stroke in strokes]
    if hand.joined:
        links = _links(text, signs, points, glyph)
        strokes += [link for link in links if rng.random() < hand.joined]
    tall = any(s.isupper() or s in "bdfhklt0123456789" for s in signs)
    return Written(strokes, cursor, 0.0, 1.0 if tall else 0.65)


def _letter(glyph: Glyph, bend: float, round_off: float, rng: np.random.Generator) -> Letter:
    strokes = [_dense(stroke, round_off) for stroke in glyph.strokes]
    points = np.concatenate(strokes)
    points = _waved(points, np.zeros(len(points), np.intp), 1, bend, rng)
    points = points * np.exp(rng.normal(0, 0.6 * bend, 2)).astype(np.float32)
    left, right = float(points[:, 0].min()), float(points[:, 0].max())
    points = (points - np.float32((left, 0))).astype(np.float32)
    return Letter(points, np.array([len(s) for s in strokes], np.intp), right - left)


def _like(other: Glyph, own: Glyph) -> Glyph:
    """Another typeface's letter, as high as one's own."""
    theirs, mine = np.concatenate(other.strokes), np.concatenate(own.strokes)
    span = float(np.ptp(theirs[:, 1]))
    factor = float(np.ptp(mine[:, 1])) / span if span > 0.2 else 1.0
    if not 0.5 < factor < 2:
        return other
    shift = float(mine[:, 1].min()) - factor * float(theirs[:, 1].min())
    moved = tuple((s * factor + (0, shift)).astype(np.float32) for s in other.strokes)
    return Glyph(moved, other.left * factor, other.right * factor)


def _dense(stroke: Points, round_off: float) -> Points:
    """More points, corners cut where the hand rounds them off."""
    if len(stroke) < 2:
        return stroke.astype(np.float32)
    points = stroke.astype(np.float32)
    for _ in range(2):
        a, b = points[:-1], points[1:]
        near = np.float32(0.25 if round_off else 0.12)
        cut = np.stack([a + (b - a) * near, b - (b - a) * near], axis=1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
        if round_off < 1.0:
            break
    return points


def _waved(
    points: Points, group: NDArray[np.intp], groups: int, size: float, rng: np.random.Generator
) -> Points:
    """Points moved along slow waves, differently in each group."""
    if size <= 0:
        return points
    result = points.copy()
    for _ in range(2):
        way = rng.normal(0, 0.9, (groups, 2)).astype(np.float32)
        phase = rng.uniform(0, 2 * math.pi, groups).astype(np.float32)
        amount = rng.normal(0, 1.3 * size, (groups, 2)).astype(np.float32)
        angle = 2 * np.float32(math.pi) * (points * way[group]).sum(axis=1) + phase[group]
        result += np.sin(angle)[:, None] * amount[group]
    return result


def _stretch_ends(
    points: Points,
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    size: float,
    rng: np.random.Generator,
) -> None:
    """Strokes begin and end a little early or late."""
    long = (ends - starts) > 2
    for here, inner in ((starts[long], starts[long] + 1), (ends[long] - 1, ends[long] - 2)):
        way = points[here] - points[inner]
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 0.03)
        points[here] += way * rng.normal(0.3 * size, size, (len(here), 1)).astype(np.float32)


def _hurried(stroke: Points, haste: float) -> Points:
    """A stroke whose corners are cut and whose loops are closed up, its ends where they were."""
    steps = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    length = float(steps.sum())
    if len(stroke) < 3 or length < 2 * haste:
        return stroke
    count = max(6, min(60, round(length / 0.04)))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    even = np.linspace(0, length, count)
    points = np.stack([np.interp(even, along, stroke[:, axis]) for axis in (0, 1)], axis=1)
    sigma = haste * count / length
    soft = cv2.GaussianBlur(
        np.ascontiguousarray(points, np.float32), (1, 0), sigmaX=0.01, sigmaY=sigma,
        borderType=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(soft, np.float32)


def _links(
    text: str, signs: Sequence[str], points: Points, glyph: NDArray[np.intp]
) -> list[Points]:
    """Lines from the end of one letter to the start of the next, within words."""
    links = []
    number = 0
    after_space = False
    for sign in text:
        if sign == " ":
            after_space = True
            continue
        if number >= len(signs) or sign != signs[number]:
            continue
        if number and not after_space and sign.islower() and signs[number - 1].isalpha():
            a, b = points[glyph == number - 1], points[glyph == number]
            low = a[a[:, 1] < 0.45]
            out = (low if len(low) else a)[np.argmax((low if len(low) else a)[:, 0])]
            to = b[np.argmin(b[:, 0])]
            if np.linalg.norm(to - out) < 0.6:
                middle = (out + to) / 2 - np.float32((0, 0.06))
                links.append(np.stack([out, middle, to]).astype(np.float32))
        number += 1
        after_space = False
    return links


def _drawn(rng: np.random.Generator) -> dict[str, Glyph]:
    """Signs that are drawn rather than written: arrows, boxes, ticks."""
    wide = float(rng.uniform(0.6, 1.1))
    head = float(rng.uniform(0.15, 0.3))
    point = [(wide - head, 0.45 + head), (wide, 0.45), (wide - head, 0.45 - head)]
    arrow = [[(0, 0.45), (wide, 0.45)], point]
    side = float(rng.uniform(0.5, 0.9))
    box = [[(0, 0.05), (side, 0.05), (side, side), (0, side), (0, 0.05)]]
    if rng.random() < 0.25:
        box = [[(0, 0.05), (side, 0.05), (side / 2, side), (0, 0.05)]]
    tick = [[(0, 0.4), (0.25, 0.05), (0.7, 0.9)]]
    dot = [[(0.05, 0.45)], [(0.0, 0.45), (0.08, 0.5), (0.1, 0.42), (0.02, 0.4)]]
    made = {"→": arrow, "□": box, "✓": tick, "•": dot}
    return {
        sign: Glyph(tuple(np.array(s, np.float32) for s in strokes), 0.0, 1.0)
        for sign, strokes in made.items()
    }
