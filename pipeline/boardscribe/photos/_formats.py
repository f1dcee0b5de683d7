"""Which format a file's bytes are in, and whether they are whole; nothing is decoded here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from boardscribe.errors import PhotoError
from boardscribe.photos._errors import photo_error

__all__ = ["check_png_rows", "check_whole", "jpeg_ends", "sniff"]

_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
)
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OTHERS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a Windows bitmap"),
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"FUJIFILMCCD-RAW", "a camera raw file"),
    (b"IIRO", "a camera raw file"),
    (b"IIU\0", "a camera raw file"),
    (b"FOVb", "a camera raw file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
)

_INTERLACED = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""The seven passes of an interlaced PNG: first column and row, and the steps between them."""

_PIECE = 1 << 22
"""Bytes unpacked at a time while rows are counted."""

_MAX_SCANS = 500
"""A progressive JPEG has about ten scans; each costs a pass over the whole picture, so a small
file with thousands of them would keep a machine busy for hours."""


def sniff(data: bytes) -> str:
    """The format by content: `JPEG`, `PNG`, `TIFF`, `WEBP` or `HEIF`; the suffix is not asked.

    Raises:
        PhotoError: `not_an_image`, or `unsupported` where the format is known but not read.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(_TIFF_STARTS):
        if data[8:10] == b"CR":
            raise photo_error("unsupported", "the file is a camera raw file")
        return "TIFF"
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    for start, name in _OTHERS:
        if data.startswith(start):
            raise photo_error("unsupported", f"the file is {name}")
    raise photo_error("not_an_image", f"the file is not a photo; {_describe(data)}")


def _sniff_boxes(data: bytes) -> str:
    size = min(int.from_bytes(data[:4], "big"), 512)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, size, 4))}
    if data[8:12] in {b"avif", b"avis"} or (b"avif" in brands and b"heic" not in brands):
        raise photo_error("unsupported", "the file is an AVIF picture")
    if brands & _HEIF_BRANDS:
        return "HEIF"
    if data[8:11] == b"crx":
        raise photo_error("unsupported", "the file is a camera raw file")
    raise photo_error("unsupported", "the file is a film, not a photo")


def _describe(data: bytes) -> str:
    start = data[:512]
    if not any(start):
        return "it begins with nothing but zeros, as after a failed copy"
    try:
        text = start.decode("utf-8", "strict" if len(data) <= 512 else "ignore")
    except UnicodeDecodeError:
        return "its content is of no picture format"
    if text.isprintable() or any(mark in text for mark in "\n\t"):
        return "it holds text" if "<html" not in text.lower() else "it holds a web page"
    return "its content is of no picture format"


def check_whole(data: bytes, kind: str) -> None:
    """Check by the file's own structure that all of it is there.

    Decoders fill what is missing with grey or stop early without a word; this does not.

    Raises:
        PhotoError: `truncated`, `damaged` or `decompression_bomb`.
    """
    try:
        _CHECKS[kind](data)
    except (struct.error, IndexError) as error:
        raise _truncated() from error


def _truncated() -> PhotoError:
    return photo_error("truncated", "the end of the file is missing")


def _check_jpeg(data: bytes) -> None:
    """Count the scans; that the data suffice is for the decoder to say, which does so well."""
    scans = 0
    at = data.find(b"\xff\xda")
    while at >= 0 and scans <= _MAX_SCANS:
        scans += 1
        at = data.find(b"\xff\xda", at + 2)
    if scans == 0:
        raise _truncated()
    if scans > _MAX_SCANS and _walk_jpeg(data)[0] > _MAX_SCANS:
        raise photo_error("decompression_bomb", f"the JPEG has more than {_MAX_SCANS} scans")


def jpeg_ends(data: bytes) -> bool:
    """Whether the picture's own end marker is there."""
    return _walk_jpeg(data)[1]


def _walk_jpeg(data: bytes) -> tuple[int, bool]:
    """Scans of the picture itself, without those of thumbnails and of pictures appended.

    Returns:
        their number, counted to a little over the limit, and whether the end marker was met.
    """
    scans = 0
    at = 2
    while scans <= _MAX_SCANS and at + 2 <= len(data):
        if data[at] != 0xFF:
            at = data.find(b"\xff", at)
            if at < 0:
                break
            continue
        marker = data[at + 1]
        if marker == 0xD9:
            return scans, True
        if marker in {0x00, 0x01, 0xFF} or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        scans += marker == 0xDA
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return scans, False


def _check_png(data: bytes) -> None:
    for _ in _png_chunks(data):
        pass


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Name and content of each chunk, to the last; checksums are checked on the way."""
    view = memoryview(data)
    at = 8
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise _truncated()
        (stated,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[at + 4 : end - 4]) != stated:
            raise photo_error("damaged", "the checksum of the picture data is wrong")
        yield name, view[at + 8 : end - 4]
        if name == b"IEND":
            return
        at = end


def check_png_rows(data: bytes) -> None:
    """Unpack a PNG's rows and count their bytes: Pillow leaves rows that are missing black.

    Check the size against the limits first: this takes as long as the picture is large.

    Raises:
        PhotoError: `truncated` or `damaged`.
    """
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    passes = _INTERLACED if interlaced else ((0, 0, 1, 1),)
    expected = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            expected += rows * (1 + -(-columns * bits // 8))
    unpacker = zlib.decompressobj()
    for name, content in _png_chunks(data):
        rest: bytes | memoryview = content if name == b"IDAT" else b""
        while rest and expected > 0:
            try:
                expected -= len(unpacker.decompress(rest, _PIECE))
            except zlib.error as error:
                raise photo_error("damaged", "the picture data are damaged") from error
            rest = unpacker.unconsumed_tail
    if expected > 0:
        raise photo_error("truncated", "rows of the picture are missing")


def _check_webp(data: bytes) -> None:
    (size,) = struct.unpack_from("<I", data, 4)
    if 8 + size > len(data):
        raise _truncated()


def _check_heif(data: bytes) -> None:
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        if size == 0:
            return
        if at + size > len(data):
            # What some phones append after the picture is no box at all.
            if name.isalnum() or not at:
                raise _truncated()
            return
        if size < 8:
            return
        at += size


def _check_tiff(data: bytes) -> None:
    """The strips are checked once the directory is parsed, see `_decode`."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in {b"+\0", b"\0+"}
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    if at + 2 > len(data):
        raise _truncated()


_CHECKS = {
    "HEIF": _check_heif,
    "JPEG": _check_jpeg,
    "PNG": _check_png,
    "TIFF": _check_tiff,
    "WEBP": _check_webp,
}
