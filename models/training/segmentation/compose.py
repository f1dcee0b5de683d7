"""A photograph of a board with notes, composed flat and fast, with exact outlines.

This is training data for the segmentation model, not for people's eyes: what matters is that
everything varies more than it does in the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.segmentation.clutter import clutter, occluders, pins
from training.segmentation.cutouts import Cutouts
from training.segmentation.inks import InkBank
from training.segmentation.outlines import SHAPES, outline
from training.segmentation.reals import Reals
from training.segmentation.rooms import furnish, room
from training.segmentation.solids import place
from training.segmentation.surfaces import noise, surface, tint

__all__ = ["Scene", "compose"]

Array = NDArray[np.float64]
Picture = NDArray[np.float32]

_MOST = 70
"""Notes of a scene."""
_SHARES = (0.42, 0.2, 0.15, 0.17, 0.06)


@dataclass(frozen=True, slots=True)
class Scene:
    """One composed photograph and its truth."""

    image: NDArray[np.uint8]
    """BGR, H x W x 3."""
    notes: NDArray[np.int16]
    """0 where there is no note, else its number from 1; -1 where a scrap is too small to judge."""
    shapes: NDArray[np.uint8]
    """Shape of each note as an index into `outlines.SHAPES`; entry 0 is unused."""
    whole: NDArray[np.float32]
    """Visible share of each note's area; entry 0 is unused."""


@dataclass(frozen=True, slots=True)
class _Light:
    parallax: Array
    """Shift on the board of what stands out by one unit, towards the camera."""
    direction: Array
    """Shift of a shadow on the board by one unit of height."""
    depth: float
    """Darkness of shadows."""
    softness: float


