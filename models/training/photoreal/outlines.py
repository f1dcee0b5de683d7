"""The outlines of notes: squares, speech bubbles, hearts and ticks.

Each shape has several drawings, because people buy and cut different ones. An
outline is a simple polygon in millimetres (y up, counter-clockwise, its bounding
box about the origin), sampled every two millimetres or so that it can bend.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.photoreal.specs import Outline, TextBox

__all__ = ["DRAWINGS", "bounds", "is_simple", "outline", "signed_area"]

Array = NDArray[np.float64]
_Drawing = tuple[Array, TextBox]


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, n: int) -> Array:
    """Points of an elliptic arc, degrees, ends included."""
    t = np.radians(np.linspace(start, end, n))
    return np.stack([cx + rx * np.cos(t), cy + ry * np.sin(t)], axis=1)


def _bezier(*control: tuple[float, float], n: int = 24) -> Array:
    """A cubic Bezier curve through four control points, the last point left out."""
    p = np.asarray(control, dtype=np.float64)
    t = np.linspace(0, 1, n, endpoint=False)[:, None]
    return np.asarray(
        (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
    )


def _rounded(width: float, height: float, radius: float) -> Array:
    w, h, r = width / 2, height / 2, radius
    return np.concatenate(
        [
            _arc(w - r, -h + r, r, r, -90, 0, 9),
            _arc(w - r, h - r, r, r, 0, 90, 9),
            _arc(-w + r, h - r, r, r, 90, 180, 9),
            _arc(-w + r, -h + r, r, r, 180, 270, 9),
        ]
    )


def _square(height: float) -> _Drawing:
    h = height / 2
    points = np.array([(-0.5, -h), (0.5, -h), (0.5, h), (-0.5, h)])
    return points, TextBox(0, 0, 0.86, 0.84 * height)


def _bubble_rounded() -> _Drawing:
    """A rounded rectangle; the tail leaves the lower edge near the left."""
    body = _rounded(1.0, 0.66, 0.13)
    tail = np.array([(-0.30, -0.33), (-0.34, -0.55), (-0.10, -0.33)])
    at = int(np.argmax(body[:, 0] > 0.3))
    return np.concatenate([tail, body[at:]]), TextBox(0, 0, 0.84, 0.55)


def _bubble_oval() -> _Drawing:
    """An ellipse whose tail sweeps out to the lower right."""
    body = _arc(0, 0, 0.5, 0.36, -38, 282, 72)
    tip = np.array([(0.40, -0.53)])
    first = _bezier(tuple(body[-1]), (0.14, -0.44), (0.26, -0.52), (0.40, -0.53), n=8)[1:]
    last = _bezier((0.40, -0.53), (0.37, -0.46), (0.37, -0.34), tuple(body[0]), n=8)[1:]
    return np.concatenate([body, first, tip, last]), TextBox(0, 0.01, 0.74, 0.47)


def _bubble_cloud() -> _Drawing:
    """A thought cloud of scallops with a stubby tail on the left."""
    t = np.radians(np.linspace(-112, 232, 260))
    wave = 1 + 0.11 * np.abs(np.sin(t * 6.5)) ** 0.7
    body = np.stack([0.45 * wave * np.cos(t), 0.335 * wave * np.sin(t)], axis=1)
    tail = np.array([(-0.36, -0.50)])
    return np.concatenate([body, tail]), TextBox(0, 0.01, 0.72, 0.47)


def _bubble_cut() -> _Drawing:
    """Cut with scissors: straight sides, chamfered corners, a long thin tail."""
    points = [(-0.42, -0.30), (-0.02, -0.34), (0.04, -0.58), (0.17, -0.335), (0.43, -0.32)]
    points += [(0.5, -0.22), (0.49, 0.24), (0.41, 0.33), (-0.40, 0.35), (-0.5, 0.26), (-0.5, -0.22)]
    return np.array(points), TextBox(0, 0, 0.84, 0.54)


def _heart_classic() -> _Drawing:
    t = np.linspace(0, 2 * math.pi, 120, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, y], axis=1)[::-1] / 32, TextBox(0, 0.06, 0.62, 0.38)


def _heart_round() -> _Drawing:
    """Two circles and two straight sides, as a punch cuts them."""
    right = _arc(0.235, 0.2, 0.265, 0.265, -42, 152, 34)
    left = _arc(-0.235, 0.2, 0.265, 0.265, 28, 222, 34)
    return np.concatenate([[(0.0, -0.46)], right, left]), TextBox(0, 0.12, 0.68, 0.40)


def _heart_tall() -> _Drawing:
    """A long heart with drawn-in sides and a pointed foot."""
    right = _bezier((0, -0.62), (0.10, -0.34), (0.5, -0.12), (0.5, 0.2), n=26)
    top = _bezier((0.5, 0.2), (0.5, 0.56), (0.08, 0.56), (0, 0.27), n=26)
    half = np.concatenate([right, top])
    mirror = half[1:][::-1] * np.array([-1.0, 1.0])
    return np.concatenate([half, [(0.0, 0.27)], mirror]), TextBox(0, 0.10, 0.66, 0.38)


def _heart_cut() -> _Drawing:
    """Cut free-hand: one lobe larger, a blunt foot that leans."""
    parts = [
        _bezier((0.04, -0.43), (0.22, -0.24), (0.50, -0.05), (0.49, 0.19)),
        _bezier((0.49, 0.19), (0.47, 0.44), (0.14, 0.46), (0.02, 0.23)),
        _bezier((0.02, 0.23), (-0.10, 0.52), (-0.50, 0.45), (-0.5, 0.15)),
        _bezier((-0.5, 0.15), (-0.49, -0.10), (-0.20, -0.25), (-0.03, -0.44)),
    ]
    return np.concatenate(parts), TextBox(0, 0.08, 0.68, 0.38)


def _tick_square() -> _Drawing:
    """Two strokes of one width that meet at a right angle."""
    points = [(-0.17, -0.40), (0.5, 0.27), (0.36, 0.41), (-0.17, -0.12), (-0.36, 0.07)]
    return np.array([*points, (-0.50, -0.07)]), TextBox(0.16, 0.07, 0.70, 0.15, 45)


def _tick_tapered() -> _Drawing:
    """A pen's tick: the short arm swells, the long one ends in a point."""
    parts = [
        _bezier((-0.14, -0.44), (0.06, -0.12), (0.26, 0.16), (0.52, 0.44), n=20),
        _bezier((0.52, 0.44), (0.20, 0.24), (-0.02, 0.02), (-0.15, -0.16), n=20),
        _bezier((-0.15, -0.16), (-0.19, -0.04), (-0.25, 0.06), (-0.32, 0.10), n=12),
        _bezier((-0.32, 0.10), (-0.42, 0.10), (-0.48, 0.05), (-0.50, -0.02), n=10),
        _bezier((-0.50, -0.02), (-0.36, -0.14), (-0.26, -0.30), (-0.14, -0.44), n=12),
    ]
    return np.concatenate(parts), TextBox(0.08, -0.02, 0.5, 0.11, 50)


