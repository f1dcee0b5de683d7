"""The reasons for which a file is not a usable photo, each with its remedy."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from boardscribe.errors import PhotoError
from boardscribe.snapshot import Failure

__all__ = ["REMEDIES", "display_name", "photo_error", "photo_failure"]

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "broken_link": "Restore the file that the link points to, or give the photo itself.",
        "changed": "Wait until copying or editing has finished, then run again.",
        "damaged": "Copy the photo again from the camera or the backup; this copy is damaged.",
        "decompression_bomb": "Do not use this file: it is far larger unpacked than any photo.",
        "duplicate": "Nothing to do: the same photo is there already under another name.",
        "empty": "Copy the photo again; this file has no content.",
        "not_a_file": "Give a photo file, or a folder that contains photos.",
        "not_an_image": "Give a photo as JPEG, PNG, TIFF, WebP or HEIC.",
        "not_found": "Check the spelling of the path, and that the disk or share is connected.",
        "too_large": "Raise max_megapixels or max_file_megabytes under [photos] in "
        "boardscribe.toml, or save the photo smaller.",
        "too_small": "Give the photo at its full size, not a thumbnail.",
        "truncated": "Copy the photo again from the camera or the backup; its end is missing.",
        "unreadable": "Check that you may read the file and that the disk is in order.",
        "unsupported": "Export the photo as JPEG, PNG, TIFF, WebP or HEIC, and give that file.",
    }
)
"""What a person should do about each reason; the keys are the reason codes."""


def display_name(path: Path) -> str:
    r"""The file name as text that can be stored and shown.

    Bytes of the name that are not UTF-8 become `\xNN`, so that a name never fails to be written
    to a database or a file. Nothing else is changed: escape it where it is shown.
    """
    return os.fsencode(path.name or str(path)).decode("utf-8", "backslashreplace")


def photo_error(reason: str, message: str) -> PhotoError:
    """An error with the remedy that belongs to its reason."""
    return PhotoError(message, reason=reason, remedy=REMEDIES[reason])


def photo_failure(name: str, reason: str, message: str) -> Failure:
    """A row of the run report with the remedy that belongs to its reason."""
    return Failure(name=name, reason=reason, message=message, remedy=REMEDIES[reason])
