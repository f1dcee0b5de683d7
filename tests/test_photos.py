"""Photos of every format, mode and orientation come out upright, in the right colours."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw

from boardscribe.options import PhotoOptions
from boardscribe.photos import LoadedPhoto, load, sha256_of

WIDTH, HEIGHT = 192, 112
CORNERS = ((200, 30, 30), (30, 160, 40), (40, 60, 220), (240, 220, 60))
"""RGB: top left, top right, bottom left, bottom right."""

UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera held so stores an upright picture: the inverse of what EXIF asks for."""


def card() -> Image.Image:
    """A test card with four corners of different colour, and of different brightness."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (128, 128, 128))
    draw = ImageDraw.Draw(image)
    for index, colour in enumerate(CORNERS):
        left, top = (index % 2) * WIDTH // 2, (index // 2) * HEIGHT // 2
        draw.rectangle((left, top, left + WIDTH // 2 - 1, top + HEIGHT // 2 - 1), fill=colour)
    return image


def corners(image: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    """RGB in the middle of each quarter of a BGR image."""
    height, width = image.shape[:2]
    points = [(height // 4, width // 4), (height // 4, 3 * width // 4)]
    points += [(3 * height // 4, width // 4), (3 * height // 4, 3 * width // 4)]
    return [tuple(int(v) for v in image[y, x, ::-1]) for y, x in points]  # type: ignore[misc]


def stored(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(UNDO[orientation]) if orientation in UNDO else image


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def saved(image: Image.Image, orientation: int, form: str, **options: object) -> bytes:
    """As Pillow writes it, with EXIF."""
    out = io.BytesIO()
    stored(image, orientation).save(out, form, exif=exif(orientation), **options)
    return out.getvalue()


def heic(image: Image.Image, orientation: int) -> bytes:
    out = io.BytesIO()
    file = pillow_heif.from_pillow(stored(image, orientation))
    file.save(out, quality=95, exif=exif(orientation))
    return out.getvalue()


def deep(image: Image.Image) -> NDArray[np.uint16]:
    """16 bits: the full range, where 65535 is white."""
    return np.asarray(image).astype(np.uint16) * 257


def png16(image: Image.Image, orientation: int) -> bytes:
    """16-bit PNG, which OpenCV writes; EXIF in its own chunk, after the header."""
    pixels = deep(stored(image, orientation))
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    data = cv2.imencode(".png", pixels)[1].tobytes()
    body = b"eXIf" + exif(orientation)[6:]
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def grey16(image: Image.Image) -> Image.Image:
    return Image.fromarray(deep(image.convert("L")))


def see_through(image: Image.Image) -> Image.Image:
    """The right half half transparent."""
    alpha = Image.new("L", image.size, 255)
    alpha.paste(128, (image.width // 2, 0, image.width, image.height))
    image = image.copy()
    image.putalpha(alpha)
    return image


def on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L")


def same(image: Image.Image) -> Image.Image:
    return image


def palette(image: Image.Image) -> Image.Image:
    return image.quantize(8)


def lab(image: Image.Image) -> Image.Image:
    srgb, space = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(image, srgb, space, outputMode="LAB")
    assert converted is not None
    return converted


Writer = Callable[[Image.Image, int], bytes]

FORMATS: dict[str, tuple[str, Writer, Callable[[Image.Image], Image.Image], int]] = {
    "jpeg-rgb": ("JPEG", lambda i, o: saved(i, o, "JPEG", quality=95), same, 6),
    "jpeg-progressive": ("JPEG", lambda i, o: saved(i, o, "JPEG", progressive=True), same, 8),
    "jpeg-rgb-not-ycc": ("JPEG", lambda i, o: saved(i, o, "JPEG", keep_rgb=True), same, 8),
    "jpeg-grey": ("JPEG", lambda i, o: saved(i.convert("L"), o, "JPEG"), grey, 6),
    "jpeg-cmyk": ("JPEG", lambda i, o: saved(i.convert("CMYK"), o, "JPEG", quality=95), same, 10),
    "png-rgb": ("PNG", lambda i, o: saved(i, o, "PNG"), same, 0),
    "png-grey": ("PNG", lambda i, o: saved(i.convert("L"), o, "PNG"), grey, 0),
    "png-1-bit": (
        "PNG",
        lambda i, o: saved(i.convert("1", dither=0), o, "PNG"),
        lambda i: i.convert("1", dither=0),
        0,
    ),
    "png-palette": ("PNG", lambda i, o: saved(palette(i), o, "PNG"), same, 2),
    "png-palette-transparent": (
        "PNG",
        lambda i, o: saved(see_through(i).quantize(8), o, "PNG"),
        lambda i: on_white(see_through(i)),
        4,
    ),
    "png-alpha": (
        "PNG",
        lambda i, o: saved(see_through(i), o, "PNG"),
        lambda i: on_white(see_through(i)),
        1,
    ),
    "png-grey-alpha": (
        "PNG",
        lambda i, o: saved(see_through(i.convert("L")), o, "PNG"),
        lambda i: on_white(see_through(i.convert("L"))),
        1,
    ),
    "png-16-bit": ("PNG", png16, same, 1),
    "png-16-bit-grey": ("PNG", lambda i, o: png16(i.convert("L"), o), grey, 1),
    "tiff-rgb": ("TIFF", lambda i, o: saved(i, o, "TIFF"), same, 0),
    "tiff-lzw": ("TIFF", lambda i, o: saved(i, o, "TIFF", compression="tiff_lzw"), same, 0),
    "tiff-jpeg": ("TIFF", lambda i, o: saved(i, o, "TIFF", compression="jpeg"), same, 8),
    "tiff-grey": ("TIFF", lambda i, o: saved(i.convert("L"), o, "TIFF"), grey, 0),
    "tiff-palette": ("TIFF", lambda i, o: saved(palette(i), o, "TIFF"), same, 2),
    "tiff-cmyk": ("TIFF", lambda i, o: saved(i.convert("CMYK"), o, "TIFF"), same, 1),
    "tiff-lab": ("TIFF", lambda i, o: saved(lab(i), o, "TIFF"), same, 12),
    "tiff-alpha": (
        "TIFF",
        lambda i, o: saved(see_through(i), o, "TIFF"),
        lambda i: on_white(see_through(i)),
        1,
    ),
    "tiff-16-bit-grey": ("TIFF", lambda i, o: saved(grey16(i), o, "TIFF"), grey, 1),
    "tiff-pages": (
        "TIFF",
        lambda i, o: saved(i, o, "TIFF", save_all=True, append_images=[Image.new("RGB", (99, 99))]),
        same,
        0,
    ),
    "webp": ("WEBP", lambda i, o: saved(i, o, "WEBP", quality=95), same, 8),
    "webp-lossless": ("WEBP", lambda i, o: saved(i, o, "WEBP", lossless=True), same, 0),
    "webp-alpha": (
        "WEBP",
        lambda i, o: saved(see_through(i), o, "WEBP", lossless=True),
        lambda i: on_white(see_through(i)),
        1,
    ),
    "heic": ("HEIF", heic, same, 8),
    "heic-grey": ("HEIF", lambda i, o: heic(i.convert("L"), o), grey, 8),
    "heic-alpha": (
        "HEIF",
        lambda i, o: heic(see_through(i), o),
        lambda i: on_white(see_through(i)),
        8,
    ),
}
"""Name: format, writer, what should come out, tolerance in levels of 255."""


def loaded(tmp_path: Path, data: bytes, name: str = "photo.bin") -> LoadedPhoto:
    path = tmp_path / name
    path.write_bytes(data)
    return load(path, PhotoOptions())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_and_orientation_comes_out_upright_and_in_colour(
    tmp_path: Path, name: str, orientation: int
) -> None:
    form, write, expect, tolerance = FORMATS[name]

    photo = loaded(tmp_path, write(card(), orientation))

    expected = corners(np.asarray(expect(card()).convert("RGB"))[:, :, ::-1])
    assert photo.image.shape == (HEIGHT, WIDTH, 3)
    assert photo.image.dtype == np.uint8
    assert photo.image.flags["C_CONTIGUOUS"]
    assert (photo.photo.width, photo.photo.height) == (WIDTH, HEIGHT)
    assert (photo.photo.format, photo.photo.orientation) == (
        form,
        orientation if form != "HEIF" else photo.photo.orientation,
    )
    difference = np.abs(np.subtract(corners(photo.image), expected))
    assert difference.max() <= tolerance


def test_sixteen_bit_colour_tiff_is_scaled_by_its_range(tmp_path: Path) -> None:
    pixels = cv2.cvtColor(deep(card()), cv2.COLOR_RGB2BGR)
    photo = loaded(tmp_path, cv2.imencode(".tiff", pixels)[1].tobytes())
    assert np.abs(np.subtract(corners(photo.image), CORNERS)).max() <= 1


def test_a_deep_tiff_that_states_its_white_is_scaled_to_it(tmp_path: Path) -> None:
    """A 12-bit scanner in 16-bit words would otherwise come out nearly black."""
    twelve = (np.asarray(card().convert("L")).astype(np.uint16) * 16).astype(np.uint16)
    out = io.BytesIO()
    Image.fromarray(twelve).save(out, "TIFF", tiffinfo={281: 4080})
    photo = loaded(tmp_path, out.getvalue())
    expected = corners(np.asarray(card().convert("L").convert("RGB"))[:, :, ::-1])
    assert np.abs(np.subtract(corners(photo.image), expected)).max() <= 1


def test_a_float_tiff_is_scaled_not_clipped(tmp_path: Path) -> None:
    values = np.asarray(card().convert("L")).astype(np.float32) / 255
    out = io.BytesIO()
    Image.fromarray(values).save(out, "TIFF")
    photo = loaded(tmp_path, out.getvalue())
    expected = corners(np.asarray(card().convert("L").convert("RGB"))[:, :, ::-1])
    assert np.abs(np.subtract(corners(photo.image), expected)).max() <= 1


def profile(kind: str, tags: dict[bytes, bytes], space: bytes) -> bytes:
    """A minimal ICC version 2 profile; no such file can be counted on to be installed."""
    tags = {b"desc": _desc(kind), b"wtpt": _xyz(0.9642, 1.0, 0.8249), **tags}
    at, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, at, len(data))
        body += padded
        at += len(padded)
    connection = b"Lab " if space == b"CMYK" else b"XYZ "
    device = b"prtr" if space == b"CMYK" else b"mntr"
    header = struct.pack(">I4sI4s4s4s", at, b"lcms", 0x02100000, device, space, connection)
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return header[:128].ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _desc(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(raw)) + raw + bytes(78)


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def _gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def swapped_rgb_profile() -> bytes:
    """A colour space whose red is sRGB's green and the reverse: easy to see in the result."""
    red, green, blue = (0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    primaries = {b"rXYZ": _xyz(*green), b"gXYZ": _xyz(*red), b"bXYZ": _xyz(*blue)}
    curves = {name: _gamma(2.2) for name in (b"rTRC", b"gTRC", b"bTRC")}
    return profile("swapped", primaries | curves, b"RGB ")


def grey_profile() -> bytes:
    """Linear light, which shows much brighter in sRGB."""
    return profile("linear grey", {b"kTRC": _gamma(1.0)}, b"GRAY")


def cmyk_profile() -> bytes:
    """All inks print grey: more ink, darker; without cyan, magenta and yellow it is white."""
    table = b""
    for corner in range(16):
        ink = bin(corner).count("1")
        table += bytes((255 - ink * 63, 128, 128))
    ramp = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0))
    lut += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    return profile("grey inks", {b"A2B0": lut + ramp * 4 + table + ramp * 3}, b"CMYK")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_colour_profile_is_converted_to_srgb(tmp_path: Path, form: str) -> None:
    lossless = {"lossless": True} if form == "WEBP" else {}
    data = saved(card(), 1, form, icc_profile=swapped_rgb_profile(), **lossless)
    photo = loaded(tmp_path, data)
    expected = [(g, r, b) for r, g, b in CORNERS]
    assert np.abs(np.subtract(corners(photo.image), expected)).max() <= 12


