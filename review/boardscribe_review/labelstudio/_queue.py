"""Label Studio as a queue; see `boardscribe_review.queue` for what each method promises."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from boardscribe.errors import QueueError
from boardscribe.review import AnswerPage, RawAnswer, ReviewTask, TaskAnswers
from boardscribe_review.labelstudio._client import Client, where
from boardscribe_review.labelstudio._pictures import MISSING, Pictures
from boardscribe_review.labelstudio._tasks import (
    MODEL,
    is_placeholder,
    placeholder,
    raw_answer,
    task_json,
)

__all__ = ["LabelStudioQueue"]

_BATCH = 250
"""Tasks of one import."""
_PAGE = 100
"""Tasks with their answers in one question to the server."""
_FIND = 200
"""Ids in one question to the server."""
_OVERLAP = timedelta(seconds=15)
"""Changes this long before the cursor are read again: a transaction gets its time before it is
seen. Answers are stored once, so reading them again does no harm."""
_IN_FLIGHT_SECONDS = 10.0
"""A batch that a killed push sent off is there after this time, or never comes."""
_NOT_FOUND = 404
_FLIGHT_FILE = "review/label-studio.sending"


class LabelStudioQueue:
    """A project on a Label Studio server.

    Args:
        name: lasting name of the queue.
        client: the connection.
        project: id of the project.
        pictures: how the server gets pictures.
        workspace: folder of the workspace.
    """

    def __init__(
        self, *, name: str, client: Client, project: int, pictures: Pictures, workspace: Path
    ) -> None:
        self._name = name
        self._client = client
        self._project = project
        self._pictures = pictures
        self._flight = workspace / _FLIGHT_FILE
        self._readers: dict[int, str] = {}

    def __enter__(self) -> LabelStudioQueue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    @property
    def name(self) -> str:
        """Lasting name: server and project."""
        return self._name

    @property
    def batch_size(self) -> int:
        """Tasks of one call."""
        return _BATCH

    @property
    def address(self) -> str:
        """Where people answer."""
        return f"{self._client.url}/projects/{self._project}/data?labeling=1"

    # Push

    def find(self, task_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """External ids by task id, the oldest first."""
        wanted = sorted(task_ids)
        found = self._find(wanted)
        # A push that was killed may have sent a batch that the server still works on.
        while len(found) < len(wanted) and self._is_in_flight():
            time.sleep(0.25)
            found = self._find(wanted)
        return found

    def push(self, tasks: Sequence[ReviewTask]) -> Mapping[str, str]:
        """Make tasks; external id by task id."""
        from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415 - slow

        rows = self._rows(tasks)
        made: dict[str, str] = {}

        def send() -> None:
            # Repeated after an answer was lost: what arrived is not sent again.
            missing = [row for row in rows if row["data"]["task_id"] not in made]
            if self._flight.exists():
                arrived = self.find([row["data"]["task_id"] for row in missing])
                made.update({task_id: ids[0] for task_id, ids in arrived.items()})
                missing = [row for row in missing if row["data"]["task_id"] not in made]
            if not missing:
                return
            self._take_off()
            try:
                answer = self._client.api.projects.import_tasks(
                    id=self._project, request=missing, return_task_ids=True
                )
            except ApiError:
                # It failed, perhaps half way, but it is over: nothing is worth waiting for.
                self._flight.write_text("0", encoding="utf-8")
                raise
            ids = answer.task_ids or []
            if len(ids) != len(missing):
                raise QueueError(
                    f"Label Studio made {len(ids)} tasks of {len(missing)}",
                    remedy="Run the push again: it finds what is there.",
                )
            made.update(
                {row["data"]["task_id"]: str(i) for row, i in zip(missing, ids, strict=True)}
            )

        if rows:
            self._client.call("make tasks", send)
            self._flight.unlink(missing_ok=True)
        return made

    def update(self, tasks: Mapping[str, ReviewTask]) -> None:
        """Show new content, by external id; one that was withdrawn is asked again."""
        api = self._client.api
        rows = self._rows(list(tasks.values()))
        for external_id, row in zip(tasks, rows, strict=True):
            task = self._task(external_id)
            if task is None:
                continue
            for annotation in task.annotations or ():
                if is_placeholder(_plain(annotation)):
                    self._delete("ask a task again", api.annotations.delete, annotation)
            predictions: list[Any] = list(task.predictions or ())
            for extra in predictions[1:]:
                self._delete("renew a prediction", api.predictions.delete, extra)
            kept = _id(predictions[0]) if predictions else None
            self._client.call("update a task", partial(self._renew, external_id, row, kept))

    def withdraw(self, external_ids: Collection[str]) -> None:
        """Take tasks out of everybody's queue.

        They are not deleted: somebody may be answering one at this moment. A placeholder answer
        marks them as done for Label Studio, and an answer that comes all the same is kept.
        """
        for external_id in external_ids:
            self._client.call("withdraw a task", partial(self._place, external_id))

    # Pull

    def pages(self, cursor: str | None) -> Iterator[AnswerPage]:
        """What changed since `cursor`, with all present answers of each task."""
        at = _Cursor.parse(cursor)
        newest = self._newest("updated_at")
        if newest is None or (at.to is None and at.since is not None and newest <= at.since):
            return
        if at.to is None:
            last = self._newest("id")
            at = replace(at, to=newest, last=int(last or 0))
        searches = _searches(at)
        for step in range(at.step, len(searches)):
            search = searches[step]
            begin = search.since if step > at.step or at.reached is None else at.reached
            since = None if begin is None else datetime.fromisoformat(begin)
            for rows in self._changes(search.conditions, since):
                reached = replace(at, step=step, reached=_iso(_moment(rows[-1])))
                yield AnswerPage(tuple(self._answers(row) for row in rows), str(reached))
        yield AnswerPage((), str(_Cursor(since=at.to, upto=at.last)))

    # Parts

    def _rows(self, tasks: Sequence[ReviewTask]) -> list[dict[str, Any]]:
        files = [
            file
            for task in tasks
            for file in (task.content.crop, task.content.context)
            if file is not None
        ]
        shown = self._pictures.addresses(files)
        return [
            task_json(
                task,
                crop=shown.get(task.content.crop or "", MISSING),
                context=shown.get(task.content.context or "", MISSING),
            )
            for task in tasks
        ]

    def _find(self, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[int]] = {}
        for start in range(0, len(wanted), _FIND):
            some = list(wanted[start : start + _FIND])
            size = 2 * len(some)
            while True:
                rows = self._client.some_tasks(
                    self._project,
                    where("data.task_id", "in_list", some, "List"),
                    size=size,
                    fields=("id", "data"),
                )
                if len(rows) < size:
                    break
                size *= 2  # more than two of each: somebody imported them again by hand
            for row in rows:
                found.setdefault(str(row.data["task_id"]), []).append(int(row.id))
        return {
            task_id: tuple(str(number) for number in sorted(numbers))
            for task_id, numbers in found.items()
        }

    def _take_off(self) -> None:
        """Note that a batch is on its way, for whoever comes after a kill."""
        self._flight.parent.mkdir(parents=True, exist_ok=True)
        self._flight.write_text(repr(time.time()), encoding="utf-8")

    def _is_in_flight(self) -> bool:
        try:
            since = time.time() - float(self._flight.read_text(encoding="utf-8") or 0)
        except (FileNotFoundError, ValueError):
            return False
        return 0 <= since < _IN_FLIGHT_SECONDS

    def _task(self, external_id: str) -> Any:
        """A task with its answers; None where somebody deleted it."""
        return self._client.call("read a task", partial(self._get, external_id))

    def _get(self, external_id: str) -> Any:
        from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415 - slow

        try:
            return self._client.api.tasks.get(id=external_id)
        except ApiError as error:
            if error.status_code == _NOT_FOUND:
                return None
            raise

    def _delete(self, what: str, delete: Callable[..., None], item: Any) -> None:
        """Delete what may be gone already."""
        from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415 - slow

        def attempt() -> None:
            try:
                delete(id=_id(item))
            except ApiError as error:
                if error.status_code != _NOT_FOUND:
                    raise

        self._client.call(what, attempt)

    def _renew(self, external_id: str, row: Mapping[str, Any], prediction: int | None) -> None:
        """Show new content; done twice it is the same."""
        said, api = row["predictions"][0], self._client.api
        if prediction is not None:
            api.predictions.update(id=prediction, result=said["result"], score=said["score"])
        else:
            api.predictions.create(
                task=int(external_id),
                result=said["result"],
                score=said["score"],
                model_version=MODEL,
            )
        api.tasks.update(id=external_id, data=row["data"])

    def _place(self, external_id: str) -> None:
        """Put the placeholder on a task that is still asked; gone or answered ones are not."""
        task = self._get(external_id)
        if task is not None and not task.annotations:
            self._client.api.annotations.create(
                id=int(external_id), result=placeholder(), lead_time=0.0
            )

    def _changes(
        self, conditions: Sequence[Mapping[str, Any]], since: datetime | None
    ) -> Iterator[list[Any]]:
        """Tasks that meet conditions and changed since a moment, oldest change first.

        Each page begins where the one before ended, by time: by number, a task that is changed
        meanwhile would move another one out of sight.
        """
        size, seen = _PAGE, set[tuple[int, datetime]]()
        while True:
            after = [] if since is None else [where("updated_at", *_not_before(since))]
            rows = self._client.some_tasks(
                self._project, *conditions, *after, ordering="tasks:updated_at", size=size
            )
            new = [row for row in rows if (row.id, _moment(row)) not in seen]
            if new:
                yield new
            if len(rows) < size:
                return
            reached = _moment(rows[-1])
            # A page full of changes of one moment: only a larger one gets beyond it.
            size = size * 2 if reached == since else _PAGE
            seen = {(row.id, reached) for row in rows if _moment(row) == reached}
            since = reached

    def _newest(self, column: str) -> str | None:
        rows = self._client.some_tasks(
            self._project, ordering=f"-tasks:{column}", size=1, fields=("id", "updated_at")
        )
        if not rows:
            return None
        return _iso(_moment(rows[0])) if column == "updated_at" else str(rows[0].id)

    def _answers(self, row: Any) -> TaskAnswers:
        data = row.data or {}
        prefilled = data.get("prefilled") or {}
        found: list[RawAnswer] = []
        for annotation in row.annotations or ():
            plain = _plain(annotation)
            if not is_placeholder(plain):
                found.append(
                    raw_answer(plain, prefilled, reader=self._reader(plain.get("completed_by")))
                )
        return TaskAnswers(str(data.get("task_id", "")), str(row.id), tuple(found))

    def _reader(self, who: Any) -> str:
        number = int(who["id"] if isinstance(who, dict) else who)
        if number not in self._readers:
            users = self._client.call("list the accounts", self._client.api.users.list)
            self._readers = {int(user.id or 0): str(user.email) for user in users}
        return self._readers.get(number, f"account {number}")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a pull stands; its text is what the store keeps."""

    since: str | None = None
    """All changes up to this moment of the server are stored."""
    upto: int = 0
    """The newest task at that moment."""
    to: str | None = None
    """What `since` will be when the pull that is under way is finished."""
    last: int = 0
    """What `upto` will be then."""
    step: int = 0
    """Searches that are finished."""
    reached: str | None = None
    """How far the next one got."""

    @classmethod
    def parse(cls, text: str | None) -> _Cursor:
        if text is None:
            return cls()
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return cls()  # of another version: everything is read once more

    def __str__(self) -> str:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in fields.items() if value})


