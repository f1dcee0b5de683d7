"""The policy of a workspace, ready to be given to its store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from boardscribe.options import Options
from boardscribe.review import StoredAnswer, StoredTask, Verdict
from boardscribe.store import Dossier, Settlement
from boardscribe.workspace import Workspace
from boardscribe_review.checking import check
from boardscribe_review.policy import settle
from boardscribe_review.reliability import accuracies

__all__ = ["overlaps", "settler"]

_NOTES = 1000
"""Overlapping notes, the newest, that readers are judged by: more would only cost time."""


def settler(
    workspace: Workspace, options: Options, *, again: bool = False, queue: str | None = None
) -> Callable[[Dossier], Settlement]:
    """What `ReviewStore.receive` asks for each note, with what is known of readers today.

    Args:
        workspace: open.
        options: with the policy.
        again: see `settle`.
        queue: see `settle`.
    """
    review = workspace.store.review
    accuracy = accuracies(overlaps(review.tasks(), review.answers()))

    def judge(dossier: Dossier) -> Settlement:
        return settle(dossier, options.review, accuracy=accuracy, again=again, queue=queue)

    return judge


def overlaps(
    tasks: Iterable[StoredTask], answers: Iterable[StoredAnswer]
) -> list[Mapping[str, str]]:
    """Texts by reader of notes that two or more read, the newest notes."""
    by_id = {item.task.task_id: item for item in tasks}
    found: dict[tuple[str, int], dict[str, str]] = {}
    for stored in answers:
        item = by_id.get(stored.task_id)
        if item is None or stored.problem or stored.deleted or stored.raw.skipped:
            continue
        answer = check(item, stored.raw)
        if not isinstance(answer, str) and answer.verdict in (Verdict.READABLE, Verdict.PARTLY):
            found.setdefault((item.task.note_id, item.round), {})[answer.reader] = answer.text
    shared = [texts for texts in found.values() if len(texts) > 1]
    return list(shared[-_NOTES:])
