"""Answers from a queue: each page is stored and applied in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from boardscribe.options import Options
from boardscribe.review import StoredAnswer
from boardscribe.workspace import Workspace
from boardscribe_review.checking import problem
from boardscribe_review.judging import settler
from boardscribe_review.push import flush
from boardscribe_review.queue import Queue

__all__ = ["Pulled", "pull"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought."""

    answers: int = 0
    """New ones, and new states of edited ones."""
    skipped: int = 0
    deleted: int = 0
    settled: int = 0
    """Notes whose text, shape, board or outline changed."""
    asked_again: int = 0
    """Further copies that were sent because readers disagree or an answer was no use."""
    problems: tuple[StoredAnswer, ...] = ()
    """Answers that are kept but not applied."""
    is_emptied: bool = False
    """The queue has none of the questions that waited in it."""


def pull(
    workspace: Workspace,
    queue: Queue,
    *,
    options: Options | None = None,
    progress: Callable[[int], None] = lambda _: None,
    notify: Callable[[str], None] = lambda _: None,
) -> Pulled:
    """Take up what people answered since the last time.

    Killed at any instant, each page is either stored and applied or not there, and the next pull
    goes on. What follows for the queue (further copies, questions that are settled) is sent at
    the end.

    Args:
        workspace: open; its lock is taken.
        queue: where from.
        options: of the workspace by default.
        progress: told after each page how many tasks were looked at.
        notify: told, once, if another process has to be waited for.

    Raises:
        BoardscribeError: the queue cannot be reached; what came before is kept.
    """
    chosen = options if options is not None else workspace.options
    review = workspace.store.review
    total = Pulled()
    with workspace.hold(notify):
        judge = settler(workspace, chosen)
        looked_at = 0
        for page in queue.pages(review.cursor(queue.name)):
            got = review.receive(queue.name, page, check=problem, settle=judge)
            looked_at += len(page.tasks)
            progress(looked_at)
            total = Pulled(
                answers=total.answers + got.stored - got.skipped,
                skipped=total.skipped + got.skipped,
                deleted=total.deleted + got.deleted,
                settled=total.settled + got.settled,
                problems=(*total.problems, *got.problems),
            )
        sent = flush(review, queue)
    return Pulled(
        answers=total.answers,
        skipped=total.skipped,
        deleted=total.deleted,
        settled=total.settled,
        asked_again=sent.new,
        problems=total.problems,
        is_emptied=sent.is_emptied,
    )
