"""Any kind of pixels to 8-bit BGR in sRGB: depth, palette, alpha, CMYK, colour profiles."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

__all__ = ["is_srgb", "to_bgr"]

_PROFILE_ERRORS = (ImageCms.PyCMSError, OSError, TypeError, ValueError)

_PROFILE_SPACE = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
"""Which colour space a profile must be of to belong to pixels of a mode."""


def is_srgb(profile: bytes) -> bool:
    """Whether the profile is sRGB under one of its names, so that nothing has to be converted."""
    opened = _open_profile(profile)
    if opened is None:
        return False
    name = (opened.profile.profile_description or "").casefold()
    return opened.profile.xcolor_space.strip() == "RGB" and "srgb" in name


def to_bgr(
    image: Image.Image,
    profile: object = None,
    *,
    maximum: int | None = None,
    inverted: bool = False,
) -> NDArray[np.uint8]:
    """Convert a decoded Pillow image of any mode.

    Transparent parts become white, as paper is. A profile that is damaged, or that belongs to
    another colour space than the pixels, is ignored.

    Args:
        image: loaded pixels.
        profile: the bytes of an ICC profile; anything else counts as none.
        maximum: the value that means white in a picture of more than 8 bits, where the file
            states it; the range of the type otherwise.
        inverted: 0 means white (some TIFFs of more than 8 bits, which Pillow leaves as they are).

    Returns:
        H x W x 3 uint8, contiguous.
    """
    flat, alpha = _split_alpha(_eight_bits(image, maximum=maximum, inverted=inverted))
    rgb = np.asarray(_to_rgb(flat, profile))
    bgr = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)
    return bgr if alpha is None else _on_white(bgr, alpha)


def _eight_bits(image: Image.Image, *, maximum: int | None, inverted: bool) -> Image.Image:
    """Scale deep greys by their range, never clip them; colours come from Pillow as 8 bits."""
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    values = np.asarray(image)
    if image.mode == "F" or values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = (0.0, 1.0) if values.min() >= 0 and values.max() <= 1 else _range(values)
    elif values.min() < 0:
        low, high = _range(values)
    else:
        low, high = 0.0, float(maximum or (65535 if values.max() <= 65535 else values.max()))
    scaled = np.clip((values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-9)), 0, 255)
    grey = np.rint(scaled).astype(np.uint8)
    return Image.fromarray(255 - grey if inverted else grey)


def _range(values: NDArray[np.generic]) -> tuple[float, float]:
    return float(np.min(values)), float(np.max(values))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if image.mode in {"RGBa", "La"}:
        image = image.convert(image.mode.replace("a", "A"))
    if "transparency" in image.info and image.mode in {"1", "L", "P", "RGB"}:
        image = image.convert("RGBA")
    if image.mode == "P":
        # A palette may itself hold alpha.
        image = image.convert("RGBA" if image.palette and image.palette.mode == "RGBA" else "RGB")
    elif image.mode == "PA":
        image = image.convert("RGBA")
    if image.mode not in {"RGBA", "LA"}:
        return image, None
    alpha = image.getchannel("A")
    flat = image.convert("RGB" if image.mode == "RGBA" else "L")
    return flat, None if alpha.getextrema() == (255, 255) else alpha


def _to_rgb(image: Image.Image, profile: object) -> Image.Image:
    if image.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _convert(image, lab) or image.convert("L").convert("RGB")
    if image.mode not in _PROFILE_SPACE:
        image = image.convert("L" if image.mode == "1" else "RGB")
    if isinstance(profile, bytes) and profile and not is_srgb(profile):
        opened = _open_profile(profile)
        if opened and opened.profile.xcolor_space.strip() == _PROFILE_SPACE[image.mode]:
            converted = _convert(image, opened)
            if converted is not None:
                return converted
    return image.convert("RGB")


def _convert(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image | None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    try:
        return ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    except _PROFILE_ERRORS:
        return None


def _open_profile(profile: bytes) -> ImageCms.ImageCmsProfile | None:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except _PROFILE_ERRORS:
        return None


def _on_white(bgr: NDArray[np.uint8], alpha: Image.Image) -> NDArray[np.uint8]:
    cover = np.asarray(alpha, dtype=np.uint16)[:, :, None]
    mixed = bgr * cover + 255 * (255 - cover)
    return ((mixed + 127) // 255).astype(np.uint8)
