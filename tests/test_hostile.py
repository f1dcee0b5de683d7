"""Files that are no usable photo fail with the right reason, quickly, and never half-decoded."""

from __future__ import annotations

import io
import os
import socket
import struct
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from boardscribe.errors import PhotoError
from boardscribe.options import PhotoOptions
from boardscribe.photos import load, sha256_of
from boardscribe.photos._errors import REMEDIES

SMALL = PhotoOptions(max_megapixels=1.0, max_file_megabytes=1.0)


def noise(width: int = 160, height: int = 120) -> Image.Image:
    """Smooth noise: no compressor shrinks it to nothing, so that cuts hit picture data."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 255, (height // 4, width // 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height))


def picture(form: str, image: Image.Image | None = None, **options: object) -> bytes:
    image = image or noise()
    out = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(out, quality=80)
    else:
        image.save(out, form, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, pixels: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """100 000 x 100 000 pixels in ten kilobytes."""
    return png(100_000, 100_000, zlib.compress(bytes(10_000_000), 9))


def scans() -> bytes:
    """A small progressive JPEG whose last scan is repeated hundreds of times."""
    data = picture("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 600 + b"\xff\xd9"


def bad_checksum() -> bytes:
    data = bytearray(picture("PNG"))
    data[-20] ^= 0xFF
    return bytes(data)


def camera_raw() -> bytes:
    return picture("TIFF", tiffinfo={50706: b"\x01\x04\0\0"})


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


CONTENTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "text called .jpg": (lambda: b"Dear volunteer,\nthe photo is missing.\n", "not_an_image"),
    "web page called .jpg": (lambda: b"<!DOCTYPE html><html>404</html>", "not_an_image"),
    "zeros": (lambda: bytes(50_000), "not_an_image"),
    "random bytes": (lambda: np.random.default_rng(1).bytes(5000), "not_an_image"),
    "only the first bytes": (lambda: b"\xff\xd8\xff\xe0", "truncated"),
    "PDF": (lambda: b"%PDF-1.7\n" + bytes(99), "unsupported"),
    "GIF": (lambda: picture("GIF"), "unsupported"),
    "camera raw (DNG)": (camera_raw, "unsupported"),
    "camera raw (CR2)": (lambda: b"II*\0\x10\0\0\0CR\x02\0" + bytes(99), "unsupported"),
    "AVIF": (lambda: box(b"ftyp", b"avif\0\0\0\0avifmif1") + bytes(99), "unsupported"),
    "film": (lambda: box(b"ftyp", b"isom\0\0\0\0isommp41") + bytes(99), "unsupported"),
    "JPEG cut in half": (lambda: picture("JPEG")[:3000], "truncated"),
    "JPEG cut, end put back": (lambda: picture("JPEG")[:3000] + b"\xff\xd9", "damaged"),
    "JPEG with a hole": (
        lambda: picture("JPEG")[:3000] + bytes(400) + picture("JPEG")[3400:],
        "damaged",
    ),
    "JPEG header only": (lambda: picture("JPEG")[:400], "truncated"),
    "progressive JPEG cut": (lambda: picture("JPEG", progressive=True)[:3000], "truncated"),
    "CMYK JPEG cut": (lambda: picture("JPEG", noise().convert("CMYK"))[:3000], "truncated"),
    "JPEG of 600 scans": (scans, "decompression_bomb"),
    "PNG cut in half": (lambda: picture("PNG")[:9000], "truncated"),
    "PNG without its last byte": (lambda: picture("PNG")[:-1], "truncated"),
    "PNG with a wrong checksum": (bad_checksum, "damaged"),
    "PNG with too few rows": (lambda: png(100, 100, zlib.compress(bytes(101 * 50))), "truncated"),
    "PNG of 0 x 0": (lambda: png(0, 0, zlib.compress(b"")), "damaged"),
    "PNG of 1 x 1": (lambda: png(1, 1, zlib.compress(bytes(2))), "too_small"),
    "a strip 1000 x 20": (lambda: picture("PNG", noise(1000, 20)), "too_small"),
    "PNG bomb": (bomb, "decompression_bomb"),
    "more pixels than allowed": (lambda: picture("JPEG", noise(1200, 900)), "too_large"),
    "more bytes than allowed": (lambda: picture("PNG") + bytes(1_000_000), "too_large"),
    "WebP cut": (lambda: picture("WEBP")[:2000], "truncated"),
    "WebP without picture": (lambda: b"RIFF\x04\0\0\0WEBP", "damaged"),
    "TIFF cut": (lambda: picture("TIFF")[:9000], "truncated"),
    "LZW TIFF cut": (lambda: picture("TIFF", compression="tiff_lzw")[:-200], "truncated"),
    "TIFF header only": (lambda: b"II*\0\x08\0\0\0", "truncated"),
    "HEIC cut": (lambda: picture("HEIF")[:-500], "truncated"),
    "HEIC header only": (lambda: picture("HEIF")[:60], "truncated"),
}
"""What the file holds, and the reason it must fail with."""


@pytest.mark.parametrize("name", CONTENTS)
def test_bad_content_fails_with_its_reason_and_a_remedy(tmp_path: Path, name: str) -> None:
    make, reason = CONTENTS[name]
    path = tmp_path / "photo.jpg"
    path.write_bytes(make())

    with pytest.raises(PhotoError) as caught:
        load(path, SMALL)

    assert caught.value.reason == reason
    assert caught.value.message
    assert caught.value.remedy == REMEDIES[reason]


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # A socket's path is limited to about 100 characters.
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def broken(path: Path) -> None:
    path.symlink_to(path.parent / "gone.jpg")


def circle(path: Path) -> None:
    other = path.with_name("other.jpg")
    other.symlink_to(path)
    path.symlink_to(other)


PLACES: dict[str, tuple[Callable[[Path], None], str]] = {
    "named pipe": (pipe, "not_a_file"),
    "socket": (listening, "not_a_file"),
    "endless device": (device, "not_a_file"),
    "folder": (lambda path: path.mkdir(), "not_a_file"),
    "broken link": (broken, "broken_link"),
    "links in a circle": (circle, "broken_link"),
    "nothing": (lambda path: None, "not_found"),
    "empty file": (lambda path: path.touch(), "empty"),
}
"""What stands at the path, and the reason it must fail with."""


@pytest.mark.timeout(20)
@pytest.mark.parametrize("read", [sha256_of, lambda path: load(path, SMALL)], ids=["hash", "load"])
@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_file_fails_at_once(
    tmp_path: Path, name: str, read: Callable[[Path], object]
) -> None:
    make, reason = PLACES[name]
    path = tmp_path / "photo.jpg"
    make(path)

    with pytest.raises(PhotoError) as caught:
        read(path)

    assert caught.value.reason == reason
    assert caught.value.remedy


@pytest.mark.parametrize("read", [sha256_of, lambda path: load(path, SMALL)], ids=["hash", "load"])
@pytest.mark.parametrize("name", ["a\0b.jpg", "x" * 5000 + ".jpg"], ids=["NUL", "too long"])
def test_impossible_names_are_not_found(
    tmp_path: Path, name: str, read: Callable[[Path], object]
) -> None:
    with pytest.raises(PhotoError) as caught:
        read(tmp_path / name)
    assert caught.value.reason == "not_found"


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")]
)
def test_a_file_that_may_not_or_cannot_be_read_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """Injected: the tests may run as root, whom permission bits do not stop."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("JPEG"))
    real = os.open

    def refuse(name: object, *args: object, **kwargs: object) -> int:
        if name == path:
            raise error
        return real(name, *args, **kwargs)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(os, "open", refuse)
    for read in (sha256_of, lambda path: load(path, SMALL)):
        with pytest.raises(PhotoError) as caught:
            read(path)
        assert caught.value.reason == "unreadable"
        assert str(error.strerror) in caught.value.message


