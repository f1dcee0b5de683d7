"""A workshop whose truth is known, its record with gaps, and a second set of photographs.

Nothing is photographed here: the second reading is simulated, with the kinds of mistakes that the
stages make, so that thousands of gaps can be measured in seconds. `bench/record.py --workspace`
measures the same on a workspace of real photographs with truth.
"""

from __future__ import annotations

import json
import random
import string
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from shapely import Polygon

from boardscribe import record
from boardscribe.acceptance import Evidence, acceptance_in_force
from boardscribe.decisions import decide
from boardscribe.options import DecideOptions, Options, ReadOptions
from boardscribe.reading import Reader
from boardscribe.record._views import record_view
from boardscribe.record.model import PublishedRecord
from boardscribe.records import (
    Board,
    Colour,
    Detection,
    Legibility,
    Line,
    Photo,
    Reading,
    Shape,
    ShapeGuess,
    Source,
    Transcription,
    Word,
)
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot
from boardscribe.straighten import straighten

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "models"))

from training.photoreal.texts import heading, wishes

__all__ = [
    "GAP",
    "Gapped",
    "Rates",
    "outlines_given",
    "photographed",
    "publish",
    "read_again",
    "truth_world",
]

MEANINGS = {
    Shape.TICK: "agree",
    Shape.HEART: "important",
    Shape.BUBBLE: "amend",
    Shape.SQUARE: "challenge",
}
GAP = "[illeg.]"
WHOLE = 7 / 30
"""Share of the notes with gaps of which nothing could be read: as in the founding record."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How often the second reading goes wrong."""

    characters: float = 0.15
    """Mean character error rate; it differs from note to note."""
    missed: float = 0.04
    """Notes that no photograph shows."""
    false: float = 0.02
    """Outlines taken for notes that are none, by the note."""
    shape: float = 0.05
    board: float = 0.02
    """Notes put under another heading."""
    no_heading: float = 0.0
    """Boards of which the heading was not found."""
    swaps: float = 0.1
    """Notes that change places with their neighbour in board order."""


@dataclass(frozen=True, slots=True)
class Gapped:
    """A record with gaps and what it should say."""

    record: PublishedRecord
    owner: Mapping[str, str]
    """Note id by place in the record."""
    truth: Mapping[str, str]
    """Whole text by note id; with `[illeg.]` where the photographs of the truth hide words."""


def truth_world(seed: int, *, boards: int = 8, notes: int = 16) -> Snapshot:
    """Boards with notes, every text known."""
    rng = np.random.default_rng(seed)
    names: list[str] = []
    while len(names) < boards:
        name = heading(rng)
        if name.lower() not in {other.lower() for other in names}:
            names.append(name)
    entries = []
    for index, _ in enumerate(names):
        for number, wish in enumerate(wishes(rng, notes)):
            shape = Shape(wish.shape)
            text = wish.text.replace("[illeg.]", "").strip()
            entries.append(
                _note(
                    f"n{index:02}{number:02}",
                    f"b{index:02}",
                    shape,
                    Transcription(
                        text,
                        Legibility.READABLE if text else Legibility.BLANK,
                        1.0,
                        Source.PERSON,
                        True,
                    ),
                )
            )
    return Snapshot(
        "A fictional workshop",
        tuple(Board(f"b{index:02}", name) for index, name in enumerate(names)),
        _photos(boards),
        tuple(entries),
        (),
        (),
    )


