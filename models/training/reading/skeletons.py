"""Letters as pen strokes: the middle lines of the glyphs of typefaces.

Each glyph is drawn large, thinned to lines one pixel wide, and followed from end to end; where
lines meet, those that go on straight are taken for one stroke. Coordinates are in capital
heights: y upwards from the baseline, x from the glyph's origin.

Usage: PYTHONPATH=models python models/training/reading/skeletons.py OUT.npz
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.photoreal.fonts import font_file
from training.reading.faces import CHECK, TRAINING

__all__ = ["SIGNS", "Glyph", "load", "strokes_of"]

SIGNS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    "!\"#$%&'()*+,-./:;<=>?@[\\]_{|}~£€–•×½°éèêëüöäßñçáóíåæøÄÖÜÉ"
)
_CAPITAL = 80
"""Height in pixels at which capitals are drawn."""
_MARGIN = 60


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """One letter of one typeface."""

    strokes: tuple[NDArray[np.float32], ...]
    """Each n x 2 (x, y) in capital heights, y upwards; a single point is a dot."""
    left: float
    """Where the ink begins and ends, in capital heights."""
    right: float


def load(path: Path) -> dict[str, dict[str, Glyph]]:
    """Glyphs by typeface and sign."""
    data = np.load(path)
    points = data["points"].astype(np.float32) / 256
    faces: dict[str, dict[str, Glyph]] = {}
    names = [str(name) for name in data["faces"]]
    stroke_ends = np.cumsum(data["lengths"])
    stroke = 0
    for face, sign, count in data["glyphs"].tolist():
        strokes = []
        for number in range(stroke, stroke + count):
            end = int(stroke_ends[number])
            strokes.append(points[end - int(data["lengths"][number]) : end])
        stroke += count
        every = np.concatenate(strokes)
        glyph = Glyph(tuple(strokes), float(every[:, 0].min()), float(every[:, 0].max()))
        faces.setdefault(names[face], {})[chr(sign)] = glyph
    return faces


def strokes_of(ink: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Middle lines of what is drawn, in pixels, (x, y).

    Args:
        ink: h x w.
    """
    # Only this needs the library: letters that are strokes already do without.
    from skimage.morphology import skeletonize  # noqa: PLC0415

    distance = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    thin = skeletonize(ink)
    width = float(np.median(distance[thin])) if thin.any() else 1.0
    edges, nodes = _edges(thin)
    edges = _without_spurs(edges, nodes, width)
    strokes = _joined(edges, nodes, width)
    result = []
    for stroke in strokes:
        smooth = _smoothed(stroke)
        kept = cv2.approxPolyDP(smooth.astype(np.float32)[:, None], 0.7, closed=False)[:, 0]
        length = float(np.linalg.norm(np.diff(kept, axis=0), axis=1).sum())
        result.append(kept[:1] if length < 0.6 * width else kept)
    # What was too round to leave a line: dots.
    count, labels, _, centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    covered = {int(labels[int(p[1]), int(p[0])]) for s in strokes for p in s}
    result.extend(centres[i][None] for i in range(1, count) if i not in covered)
    return [np.asarray(stroke, np.float64) for stroke in result]


_Edge = tuple[int, int, NDArray[np.float64]]
"""Node at the start, node at the end, points from one to the other."""


def _edges(thin: NDArray[np.bool_]) -> tuple[list[_Edge], NDArray[np.float64]]:
    """Lines between ends and crossings of a picture of lines one pixel wide."""
    padded = np.pad(thin, 1)
    spots = {(int(y), int(x)) for y, x in np.argwhere(padded)}
    around = [(-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1)]

    def near(spot: tuple[int, int]) -> list[tuple[int, int]]:
        y, x = spot
        found = [(y + dy, x + dx) for dy, dx in around[:4] if (y + dy, x + dx) in spots]
        for dy, dx in around[4:]:
            # A diagonal step counts only where no straight one leads there.
            if (y + dy, x + dx) in spots and (y + dy, x) not in spots and (y, x + dx) not in spots:
                found.append((y + dy, x + dx))
        return found

    links = {spot: near(spot) for spot in spots}
    knots = {spot for spot, found in links.items() if len(found) != 2}
    # Crossings that touch are one.
    number: dict[tuple[int, int], int] = {}
    groups: list[list[tuple[int, int]]] = []
    for spot in sorted(knots):
        if spot in number:
            continue
        group, waiting = [], [spot]
        number[spot] = len(groups)
        while waiting:
            one = waiting.pop()
            group.append(one)
            for other in links[one]:
                if other in knots and other not in number:
                    number[other] = len(groups)
                    waiting.append(other)
        groups.append(group)
    edges: list[_Edge] = []
    seen: set[tuple[int, int]] = set()
    for group in groups:
        for spot in group:
            for first in links[spot]:
                if first in knots or first in seen:
                    continue
                path, before = [spot, first], spot
                while path[-1] not in knots:
                    seen.add(path[-1])
                    following = [s for s in links[path[-1]] if s != before]
                    if not following:
                        break
                    before = path[-1]
                    path.append(following[0])
                if path[-1] in knots:
                    edges.append((number[spot], number[path[-1]], _points(path)))
    centres = [np.mean(_points(group), axis=0) for group in groups]
    for spot in sorted(spots - seen - knots):  # rings
        if spot in seen:
            continue
        path = [spot]
        seen.add(spot)
        while True:
            following = [s for s in links[path[-1]] if s not in seen]
            if not following:
                break
            path.append(following[0])
            seen.add(following[0])
        path.append(spot)
        centres.append(_points(path[:1])[0])
        edges.append((len(centres) - 1, len(centres) - 1, _points(path)))
    return edges, np.array(centres).reshape(-1, 2)