def test_a_file_that_changes_after_it_was_hashed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("JPEG"))
    digest = sha256_of(path)
    path.write_bytes(picture("JPEG", quality=50))
    with pytest.raises(PhotoError) as caught:
        load(path, SMALL, sha256=digest)
    assert caught.value.reason == "changed"


def test_a_file_that_vanishes_after_it_was_hashed_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("JPEG"))
    digest = sha256_of(path)
    path.unlink()
    with pytest.raises(PhotoError) as caught:
        load(path, SMALL, sha256=digest)
    assert caught.value.reason == "not_found"


def test_a_file_that_grows_without_end_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("PNG"))
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set() and file.tell() < 50_000_000:
                file.write(bytes(100_000))
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        time.sleep(0.02)
        with pytest.raises(PhotoError) as caught:
            load(path, SMALL)
    finally:
        stop.set()
        writer.join()
    assert caught.value.reason == "too_large"


def test_limits_hold_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb())
    tracemalloc.start()
    try:
        with pytest.raises(PhotoError):
            load(path, PhotoOptions())
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF"])
def test_the_limit_of_the_options_decides_not_that_of_the_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    path = tmp_path / "photo"
    path.write_bytes(picture(form))
    assert load(path, SMALL).photo.width == 160
    assert Image.MAX_IMAGE_PIXELS == 1000


