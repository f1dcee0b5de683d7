"""What EXIF says of a photo; damaged or made-up values count as absent."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image

__all__ = ["Exif", "parse_exif"]

_TAKEN_AT = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", re.ASCII)

# What Pillow's EXIF parser raises on damaged bytes.
_PARSER_ERRORS = (
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
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Exif:
    """The two facts that matter here."""

    orientation: int = 1
    """1 to 8; 1 where absent or impossible."""
    taken_at: str | None = None
    """`YYYY-MM-DDThh:mm:ss`, the camera's own clock, without zone."""


def parse_exif(source: object) -> Exif:
    """Read orientation and capture time.

    Args:
        source: the bytes of an EXIF block, or Pillow's parsed form of it; anything else counts
            as no EXIF. An orientation in XMP is not asked: browsers and viewers do not either.
    """
    if isinstance(source, Image.Exif):
        exif = source
    elif isinstance(source, bytes) and source:
        exif = Image.Exif()
        try:
            exif.load(source)
        except _PARSER_ERRORS:
            return Exif()
    else:
        return Exif()
    return Exif(orientation=_orientation(exif), taken_at=_taken_at(exif))


def _orientation(exif: Image.Exif) -> int:
    try:
        value = exif.get(ExifTags.Base.Orientation, 1)
    except _PARSER_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _taken_at(exif: Image.Exif) -> str | None:
    try:
        value = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    except _PARSER_ERRORS:
        return None
    text = value.strip("\0 ") if isinstance(value, str) else ""
    if not _TAKEN_AT.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:  # Cameras without a set clock write month 0.
        return None
