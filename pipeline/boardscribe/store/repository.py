"""What is written to the store. Each method is one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.engine import URL

from boardscribe.decisions import supersedes
from boardscribe.errors import InputError
from boardscribe.options import Options
from boardscribe.records import Board, PhotoResult, Reading, Sighting, Source, Transcription
from boardscribe.snapshot import Snapshot
from boardscribe.store import queries, rows, run_queries, schema, snapshot_queries
from boardscribe.store.engine import open_engine, reading, writing
from boardscribe.store.identity import Outline, carry_over
from boardscribe.store.migrate import is_current, migrate
from boardscribe.store.moment import now
from boardscribe.store.review import ReviewStore
from boardscribe.store.types import storable
from boardscribe.store.versions import add_version
from boardscribe.store.views import (
    Arrangement,
    Holdings,
    KnownPhoto,
    Registration,
    RunItem,
    StoredFiles,
)

__all__ = ["Store"]


class Store:
    """The database of a workspace.

    Readers may work at any time and see one moment of it. Only one process at a time may write:
    `boardscribe.lock` sees to that.

    Args:
        url: of an SQLite file or a PostgreSQL database, see `boardscribe.store.engine`.

    Attributes:
        review: questions to people and their answers.

    Raises:
        MissingComponentError: the database driver is not installed.
    """

    def __init__(self, url: URL) -> None:
        self.engine = open_engine(url)
        self.review = ReviewStore(self.engine)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def is_current(self) -> bool:
        """Whether the tables are those of this version; see `migrate.is_current`."""
        return is_current(self.engine)

    def migrate(self) -> None:
        """Create or upgrade the tables; an SQLite file is copied first."""
        migrate(self.engine)

    # Runs

    def begin_run(self, version: str) -> int:
        """Note that a run starts; returns its id."""
        with writing(self.engine) as connection:
            result = connection.execute(
                insert(schema.run).values(started_at=now(), version=version)
            )
            key = result.inserted_primary_key
            assert key is not None
            return int(key[0])

    def finish_run(self, run_id: int) -> None:
        """Note that a run came to its end."""
        with writing(self.engine) as connection:
            connection.execute(
                update(schema.run).where(schema.run.c.run_id == run_id).values(finished_at=now())
            )

    def record(self, run_id: int, items: Sequence[RunItem]) -> None:
        """Note what a run did with inputs that gave no new result."""
        if not items:
            return
        with writing(self.engine) as connection:
            connection.execute(insert(schema.run_item), [_item_row(run_id, i) for i in items])
            for item in items:
                if item.status in ("skipped", "duplicate") and item.sha256 is not None:
                    _add_name(connection, item)

    # Photos

    def save(
        self,
        run_id: int,
        item: RunItem,
        result: PhotoResult,
        files: StoredFiles,
        *,
        board: Board | None,
        places: Mapping[str, Board],
        given: str | None = None,
    ) -> None:
        """Store all that was found on one photo, in place of what was there.

        Notes keep their identity: a sighting of a new segmentation that overlaps an old one
        stands for the same note. What people decided is never touched, and a sighting that is
        not found any more is kept as stale.

        Args:
            run_id: the run that found it.
            item: the row of the run report.
            result: what was found.
            files: where its pictures are; they are there already.
            board: board of the photo.
            places: board by sighting id.
            given: board name from the command line.
        """
        sha256 = result.photo.sha256
        with writing(self.engine) as connection:
            for found in sorted({b.board_id: b for b in [board, *places.values()] if b}.items()):
                _add_missing(
                    connection, schema.board, "board_id", found[1].board_id, {"name": found[1].name}
                )
            _save_photo(connection, result, files, board, given)
            _add_name(connection, item)
            kept = _place_notes(connection, sha256, result.sightings)
            for ordinal, sighting in enumerate(result.sightings):
                place = places.get(sighting.sighting_id)
                row = rows.sighting_row(
                    sighting,
                    sha256=sha256,
                    ordinal=ordinal,
                    crop=files.crops.get(sighting.sighting_id),
                )
                row |= {
                    "note_id": kept[sighting.sighting_id],
                    "board_id": place.board_id if place is not None else None,
                    "stale": False,
                }
                _save_sighting(
                    connection,
                    row,
                    result.readings.get(sighting.sighting_id, ()),
                    result.transcriptions.get(sighting.sighting_id),
                )
            connection.execute(insert(schema.run_item), [_item_row(run_id, item)])

    # Decisions

    def decide(self, note_id: str, transcription: Transcription) -> Transcription:
        """Add a person's or a consensus' transcription as the newest version of a note.

        Args:
            note_id: of a note; a note that was linked to another stands for that one.
            transcription: its `version` and `decided_at` are filled in here.

        Returns:
            The transcription as stored.

        Raises:
            InputError: there is no such note, or the text is a machine's.
        """
        if transcription.source is Source.MACHINE:
            raise InputError("only people decide here; a machine's text comes from a run")
        with writing(self.engine) as connection:
            target = queries.resolve(connection, note_id)
            if target is None:
                raise InputError(f"there is no note {note_id!r}", remedy="Check the note's id.")
            return add_version(connection, target, transcription)

    def resolve(self, note_id: str) -> str | None:
        """The note that stands for this one today; None where it is not known."""
        with reading(self.engine) as connection:
            return queries.resolve(connection, note_id)

    # Linking

    def registrations(self, digest: str) -> tuple[Registration, ...]:
        """Pairs of photos laid on one another by the method of this digest."""
        with reading(self.engine) as connection:
            return queries.registrations(connection, digest)

    def save_registrations(self, digest: str, found: Sequence[Registration]) -> None:
        """Keep pairs for the next time; a pair found again replaces the old one."""
        table = schema.registration
        with writing(self.engine) as connection:
            for item in found:
                connection.execute(
                    delete(table).where(
                        table.c.first_sha256 == item.first_sha256,
                        table.c.second_sha256 == item.second_sha256,
                    )
                )
            if found:
                connection.execute(
                    insert(table),
                    [
                        {
                            "first_sha256": item.first_sha256,
                            "second_sha256": item.second_sha256,
                            "digest": digest,
                            "matrix": item.matrix,
                            "inliers": item.inliers,
                        }
                        for item in found
                    ],
                )

    def holdings(self) -> Holdings:
        """All that linking looks at."""
        with reading(self.engine) as connection:
            return queries.holdings(connection)

    def give_board(self, photos: Iterable[str], name: str) -> None:
        """Note that these photos show a board, whatever their headings say."""
        with writing(self.engine) as connection:
            for sha256 in photos:
                connection.execute(
                    update(schema.photo)
                    .where(schema.photo.c.sha256 == sha256)
                    .values(board_given=name)
                )

    def arrange(self, arrangement: Arrangement) -> None:
        """Put boards, links and the machine's texts into force; what people decided stays."""
        with writing(self.engine) as connection:
            _save_boards(connection, arrangement.boards)
            _save_places(connection, schema.photo, "sha256", arrangement.photo_boards)
            _save_places(connection, schema.sighting, "sighting_id", arrangement.sighting_boards)
            _drop_unused_boards(connection)
            connection.execute(delete(schema.note_link))
            if arrangement.links:
                connection.execute(
                    insert(schema.note_link),
                    [
                        {"sighting_id": sighting_id, "note_id": note_id}
                        for sighting_id, note_id in sorted(arrangement.links.items())
                    ],
                )
            current = queries.current_transcriptions(connection)
            for note_id, proposal in sorted(arrangement.proposals.items()):
                if note_id not in current or supersedes(proposal, current[note_id]):
                    add_version(connection, note_id, proposal)

    # Reading

    def known(self) -> Mapping[str, KnownPhoto]:
        """Every stored photo by id."""
        with reading(self.engine) as connection:
            return queries.known(connection)

    def prior(self, sha256: str, crops: Mapping[str, bytes]) -> PhotoResult:
        """What is stored of one photo, as the pipeline gave it.

        Args:
            sha256: of a stored photo.
            crops: the crop files by their path.
        """
        with reading(self.engine) as connection:
            return queries.prior(connection, sha256, crops)

    def unresolved(self) -> tuple[RunItem, ...]:
        """The inputs whose newest row says that they failed or were passed over."""
        with reading(self.engine) as connection:
            return run_queries.unresolved(connection)

    def originals(self) -> Mapping[str, tuple[str, ...]]:
        """Every path that a photo was seen at, by its SHA-256."""
        with reading(self.engine) as connection:
            return queries.originals(connection)

    def files(self) -> frozenset[str]:
        """Paths of all crops and previews that are referred to."""
        with reading(self.engine) as connection:
            return queries.files(connection)

    def snapshot(self, options: Options) -> Snapshot:
        """Everything, as of one moment."""
        with reading(self.engine) as connection:
            return snapshot_queries.snapshot(connection, options)


