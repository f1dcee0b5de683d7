"""What is read from the store: one query a table, never one a note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select
from sqlalchemy.sql import Select

from boardscribe._quality import quality
from boardscribe.options import Options
from boardscribe.pseudonyms import Pseudonyms
from boardscribe.records import (
    Board,
    Crop,
    Heading,
    PhotoResult,
    Reading,
    Shape,
    ShapeGuess,
    Sighting,
    Source,
    StageStamp,
    Transcription,
)
from boardscribe.review import Correction, Field
from boardscribe.snapshot import (
    Failure,
    NoteEntry,
    PhotoEntry,
    RunEntry,
    SightingEntry,
    Snapshot,
)
from boardscribe.store import review_queries, rows, schema
from boardscribe.store.views import Holdings, KnownPhoto, Registration, RunItem

__all__ = [
    "current_transcriptions",
    "decided_notes",
    "files",
    "history",
    "holdings",
    "known",
    "originals",
    "prior",
    "readings",
    "readings_of_note",
    "registrations",
    "resolve",
    "snapshot",
    "unresolved",
]


def resolve(connection: Connection, note_id: str) -> str | None:
    """The note that stands for this one today: itself, or the one its sighting is linked to."""
    if (
        connection.execute(
            select(schema.note.c.note_id).where(schema.note.c.note_id == note_id)
        ).first()
        is None
    ):
        return None
    link, seen = schema.note_link, schema.sighting
    is_shown = select(seen.c.sighting_id).outerjoin(link, link.c.sighting_id == seen.c.sighting_id)
    if connection.execute(
        is_shown.where(func.coalesce(link.c.note_id, seen.c.note_id) == note_id)
    ).first():
        return note_id
    linked = connection.execute(
        select(link.c.note_id)
        .join(seen, seen.c.sighting_id == link.c.sighting_id)
        .where(seen.c.note_id == note_id)
        .order_by(link.c.sighting_id)
    ).scalar()
    return note_id if linked is None else str(linked)


def known(connection: Connection) -> Mapping[str, KnownPhoto]:
    """Every stored photo by id, with its stamps and the pictures it needs."""
    stamps = _stamps(connection)
    crops = defaultdict(list)
    seen = schema.sighting
    for sha256, crop in connection.execute(
        select(seen.c.photo_sha256, seen.c.crop).where(~seen.c.stale, seen.c.crop.is_not(None))
    ):
        crops[sha256].append(crop)
    return {
        row["sha256"]: KnownPhoto(
            name=row["name"],
            stamps=stamps[row["sha256"]],
            files=(*([row["preview"]] if row["preview"] else []), *crops[row["sha256"]]),
        )
        for row in connection.execute(select(schema.photo)).mappings()
    }


def prior(connection: Connection, sha256: str, crops: Mapping[str, bytes]) -> PhotoResult:
    """What is stored of one photo, as the pipeline gave it; see `Store.prior`."""
    row = (
        connection.execute(select(schema.photo).where(schema.photo.c.sha256 == sha256))
        .mappings()
        .one()
    )
    seen = schema.sighting
    this = and_(seen.c.photo_sha256 == sha256, ~seen.c.stale)
    stored = list(connection.execute(select(seen).where(this).order_by(seen.c.ordinal)).mappings())
    proposed = select(schema.proposal).join(
        seen, seen.c.sighting_id == schema.proposal.c.sighting_id
    )
    return PhotoResult(
        photo=rows.photo_from(row),
        headings=_headings(connection, schema.heading.c.photo_sha256 == sha256)[sha256],
        sightings=tuple(_sighting(item, crops) for item in stored),
        readings=_readings(connection, this),
        transcriptions={
            item["sighting_id"]: rows.transcription_from(item)
            for item in connection.execute(proposed.where(this)).mappings()
        },
        stamps=_stamps(connection, schema.stage_stamp.c.photo_sha256 == sha256)[sha256],
    )


def _sighting(row: RowMapping, crops: Mapping[str, bytes]) -> Sighting:
    crop = None
    if row["crop"] is not None and row["crop"] in crops:
        crop = Crop(
            jpeg=crops[row["crop"]],
            width=row["crop_width"],
            height=row["crop_height"],
            matrix=tuple(row["crop_matrix"]),
            sharpness=row["sharpness"],
        )
    return Sighting(
        sighting_id=row["sighting_id"],
        detection=rows.detection_from(row),
        shape=rows.shape_from(row),
        colour=rows.colour_from(row),
        crop=crop,
        heading=row["heading"],
    )


def readings(connection: Connection, sighting_id: str, generation: int) -> tuple[Reading, ...]:
    """The readings of one sighting."""
    table = schema.reading
    return tuple(
        rows.reading_from(row)
        for row in connection.execute(
            select(table)
            .where(table.c.sighting_id == sighting_id, table.c.generation == generation)
            .order_by(table.c.ordinal)
        ).mappings()
    )


def current_transcriptions(connection: Connection) -> dict[str, Transcription]:
    """The transcription in force of each note."""
    table = schema.transcription
    result = {}
    for row in connection.execute(select(table).order_by(table.c.version)).mappings():
        result[row["note_id"]] = rows.transcription_from(row)
    return result


def decided_notes(connection: Connection, note_id: str | None = None) -> frozenset[str]:
    """Notes that a person or a consensus decided; a machine never supersedes them."""
    table = schema.transcription
    query = select(table.c.note_id).where(table.c.source != Source.MACHINE.value)
    if note_id is not None:
        query = query.where(table.c.note_id == note_id)
    return frozenset(connection.execute(query).scalars())


def history(connection: Connection, note_id: str) -> tuple[Transcription, ...]:
    """All versions of a note's text, newest first."""
    table = schema.transcription
    query = select(table).where(table.c.note_id == note_id).order_by(table.c.version.desc())
    return tuple(rows.transcription_from(row) for row in connection.execute(query).mappings())


