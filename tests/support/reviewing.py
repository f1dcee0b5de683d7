"""A workspace with notes of every kind of doubt, and a queue that survives being killed."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import event
from sqlalchemy.pool import Pool
from support.results import YELLOW, reading, result, sighting, square

from boardscribe.boards import board_of
from boardscribe.records import (
    Crop,
    Detection,
    Heading,
    Legibility,
    Shape,
    ShapeGuess,
    Source,
    Transcription,
)
from boardscribe.review import AnswerPage, RawAnswer, ReviewTask, TaskAnswers
from boardscribe.store import Arrangement, RunItem
from boardscribe.workspace import Workspace


@event.listens_for(Pool, "checkout")
def _hurry(connection: Any, *_: object) -> None:
    """Do not wait for the disk: these tests kill processes, not machines."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF").close()


@dataclass(frozen=True)
class Doubt:
    """One note of a made-up workspace."""

    text: str = "more time"
    confidence: float = 0.4
    accepted: bool = False
    legibility: Legibility | None = None
    shape: Shape = Shape.SQUARE
    shape_probability: float = 0.95
    note_probability: float = 0.95
    sharpness: float = 0.5

    @property
    def decision(self) -> Transcription:
        legibility = self.legibility or (Legibility.READABLE if self.text else Legibility.BLANK)
        return Transcription(
            self.text, legibility, self.confidence, Source.MACHINE, self.accepted, reason="rule"
        )


