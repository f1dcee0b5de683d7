"""A small snapshot with every case that an export can get wrong, and one of any size.

Names, addresses and texts are made up.
"""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import replace
from pathlib import Path

from PIL import Image

from boardscribe.records import (
    Board,
    Colour,
    Detection,
    Heading,
    Legibility,
    Line,
    Photo,
    Reading,
    Shape,
    ShapeGuess,
    Source,
    StageStamp,
    Transcription,
    Word,
)
from boardscribe.snapshot import (
    Failure,
    NoteEntry,
    PhotoEntry,
    RunEntry,
    SightingEntry,
    Snapshot,
)

HOSTILE_NAME = '<img src=x onerror="alert(1)">; rm -rf ~ & "=cmd|x".jpg'
HOSTILE_TEXT = (
    "=HYPERLINK(\"x\")</item>]]>&amp;<script>alert('1')</script>\nsecond\tline \x07\u2028 é 🎉"
)
CROP_SIDE = 60


def digest(name: str) -> str:
    """A stand-in for the SHA-256 of a photo's bytes."""
    return hashlib.sha256(name.encode()).hexdigest()


def photo(name: str, board: str | None, headings: tuple[Heading, ...] = ()) -> PhotoEntry:
    return PhotoEntry(
        Photo(digest(name), name, 800, 600, "JPEG", 6, 12345, "2021-05-04T10:00:00"),
        board,
        headings,
        f"previews/{digest(name)[:8]}.jpg",
        0.5,
        {"segment": StageStamp("segment", "3", "aa11"), "read": StageStamp("read", "2", "bb22")},
    )


def sighting(
    name: str,
    note: str,
    on: PhotoEntry,
    *readings: Reading,
    x: float = 100.0,
    y: float = 100.0,
    shape: Shape = Shape.SQUARE,
    doubtful: bool = False,
    cut_off: bool = False,
    hidden: bool = False,
) -> SightingEntry:
    side = 120.0
    return SightingEntry(
        name,
        note,
        on.photo.sha256,
        Detection(
            ((x, y), (x + side, y + 2.25), (x + side, y + side), (x, y + side)),
            0.3 if doubtful else 0.97,
            cut_off,
            hidden,
            doubtful,
        ),
        ShapeGuess({shape: 0.9, Shape.OTHER: 0.1}),
        Colour("yellow", (250, 224, 110)),
        f"crops/{name}.jpg",
        0.8,
        readings,
        # The crop is the box around the note at half size.
        (0.5, 0.0, -0.5 * x, 0.0, 0.5, -0.5 * y, 0.0, 0.0, 1.0),
    )


def reading(text: str, confidence: float = 0.93, engine: str = "combined") -> Reading:
    lines = []
    for row, line in enumerate(text.split("\n") if text else []):
        top = 5.0 + 20 * row
        lines.append(
            Line(
                tuple(Word(word, confidence) for word in line.split(" ")),
                ((5.0, top), (55.0, top), (55.0, top + 15), (5.0, top + 15)),
            )
        )
    legibility = Legibility.READABLE if text else Legibility.BLANK
    return Reading(engine, "1.2", tuple(lines), confidence, legibility, ((text + "!", 0.04),))


def decided(
    text: str,
    legibility: Legibility = Legibility.READABLE,
    *,
    source: Source = Source.MACHINE,
    by: str = "boardscribe",
    version: int = 1,
    accepted: bool = True,
    at: str | None = "2026-03-01T12:00:00Z",
) -> Transcription:
    return Transcription(
        text, legibility, 0.93, source, accepted, by, f"because of rule {version}", version, at
    )


