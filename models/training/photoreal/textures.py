"""Pictures that the things of a scene wear: paper with ink, cards, boards, walls.

All are 8-bit BGR in the sRGB sense, as OpenCV writes them; the renderer turns them
into reflectances.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.photoreal.fonts import font_file
from training.photoreal.handwriting import Writing
from training.photoreal.specs import HeadingSpec, TextBox

__all__ = ["INKS", "PAPERS", "board_picture", "card_picture", "note_picture", "wall_picture"]

Picture = NDArray[np.uint8]
Rgb = tuple[int, int, int]

PAPERS: dict[str, tuple[Rgb, ...]] = {
    "yellow": ((250, 226, 92), (246, 234, 140), (250, 213, 60)),
    "pink": ((246, 122, 168), (244, 160, 190), (236, 84, 140)),
    "green": ((172, 214, 92), (186, 222, 140), (130, 196, 96)),
    "blue": ((106, 184, 224), (150, 204, 228), (80, 150, 208)),
    "orange": ((248, 164, 72), (244, 140, 60), (248, 184, 110)),
    "white": ((244, 243, 238), (240, 238, 226), (246, 246, 246)),
}
INKS: dict[str, Rgb] = {
    "black": (28, 27, 30),
    "blue": (30, 48, 130),
    "royal": (40, 70, 170),
    "red": (178, 36, 44),
    "green": (20, 92, 60),
    "purple": (88, 40, 120),
    "pencil": (96, 94, 98),
}


def _noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise of unit deviation whose spots are about `cell` pixels wide."""
    h, w = shape
    small = rng.normal(0, 1, (max(2, math.ceil(h / cell)), max(2, math.ceil(w / cell))))
    return np.asarray(cv2.resize(small.astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC))


def _filled(shape: tuple[int, int], colour: Rgb) -> NDArray[np.float32]:
    return np.ones((*shape, 3), np.float32) * np.array(colour[::-1], np.float32)


def _bytes(picture: NDArray[np.float32]) -> Picture:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def note_picture(
    width: float, height: float, scale: float, paper: Rgb, ink: str, box: TextBox,
    writing: Writing | None, rng: np.random.Generator,
) -> tuple[Picture, NDArray[np.uint8]]:  # fmt: skip
    """A note's face, its frame centred in the picture, and the word of each pixel."""
    shape = (math.ceil(height * scale), math.ceil(width * scale))
    picture = _filled(shape, paper)
    picture *= (1 + 0.008 * _noise(shape, 3, rng) + 0.012 * _noise(shape, 90, rng))[..., None]
    words: NDArray[np.uint8] = np.zeros(shape, np.uint8)
    if writing is None:
        return _bytes(picture), words
    angle = math.radians(box.angle)
    c, s = math.cos(angle), math.sin(angle)
    mid = (writing.ink.shape[1] / 2, writing.ink.shape[0] / 2)
    at = (shape[1] / 2 + box.x * scale, shape[0] / 2 - box.y * scale)
    matrix = np.array(
        [[c, s, at[0] - c * mid[0] - s * mid[1]], [-s, c, at[1] + s * mid[0] - c * mid[1]]]
    )
    size = (shape[1], shape[0])
    ink_map = cv2.warpAffine(writing.ink, matrix, size, flags=cv2.INTER_LINEAR)
    words = np.asarray(
        cv2.warpAffine(writing.words, matrix, size, flags=cv2.INTER_NEAREST), dtype=np.uint8
    )
    colour = np.array(INKS[ink][::-1], np.float32)
    # Ink soaks in: dark colours multiply the paper a little.
    soaked = 0.8 * colour + 0.2 * colour * picture / 255
    alpha = (ink_map * (0.80 if ink == "pencil" else 0.97))[..., None]
    return _bytes(picture * (1 - alpha) + soaked * alpha), words


def card_picture(heading: HeadingSpec, scale: float, rng: np.random.Generator) -> Picture:
    """A printed heading card: type on white or tinted card, perhaps a rule or a border."""
    w, h = round(heading.width * scale), round(heading.height * scale)
    looks = (
        ((250, 249, 246), (22, 24, 28)), ((255, 255, 255), (20, 60, 110)),
        ((26, 74, 92), (250, 250, 246)), ((246, 240, 222), (60, 30, 24)),
    )  # fmt: skip
    paper, ink = looks[heading.style % len(looks)]
    image = Image.new("RGB", (w, h), paper)
    draw = ImageDraw.Draw(image)
    size = h
    while True:
        font = ImageFont.truetype(str(font_file(heading.font)), size)
        box = font.getbbox(heading.text, anchor="ls")
        if box[2] - box[0] < 0.86 * w and box[3] - box[1] < 0.52 * h:
            break
        size = int(size * 0.95)
    y = h / 2 - (box[1] + box[3]) / 2
    draw.text((w / 2, y), heading.text, fill=ink, font=font, anchor="ms")
    if heading.style % 3 == 0:
        edge = round(3 * scale)
        draw.rectangle((edge, edge, w - edge, h - edge), outline=ink, width=max(1, round(scale)))
    elif heading.style % 3 == 1:
        draw.rectangle((0, h - round(6 * scale), w, h), fill=ink)
    picture = np.asarray(image)[..., ::-1].astype(np.float32)
    return _bytes(picture * (1 + 0.006 * _noise((h, w), 4, rng))[..., None])