def test_a_heic_colour_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    out = io.BytesIO()
    image = card()
    image.info["icc_profile"] = swapped_rgb_profile()
    pillow_heif.from_pillow(image).save(out, quality=95)
    photo = loaded(tmp_path, out.getvalue())
    expected = [(g, r, b) for r, g, b in CORNERS]
    assert np.abs(np.subtract(corners(photo.image), expected)).max() <= 16


def test_a_grey_profile_is_converted(tmp_path: Path) -> None:
    flat = Image.new("L", (WIDTH, HEIGHT), 128)
    for form in ("JPEG", "PNG"):
        photo = loaded(tmp_path, saved(flat, 1, form, icc_profile=grey_profile()))
        assert corners(photo.image)[0] == pytest.approx((188, 188, 188), abs=3)


def test_a_cmyk_profile_is_used(tmp_path: Path) -> None:
    data = saved(card().convert("CMYK"), 1, "JPEG", quality=95, icc_profile=cmyk_profile())
    red, *_ = corners(loaded(tmp_path, data).image)
    assert max(red) - min(red) <= 8


@pytest.mark.parametrize(
    "bad",
    [b"not a profile", swapped_rgb_profile()[:200], grey_profile(), cmyk_profile()],
    ids=["rubbish", "cut off", "of a grey picture", "of a CMYK picture"],
)
def test_a_profile_that_cannot_belong_to_the_pixels_is_ignored(tmp_path: Path, bad: bytes) -> None:
    photo = loaded(tmp_path, saved(card(), 1, "PNG", icc_profile=bad))
    assert corners(photo.image) == list(CORNERS)


