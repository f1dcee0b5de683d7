"""Outlines of paper notes in many drawings, for training only.

An outline is an array of points (n, 2), y down, roughly inside the unit square around the
origin, dense enough to be bent. Every call draws another one: the families below and their
random numbers are meant to be wider than what shops sell and people cut.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["SHAPES", "densify", "outline"]

Array = NDArray[np.float64]

_TAIL = 1.015
"""Least area of a bubble over that of its body."""

SHAPES = ("square", "bubble", "heart", "tick", "other")


def outline(rng: Generator, shape: str) -> Array:
    """A new outline of a shape, centred on the origin, its longer side about 1."""
    points = _DRAW[shape](rng)
    if shape != "square":
        points = _hand_cut(rng, points)
    low, high = points.min(axis=0), points.max(axis=0)
    return densify((points - (low + high) / 2) / float((high - low).max()), 0.025)


def densify(points: Array, step: float) -> Array:
    """The same closed outline with points at least every `step`."""
    parts = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        n = max(1, math.ceil(float(np.hypot(*(end - start))) / step))
        t = np.arange(n)[:, None] / n
        parts.append(start + (end - start) * t)
    return np.concatenate(parts)


def _hand_cut(rng: Generator, points: Array) -> Array:
    """Scissors waver: a slow random change of every radius, and a slight shear and squeeze."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    strength = rng.uniform(0, 0.03)
    radius = np.ones(len(points))
    for k in range(2, 6):
        radius += strength / k * np.sin(k * angle + rng.uniform(0, 2 * math.pi))
    shear = np.array([[1, rng.normal(0, 0.05)], [rng.normal(0, 0.05), 1]])
    return np.asarray((points * radius[:, None]) @ shear * rng.uniform(0.85, 1.15, 2))


def _square(rng: Generator) -> Array:
    aspect = 1.0 if rng.random() < 0.6 else float(np.exp(rng.uniform(-0.75, 0.75)))
    w, h = 0.5 * math.sqrt(aspect), 0.5 / math.sqrt(aspect)
    corners = np.array([(-w, -h), (w, -h), (w, h), (-w, h)])
    corners += rng.normal(0, 0.012, corners.shape)
    draw = rng.random()
    if draw < 0.12:
        return _round(corners, rng.uniform(0.01, 0.06))
    if draw < 0.2:  # a corner folded over or cut off
        k = int(rng.integers(4))
        cut = rng.uniform(0.05, 0.22)
        before, at, after = corners[k - 1], corners[k], corners[(k + 1) % 4]
        pair = [at + (before - at) * cut, at + (after - at) * cut * rng.uniform(0.5, 1.5)]
        return np.concatenate([corners[:k], pair, corners[k + 1 :]])
    if draw < 0.24:  # torn
        points = densify(corners, 0.03)
        return np.asarray(points + rng.normal(0, 0.006, points.shape))
    return corners


def _round(points: Array, radius: float) -> Array:
    shape = shapely.Polygon(points).buffer(-radius).buffer(radius, quad_segs=6)
    return _ring(shape)


def _ring(shape: shapely.Geometry) -> Array:
    pieces = [p for p in getattr(shape, "geoms", [shape]) if isinstance(p, shapely.Polygon)]
    largest = max(pieces, key=lambda p: p.area)
    return np.asarray(largest.exterior.coords)[:-1, :2]


