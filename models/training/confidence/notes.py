"""Generated notes for fitting: single notes drawn flat, photographed badly, truth known.

Quick to make (30 a second) where the scene generator of `training.photoreal` takes half a minute
a board; it shares that generator's handwriting. The texts mix phrases with random words, names,
numbers and abbreviations, so that a dictionary is right about as often as it is on real notes.
"""

from __future__ import annotations

import copy
import functools
import importlib.resources
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.records import Polygon, Shape
from training.drawings import draw_face
from training.photoreal.handwriting import MARGIN, write
from training.photoreal.specs import Hand

__all__ = ["GeneratedNote", "make_note"]

FONTS = (
    "architects-daughter", "caveat", "covered-by-your-grace", "gloria-hallelujah",
    "homemade-apple", "indie-flower", "kalam", "nanum-pen-script", "patrick-hand",
    "permanent-marker", "reenie-beanie", "rock-salt", "shadows-into-light", "short-stack",
    "shantell-sans", "gaegu", "annie-use-your-telescope", "the-girl-next-door",
    "nothing-you-could-do", "crafty-girls", "swanky-and-moo-moo",
)  # fmt: skip
_PAPERS = (
    (250, 240, 120), (255, 225, 90), (255, 170, 60), (255, 130, 160), (240, 90, 150),
    (150, 220, 250), (90, 180, 230), (170, 230, 120), (110, 200, 90), (245, 245, 240),
    (235, 225, 205), (200, 170, 230), (250, 250, 250),
)  # fmt: skip
_INKS = ((20, 20, 25), (30, 40, 110), (25, 25, 25), (150, 25, 30), (20, 80, 45), (60, 60, 70))
_NAMES = ("Karin", "Tomasz", "Aisha", "Ben", "Ms Okafor", "Priya", "Jörg", "Mateo", "Yuki", "Sian")
_SHORTHAND = (
    "MVP", "UX", "API", "w/", "b/c", "KPI", "Q3", "2nd", "24/7", "e.g.", "vs", "R&D", "FAQ",
    "PDF", "IT", "HR", "NGO", "CC-BY", "DIY", "A4", "10%", "£50", "3x", "9.30", "2026", "→", "&",
)  # fmt: skip
_LEAST_DRAWN = 0.0015
"""Least share of a note's square that a drawing on it covers."""
_TRACE, _STROKE = 12, 25
"""Least difference, in Lab of 8 bits, that writing makes to so many pixels of its photo where a person
sees it; less is lost in glare, grain and compression."""
_GLUE = (
    "the", "a", "to", "of", "and", "for", "in", "with", "is", "not", "we", "our", "on", "more",
    "need", "how", "what", "who", "can", "make", "no", "be", "by", "all", "better", "have",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedNote:
    """A small photo of one note, its outline and what is written on it."""

    photo: NDArray[np.uint8]
    polygon: Polygon
    shape: Shape
    text: str
    """Empty where there is nothing to read."""
    legible: str
    """`full`; `blank` for bare paper, with or without a pin, a smudge or a strip of board; `none`
    for strokes that nobody can read: scribbles, blots; `drawn` for a face, an arrow, a line, dots, which are
    no writing, but not bare paper either; `unseen` for writing of which the
    photo shows nothing, which says nothing of any reader."""


def make_note(seed: int) -> GeneratedNote:
    """One note; the same seed gives the same note."""
    rng = np.random.default_rng(seed)
    shape = Shape(str(rng.choice(["square", "bubble", "heart", "tick"], p=[0.55, 0.25, 0.1, 0.1])))
    vote = shape in (Shape.HEART, Shape.TICK)
    blank = rng.random() < {Shape.TICK: 1.0, Shape.HEART: 0.7}.get(shape, 0.1)
    side = 500
    paper = np.array(_PAPERS[int(rng.integers(len(_PAPERS)))], np.float32)
    ink_colour = np.array(_INKS[int(rng.integers(len(_INKS)))], np.float32)
    if paper.mean() < 140:
        ink_colour = np.array((245, 245, 245), np.float32)
    ink = np.zeros((side, side), np.float32)
    text = ""
    if not blank:
        margin = {Shape.SQUARE: rng.uniform(0.06, 0.16), Shape.BUBBLE: rng.uniform(0.17, 0.26)}
        ink, text = _written(rng, side, margin.get(shape, rng.uniform(0.25, 0.32)), small=vote)
    legible = "blank" if blank else "full"
    if rng.random() < (0.25 if blank else 0.08):
        strokes, like_writing = _drawing(rng, side, keep_clear=not blank)
        ink = np.maximum(ink, strokes)
        if blank:
            legible = "none" if like_writing else "drawn"
    strength = float(rng.uniform(0.35, 1.0))
    note = paper * (1 - ink[..., None] * strength) + ink_colour * ink[..., None] * strength
    grain = rng.normal(0, 2.0, note.shape)
    note += grain
    if legible == "blank":
        note = _with_what_is_no_writing(note, rng)
    again = copy.deepcopy(rng)
    made = _photographed(note, ink, shape, text, legible, rng)
    if legible == "full":
        bare = _photographed(paper + grain, ink, shape, text, legible, again)
        if not _can_be_seen(made.photo, bare.photo):
            return replace(made, legible="unseen")
    return made


def _can_be_seen(written: NDArray[np.uint8], bare: NDArray[np.uint8]) -> bool:
    """Whether writing left a trace in a photo: what glare and distance took, nobody can read."""
    pair = [
        cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_BGR2LAB), (3, 3), 0)
        for photo in (written, bare)
    ]
    apart = cv2.absdiff(*pair).max(axis=2)
    return float(np.sort(apart, axis=None)[-_STROKE]) >= _TRACE