def _cork(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Granules: every pixel takes the tone of the nearest of many random seeds."""
    h, w = shape
    dots = np.full(shape, 255, np.uint8)
    n = h * w // 40
    dots[rng.integers(0, h, n), rng.integers(0, w, n)] = 0
    distance, label = cv2.distanceTransformWithLabels(
        dots, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    tone = rng.normal(0, 1, int(label.max()) + 1).astype(np.float32)[label]
    tone = cv2.GaussianBlur(tone, (0, 0), 1.0) + 0.5 * _noise(shape, 60, rng)
    picture = _filled(shape, (190, 140, 92))
    picture *= (1 + 0.10 * tone - 0.016 * distance)[..., None]
    dark = (rng.random(int(label.max()) + 1) < 0.06)[label]
    picture[dark] *= 0.62
    return picture


def _kraft(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Brown wrapping paper: fibres, fine stripes of the machine, clouds."""
    fibre = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), 2.2, None, 0.8)
    stripe = _noise((shape[0], 1), 4, rng)
    picture = _filled(shape, (186, 147, 104))
    tone = 0.16 * fibre + 0.018 * stripe + 0.02 * _noise(shape, 260, rng)
    return np.asarray(picture * (1 + tone)[..., None], dtype=np.float32)


def _whiteboard(
    shape: tuple[int, int], scale: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """White enamel with the ghosts of old writing and a few marker lines."""
    picture = _filled(shape, (240, 242, 242))
    ghost = Image.new("L", (shape[1], shape[0]))
    draw = ImageDraw.Draw(ghost)
    for _ in range(int(rng.integers(3, 9))):
        x, y = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        steps = np.cumsum(rng.normal(0, 14 * scale, (9, 2)), axis=0) + np.array([x, y])
        draw.line([(float(a), float(b)) for a, b in steps], fill=255, width=round(3 * scale))
    smear = cv2.GaussianBlur(np.asarray(ghost).astype(np.float32) / 255, (0, 0), 5 * scale)
    picture *= (1 - 0.07 * smear - 0.008 * np.abs(_noise(shape, 130, rng)))[..., None]
    return picture


def _flip_chart(
    shape: tuple[int, int], scale: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Squared flip-chart paper: a pale grid of 25 mm."""
    picture = _filled(shape, (243, 242, 236))
    step, thick = round(25 * scale), max(1, round(0.5 * scale))
    for x in range(step, shape[1], step):
        picture[:, x : x + thick] -= (8, 20, 32)
    for y in range(step, shape[0], step):
        picture[y : y + thick] -= (8, 20, 32)
    picture *= (1 + 0.006 * _noise(shape, 200, rng))[..., None]
    return picture


def _marker_lines(picture: NDArray[np.float32], scale: float, rng: np.random.Generator) -> None:
    """A hand-drawn underline or frame, as facilitators leave on a board."""
    h, w = picture.shape[:2]
    colour = [(150, 60, 30), (40, 40, 160), (60, 110, 40), (40, 38, 36)][int(rng.integers(4))]
    layer = Image.new("L", (w, h))
    draw = ImageDraw.Draw(layer)
    y0, x0, x1 = h * rng.uniform(0.21, 0.24), w * rng.uniform(0.08, 0.2), w * rng.uniform(0.8, 0.93)
    t = np.linspace(0, 1, 60)
    wave = np.cumsum(rng.normal(0, 0.5, 60)) * scale
    line = [(float(x0 + (x1 - x0) * a), float(y0 + b)) for a, b in zip(t, wave, strict=True)]
    draw.line(line, fill=235, width=round(4 * scale), joint="curve")
    alpha = cv2.GaussianBlur(np.asarray(layer).astype(np.float32) / 255, (0, 0), 0.3 * scale)
    picture[:] = picture * (1 - alpha[..., None]) + np.array(colour) * alpha[..., None]


def board_picture(
    surface: str, width: float, height: float, scale: float, rng: np.random.Generator
) -> Picture | None:
    """What the board itself looks like; None where notes hang on the bare wall."""
    shape = (round(height * scale), round(width * scale))
    if surface == "wall":
        return None
    if surface == "cork":
        return _bytes(_cork(shape, rng))
    if surface == "brown paper":
        return _bytes(_kraft(shape, rng))
    makers = {"whiteboard": _whiteboard, "flip chart": _flip_chart}
    picture = makers[surface](shape, scale, rng)
    if rng.random() < 0.6:
        _marker_lines(picture, scale, rng)
    return _bytes(picture)


def _endless(size: int, cell: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise of unit deviation that repeats without a seam."""
    wave = np.fft.fftfreq(size)
    far = np.exp(-2 * (math.pi * cell / 2.5) ** 2 * (wave[:, None] ** 2 + wave[None] ** 2))
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(0, 1, (size, size))) * far).real
    return np.asarray(noise / noise.std())


def wall_picture(colour: Rgb, rng: np.random.Generator) -> Picture:
    """Rolled wall paint, a seamless tile of 1024 pixels."""
    tone = 0.012 * _endless(1024, 3, rng) + 0.010 * _endless(1024, 9, rng)
    tone += 0.007 * _endless(1024, 160, rng)
    return _bytes((_filled((1024, 1024), colour) * (1 + tone)[..., None]).astype(np.float32))
