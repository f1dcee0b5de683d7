"""Files and folders that appear whole or not at all, and the libraries that write them."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from boardscribe._version import __version__
from boardscribe.errors import InputError, MissingComponentError
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import data_time, sure_sightings
from boardscribe.snapshot import Snapshot

__all__ = [
    "MARKER",
    "component",
    "copy_picture",
    "digest_of",
    "dump_json",
    "marker",
    "new_file",
    "new_folder",
    "read_picture",
    "without_metadata",
]

MARKER = "boardscribe-export.json"
"""Lies in every exported folder: says what it is, so that it may be replaced later."""


def component(module: str, *, kind: str) -> Any:
    """Import a library that only exports need.

    Raises:
        MissingComponentError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingComponentError(
            f"the export format {kind} needs the library {module.partition('.')[0]}",
            remedy='Install it with: pip install "boardscribe[export]"',
        ) from error


@contextmanager
def new_file(out: Path) -> Iterator[Path]:
    """A temporary file beside `out` that takes its place when the block ends without error.

    Raises:
        InputError: `out` is a folder, or its folder cannot be written.
    """
    if out.is_dir():
        raise InputError(f"{out} is a folder", remedy="Name a file with --out.")
    with _beside(out) as folder:
        path = folder / "export"
        yield path
        path.replace(out)


@contextmanager
def new_folder(out: Path, *, kind: str) -> Iterator[Path]:
    """A temporary folder beside `out` that takes its place when the block ends without error.

    Raises:
        InputError: `out` is a file, or a folder with contents that are not a former export of
            the same format.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out} is not a folder", remedy="Name a new folder with --out.")
    if out.is_dir() and any(out.iterdir()) and _format_of(out) != kind:
        raise InputError(
            f"{out} has contents that are not a former {kind} export",
            remedy="Name a new or empty folder with --out; nothing was changed.",
        )
    with _beside(out) as folder:
        fresh = folder / "new"
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.replace(folder / "old")
        fresh.replace(out)


def _format_of(folder: Path) -> object:
    try:
        data = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data.get("format") if isinstance(data, dict) else None


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise InputError(
            f"cannot write {out}: {error.strerror or error}",
            remedy="Name a place with --out where you may write.",
        ) from error
    # mkdtemp makes folders for the owner alone; what is exported follows the user's umask.
    umask = os.umask(0)
    os.umask(umask)
    folder.chmod(0o777 & ~umask)
    try:
        yield folder
    except OSError as error:
        raise InputError(
            f"cannot write {out}: {error.strerror or error}",
            remedy="Name a place with --out where you may write, and check that the disk is not "
            "full.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dump_json(path: Path, data: object) -> None:
    """Write JSON for people and programs: UTF-8, indented, in the order given."""
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    path.write_bytes(text.encode("utf-8", "replace"))


def marker(
    folder: Path, *, kind: str, snapshot: Snapshot, settings: ExportSettings, **facts: object
) -> None:
    """Say in the folder what it is, how many notes it holds and what was done for privacy."""
    notes = list(snapshot.counted())
    dump_json(
        folder / MARKER,
        {
            "format": kind,
            "title": snapshot.title,
            "generator": f"boardscribe {__version__}",
            "data_time": data_time(snapshot),
            "photos": len(snapshot.photos),
            "notes": len(notes),
            "sightings": sum(len(sure_sightings(note)) for note in notes),
            "privacy": settings.redaction,
            **facts,
        },
    )


def copy_picture(workspace: Path, relative: str, target: Path) -> bool:
    """Copy a JPEG of the workspace without any metadata segment; False where it is missing.

    Crops and previews are made without EXIF; this makes sure that none, and with it no place,
    ever leaves with an export.
    """
    data = read_picture(workspace, relative)
    if data is None:
        return False
    try:
        target.write_bytes(data)
    except FileNotFoundError:  # the first of its folder
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return True


def read_picture(workspace: Path, relative: str) -> bytes | None:
    """The bytes of a JPEG of the workspace without metadata segments; None where missing."""
    place = PurePosixPath(relative)
    # The path comes from the database: it must not lead out of the workspace.
    if place.is_absolute() or ".." in place.parts:
        return None
    try:
        return without_metadata((workspace / place).read_bytes())
    except OSError:
        return None


def without_metadata(jpeg: bytes) -> bytes:
    """A JPEG without its EXIF, XMP, IPTC and comment segments; other bytes unchanged.

    Source of the segment structure: ITU-T T.81, Annex B.
    """
    if jpeg[:2] != b"\xff\xd8":
        return jpeg
    kept = [jpeg[:2]]
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        kind = jpeg[at + 1]
        if kind == 0xDA:
            break
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        # APP1 holds EXIF and XMP, APP13 IPTC, FE a comment; APP0, APP2 (ICC) and APP14 matter
        # for how the picture looks.
        if kind not in {0xFE, *range(0xE1, 0xF0)} - {0xE2, 0xEE}:
            kept.append(jpeg[at:end])
        at = end
    kept.append(jpeg[at:])
    return b"".join(kept)
