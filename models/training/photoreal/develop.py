"""From linear light to a photograph: denoising, lens, sensor, tone curve, JPEG."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Any

# Read by OpenCV when it is imported.
os.environ.setdefault("OPENCV_IO_ENABLE_OPENEXR", "1")

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.photoreal.specs import FinishSpec

__all__ = ["develop", "save_jpeg", "unbarrel"]

Floats = NDArray[np.float32]


def _read(path: Path) -> Floats:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise FileNotFoundError(f"the renderer wrote no {path.name}")
    return np.nan_to_num(picture[..., :3].astype(np.float32), posinf=0, neginf=0)


def _smooth(eye: Floats) -> Floats:
    """Edge-keeping smoothing of logarithmic light, where noise is even."""
    low = cv2.medianBlur(eye, 5)
    # Fireflies and lone dark rays first.
    calm = cv2.GaussianBlur(np.clip(eye, low - 0.3, low + 0.3), (0, 0), 1.5)
    for reach, likeness in ((5.0, 0.13), (7.0, 0.07)):
        calm = cv2.bilateralFilter(calm, 17, likeness, reach)
    return np.asarray(cv2.GaussianBlur(calm, (0, 0), 0.8), dtype=np.float32)


def _smooth_light(light: Floats, number: NDArray[np.uint16]) -> Floats:
    """Light without noise, each object by itself so that shadows stop at paper's edge.

    Ink is in the albedo, so only shadows and the fall of light are softened here.
    """
    eye = np.log(np.clip(light, 1e-4, 1e3)).astype(np.float32)
    clean = np.empty_like(eye)
    h, w = number.shape
    for one in np.unique(number):
        mask = (number == one).astype(np.uint8)
        x, y, wide, high = cv2.boundingRect(mask)
        rows = slice(max(0, y - 12), min(h, y + high + 12))
        part = rows, slice(max(0, x - 12), min(w, x + wide + 12))
        inside = mask[part].astype(np.float32)[..., None]
        weight = cv2.GaussianBlur(inside, (0, 0), 3.5)[..., None] + 1e-6
        around = cv2.GaussianBlur(eye[part] * inside, (0, 0), 3.5) / weight
        filled = np.where(inside > 0, eye[part], around)
        smooth = _smooth(filled.astype(np.float32))
        clean[part] = np.where(inside > 0, smooth, clean[part])
    # Pixels on a border show both sides: give them the light of both.
    near = np.ones((3, 3), np.uint8)
    border = (cv2.dilate(number, near) != cv2.erode(number, near))[..., None]
    clean = np.where(border, cv2.GaussianBlur(clean, (0, 0), 1.1), clean)
    # The hair-line shadow under paper that lies on paper is lost in the noise: put it back.
    # Notes are numbered in the order in which they were hung, so the greater lies above.
    above = (number > 1) & (cv2.dilate(number, near) > number)
    shadow = cv2.GaussianBlur(above.astype(np.float32), (0, 0), 0.7)
    clean -= 0.4 * (shadow * (number > 1))[..., None]
    return np.asarray(np.exp(clean), dtype=np.float32)


def _smooth_gloss(gloss: Floats, number: NDArray[np.uint16]) -> Floats:
    """Mirrored light without noise: the plain mean, since a few rays carry most of it."""
    clean = np.zeros_like(gloss)
    for one in np.unique(number):
        inside = (number == one).astype(np.float32)
        x, y, wide, high = cv2.boundingRect((number == one).astype(np.uint8))
        part = slice(y, y + high), slice(x, x + wide)
        weight = cv2.GaussianBlur(inside[part], (0, 0), 5.0) + 1e-6
        mean = cv2.GaussianBlur(gloss[part] * inside[part][..., None], (0, 0), 5.0)
        clean[part] += mean / weight[..., None] * inside[part][..., None]
    return clean


def unbarrel(picture: NDArray[Any], barrel: float, *, nearest: bool) -> NDArray[Any]:
    """Bend a picture as a lens does; index pictures keep their numbers with `nearest`."""
    if not barrel:
        return picture
    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    cx, cy = (w - 1) / 2, (h - 1) / 2
    r2 = ((x - cx) ** 2 + (y - cy) ** 2) / (cx * cx + cy * cy)
    zoom = (1 + barrel * r2) / (1 + max(barrel, 0.0))
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_CUBIC
    map_x, map_y = cx + (x - cx) * zoom, cy + (y - cy) * zoom
    return np.asarray(cv2.remap(picture, map_x, map_y, how, borderMode=cv2.BORDER_REPLICATE))


def _shaken(picture: Floats, motion: tuple[float, float]) -> Floats:
    length, angle = motion
    if length < 0.5:
        return picture
    n = 2 * math.ceil(length) + 1
    kernel: NDArray[Any] = np.zeros((n, n), np.float32)
    d = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))]) * length / 2
    mid = n // 2
    start, end = ((mid + sign * d) * 16 for sign in (-1, 1))
    ends = [[round(float(c)) for c in point] for point in (start, end)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    kernel = cv2.GaussianBlur(kernel, (0, 0), 0.7)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.float32)


def develop(folder: Path, finish: FinishSpec, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The 8-bit BGR photograph of a rendered scene, before it is turned or compressed."""
    albedo = _read(folder / "albedo0001.exr")
    index = np.asarray(cv2.imread(str(folder / "index.png"), cv2.IMREAD_UNCHANGED))
    number = index[::2, ::2, 2].astype(np.uint16)
    light = _smooth_light(_read(folder / "light0001.exr"), number)
    gloss = _smooth_gloss(np.clip(_read(folder / "gloss0001.exr"), 0, 20), number)
    linear = np.asarray(albedo * light + gloss, dtype=np.float32)
    # A phone meters on the bright part and balances white not quite right.
    white = float(np.percentile(light.mean(axis=2), 62))
    grey = light.reshape(-1, 3)[::97].mean(axis=0)
    balance = (grey.mean() / grey) ** 0.75
    balance *= np.array([1 - finish.kelvin_error, 1.0, 1 + finish.kelvin_error])
    linear = linear * balance.astype(np.float32) * (finish.exposure / white)
    linear = np.asarray(unbarrel(linear, finish.barrel, nearest=False), dtype=np.float32)
    linear = np.clip(linear, 0, None)
    h, w = linear.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    r2 = ((x / w - 0.5) ** 2 + (y / h - 0.5) ** 2) * 2
    linear *= (1 - finish.vignette * r2 * (0.6 + 0.4 * r2))[..., None]
    glow = cv2.GaussianBlur(cv2.resize(np.clip(linear, 0, 3), (w // 8, h // 8)), (0, 0), w / 200)
    linear = 0.97 * linear + 0.03 * cv2.resize(glow, (w, h))
    if finish.blur > 0:
        linear = np.asarray(cv2.GaussianBlur(linear, (0, 0), finish.blur), dtype=np.float32)
    linear = _shaken(linear, finish.motion)
    # Shoulder above 0.72, then the sRGB curve and a touch of contrast.
    bright = np.where(linear > 0.72, 0.72 + 0.28 * np.tanh((linear - 0.72) / 0.5), linear)
    srgb = np.where(bright < 0.0031308, 12.92 * bright, 1.055 * bright ** (1 / 2.4) - 0.055)
    srgb = np.clip(srgb + 0.035 * np.sin((srgb - 0.5) * 2 * math.pi) * 0.9, 0, 1)
    picture = (srgb * 255).astype(np.float32)
    if finish.noise:
        grain = rng.normal(0, 1, (h, w)).astype(np.float32)
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8), dtype=np.float32) * 2.2
        tint = rng.normal(0, 1, (h, w, 3)).astype(np.float32)
        tint = np.asarray(cv2.GaussianBlur(tint, (0, 0), 1.6), dtype=np.float32) * 3.5
        depth = finish.noise * (1.25 - 0.6 * srgb.mean(axis=2))
        picture = picture + (depth * grain)[..., None] + 0.45 * depth[..., None] * tint
    if finish.sharpen:
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.3))
        picture = np.asarray(picture + finish.sharpen * (picture - soft), dtype=np.float32)
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


_TURN = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def save_jpeg(picture: NDArray[np.uint8], path: Path, finish: FinishSpec) -> int:
    """Write a photograph, pixels turned as `finish.orientation` says; return the quality used.

    With `finish.max_bytes` the quality is lowered, not below 76, until the file fits.
    """
    image = Image.fromarray(np.ascontiguousarray(picture[..., ::-1]))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "boardscribe", "scene generator"
    exif[0x0112] = finish.orientation
    if finish.orientation != 1:
        image = image.transpose(_TURN[finish.orientation])
    quality = finish.quality
    while True:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=quality, subsampling=2, exif=exif, optimize=True)
        if not finish.max_bytes or data.tell() <= finish.max_bytes or quality <= 76:
            break
        quality -= 2
    path.write_bytes(data.getvalue())
    return quality
