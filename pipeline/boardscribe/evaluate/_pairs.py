"""True photos with the workspace's photos, and true notes with found ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boardscribe.evaluate._match import iou_matrix, match
from boardscribe.evaluate._truth import TruthNote, TruthPhoto
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["PhotoPairs", "pair_photos"]


@dataclass(frozen=True, slots=True)
class PhotoPairs:
    """One true photo, what was found on it, and which is which."""

    truth: TruthPhoto
    entry: PhotoEntry | None
    """None where the workspace does not hold the photo."""
    problem: str
    """Why the comparison is in doubt; empty where it is not."""
    found: tuple[tuple[NoteEntry, SightingEntry], ...]
    """Sightings that count; doubtful ones do not."""
    overlaps: NDArray[np.float64]
    """Intersection over union, true notes x found ones."""
    pairs: tuple[tuple[int, int], ...]
    """Index of a true note and of the found one that is paired with it."""

    @property
    def missed(self) -> tuple[TruthNote, ...]:
        """True notes that nothing was paired with."""
        paired = {row for row, _ in self.pairs}
        return tuple(note for row, note in enumerate(self.truth.notes) if row not in paired)

    @property
    def false_alarms(self) -> tuple[tuple[NoteEntry, SightingEntry], ...]:
        """Found notes that are paired with no true one."""
        paired = {column for _, column in self.pairs}
        return tuple(one for column, one in enumerate(self.found) if column not in paired)


def pair_photos(
    snapshot: Snapshot, truth: tuple[TruthPhoto, ...], *, iou: float
) -> tuple[PhotoPairs, ...]:
    """Pair every true photo, by its SHA-256 where the truth states one, else by file name.

    Photos of the workspace that have no truth are left alone.
    """
    by_sha: dict[str | None, PhotoEntry] = {entry.photo.sha256: entry for entry in snapshot.photos}
    by_name: dict[str, list[PhotoEntry]] = {}
    for one in snapshot.photos:
        by_name.setdefault(one.photo.name, []).append(one)
    seen: dict[str, list[tuple[NoteEntry, SightingEntry]]] = {}
    for note in snapshot.notes:
        for sighting in note.sightings:
            if not sighting.detection.doubtful:
                seen.setdefault(sighting.photo_sha256, []).append((note, sighting))
    result = []
    for photo in truth:
        entry, problem = _entry(photo, by_sha, by_name)
        found = tuple(seen.get(entry.photo.sha256, ())) if entry else ()
        overlaps = iou_matrix(
            [note.polygon for note in photo.notes], [one.detection.polygon for _, one in found]
        )
        pairs = tuple(match(overlaps, iou=iou))
        result.append(PhotoPairs(photo, entry, problem, found, overlaps, pairs))
    return tuple(result)


def _entry(
    photo: TruthPhoto, by_sha: Mapping[str | None, PhotoEntry], by_name: dict[str, list[PhotoEntry]]
) -> tuple[PhotoEntry | None, str]:
    problem = ""
    named = by_name.get(photo.name, [])
    if photo.sha256 in by_sha:
        entry = by_sha[photo.sha256]
    elif not named:
        return None, "not in the workspace"
    else:
        entry = named[0]
        if photo.sha256:
            problem = "the workspace's photo of this name has other bytes than the truth states"
        elif len(named) > 1:
            problem = f"{len(named)} photos have this name; the first was taken"
    size = (photo.width or entry.photo.width, photo.height or entry.photo.height)
    if size != (entry.photo.width, entry.photo.height):
        problem = (
            f"the truth is for {size[0]} x {size[1]} pixels, the photo has "
            f"{entry.photo.width} x {entry.photo.height}"
        )
    return entry, problem
