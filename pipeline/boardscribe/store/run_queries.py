"""What is read from the store about runs: what they did, what failed and is not mended yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, and_, func, or_, select

from boardscribe.snapshot import Failure, RunEntry
from boardscribe.store import schema
from boardscribe.store.views import RunItem

__all__ = ["runs", "troubles", "unresolved", "unresolved_of"]


def unresolved(connection: Connection) -> tuple[RunItem, ...]:
    """The inputs whose newest row says that they failed or were passed over.

    A failure is over once the same path, or the same bytes under another path, came out well
    later; that of a pattern or folder, which has no path of a file, once a later run began.
    """
    return unresolved_of(connection, troubles(connection))


def troubles(connection: Connection) -> list[RowMapping]:
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


def unresolved_of(connection: Connection, items: Iterable[RowMapping]) -> tuple[RunItem, ...]:
    """The same of `troubles` that were read already."""
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
        for row in items
        if row["is_newest"]
        and (row["status"] == "duplicate" or well.get(row["photo_sha256"], 0) < row["item_id"])
    )


def runs(connection: Connection, items: Iterable[RowMapping]) -> tuple[RunEntry, ...]:
    """All runs, newest first, with those of `troubles` that are theirs."""
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
    failures = _failures_by_run(items)
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