def outlines_given(folder: Path, photos_named: str = "*") -> Snapshot:
    """The photographs of a folder, read by the real engines within their true outlines.

    What is left of the pipeline is reading: the board, the shape and the outline are the truth.
    """
    reader = Reader(ReadOptions())
    photos: list[PhotoEntry] = []
    notes: list[NoteEntry] = []
    boards: set[str] = set()
    for path in sorted((folder / "truth").glob(f"{photos_named}.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        image = cv2.imread(str(folder / "photos" / file["photo"]))
        assert image is not None
        boards.add(file["board"])
        name = file["photo"]
        photo = Photo(name, name, file["width"], file["height"], "JPEG")
        photos.append(PhotoEntry(photo, file["board"], (), None, 1.0, {}))
        kept = [note for note in file["notes"] if note["visible"] >= 0.5]
        crops = [straighten(image, note["polygon"], Shape(note["shape"])) for note in kept]
        for note, readings in zip(kept, reader.read(crops), strict=True):
            shape = Shape(note["shape"])
            found = Detection(tuple(map(tuple, note["polygon"])), 0.95, note["cut_off"])
            decided = decide(
                found,
                ShapeGuess({shape: 1.0}),
                readings[0],
                DecideOptions(),
                acceptance_in_force(DecideOptions(accept=0.9), Evidence()),
            )
            key = f"{path.stem}/{note['id']}"
            made = _note(key, file["board"], shape, decided, readings[0], 0.95)
            best = replace(made.best, detection=found, photo_sha256=name)
            notes.append(replace(made, sightings=(best,)))
    notes.sort(key=lambda n: (n.board_id or "", min(y for _, y in n.best.detection.polygon)))
    return Snapshot(
        "Photographed",
        tuple(Board(b, b) for b in sorted(boards)),
        tuple(photos),
        tuple(notes),
        (),
        (),
    )


def photographed(truth: Path, again: Snapshot) -> tuple[Snapshot, Snapshot]:
    """What truth files say of photographs, and the workspace of them with the truth's note ids.

    A note of the workspace is the true one that its outlines cover best, at IoU 0.5 or more.

    Args:
        truth: folder of truth files of generated photographs, see `samples/README.md`.
        again: the workspace in which they were transcribed.
    """
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(truth.glob("*.json"))]
    names = {entry.photo.sha256: entry.photo.name for entry in again.photos}
    files = [file for file in files if file["photo"] in names.values()]
    boards = sorted({file["board"] for file in files})
    pieces: dict[str, NoteEntry] = {}
    places: dict[str, float] = {}
    outlines: dict[str, list[tuple[str, Polygon]]] = {}
    for file in files:
        for note in file["notes"]:
            key = f"{file['board']}/{note['piece']}"
            text = " ".join(note["text"].split())
            # Board order as in a workspace: top to bottom.
            places.setdefault(key, min(y for _, y in note["polygon"]))
            outlines.setdefault(file["photo"], []).append((key, Polygon(note["polygon"]).buffer(0)))
            known = pieces.get(key)
            # One photograph may hide words that another shows.
            if known and known.transcription.text.count("[illeg.]") <= text.count("[illeg.]"):
                continue
            decided = Transcription(
                text, Legibility.READABLE if text else Legibility.BLANK, 1.0, Source.PERSON, True
            )
            pieces[key] = _note(key, file["board"], Shape(note["shape"]), decided)
    taken: set[str] = set()
    notes: dict[str, NoteEntry] = {}
    for note in sorted(again.notes, key=lambda n: -n.transcription.confidence):
        best, key = 0.5, f"?{note.note_id}"
        for seen in note.sightings:
            shape = Polygon(seen.detection.polygon).buffer(0)
            for name, outline in outlines.get(names.get(seen.photo_sha256, ""), ()):
                overlap = shape.intersection(outline).area / max(1.0, shape.union(outline).area)
                if overlap >= best:
                    best, key = overlap, name
        # A board photographed twice whose sightings were not joined: the surer one counts.
        if key not in taken:
            taken.add(key)
            notes[note.note_id] = replace(note, note_id=key)
    world = Snapshot(
        "Photographed",
        tuple(Board(name, name) for name in boards),
        (),
        tuple(sorted(pieces.values(), key=lambda n: (n.board_id, places[n.note_id]))),
        (),
        (),
    )
    kept = tuple(notes[note.note_id] for note in again.notes if note.note_id in notes)
    return world, replace(again, notes=kept)


def publish(world: Snapshot, seed: int, *, share: float = 1 / 3, founding: bool = False) -> Gapped:
    """Publish a record with a share of the written notes gapped at random.

    Args:
        world: the truth.
        seed: of the gaps.
        share: of the notes with writing.
        founding: in the manner of the founding record: type icons lost, notes of a type in any
            order, marks of every kind, a count missing here and there.
    """
    rng = random.Random(seed)
    notes = []
    for note in world.notes:
        text = " ".join(note.transcription.text.split())
        gapped = text
        if text and GAP not in text and rng.random() < share:
            gapped = _gapped(text, rng)
        if GAP in gapped:
            whole = not gapped.replace(GAP, "").strip()
            gapped = GAP if whole else gapped
            decided = replace(
                note.transcription,
                text=gapped,
                legibility=Legibility.ILLEGIBLE if whole else Legibility.PARTLY,
            )
            notes.append(replace(note, history=(decided,)))
        else:
            notes.append(note)
    gapped_world = replace(world, notes=tuple(notes))
    truth = {note.note_id: " ".join(note.transcription.text.split()) for note in world.notes}
    text, order = _written(gapped_world, rng if founding else None)
    parsed = record.parse(text)
    owner = {p.note: key for p, key in zip(parsed.notes(), order, strict=True)}
    return Gapped(parsed, owner, truth)


def read_again(world: Snapshot, seed: int, rates: Rates) -> Snapshot:
    """The same boards photographed and read once more."""
    rng = random.Random(seed)
    boards = [board.board_id for board in world.boards]
    nameless = {board for board in boards if rng.random() < rates.no_heading}
    notes: list[NoteEntry] = []
    for note in world.notes:
        if rng.random() < rates.missed:
            continue
        board = note.board_id if rng.random() >= rates.board else rng.choice(boards)
        shape = note.best.shape.shape
        if rng.random() < rates.shape:
            shape = rng.choice([s for s in MEANINGS if s is not shape])
        decided, reading = _misread(" ".join(note.transcription.text.split()), rng, rates)
        notes.append(_note(f"{note.note_id}", board, shape, decided, reading, rng.uniform(0.6, 1)))
        if rng.random() < rates.false:
            decided, reading = _misread(rng.choice(["", "lamp", "exit 2"]), rng, rates)
            notes.append(
                _note(f"x{note.note_id}", board, rng.choice(list(MEANINGS)), decided, reading, 0.6)
            )
    for index in range(len(notes) - 1):
        if rng.random() < rates.swaps:
            notes[index], notes[index + 1] = notes[index + 1], notes[index]
    notes.sort(key=lambda n: n.board_id or "")
    return replace(
        world,
        boards=tuple(
            Board(b.board_id, f"IMG_{i:04}" if b.board_id in nameless else b.name)
            for i, b in enumerate(world.boards)
        ),
        notes=tuple(notes),
    )


def _gapped(text: str, rng: random.Random) -> str:
    """All of it becomes a gap, or one or two stretches of words; one word alone is read or not."""
    words = text.split()
    if rng.random() < WHOLE:
        return "[illeg.]"
    if len(words) < 2:
        return text
    for _ in range(rng.choice((1, 1, 2))):
        known = [i for i, word in enumerate(words) if word != "[illeg.]"]
        if len(known) < 2:
            break
        start = rng.choice(known)
        length = min(rng.choice((1, 1, 2, 3, 4, 6)), len(words) - start)
        words[start : start + length] = ["[illeg.]"]
    joined = " ".join(words)
    if joined == "[illeg.]" and text[-1] in "?!":
        joined += text[-1]
    return joined


def _written(world: Snapshot, rng: random.Random | None) -> tuple[str, list[str]]:
    """The record, and the note ids in its order."""
    view = record_view(world, Options())
    if rng is None:
        order = [
            key
            for board in view.boards
            for group in board.groups
            for item in group.items
            for key in item.note_ids
        ]
        return record.render_markdown(world, Options()), order
    lines = ["# Principles", "", "- An introduction.", "", "# How did people respond?", ""]
    order = []
    for board in view.boards:
        count = f" ({board.notes})" if rng.random() < 0.8 else ""
        lines += [f"# {board.name}{count}", ""]
        for group in board.groups:
            lines += ["", ""]
            items = list(group.items)
            rng.shuffle(items)
            for item in items:
                copies = f" x {item.copies}" if item.copies > 1 else ""
                bullet = rng.choice("---•")
                lines.append(f"{bullet} {_marked(item.text or item.placeholder, rng)}{copies}")
                order += item.note_ids
            lines.append("")
        lines += ["", board.name.upper(), ""]
    return "\n".join(lines) + "\n", order


def _marked(text: str, rng: random.Random) -> str:
    if text == "[illegible]":
        return rng.choice(["Illeg.", "[illegible]", "[Illeg.]"])
    return text.replace("[illeg.]", rng.choice(["...", "[...]", "[illeg.]", "....", "[ ]"]))


def _misread(text: str, rng: random.Random, rates: Rates) -> tuple[Transcription, Reading]:
    """A reading of a text, its confidence as good as the stages' is."""
    if not rates.characters:
        sure_words = [Word(word, 0.99) for word in text.split()]
        kind = Legibility.READABLE if text else Legibility.BLANK
        return _decision(sure_words, 0.98, kind)
    if not text:
        if rng.random() < 0.08:
            words = [Word(rng.choice("lo-~"), 0.3)]
            return _decision(words, 0.25, Legibility.READABLE)
        return _decision([], rng.uniform(0.7, 1.0), Legibility.BLANK)
    if rng.random() < 0.02:
        return _decision([], 0.5, Legibility.BLANK)
    # Most notes read well and a few badly: an exponential rate with the wanted mean.
    rate = min(0.8, rng.expovariate(1 / rates.characters))
    words = []
    exact = 1.0
    for word in text.split():
        # Confidence first, mistakes by it: so it is calibrated, as the stages' is meant to be.
        sure = min(0.995, max(0.02, rng.gauss((1 - rate) ** len(word), 0.08)))
        exact *= sure
        read = word if rng.random() < sure else _noisy(word, max(rate, 0.1), rng)
        words.append(Word("[illeg.]" if sure < 0.1 else read, sure))
    if all(word.text == "[illeg.]" for word in words):
        return _decision([], 0.4, Legibility.ILLEGIBLE)
    partly = any(word.text == "[illeg.]" for word in words)
    return _decision(words, exact, Legibility.PARTLY if partly else Legibility.READABLE)


def _decision(
    words: Sequence[Word], confidence: float, legibility: Legibility
) -> tuple[Transcription, Reading]:
    lines = (Line(tuple(words)),) if words else ()
    reading = Reading("simulated", "1", lines, confidence, legibility)
    accepted = confidence >= 0.9 and legibility in (Legibility.READABLE, Legibility.BLANK)
    return Transcription(reading.text, legibility, confidence, Source.MACHINE, accepted), reading


def _noisy(word: str, rate: float, rng: random.Random) -> str:
    result = []
    for character in word:
        roll = rng.random()
        if roll < 0.7 * rate:
            result.append(rng.choice(string.ascii_lowercase))
        elif roll < 0.85 * rate:
            continue
        else:
            result.append(character)
            if roll < rate:
                result.append(rng.choice(string.ascii_lowercase))
    read = "".join(result)
    if read and read != word:
        return read
    place = rng.randrange(len(word))
    return word[:place] + rng.choice(string.ascii_lowercase) + word[place + 1 :]


def _note(
    note_id: str,
    board: str | None,
    shape: Shape,
    decided: Transcription,
    reading: Reading | None = None,
    sure: float = 0.98,
) -> NoteEntry:
    other = next(s for s in MEANINGS if s is not shape)
    sighting = SightingEntry(
        f"s{note_id}",
        note_id,
        f"{board}-photo",
        Detection(((0, 0), (100, 0), (100, 100), (0, 100)), 0.9),
        ShapeGuess({shape: sure, other: 1 - sure}),
        Colour("yellow", (250, 224, 110)),
        f"crops/{note_id}.jpg",
        0.8,
        (reading,) if reading else (),
    )
    return NoteEntry(note_id, board, MEANINGS[shape], (sighting,), (decided,))


def _photos(boards: int) -> tuple[PhotoEntry, ...]:
    return tuple(
        PhotoEntry(
            Photo(f"b{index:02}-photo", f"IMG_{index:04}.jpg", 4000, 3000, "JPEG"),
            f"b{index:02}",
            (),
            None,
            1.0,
            {},
        )
        for index in range(boards)
    )