def readings_of_note(connection: Connection, note_id: str) -> tuple[Reading, ...]:
    """What machines read of a note, on the sighting that shows it best."""
    seen, link = schema.sighting, schema.note_link
    stands_for = func.coalesce(link.c.note_id, seen.c.note_id)
    query = (
        select(seen)
        .outerjoin(link, link.c.sighting_id == seen.c.sighting_id)
        .where(stands_for == note_id)
    )
    entries = [
        _sighting_entry(
            row, note_id, readings(connection, row["sighting_id"], row["reading_generation"])
        )
        for row in connection.execute(query).mappings()
    ]
    current = [entry for entry in entries if not entry.stale] or entries
    return min(current, key=quality).readings if current else ()


def registrations(connection: Connection, digest: str) -> tuple[Registration, ...]:
    """Pairs of photos laid on one another by the method of this digest."""
    table = schema.registration
    return tuple(
        Registration(
            first_sha256=row["first_sha256"],
            second_sha256=row["second_sha256"],
            matrix=None if row["matrix"] is None else tuple(row["matrix"]),
            inliers=row["inliers"],
        )
        for row in connection.execute(
            select(table)
            .where(table.c.digest == digest)
            .order_by(table.c.first_sha256, table.c.second_sha256)
        ).mappings()
    )


def holdings(connection: Connection) -> Holdings:
    """All that linking looks at."""
    seen = schema.sighting
    read = _readings(connection, ~seen.c.stale)
    stored = list(
        connection.execute(
            select(seen).where(~seen.c.stale).order_by(seen.c.sighting_id)
        ).mappings()
    )
    photo = schema.photo
    return Holdings(
        photos=_photos(connection),
        given={
            row.sha256: row.board_given
            for row in connection.execute(
                select(photo.c.sha256, photo.c.board_given).where(photo.c.board_given.is_not(None))
            )
        },
        sightings=tuple(
            _sighting_entry(row, row["note_id"], read.get(row["sighting_id"], ())) for row in stored
        ),
        headings={row["sighting_id"]: row["heading"] for row in stored},
        proposals={
            row["sighting_id"]: rows.transcription_from(row)
            for row in connection.execute(select(schema.proposal)).mappings()
        },
        decided=decided_notes(connection),
    )