def compose(
    rng: Generator,
    inks: InkBank,
    width: int = 1024,
    height: int = 768,
    reals: Reals | None = None,
    cutouts: Cutouts | None = None,
) -> Scene:
    """Compose one scene.

    Args:
        rng: random numbers.
        inks: writing.
        width: pixels of the scene.
        height: pixels of the scene.
        reals: real photographs to take grounds and papers from, for some of the scenes.
        cutouts: pictures of things that are no notes, for some of the scenes.
    """
    scale = 1.15
    board_w, board_h = int(width * scale), int(height * scale)
    camera = _camera(rng, width, height, board_w, board_h)
    shapes, areas, known = [0], [0.0], [True]
    numbers = np.zeros((height, width), np.int16)
    area = 0.0, 0.0, float(board_w), float(board_h)
    kind = rng.random()
    if reals is not None and kind < 0.2:
        ground = reals.ground(rng, width, height)
        image, numbers = ground.image, ground.notes
        shapes = list(ground.shapes)
        areas = [float((numbers == k).sum()) for k in range(len(shapes))]
        known = [False] * len(shapes)
    else:
        if kind < 0.62:
            board, area = room(rng, inks, board_h, board_w)
        else:
            board = surface(rng, board_h, board_w)
            if rng.random() < 0.5:
                furnish(rng, board, inks, area, int(rng.integers(1, 6)))
        if cutouts is not None and rng.random() < 0.35:
            board = cutouts.ground(rng, board_h, board_w)
        clutter(rng, board, inks)
        if rng.random() < 0.25:
            place(rng, board, int(rng.integers(1, 8)))
        if cutouts is not None and rng.random() < 0.4:
            cutouts.put(rng, board, int(rng.integers(1, 10)))
        image = cv2.warpPerspective(
            board, camera, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        image = np.clip(image, 0.01, 1.2)
    light = _Light(
        parallax=rng.normal(0, 0.3, 2),
        direction=_unit(rng) * rng.uniform(0.2, 1.1) + (0, rng.uniform(0, 0.6)),
        depth=rng.uniform(0.12, 0.65),
        softness=rng.uniform(0.15, 1.0),
    )
    palette = _palette(rng, image)
    batch = float(rng.choice([0.004, 0.025, 0.08]))
    if rng.random() < 0.15:
        # All from one pad: nothing but edges and shadows tells notes that lap.
        palette, batch = palette[:1], 0.004
    shares = _SHARES if rng.random() < 0.65 else (1.0, 0.0, 0.0, 0.0, 0.0)
    share = rng.random() * 0.6 if reals is not None and rng.random() < 0.25 else 0.0
    for centre, size, turn in _layout(rng, area):
        if len(shapes) > _MOST:
            break
        paper = reals.paper(rng) if reals is not None and rng.random() < share else None
        shape = int(rng.choice(len(SHAPES), p=shares)) if paper is None else 0
        number = len(shapes)
        drawn = _note(rng, image, numbers, number, inks, camera, light, palette, batch,
                      SHAPES[shape], np.asarray(centre), size, turn, paper)  # fmt: skip
        if drawn > 0:
            shapes.append(shape)
            areas.append(drawn)
            known.append(True)
    _after(rng, image, numbers)
    if cutouts is not None and rng.random() < 0.1:
        numbers[cutouts.put(rng, image, int(rng.integers(1, 4)))] = 0
    visible = np.bincount(np.maximum(numbers, 0).ravel(), minlength=len(shapes))
    whole = visible / np.maximum(areas, 1)
    scrap = (visible < 60) | (whole < 0.13)
    # Whether something covered a note of a real photograph already was not annotated.
    whole[~np.array(known) & (whole > 0.9)] = -1
    scrap[0] = False
    numbers[scrap[np.maximum(numbers, 0)] & (numbers > 0)] = -1
    return Scene(
        image=_develop(rng, image),
        notes=numbers,
        shapes=np.array(shapes, np.uint8),
        whole=whole.astype(np.float32),
    )


def _unit(rng: Generator) -> Array:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _camera(rng: Generator, width: int, height: int, board_w: int, board_h: int) -> Array:
    """Homography from board to image; up to 40 degrees off the normal."""
    yaw, pitch = np.radians(np.clip(rng.normal(0, (16, 11)), -40, 40))
    roll = np.radians(rng.normal(0, 5) if rng.random() < 0.85 else rng.uniform(-45, 45))
    focal = rng.uniform(0.8, 1.8) * width
    ry = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    rx = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    rz = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turn = rz @ rx @ ry
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    away = focal * rng.uniform(0.85, 1.1)
    pose = np.stack([turn[:, 0], turn[:, 1], np.array([0, 0, away])], axis=1)
    centre = np.array([[1, 0, -board_w / 2], [0, 1, -board_h / 2], [0, 0, 1]])
    return np.asarray(lens @ pose @ centre)


def _project(camera: Array, points: Array) -> Array:
    return np.asarray(
        cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float64), camera)
    ).reshape(-1, 2)


