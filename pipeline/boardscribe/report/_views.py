"""What the templates show, laid out from a snapshot; plain data, no HTML.

Texts in here are as they came from outside: the templates escape them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from boardscribe.options import Options
from boardscribe.records import Legibility, Polygon, Reading, Shape, Status, Transcription
from boardscribe.report._files import Pictures, slug
from boardscribe.report._words import Span, line_spans, placeholder, text_spans
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = [
    "NO_HEADING",
    "BoardView",
    "GroupView",
    "Layout",
    "NoteView",
    "OutlineView",
    "PhotoView",
    "ReadingView",
    "SightingView",
    "Totals",
    "TypeView",
]

NO_HEADING = "no-heading"
"""Page of the photos and notes that belong to no board."""

_COLOURS = 6
"""Type colours in the style sheet; a seventh type starts again, told apart by icon and name."""


@dataclass(frozen=True, slots=True)
class TypeView:
    """A response type: how it is named, coloured and drawn."""

    name: str
    style: str
    """Class of the style sheet: `t0` ... `t5`, or `other`."""
    icon: Shape
    count: int = 0


@dataclass(frozen=True, slots=True)
class OutlineView:
    """One sighting as drawn on its photo."""

    note: str
    """Slug of the note."""
    href: str
    path: str
    """SVG path in pixels of the upright photo."""
    type: TypeView
    status: Status
    doubtful: bool
    elsewhere: bool
    """The note belongs to another board's page."""
    badge: tuple[int, int]
    side: int
    """Shorter side of the outline's box: the badge must not be larger than the note."""
    label: str


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One photograph of a board."""

    slug: str
    name: str
    src: str | None
    width: int
    height: int
    taken_at: str | None
    outlines: tuple[OutlineView, ...]
    notes: int
    doubtful: int

    @property
    def elsewhere(self) -> int:
        """Outlines of notes that are listed on another board's page."""
        return sum(outline.elsewhere for outline in self.outlines)


@dataclass(frozen=True, slots=True)
class SightingView:
    """A note as one photo shows it."""

    photo: PhotoEntry
    photo_slug: str
    crop: str | None
    entry: SightingEntry
    shapes: tuple[tuple[Shape, float], ...]
    """Likeliest first; only those worth a mention."""


@dataclass(frozen=True, slots=True)
class ReadingView:
    """What one engine read."""

    reading: Reading
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note with all that is known about it."""

    slug: str
    entry: NoteEntry
    type: TypeView
    spans: tuple[Span, ...]
    absent: str
    """`[no text]` and the like where there is no text, else empty."""
    thumbnail: str | None
    sightings: tuple[SightingView, ...]
    readings: tuple[ReadingView, ...]
    alternatives: tuple[tuple[str, float], ...]

    @property
    def decision(self) -> Transcription:
        """The transcription in force."""
        return self.entry.transcription

    @property
    def blank(self) -> bool:
        """A vote without words."""
        return not self.spans and self.decision.legibility is Legibility.BLANK


@dataclass(frozen=True, slots=True)
class GroupView:
    """The notes of one response type under a heading."""

    type: TypeView
    notes: tuple[NoteView, ...]

    @property
    def written(self) -> tuple[NoteView, ...]:
        """Those listed one by one."""
        return tuple(note for note in self.notes if not note.blank)

    @property
    def blanks(self) -> tuple[NoteView, ...]:
        """Those listed together: `[no text] x 4`."""
        return tuple(note for note in self.notes if note.blank)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of notes that count, for bars and tables."""

    notes: int
    by_status: tuple[tuple[Status, int], ...]
    by_legibility: tuple[tuple[Legibility, int], ...]
    confidence: tuple[tuple[int, int], ...]
    """Accepted and other machine texts in each tenth of confidence, lowest first."""

    @classmethod
    def of(cls, notes: Iterable[NoteEntry]) -> Totals:
        """Count notes."""
        counted = list(notes)
        status = Counter(note.status for note in counted)
        legibility = Counter(note.transcription.legibility for note in counted)
        tenths = [[0, 0] for _ in range(10)]
        for note in counted:
            if note.status is not Status.REVIEWED and math.isfinite(note.transcription.confidence):
                tenth = min(9, max(0, int(note.transcription.confidence * 10)))
                tenths[tenth][note.status is not Status.ACCEPTED] += 1
        return cls(
            notes=len(counted),
            by_status=tuple(
                (key, status[key]) for key in (Status.REVIEWED, Status.ACCEPTED, Status.REVIEW)
            ),
            by_legibility=tuple((key, legibility[key]) for key in Legibility),
            confidence=tuple((accepted, other) for accepted, other in tenths),
        )

    def legibility(self, key: str) -> int:
        """Number of notes of one legibility."""
        return dict(self.by_legibility)[Legibility(key)]

    def status(self, key: str) -> int:
        """Number of notes of one status."""
        return dict(self.by_status)[Status(key)]


