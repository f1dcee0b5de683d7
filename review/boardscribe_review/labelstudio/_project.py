"""The workspace's project on a server: made once, found again, kept as this version wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boardscribe.errors import QueueError
from boardscribe_review.labelstudio import _screen
from boardscribe_review.labelstudio._client import Client
from boardscribe_review.labelstudio._link import Link
from boardscribe_review.labelstudio._tasks import MODEL

__all__ = ["ensure_project", "ensure_storage", "picture_project"]

_LONGEST_TITLE = 50
_INSTRUCTION = (
    "Look at the note on the left and correct the text until it says what the note says; then "
    "press Submit. If it is right already, just press Submit. Write [illeg.] for a word that "
    "cannot be read. Press Skip to leave a note to somebody else."
)


def ensure_project(client: Client, link: Link, title: str, workspace: Path) -> Link:
    """Make or find the project, and bring its screen and settings up to date.

    Killed between making the project and noting it, the next call finds it by the link's key.

    Args:
        client: the connection.
        link: of the workspace; it must have been saved.
        title: shown on the server.
        workspace: where the link is kept.

    Returns:
        The link with its project, saved.
    """
    mark = f"boardscribe workspace {link.key}"
    wanted: dict[str, Any] = {
        "title": f"{title:.{_LONGEST_TITLE}}".strip().ljust(3, "."),
        "description": mark,
        "label_config": _checked_screen(),
        "expert_instruction": _INSTRUCTION,
        "show_instruction": False,
        "show_skip_button": True,
        "enable_empty_annotation": True,
        "show_collab_predictions": True,
        "model_version": MODEL,
        "sampling": "Sequential sampling",
        # Two readers get two tasks: this edition enforces neither overlap nor one answer each.
        "maximum_annotations": 1,
    }
    found = _marked(client, mark) or _made(client, wanted)
    shown = client.call("read the project", lambda: client.api.projects.get(id=found.id))
    different = {
        name: value for name, value in wanted.items() if getattr(shown, name, None) != value
    }
    if different:
        client.call(
            "set up the project",
            lambda: client.api.projects.update(id=found.id, **different),
        )
    _ensure_order(client, found.id)
    linked = link.with_project(found.id)
    if linked != link:
        linked.save(workspace)
    return linked


def picture_project(client: Client, key: str) -> int:
    """Make or find the project that uploaded pictures are kept in; its id.

    One of its own, without questions: Label Studio takes files only for projects whose screen
    shows a single thing, and ours shows a note, its board and the headings.

    Args:
        client: the connection.
        key: of the workspace's link.
    """
    wanted = {
        "title": "Pictures of boards, no questions",
        "description": f"boardscribe pictures {key}",
    }
    return int((_marked(client, wanted["description"]) or _made(client, wanted)).id)


def _marked(client: Client, mark: str) -> Any:
    """The project with this description; None where there is none."""
    projects = client.call("list the projects", lambda: list(client.api.projects.list()))
    return next((project for project in projects if project.description == mark), None)


def _made(client: Client, wanted: dict[str, Any]) -> Any:
    return client.call("make a project", lambda: client.api.projects.create(**wanted))


def _ensure_order(client: Client, project: int) -> None:
    """Have the most useful questions asked first: those with the lowest score, see `_tasks`.

    People are shown questions in the order of the project's first tab, whatever its sampling is.
    """
    tabs = client.call("list the tabs", lambda: client.api.views.list(project=project))
    if not tabs:
        data = {"title": "Questions", "ordering": ["tasks:predictions_score"]}
        client.call("make a tab", lambda: client.api.views.create(project=project, data=data))


def ensure_storage(client: Client, project: int, folder: Path) -> None:
    """Let the project show pictures of a folder on the server's own disk."""
    folder.mkdir(parents=True, exist_ok=True)
    stores = client.call(
        "list the stores of pictures", lambda: client.api.import_storage.local.list(project=project)
    )
    if any(store.path == str(folder) for store in stores):
        return
    client.call(
        "add the store of pictures",
        lambda: client.api.import_storage.local.create(
            project=project, path=str(folder), use_blob_urls=True, title="boardscribe"
        ),
    )


def _checked_screen() -> str:
    """The labelling screen, after the SDK has found no mistake in it."""
    from label_studio_sdk.label_interface import LabelInterface  # noqa: PLC0415 - slow

    xml = _screen.screen()
    try:
        LabelInterface(xml).validate()
    except Exception as error:  # the SDK raises many kinds
        raise QueueError(f"the labelling screen has a mistake: {error}") from error
    return xml