def _layout(
    rng: Generator, place: tuple[float, float, float, float]
) -> list[tuple[Array, float, float]]:
    """Centres, sizes and turns (radians) of notes within a box of the board, the lowest first."""
    left, top, right, bottom = place
    width, height = right - left, bottom - top
    base = float(np.exp(rng.uniform(np.log(30), np.log(240))))
    vary = rng.uniform(0, 0.25)
    tilt = np.radians(rng.choice([2.0, 6.0, 15.0, 60.0], p=(0.3, 0.4, 0.2, 0.1)))
    most = int(np.clip(0.8 * width * height / base**2, 1, _MOST))
    wanted = 0 if rng.random() < 0.04 else max(1, int(most * rng.uniform(0.02, 1) ** 0.8))
    tight = rng.uniform(0.3, 1.05) * base
    kept: list[tuple[Array, float, float]] = []

    def put(x: float, y: float) -> None:
        # Few boards are all heaps: most notes keep some distance.
        near = any(np.hypot(spot[0] - left - x, spot[1] - top - y) < tight for spot, _, _ in kept)
        if not near or rng.random() < 0.25:
            size = base * float(np.exp(rng.normal(0, vary)))
            spot = np.array([x + left, y + top])
            kept.append((spot, size, float(rng.normal(0, tilt))))

    for _ in range(200):
        if len(kept) >= wanted:
            break
        kind = rng.random()
        x, y = rng.uniform(0.03, 0.97, 2) * (width, height)
        if kind < 0.35:  # a grid, loose, touching or lapping
            step = base * rng.uniform(0.8, 1.6, 2)
            slip = base * rng.uniform(0, 0.15)
            rows, columns = (int(n) for n in rng.integers(1, 7, 2))
            x, y = x - step[0] * columns / 2, y - step[1] * rows / 2
            for row in range(rows):
                for column in range(columns):
                    if rng.random() < 0.9:
                        dx, dy = rng.normal(0, slip, 2)
                        put(x + column * step[0] + dx, y + row * step[1] + dy)
        elif kind < 0.5:  # a column or row of notes one over the other
            way = np.array([rng.normal(0, 0.08), 1.0]) if rng.random() < 0.7 else np.array([1.0, 0])
            step = base * rng.uniform(0.35, 1.06)
            for k in range(int(rng.integers(2, 10))):
                put(*(np.array([x, y]) + way * step * k + rng.normal(0, base * 0.05, 2)))
        elif kind < 0.65:  # a heap
            for _ in range(int(rng.integers(2, 6))):
                put(*(np.array([x, y]) + rng.normal(0, base * 0.55, 2)))
        else:
            put(x, y)
    return kept[::-1] if rng.random() < 0.3 else kept


def _palette(rng: Generator, image: Picture) -> list[Picture]:
    """Colours of paper on this board; few, or one, or that of the wall."""
    papers = []
    for _ in range(int(rng.choice([1, 2, 3, 6], p=(0.3, 0.25, 0.2, 0.25)))):
        kind = rng.random()
        if kind < 0.2:
            papers.append(tint(rng.random(), rng.uniform(0, 0.09), rng.uniform(0.65, 1)))
        elif kind < 0.65:  # the shops' pads
            hue = rng.choice([0.14, 0.16, 0.93, 0.96, 0.08, 0.25, 0.33, 0.53, 0.58, 0.75, 0.02])
            hue, strong = hue + rng.normal(0, 0.015), rng.uniform(0.2, 0.95)
            papers.append(tint(hue, strong, rng.uniform(0.6, 1)))
        elif kind < 0.93:
            papers.append(tint(rng.random(), rng.uniform(0.1, 1), rng.uniform(0.25, 1)))
        elif image.mean() < 0.35:
            papers.append(tint(0.14, rng.uniform(0.3, 0.9), 0.95))
        else:
            papers.append(np.median(image.reshape(-1, 3)[::97], axis=0) * rng.uniform(0.93, 1.07))
    return [np.asarray(paper, np.float32) for paper in papers]


def _curl(rng: Generator, points: Array) -> tuple[Array, Array, Array]:
    """Bend paper about an axis: flat points, heights, and how far along the bend (0 to 1)."""
    if rng.random() < 0.35:
        return points, np.zeros(len(points)), np.zeros(len(points))
    angle = rng.normal(np.pi / 2, 0.6) if rng.random() < 0.85 else rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    along = points @ way
    low, high = along.min(), along.max()
    start = low + (high - low) * rng.uniform(0.1, 0.85)
    # Some hang by their upper edge and roll up as they dry.
    most = float(np.minimum(rng.exponential(0.9 if rng.random() < 0.2 else 0.45), 1.8))
    length = high - start
    curve = most / length + 1e-6
    s = np.clip(along - start, 0, None)
    flat = np.where(along > start, np.sin(s * curve) / curve, along - start)
    moved = points + way * (flat - (along - start))[:, None]
    return moved, (1 - np.cos(s * curve)) / curve, s / length


