"""Which of several sightings shows a note best."""

from __future__ import annotations

from boardscribe.records import Legibility
from boardscribe.snapshot import SightingEntry

__all__ = ["quality"]

_RANK = {Legibility.READABLE: 0, Legibility.PARTLY: 0, Legibility.BLANK: 0, Legibility.ILLEGIBLE: 1}


def quality(entry: SightingEntry) -> tuple[bool, bool, int, float, float, str]:
    """Sort key, best first: whole and sure before cut or covered, then how well it was read."""
    detection = entry.detection
    combined = entry.readings[0] if entry.readings else None
    return (
        detection.doubtful,
        detection.cut_off or detection.hidden,
        2 if combined is None else _RANK.get(combined.legibility, 2),
        0.0 if combined is None else -combined.confidence,
        -entry.sharpness,
        entry.sighting_id,
    )
