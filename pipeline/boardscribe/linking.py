"""Which sightings on different photos show the same note, and which board a photo shows.

A board photographed twice must give a better record, not a second one. Two photos are laid on
one another (`boardscribe.registration`); notes that then coincide, in outline, colour and text,
are one note. Everything here is a function of what the photos show: the order in which they
came, or how often a run was interrupted, makes no difference.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from boardscribe._geometry import area, bounding_box, clip, iou
from boardscribe._quality import quality
from boardscribe.boards import Placement, given_board, place
from boardscribe.options import BoardOptions, Options
from boardscribe.records import Board, Colour, Legibility, Photo, Polygon, Transcription
from boardscribe.snapshot import SightingEntry
from boardscribe.store import Arrangement, Holdings, Registration

__all__ = ["arrange", "candidates", "placements", "settle"]

_SAME_NOTE_IOU = 0.4
_VISIBLE = 0.6
"""Share of a note's area that must lie in the other photo's frame to be expected there."""
_COLOUR_DISTANCE = 30.0
"""Most difference in the a and b of CIELAB; light changes L."""
_SURE_TEXT = 0.7
_CONTRADICTION = 60.0
"""Two sure texts less alike than this (percent) are not of one note."""

_WRITTEN = (Legibility.READABLE, Legibility.PARTLY, Legibility.ILLEGIBLE)

_ALL_PAIRS_UP_TO = 12
_NEAREST = 8
_SUPPORT_UNKNOWN = 6
"""Notes that must coincide where no heading says that two photos show one board."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two photos of one board."""

    first: str
    second: str
    same_notes: tuple[tuple[str, str, float], ...]
    """Sighting on the first, sighting on the second, overlap."""


@dataclass(frozen=True, slots=True)
class _Mapped:
    """A note of one photo as it lies on another."""

    outline: Polygon
    """Cut at the other photo's frame."""
    expected: bool
    """Enough of it is in the frame that the other photo should show it."""


def placements(holdings: Holdings, rules: Sequence[BoardOptions]) -> dict[str, Placement]:
    """Boards of each photo by what the user and its headings say."""
    return {
        entry.photo.sha256: place(
            entry.photo.name,
            entry.headings,
            given=holdings.given.get(entry.photo.sha256),
            rules=rules,
        )
        for entry in holdings.photos
    }


def candidates(holdings: Holdings, options: Options) -> tuple[tuple[str, str], ...]:
    """Pairs of photos that may show one board, each pair once, in a fixed order.

    Photos under the same heading; and those without any, with the photos most like them in
    colours and words.
    """
    placed = placements(holdings, options.boards)
    notes = _by_photo(holdings.sightings)
    names = {entry.photo.sha256: entry.photo.name for entry in holdings.photos}
    photos = sorted((sha for sha in names if notes[sha]), key=lambda sha: (names[sha], sha))
    likeness = _likeness([notes[sha] for sha in photos])
    place_in = {sha: index for index, sha in enumerate(photos)}
    groups: dict[str, list[str]] = defaultdict(list)
    pairs: set[tuple[str, str]] = set()
    for sha in photos:
        boards = {b.board_id for b in (placed[sha].board, *placed[sha].headings) if b is not None}
        for board_id in boards:
            groups[board_id].append(sha)
        if not boards and len(notes[sha]) >= _SUPPORT_UNKNOWN:
            others = [o for o in photos if o != sha and len(notes[o]) >= _SUPPORT_UNKNOWN]
            pairs |= _nearest(sha, others, likeness, place_in)
    for group in groups.values():
        for sha in group:
            others = [other for other in group if other != sha]
            if len(group) > _ALL_PAIRS_UP_TO:
                pairs |= _nearest(sha, others, likeness, place_in)
            else:
                pairs |= {_ordered(sha, other, place_in) for other in others}
    return tuple(sorted(pairs, key=lambda pair: (place_in[pair[0]], place_in[pair[1]])))


