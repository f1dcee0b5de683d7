"""Giving up a queue that was lost: its open questions are closed, so that they are asked anew.

A queue that is merely emptied is filled again by `push --verify`. One that is gone for good, such
as a local server whose data were removed, would keep its questions for ever: what waits in one
queue is not asked in another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from boardscribe.errors import InputError
from boardscribe.review import StoredTask, TaskPlan
from boardscribe.workspace import Workspace
from boardscribe_review.push import answered_tasks

__all__ = ["abandon", "open_questions"]


def open_questions(workspace: Workspace) -> Mapping[str, int]:
    """Questions that wait for an answer, by the name of their queue; sorted by name."""
    counts = Counter(item.queue for item in _open(workspace))
    return {name: counts[name] for name in sorted(counts)}


def abandon(
    workspace: Workspace, name: str, *, notify: Callable[[str], None] = lambda _: None
) -> tuple[str, int]:
    """Close the open questions of a queue. The next push asks them anew, in the queue it is for.

    Nothing that was answered is touched. Should the queue come back, an answer that was given
    there is still taken up, and a push to it withdraws the questions.

    Args:
        workspace: open; its lock is taken.
        name: of the queue, or how it begins where that is enough to tell it from others.
        notify: told, once, if another process has to be waited for.

    Returns:
        The whole name, and how many questions were closed.

    Raises:
        InputError: no queue with open questions has that name, or several begin so.
    """
    with workspace.hold(notify):
        waiting = _open(workspace)
        names = sorted({item.queue for item in waiting})
        found = [one for one in names if one == name] or [
            one for one in names if name and one.startswith(name)
        ]
        if len(found) != 1:
            known = ", ".join(names) or "none"
            raise InputError(
                f"{len(found)} queues with open questions have a name that begins with {name!r}",
                remedy=f"Queues with open questions: {known}. Give one of them.",
            )
        closed = tuple(item.task.task_id for item in waiting if item.queue == found[0])
        workspace.store.review.plan(found[0], TaskPlan(withdraw=closed))
    return found[0], len(closed)


def _open(workspace: Workspace) -> list[StoredTask]:
    review = workspace.store.review
    answered = answered_tasks(review.answers())
    return [
        item for item in review.tasks() if not item.withdrawn and item.task.task_id not in answered
    ]