def _superellipse(rx: float, ry: float, power: float, n: int = 72) -> Array:
    t = np.linspace(0, 2 * math.pi, n, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    x = np.sign(c) * np.abs(c) ** (2 / power) * rx
    y = np.sign(s) * np.abs(s) ** (2 / power) * ry
    return np.stack([x, y], axis=1)


def _body(rng: Generator) -> shapely.Polygon:
    w, h = 0.5, 0.5 * rng.uniform(0.5, 1.0)
    kind = rng.random()
    if kind < 0.5:
        box = shapely.box(-w, -h, w, h)
        radius = rng.choice([0.0, 0.03, rng.uniform(0.05, 0.9 * h)])
        return box.buffer(-radius).buffer(radius, quad_segs=8) if radius else box
    if kind < 0.75:
        return shapely.Polygon(_superellipse(w, h, rng.uniform(1.9, 4)))
    if kind < 0.88:
        bumps, start = int(rng.integers(7, 14)), rng.uniform(0, 1)
        base = _superellipse(w * 0.82, h * 0.8, rng.uniform(2, 3.5))
        spots = [base[int((start + k / bumps) % 1 * len(base))] for k in range(bumps)]
        size = 2.2 * (w + h) / bumps * rng.uniform(0.6, 0.85)
        discs = [shapely.Point(p).buffer(size * rng.uniform(0.85, 1.15)) for p in spots]
        return shapely.union_all([shapely.Polygon(base), *discs])
    cut = rng.uniform(0.1, 0.5) * h
    return shapely.Polygon(
        [
            (-w, -h + cut),
            (-w + cut, -h),
            (w - cut, -h),
            (w, -h + cut),
            (w, h - cut),
            (w - cut, h),
            (-w + cut, h),
            (-w, h - cut),
        ]
    )


def _swept(rng: Generator) -> Array:
    """A bubble drawn in one stroke: the tail grows out of the curve of the body."""
    body = _superellipse(0.5, 0.5 * rng.uniform(0.6, 1.0), rng.uniform(1.9, 3), 120)
    n = len(body)
    half = int(n * rng.uniform(0.02, 0.13))
    # The body's points run clockwise from the right: a quarter on is its foot.
    middle = int(n * np.clip(rng.normal(0.25, 0.09), 0.02, 0.48))
    left, right = body[(middle - half) % n], body[(middle + half) % n]
    outward = body[middle] / np.hypot(*body[middle])
    across = np.array([-outward[1], outward[0]])
    tip = body[middle] + outward * rng.uniform(0.08, 0.42) + across * rng.normal(0, 0.22)

    def side(start: Array, end: Array) -> Array:
        # Bent towards the tail's own middle, so that it grows thin quickly, or straight.
        knee = (start + end) / 2 + (body[middle] - (start + end) / 2) * rng.uniform(-0.15, 0.6)
        return _bezier(start, knee, knee, end, 12)

    keep = [(middle + half + k) % n for k in range(n - 2 * half)]
    points = np.concatenate([body[keep], side(left, tip)[1:], side(tip, right)[1:-1]])
    if rng.random() < 0.4:
        blunt = rng.uniform(0.005, 0.03)
        shape = shapely.make_valid(shapely.Polygon(points)).buffer(-blunt).buffer(blunt)
        points = _ring(shape)
    if shapely.make_valid(shapely.Polygon(points)).area < _TAIL * shapely.Polygon(body).area:
        return _swept(rng)
    return points


def _bubble(rng: Generator) -> Array:
    if rng.random() < 0.25:
        return _swept(rng) * np.array([rng.choice([-1, 1]), rng.choice([1, 1, 1, -1])])
    body = _body(rng)
    _, _, right, bottom = body.bounds
    where = rng.uniform(-0.75, 0.75) * right
    side = rng.random()
    foot = np.array([where, bottom * 0.55])
    aim = np.array([where + rng.normal(0, 0.16), bottom + rng.uniform(0.09, 0.5)])
    if side < 0.15:  # out of a corner
        foot = np.array([right * 0.6, bottom * 0.5])
        aim = np.array([right * rng.uniform(0.9, 1.25), bottom * rng.uniform(1.15, 1.7)])
    elif side < 0.25:  # out of a side
        foot = np.array([right * 0.55, rng.uniform(-0.3, 0.5) * bottom])
        aim = np.array([right + rng.uniform(0.12, 0.4), foot[1] + rng.normal(0, 0.15)])
    across = np.array([-(aim - foot)[1], (aim - foot)[0]])
    across = across / np.hypot(*across) * np.exp(rng.uniform(np.log(0.05), np.log(0.24)))
    bend = rng.normal(0, 0.11) if rng.random() < 0.5 else 0.0
    t = np.linspace(0, 1, 10)[:, None]
    sway = np.sin(t * math.pi) * across / np.hypot(*across) * bend
    left = foot + across + (aim - foot - across) * t + sway
    back = (foot - across + (aim - foot + across) * t + sway)[::-1]
    blunt = rng.uniform(0.01, 0.05) if rng.random() < 0.4 else 0.0
    tail = shapely.make_valid(shapely.Polygon(np.concatenate([left, back[1:]])))
    whole = shapely.union(body, tail)
    if blunt:
        whole = whole.buffer(-blunt).buffer(blunt)
    if whole.area < _TAIL * body.area:  # a tail that nobody sees makes no bubble
        return _bubble(rng)
    ring = _ring(whole)
    flip = np.array([rng.choice([-1, 1]), rng.choice([1, 1, 1, -1])])
    return np.asarray(ring * flip)


def _heart(rng: Generator) -> Array:
    t = np.linspace(0, 2 * math.pi, 90, endpoint=False)
    kind = int(rng.integers(5))
    if kind == 0:
        x = np.sin(t) ** 3
        y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
        points = np.stack([x, y * rng.uniform(0.85, 1.15)], axis=1)
    elif kind == 1:  # two discs and a wedge
        r, apart = rng.uniform(0.26, 0.34), rng.uniform(0.2, 0.27)
        discs = [shapely.Point(s * apart, 0).buffer(r) for s in (-1, 1)]
        tip = shapely.Point(0, rng.uniform(0.6, 0.95))
        points = _ring(shapely.union_all([shapely.union(d, tip).convex_hull for d in discs]))
    elif kind == 2:  # a squared corner with two half discs
        square = shapely.box(-0.35, -0.35, 0.35, 0.35)
        discs = [shapely.Point(-0.35, 0).buffer(0.35), shapely.Point(0, -0.35).buffer(0.35)]
        ring = _ring(shapely.union_all([square, *discs]))
        c = math.sqrt(0.5)
        points = ring @ np.array([[c, c], [-c, c]])
        points = points * np.array([1, rng.uniform(0.8, 1.1)])
    elif kind == 3:
        a = np.abs(np.linspace(-1, 1, 60))
        x = np.linspace(-1, 1, 60)
        top = -np.sqrt(np.clip(1 - (a - 0.5) ** 2 * 4, 0, 1)) * 0.45 * rng.uniform(0.8, 1.2)
        low = rng.uniform(0.85, 1.2) * (1 - a ** rng.uniform(0.8, 1.5))
        points = np.concatenate(
            [np.stack([x, top], axis=1), np.stack([x, low], axis=1)[::-1][1:-1]]
        )
    else:  # Bezier curves, sides hollow or full
        notch, tip = rng.uniform(-0.32, -0.12), rng.uniform(0.5, 0.65)
        p = np.array(
            [
                (0, notch),
                (rng.uniform(0.08, 0.25), -0.62 + rng.normal(0, 0.04)),
                (rng.uniform(0.6, 0.75), -0.5 + rng.normal(0, 0.06)),
                (rng.uniform(0.46, 0.54), -0.08),
                (rng.uniform(0.38, 0.5), rng.uniform(0.1, 0.22)),
                (rng.uniform(0.05, 0.22), rng.uniform(0.28, 0.45)),
                (0, tip),
            ]
        )
        half = np.concatenate([_bezier(*p[:4]), _bezier(*p[3:])])
        points = np.concatenate([half, (half * np.array([-1, 1]))[::-1][:-1]])
    if rng.random() < 0.3:  # lopsided, as cut by hand
        points = points + np.stack([points[:, 1] * rng.normal(0, 0.12), 0 * points[:, 1]], axis=1)
    return np.asarray(points)


def _bezier(a: Array, b: Array, c: Array, d: Array, n: int = 20) -> Array:
    t = np.linspace(0, 1, n)[:, None]
    return np.asarray(
        (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    )


def _tick(rng: Generator) -> Array:
    thick = rng.uniform(0.07, 0.17)
    short, lean = rng.uniform(0.25, 0.55), math.radians(rng.uniform(25, 70))
    rise = math.radians(rng.uniform(35, 72))
    start = np.array([-short * math.cos(lean), -short * math.sin(lean)])
    end = np.array([math.cos(rise), -math.sin(rise)])
    if rng.random() < 0.55:
        spine = np.array([start, (0, 0), end])
        if rng.random() < 0.4:
            side = np.array([end[1], -end[0]]) * rng.normal(0, 0.09)
            arm = _bezier(np.zeros(2), end / 3 + side, end * 2 / 3 + side, end, 10)
            spine = np.concatenate([start[None], arm])
        cap = str(rng.choice(["round", "square", "flat"]))
        join = str(rng.choice(["round", "mitre", "bevel"]))
        line = shapely.LineString(spine)
        return _ring(line.buffer(thick, cap_style=cap, join_style=join))
    # tapered, as with a brush: each arm gets its own width at either end
    w = thick * rng.uniform(0.6, 1.4, 3) * np.array([0.9, 1.0, rng.choice([0.15, 0.6, 1.0])])
    a, b, c = start, np.zeros(2), end
    arms = []
    for (p, wp), (q, wq) in (((a, w[0]), (b, w[1])), ((b, w[1]), (c, w[2]))):
        discs = [shapely.Point(p).buffer(wp), shapely.Point(q).buffer(wq)]
        arms.append(shapely.union_all(discs).convex_hull)
    return _ring(shapely.union_all(arms))


def _other(rng: Generator) -> Array:
    kind = int(rng.integers(7))
    t = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    if kind <= 1:
        return _superellipse(0.5, 0.5 * rng.uniform(0.6, 1), 2)
    if kind == 2:
        n, deep = int(rng.integers(5, 9)), rng.uniform(0.4, 0.7)
        angle = np.linspace(0, 2 * math.pi, 2 * n, endpoint=False) - math.pi / 2
        r = np.where(np.arange(2 * n) % 2 == 0, 0.5, 0.5 * deep)
        return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)
    if kind == 3:
        n = int(rng.choice([3, 5, 6, 8]))
        angle = np.linspace(0, 2 * math.pi, n, endpoint=False) + rng.uniform(0, 6)
        return 0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if kind == 4:  # arrow
        s, h = rng.uniform(0.1, 0.2), rng.uniform(0.25, 0.4)
        return np.array([(-0.5, -s), (0, -s), (0, -h), (0.5, 0), (0, h), (0, s), (-0.5, s)])
    if kind == 5:  # flower or cloud without a tail
        n = int(rng.integers(4, 9))
        r = 0.4 + rng.uniform(0.04, 0.12) * np.abs(np.sin(n * t / 2))
        return np.stack([r * np.cos(t), r * np.sin(t) * rng.uniform(0.6, 1)], axis=1)
    hull = cv2.convexHull(rng.normal(0, 0.2, (9, 2)).astype(np.float32)).reshape(-1, 2)
    return np.asarray(hull, dtype=np.float64)


_DRAW = {"square": _square, "bubble": _bubble, "heart": _heart, "tick": _tick, "other": _other}