def arrange(
    holdings: Holdings, registrations: Iterable[Registration], options: Options
) -> Arrangement:
    """Put every photo under its board and every sighting to its note.

    Args:
        holdings: what was found on each photo alone.
        registrations: how candidate pairs lie on one another; others are ignored.
        options: for the boards that the user names.
    """
    placed = placements(holdings, options.boards)
    notes = _by_photo(holdings.sightings)
    photos = {entry.photo.sha256: entry.photo for entry in holdings.photos}
    found = {(item.first_sha256, item.second_sha256): item for item in registrations}
    pairs = []
    for first, second in candidates(holdings, options):
        item = found.get((first, second))
        if item is None or item.matrix is None:
            continue
        pair = _compare(
            (photos[first], notes[first]),
            (photos[second], notes[second]),
            item,
            same_board=_share_board(placed[first], placed[second]),
        )
        if pair is not None:
            pairs.append(pair)
    linked = _spread_boards(placed, pairs, photos)
    groups = _group(holdings, pairs, photos)
    links: dict[str, str] = {}
    proposals: dict[str, Transcription] = {}
    for note_id, group in groups.items():
        links.update({s.sighting_id: note_id for s in group if s.note_id != note_id})
        said = settle(
            [
                (s, holdings.proposals[s.sighting_id])
                for s in group
                if s.sighting_id in holdings.proposals
            ]
        )
        if said is not None:
            proposals[note_id] = said
    photo_boards = {sha: linked.get(sha) or placed[sha].board for sha in photos}
    sighting_boards = {
        s.sighting_id: placed[s.photo_sha256].of(holdings.headings[s.sighting_id])
        or photo_boards[s.photo_sha256]
        for s in holdings.sightings
    }
    return Arrangement(
        boards=_names(holdings, placed, options.boards),
        photo_boards={
            sha: board.board_id if board else None for sha, board in photo_boards.items()
        },
        sighting_boards={
            sighting: board.board_id if board else None
            for sighting, board in sighting_boards.items()
        },
        links=links,
        proposals=proposals,
    )


def settle(
    seen: Sequence[tuple[SightingEntry, Transcription]],
) -> Transcription | None:
    """The machine's text of a note from all its sightings: that of the one that shows it best.

    Two sure readings that differ, or writing on a note that another photo shows blank, are a
    question for a person.
    """
    if not seen:
        return None
    ordered = sorted(seen, key=lambda pair: quality(pair[0]))
    best = ordered[0][1]
    if not best.accepted:
        return best
    is_blank = best.legibility is Legibility.BLANK
    for entry, other in ordered[1:]:
        shows_writing = other.legibility in _WRITTEN and not entry.detection.doubtful
        if (is_blank and shows_writing) or (other.accepted and not _says_same(other, best)):
            reason = f"another photo of this note reads: {_shown(other)}"
            return replace(best, accepted=False, reason=reason)
    return best


def _says_same(one: Transcription, other: Transcription) -> bool:
    return one.text.casefold().split() == other.text.casefold().split() and (
        one.legibility is Legibility.BLANK
    ) == (other.legibility is Legibility.BLANK)


def _shown(said: Transcription) -> str:
    text = " ".join(said.text.split())
    return f"“{text[:80]}”" if text else f"({said.legibility.value})"


# Candidates


def _likeness(photos: Sequence[Sequence[SightingEntry]]) -> NDArray[np.float32]:
    """How alike photos are in words and colours, (n, n)."""
    if not photos:
        return np.zeros((0, 0), np.float32)
    bags = [Counter(_words(notes)) for notes in photos]
    colours = [Counter(note.colour.name for note in notes) for notes in photos]
    spread = Counter(word for bag in bags for word in bag)
    common = {word for word, number in spread.items() if number > 1}
    weights = {word: float(np.log(len(photos) / spread[word])) + 0.1 for word in common}
    words = _unit(bags, {word: i for i, word in enumerate(sorted(common))}, weights)
    names = sorted({name for bag in colours for name in bag})
    hues = _unit(colours, {name: i for i, name in enumerate(names)}, dict.fromkeys(names, 1.0))
    result: NDArray[np.float32] = words @ words.T + 0.5 * (hues @ hues.T)
    return result


def _words(notes: Iterable[SightingEntry]) -> Iterable[str]:
    for note in notes:
        if note.readings:
            yield from re.findall(r"\w{3,}", note.readings[0].text.casefold())


def _unit(
    bags: Sequence[Mapping[str, int]], columns: Mapping[str, int], weights: Mapping[str, float]
) -> NDArray[np.float32]:
    table = np.zeros((len(bags), max(1, len(columns))), np.float32)
    for row, bag in enumerate(bags):
        for item in bag:
            if item in columns:
                table[row, columns[item]] = np.sqrt(bag[item]) * weights[item]
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-6)
    return table


def _nearest(
    sha: str,
    others: Sequence[str],
    likeness: NDArray[np.float32],
    place_in: Mapping[str, int],
) -> set[tuple[str, str]]:
    mine = likeness[place_in[sha]]
    near = sorted(
        others, key=lambda other: (-round(float(mine[place_in[other]]), 4), place_in[other])
    )
    return {_ordered(sha, other, place_in) for other in near[:_NEAREST]}


