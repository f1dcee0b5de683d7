"""A BagIt bag: the archive's package, with a checksum for every file.

In `data/`: the tables with all machine and human readings, the note export, the provenance, the
published record, the pictures, a dump of the database (with pseudonyms, see `_dump`), the outlines
that people gave, and the original photographs: each listed with its SHA-256 in `originals.csv`, and included where it was
handed over, still has that digest and does not say where it was taken (unless that was asked for).

Source: https://www.rfc-editor.org/rfc/rfc8493 (written by the Library of Congress's bagit-python).
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from boardscribe._version import __version__
from boardscribe.errors import InputError
from boardscribe.export._dump import dump_database
from boardscribe.export._provenance import write_provenance
from boardscribe.export._settings import ExportSettings
from boardscribe.export._tables import TABLES, guarded, write_csv
from boardscribe.export._view import clean, data_time, short_ids
from boardscribe.export._write import component, marker, new_folder
from boardscribe.export.jsonl import write_jsonl
from boardscribe.export.ro_crate import copy_pictures
from boardscribe.options import Options
from boardscribe.outlines import OUTLINES_FILE
from boardscribe.records import Photo
from boardscribe.snapshot import Snapshot

__all__ = ["has_location", "write_bagit"]

_DATABASE = "boardscribe.db"
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WEBP": ".webp", "HEIF": ".heic"}
_GPS = 0x8825
"""EXIF tag of the block that says where a photo was taken."""
_EXIF_PLACES = frozenset({2, 4, 20, 22, 28})
"""Of that block: latitude, longitude, both of the destination, name of the area."""
_IPTC_PLACES = frozenset({(2, 90), (2, 92), (2, 95), (2, 101)})
"""City, place in it, state, country."""
_XMP_PLACES = (b"GPSLatitude", b"photoshop:City", b"Iptc4xmpCore:Location", b"LocationCreated")


def write_bagit(
    snapshot: Snapshot,
    options: Options,
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the bag `out`; returns the number of notes.

    Raises:
        InputError: `out` holds something else or cannot be written, or a file of the record is
            not a plain file name.
        MissingComponentError: bagit is not installed.
    """
    bagit = component("bagit", kind="bagit")
    time = data_time(snapshot)
    with new_folder(out, kind="bagit") as folder:
        (folder / "tables").mkdir()
        rows = {
            table.name: write_csv(table, snapshot, folder / "tables" / f"{table.name}.csv")
            for table in TABLES
        }
        write_jsonl(snapshot, options, folder / "notes.jsonl")
        write_provenance(snapshot, folder / "provenance.jsonld")
        _record(folder, settings)
        copy_pictures(folder, snapshot, settings)
        dumped = _dump(folder, settings, name_readers=options.review.name_readers)
        _outlines(folder, settings)
        originals = _originals(folder, snapshot, settings)
        # The library changes the working folder meanwhile, so its path must be whole.
        bag = bagit.make_bag(
            str(folder.resolve()),
            {
                "Source-Organization": settings.creator or "not stated",
                "External-Description": settings.description or snapshot.title or "Workshop boards",
                "External-Identifier": f"boardscribe-{time}",
                "Bagging-Date": time[:10],
                "Bag-Software-Agent": f"boardscribe {__version__}",
                "Boardscribe-Licence": settings.licence or "none stated",
                "Boardscribe-Privacy": settings.redaction,
                "Boardscribe-Database": dumped,
                "Boardscribe-Originals": originals,
            },
            # The digest that names the photos, so that the manifest speaks of the same ones.
            checksums=["sha256"],
        )
        marker(folder, kind="bagit", snapshot=snapshot, settings=settings)
        bag.save()  # lists the marker among the tag files
    return rows["notes"]


def _record(folder: Path, settings: ExportSettings) -> None:
    for name, data in sorted(settings.record.items()):
        if Path(name).name != name or name in {"", ".", ".."}:
            raise InputError(f"{name!r} is not a plain file name")
        (folder / "record").mkdir(exist_ok=True)
        (folder / "record" / name).write_bytes(data)


def _dump(folder: Path, settings: ExportSettings, *, name_readers: bool) -> str:
    """Write the workspace's SQLite database as SQL; says what was done."""
    if settings.redacted:
        return "left out: it holds the texts that were redacted"
    path = settings.workspace / _DATABASE if settings.workspace else None
    if path is None or not path.is_file():
        return "left out: no SQLite file in the workspace; the tables hold its content"
    dump_database(path, folder / "database.sql", name_readers=name_readers)
    return "database.sql (SQLite)"


def _outlines(folder: Path, settings: ExportSettings) -> None:
    """The outlines that people gave: they are not in the database."""
    given = settings.workspace / OUTLINES_FILE if settings.workspace else None
    if given is not None and given.is_file():
        shutil.copyfile(given, folder / OUTLINES_FILE)


def _originals(folder: Path, snapshot: Snapshot, settings: ExportSettings) -> str:
    ids = short_ids(snapshot)
    included = 0
    with (folder / "originals.csv").open("w", encoding="utf-8", errors="replace", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(["sha256", "name", "size_bytes", "file", "status"])
        for photo, wanted in _statuses(snapshot, settings):
            status, file = wanted, ""
            if wanted == "included":
                name = f"originals/{ids[photo.sha256]}{_SUFFIXES.get(photo.format, '.img')}"
                status = _copy(settings.originals[photo.sha256], folder / name, photo.sha256)
                if status == "included":
                    included += 1
                    file = name
            row: tuple[str | int, ...] = (
                photo.sha256,
                clean(photo.name),
                photo.size_bytes,
                file,
                status,
            )
            writer.writerow([guarded(value) for value in row])
    return f"{included} of {len(snapshot.photos)} included, all listed in originals.csv"


def _statuses(snapshot: Snapshot, settings: ExportSettings) -> Iterator[tuple[Photo, str]]:
    for entry in snapshot.photos:
        path = settings.originals.get(entry.photo.sha256)
        if settings.redacted:
            yield entry.photo, "left out: redacted"
        elif path is None or not path.is_file():
            yield entry.photo, "left out: not handed over"
        elif not settings.location and has_location(path):
            yield entry.photo, "left out: says where it was taken"
        else:
            yield entry.photo, "included"


def _copy(source: Path, target: Path, sha256: str) -> str:
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
            return "included"
    target.unlink()
    return "left out: its bytes have changed"


def has_location(path: Path) -> bool:
    """Whether a photo says where it was taken, in EXIF, XMP or IPTC.

    A block for places that holds none, as phones write it with location off, is no place. True
    where nobody can tell.
    """
    # Imported late: listing the formats should not load picture libraries.
    import pillow_heif  # noqa: PLC0415
    from PIL import Image, IptcImagePlugin, UnidentifiedImageError  # noqa: PLC0415

    pillow_heif.register_heif_opener()
    try:
        data = path.read_bytes()
        with Image.open(path) as picture:
            # In PNG files XMP may be compressed: Pillow unpacks it.
            written = b"".join(
                value.encode("utf-8", "replace") if isinstance(value, str) else value
                for key, value in picture.info.items()
                if "xmp" in str(key).lower() and isinstance(value, str | bytes)
            )
            exif = picture.getexif().get_ifd(_GPS)
            iptc = IptcImagePlugin.getiptcinfo(picture) or {}
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
        return True
    return (
        any(name in data or name in written for name in _XMP_PLACES)
        or not _EXIF_PLACES.isdisjoint(exif)
        or not _IPTC_PLACES.isdisjoint(iptc)
    )