def picture(width: int, height: int, colour: tuple[int, int, int] = (250, 224, 110)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
    return buffer.getvalue()


CROP, PREVIEW = picture(64, 64), picture(500, 400, (200, 200, 200))


def fill(
    space: Workspace,
    doubts: Sequence[Doubt],
    *,
    name: str = "a.jpg",
    board: str = "Make time",
    again: str = "",
) -> None:
    """Store a photo with these notes, `name`-0, `name`-1, ..., as a run does; again with others
    to have them read anew."""
    stem = name.partition(".")[0]
    seen = []
    for number, doubt in enumerate(doubts):
        left, top = 10 + 110 * (number % 8) + 5 * len(again), 10 + 110 * (number // 8)
        base = sighting(f"{stem}-{number}{again}", square(left, top))
        rest = 1 - doubt.shape_probability
        other = Shape.HEART if doubt.shape is not Shape.HEART else Shape.SQUARE
        seen.append(
            replace(
                base,
                heading=0,
                detection=Detection(
                    base.polygon, doubt.note_probability, doubtful=doubt.note_probability < 0.5
                ),
                shape=ShapeGuess({doubt.shape: doubt.shape_probability, other: rest}),
                colour=YELLOW,
                crop=Crop(CROP, 64, 64, (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0), doubt.sharpness),
            )
        )
    found = result(
        name, seen, [d.text for d in doubts], headings=[Heading(board, 0.9, square(0, 0, 9))]
    )
    found = replace(
        found,
        readings={
            s.sighting_id: (
                reading(d.text, d.confidence, legibility=d.decision.legibility),
                reading(f"{d.text} once", 0.2),
            )
            for s, d in zip(seen, doubts, strict=True)
        },
        transcriptions={s.sighting_id: d.decision for s, d in zip(seen, doubts, strict=True)},
    )
    known = board_of(board)
    assert known is not None
    files = space.write_pictures(found, PREVIEW, 0.5)
    run_id = space.store.begin_run("1")
    space.store.save(
        run_id,
        RunItem(name, f"/photos/{name}", "done", found.photo.sha256),
        found,
        files,
        board=known,
        places={s.sighting_id: known for s in seen},
    )
    space.store.finish_run(run_id)
    snapshot = space.snapshot()
    boards = {b.board_id: b for b in (*snapshot.boards, known)}
    places = {s.sighting_id: n.board_id for n in snapshot.notes for s in n.sightings}
    space.store.arrange(
        Arrangement(
            tuple(boards.values()),
            {p.photo.sha256: p.board_id for p in snapshot.photos},
            {**places, **{s.sighting_id: known.board_id for s in seen}},
            {},
            {f"{stem}-{number}": doubt.decision for number, doubt in enumerate(doubts)},
        )
    )


def workspace_of(folder: Path, doubts: Sequence[Doubt], settings: str = "") -> Workspace:
    """A new workspace with one photo of these notes."""
    config = folder.with_suffix(".toml")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(settings, encoding="utf-8")
    space = Workspace.open(folder, create=True, config=config)
    fill(space, doubts)
    return space


class FileQueue:
    """A queue in an SQLite file: what it took is there whatever happens to who gave it."""

    name = "file"

    def __init__(self, path: Path, *, batch_size: int = 3) -> None:
        self.batch_size = batch_size
        self._path = path
        with self._open() as database:
            database.executescript(
                """
                CREATE TABLE IF NOT EXISTS task (
                    external INTEGER PRIMARY KEY, task_id TEXT, text TEXT, asks TEXT,
                    gone INTEGER DEFAULT 0, priority REAL);
                CREATE TABLE IF NOT EXISTS answer (
                    id INTEGER PRIMARY KEY, external INTEGER, reader TEXT, fields TEXT,
                    clock INTEGER);
                CREATE TABLE IF NOT EXISTS touched (clock INTEGER PRIMARY KEY, external INTEGER);
                """
            )

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=30)
        # A killed process loses nothing by this, only a machine without power would.
        database.execute("PRAGMA synchronous = OFF")
        return database

    # The seam

    def find(self, task_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self.tasks(gone=True):
            if row["task_id"] in task_ids and not row["gone"]:
                found[row["task_id"]] = (*found.get(row["task_id"], ()), str(row["external"]))
        return found

    def push(self, tasks: Sequence[ReviewTask]) -> Mapping[str, str]:
        made = {}
        for task in tasks:  # one by one: an interrupted push leaves a part
            with self._open() as database:
                cursor = database.execute(
                    "INSERT INTO task (task_id, text, asks, priority) VALUES (?, ?, ?, ?)",
                    (task.task_id, task.content.text, " ".join(task.asks), task.priority),
                )
            made[task.task_id] = str(cursor.lastrowid)
        return made

    def update(self, tasks: Mapping[str, ReviewTask]) -> None:
        for external, task in tasks.items():
            with self._open() as database:
                database.execute(
                    "UPDATE task SET text = ?, asks = ? WHERE external = ?",
                    (task.content.text, " ".join(task.asks), int(external)),
                )

    def withdraw(self, external_ids: Collection[str]) -> None:
        for external in external_ids:
            with self._open() as database:
                database.execute("UPDATE task SET gone = 1 WHERE external = ?", (int(external),))

    def pages(self, cursor: str | None) -> Iterator[AnswerPage]:
        last = int(cursor or 0)
        with self._open() as database:
            rows = database.execute(
                "SELECT max(clock), external FROM touched WHERE clock > ? GROUP BY external "
                "ORDER BY 1",
                (last,),
            ).fetchall()
        for start in range(0, len(rows), 5):
            some = rows[start : start + 5]
            yield AnswerPage(
                tuple(self._answers(external) for _, external in some), str(some[-1][0])
            )

    def _answers(self, external: int) -> TaskAnswers:
        with self._open() as database:
            (task_id,) = database.execute(
                "SELECT task_id FROM task WHERE external = ?", (external,)
            ).fetchone()
            rows = database.execute(
                "SELECT id, reader, fields, clock FROM answer WHERE external = ? ORDER BY id",
                (external,),
            ).fetchall()
        return TaskAnswers(
            task_id,
            str(external),
            tuple(
                RawAnswer(
                    answer_id=str(key),
                    reader=reader,
                    created_at=_moment(key),
                    updated_at=_moment(clock),
                    payload={"raw": fields},
                    **json.loads(fields),
                )
                for key, reader, fields, clock in rows
            ),
        )

    # What people do

    def tasks(self, *, gone: bool = False) -> list[dict[str, object]]:
        with self._open() as database:
            database.row_factory = sqlite3.Row
            rows = database.execute("SELECT * FROM task ORDER BY external").fetchall()
        return [dict(row) for row in rows if gone or not row["gone"]]

    def waiting(self) -> list[dict[str, object]]:
        """Tasks that a person would be shown."""
        with self._open() as database:
            done = {
                row[0]
                for row in database.execute("SELECT external, fields FROM answer")
                if not json.loads(row[1]).get("skipped")
            }
        return [task for task in self.tasks() if task["external"] not in done]

    def answer(self, external: object, reader: str, **fields: object) -> int:
        with self._open() as database:
            clock = self._touch(database, external)
            cursor = database.execute(
                "INSERT INTO answer (external, reader, fields, clock) VALUES (?, ?, ?, ?)",
                (external, reader, json.dumps(fields), clock),
            )
            return int(cursor.lastrowid or 0)

    def edit(self, answer: int, **fields: object) -> None:
        with self._open() as database:
            (external,) = database.execute(
                "SELECT external FROM answer WHERE id = ?", (answer,)
            ).fetchone()
            clock = self._touch(database, external)
            database.execute(
                "UPDATE answer SET fields = ?, clock = ? WHERE id = ?",
                (json.dumps(fields), clock, answer),
            )

    def delete(self, answer: int) -> None:
        with self._open() as database:
            (external,) = database.execute(
                "SELECT external FROM answer WHERE id = ?", (answer,)
            ).fetchone()
            self._touch(database, external)
            database.execute("DELETE FROM answer WHERE id = ?", (answer,))

    @staticmethod
    def _touch(database: sqlite3.Connection, external: object) -> int:
        cursor = database.execute("INSERT INTO touched (external) VALUES (?)", (external,))
        return int(cursor.lastrowid or 0)


def _moment(clock: int) -> str:
    return f"2026-03-01T{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}+00:00"