def _ordered(one: str, other: str, place_in: Mapping[str, int]) -> tuple[str, str]:
    return (one, other) if place_in[one] < place_in[other] else (other, one)


# Comparison of two photos


def _compare(
    first: tuple[Photo, Sequence[SightingEntry]],
    second: tuple[Photo, Sequence[SightingEntry]],
    registration: Registration,
    *,
    same_board: bool,
) -> _Pair | None:
    """The notes that two photos share; None where they do not show one board after all."""
    assert registration.matrix is not None
    matrix = np.array(registration.matrix, np.float64).reshape(3, 3)
    there = _mapped(first[1], matrix, second[0])
    inverse: NDArray[np.float64] = np.linalg.inv(matrix).astype(np.float64)
    back = _mapped(second[1], inverse, first[0])
    overlaps = []
    near = _touching(first[1], there, second[1]) | {
        (one, other) for other, one in _touching(second[1], back, first[1])
    }
    for one_index, other_index in sorted(near):
        one, other = first[1][one_index], second[1][other_index]
        overlap = _overlap(one, other, there, back)
        if overlap >= _SAME_NOTE_IOU and _may_be_one(one, other):
            overlaps.append((overlap, one, other))
    overlaps.sort(key=lambda item: (-item[0], item[1].sighting_id, item[2].sighting_id))
    taken: set[str] = set()
    same = []
    for overlap, one, other in overlaps:
        if one.sighting_id not in taken and other.sighting_id not in taken:
            taken |= {one.sighting_id, other.sighting_id}
            same.append((one, other, overlap))
    support = sum(
        not (one.detection.doubtful or other.detection.doubtful) for one, other, _ in same
    )
    expected = min(_sure(first[1], there), _sure(second[1], back))
    share = support / max(1, expected)
    enough = (
        support >= 1 and share >= 0.5 and (support >= 3 or registration.inliers >= 40)
        if same_board
        else support >= _SUPPORT_UNKNOWN and share >= 0.6 and registration.inliers >= 40
    )
    if not enough:
        return None
    return _Pair(
        registration.first_sha256,
        registration.second_sha256,
        tuple((one.sighting_id, other.sighting_id, overlap) for one, other, overlap in same),
    )


def _mapped(
    notes: Sequence[SightingEntry], matrix: NDArray[np.float64], frame: Photo
) -> dict[str, _Mapped]:
    """Where notes of one photo lie on another, cut at its frame."""
    result = {}
    for note in notes:
        points = np.array([(x, y, 1.0) for x, y in note.detection.polygon]) @ matrix.T
        if np.any(points[:, 2] <= 1e-9):
            continue
        whole = tuple((float(x / w), float(y / w)) for x, y, w in points)
        inside = clip(whole, frame.width, frame.height)
        if inside:
            result[note.sighting_id] = _Mapped(inside, area(inside) >= _VISIBLE * area(whole) > 0)
    return result


def _touching(
    notes: Sequence[SightingEntry],
    mapped: Mapping[str, _Mapped],
    others: Sequence[SightingEntry],
) -> set[tuple[int, int]]:
    """Pairs of indices whose bounding boxes overlap: the few that are worth an exact look."""
    there = [i for i, note in enumerate(notes) if note.sighting_id in mapped]
    if not there or not others:
        return set()
    one = np.array([bounding_box(mapped[notes[i].sighting_id].outline) for i in there])[:, None]
    two = np.array([bounding_box(other.detection.polygon) for other in others])[None]
    meets = np.all((one[..., :2] < two[..., 2:]) & (two[..., :2] < one[..., 2:]), axis=2)
    return {(there[row], int(column)) for row, column in np.argwhere(meets)}


def _sure(notes: Sequence[SightingEntry], mapped: Mapping[str, _Mapped]) -> int:
    """Number of notes that the other photo should show."""
    return sum(
        note.sighting_id in mapped
        and mapped[note.sighting_id].expected
        and not note.detection.doubtful
        for note in notes
    )


def _overlap(
    one: SightingEntry,
    other: SightingEntry,
    there: Mapping[str, _Mapped],
    back: Mapping[str, _Mapped],
) -> float:
    """The better of both directions: a note that one photo's border cuts fits only in one."""
    values = [
        iou(mapped[source.sighting_id].outline, target.detection.polygon)
        for source, target, mapped in ((one, other, there), (other, one, back))
        if source.sighting_id in mapped
    ]
    return max(values, default=0.0)


