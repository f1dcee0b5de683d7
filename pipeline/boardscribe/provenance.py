"""Where a published word comes from: photo, sighting, readings, answers, decision.

`chain` gathers what a snapshot knows of one note, `chain_data` gives it as plain data and
`chain_text` as text for a terminal, with the versions, digests and times of every step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from boardscribe.errors import InputError
from boardscribe.records import Legibility, Reading, Source, Transcription
from boardscribe.snapshot import (
    NoteEntry,
    PhotoEntry,
    RunEntry,
    SightingEntry,
    Snapshot,
    TaskEntry,
)

__all__ = ["Chain", "WordTrace", "chain", "chain_data", "chain_text", "find_note"]

_SHORTEST_PREFIX = 4
_LIKE = 70.0
"""Least likeness, 0 to 100, of a word and what an engine read in its place."""


@dataclass(frozen=True, slots=True)
class WordTrace:
    """What one reading has in the place of a word."""

    sighting_id: str
    engine: str
    read: str | None
    """None where the engine read nothing like it."""
    confidence: float
    """Of that word; 0 where it was not read."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that led to a note's text."""

    note: NoteEntry
    board: str | None
    photos: tuple[PhotoEntry, ...]
    """In the order of the note's sightings, each once."""
    runs: tuple[RunEntry, ...]
    """Oldest first."""
    word: str | None = None
    since: Transcription | None = None
    """The oldest decision in an unbroken line down from the one in force that has the word."""
    traces: tuple[WordTrace, ...] = ()
    tasks: tuple[TaskEntry, ...] = ()
    """What people were asked about the note, and who answered; oldest first."""


def find_note(snapshot: Snapshot, wanted: str) -> NoteEntry:
    """The note that a person means.

    Args:
        snapshot: the workspace.
        wanted: a note's id, the beginning of one (four characters or more) that only one note
            has, or words that only one note says.

    Raises:
        InputError: no note, or more than one; the message names them.
    """
    for candidates in _candidates(snapshot, wanted):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            shown = ", ".join(
                f"{note.note_id} ({_short(note.transcription.text)})" for note in candidates[:5]
            )
            more = f" and {len(candidates) - 5} more" if len(candidates) > 5 else ""
            raise InputError(
                f"{len(candidates)} notes fit {wanted!r}: {shown}{more}",
                remedy="Give the whole id of one of them.",
            )
    raise InputError(
        f"no note has the id {wanted!r}, or says so",
        remedy="`boardscribe export --format csv` lists every note with its id.",
    )


def chain(snapshot: Snapshot, wanted: str, *, word: str | None = None) -> Chain:
    """Gather what led to a note's text.

    Args:
        snapshot: the workspace.
        wanted: see `find_note`.
        word: a word of the text to follow through the readings and decisions.

    Raises:
        InputError: no such note, or its text does not have the word.
    """
    note = find_note(snapshot, wanted)
    names = {board.board_id: board.name for board in snapshot.boards}
    by_id = {entry.photo.sha256: entry for entry in snapshot.photos}
    photos = {
        seen.photo_sha256: by_id[seen.photo_sha256]
        for seen in note.sightings
        if seen.photo_sha256 in by_id
    }
    since = None
    traces: tuple[WordTrace, ...] = ()
    if word is not None:
        since = _since(note, word)
        if since is None:
            raise InputError(
                f"note {note.note_id} does not say {word!r}",
                remedy=f"It says: {_short(note.transcription.text, 200)}",
            )
        traces = tuple(_traces(note, word))
    return Chain(
        note=note,
        board=names.get(note.board_id or ""),
        photos=tuple(photos.values()),
        runs=tuple(reversed(snapshot.runs)),
        word=word,
        since=since,
        traces=traces,
        tasks=tuple(task for task in snapshot.review.tasks if task.note_id == note.note_id),
    )


def chain_data(found: Chain) -> dict[str, object]:
    """The chain as plain data, from the photo to the decision."""
    note = found.note
    data: dict[str, object] = {
        "note_id": note.note_id,
        "board": found.board,
        "meaning": note.meaning,
        "status": note.status.value,
        "text": note.transcription.text,
        "legibility": note.transcription.legibility.value,
        "photos": [_photo_data(entry) for entry in found.photos],
        "sightings": [_sighting_data(seen) for seen in note.sightings],
        "answers": [
            {
                "asked": task.kind.value,
                "round": task.round,
                "asked_at": task.created_at,
                "reader": answer.reader,
                "answered_at": answer.answered_at,
                "seconds": answer.seconds,
                "counts": answer.counts,
            }
            for task in found.tasks
            for answer in task.answers
        ],
        "decisions": [_decision_data(decision) for decision in reversed(note.history)],
        "corrections": [
            {
                "field": made.field.value,
                "value": made.value,
                "version": made.version,
                "source": made.source.value,
                "decided_by": made.decided_by,
                "decided_at": made.decided_at,
                "reason": made.reason,
            }
            for made in note.corrections
        ],
        "runs": [
            {"started_at": run.started_at, "finished_at": run.finished_at, "version": run.version}
            for run in found.runs
        ],
    }
    if found.word is not None:
        data["word"] = {
            "text": found.word,
            "since": _decision_data(found.since) if found.since else None,
            "readings": [
                {
                    "sighting_id": trace.sighting_id,
                    "engine": trace.engine,
                    "read": trace.read,
                    "confidence": trace.confidence,
                }
                for trace in found.traces
            ],
        }
    return data