def _written(
    rng: np.random.Generator, side: int, margin: float, *, small: bool
) -> tuple[NDArray[np.float32], str]:
    scale = 5.0  # pixels a mm: a note of 100 mm
    box = side * (1 - 2 * margin) / scale
    capitals = bool(rng.random() < 0.45)
    hand = Hand(
        str(rng.choice(FONTS)),
        float(rng.uniform(5.0, 11.0)),
        float(rng.choice([0.45, 0.7, 0.9, 1.2, 1.5])),
        "black",
        float(rng.normal(2, 5)),
        float(rng.uniform(0.25, 0.9)),
        capitals,
    )
    text = _phrase(rng, 2 if small else 14)
    done = write(text, hand, box, box, scale, rng)
    if done.lines[0] == "-" and len(done.lines) > 1:
        # Nobody gives a bullet a line of its own.
        done = write(text.removeprefix("- "), hand, box, box, scale, rng)
    pad = round(MARGIN * scale)
    ink = np.zeros((side, side), np.float32)
    x = y = round(side * margin) - pad
    h, w = done.ink.shape
    y0, x0 = max(0, y), max(0, x)
    y1, x1 = min(side, y + h), min(side, x + w)
    ink[y0:y1, x0:x1] = done.ink[y0 - y : y1 - y, x0 - x : x1 - x]
    return ink, "\n".join(done.lines)


def _phrase(rng: np.random.Generator, most: int) -> str:
    count = int(rng.integers(1, most + 1)) if rng.random() < 0.8 else int(rng.integers(1, 4))
    if rng.random() < 0.05:
        return str(rng.integers(0, 100))
    words = []
    for _ in range(count):
        kind = rng.random()
        if kind < 0.38:
            words.append(str(rng.choice(_GLUE)))
        elif kind < 0.88:
            words.append(str(rng.choice(_vocabulary()[0], p=_vocabulary()[1])))
        elif kind < 0.92:
            words.append(str(rng.choice(_NAMES)))
        elif kind < 0.97:
            words.append(str(rng.choice(_SHORTHAND)))
        else:
            words.append(str(rng.choice(_vocabulary()[0])) + str(rng.choice(["-", "/"])) + "up")
    if rng.random() < 0.5:
        words[0] = words[0][:1].upper() + words[0][1:]
    text = " ".join(words)
    text += str(rng.choice(["", "", "", "?", "!", ".", "..."]))
    return ("- " if rng.random() < 0.06 else "") + text


@functools.cache
def _vocabulary() -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    path = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    rows = [line.split() for line in path.read_text(encoding="utf-8-sig").splitlines()[:20000]]
    rows = [(word, int(count)) for word, count in rows if len(word) > 2]
    weights = np.array([count for _, count in rows], np.float64) ** 0.5
    return np.array([word for word, _ in rows]), weights / weights.sum()