def _item_row(run_id: int, item: RunItem) -> dict[str, Any]:
    failure = item.failure
    return {
        "run_id": run_id,
        "name": item.name,
        "path": item.path,
        "photo_sha256": item.sha256,
        "status": item.status,
        "reason": failure.reason if failure is not None else "",
        "message": failure.message if failure is not None else "",
        "remedy": failure.remedy if failure is not None else "",
        "seconds": dict(item.seconds),
        "peak_memory_mb": item.peak_memory_mb,
    }


def _add_missing(
    connection: Connection, table: Table, key: str, value: str, columns: Mapping[str, Any]
) -> None:
    """Insert a row unless its key is there; the workspace lock keeps other writers out."""
    column = table.c[key]
    if connection.execute(select(column).where(column == value)).first() is None:
        connection.execute(insert(table).values({key: value, **columns}))


def _add_name(connection: Connection, item: RunItem) -> None:
    """Note under which path the bytes of a stored photo were found."""
    table, path = schema.photo_name, storable(item.path)
    is_stored = select(schema.photo.c.sha256).where(schema.photo.c.sha256 == item.sha256)
    is_named = select(table.c.path).where(table.c.photo_sha256 == item.sha256, table.c.path == path)
    if connection.execute(is_stored).first() is None or connection.execute(is_named).first():
        return
    connection.execute(insert(table).values(photo_sha256=item.sha256, path=path, name=item.name))


