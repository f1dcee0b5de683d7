"""From the bytes of a photo to upright BGR pixels.

Each format takes the way that was measured to be right and quickest, see
`docs/decisions/0001-photo-loading.md`.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import pillow_heif
import simplejpeg
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from boardscribe.errors import PhotoError
from boardscribe.photos._colour import is_srgb, to_bgr
from boardscribe.photos._errors import photo_error
from boardscribe.photos._exif import Exif, parse_exif
from boardscribe.photos._formats import check_png_rows, check_whole, jpeg_ends, sniff

__all__ = ["Decoded", "decode"]

MIN_SIDE = 64
"""Pixels; nobody can find and read a note on less."""

_BOMB_RATIO = 100
"""Pixels a byte. Photos have fewer than 20; only made-up files are beyond 100 and huge."""

# What decoders raise on damaged bytes. Long, but each was seen: decoders index and unpack what
# they read before they check it.
_DECODER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    cv2.error,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

_HARMLESS = re.compile(
    r"Corrupt JPEG data: \d{1,3} extraneous bytes before marker 0xd9"
    r"|Corrupt JPEG data: bad ICC marker|Invalid SOS parameters for sequential JPEG"
    r"|Unknown Adobe color transform code.*|Warning: unknown JFIF revision number.*"
)
"""What libjpeg says of cameras that pad the end or number things oddly: nothing is missing."""

_TAG_WIDTH, _TAG_HEIGHT = 256, 257
_TAG_SUBFILE, _TAG_PHOTOMETRIC, _TAG_MAX_SAMPLE, _TAG_DNG = 254, 262, 281, 50706
_OFFSETS_AND_COUNTS = ((273, 279), (324, 325))


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo's pixels and what its file says about it."""

    image: NDArray[np.uint8]
    """BGR, H x W x 3, upright."""
    format: str
    exif: Exif


def decode(data: bytes, *, max_pixels: int) -> Decoded:
    """Decode a photo and turn it upright.

    Args:
        data: the whole file.
        max_pixels: limit on width x height, checked before anything is decoded.

    Raises:
        PhotoError: see `boardscribe.photos.load`.
    """
    kind = sniff(data)
    check_whole(data, kind)
    # Pillow warns on standard error of odd metadata, which is no business of the person at the
    # progress bar: what matters is checked here and raised.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _decode(data, kind, max_pixels)


def _decode(data: bytes, kind: str, max_pixels: int) -> Decoded:
    try:
        with _own_pixel_limit():
            opened = _OPENERS[kind](data)
            _check_size(opened.size, len(data), max_pixels)
            image, exif = opened.pixels()
    except PhotoError:
        raise
    except MemoryError as error:
        raise photo_error("too_large", "there is not enough memory for this photo") from error
    except _DECODER_ERRORS as error:
        raise _explain(error) from error
    upright = image if opened.is_upright else _turn(image, exif.orientation)
    return Decoded(image=np.ascontiguousarray(upright), format=kind, exif=exif)


@contextmanager
def _own_pixel_limit() -> Iterator[None]:
    # The limit of the options is checked as soon as the size is known; Pillow's has no say.
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _check_size(size: tuple[int, int], size_bytes: int, max_pixels: int) -> None:
    width, height = size
    pixels = width * height
    if pixels > max_pixels:
        message = (
            f"{width} x {height} pixels are {pixels / 1e6:.0f} megapixels, more than the limit "
            f"of {max_pixels / 1e6:.0f}"
        )
        bomb = pixels > size_bytes * _BOMB_RATIO
        raise photo_error("decompression_bomb" if bomb else "too_large", message)
    if min(width, height) < MIN_SIDE:
        raise photo_error("too_small", f"{width} x {height} pixels are too few to show a note")


def _explain(error: Exception) -> PhotoError:
    text = str(error).lower()
    # "... premature end of data segment" and "unsupported marker type" tell of damage.
    if text.startswith("corrupt jpeg data") or "marker" in text:
        return photo_error("damaged", "the picture data are damaged in the middle")
    if any(word in text for word in ("truncated", "premature", "end of file", "eof")):
        return photo_error("truncated", "the end of the picture data is missing")
    if any(word in text for word in ("unknown pixel mode", "unsupported", "not supported")):
        return photo_error("unsupported", "this variety of the format is not supported")
    return photo_error("damaged", "the picture data are damaged and cannot be decoded")