def _drawing(
    rng: np.random.Generator, side: int, *, keep_clear: bool
) -> tuple[NDArray[np.float32], bool]:
    """Strokes that are no letters: a face, an arrow, a scribble, a blot, a line, a few
    dots; and whether they may be writing that nobody can read."""
    canvas = np.zeros((side, side), np.uint8)
    pen = int(rng.integers(3, 9))
    size = int(rng.integers(30, 70) if keep_clear else rng.integers(40, 150))
    x, y = (int(v) for v in rng.integers(side // 4, 3 * side // 4, 2))
    if keep_clear:
        x, y = int(side * 0.88), int(side * 0.9)
        size = min(size, 40)
    kind = int(rng.integers(6))
    if kind == 0:
        draw_face(canvas, (x, y), size, pen)
    elif kind == 1:
        end = (x + int(rng.integers(-size, size)), y + int(rng.integers(-size, size)))
        cv2.arrowedLine(canvas, (x, y), end, 255, pen, tipLength=0.3)
    elif kind == 2:
        points = np.cumsum(rng.normal(0, size / 5, (30, 2)), axis=0) + np.array([x, y])
        cv2.polylines(canvas, [points.astype(np.int32)], isClosed=False, color=255, thickness=pen)
    elif kind == 3:
        for _ in range(int(rng.integers(4, 9))):  # a word struck out, a blot: nobody can read it
            across = rng.normal(0, [size / 2, size / 6], (2, 2)) + np.array([x, y])
            cv2.line(canvas, *(tuple(p) for p in across.astype(int).tolist()), 255, 2 * pen)
    elif kind == 4:
        cv2.line(canvas, (x - size, y), (x + size, y + int(rng.integers(-9, 9))), 255, pen)
    else:
        for _ in range(int(rng.integers(3, 8))):
            dot = (x + int(rng.integers(-size, size)), y + int(rng.integers(-size, size)))
            cv2.circle(canvas, dot, pen, 255, -1)
    return canvas.astype(np.float32) / 255, kind in (2, 3)


def _with_what_is_no_writing(
    note: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Bare paper as it hangs on boards: pins, smudges, creases, a strip of board beside it."""
    side = note.shape[0]
    colour = rng.uniform(20, 240, 3)
    cover = np.zeros((side, side), np.float32)
    kind = int(rng.integers(8))
    x, y = (int(v) for v in rng.integers(side // 8, 7 * side // 8, 2))
    if kind == 0:
        y = int(rng.integers(side // 20, side // 4))
        cv2.circle(cover, (x, y), int(rng.uniform(0.022, 0.07) * side), 1.0, -1)
    elif kind == 1:
        size = int(rng.uniform(0.06, 0.2) * side)
        cv2.ellipse(cover, (x, y), (size, size // 2), float(rng.uniform(0, 180)), 0, 360, 0.4, -1)
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), size / 3), np.float32)
        colour = note.mean(axis=(0, 1)) * 0.5
    elif kind == 2:
        width = int(rng.uniform(0.01, 0.08) * side)
        cover[:, :width] = 1.0
        cover = np.ascontiguousarray(np.rot90(cover, int(rng.integers(4))))
    elif kind == 3:
        end = (int(rng.integers(side)), int(rng.integers(side)))
        cv2.line(cover, (x, y), end, 0.35, int(rng.integers(12, 40)))
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 9), np.float32)
        colour = note.mean(axis=(0, 1)) * rng.choice([0.6, 1.3])
    else:
        return note
    return note * (1 - cover[..., None]) + colour.astype(np.float32) * cover[..., None]


def _photographed(
    note: NDArray[np.float32],
    ink: NDArray[np.float32],
    shape: Shape,
    text: str,
    legible: str,
    rng: np.random.Generator,
) -> GeneratedNote:
    side = note.shape[0]
    outline = _outline(shape, side, rng)
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
    inner = cv2.erode(mask, np.ones((25, 25), np.uint8)) > 0
    if legible in ("none", "drawn") and ink[inner].sum() < _LEAST_DRAWN * side * side:
        legible = "blank"  # it was drawn beside the paper
    size = float(np.exp(rng.uniform(np.log(105), np.log(460))))
    turn = float(rng.normal(0, 5) if rng.random() < 0.9 else rng.uniform(-25, 25))
    frame = round(size * 1.6)
    centre = np.array([side / 2, side / 2])
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float64)
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = ((corners - centre) * size / side) @ rotation.T + frame / 2
    target += rng.normal(0, 0.025 * size, (4, 2))
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))
    board = np.full((frame, frame, 3), rng.uniform(150, 250, 3), np.float32)
    board += rng.normal(0, 3, board.shape)
    fine = 2
    big = np.diag([fine, fine, 1.0]) @ matrix
    drawn = cv2.warpPerspective(note, big, (frame * fine, frame * fine), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(mask, big, (frame * fine, frame * fine))
    drawn = cv2.resize(drawn, (frame, frame), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(cover, (frame, frame), interpolation=cv2.INTER_AREA)[..., None] / 255.0
    shadow = cv2.GaussianBlur(cover, (0, 0), max(1.0, size / 60))[..., None]
    photo = board * (1 - 0.3 * np.roll(shadow, round(size / 50), axis=(0, 1)))
    photo = photo * (1 - cover) + drawn * cover
    slope = rng.normal(0, 0.25, 2)
    ys, xs = np.mgrid[0:frame, 0:frame] / frame - 0.5
    light = rng.uniform(0.45, 1.1) * (1 + slope[0] * xs + slope[1] * ys)
    photo = photo * light[..., None] * rng.uniform(0.9, 1.1, 3)
    if rng.random() < 0.08:
        spot = rng.uniform(0.3, 0.7, 2) * frame
        glare = np.exp(
            -((xs * frame + frame / 2 - spot[0]) ** 2 + (ys * frame + frame / 2 - spot[1]) ** 2)
            / (0.2 * size) ** 2
        )
        photo = photo + 120 * glare[..., None]
    photo = cv2.GaussianBlur(photo, (0, 0), float(rng.choice([0.3, 0.5, 0.7, 1.1])))
    photo = np.clip(photo + rng.normal(0, rng.uniform(1, 7), photo.shape), 0, 255)
    quality = int(rng.integers(55, 95))
    _, data = cv2.imencode(
        ".jpg", photo.astype(np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    seen = cv2.perspectiveTransform(outline.reshape(1, -1, 2), matrix).reshape(-1, 2)
    # Outlines as a segmenter finds them: a little off.
    seen = seen + rng.normal(0, 0.006 * size, 2) + rng.normal(0, 0.004 * size, seen.shape)
    polygon = tuple((float(x), float(y)) for x, y in seen)
    photo_bytes = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return GeneratedNote(np.asarray(photo_bytes, np.uint8), polygon, shape, text, legible)


def _outline(shape: Shape, side: int, rng: np.random.Generator) -> NDArray[np.float64]:
    if shape is Shape.SQUARE:
        ratio = float(rng.uniform(0.75, 1.0))
        half = side / 2
        top = half * (1 - ratio) if rng.random() < 0.4 else 0.0
        return np.array([[0, top], [side, top], [side, side - top], [0, side - top]], np.float64)
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    if shape is Shape.BUBBLE:
        x, y = np.cos(angles), np.sin(angles)
        power = float(rng.uniform(0.4, 0.8))
        x, y = np.sign(x) * np.abs(x) ** power, np.sign(y) * np.abs(y) ** power
        points = np.stack([x, y], axis=1)
        points[14] += (float(rng.uniform(-0.1, 0.3)), 0.25)
    elif shape is Shape.HEART:
        x = np.sin(angles) ** 3
        y = -(13 * np.cos(angles) - 5 * np.cos(2 * angles) - 2 * np.cos(3 * angles)) / 17
        points = np.stack([x, y], axis=1)[::-1]
        points = points[::-1]
    else:
        points = np.array(
            [[-1, 0.05], [-0.6, -0.25], [-0.25, 0.2], [0.7, -0.95], [1, -0.6], [-0.2, 0.95]]
        )
    centred = points / np.abs(points).max() * (side / 2 - 2) + side / 2
    return np.asarray(centred, np.float64)
