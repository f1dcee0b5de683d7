"""What is read from the store: one query a table, never one a note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select
from sqlalchemy.sql import Select

from boardscribe._quality import quality
from boardscribe.records import (
    Crop,
    Heading,
    PhotoResult,
    Reading,
    Sighting,
    Source,
    StageStamp,
    Transcription,
)
from boardscribe.snapshot import PhotoEntry, SightingEntry
from boardscribe.store import rows, schema
from boardscribe.store.views import Holdings, KnownPhoto, Registration

__all__ = [
    "current_transcriptions",
    "decided_notes",
    "files",
    "headings_by_photo",
    "history",
    "holdings",
    "known",
    "originals",
    "photos",
    "prior",
    "readings",
    "readings_by_sighting",
    "readings_of_note",
    "registrations",
    "resolve",
    "sighting_entry",
    "stamps_by_photo",
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
    stamps = stamps_by_photo(connection)
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
        headings=headings_by_photo(connection, schema.heading.c.photo_sha256 == sha256)[sha256],
        sightings=tuple(_sighting(item, crops) for item in stored),
        readings=readings_by_sighting(connection, this),
        transcriptions={
            item["sighting_id"]: rows.transcription_from(item)
            for item in connection.execute(proposed.where(this)).mappings()
        },
        stamps=stamps_by_photo(connection, schema.stage_stamp.c.photo_sha256 == sha256)[sha256],
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
        sighting_entry(
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
    read = readings_by_sighting(connection, ~seen.c.stale)
    stored = list(
        connection.execute(
            select(seen).where(~seen.c.stale).order_by(seen.c.sighting_id)
        ).mappings()
    )
    photo = schema.photo
    return Holdings(
        photos=photos(connection),
        given={
            row.sha256: row.board_given
            for row in connection.execute(
                select(photo.c.sha256, photo.c.board_given).where(photo.c.board_given.is_not(None))
            )
        },
        sightings=tuple(
            sighting_entry(row, row["note_id"], read.get(row["sighting_id"], ())) for row in stored
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


def photos(connection: Connection) -> tuple[PhotoEntry, ...]:
    """All photos by name, with what was found on them beside notes."""
    headings, stamps = headings_by_photo(connection), stamps_by_photo(connection)
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


def sighting_entry(row: RowMapping, note_id: str, found: tuple[Reading, ...]) -> SightingEntry:
    """A row of sightings as people see it."""
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


def readings_by_sighting(
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


def headings_by_photo(
    connection: Connection, *conditions: ColumnElement[bool]
) -> dict[str, tuple[Heading, ...]]:
    """Headings by the photo that they are on, in their order."""
    table = schema.heading
    found: dict[str, tuple[Heading, ...]] = defaultdict(tuple)
    query = select(table).where(*conditions).order_by(table.c.photo_sha256, table.c.ordinal)
    for row in connection.execute(query).mappings():
        found[row["photo_sha256"]] += (rows.heading_from(row),)
    return found


def stamps_by_photo(
    connection: Connection, *conditions: ColumnElement[bool]
) -> dict[str, dict[str, StageStamp]]:
    """By photo and stage what the stage was last run with."""
    table = schema.stage_stamp
    found: dict[str, dict[str, StageStamp]] = defaultdict(dict)
    for row in connection.execute(select(table).where(*conditions)).mappings():
        found[row["photo_sha256"]][row["stage"]] = rows.stamp_from(row)
    return found
