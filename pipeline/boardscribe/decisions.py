"""The rules of acceptance, review and supersession, written once.

Machine and people both go through here: the pipeline decides what needs nobody, the store asks
which of two transcriptions stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from boardscribe.acceptance import Acceptance, Threshold
from boardscribe.confidence import UNSUPPORTED
from boardscribe.marks import ILLEGIBLE
from boardscribe.options import DecideOptions
from boardscribe.records import (
    Detection,
    Legibility,
    Reading,
    ShapeGuess,
    Source,
    Transcription,
)

__all__ = ["READERS_JOINED_BY", "VERSION", "decide", "decided_by_people", "supersedes"]

VERSION = "5"

READERS_JOINED_BY = ", "
"""Parts the accounts in `decided_by` of a text that several people decided."""

_COVERED = 0.5
"""Most confidence of a text that another note covers in part. Of 70 such texts on rendered boards a quarter
was all that the note says; of those of which no word was covered, six in ten."""

_RANK = {Source.MACHINE: 0, Source.CONSENSUS: 1, Source.PERSON: 1}


def decide(
    detection: Detection,
    shape: ShapeGuess,
    reading: Reading,
    options: DecideOptions,
    acceptance: Acceptance,
) -> Transcription:
    """The machine's decision on one sighting: accepted as it stands, or a question for a person.

    A doubt about the note itself comes before a doubt about its shape, and that before a doubt
    about its text, because the answer to the earlier question can make the later one moot.

    Args:
        detection: the note's outline and how sure it is.
        shape: what the outline is taken for.
        reading: the combined reading of the note.
        options: threshold of the shape.
        acceptance: thresholds of text and blank, with what is promised of them.

    Returns:
        Version 1 of the transcription, `source` machine, with the reason in words.
    """
    legibility = _legibility(detection, reading)
    text = reading.text if legibility in (Legibility.READABLE, Legibility.PARTLY) else ""
    if legibility is Legibility.ILLEGIBLE:
        text = ILLEGIBLE
    needed = acceptance.blank if legibility is Legibility.BLANK else acceptance.text
    doubt = _doubt(detection, shape, reading, legibility, options) or _unsure(
        reading, needed, acceptance
    )
    confidence = reading.confidence
    if legibility is Legibility.READABLE and detection.hidden:
        confidence = min(_COVERED, confidence)
    return Transcription(
        text=text,
        legibility=legibility,
        confidence=confidence,
        source=Source.MACHINE,
        accepted=doubt is None,
        reason=doubt
        or f"confidence {reading.confidence:.2f} reaches {needed.least:.2f} ({needed.reason})",
    )


def supersedes(proposed: Transcription, current: Transcription) -> bool:
    """Whether `proposed` takes the place of `current`.

    A person outranks a machine, always: a machine's text never replaces a person's or a
    consensus. Among equals the newer one stands if it says something else; a machine that says
    the same again adds no version.
    """
    if _RANK[proposed.source] != _RANK[current.source]:
        return _RANK[proposed.source] > _RANK[current.source]
    return (
        proposed.text,
        proposed.legibility,
        round(proposed.confidence, 4),
        proposed.accepted,
        proposed.source,
        proposed.reason,
    ) != (
        current.text,
        current.legibility,
        round(current.confidence, 4),
        current.accepted,
        current.source,
        current.reason,
    )


def _legibility(detection: Detection, reading: Reading) -> Legibility:
    """Why a text is absent: what is cut off, or covered where it is written, cannot be read.

    A covered note on which nothing is written as far as it shows is blank, and a person looks.
    """
    absent = reading.legibility in (Legibility.BLANK, Legibility.ILLEGIBLE)
    if absent and detection.cut_off:
        return Legibility.CUT_OFF
    if reading.legibility is Legibility.ILLEGIBLE and detection.hidden:
        return Legibility.HIDDEN
    return reading.legibility


def _doubt(
    detection: Detection,
    shape: ShapeGuess,
    reading: Reading,
    legibility: Legibility,
    options: DecideOptions,
) -> str | None:
    """The question for a person that confidence does not answer, or None."""
    questions = (
        (detection.doubtful, f"may not be a note (confidence {detection.confidence:.2f})"),
        (
            shape.probability < options.accept_shape,
            f"shape unsure ({shape.shape.value}, probability {shape.probability:.2f})",
        ),
        (legibility is Legibility.NOT_ATTEMPTED, "no engine read it"),
        (detection.cut_off, "cut off by the border of the photo"),
        (legibility is Legibility.HIDDEN, "partly covered by another note"),
        (
            legibility is Legibility.READABLE and detection.hidden,
            "partly covered by another note: words may be missing",
        ),
        (
            legibility is Legibility.BLANK and detection.hidden,
            "blank as far as it shows, but partly covered by another note",
        ),
        (legibility is Legibility.ILLEGIBLE, "writing found, but no word could be read"),
        (legibility is Legibility.PARTLY, "some words could not be read"),
        (
            bool(reading.features.get(UNSUPPORTED)),
            "blank, but for a text that nothing else supports"
            if legibility is Legibility.BLANK
            else f"read by {reading.speaker} alone: nothing else supports this text",
        ),
    )
    return next((reason for asked, reason in questions if asked), None)


def _unsure(reading: Reading, needed: Threshold, acceptance: Acceptance) -> str | None:
    """Why the confidence is not enough, or None."""
    kind = "blank" if reading.legibility is Legibility.BLANK else "text"
    if not acceptance.covers(reading.speaker):
        return f"{kind} unsure: no checked notes say how far to trust the engine {reading.speaker}"
    if needed.accepts(reading.confidence):
        return None
    if needed.least is None:
        return f"{kind} unsure (confidence {reading.confidence:.2f}); {needed.reason}"
    return (
        f"{kind} unsure (confidence {reading.confidence:.2f}, {needed.least:.2f} needed: "
        f"{needed.reason})"
    )


def decided_by_people(
    text: str, legibility: Legibility, *, readers: Sequence[str], confidence: float, reason: str
) -> Transcription:
    """What people decided: one person, or several who agree.

    Args:
        text: with its marks; taken only where the legibility says that there is one.
        legibility: what they say of the note.
        readers: accounts of those whose answers it rests on, never empty.
        confidence: probability that it is exactly right, 0 to 1.
        reason: how it came about, without anybody's name.
    """
    if legibility is Legibility.ILLEGIBLE:
        text = ILLEGIBLE
    elif legibility not in (Legibility.READABLE, Legibility.PARTLY):
        text = ""
    return Transcription(
        text=text,
        legibility=legibility,
        confidence=confidence,
        source=Source.PERSON if len(readers) == 1 else Source.CONSENSUS,
        accepted=True,
        # The accounts are taken apart again where they are replaced by pseudonyms.
        decided_by=READERS_JOINED_BY.join(sorted(r.replace(",", " ") for r in readers)),
        reason=reason,
    )