def _save_photo(
    connection: Connection,
    result: PhotoResult,
    files: StoredFiles,
    board: Board | None,
    given: str | None,
) -> None:
    sha256 = result.photo.sha256
    row = rows.photo_row(result.photo)
    row["board_id"] = board.board_id if board is not None else None
    if given is not None:
        row["board_given"] = given
    if files.preview is not None:
        row |= {"preview": files.preview, "preview_scale": files.preview_scale}
    table = schema.photo
    if connection.execute(select(table.c.name).where(table.c.sha256 == sha256)).first() is None:
        connection.execute(insert(table).values({"preview_scale": 1.0, **row}))
    else:
        connection.execute(update(table).where(table.c.sha256 == sha256).values(row))
    for part in (schema.heading, schema.stage_stamp):
        connection.execute(delete(part).where(part.c.photo_sha256 == sha256))
    if result.headings:
        connection.execute(
            insert(schema.heading),
            [rows.heading_row(sha256, index, found) for index, found in enumerate(result.headings)],
        )
    connection.execute(
        insert(schema.stage_stamp),
        [
            {
                "photo_sha256": sha256,
                "stage": stamp.stage,
                "version": stamp.version,
                "digest": stamp.digest,
            }
            for stamp in result.stamps.values()
        ],
    )


def _place_notes(
    connection: Connection, sha256: str, sightings: Sequence[Sighting]
) -> Mapping[str, str]:
    """Note id of each new sighting; what the new segmentation replaces or lost is put away."""
    table = schema.sighting
    old = [
        Outline(row["sighting_id"], row["note_id"], rows.polygon_from(row["polygon"]), row["stale"])
        for row in connection.execute(
            select(table.c.sighting_id, table.c.note_id, table.c.polygon, table.c.stale)
            .where(table.c.photo_sha256 == sha256)
            .order_by(table.c.sighting_id)
        ).mappings()
    ]
    new_ids = {sighting.sighting_id for sighting in sightings}
    kept = carry_over(old, [(sighting.sighting_id, sighting.polygon) for sighting in sightings])
    lived_on = set(kept.values())
    for outline in old:
        if outline.sighting_id in new_ids:
            continue
        this = table.c.sighting_id == outline.sighting_id
        if outline.note_id in lived_on:
            connection.execute(delete(table).where(this))
        elif not outline.stale:
            connection.execute(update(table).where(this).values(stale=True))
            _hand_over(connection, outline.note_id)
    for sighting in sightings:
        note_id = kept.setdefault(sighting.sighting_id, sighting.sighting_id)
        _add_missing(connection, schema.note, "note_id", note_id, {"created_at": now()})
    return kept