def _tick_round() -> _Drawing:
    """A fat marker's tick with round ends and a sharp inner corner."""
    r = 0.105
    knee, short, long = np.array([-0.14, -0.29]), np.array([-0.38, -0.03]), np.array([0.39, 0.36])
    up, down = long - knee, short - knee
    a = math.degrees(math.atan2(up[1], up[0]))
    b = math.degrees(math.atan2(down[1], down[0]))
    inner = (a + b) / 2
    reach = r / math.sin(math.radians((b - a) / 2))
    notch = knee + reach * np.array([math.cos(math.radians(inner)), math.sin(math.radians(inner))])
    parts = [
        _arc(knee[0], knee[1], r, r, b + 90, a + 270, 10),
        _arc(long[0], long[1], r, r, a - 90, a + 90, 12),
        notch[None],
        _arc(short[0], short[1], r, r, b - 90, b + 90, 12),
    ]
    return np.concatenate(parts), TextBox(0.17, 0.09, 0.66, 0.15, a)


def _tick_swoosh() -> _Drawing:
    """A brush tick: a curved long arm that flares, a hooked short one."""
    parts = [
        _bezier((-0.22, -0.40), (-0.02, -0.30), (0.30, 0.02), (0.50, 0.30), n=20),
        _bezier((0.50, 0.30), (0.49, 0.38), (0.44, 0.45), (0.37, 0.47), n=8),
        _bezier((0.37, 0.47), (0.22, 0.18), (0.02, -0.06), (-0.17, -0.17), n=20),
        _bezier((-0.17, -0.17), (-0.22, -0.06), (-0.28, 0.02), (-0.36, 0.08), n=10),
        _bezier((-0.36, 0.08), (-0.44, 0.06), (-0.49, 0.0), (-0.50, -0.07), n=8),
        _bezier((-0.50, -0.07), (-0.38, -0.16), (-0.30, -0.28), (-0.22, -0.40), n=10),
    ]
    return np.concatenate(parts), TextBox(0.17, 0.03, 0.54, 0.13, 45)