def _points(path: list[tuple[int, int]]) -> NDArray[np.float64]:
    return np.array([(x - 1, y - 1) for y, x in path], np.float64)


def _without_spurs(edges: list[_Edge], nodes: NDArray[np.float64], width: float) -> list[_Edge]:
    """Without the short hairs that thinning leaves in corners."""
    degree = np.zeros(len(nodes), int)
    for a, b, _ in edges:
        degree[a] += 1
        degree[b] += 1
    kept = []
    for a, b, points in edges:
        loose = (degree[a] == 1) != (degree[b] == 1)
        if loose and len(points) < 1.3 * width and max(degree[a], degree[b]) > 2:
            continue
        kept.append((a, b, points))
    return kept


def _joined(
    edges: list[_Edge], nodes: NDArray[np.float64], width: float
) -> list[NDArray[np.float64]]:
    """Edges that go on straight through a crossing, as one stroke."""
    reach = max(4, round(1.5 * width))
    at: dict[int, list[tuple[int, int]]] = {}
    for number, (a, b, _) in enumerate(edges):
        at.setdefault(a, []).append((number, 0))
        at.setdefault(b, []).append((number, 1))
    mate: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in at.values():
        leaving = []
        for number, end in ends:
            points = edges[number][2] if end == 0 else edges[number][2][::-1]
            way = points[min(reach, len(points) - 1)] - points[0]
            leaving.append(way / max(1e-6, float(np.linalg.norm(way))))
        pairs = sorted(
            (float(leaving[i] @ leaving[j]), i, j)
            for i in range(len(ends))
            for j in range(i + 1, len(ends))
        )
        used: set[int] = set()
        for cosine, i, j in pairs:
            straight = -0.5 if len(ends) > 2 else 0.3
            if cosine < straight and i not in used and j not in used:
                used |= {i, j}
                mate[ends[i]] = ends[j]
                mate[ends[j]] = ends[i]
    strokes = []
    done: set[int] = set()
    starts = [(n, e) for n in range(len(edges)) for e in (0, 1) if (n, e) not in mate]
    for start in [*starts, *((n, 0) for n in range(len(edges)))]:
        if start[0] in done:
            continue
        parts = []
        number, end = start
        while number not in done:
            done.add(number)
            a, b, points = edges[number]
            if end:
                a, b, points = b, a, points[::-1]
            parts += [nodes[a][None], points, nodes[b][None]]
            following = mate.get((number, 1 - end))
            if following is None:
                break
            number, end = following
        strokes.append(np.concatenate(parts))
    return strokes


def _smoothed(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(points) < 5:
        return points
    kernel = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
    padded = np.concatenate([points[:1]] * 2 + [points] + [points[-1:]] * 2)
    columns = [np.convolve(padded[:, i], kernel, mode="valid") for i in (0, 1)]
    smooth = np.stack(columns, axis=1)
    smooth[0], smooth[-1] = points[0], points[-1]
    return smooth


def _draw(font: ImageFont.FreeTypeFont, sign: str) -> NDArray[np.bool_]:
    x0, _, x1, _ = font.getbbox(sign, anchor="ls")
    size = (round(x1 - min(0, x0)) + 2 * _MARGIN, 4 * _CAPITAL)
    picture = Image.new("L", size, 0)
    place = (_MARGIN - min(0, round(x0)), round(2.6 * _CAPITAL))
    ImageDraw.Draw(picture).text(place, sign, font=font, fill=255, anchor="ls")
    return np.asarray(picture) > 127


def _glyphs(family: str) -> dict[str, list[NDArray[np.float64]]]:
    file = str(font_file(family))
    trial = ImageFont.truetype(file, 100)
    _, top, _, bottom = trial.getbbox("H", anchor="ls")
    font = ImageFont.truetype(file, round(100 * _CAPITAL / max(1, bottom - top)))
    _, top, _, bottom = font.getbbox("H", anchor="ls")
    capital = bottom - top
    missing = _draw(font, "\uffff")
    found = {}
    for sign in SIGNS:
        ink = _draw(font, sign)
        if not ink.any() or (ink.shape == missing.shape and (ink == missing).all()):
            continue
        origin = np.array([_MARGIN - min(0, round(font.getbbox(sign, anchor="ls")[0])), 0])
        origin[1] = round(2.6 * _CAPITAL)
        strokes = [(stroke - origin) / capital * (1, -1) for stroke in strokes_of(ink)]
        found[sign] = [stroke for stroke in strokes if len(stroke)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    wanted = parser.parse_args()
    points, lengths, glyphs, faces = [], [], [], []
    for family in TRAINING + CHECK:
        found = _glyphs(family)
        for sign, strokes in found.items():
            if not strokes:
                continue
            glyphs.append((len(faces), ord(sign), len(strokes)))
            lengths.extend(len(stroke) for stroke in strokes)
            points.extend(strokes)
        faces.append(family)
        print(f"{family:28} {len(found)} signs", flush=True)
    np.savez_compressed(
        wanted.out,
        points=np.round(np.concatenate(points) * 256).astype(np.int16),
        lengths=np.array(lengths, np.int16),
        glyphs=np.array(glyphs, np.int32),
        faces=np.array(faces),
    )


if __name__ == "__main__":
    main()