def _hand_over(connection: Connection, note_id: str) -> None:
    """Let another photo's sighting stand for a note that a person decided and its photo lost."""
    if note_id not in queries.decided_notes(connection, note_id):
        return
    link, seen = schema.note_link, schema.sighting
    heir = connection.execute(
        select(link.c.sighting_id)
        .join(seen, seen.c.sighting_id == link.c.sighting_id)
        .join(schema.photo, schema.photo.c.sha256 == seen.c.photo_sha256)
        .where(link.c.note_id == note_id, ~seen.c.stale)
        .order_by(schema.photo.c.name, link.c.sighting_id)
        .limit(1)
    ).scalar()
    if heir is not None:
        connection.execute(update(seen).where(seen.c.sighting_id == heir).values(note_id=note_id))
        connection.execute(delete(link).where(link.c.sighting_id == heir))


def _save_sighting(
    connection: Connection,
    row: dict[str, Any],
    readings: Sequence[Reading],
    decision: Transcription | None,
) -> None:
    table, sighting_id = schema.sighting, row["sighting_id"]
    this = table.c.sighting_id == sighting_id
    generation = connection.execute(select(table.c.reading_generation).where(this)).scalar()
    if generation is None:
        generation = 0
        connection.execute(insert(table).values({**row, "reading_generation": 0}))
    else:
        connection.execute(update(table).where(this).values(row))
    if tuple(readings) != queries.readings(connection, sighting_id, generation):
        generation += 1
        connection.execute(update(table).where(this).values(reading_generation=generation))
        if readings:
            connection.execute(
                insert(schema.reading),
                [
                    rows.reading_row(
                        found, sighting_id=sighting_id, generation=generation, ordinal=ordinal
                    )
                    for ordinal, found in enumerate(readings)
                ],
            )
    if decision is None:
        return
    connection.execute(delete(schema.proposal).where(schema.proposal.c.sighting_id == sighting_id))
    connection.execute(
        insert(schema.proposal).values(sighting_id=sighting_id, **rows.transcription_row(decision))
    )
    # A note is never without a text; later versions are the business of `arrange`, which knows
    # all the photos that show the note.
    spoken = schema.transcription
    if not connection.execute(
        select(spoken.c.version).where(spoken.c.note_id == row["note_id"])
    ).first():
        add_version(connection, row["note_id"], decision)


def _save_boards(connection: Connection, boards: Sequence[Board]) -> None:
    table = schema.board
    names = {row.board_id: row.name for row in connection.execute(select(table))}
    for board in boards:
        if board.board_id not in names:
            connection.execute(insert(table).values(board_id=board.board_id, name=board.name))
        elif names[board.board_id] != storable(board.name):
            connection.execute(
                update(table).where(table.c.board_id == board.board_id).values(name=board.name)
            )


def _save_places(
    connection: Connection, table: Table, key: str, boards: Mapping[str, str | None]
) -> None:
    column = table.c[key]
    stored = {row[0]: row[1] for row in connection.execute(select(column, table.c.board_id))}
    for item, board_id in boards.items():
        if item in stored and stored[item] != board_id:
            connection.execute(update(table).where(column == item).values(board_id=board_id))


def _drop_unused_boards(connection: Connection) -> None:
    used = select(schema.photo.c.board_id).where(schema.photo.c.board_id.is_not(None))
    used_too = select(schema.sighting.c.board_id).where(schema.sighting.c.board_id.is_not(None))
    connection.execute(
        delete(schema.board).where(
            schema.board.c.board_id.not_in(used), schema.board.c.board_id.not_in(used_too)
        )
    )
