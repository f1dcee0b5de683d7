"""Where notes hang: people put them near others, over others, seldom straight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.photoreal.fonts import can_write
from training.photoreal.outlines import outline
from training.photoreal.paper import placed
from training.photoreal.specs import COLOURS, Hand, NoteSpec

__all__ = ["Wish", "arrange", "random_hand"]

GRID = 3.0
DARK_INKS = ("black", "black", "black", "blue", "blue", "royal", "red", "green", "purple")
TINTS = {
    "square": ("yellow", "yellow", "pink", "blue", "orange", "green"),
    "bubble": ("white", "yellow", "blue", "green", "orange"),
    "heart": ("pink", "pink", "orange", "white", "yellow"),
    "tick": ("green", "green", "yellow", "blue", "white", "orange"),
}
UNJOINED_CAPITALS = frozenset({"homemade-apple", "nothing-you-could-do", "reenie-beanie"})


@dataclass(frozen=True, slots=True)
class Wish:
    """A note somebody wants to put up: its shape and what is on it ("" for a mere vote)."""

    shape: str
    text: str = ""
    colour: str = ""


def random_hand(fonts: Sequence[str], rng: np.random.Generator) -> Hand:
    """Somebody's handwriting and pen."""
    font = fonts[int(rng.integers(len(fonts)))]
    capitals = bool(rng.random() < 0.25) and font not in UNJOINED_CAPITALS
    joined = font in UNJOINED_CAPITALS
    neatness = rng.uniform(0.75, 0.95) if joined else rng.uniform(0.15, 0.85)
    ink = DARK_INKS[int(rng.integers(len(DARK_INKS)))]
    pen = float(rng.choice([0.45, 0.7, 0.9, 1.2, 1.5], p=[0.15, 0.25, 0.25, 0.2, 0.15]))
    x_height = rng.uniform(7.5, 14.5) * (0.85 if capitals else 1.0) + 0.6 * (pen - 0.8)
    return Hand(font, x_height, pen, ink, float(rng.normal(3, 5)), float(neatness), capitals)


def _width(shape: str, letters: int, rng: np.random.Generator) -> float:
    """How wide a note somebody takes who has so much to say (mm)."""
    if shape == "square":
        return float(rng.choice([76, 76, 101]) if letters < 45 else rng.choice([101, 101, 127]))
    if shape == "bubble":
        return float(rng.uniform(118, 138) + min(42, letters * 0.55))
    if shape == "heart":
        return float(rng.uniform(84, 108) + min(46, letters * 1.3))
    return float(rng.uniform(92, 120) + min(60, letters * 4.0))


def _angle(rng: np.random.Generator) -> float:
    p = rng.random()
    if p < 0.80:
        return float(rng.normal(0, 4.5))
    return float(rng.choice([-1, 1]) * (rng.uniform(10, 24) if p < 0.95 else rng.uniform(24, 48)))