def files(connection: Connection) -> frozenset[str]:
    """Paths of all crops and previews that are referred to."""
    crops = select(schema.sighting.c.crop).where(schema.sighting.c.crop.is_not(None))
    previews = select(schema.photo.c.preview).where(schema.photo.c.preview.is_not(None))
    return frozenset(connection.execute(crops.union(previews)).scalars())


def originals(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Every path a photo was seen at, by its id; sorted."""
    table = schema.photo_name
    paths = defaultdict(list)
    for sha256, path in connection.execute(
        select(table.c.photo_sha256, table.c.path).order_by(table.c.photo_sha256, table.c.path)
    ):
        paths[sha256].append(path)
    return {sha256: tuple(found) for sha256, found in paths.items()}


def unresolved(connection: Connection) -> tuple[RunItem, ...]:
    """The inputs whose newest row says that they failed or were passed over.

    A failure is over once the same path, or the same bytes under another path, came out well
    later; that of a pattern or folder, which has no path of a file, once a later run began.
    """
    return _unresolved(connection, _troubles(connection))


def _troubles(connection: Connection) -> list[RowMapping]:
    """All inputs of all runs that failed or were passed over, by name."""
    table = schema.run_item
    newest = select(func.max(table.c.item_id)).where(table.c.path != "").group_by(table.c.path)
    newest_run = select(func.max(schema.run.c.run_id)).scalar_subquery()
    query = (
        select(
            table,
            or_(
                table.c.item_id.in_(newest),
                and_(table.c.path == "", table.c.run_id == newest_run),
            ).label("is_newest"),
        )
        .where(table.c.status.in_(("failed", "duplicate")))
        .order_by(table.c.name, table.c.item_id)
    )
    return list(connection.execute(query).mappings())


def _unresolved(connection: Connection, troubles: Iterable[RowMapping]) -> tuple[RunItem, ...]:
    table = schema.run_item
    well = {
        row.photo_sha256: row.newest
        for row in connection.execute(
            select(table.c.photo_sha256, func.max(table.c.item_id).label("newest"))
            .where(table.c.status.in_(("done", "skipped")), table.c.photo_sha256.is_not(None))
            .group_by(table.c.photo_sha256)
        )
    }
    return tuple(
        RunItem(
            name=row["name"],
            path=row["path"],
            status=row["status"],
            sha256=row["photo_sha256"],
            failure=_failure(row),
        )
        for row in troubles
        if row["is_newest"]
        and (row["status"] == "duplicate" or well.get(row["photo_sha256"], 0) < row["item_id"])
    )


def snapshot(connection: Connection, options: Options) -> Snapshot:
    """Everything, as of one moment."""
    photos = _photos(connection)
    troubles = _troubles(connection)
    failures = [
        item.failure for item in _unresolved(connection, troubles) if item.failure is not None
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
        runs=_runs(connection, troubles),
        failures=tuple(failures),
        review=review_queries.state(connection, names),
    )


def _notes(connection: Connection, options: Options, names: Pseudonyms) -> list[NoteEntry]:
    seen, link = schema.sighting, schema.note_link
    read = _readings(connection)
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
        entry = _sighting_entry(row, note_id, read.get(row["sighting_id"], ()))
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


def _photos(connection: Connection) -> tuple[PhotoEntry, ...]:
    headings, stamps = _headings(connection), _stamps(connection)
    table = schema.photo
    return tuple(
        PhotoEntry(
            photo=rows.photo_from(row),
            board_id=row["board_id"],
            headings=headings[row["sha256"]],
            preview=row["preview"],
            preview_scale=row["preview_scale"],
            stamps=stamps[row["sha256"]],
        )
        for row in sorted(
            connection.execute(select(table)).mappings(),
            # Sorted here: databases differ in how they order text.
            key=lambda row: (row["name"], row["sha256"]),
        )
    )


def _sighting_entry(row: RowMapping, note_id: str, found: tuple[Reading, ...]) -> SightingEntry:
    return SightingEntry(
        sighting_id=row["sighting_id"],
        note_id=note_id,
        photo_sha256=row["photo_sha256"],
        detection=rows.detection_from(row),
        shape=rows.shape_from(row),
        colour=rows.colour_from(row),
        crop=row["crop"],
        sharpness=row["sharpness"],
        readings=found,
        matrix=tuple(row["crop_matrix"] or ()),
        stale=row["stale"],
    )


def _readings(
    connection: Connection, *conditions: ColumnElement[bool]
) -> dict[str, tuple[Reading, ...]]:
    """The newest readings by sighting, the combined one first."""
    table, seen = schema.reading, schema.sighting
    query: Select[Any] = (
        select(table)
        .join(
            seen,
            and_(
                seen.c.sighting_id == table.c.sighting_id,
                seen.c.reading_generation == table.c.generation,
            ),
        )
        .where(*conditions)
        .order_by(table.c.ordinal)
    )
    found: dict[str, list[Reading]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["sighting_id"]].append(rows.reading_from(row))
    return {sighting_id: tuple(items) for sighting_id, items in found.items()}


def _headings(
    connection: Connection, *conditions: ColumnElement[bool]
) -> dict[str, tuple[Heading, ...]]:
    table = schema.heading
    found: dict[str, tuple[Heading, ...]] = defaultdict(tuple)
    query = select(table).where(*conditions).order_by(table.c.photo_sha256, table.c.ordinal)
    for row in connection.execute(query).mappings():
        found[row["photo_sha256"]] += (rows.heading_from(row),)
    return found


def _stamps(
    connection: Connection, *conditions: ColumnElement[bool]
) -> dict[str, dict[str, StageStamp]]:
    table = schema.stage_stamp
    found: dict[str, dict[str, StageStamp]] = defaultdict(dict)
    for row in connection.execute(select(table).where(*conditions)).mappings():
        found[row["photo_sha256"]][row["stage"]] = rows.stamp_from(row)
    return found


def _runs(connection: Connection, troubles: Iterable[RowMapping]) -> tuple[RunEntry, ...]:
    """All runs, newest first."""
    table, item = schema.run, schema.run_item
    query = (
        select(
            table.c.run_id,
            table.c.started_at,
            table.c.finished_at,
            table.c.version,
            func.count().filter(item.c.status == "done").label("done"),
            func.count().filter(item.c.status == "skipped").label("skipped"),
        )
        .outerjoin(item, item.c.run_id == table.c.run_id)
        .group_by(table.c.run_id)
        .order_by(table.c.run_id.desc())
    )
    failures = _failures_by_run(troubles)
    return tuple(
        RunEntry(
            started_at=row.started_at,
            finished_at=row.finished_at,
            version=row.version,
            done=row.done,
            skipped=row.skipped,
            failures=tuple(failures[row.run_id]),
        )
        for row in connection.execute(query)
    )


def _failures_by_run(items: Iterable[RowMapping]) -> dict[int, list[Failure]]:
    found: dict[int, list[Failure]] = defaultdict(list)
    for row in items:
        found[row["run_id"]].append(_failure(row))
    return found


def _failure(row: RowMapping) -> Failure:
    return Failure(
        name=row["name"],
        reason=row["reason"],
        message=row["message"],
        remedy=row["remedy"],
        severity="skipped" if row["status"] == "duplicate" else "failed",
    )
