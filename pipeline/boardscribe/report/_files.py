"""Files of the report: written whole or not at all, and only where they change."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from boardscribe.records import Photo
from boardscribe.snapshot import PhotoEntry, SightingEntry

__all__ = ["GENERATOR", "Pictures", "remove_stale", "slug"]

GENERATOR = "boardscribe report"
"""Content of `<meta name="generator">`; only pages that carry it are ever removed."""

THUMBNAIL_SIDE = 640
"""Longest side of a board's thumbnail in pixels: sharp at 320 CSS pixels on a dense screen."""

_TEMPORARY = ".writing-"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PICTURE_NAME = re.compile(r"(photo|thumb|note)-[a-z0-9-]+\.jpg")
# Names that Windows keeps for devices, and the one this report uses itself.
_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d|no-heading")


def slug(identifier: str) -> str:
    """A name for files and anchors made from an identifier, never from a name people gave.

    Plain identifiers stay as they are; anything else becomes a digest, so that no identifier can
    leave the folder, collide on a file system that ignores case, or need escaping.
    """
    if _PLAIN.fullmatch(identifier) and not _RESERVED.fullmatch(identifier):
        return identifier
    return "x" + blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def remove_stale(folder: Path, keep: Iterable[Path]) -> None:
    """Remove what earlier reports wrote and this one no longer has; leave people's files alone."""
    kept = set(keep)
    for path in (*folder.glob("boards/*.html"), *folder.glob("images/*.jpg")):
        if path not in kept and (path.suffix == ".html" or _PICTURE_NAME.fullmatch(path.name)):
            if path.suffix == ".html" and not _ours(path):
                continue
            path.unlink(missing_ok=True)
    for path in (*folder.glob(f"{_TEMPORARY}*"), *folder.glob(f"*/{_TEMPORARY}*")):
        path.unlink(missing_ok=True)


def _ours(page: Path) -> bool:
    with page.open("rb") as file:
        return f'name="generator" content="{GENERATOR}'.encode() in file.read(4096)


class Pictures:
    """Puts the pictures a report shows into its `images` folder.

    They are hard links where the file system can (no second copy on the disk) and copies where
    it cannot; either way the report folder can be zipped and sent.
    """

    def __init__(self, workspace: Path, folder: Path) -> None:
        self._workspace = workspace.resolve()
        self._folder = folder / "images"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.used: set[Path] = set()

    def photo(self, entry: PhotoEntry) -> str | None:
        """Address of a photo's preview, relative to the report; None where it is missing."""
        return self._link(entry.preview, f"photo-{_short(entry.photo)}.jpg")

    def thumbnail(self, entry: PhotoEntry) -> str | None:
        """Address of a small picture of a photo; the preview itself where it cannot be made."""
        source = self._source(entry.preview)
        if source is None:
            return None
        target = self._folder / f"thumb-{_short(entry.photo)}.jpg"
        stamp = source.stat().st_mtime_ns
        if not target.exists() or target.stat().st_mtime_ns != stamp:
            temporary = target.with_name(f"{_TEMPORARY}{os.getpid()}-{target.name}")
            try:
                with Image.open(source) as image:
                    image.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
                    small = image.convert("RGB")
                small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BILINEAR)
                small.save(temporary, "JPEG", quality=78, optimize=True)
                os.utime(temporary, ns=(stamp, stamp))
                temporary.replace(target)
            except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError):
                return self.photo(entry)
            finally:
                temporary.unlink(missing_ok=True)
        self.used.add(target)
        return f"images/{target.name}"

    def crop(self, sighting: SightingEntry) -> str | None:
        """Address of a sighting's crop, relative to the report; None where it is missing."""
        return self._link(sighting.crop, f"note-{slug(sighting.sighting_id)}.jpg")

    def _source(self, relative: str | None) -> Path | None:
        if not relative:
            return None
        try:
            source = (self._workspace / relative).resolve()
            inside = source.is_relative_to(self._workspace)
            return source if inside and source.is_file() else None
        except (OSError, ValueError, RuntimeError):  # NUL in the path, a loop of links ...
            return None

    def _link(self, relative: str | None, name: str) -> str | None:
        source = self._source(relative)
        if source is None:
            return None
        target = self._folder / name
        self.used.add(target)
        if not _same(source, target):
            temporary = target.with_name(f"{_TEMPORARY}{os.getpid()}-{name}")
            try:
                try:
                    os.link(source, temporary)
                except OSError:  # another disk, or a file system without hard links
                    shutil.copy2(source, temporary)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        return f"images/{name}"


def _short(photo: Photo) -> str:
    return slug(photo.sha256)[:24]


def _same(source: Path, target: Path) -> bool:
    try:
        there = target.stat()
    except FileNotFoundError:
        return False
    here = source.stat()
    linked = (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
    return linked or (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
