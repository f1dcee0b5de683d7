"""Adding a version to the history of a note's text: the one place that does."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from boardscribe.records import Transcription
from boardscribe.store import rows, schema
from boardscribe.store.moment import now

__all__ = ["add_version"]


def add_version(
    connection: Connection, note_id: str, transcription: Transcription
) -> Transcription:
    """Store a transcription as the newest version of a note; gives it as stored."""
    table = schema.transcription
    newest = connection.execute(
        select(table.c.transcription_id, table.c.version)
        .where(table.c.note_id == note_id)
        .order_by(table.c.version.desc())
        .limit(1)
    ).first()
    row = {
        **rows.transcription_row(transcription),
        "source": transcription.source.value,
        "version": 1 if newest is None else newest.version + 1,
        "decided_at": transcription.decided_at or now(),
    }
    connection.execute(
        insert(table).values(
            note_id=note_id,
            supersedes=None if newest is None else newest.transcription_id,
            **row,
        )
    )
    return rows.transcription_from(row)
