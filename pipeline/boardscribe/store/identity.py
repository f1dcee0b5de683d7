"""Which notes live on when a photo is segmented again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boardscribe._geometry import iou
from boardscribe.records import Polygon

__all__ = ["SAME_NOTE_IOU", "Outline", "carry_over"]

SAME_NOTE_IOU = 0.5
"""Two outlines on the same photo that overlap at least this much show the same note."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A stored sighting, as far as identity goes."""

    sighting_id: str
    note_id: str
    polygon: Polygon
    stale: bool


def carry_over(old: Sequence[Outline], new: Sequence[tuple[str, Polygon]]) -> dict[str, str]:
    """Notes of new sightings that an older segmentation of the same photo already knew.

    A sighting with the same id stands for the same note. The rest are matched by overlap, the
    best pair first, current sightings before stale ones; each note is given once.

    Args:
        old: what the store holds for the photo.
        new: id and outline of each new sighting.

    Returns:
        Note id by new sighting id; what is missing is a note not seen before.
    """
    by_id = {outline.sighting_id: outline.note_id for outline in old}
    kept: dict[str, str] = {}
    taken: set[str] = set()
    for sighting_id, _ in new:
        note_id = by_id.get(sighting_id)
        if note_id is not None and note_id not in taken:
            kept[sighting_id] = note_id
            taken.add(note_id)
    pairs = [
        (outline.stale, -overlap, sighting_id, outline.note_id)
        for sighting_id, polygon in new
        if sighting_id not in kept
        for outline in old
        if outline.note_id not in taken
        and (overlap := iou(outline.polygon, polygon)) >= SAME_NOTE_IOU
    ]
    for _, _, sighting_id, note_id in sorted(pairs):
        if sighting_id not in kept and note_id not in taken:
            kept[sighting_id] = note_id
            taken.add(note_id)
    return kept
