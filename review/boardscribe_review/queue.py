"""The seam between boardscribe and whatever puts questions to people.

A queue shows tasks and gives back answers; it decides nothing and is never the system of record.
Everything that must not be lost (which task went where, every raw answer, what follows from it)
is on our side, so a queue may be killed, restored from an old copy or replaced.

How boardscribe uses a queue
----------------------------

*Push.* The store first notes which tasks are on their way, then `push` sends them in batches,
then the store notes the external ids. After a kill in between, `find` says which of them the
queue has, so that none is sent twice. `update` and `withdraw` may be repeated after a kill: both
must take well what is already as it should be, and a task that is gone.

*Pull.* `pages` gives the tasks whose answers changed since a cursor, each with *all* its present
answers: what the store knows and the page lacks was deleted. A page is stored, applied, and its
cursor noted in one transaction; after a kill the page comes again. Repetitions do no harm:
answers are stored once by (queue, answer id, updated time).

A task's content never says whether it is an audit; a queue must show all tasks alike.

Queues are found by the entry point group `boardscribe.queues`; an entry point names a function
`create(workspace: Workspace) -> Queue` that opens the queue or raises a `BoardscribeError` with
a remedy. `[review] queue` in `boardscribe.toml` names the one in use.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol

from boardscribe.errors import MissingComponentError
from boardscribe.review import (
    AnswerPage,
    Kind,
    RawAnswer,
    ReviewTask,
    TaskAnswers,
    TaskContent,
    Verdict,
)
from boardscribe.workspace import Workspace

__all__ = [
    "AnswerPage",
    "Kind",
    "Queue",
    "RawAnswer",
    "ReviewTask",
    "TaskAnswers",
    "TaskContent",
    "Verdict",
    "open_queue",
]

_GROUP = "boardscribe.queues"


class Queue(Protocol):
    """Puts questions to people, and gives back what they answered.

    Methods retry by themselves what may pass (a server that restarts), with back-off, and raise
    a `BoardscribeError` with a remedy for what will not.
    """

    @property
    def name(self) -> str:
        """Lasting name of this very queue, such as `csv` or a kind with server and project.

        Task and answer ids are unique within it: another server must have another name.
        """

    @property
    def batch_size(self) -> int:
        """How many tasks one call of `push`, `update` or `withdraw` should get."""

    def find(self, task_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The queue's tasks that carry these ids of ours.

        Returns:
            External ids by task id, the oldest first; what the queue does not have is left out.
        """

    def push(self, tasks: Sequence[ReviewTask]) -> Mapping[str, str]:
        """Make tasks; all of them or, on an error, any part: `find` tells later.

        Returns:
            External id by task id.
        """

    def update(self, tasks: Mapping[str, ReviewTask]) -> None:
        """Show new content for tasks that nobody answered yet.

        Args:
            tasks: by external id.
        """

    def withdraw(self, external_ids: Collection[str]) -> None:
        """Ask nobody any more. Answers that are there already stay readable for `pages`."""

    def pages(self, cursor: str | None) -> Iterator[AnswerPage]:
        """What changed since `cursor`, oldest change first; all there is for None.

        Yields nothing where nothing changed. A change must never be missed: give an answer again
        rather than not at all, for instance where times are equal.
        """


def open_queue(name: str, workspace: Workspace) -> Queue:
    """Open a queue by the name of its entry point.

    Raises:
        MissingComponentError: no queue has that name.
        BoardscribeError: it cannot be reached; the remedy says what to do.
    """
    known = {entry.name: entry for entry in importlib.metadata.entry_points(group=_GROUP)}
    if name not in known:
        raise MissingComponentError(
            f"there is no review queue named {name!r}",
            remedy=f"Installed queues: {', '.join(sorted(known))}. Name one with --queue, or in "
            "[review] queue of boardscribe.toml.",
        )
    create: Callable[[Workspace], Queue] = known[name].load()
    return create(workspace)