def _may_be_one(one: SightingEntry, other: SightingEntry) -> bool:
    """Whether colour and text allow that two sightings show one note."""
    is_named_alike = one.colour.name == other.colour.name
    if not is_named_alike and _chroma_distance(one.colour, other.colour) > _COLOUR_DISTANCE:
        return False
    texts = [
        said.text.casefold()
        for entry in (one, other)
        if entry.readings
        and (said := entry.readings[0]).legibility is Legibility.READABLE
        and said.confidence >= _SURE_TEXT
    ]
    return len(texts) < 2 or fuzz.ratio(*texts) >= _CONTRADICTION


def _chroma_distance(one: Colour, other: Colour) -> float:
    pixels = np.array([[one.rgb, other.rgb]], np.float32) / 255
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0]
    return float(np.hypot(*(lab[0, 1:] - lab[1, 1:])))


# Boards and notes over all photos


def _share_board(one: Placement, other: Placement) -> bool:
    mine, theirs = (
        {board.board_id for board in (p.board, *p.headings) if board is not None}
        for p in (one, other)
    )
    return bool(mine & theirs)


def _spread_boards(
    placed: Mapping[str, Placement], pairs: Sequence[_Pair], photos: Mapping[str, Photo]
) -> dict[str, Board]:
    """Boards of photos without heading, from the photos that show the same notes."""
    by_support = sorted(
        pairs,
        key=lambda p: (
            -len(p.same_notes),
            photos[p.first].name,
            photos[p.second].name,
            p.first,
            p.second,
        ),
    )
    found: dict[str, Board] = {}
    changed = True
    while changed:
        changed = False
        for pair in by_support:
            for sha, other in ((pair.first, pair.second), (pair.second, pair.first)):
                board = placed[other].board or found.get(other)
                if placed[sha].board is None and sha not in found and board is not None:
                    found[sha] = board
                    changed = True
    return found


def _group(
    holdings: Holdings, pairs: Sequence[_Pair], photos: Mapping[str, Photo]
) -> dict[str, list[SightingEntry]]:
    """Sightings by the note they show; no note has two sightings on one photo."""
    entries = {s.sighting_id: s for s in holdings.sightings}
    member = {sighting_id: [sighting_id] for sighting_id in entries}

    def join(one: str, other: str) -> None:
        mine, theirs = member[one], member[other]
        if mine is theirs:
            return
        shas = [entries[sighting].photo_sha256 for sighting in (*mine, *theirs)]
        decided = {entries[s].note_id for s in (*mine, *theirs)} & holdings.decided
        # Two notes that people decided stay two: neither decision may vanish behind the other.
        if len(set(shas)) == len(shas) and len(decided) <= 1:
            mine.extend(theirs)
            for sighting in theirs:
                member[sighting] = mine

    carried: dict[str, str] = {}
    for sighting_id in sorted(entries):
        join(carried.setdefault(entries[sighting_id].note_id, sighting_id), sighting_id)
    links = [link for pair in pairs for link in pair.same_notes]
    for one, other, _ in sorted(links, key=lambda link: (-round(link[2], 6), link[0], link[1])):
        join(one, other)

    groups: dict[str, list[SightingEntry]] = {}
    for members in {id(group): group for group in member.values()}.values():
        group = sorted(
            (entries[s] for s in members),
            key=lambda s: (photos[s.photo_sha256].name, s.sighting_id),
        )
        decided = [s.note_id for s in group if s.note_id in holdings.decided]
        groups[(decided or [group[0].note_id])[0]] = group
    return groups


def _names(
    holdings: Holdings, placed: Mapping[str, Placement], rules: Sequence[BoardOptions]
) -> tuple[Board, ...]:
    """Each board once, under the name the user gave it, else its best-read heading."""
    best: dict[str, tuple[bool, float, str, str]] = {}
    for entry in holdings.photos:
        sha256, name = entry.photo.sha256, entry.photo.name
        said = given_board(name, holdings.given.get(sha256), rules)
        boards = [said] if said is not None else list(placed[sha256].headings)
        sureness = [1.0] if said is not None else [h.confidence for h in entry.headings]
        for board, confidence in zip(boards, sureness, strict=True):
            if board is not None:
                key = (said is None, -confidence, name, board.name)
                best[board.board_id] = min(best.get(board.board_id, key), key)
    return tuple(Board(board_id, key[3]) for board_id, key in sorted(best.items()))


def _by_photo(sightings: Iterable[SightingEntry]) -> dict[str, list[SightingEntry]]:
    found: dict[str, list[SightingEntry]] = defaultdict(list)
    for sighting in sightings:
        found[sighting.photo_sha256].append(sighting)
    return found