@dataclass(frozen=True, slots=True)
class BoardView:
    """One page of the report."""

    slug: str
    name: str | None
    """None for what belongs to no board."""
    totals: Totals
    types: tuple[TypeView, ...]
    groups: tuple[GroupView, ...]
    doubtful: tuple[NoteView, ...]
    photos: tuple[PhotoView, ...]
    thumbnail: str | None


class Layout:
    """Lays a snapshot out in pages."""

    def __init__(self, snapshot: Snapshot, options: Options, pictures: Pictures) -> None:
        self.snapshot = snapshot
        self._pictures = pictures
        self._photos = {entry.photo.sha256: entry for entry in snapshot.photos}
        self._types = _types(snapshot, options)
        self._slugs: dict[str | None, str] = {
            board.board_id: slug(board.board_id) for board in snapshot.boards
        }
        self._slugs[None] = NO_HEADING
        self._sightings: dict[str, list[tuple[NoteEntry, SightingEntry]]] = {}
        for note in snapshot.notes:
            for sighting in note.sightings:
                self._sightings.setdefault(sighting.photo_sha256, []).append((note, sighting))

    def types(self, notes: Iterable[NoteEntry]) -> tuple[TypeView, ...]:
        """The response types of some notes with their counts, in the legend's order."""
        counts = Counter(note.meaning for note in notes)
        return tuple(
            TypeView(name, kind.style, kind.icon, counts[name])
            for name, kind in self._types.items()
            if counts[name]
        )

    def boards(self) -> Iterable[BoardView]:
        """The pages: every board, then what has no board, if there is any."""
        notes: dict[str | None, list[NoteEntry]] = {}
        for note in self.snapshot.notes:
            notes.setdefault(self._page(note.board_id), []).append(note)
        photos: dict[str | None, list[PhotoEntry]] = {}
        for entry in self.snapshot.photos:
            found = self._sightings.get(entry.photo.sha256, ())
            pages = {self._page(note.board_id) for note, _ in found}
            if entry.board_id is not None or not pages:
                pages.add(self._page(entry.board_id))
            for page in pages:
                photos.setdefault(page, []).append(entry)
        for board in self.snapshot.boards:
            key = board.board_id
            yield self._board(key, board.name, notes.get(key, []), photos.get(key, []))
        if None in notes or None in photos:
            yield self._board(None, None, notes.get(None, []), photos.get(None, []))

    def _page(self, board_id: str | None) -> str | None:
        return board_id if board_id in self._slugs else None

    def _board(
        self,
        board_id: str | None,
        name: str | None,
        notes: list[NoteEntry],
        photos: list[PhotoEntry],
    ) -> BoardView:
        # The photos with most of this board's notes first: that is the one to open with.
        shown = Counter(sighting.photo_sha256 for note in notes for sighting in note.sightings)
        best = Counter(note.best.photo_sha256 for note in notes)
        photos = sorted(
            photos, key=lambda p: (-best[p.photo.sha256], -shown[p.photo.sha256], p.photo.name)
        )
        counted = [note for note in notes if not note.doubtful]
        types = self.types(counted)
        return BoardView(
            slug=self._slugs[board_id],
            name=name,
            totals=Totals.of(counted),
            types=types,
            groups=tuple(
                GroupView(kind, tuple(self._note(n) for n in counted if n.meaning == kind.name))
                for kind in types
            ),
            doubtful=tuple(self._note(note) for note in notes if note.doubtful),
            photos=tuple(self._photo(entry, board_id) for entry in photos),
            thumbnail=self._pictures.thumbnail(photos[0]) if photos else None,
        )

    def _photo(self, entry: PhotoEntry, board_id: str | None) -> PhotoView:
        found = self._sightings.get(entry.photo.sha256, [])
        # Large outlines first, so that a small note on a large one can still be chosen.
        found = sorted(found, key=lambda pair: -_area(pair[1].detection.polygon))
        doubtful = sum(sighting.detection.doubtful for _, sighting in found)
        return PhotoView(
            slug=slug(entry.photo.sha256)[:24],
            name=entry.photo.name,
            src=self._pictures.photo(entry),
            width=max(1, entry.photo.width),
            height=max(1, entry.photo.height),
            taken_at=entry.photo.taken_at,
            outlines=tuple(
                outline for pair in found if (outline := self._outline(*pair, board_id)) is not None
            ),
            notes=len(found) - doubtful,
            doubtful=doubtful,
        )

    def _outline(
        self, note: NoteEntry, sighting: SightingEntry, board_id: str | None
    ) -> OutlineView | None:
        points = [
            (round(x), round(y))
            for x, y in sighting.detection.polygon
            if math.isfinite(x) and math.isfinite(y)
        ]
        if len(points) < 3:
            return None
        page = self._page(note.board_id)
        elsewhere = page != board_id
        anchor = f"#note-{slug(note.note_id)}"
        xs, ys = zip(*points, strict=True)
        corner = min(points, key=lambda point: point[0] + point[1])
        centre = (sum(xs) / len(xs), sum(ys) / len(ys))
        text = note.transcription.text or placeholder(note.transcription.legibility)
        return OutlineView(
            note=slug(note.note_id),
            href=f"{self._slugs[page]}.html{anchor}" if elsewhere else anchor,
            path="M" + "L".join(f"{x} {y}" for x, y in points) + "Z",
            type=self._types[note.meaning],
            status=note.status,
            doubtful=sighting.detection.doubtful,
            elsewhere=elsewhere,
            badge=(
                round(corner[0] + 0.05 * (centre[0] - corner[0])),
                round(corner[1] + 0.05 * (centre[1] - corner[1])),
            ),
            side=max(1, min(max(xs) - min(xs), max(ys) - min(ys))),
            label=f"{note.meaning}: {text}",
        )

    def _note(self, note: NoteEntry) -> NoteView:
        decision = note.transcription
        readings = note.best.readings
        sightings = tuple(
            view for entry in note.sightings if (view := self._sighting(entry)) is not None
        )
        return NoteView(
            slug=slug(note.note_id),
            entry=note,
            type=self._types[note.meaning],
            spans=text_spans(decision, readings) if decision.text.strip() else (),
            absent="" if decision.text.strip() else placeholder(decision.legibility),
            thumbnail=self._pictures.crop(note.best),
            sightings=sightings,
            readings=tuple(ReadingView(reading, line_spans(reading.lines)) for reading in readings),
            alternatives=tuple(
                (text, probability)
                for text, probability in (readings[0].alternatives if readings else ())
                if text != decision.text
            ),
        )

    def _sighting(self, sighting: SightingEntry) -> SightingView | None:
        photo = self._photos.get(sighting.photo_sha256)
        if photo is None:
            return None
        ranked = sorted(sighting.shape.probabilities.items(), key=lambda item: -item[1])
        return SightingView(
            photo=photo,
            photo_slug=slug(photo.photo.sha256)[:24],
            crop=self._pictures.crop(sighting),
            entry=sighting,
            shapes=tuple(pair for index, pair in enumerate(ranked) if not index or pair[1] >= 0.05),
        )


def _types(snapshot: Snapshot, options: Options) -> dict[str, TypeView]:
    """Every response type: the legend's in its order, then what else the notes say."""
    icons: dict[str, Shape] = {}
    for entry in options.legend:
        icons.setdefault(entry.meaning, entry.shape)
    # A meaning that the legend no longer has: notes of an earlier run with other options.
    for meaning in sorted({note.meaning for note in snapshot.notes} - set(icons) - {"other"}):
        icons[meaning] = Shape.OTHER
    icons.pop("other", None)
    types = {
        meaning: TypeView(meaning, f"t{index % _COLOURS}", icon)
        for index, (meaning, icon) in enumerate(icons.items())
    }
    types["other"] = TypeView("other", "other", Shape.OTHER)
    return types


def _area(polygon: Polygon) -> float:
    following = (*polygon[1:], *polygon[:1])
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True)) / 2)