def chain_text(found: Chain) -> str:
    """The chain as text for a terminal, one step under the other."""
    return "\n".join(_lines(found))


def _lines(found: Chain) -> Iterator[str]:
    note = found.note
    decision = note.transcription
    where = f"{found.board or 'no board'}, {note.meaning}"
    yield f"Note {note.note_id} ({where})"
    yield f"  says: {_says(decision)}"
    if found.word is not None and found.since is not None:
        yield f"  {found.word!r} stands since version {found.since.version}, {_who(found.since)}"
        for trace in found.traces:
            read = f"{trace.read!r} ({trace.confidence:.2f})" if trace.read else "nothing like it"
            yield f"    {trace.engine} read {read} on sighting {trace.sighting_id}"
    photos = {entry.photo.sha256: entry for entry in found.photos}
    for number, seen in enumerate(note.sightings):
        yield ""
        photo = photos.get(seen.photo_sha256)
        yield f"{'Best sighting' if not number else 'Sighting'} {seen.sighting_id}"
        yield from _photo_lines(photo, seen)
        yield from _sighting_lines(seen)
    if found.tasks:
        yield ""
        yield "Asked of people"
        for task in found.tasks:
            yield from _task_lines(task)
    yield ""
    yield "Decisions, oldest first"
    for past in reversed(note.history):
        stands = "  <- stands" if past is decision else ""
        yield f"  {past.version}. {_says(past)}{stands}"
        yield f"     {_who(past)}" + (f": {past.reason}" if past.reason else "")
    if note.corrections:
        yield ""
        yield "What people corrected besides the text"
        for made in note.corrections:
            when = f" at {made.decided_at}" if made.decided_at else ""
            yield f"  {made.field.value}: {made.value} (by {made.decided_by!a}{when})"
    if found.runs:
        yield ""
        yield "Runs of boardscribe on this workspace"
        for run in found.runs:
            yield f"  {run.started_at} to {run.finished_at or 'unfinished'}, version {run.version}"


def _task_lines(task: TaskEntry) -> Iterator[str]:
    state = "withdrawn" if task.withdrawn else "waits for an answer" if task.open else "answered"
    yield f"  {task.kind.value}, round {task.round}, asked at {task.created_at}: {state}"
    for answer in task.answers:
        took = f", took {answer.seconds:.0f} s" if answer.seconds is not None else ""
        reasons = [name for name in ("skipped", "unusable", "deleted") if getattr(answer, name)]
        not_counted = f", does not count: {', '.join(reasons)}" if reasons else ""
        yield f"    by {answer.reader!a} at {answer.answered_at}{took}{not_counted}"


def _photo_lines(entry: PhotoEntry | None, seen: SightingEntry) -> Iterator[str]:
    if entry is None:
        yield f"  photo   {seen.photo_sha256} (no longer in the workspace)"
        return
    photo = entry.photo
    taken = f", taken {photo.taken_at}" if photo.taken_at else ""
    yield f"  photo   {photo.name!a}: {photo.format}, {photo.width} x {photo.height}{taken}"
    yield f"          sha256 {photo.sha256}"
    for stage, stamp in entry.stamps.items():
        yield f"  stage   {stage} {stamp.version}, options {stamp.digest}"


def _sighting_lines(seen: SightingEntry) -> Iterator[str]:
    found = seen.detection
    flags = [
        name.replace("_", " ") for name in ("cut_off", "hidden", "doubtful") if getattr(found, name)
    ]
    said = f", {', '.join(flags)}" if flags else ""
    left = min((x for x, _ in found.polygon), default=0.0)
    top = min((y for _, y in found.polygon), default=0.0)
    yield f"  outline at x {left:.0f}, y {top:.0f}, confidence {found.confidence:.2f}{said}"
    yield (
        f"  shape   {seen.shape.shape.value} ({seen.shape.probability:.2f}), "
        f"{seen.colour.name} paper"
    )
    if seen.crop:
        yield f"  crop    {seen.crop}"
    for reading in seen.readings:
        yield f"  reading {reading.engine} {reading.engine_version}: {_read(reading)}"


