"""Photos in: one file to its record and its upright pixels, whatever the file is.

Originals are opened for reading only and are never changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boardscribe.options import PhotoOptions
from boardscribe.photos._decode import decode
from boardscribe.photos._errors import display_name, photo_error
from boardscribe.photos._files import hash_file, read_file
from boardscribe.records import Photo

__all__ = ["SUFFIXES", "VERSION", "LoadedPhoto", "load", "sha256_of"]

VERSION = "1"
"""Changes when the same file comes out as other pixels; part of the stage's digest."""

SUFFIXES: frozenset[str] = frozenset(
    (".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
)
"""Suffixes, in lower case, by which photos in a folder are told from other files. What a file
really is, its content decides."""


@dataclass(frozen=True, slots=True)
class LoadedPhoto:
    """A photo's record and its pixels."""

    photo: Photo
    image: NDArray[np.uint8]
    """BGR, H x W x 3, upright, in sRGB."""


def sha256_of(path: Path) -> str:
    """The identity of a photo: SHA-256 of its bytes, lower-case hex.

    Raises:
        PhotoError: `broken_link`, `empty`, `not_a_file`, `not_found` or `unreadable`.
    """
    return hash_file(path)


def load(path: Path, options: PhotoOptions, *, sha256: str | None = None) -> LoadedPhoto:
    """Load one photo.

    The format is told by content, not by suffix. EXIF orientation is applied exactly once;
    16-bit, grey, CMYK, palette and transparent pictures and those with a colour profile come
    out as 8-bit sRGB; of a TIFF with several pages, the first is taken.

    Args:
        path: the file.
        options: limits on what is loaded; they are checked before anything is decoded.
        sha256: what the file's bytes hashed to earlier; if they no longer do, the photo is
            refused, so that a result never belongs to other bytes than its id says.

    Raises:
        PhotoError: with one of the reasons `broken_link`, `changed`, `damaged`,
            `decompression_bomb`, `empty`, `not_a_file`, `not_an_image`, `not_found`,
            `too_large`, `too_small`, `truncated`, `unreadable`, `unsupported`.

    Example:
        >>> loaded = load(Path("board.jpg"), PhotoOptions())  # doctest: +SKIP
        >>> loaded.image.shape == (loaded.photo.height, loaded.photo.width, 3)  # doctest: +SKIP
        True
    """
    data = read_file(path, max_bytes=int(options.max_file_megabytes * 1e6))
    actual = hashlib.sha256(data).hexdigest()
    if sha256 is not None and sha256 != actual:
        raise photo_error("changed", "the file changed while it was being worked on")
    decoded = decode(data, max_pixels=int(options.max_megapixels * 1e6))
    height, width = decoded.image.shape[:2]
    photo = Photo(
        sha256=actual,
        name=display_name(path),
        width=width,
        height=height,
        format=decoded.format,
        orientation=decoded.exif.orientation,
        size_bytes=len(data),
        taken_at=decoded.exif.taken_at,
    )
    return LoadedPhoto(photo=photo, image=decoded.image)