def test_the_format_is_told_by_content_not_by_suffix(tmp_path: Path) -> None:
    photo = loaded(tmp_path, saved(card(), 1, "PNG"), name="photo.jpg")
    assert (photo.photo.format, photo.photo.name) == ("PNG", "photo.jpg")


def dated(value: str) -> bytes:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9003] = value
    return block.tobytes()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2014:08:11 11:59:00", "2014-08-11T11:59:00"),
        ("2014:08:11 11:59:00\0", "2014-08-11T11:59:00"),
        ("0000:00:00 00:00:00", None),
        ("2014:13:11 11:59:00", None),
        ("2014-08-11", None),
        ("<script>alert(1)</script>", None),
        ("", None),
    ],
)
def test_the_capture_time_is_kept_only_if_it_is_one(
    tmp_path: Path, value: str, expected: str | None
) -> None:
    out = io.BytesIO()
    card().save(out, "JPEG", exif=dated(value))
    assert loaded(tmp_path, out.getvalue()).photo.taken_at == expected


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_impossible_orientation_counts_as_none(tmp_path: Path, value: int) -> None:
    photo = loaded(tmp_path, saved(card(), value, "PNG"))
    assert (photo.photo.orientation, corners(photo.image)) == (1, list(CORNERS))


@pytest.mark.parametrize(
    "block", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0" + b"\xff" * 64]
)
def test_damaged_exif_does_not_cost_the_photo(tmp_path: Path, block: bytes) -> None:
    out = io.BytesIO()
    card().save(out, "JPEG", exif=block)
    photo = loaded(tmp_path, out.getvalue())
    assert (photo.photo.orientation, photo.photo.taken_at) == (1, None)


