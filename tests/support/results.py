"""Results of one photo as the pipeline gives them, made by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from boardscribe.records import (
    Colour,
    Crop,
    Detection,
    Heading,
    Legibility,
    Line,
    Photo,
    PhotoResult,
    Polygon,
    Reading,
    Shape,
    ShapeGuess,
    Sighting,
    Source,
    StageStamp,
    Transcription,
    Word,
)

YELLOW = Colour("yellow", (250, 220, 30))
TINY_JPEG = b"\xff\xd8 not looked at \xff\xd9"


def sha_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def square(left: float, top: float, side: float = 100.0) -> Polygon:
    right, bottom = left + side, top + side
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def sighting(
    sighting_id: str,
    polygon: Polygon,
    *,
    doubtful: bool = False,
    cut_off: bool = False,
    colour: Colour = YELLOW,
    shape: Shape = Shape.SQUARE,
    heading: int | None = None,
    sharpness: float = 0.5,
) -> Sighting:
    return Sighting(
        sighting_id=sighting_id,
        detection=Detection(polygon, 0.9, cut_off=cut_off, doubtful=doubtful),
        shape=ShapeGuess({shape: 0.9, Shape.OTHER: 0.1}),
        colour=colour,
        crop=Crop(TINY_JPEG, 64, 64, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), sharpness),
        heading=heading,
    )


def reading(
    text: str, confidence: float = 0.95, *, legibility: Legibility = Legibility.READABLE
) -> Reading:
    words = tuple(Word(word, confidence, uncertain=confidence < 0.8) for word in text.split())
    lines = (Line(words, ((1.0, 2.0), (30.0, 2.0), (30.0, 12.0))),) if words else ()
    return Reading(
        "fake",
        "1",
        lines,
        confidence,
        legibility,
        alternatives=(("other", 0.1),),
        features={"ink": 0.25},
    )


def machine(text: str, confidence: float = 0.95, *, accepted: bool = True) -> Transcription:
    legibility = Legibility.READABLE if text else Legibility.BLANK
    return Transcription(text, legibility, confidence, Source.MACHINE, accepted, reason="rule")


def person(text: str) -> Transcription:
    return Transcription(
        text, Legibility.READABLE, 1.0, Source.PERSON, accepted=True, decided_by="volunteer-7"
    )


def result(
    name: str,
    sightings: Sequence[Sighting],
    texts: Sequence[str] = (),
    *,
    confidence: float = 0.95,
    headings: Sequence[Heading] = (),
    digest: str = "d1",
    width: int = 1000,
    height: int = 800,
) -> PhotoResult:
    said = list(texts) + [f"text {index}" for index in range(len(texts), len(sightings))]
    pairs = list(zip(sightings, said, strict=True))
    return PhotoResult(
        photo=Photo(
            sha_of(name), name, width, height, "JPEG", 6, 12345, taken_at="2021-05-04T10:00:00"
        ),
        headings=tuple(headings),
        sightings=tuple(sightings),
        readings={
            s.sighting_id: (
                reading(
                    text,
                    confidence,
                    legibility=Legibility.READABLE if text else Legibility.BLANK,
                ),
                reading("from one engine", 0.4),
            )
            for s, text in pairs
        },
        transcriptions={s.sighting_id: machine(text, confidence) for s, text in pairs},
        stamps={
            "segment": StageStamp("segment", "1", digest),
            "read": StageStamp("read", "1", digest),
        },
    )