DRAWINGS: dict[str, tuple[Callable[[], _Drawing], ...]] = {
    "square": (lambda: _square(1.0), lambda: _square(0.74), lambda: _square(1.02)),
    "bubble": (_bubble_rounded, _bubble_oval, _bubble_cloud, _bubble_cut),
    "heart": (_heart_classic, _heart_round, _heart_tall, _heart_cut),
    "tick": (_tick_square, _tick_tapered, _tick_round, _tick_swoosh),
}


def signed_area(points: Array) -> float:
    """Area of a polygon, positive when counter-clockwise with y up."""
    x, y = points[:, 0], points[:, 1]
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def bounds(points: Array) -> tuple[float, float]:
    """Width and height of a polygon's bounding box."""
    span = points.max(axis=0) - points.min(axis=0)
    return float(span[0]), float(span[1])


def is_simple(points: Array) -> bool:
    """Whether no two sides of the polygon cross (touching neighbours are fine)."""
    a, b = points, np.roll(points, -1, axis=0)
    n = len(points)

    def side(p: Array, q: Array, r: Array) -> Array:
        return np.asarray(
            (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1])
            - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])
        )

    a1, b1, a2, b2 = a[:, None], b[:, None], a[None], b[None]
    crossing = (side(a1, b1, a2) * side(a1, b1, b2) < 0) & (side(a2, b2, a1) * side(a2, b2, b1) < 0)
    gap = np.abs(np.arange(n)[:, None] - np.arange(n)[None])
    return not bool(np.any(crossing & (gap > 1) & (gap < n - 1)))


def _resample(points: Array, step: float) -> Array:
    """Sides cut into pieces no longer than `step`; every corner stays."""
    out: list[Array] = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        n = max(1, math.ceil(float(np.hypot(*(end - start))) / step))
        t = np.arange(n)[:, None] / n
        out.append(start + t * (end - start))
    return np.concatenate(out)


def outline(
    shape: str, drawing: int, width: float, rng: np.random.Generator, step: float = 2.0
) -> Outline:
    """A note's outline, `width` mm wide, with the small faults of a real cut.

    Args:
        shape: one of `specs.SHAPES`.
        drawing: which drawing of that shape; taken modulo their number.
        width: the wished width in mm.
        rng: where the faults of the cut come from.
        step: the longest side of the polygon in mm.
    """
    drawings = DRAWINGS[shape]
    index = drawing % len(drawings)
    points, box = drawings[index]()
    keep = np.hypot(*(points - np.roll(points, 1, axis=0)).T) > 1e-9
    points = _resample(points[keep] * width, step)
    fault = 0.0025 if shape == "square" and index < 2 else 0.008
    turn = np.arctan2(points[:, 1], points[:, 0])
    for k in (2, 3, 5):
        swell = fault * rng.normal() / k
        points = points * (1 + swell * np.cos(k * turn + rng.uniform(0, 6.3)))[:, None]
    if shape != "square" and rng.random() < 0.3:
        points[:, 1] *= rng.uniform(0.92, 1.08)
    mirrored = shape == "bubble" and rng.random() < 0.5
    if mirrored:
        points = points * np.array([-1.0, 1.0])
    if signed_area(points) < 0:
        points = points[::-1]
    x = -box.x if mirrored else box.x
    scaled = TextBox(x * width, box.y * width, box.width * width, box.height * width, box.angle)
    return Outline(shape, index, tuple((float(x), float(y)) for x, y in points), scaled)