def _note(
    rng: Generator, image: Picture, numbers: NDArray[np.int16], number: int, inks: InkBank,
    camera: Array, light: _Light, palette: list[Picture], batch: float, shape: str, centre: Array,
    size: float, turn: float, real: Picture | None,
) -> float:  # fmt: skip
    """Draw one note; returns its area in pixels before others cover it, 0 if outside."""
    flat, lift, bend = _curl(rng, outline(rng, shape))
    flat = flat * (1.15 if shape == "tick" else 1.0)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    base = (flat @ spin.T) * size + centre
    paper = base + lift[:, None] * size * light.parallax
    points = _project(camera, paper)
    height, width = numbers.shape
    low, high = points.min(axis=0), points.max(axis=0)
    if (
        (high < 3).any()
        or low[0] > width - 3
        or low[1] > height - 3
        or (high - low).max() > 1.2 * width
    ):
        return 0.0
    drop = rng.uniform(0.0, 0.05) * size
    shadow = _project(
        camera, base + (lift * size * rng.uniform(0.5, 1.2) + drop)[:, None] * light.direction
    )
    extent = float((high - low).max())
    _shadow(
        image,
        shadow,
        light.depth * rng.uniform(0.5, 1.2),
        0.5 + light.softness * (0.012 * extent + 0.12 * float(lift.max()) * extent),
    )
    if rng.random() < 0.6:  # the thin dark line right under the paper's edge
        _shadow(
            image,
            points + rng.normal(0, 0.6, 2) + light.direction * 0.6,
            rng.uniform(0.1, 0.5),
            rng.uniform(0.5, 1.3),
        )

    x0, y0 = np.maximum(np.floor(low).astype(int) - 2, 0)
    x1, y1 = np.minimum(np.ceil(high).astype(int) + 3, (width, height))
    alpha = np.zeros((2 * (y1 - y0), 2 * (x1 - x0)), np.uint8)
    local = (points - (x0, y0)) * 2 - 0.5
    cv2.fillPoly(alpha, [np.round(local * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
    cover = cv2.resize(alpha, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA) / np.float32(255)
    part = image[y0:y1, x0:x1]
    texture = _paper(rng, part.shape, palette, batch, local / 2, bend)
    if real is None:
        _ink(rng, texture, inks, camera, spin, size, centre, (x0, y0), shape)
    else:
        texture = _photographed(texture, real, camera, flat @ spin.T * size + centre, (x0, y0))
    if rng.random() < 0.3:  # the bright rim of the paper's thickness
        rim = [np.round(local / 2).astype(np.int32)]
        cv2.polylines(
            texture,
            rim,
            True,
            (texture.mean(axis=(0, 1)) * rng.uniform(0.9, 1.15)).tolist(),
            1,
            cv2.LINE_AA,
        )
    part += cover[..., None] * (texture - part)
    inside = cover > 0.5
    numbers[y0:y1, x0:x1][inside] = number
    return float(inside.sum()) * _inside_share(points, width, height)


def _photographed(
    texture: Picture, real: Picture, camera: Array, base: Array, origin: tuple[int, int]
) -> Picture:
    """A real note's paper and writing in place of what was made up, with the light of that."""
    low, high = base.min(axis=0), base.max(axis=0)
    box = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    corners = np.float32(_project(camera, box) - origin)
    side = real.shape[0]
    source = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    extent = float((corners.max(axis=0) - corners.min(axis=0)).max())
    soft = cv2.GaussianBlur(real, (0, 0), 0.35 * side / extent) if extent < side else real
    size = texture.shape[1::-1]
    warped = cv2.warpPerspective(soft, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    light = texture.mean(axis=2, keepdims=True)
    return np.ascontiguousarray(warped * (light / max(float(light.mean()), 0.05)), np.float32)


def _inside_share(points: Array, width: int, height: int) -> float:
    """Area of the outline over its area within the picture, at least 1."""
    x, y = points.T
    full = abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    clipped = np.clip(points, 0, (width, height))
    x, y = clipped.T
    within = abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    return float(max(1.0, full / max(within, 1.0)))


def _shadow(image: Picture, points: Array, depth: float, reach: float) -> None:
    height, width = image.shape[:2]
    pad = int(3 * reach + 3)
    x0, y0 = np.maximum(np.floor(points.min(axis=0)).astype(int) - pad, 0)
    x1, y1 = np.minimum(np.ceil(points.max(axis=0)).astype(int) + pad, (width, height))
    if x1 <= x0 or y1 <= y0:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.float32)
    cv2.fillPoly(mask, [np.round((points - (x0, y0)) * 8).astype(np.int32)], 1.0, cv2.LINE_8, 3)
    mask = cv2.GaussianBlur(mask, (0, 0), reach)
    image[y0:y1, x0:x1] *= 1 - min(depth, 0.9) * mask[..., None]


def _paper(
    rng: Generator,
    shape: tuple[int, ...],
    palette: list[Picture],
    batch: float,
    local: Array,
    bend: Array,
) -> Picture:
    height, width = shape[:2]
    colour = palette[int(rng.integers(len(palette)))] * (1 + rng.normal(0, batch))
    shade = 1 + rng.normal(0, 0.012) * noise(rng, height, width, height / 2, width / 2)
    slope = rng.normal(0, 0.07, 2)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    shade = shade + slope[0] * (xx / width - 0.5) + slope[1] * (yy / height - 0.5)
    if bend.max() > 0:  # light falls otherwise on the bent part
        far, near = (
            local[bend >= 0.95 * bend.max()].mean(axis=0),
            local[bend <= 0].mean(axis=0) if (bend <= 0).any() else local.mean(axis=0),
        )
        axis = far - near
        along = ((xx - near[0]) * axis[0] + (yy - near[1]) * axis[1]) / max(float(axis @ axis), 1)
        along = np.clip(along, 0, 1.2)
        shade = shade + rng.normal(0, 0.16) * along**2 + rng.normal(0, 0.1) * np.sin(along * np.pi)
    texture = colour * shade[..., None]
    if rng.random() < 0.05:  # ruled, or with a printed mark
        step = max(3, height // int(rng.integers(6, 12)))
        texture[::step] *= rng.uniform(0.7, 0.95)
    if rng.random() < 0.05:
        texture[: max(1, height // 6)] *= tint(rng.random(), 0.5, 0.9)
    return np.ascontiguousarray(texture, np.float32)


def _ink(
    rng: Generator,
    texture: Picture,
    inks: InkBank,
    camera: Array,
    spin: Array,
    size: float,
    centre: Array,
    origin: tuple[int, int],
    shape: str,
) -> None:
    if rng.random() < (0.7 if shape == "tick" else 0.1):
        return
    reach = {"square": 0.44, "bubble": 0.33, "heart": 0.27, "tick": 0.25, "other": 0.28}[shape]
    reach *= rng.uniform(0.6, 1.05)
    box = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * reach * rng.uniform(0.8, 1, 2)
    box = box + rng.normal(0, 0.02, 2)
    if rng.random() < 0.06:  # written sideways
        box = np.roll(box, 1, axis=0)
    corners = _project(camera, (box @ spin.T) * size + centre) - origin
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, texture.shape[1::-1])
    if (high - low < 3).any():
        return
    alpha = inks.hand(rng) if rng.random() < 0.93 else inks.printed(rng)
    source = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * alpha.shape[0]
    matrix = cv2.getPerspectiveTransform(source, np.float32(corners - low))
    extent = float((high - low).max())
    ratio = alpha.shape[0] / max(extent, 1)
    soft = cv2.blur(alpha, (int(ratio), int(ratio))) if ratio >= 2 else alpha
    area = (int(high[0] - low[0]), int(high[1] - low[1]))
    warped = cv2.warpPerspective(soft, matrix, area, flags=cv2.INTER_LINEAR)
    ink = tint(rng.random(), rng.random(), rng.uniform(0, 0.45))
    if rng.random() < 0.4:
        ink = tint(0, 0, rng.uniform(0, 0.25))
    elif texture.mean() < 0.3:
        ink = tint(rng.random(), 0.2, 0.95)
    a = (warped * np.float32(rng.uniform(0.3, 1) / 255))[..., None]
    part = texture[low[1] : high[1], low[0] : high[0]]
    part += a * (ink - part)


def _after(rng: Generator, image: Picture, numbers: NDArray[np.int16]) -> None:
    """What comes before the notes: strokes, strings, pins, stickers, people."""
    height, width = numbers.shape
    if rng.random() < 0.3:
        pins(rng, image)
    if rng.random() < 0.12:
        for _ in range(int(rng.integers(1, 6))):
            a, b = (tuple(int(v) for v in rng.uniform(0, 1, 2) * (width, height)) for _ in "ab")
            colour = tint(rng.random(), rng.random(), rng.random() * 0.6).tolist()
            cv2.line(image, a, b, colour, int(rng.integers(1, 4)), cv2.LINE_AA)
    if rng.random() < 0.12:
        numbers[place(rng, image, int(rng.integers(1, 4)))] = 0
    for points, colour, soft in occluders(rng, image.shape):
        mask = np.zeros((height, width), np.float32)
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1.0)
        numbers[mask > 0.5] = 0
        mask = cv2.GaussianBlur(mask, (0, 0), soft)
        image += mask[..., None] * (
            colour * (1 + 0.1 * noise(rng, height, width, 30, 30))[..., None] - image
        )


def _develop(rng: Generator, image: Picture) -> NDArray[np.uint8]:
    """Light, lens, sensor and file."""
    height, width = image.shape[:2]
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    yy, xx = yy / height - 0.5, xx / width - 0.5
    way = _unit(rng)
    gain = 1 + rng.normal(0, 0.22) * (way[0] * xx + way[1] * yy)
    gain = gain - rng.uniform(0, 0.6) * (xx**2 + yy**2)
    if rng.random() < 0.4:
        gain = gain + rng.uniform(0.02, 0.12) * noise(rng, height, width, 3, 4)
    if rng.random() < 0.2:  # the edge of a cast shadow
        edge = (way[1] * xx - way[0] * yy - rng.uniform(-0.3, 0.3)) / rng.uniform(0.005, 0.1)
        gain = gain * (1 - rng.uniform(0.1, 0.45) / (1 + np.exp(np.clip(edge, -30, 30))))
    warm = np.exp(rng.normal(0, 0.12, 3)).astype(np.float32)
    image = image * gain[..., None] * warm
    if rng.random() < 0.25:  # glare
        spot, reach = rng.uniform(-0.5, 0.5, 2), rng.uniform(0.04, 0.25, 2)
        glow = np.exp(-(((xx - spot[0]) / reach[0]) ** 2) - ((yy - spot[1]) / reach[1]) ** 2)
        image = image + rng.uniform(0.1, 0.9) * glow[..., None]
    image = np.clip(image * np.exp(rng.normal(0.06, 0.16)), 0, 1.02)
    image = np.clip(image, 0, 1) ** np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.2:
        grey = image.mean(axis=2, keepdims=True)
        image = np.clip(grey + (image - grey) * rng.uniform(0, 1.6), 0, 1)
    if rng.random() < 0.4:  # a small file enlarged
        small = rng.uniform(0.45, 0.9)
        size = (int(width * small), int(height * small))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        image = _file(rng, image)
        return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR))
    if rng.random() < 0.35:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 2.2))
    if rng.random() < 0.3:
        image = image + rng.uniform(0.2, 1) * (image - cv2.GaussianBlur(image, (0, 0), 1.2))
    return _file(rng, image)


def _file(rng: Generator, image: Picture) -> NDArray[np.uint8]:
    sigma = rng.exponential(0.012)
    image = image + sigma * rng.standard_normal(image.shape, np.float32)
    plain = np.clip(image * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.integers(30, 96))
        _, data = cv2.imencode(".jpg", plain, [cv2.IMWRITE_JPEG_QUALITY, quality])
        plain = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return plain
