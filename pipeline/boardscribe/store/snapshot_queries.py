"""The whole record as people see it, as of one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from boardscribe._quality import quality
from boardscribe.options import Options
from boardscribe.pseudonyms import Pseudonyms
from boardscribe.records import Board, Shape, ShapeGuess, Source, Transcription
from boardscribe.review import Correction, Field
from boardscribe.snapshot import NoteEntry, SightingEntry, Snapshot
from boardscribe.store import queries, review_queries, rows, run_queries, schema

__all__ = ["snapshot"]


def snapshot(connection: Connection, options: Options) -> Snapshot:
    """Everything, as of one moment."""
    photos = queries.photos(connection)
    troubles = run_queries.troubles(connection)
    failures = [
        item.failure
        for item in run_queries.unresolved_of(connection, troubles)
        if item.failure is not None
    ]
    boards = [
        Board(board_id=row.board_id, name=row.name)
        for row in connection.execute(select(schema.board.c.board_id, schema.board.c.name))
    ]
    order = {
        b.board_id: i for i, b in enumerate(sorted(boards, key=lambda b: (b.name, b.board_id)))
    }
    names = Pseudonyms(
        None if options.review.name_readers else review_queries.secret(connection, "pseudonyms")
    )
    notes = _notes(connection, options, names)
    notes.sort(key=lambda note: _reading_order(note, order))
    used = {photo.board_id for photo in photos} | {note.board_id for note in notes}
    return Snapshot(
        title=options.workspace.title,
        boards=tuple(
            sorted((b for b in boards if b.board_id in used), key=lambda b: order[b.board_id])
        ),
        photos=photos,
        notes=tuple(notes),
        runs=run_queries.runs(connection, troubles),
        failures=tuple(failures),
        review=review_queries.state(connection, names),
    )


def _notes(connection: Connection, options: Options, names: Pseudonyms) -> list[NoteEntry]:
    seen, link = schema.sighting, schema.note_link
    read = queries.readings_by_sighting(connection)
    corrected = review_queries.corrections(connection)
    history = defaultdict(list)
    spoken = schema.transcription
    decided = set()
    for row in connection.execute(select(spoken).order_by(spoken.c.version.desc())).mappings():
        if row["source"] != Source.MACHINE.value:
            decided.add(row["note_id"])
        history[row["note_id"]].append(names.transcription(rows.transcription_from(row)))
    shown: dict[str, list[tuple[SightingEntry, str | None]]] = defaultdict(list)
    query = select(seen, link.c.note_id.label("linked")).outerjoin(
        link, link.c.sighting_id == seen.c.sighting_id
    )
    for row in connection.execute(query).mappings():
        note_id = row["linked"] or row["note_id"]
        if row["stale"] and note_id not in decided:
            continue
        entry = queries.sighting_entry(row, note_id, read.get(row["sighting_id"], ()))
        shown[note_id].append((entry, row["board_id"]))
    notes = []
    for note_id, entries in shown.items():
        current = [pair for pair in entries if not pair[0].stale] or entries
        current.sort(key=lambda pair: quality(pair[0]))
        made = tuple(names.correction(one) for one in corrected.get(note_id, ()))
        sightings = tuple(_corrected(entry, made) for entry, _ in current)
        best = sightings[0]
        notes.append(
            NoteEntry(
                note_id=note_id,
                board_id=_value(made, Field.BOARD)
                or next((board for _, board in current if board is not None), None),
                meaning=options.meaning(best.shape.shape, best.colour.name),
                sightings=sightings,
                history=_questioned(tuple(history[note_id]), made),
                corrections=made,
            )
        )
    return notes


def _value(made: tuple[Correction, ...], field: Field) -> str | None:
    return next((correction.value for correction in made if correction.field is field), None)


def _corrected(entry: SightingEntry, made: tuple[Correction, ...]) -> SightingEntry:
    """A sighting as people see it: its shape, and whether it shows a note at all."""
    shape, note = _value(made, Field.SHAPE), _value(made, Field.NOTE)
    if shape is not None:
        entry = replace(entry, shape=ShapeGuess({Shape(shape): 1.0}))
    if note is not None:
        entry = replace(entry, detection=replace(entry.detection, doubtful=note == "no"))
    return entry


_OUTLINES = {
    "two_notes": "a person says: two notes or more in one outline",
    "wrong_outline": "a person says: the outline is wrong",
}


def _questioned(
    history: tuple[Transcription, ...], made: tuple[Correction, ...]
) -> tuple[Transcription, ...]:
    """A machine's text of what is not one note stands, but is not accepted any more."""
    said = history[0]
    reason = _OUTLINES.get(_value(made, Field.OUTLINE) or "")
    if reason is None or said.source is not Source.MACHINE:
        return history
    return (replace(said, accepted=False, reason=reason), *history[1:])


def _reading_order(note: NoteEntry, boards: Mapping[str, int]) -> tuple[int, float, float, str]:
    """By board (none last), then top to bottom and left to right on the best photo."""
    place = boards.get(note.board_id or "", len(boards))
    top = min((y for _, y in note.best.detection.polygon), default=0.0)
    left = min((x for x, _ in note.best.detection.polygon), default=0.0)
    return place, top, left, note.note_id