def _mask(note: NoteSpec, shape: tuple[int, int], origin: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The board cells that a note covers."""
    drawn = outline(note.shape, note.drawing, note.width, np.random.default_rng(note.seed))
    points = placed(np.asarray(drawn.points), note)
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [((points - origin) / GRID).astype(np.int32)], 1)
    return mask > 0


def arrange(
    wishes: Sequence[Wish], fonts: Sequence[str], area: tuple[float, float, float, float],
    rng: np.random.Generator, *, overlap: float = 0.28, crowd: float = 0.35, pale: bool = False,
) -> tuple[NoteSpec, ...]:  # fmt: skip
    """Hang notes in `area` (left, bottom, right, top; mm), the first wish first.

    Args:
        wishes: what people want to say.
        fonts: the handwriting families to choose from; the first can write anything.
        area: where there is room.
        rng: chance.
        overlap: share of notes put partly over another on purpose.
        crowd: the largest share of a note that one put over it may cover.
        pale: the board is white, so people mostly take coloured paper.
    """
    left, bottom, right, top = area
    origin = np.array([left - 60, bottom - 60])
    cells = (int((top - bottom + 120) / GRID), int((right - left + 120) / GRID))
    hung: list[NoteSpec] = []
    masks: list[NDArray[np.bool_]] = []
    hands = [random_hand(fonts, rng) for _ in range(max(4, len(wishes) // 2))]
    for wish in wishes:
        hand = hands[int(rng.integers(len(hands)))]
        wide = hand.font == "rock-salt" and len(wish.text) > 25
        if wide or not can_write(hand.font, wish.text):
            hand = replace(hand, font=fonts[0])
        width = _width(wish.shape, len(wish.text), rng)
        colour = wish.colour or (
            str(rng.choice(TINTS[wish.shape])) if rng.random() < 0.85 else str(rng.choice(COLOURS))
        )
        if pale and colour == "white" and rng.random() < 0.85:
            colour = str(rng.choice(["yellow", "blue", "green", "pink", "orange"]))
        drawing = int(rng.integers(12))
        if wish.shape == "tick" and wish.text and drawing % 4 == 1:
            drawing += 1  # the pen's tick is too thin to write on
        note = NoteSpec(
            wish.shape, drawing, colour, wish.text, hand, width, 0.0, 0.0,
            _angle(rng), float(rng.beta(1.7, 1.9)), int(rng.integers(2**31)),
        )  # fmt: skip
        place = _place(note, hung, masks, area, (cells, origin), rng, overlap, crowd)
        if place is None:
            continue
        note = replace(note, x=place[0], y=place[1])
        mask = _mask(note, cells, origin)
        for i, under in enumerate(masks):
            if bool((under & mask).any()):
                hung[i] = replace(hung[i], curl=hung[i].curl * 0.15)
                note = replace(note, curl=note.curl * 0.6)
        hung.append(note)
        masks.append(mask)
    return tuple(hung)


def _place(
    note: NoteSpec, hung: Sequence[NoteSpec], masks: Sequence[NDArray[np.bool_]],
    area: tuple[float, float, float, float], grid: tuple[tuple[int, int], NDArray[np.float64]],
    rng: np.random.Generator, overlap: float, crowd: float,
) -> tuple[float, float] | None:  # fmt: skip
    """A free place, or one over another note; None where the board is full."""
    left, bottom, right, top = area
    half = note.width * 0.45
    over = bool(hung) and rng.random() < overlap
    taken = np.any(masks, axis=0) if masks else np.zeros(grid[0], np.bool_)
    roomy = cv2.dilate(taken.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    best: tuple[float, tuple[float, float]] | None = None
    free: list[tuple[float, float]] = []
    wanted = 1 if rng.random() < 0.35 else 7
    for attempt in range(260):
        if over and attempt < 60:
            near = hung[int(rng.integers(len(hung)))]
            reach = 0.5 * (near.width + note.width)
            turn = rng.uniform(0, 6.283)
            far = reach * rng.uniform(0.55, 0.85)
            x, y = near.x + far * np.cos(turn), near.y + 0.8 * far * np.sin(turn)
        else:
            x, y = rng.uniform(left + half, right - half), rng.uniform(bottom + half, top - half)
        if not (left + half <= x <= right - half and bottom + half <= y <= top - half):
            continue
        mask = _mask(replace(note, x=float(x), y=float(y)), *grid)
        shares = [float((m & mask).sum() / m.sum()) for m in masks]
        worst = max(shares, default=0.0)
        if over and attempt < 60:
            if 0.03 < worst < crowd and sum(s > 0 for s in shares) <= 2:
                return float(x), float(y)
            continue
        covered = float((roomy & mask).sum() / mask.sum())
        if covered == 0:
            free.append((float(x), float(y)))
            if len(free) == wanted:
                break
            continue
        if worst < 0.12 and (best is None or covered < best[0]):
            best = (covered, (float(x), float(y)))
    if free:  # people like elbow room: of a few free places the loneliest
        others = np.array([(n.x, n.y) for n in hung]).reshape(-1, 2)
        return max(free, key=lambda p: float(np.hypot(*(others - p).T).min(initial=1e9)))
    return best[1] if best and best[0] < 0.2 else None
