"""Rooms and photographers: lamps, cameras and phones for a board that is already hung."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.photoreal.layout import Wish, arrange
from training.photoreal.specs import (
    CameraSpec,
    FinishSpec,
    HeadingSpec,
    LampSpec,
    SceneSpec,
)

__all__ = ["MOODS", "compose", "frame", "project", "shoot"]

MOODS = ("day", "office", "dim", "skewed", "glossy", "bad")
WALLS = ((226, 222, 212), (204, 212, 214), (232, 226, 200), (196, 204, 190), (222, 208, 200))
Array = NDArray[np.float64]


def project(camera: CameraSpec, size: tuple[int, int], points: Array) -> Array:
    """Pixels (x right, y down) of points on the board, as the renderer's camera sees them."""
    place, target = np.asarray(camera.place), np.asarray(camera.target)
    back = (place - target) / np.linalg.norm(place - target)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    roll = math.radians(camera.roll)
    right, up = (
        right * math.cos(roll) + up * math.sin(roll),
        up * math.cos(roll) - right * math.sin(roll),
    )
    rays = points - place
    depth = -(rays @ back)
    scale = camera.focal / 36 * max(size)
    x = size[0] / 2 + scale * (rays @ right) / depth
    y = size[1] / 2 - scale * (rays @ up) / depth
    return np.asarray(np.stack([x, y], axis=1))


def frame(
    corners: Array, size: tuple[int, int], yaw: float, pitch: float, roll: float,
    focal: float, margin: float, f_stop: float,
) -> CameraSpec:  # fmt: skip
    """A camera that turns by `yaw` and `pitch` about the board and just holds `corners`.

    `margin` is the share of the picture kept free on each side; negative cuts notes off.
    """
    middle = (corners.max(axis=0) + corners.min(axis=0)) / 2
    a, b = math.radians(yaw), math.radians(pitch)
    way = np.array([math.sin(a) * math.cos(b), math.sin(b), math.cos(a) * math.cos(b)])
    near, far = 350.0, 7000.0
    camera = None
    while far - near > 1.0 or camera is None:
        distance = (near + far) / 2
        target = middle.copy()
        span = np.array([9.0, 9.0])
        for _ in range(12):
            place = target + way * distance
            if float(((place - corners) @ way).min()) < 100:
                break
            shot = CameraSpec(
                (float(place[0]), float(place[1]), float(place[2])),
                (float(target[0]), float(target[1]), float(target[2])),
                roll, focal, f_stop, distance,
            )  # fmt: skip
            seen = project(shot, size, corners)
            low, high = seen.min(axis=0), seen.max(axis=0)
            span = (high - low) / np.asarray(size)
            # Aim at the middle of what is seen.
            off = ((low + high) / 2 - np.asarray(size) / 2) / (focal / 36 * max(size)) * distance
            target = target + np.array([off[0], -off[1], 0.0]) * 0.8
        else:
            if float(span.max()) <= 1 - 2 * margin:
                far, camera = distance, shot
                continue
        near = distance
    return camera


def _window(side: float, power: float, rng: np.random.Generator, kelvin: float = 6800) -> LampSpec:
    x = side * rng.uniform(2000, 2900)
    return LampSpec(x, rng.uniform(200, 800), rng.uniform(1700, 2900), (0, 0, 0), 1300, 1700,
                    power, kelvin)  # fmt: skip


def _ceiling(power: float, rng: np.random.Generator, kelvin: float = 4300) -> tuple[LampSpec, ...]:
    x, z = rng.uniform(-900, 900), rng.uniform(1100, 1900)
    lamp = LampSpec(x, 1700, z, (x, 0, z * 0.4), 1200, 300, power, kelvin)
    return lamp, replace(lamp, x=-x * 0.6 + 300, z=z + 1300, power=power * 0.8)


def _glare(camera: CameraSpec, at: tuple[float, float], power: float) -> LampSpec:
    """A lamp whose mirror image in the board is seen at the board point `at`."""
    x, y, z = camera.place
    far = 1.25
    lamp = (at[0] + (at[0] - x) * far, at[1] + (at[1] - y) * far, z * far)
    return LampSpec(*lamp, (at[0], at[1], 0.0), 420, 260, power, 5200)