def test_an_orientation_in_xmp_alone_is_not_applied(tmp_path: Path) -> None:
    out = io.BytesIO()
    card().save(out, "JPEG", xmp=b'<x:xmpmeta tiff:Orientation="6"/>')
    assert loaded(tmp_path, out.getvalue()).image.shape == (HEIGHT, WIDTH, 3)


def test_padding_that_cameras_leave_at_the_end_is_no_damage(tmp_path: Path) -> None:
    data = saved(card(), 1, "JPEG")
    assert data.endswith(b"\xff\xd9")
    inside = data[:-2] + bytes(16) + b"\xff\xd9"
    for padded in (data + bytes(4096), data + data, inside):
        assert loaded(tmp_path, padded).photo.width == WIDTH


def test_identity_is_the_hash_of_the_bytes_and_the_original_is_untouched(tmp_path: Path) -> None:
    data = saved(card(), 6, "JPEG")
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    path.chmod(0o444)
    before = path.stat()

    digest = sha256_of(path)
    photo = load(path, PhotoOptions(), sha256=digest)

    after = path.stat()
    assert photo.photo.sha256 == digest
    assert photo.photo.size_bytes == len(data)
    assert path.read_bytes() == data
    assert (after.st_mtime_ns, after.st_ctime_ns) == (before.st_mtime_ns, before.st_ctime_ns)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("zettel 📌.png".encode(), "zettel 📌.png"),
        (b"two\nlines.png", "two\nlines.png"),
        (b"caf\xe9.png", "caf\\xe9.png"),
        (b"=cmd()<img src=x>.png", "=cmd()<img src=x>.png"),
    ],
)
def test_any_file_name_becomes_text_that_can_be_stored(
    tmp_path: Path, raw: bytes, expected: str
) -> None:
    path = Path(str(tmp_path), raw.decode("utf-8", "surrogateescape"))
    path.write_bytes(saved(card(), 1, "PNG"))
    name = load(path, PhotoOptions()).photo.name
    assert name == expected
    name.encode("utf-8")