def _turn(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo an EXIF orientation, 1 to 8."""
    turned: cv2.typing.MatLike = image
    if orientation in {5, 6, 7, 8}:
        turned = cv2.transpose(turned)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    if flip is not None:
        turned = cv2.flip(turned, flip)
    return np.asarray(turned, dtype=np.uint8)


class _Opened(Protocol):
    """A photo whose header is read and whose pixels are not."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def is_upright(self) -> bool:
        """Whether `pixels` comes upright already."""

    def pixels(self) -> tuple[NDArray[np.uint8], Exif]:
        """Decode."""


class _Jpeg:
    """JPEG: libjpeg-turbo in strict mode, which tells of missing data; Pillow for the header."""

    is_upright = False

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._header = JpegImageFile(io.BytesIO(data))
        self.size = self._header.size

    def pixels(self) -> tuple[NDArray[np.uint8], Exif]:
        info = self._header.info
        exif = parse_exif(info.get("exif"))
        profile = info.get("icc_profile")
        if self._header.mode == "CMYK":
            # Adobe stores CMYK inverted, and nobody else writes CMYK JPEGs.
            ink = 255 - self._decode("CMYK")
            return to_bgr(Image.fromarray(ink, "CMYK"), profile), exif
        if profile and not is_srgb(profile):
            if self._header.mode == "L":
                grey = self._decode("GRAY")[:, :, 0]
                return to_bgr(Image.fromarray(grey), profile), exif
            return to_bgr(Image.fromarray(self._decode("RGB")), profile), exif
        return self._decode("BGR"), exif

    def _decode(self, space: str) -> NDArray[np.uint8]:
        try:
            image = simplejpeg.decode_jpeg(self._data, colorspace=space)
        except ValueError as error:
            if not (_HARMLESS.fullmatch(str(error)) and jpeg_ends(self._data)):
                raise
            image = simplejpeg.decode_jpeg(self._data, colorspace=space, strict=False)
        return np.asarray(image, dtype=np.uint8)


class _Simple:
    """PNG and WebP: Pillow."""

    is_upright = False

    def __init__(self, data: bytes) -> None:
        self._data = data
        is_png = data.startswith(b"\x89PNG")
        self._opened = (PngImageFile if is_png else WebPImageFile)(io.BytesIO(data))
        self.size = self._opened.size

    def pixels(self) -> tuple[NDArray[np.uint8], Exif]:
        opened = self._opened
        exif = parse_exif(_png_exif(opened.info))
        if isinstance(opened, PngImageFile):
            check_png_rows(self._data)
        opened.load()
        return to_bgr(opened, opened.info.get("icc_profile")), exif


def _png_exif(info: Mapping[Any, Any]) -> object:
    """EXIF from its chunk, or as ImageMagick writes it: hexadecimal, in a text chunk."""
    raw = info.get("Raw profile type exif")
    if "exif" in info or not isinstance(raw, str):
        return info.get("exif")
    try:
        return bytes.fromhex("".join(raw.split("\n")[3:]))
    except ValueError:
        return None


class _Tiff:
    """TIFF: Pillow and its libtiff; the first page. Pillow turns it upright itself."""

    is_upright = True

    def __init__(self, data: bytes) -> None:
        self._opened = TiffImageFile(io.BytesIO(data))
        tags = self._opened.tag_v2
        if _TAG_DNG in tags or int(tags.get(_TAG_SUBFILE, 0)) & 1:
            raise photo_error("unsupported", "the file is a camera raw file")
        for offsets, counts in _OFFSETS_AND_COUNTS:
            ends = zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
            if any(start + count > len(data) for start, count in ends):
                raise photo_error("truncated", "the end of the picture data is missing")
        self.size = self._opened.size

    def pixels(self) -> tuple[NDArray[np.uint8], Exif]:
        opened = self._opened
        tags = opened.tag_v2
        exif = parse_exif(opened.getexif())
        inverted = tags.get(_TAG_PHOTOMETRIC) == 0 and opened.mode in {"I;16", "F"}
        stated = tags.get(_TAG_MAX_SAMPLE)
        maximum = stated[0] if isinstance(stated, tuple) and stated else stated
        profile = opened.info.get("icc_profile")
        opened.load()
        maximum = int(maximum) if isinstance(maximum, int) and maximum > 255 else None
        return to_bgr(opened, profile, maximum=maximum, inverted=inverted), exif


class _Heif:
    """HEIC: libheif, which turns the picture upright as the file's own transformations say."""

    is_upright = True

    def __init__(self, data: bytes) -> None:
        self._opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        self.size: tuple[int, int] = self._opened.size

    def pixels(self) -> tuple[NDArray[np.uint8], Exif]:
        exif = parse_exif(self._opened.info.get("exif"))
        profile = self._opened.info.get("icc_profile")
        return to_bgr(self._opened.to_pillow(), profile), exif


_OPENERS: Mapping[str, Callable[[bytes], _Opened]] = {
    "HEIF": _Heif,
    "JPEG": _Jpeg,
    "PNG": _Simple,
    "TIFF": _Tiff,
    "WEBP": _Simple,
}
