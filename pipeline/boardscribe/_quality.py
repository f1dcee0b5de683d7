"""Which of several sightings shows a note best."""

from __future__ import annotations

from boardscribe.records import Legibility
from boardscribe.snapshot import SightingEntry

__all__ = ["quality"]

_WORDLESS = (Legibility.BLANK, Legibility.ILLEGIBLE)


def quality(entry: SightingEntry) -> tuple[bool, int, bool, float, float, str]:
    """Sort key, best first: sure to be a note, read, whole, read surely, sharp."""
    detection = entry.detection
    combined = entry.readings[0] if entry.readings else None
    return (
        detection.doubtful,
        _wordless(entry),
        detection.cut_off or detection.hidden,
        0.0 if combined is None else -combined.confidence,
        -entry.sharpness,
        entry.sighting_id,
    )


def _wordless(entry: SightingEntry) -> int:
    """0 where the writing, or that there is none, was read; more the less that says."""
    if not entry.readings:
        return 2
    legibility = entry.readings[0].legibility
    if legibility in _WORDLESS and (entry.detection.cut_off or entry.detection.hidden):
        return 2  # the writing may be on the part that is not seen
    if legibility in (Legibility.READABLE, Legibility.PARTLY, Legibility.BLANK):
        return 0
    return 1 if legibility is Legibility.ILLEGIBLE else 2