@dataclass(frozen=True, slots=True)
class _Search:
    """Tasks to read again."""

    conditions: tuple[Mapping[str, Any], ...]
    since: str | None
    """Only those that changed then or later."""


def _searches(at: _Cursor) -> list[_Search]:
    """What a pull looks through, one after the other; together they miss no change."""
    found = []
    if at.since is not None:
        moment = datetime.fromisoformat(at.since)
        known = where("id", "less_or_equal", at.upto)
        found = [
            # What was on its way at the last pull. Whatever a person does leaves a name; without
            # this condition all questions of a push just before that pull would be read.
            _Search(
                (known, _by_somebody(), where("updated_at", *_not_after(moment))),
                _iso(moment - _OVERLAP),
            ),
            # Tasks of that time may have changed in any way since, to no answer too.
            _Search((known,), at.since),
        ]
    # Of newer ones only those with answers matter: there may be thousands without.
    since = at.since and _iso(datetime.fromisoformat(at.since) - _OVERLAP)
    return found + [
        _Search((where("id", "greater", at.upto), where(column, "greater", 0)), since)
        for column in ("total_annotations", "cancelled_annotations")
    ]


def _by_somebody() -> Mapping[str, Any]:
    """Tasks that somebody answered, or took an answer of back."""
    return where("updated_by", "empty", "false", "List")


def _not_after(moment: datetime) -> tuple[str, str, str]:
    return "less_or_equal", _at(moment), "Datetime"


def _not_before(moment: datetime) -> tuple[str, str, str]:
    return "greater_or_equal", _at(moment), "Datetime"


def _at(moment: datetime) -> str:
    """As the data manager wants it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(row: Any) -> datetime:
    """When a task changed last; the SDK gives it parsed or not, by the fields asked for."""
    found = row.updated_at
    return found if isinstance(found, datetime) else datetime.fromisoformat(str(found))


def _iso(moment: datetime) -> str:
    # Always with microseconds, so that moments compare as text too.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(item: Any) -> dict[str, Any]:
    """JSON data of an SDK record or of what is plain already."""
    if isinstance(item, dict):
        return item
    return dict(json.loads(item.json()))


def _id(item: Any) -> int:
    return int(_plain(item)["id"])