def hard_cases() -> Snapshot:
    """Every case of the contracts, two boards, one photo without a board, one without a note."""
    heading = Heading("Make time <b>", 0.98, ((20, 10), (400, 12), (400, 60), (20, 58)))
    first = photo(HOSTILE_NAME, "b1", (heading,))
    again = photo("again.jpg", "b1", (heading,))
    other = photo("other.jpg", "b2")
    loose = photo("=loose.png", None)
    empty = photo("empty.jpg", None)

    def note(number: int, *history: Transcription, board: str | None = "b1", **where) -> NoteEntry:
        name = f"n{number:02}"
        on = where.pop("on", first)
        meaning = where.pop("meaning", "challenge")
        machine = history[-1]
        seen = sighting(f"s{number:02}", name, on, reading(machine.text), **where)
        return NoteEntry(name, board, meaning, (seen,), history)

    plain = note(1, decided("more time\nfor each other"))
    twice = note(2, decided("seen twice"), x=300, shape=Shape.HEART, meaning="important")
    second = sighting("s02b", "n02", again, reading("seen twlce", 0.4), shape=Shape.HEART)
    unsure = sighting("s02c", "n02", other, reading("seen"), doubtful=True)
    notes = (
        plain,
        replace(twice, sightings=(twice.best, second, unsure)),
        note(3, decided("ask [illeg.] about [illeg.]", Legibility.PARTLY, accepted=False), x=500),
        note(4, decided("", Legibility.BLANK), y=300, shape=Shape.TICK, meaning="agree"),
        note(5, decided("", Legibility.ILLEGIBLE), x=300, y=300),
        note(6, decided(HOSTILE_TEXT), x=500, y=300, meaning="<i>other</i>"),
        note(
            7,
            decided(
                "keep the old oak tree",
                source=Source.CONSENSUS,
                by="volunteer-3, volunteer-7",
                version=3,
                at="2026-03-04T09:30:00.25+00:00",
            ),
            decided(
                "keep the [illeg.] tree",
                Legibility.PARTLY,
                source=Source.PERSON,
                by="volunteer-3",
                version=2,
                at="2026-03-02T09:30:00Z",
            ),
            decided("kep [illeg.] thee", Legibility.PARTLY, accepted=False, at=None),
            on=other,
            board="b2",
            shape=Shape.BUBBLE,
            meaning="amend",
        ),
        note(8, decided("", Legibility.HIDDEN), on=other, board="b2", x=300, hidden=True),
        note(9, decided("half a", Legibility.CUT_OFF), on=other, board="b2", x=690, cut_off=True),
        note(10, decided("", Legibility.NOT_ATTEMPTED), on=other, board="b2", y=300),
        note(11, decided("no board here"), on=loose, board=None),
        note(12, decided("only perhaps a note"), on=loose, board=None, doubtful=True),
    )
    run = RunEntry("2026-03-01T11:00:00Z", "2026-03-01T12:00:01Z", "0.1.0", 5, 0, ())
    return Snapshot(
        "Boards & <principles>",
        (Board("b1", "Make time"), Board("b2", "=Share power")),
        (loose, first, again, empty, other),
        notes,
        (run,),
        (Failure("torn.jpg", "truncated", "the file ends early", "copy it again"),),
    )


def large(notes: int, *, per_photo: int = 100) -> Snapshot:
    """A snapshot of so many readable notes, a hundred on each photo, ten photos to a board."""
    photos, entries = [], []
    for number in range(math.ceil(notes / per_photo)):
        board = f"b{number // 10:04}"
        heading = Heading(f"Principle {number // 10}", 0.9, ((9, 9), (99, 9), (99, 30), (9, 30)))
        photos.append(photo(f"photo{number:05}.jpg", board, (heading,)))
    for number in range(notes):
        on = photos[number // per_photo]
        text = f"note number {number}\nsays what it says"
        if number % 5 == 0:
            text = ""
        seen = sighting(
            f"s{number:06}",
            f"n{number:06}",
            on,
            reading(text),
            reading(text, 0.5, "rapidocr"),
            x=10.0 + 60 * (number % 10),
            y=10.0 + 50 * (number // 10 % 10),
        )
        legibility = Legibility.READABLE if text else Legibility.BLANK
        entries.append(
            NoteEntry(f"n{number:06}", on.board_id, "agree", (seen,), (decided(text, legibility),))
        )
    boards = sorted({(entry.board_id, f"Principle {entry.board_id}") for entry in photos})
    run = RunEntry("2026-03-01T11:00:00Z", "2026-03-01T12:00:01Z", "0.1.0", len(photos), 0, ())
    return Snapshot(
        "Large",
        tuple(Board(name, title) for name, title in boards),
        tuple(photos),
        tuple(entries),
        (run,),
        (),
    )


def draw_pictures(snapshot: Snapshot, workspace: Path, *, with_location: bool = True) -> None:
    """Write a preview and crops for a snapshot; their EXIF says where they were taken."""
    exif = Image.Exif()
    if with_location:
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (48.0, 8.0, 1.5)
    wanted = [(entry.preview, (400, 300)) for entry in snapshot.photos]
    wanted += [
        (seen.crop, (CROP_SIDE, CROP_SIDE)) for note in snapshot.notes for seen in note.sightings
    ]
    files: dict[tuple[int, int], bytes] = {}
    for path, size in wanted:
        if path is None:
            continue
        if size not in files:
            buffer = io.BytesIO()
            Image.new("RGB", size, (250, 224, 110)).save(buffer, "JPEG", exif=exif)
            files[size] = buffer.getvalue()
        target = workspace / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[size])