def test_too_little_memory_is_a_failure_of_this_photo_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr("boardscribe.photos._decode.simplejpeg.decode_jpeg", exhausted)
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("JPEG"))
    with pytest.raises(PhotoError) as caught:
        load(path, SMALL)
    assert caught.value.reason == "too_large"


FORMS = {
    "JPEG": lambda: picture("JPEG"),
    "progressive JPEG": lambda: picture("JPEG", progressive=True),
    "PNG": lambda: picture("PNG"),
    "TIFF": lambda: picture("TIFF"),
    "LZW TIFF": lambda: picture("TIFF", compression="tiff_lzw"),
    "WebP": lambda: picture("WEBP"),
    "lossless WebP": lambda: picture("WEBP", lossless=True),
    "HEIC": lambda: picture("HEIF"),
}


@pytest.mark.parametrize("name", FORMS)
def test_no_file_cut_anywhere_passes_as_a_photo(tmp_path: Path, name: str) -> None:
    data = FORMS[name]()
    path = tmp_path / "photo"
    path.write_bytes(data)
    load(path, SMALL)
    passed, reasons = [], set()
    cuts = {*range(1, len(data), max(1, len(data) // 60)), len(data) - 3, len(data) - 40}
    for cut in sorted(cuts):
        path.write_bytes(data[:cut])
        try:
            load(path, SMALL)
        except PhotoError as error:
            reasons.add(error.reason)
        else:
            passed.append(cut)
    assert passed == []
    assert reasons <= {"truncated", "damaged", "not_an_image", "unsupported"}


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_whatever_is_wrong_with_the_bytes_only_a_photo_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    content = bytearray(FORMS[name]())
    changes = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    near = st.tuples(st.integers(0, min(600, len(content) - 1)), st.integers(0, 255))
    for at, value in data.draw(st.lists(changes | near, min_size=1, max_size=8)):
        content[at] = value
    path = tmp_path_factory.mktemp("fuzz") / "photo"
    path.write_bytes(bytes(content))
    try:
        loaded = load(path, SMALL)
    except PhotoError as error:
        reason = error.reason
    else:
        reason = None
        assert loaded.image.shape == (loaded.photo.height, loaded.photo.width, 3)
    assert reason is None or reason in REMEDIES


def test_every_reason_has_a_remedy_of_one_sentence() -> None:
    for reason, remedy in REMEDIES.items():
        assert reason == reason.lower()
        assert remedy.endswith(".")
        assert remedy.count(". ") == 0
