"""Draws a workspace that never was: boards, notes, crops and the snapshot that goes with them.

The report is tested on it without the pipeline. Texts and names are made up. Run it as a script
to look at the report: `python tests/support/fake_workspace.py FOLDER [hostile|large|many|empty]`.
"""

from __future__ import annotations

import hashlib
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from boardscribe.options import Options
from boardscribe.records import (
    Board,
    Colour,
    Detection,
    Heading,
    Legibility,
    Line,
    Photo,
    Point,
    Reading,
    Shape,
    ShapeGuess,
    Source,
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

OPTIONS = Options()
COLOURS = {
    "yellow": (250, 224, 110),
    "pink": (244, 160, 180),
    "blue": (150, 200, 235),
    "green": (170, 215, 140),
    "orange": (245, 180, 100),
}
OUTLINES: dict[Shape, Sequence[Point]] = {
    Shape.SQUARE: [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    Shape.BUBBLE: [(-1, -0.8), (1, -0.8), (1, 0.55), (-0.2, 0.55), (-0.6, 1), (-0.6, 0.55), (-1, 0.55)],
    Shape.HEART: [
        (
            math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16,
        )
        for t in [index * math.tau / 36 for index in range(36)]
    ],
    Shape.TICK: [(-1, 0.1), (-0.6, -0.3), (-0.25, 0.1), (0.65, -0.9), (1, -0.55), (-0.2, 0.9)],
    Shape.OTHER: [(math.cos(t), math.sin(t)) for t in [k * math.tau / 6 for k in range(6)]],
}  # fmt: skip


@dataclass
class Fake:
    """What one note says and how it was read."""

    text: str
    shape: Shape = Shape.SQUARE
    colour: str = "yellow"
    legibility: Legibility = Legibility.READABLE
    confidence: float = 0.93
    source: Source = Source.MACHINE
    doubtful: bool = False
    hidden: bool = False
    cut_off: bool = False
    decided_by: str = "boardscribe"


N = Fake
S, B, H, T = Shape.SQUARE, Shape.BUBBLE, Shape.HEART, Shape.TICK
WORKSHOP: dict[str, list[Fake]] = {
    "Share the work": [
        N("Who decides what\ncounts as work?", S, "yellow", confidence=0.96),
        N("Not everyone can\nmeet on weekdays", S, "orange", confidence=0.91),
        N("Rotas help, but only\nif people [illeg.] them", S, "yellow", Legibility.PARTLY, 0.41),
        N("and share the credit", B, "blue", confidence=0.88),
        N("say who to ask\nwhen you are stuck", B, "blue", confidence=0.97),
        N("pay for travel\nand childcare", B, "green", source=Source.PERSON, decided_by="M. Okoro"),
        N("this above all", H, "pink", confidence=0.94),
        N("kind words cost\nnothing", H, "pink", confidence=0.62),
        N("yes!", T, "green", confidence=0.99),
        N("", T, "green", Legibility.BLANK, 0.98),
        N("", T, "green", Legibility.BLANK, 0.97),
        N("", T, "green", Legibility.BLANK, 0.55),
        N("", H, "pink", Legibility.BLANK, 0.96),
        N("", S, "yellow", Legibility.ILLEGIBLE, 0.3),
        N("", S, "orange", Legibility.HIDDEN, 0.8, hidden=True),
        N("smudge?", Shape.OTHER, "blue", confidence=0.2, doubtful=True),
    ],
    "Keep the door open": [
        N("How do people\nfind out?", S, "yellow", confidence=0.95),
        N(
            "A ramp, a loop, a quiet room",
            B,
            "blue",
            source=Source.CONSENSUS,
            decided_by="3 readers",
        ),
        N("come as you are", H, "pink", confidence=0.9),
        N("", T, "green", Legibility.BLANK, 0.99),
        N("", T, "green", Legibility.BLANK, 0.99),
        N("opening hours [illeg.]", S, "orange", Legibility.PARTLY, 0.34, cut_off=True),
    ],
    "Write it down": [
        N("Minutes nobody reads\nare not memory", S, "yellow", confidence=0.83),
        N("draw it too", B, "blue", confidence=0.92),
        N("agreed", T, "green", confidence=0.98),
        N("where will it\nbe kept?", S, "orange", confidence=0.58),
    ],
}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "javascript:alert(3)",
    "\u202egpj.exe\u202c right to left \u2067 open",
    "Donaudampfschifffahrtsgesellschaft" * 12,
    "three\nlines\n\nand a gap",
    "nul \x00 bell \x07 end",
    "\U0001f418 elephants \U0001f469\U0001f3fd\u200d\U0001f3a8 & <b>bold</b> \"quoted\" 'single'",
    "line\u2028separator {{ 7 * 7 }} {% raw %} ${1}",
    "broken \udcff name",
    "مرحبا بكم في الورشة",
)


class _Painter:
    """Draws one board and keeps what is on it."""

    def __init__(self, seed: int, width: int) -> None:
        self.random = random.Random(seed)
        self.width, self.height = width, width * 3 // 4
        noise = np.random.default_rng(seed)
        wall = np.full((self.height, self.width, 3), (196, 203, 206), np.float32)
        wall += noise.normal(0, 4, wall.shape)
        shade = np.linspace(1.06, 0.82, self.width, dtype=np.float32)[None, :, None]
        self.image = np.clip(wall * shade, 0, 255).astype(np.uint8)
        edge = width // 40
        cv2.rectangle(
            self.image, (edge, edge), (width - edge, self.height - edge), (232, 236, 238), -1
        )

    def heading(self, text: str) -> Heading:
        """A printed card on top; returns where it is."""
        left, top, right, bottom = (
            self.width // 2 - 330,
            self.height // 16,
            self.width // 2 + 330,
            self.height // 16 + 100,
        )
        cv2.rectangle(self.image, (left, top), (right, bottom), (255, 255, 255), -1)
        cv2.putText(
            self.image,
            text.upper().encode("ascii", "replace").decode()[:24],
            (left + 30, top + 68),
            cv2.FONT_HERSHEY_DUPLEX,
            1.5,
            (40, 40, 40),
            3,
            cv2.LINE_AA,
        )
        return Heading(text, 0.95, ((left, top), (right, top), (right, bottom), (left, bottom)))

    def note(self, fake: Fake, place: Point, size: float) -> tuple[tuple[Point, ...], bytes]:
        """Draw a note; returns its outline and its crop."""
        turn = self.random.uniform(-0.12, 0.12)
        cos, sin = math.cos(turn), math.sin(turn)
        outline = tuple(
            (
                round(place[0] + size * (x * cos - y * sin), 1),
                round(place[1] + size * (x * sin + y * cos), 1),
            )
            for x, y in OUTLINES[fake.shape]
        )
        points = np.array(outline, np.int32)
        shadow = points + int(size * 0.06)
        under = self.image.copy()
        cv2.fillPoly(under, [shadow], (120, 120, 120), cv2.LINE_AA)
        self.image = cv2.addWeighted(self.image, 0.65, under, 0.35, 0)
        red, green, blue = COLOURS[fake.colour]
        cv2.fillPoly(self.image, [points], (blue, green, red), cv2.LINE_AA)
        self._write(fake, place, size)
        left, top = np.maximum(points.min(0) - 4, 0)
        right, bottom = points.max(0) + 5
        crop = self.image[top:bottom, left:right]
        crop = cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        return outline, cv2.imencode(".jpg", crop)[1].tobytes()

    def _write(self, fake: Fake, place: Point, size: float) -> None:
        if fake.legibility is Legibility.ILLEGIBLE:
            wave = [
                (place[0] + size * x / 20, place[1] + size * 0.2 * self.random.uniform(-1, 1))
                for x in range(-14, 15)
            ]
            cv2.polylines(self.image, [np.array(wave, np.int32)], False, (70, 50, 40), 2)
            return
        lines = (
            fake.text.encode("ascii", "replace").decode().replace("[illeg.]", "~~~~").split("\n")
        )
        longest = max(len(line) for line in lines) or 1
        scale = min(size / 60, size * 1.7 / (longest * 17))
        for number, line in enumerate(lines):
            x = place[0] - len(line) * 8.2 * scale
            y = place[1] + (number - len(lines) / 2 + 0.7) * 34 * scale
            cv2.putText(
                self.image,
                line,
                (round(x), round(y)),
                cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
                scale,
                (60, 40, 30),
                2,
                cv2.LINE_AA,
            )


def _reading(fake: Fake, engine: str, confidence: float) -> Reading:
    lines = tuple(
        Line(
            tuple(
                Word(word, sure, uncertain=sure < 0.8)
                for index, word in enumerate(line.split(" "))
                for sure in [0.9 if index % 3 else max(0.3, fake.confidence)]
            )
        )
        for line in fake.text.split("\n")
        if line
    )
    other = fake.text.replace("e", "c", 1)
    alternatives = ((fake.text, confidence), (other, 0.04)) if other != fake.text else ()
    return Reading(engine, "3.10.0", lines, confidence, fake.legibility, alternatives)


def _history(fake: Fake) -> tuple[Transcription, ...]:
    accepted = fake.confidence >= 0.9
    machine = Transcription(
        fake.text,
        fake.legibility,
        fake.confidence,
        Source.MACHINE,
        accepted,
        reason="Confidence is above the accepted level"
        if accepted
        else "Confidence is below the accepted level",
        decided_at="2026-03-06T10:15:00Z",
    )
    if fake.source is Source.MACHINE:
        return (machine,)
    guess = replace(machine, text=fake.text.replace("a", "o"), accepted=False, confidence=0.52)
    return (
        replace(
            machine,
            source=fake.source,
            accepted=True,
            decided_by=fake.decided_by,
            reason="Read from the original",
            version=2,
            decided_at="2026-03-09T14:02:00Z",
        ),
        guess,
    )


def _id(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def paint_board(
    workspace: Path,
    name: str,
    fakes: Sequence[Fake],
    *,
    seed: int = 1,
    photos: int = 1,
    width: int = 1600,
) -> tuple[Board, list[PhotoEntry], list[NoteEntry]]:
    """Draw a board, once or several times, and what would be stored about it."""
    for folder in ("crops", "previews"):
        (workspace / folder).mkdir(parents=True, exist_ok=True)
    board = Board(_id("board", name, seed)[:16], name)
    columns = max(4, math.ceil(math.sqrt(len(fakes) * 1.5)))
    entries: list[PhotoEntry] = []
    sightings: dict[int, list[SightingEntry]] = {index: [] for index in range(len(fakes))}
    for number in range(photos):
        painter = _Painter(seed * 10 + number, width)
        heading = painter.heading(name)
        sha = _id("photo", name, seed, number)
        across = (painter.width - 200) / columns
        rows = math.ceil(len(fakes) / columns)
        down = (painter.height - 320) / max(1, rows)
        size = min(across, down) * 0.42
        for index, fake in enumerate(fakes):
            if number and index % 3 == 2:
                continue  # the second photo does not show everything
            place = (
                100 + across * (index % columns + 0.5) + painter.random.uniform(-8, 8),
                250 + down * (index // columns + 0.5) + painter.random.uniform(-8, 8),
            )
            outline, crop = painter.note(fake, place, size * painter.random.uniform(0.85, 1.05))
            sighting_id = _id("sighting", sha, index)[:20]
            (workspace / f"crops/{sighting_id}.jpg").write_bytes(crop)
            sure = 0.24 if fake.doubtful else 0.9 + index % 10 / 100
            shapes = dict.fromkeys(Shape, 0.01) | {fake.shape: 0.9}
            if index % 5 == 4:
                shapes = dict.fromkeys(Shape, 0.02) | {fake.shape: 0.62, Shape.OTHER: 0.3}
            sightings[index].append(
                SightingEntry(
                    sighting_id,
                    "",
                    sha,
                    Detection(outline, sure, fake.cut_off, fake.hidden, fake.doubtful),
                    ShapeGuess(shapes),
                    Colour(fake.colour, COLOURS[fake.colour]),
                    f"crops/{sighting_id}.jpg",
                    0.8 - 0.3 * number,
                    tuple(
                        _reading(fake, engine, fake.confidence * factor)
                        for engine, factor in (("combined", 1.0), ("rapidocr", 0.9))
                    ),
                )
            )
        cv2.imwrite(str(workspace / f"previews/{sha[:16]}.jpg"), painter.image)
        photo = Photo(sha, f"{name}-{number + 1}.jpg", painter.width, painter.height, "JPEG")
        photo = replace(photo, taken_at="2026-03-06T15:20:00")
        entries.append(
            PhotoEntry(photo, board.board_id, (heading,), f"previews/{sha[:16]}.jpg", 1.0, {})
        )
    notes = []
    for index, fake in enumerate(fakes):
        note_id = _id("note", name, seed, index)[:16]
        seen = tuple(replace(entry, note_id=note_id) for entry in sightings[index])
        meaning = OPTIONS.meaning(fake.shape, fake.colour)
        notes.append(NoteEntry(note_id, board.board_id, meaning, seen, _history(fake)))
    return board, entries, notes


FAILURES = (
    Failure(
        "IMG_2041.jpg",
        "truncated",
        "The file ends after 61 % of the picture.",
        "Copy it again from the camera or the card.",
    ),
    Failure(
        "minutes.docx",
        "not_an_image",
        "This is not a picture in a format that can be read.",
        "Give photographs as JPEG, PNG, TIFF, WebP or HEIC.",
    ),
    Failure(
        "IMG_2038 (1).jpg",
        "duplicate",
        "The same bytes as IMG_2038.jpg.",
        "Nothing to do.",
        severity="skipped",
    ),
)


def snapshot_of(
    boards: Sequence[tuple[Board, list[PhotoEntry], list[NoteEntry]]],
    *,
    title: str = "A workshop on working together",
    failures: tuple[Failure, ...] = FAILURES,
) -> Snapshot:
    """The snapshot of some painted boards."""
    run = RunEntry(
        "2026-03-06T10:10:00Z", "2026-03-06T10:16:30Z", "0.1.0", len(boards), 0, failures
    )
    return Snapshot(
        title,
        tuple(board for board, _, _ in boards),
        tuple(entry for _, entries, _ in boards for entry in entries),
        tuple(note for _, _, notes in boards for note in notes),
        (run,),
        failures,
    )


def workshop(workspace: Path) -> Snapshot:
    """Three boards, one photographed twice; a bit of everything."""
    return snapshot_of(
        [
            paint_board(workspace, name, fakes, seed=seed, photos=2 if seed == 1 else 1)
            for seed, (name, fakes) in enumerate(WORKSHOP.items(), 1)
        ]
    )


def hostile(workspace: Path) -> Snapshot:
    """Every text that comes from outside is an attack or an accident."""
    shapes = list(Shape)
    fakes = [
        Fake(text, shapes[index % 5], list(COLOURS)[index % 5], decided_by=text)
        for index, text in enumerate(HOSTILE)
    ]
    board, entries, notes = paint_board(workspace, HOSTILE[0], fakes, seed=7)
    entries = [
        replace(entry, photo=replace(entry.photo, name=HOSTILE[index % len(HOSTILE)]))
        for index, entry in enumerate(entries)
    ]
    notes = [
        replace(note, history=tuple(replace(t, reason=t.text) for t in note.history))
        for note in notes
    ]
    notes[0] = replace(notes[0], meaning=HOSTILE[1])
    failures = tuple(Failure(text, text, text, text) for text in HOSTILE)
    return snapshot_of([(board, entries, notes)], title=HOSTILE[1], failures=failures)


def large_board(workspace: Path, *, notes: int = 200) -> Snapshot:
    """One board with many notes."""
    fakes = [
        Fake(
            f"note number {index}\nwith some words",
            list(Shape)[index % 4],
            list(COLOURS)[index % 5],
            confidence=0.5 + index % 50 / 100,
        )
        for index in range(notes)
    ]
    return snapshot_of([paint_board(workspace, "Everything at once", fakes, seed=11)])


def many_boards(workspace: Path, *, boards: int = 300) -> Snapshot:
    """Many boards that share the pictures of one, to test the overview without painting all."""
    _board, entries, notes = paint_board(
        workspace, "Share", WORKSHOP["Share the work"][:6], seed=3, width=900
    )
    copies = []
    for index in range(boards):
        board_id = _id("copy", index)[:16]
        sha = _id("copied photo", index)
        copies.append(
            (
                Board(board_id, f"Board {index + 1:03d}"),
                [
                    replace(
                        entries[0], photo=replace(entries[0].photo, sha256=sha), board_id=board_id
                    )
                ],
                [
                    replace(
                        note,
                        note_id=f"{note.note_id}{index}",
                        board_id=board_id,
                        sightings=tuple(
                            replace(s, photo_sha256=sha, sighting_id=f"{s.sighting_id}{index}")
                            for s in note.sightings
                        ),
                    )
                    for note in notes
                ],
            )
        )
    return snapshot_of(copies)


def empty(workspace: Path) -> Snapshot:
    """A workspace before the first run."""
    return Snapshot("Workshop boards", (), (), (), (), ())


KINDS: dict[str, Callable[[Path], Snapshot]] = {
    "workshop": workshop,
    "hostile": hostile,
    "large": large_board,
    "many": many_boards,
    "empty": empty,
}


if __name__ == "__main__":
    from boardscribe.report import write_report

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    kind = sys.argv[2] if len(sys.argv) > 2 else "workshop"
    made = KINDS[kind](folder)
    print(write_report(made, folder, OPTIONS))  # noqa: T201