def _read(reading: Reading) -> str:
    text = _short(reading.text, 120) if reading.text else f"[{reading.legibility.value}]"
    return f"{text!r} (confidence {reading.confidence:.2f})"


def _says(decision: Transcription) -> str:
    if decision.text:
        return repr(_short(decision.text, 200))
    return f"[{decision.legibility.value.replace('_', ' ')}]"


def _who(decision: Transcription) -> str:
    when = f" at {decision.decided_at}" if decision.decided_at else ""
    if decision.source is Source.MACHINE:
        accepted = "accepted" if decision.accepted else "for review"
        return f"by machine, confidence {decision.confidence:.2f}, {accepted}{when}"
    people = "a person" if decision.source is Source.PERSON else "consensus"
    return f"by {people} ({decision.decided_by!a}){when}"


def _candidates(snapshot: Snapshot, wanted: str) -> Iterator[list[NoteEntry]]:
    yield [note for note in snapshot.notes if note.note_id == wanted]
    if len(wanted) >= _SHORTEST_PREFIX:
        yield [note for note in snapshot.notes if note.note_id.startswith(wanted)]
    words = " ".join(wanted.casefold().split())
    if words:
        yield [
            n for n in snapshot.notes if words in " ".join(n.transcription.text.split()).casefold()
        ]


def _bare(word: str) -> str:
    """Letters and digits in lower case; the word itself where it has none."""
    return "".join(c for c in word.casefold() if c.isalnum()) or word


def _has(decision: Transcription, word: str) -> bool:
    return any(_bare(word) == _bare(said) for said in decision.text.split())


def _since(note: NoteEntry, word: str) -> Transcription | None:
    oldest: Transcription | None = None
    for decision in note.history:
        if not _has(decision, word):
            break
        oldest = decision
    return oldest


def _traces(note: NoteEntry, word: str) -> Iterator[WordTrace]:
    for seen in note.sightings:
        for reading in seen.readings:
            words = [w for line in reading.lines for w in line.words]
            best = process.extractOne(
                _bare(word),
                [_bare(w.text) for w in words],
                scorer=fuzz.ratio,
                score_cutoff=_LIKE,
            )
            name = f"{reading.engine} {reading.engine_version}"
            if best is None:
                yield WordTrace(seen.sighting_id, name, None, 0.0)
            else:
                found = words[best[2]]
                yield WordTrace(seen.sighting_id, name, found.text, found.confidence)


def _photo_data(entry: PhotoEntry) -> dict[str, object]:
    photo = entry.photo
    return {
        "name": photo.name,
        "sha256": photo.sha256,
        "format": photo.format,
        "width": photo.width,
        "height": photo.height,
        "orientation": photo.orientation,
        "size_bytes": photo.size_bytes,
        "taken_at": photo.taken_at,
        "stages": [
            {"stage": name, "version": stamp.version, "digest": stamp.digest}
            for name, stamp in entry.stamps.items()
        ],
    }


def _sighting_data(seen: SightingEntry) -> dict[str, object]:
    found = seen.detection
    return {
        "sighting_id": seen.sighting_id,
        "photo_sha256": seen.photo_sha256,
        "polygon": [list(point) for point in found.polygon],
        "confidence": found.confidence,
        "cut_off": found.cut_off,
        "hidden": found.hidden,
        "doubtful": found.doubtful,
        "shape": {shape.value: p for shape, p in seen.shape.probabilities.items()},
        "colour": seen.colour.name,
        "crop": seen.crop,
        "readings": [_reading_data(reading) for reading in seen.readings],
    }


def _reading_data(reading: Reading) -> dict[str, object]:
    return {
        "engine": reading.engine,
        "engine_version": reading.engine_version,
        "text": reading.text,
        "legibility": reading.legibility.value,
        "confidence": reading.confidence,
        "words": [
            {"text": word.text, "confidence": word.confidence}
            for line in reading.lines
            for word in line.words
        ],
        "alternatives": [
            {"text": text, "probability": probability} for text, probability in reading.alternatives
        ],
    }


def _decision_data(decision: Transcription) -> dict[str, object]:
    return {
        "version": decision.version,
        "text": decision.text,
        "legibility": decision.legibility.value,
        "confidence": decision.confidence,
        "source": decision.source.value,
        "accepted": decision.accepted,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
        "reason": decision.reason,
    }


def _short(text: str, length: int = 40) -> str:
    flowing = " ".join(text.split())
    if not flowing:
        return Legibility.BLANK.value
    return flowing if len(flowing) <= length else flowing[: length - 1] + "…"