def shoot(
    mood: str, corners: Array, size: tuple[int, int],
    rng: np.random.Generator, margin: float | None = None,
) -> tuple[CameraSpec, tuple[LampSpec, ...], float, FinishSpec]:  # fmt: skip
    """Camera, lamps, ambient light and phone for a mood, one of `MOODS`."""
    wanted = margin
    yaw, pitch, roll = rng.normal(0, 6), rng.normal(-3, 4), rng.normal(0, 1.2)
    focal, margin = rng.uniform(26, 34), rng.uniform(0.02, 0.06)
    side = float(rng.choice([-1, 1]))
    finish = FinishSpec(
        exposure=rng.uniform(0.74, 0.95), kelvin_error=rng.normal(0, 0.03),
        noise=rng.uniform(0.8, 2.0), blur=rng.uniform(0.5, 0.8), vignette=rng.uniform(0.15, 0.4),
        barrel=rng.uniform(-0.01, 0.025),
    )  # fmt: skip
    lamps = (_window(side, rng.uniform(60, 110), rng), *_ceiling(rng.uniform(8, 22), rng))
    ambient, f_stop = rng.uniform(0.15, 0.35), rng.uniform(2.4, 4.0)
    if mood == "office":
        lamps = (*_ceiling(rng.uniform(40, 60), rng), _window(side, rng.uniform(8, 25), rng))
    elif mood == "dim":
        lamps = (_window(side, 14, rng, 3000), *_ceiling(2.5, rng, 2900))
        ambient = 0.03
        finish = replace(finish, exposure=rng.uniform(0.26, 0.34), noise=3.2, vignette=0.55,
                         kelvin_error=0.10, blur=0.85)  # fmt: skip
    elif mood == "skewed":
        yaw, pitch, roll = side * rng.uniform(32, 40), rng.uniform(-16, -9), rng.normal(0, 3)
        margin, f_stop = 0.025, 3.5
    elif mood == "bad":
        yaw, pitch, roll = -side * rng.uniform(20, 27), rng.uniform(8, 14), side * 4.5
        lamps = (_window(side, 16, rng, 3100), *_ceiling(3, rng, 3000))
        ambient = 0.05
        finish = replace(finish, exposure=0.4, noise=4.5, blur=1.7, motion=(4.5, 25.0),
                         vignette=0.6, kelvin_error=0.12, quality=80, sharpen=0.0)  # fmt: skip
    margin = margin if wanted is None else wanted
    camera = frame(corners, size, yaw, pitch, roll, focal, margin, f_stop)
    if mood == "glossy":
        at = camera.target[0] + rng.uniform(-160, 160), camera.target[1] + rng.uniform(-60, 140)
        lamps = (*lamps, _glare(camera, at, 150))
        finish = replace(finish, exposure=0.8)
    return camera, lamps, float(ambient), finish


def _area(count: int, size: tuple[int, int]) -> tuple[float, float]:
    """Board room for so many notes, a little wider than the photograph."""
    room, aspect = 30_000.0 * count**0.95, size[0] / size[1] * 1.08
    return float((room * aspect) ** 0.5), float((room / aspect) ** 0.5)


def compose(
    name: str, board: str, wishes: Sequence[Wish], fonts: Sequence[str], *, surface: str,
    mood: str, heading_font: str, seed: int, size: tuple[int, int], samples: int,
    area: tuple[float, float] | None = None, overlap: float = 0.28, title: str | None = None,
    margin: float | None = None,
) -> SceneSpec:  # fmt: skip
    """Hang wishes under a heading card and set up the photograph.

    Args:
        name: file stem of the photograph.
        board: what the board is called.
        wishes: the notes, the first at the bottom of every pile.
        fonts: handwriting families.
        surface: one of `specs.SURFACES`.
        mood: one of `MOODS`.
        heading_font: family of the printed card.
        seed: all chance comes from it.
        size: pixels of the upright photograph.
        samples: light samples a pixel.
        area: width and height (mm) where notes may hang; fitted to their number when left out.
        overlap: share of notes put over others.
        title: what the card says; the board's name when left out.
        margin: share of the photograph left free round the notes; negative cuts some off.
    """
    rng = np.random.default_rng(seed)
    text = title or board
    w, h = area or _area(len(wishes), size)
    card_h = float(rng.uniform(86, 120))
    card_w = float(min(w * 0.9, max(300, len(text) * card_h * 0.36 + 60)))
    y = h / 2 + card_h / 2 + 14
    x = float(rng.uniform(-0.25, 0.25) * (w - card_w))
    heading = HeadingSpec(text, heading_font, x, y - card_h / 2, card_w, card_h,
                          float(rng.normal(0, 0.9)), int(rng.integers(12)))  # fmt: skip
    room = (-w / 2, -h / 2 - card_h / 2, w / 2, h / 2 - card_h / 2 - 12)
    # Those with something to say mostly came first; voters put theirs between and over.
    late = [rng.random() + (0.0 if wish.text else 0.35) for wish in wishes]
    wishes = [wishes[i] for i in np.argsort(late)]
    notes = arrange(wishes, fonts, room, rng, overlap=overlap,
                    pale=surface in ("whiteboard", "flip chart"))  # fmt: skip
    half_w, top = card_w / 2, heading.y + card_h / 2 + 10
    held = [(x - half_w, top, 4.0), (x + half_w, top, 4.0)]
    for n in notes:
        r = n.width * (0.62 if n.shape == "square" else 0.54)
        held += [(n.x + a * r, n.y + b * r, 4.0) for a in (-1, 1) for b in (-1, 1)]
    shot = shoot(mood, np.array(held), size, rng, margin)
    camera, lamps, ambient, finish = shot
    border = {"cork": 60.0, "whiteboard": 190.0}.get(surface, 110.0)
    return SceneSpec(
        name, board, surface, w + 2 * border, h + card_h + 2 * border, heading, notes, lamps,
        ambient, camera, finish, WALLS[int(rng.integers(len(WALLS)))], seed, size, samples,
    )  # fmt: skip
