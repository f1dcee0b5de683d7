"""What stands behind a proposed answer: the photo, the crop, and who or what read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from boardscribe.record._views import NO_HEADING
from boardscribe.records import Legibility, Polygon, Source, Status
from boardscribe.snapshot import NoteEntry, PhotoEntry

__all__ = ["NoteEvidence", "note_evidence"]


@dataclass(frozen=True, slots=True)
class NoteEvidence:
    """A note as the change report shows it."""

    note_id: str
    board: str
    meaning: str
    text: str
    legibility: Legibility
    status: Status
    source: Source
    decided_by: str
    decided_at: str | None
    confidence: float
    """Of the transcription: that it is exactly right."""
    reason: str
    sighting_id: str
    photo: str
    """File name; hostile text."""
    photo_sha256: str
    polygon: Polygon
    crop: str | None
    """Path of the crop, relative to the workspace."""
    engines: tuple[str, ...]
    """Engines that read it, with their versions."""
    photos: int
    """Number of photographs that show the note."""


def note_evidence(
    note: NoteEntry, photos: Mapping[str, PhotoEntry], boards: Mapping[str, str]
) -> NoteEvidence:
    """Gather what stands behind a note's text."""
    decision, best = note.transcription, note.best
    photo = photos.get(best.photo_sha256)
    engines = {f"{r.engine} {r.engine_version}".strip() for r in best.readings}
    return NoteEvidence(
        note_id=note.note_id,
        board=boards.get(note.board_id or "", NO_HEADING),
        meaning=note.meaning,
        text=" ".join(decision.text.split()),
        legibility=decision.legibility,
        status=note.status,
        source=decision.source,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        confidence=decision.confidence,
        reason=decision.reason,
        sighting_id=best.sighting_id,
        photo=photo.photo.name if photo is not None else "",
        photo_sha256=best.photo_sha256,
        polygon=best.detection.polygon,
        crop=best.crop,
        engines=tuple(sorted(engines)),
        photos=len({sighting.photo_sha256 for sighting in note.sightings}),
    )
