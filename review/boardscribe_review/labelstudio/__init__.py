"""Label Studio shows the questions.

A replaceable queue for trusted accounts, never the system of record: every raw answer is stored
on our side.
"""

from __future__ import annotations

from pathlib import Path

from boardscribe.errors import QueueError
from boardscribe.workspace import Workspace
from boardscribe_review.labelstudio._client import Client
from boardscribe_review.labelstudio._link import (
    LINK_FILE,
    LOCAL,
    TOKEN_VARIABLE,
    Link,
    Login,
    login,
    normal_url,
)
from boardscribe_review.labelstudio._pictures import LocalPictures, Pictures, UploadedPictures
from boardscribe_review.labelstudio._project import ensure_project, ensure_storage
from boardscribe_review.labelstudio._queue import LabelStudioQueue
from boardscribe_review.labelstudio._screen import screen
from boardscribe_review.server import Running

__all__ = [
    "LINK_FILE",
    "TOKEN_VARIABLE",
    "LabelStudioQueue",
    "connect",
    "connect_local",
    "create",
    "screen",
]


def create(workspace: Workspace) -> LabelStudioQueue:
    """Open the project that the workspace was put on by `review up` or `review connect`.

    Raises:
        QueueError: it was put on none, or the server cannot be reached.
        InputError: there is no token for the server.
        MissingComponentError: the SDK is not installed.
    """
    link = Link.load(workspace.path)
    if link is None or link.project is None:
        raise QueueError(
            "this workspace is on no Label Studio server yet",
            remedy="Start one on this machine: boardscribe review up -w WORKSPACE; or use one that "
            "is there: boardscribe review connect URL -w WORKSPACE",
        )
    return _open(workspace.path, link, login(link))


def connect_local(workspace: Workspace, running: Running) -> LabelStudioQueue:
    """Put a workspace on the local server: project, labelling screen and store of pictures."""
    link = Link.load(workspace.path)
    if link is None or not link.is_local or link.server_id != running.account.server_id:
        link = Link.to(LOCAL, running.account.server_id)
        link.save(workspace.path)
    where = Login(running.url, running.account.token, running.pictures)
    return _set_up(workspace, link, where)


def connect(workspace: Workspace, url: str) -> LabelStudioQueue:
    """Put a workspace on a server that somebody else runs.

    Raises:
        InputError: not an address, or there is no token for it.
        QueueError: it cannot be reached, or does not accept the token.
    """
    address = normal_url(url)
    link = Link.load(workspace.path)
    if link is None or link.server != address:
        link = Link.to(address, address)
    where = login(link)
    client = Client(where)
    try:
        client.call("log in", client.api.users.whoami)
    finally:
        client.close()
    link.save(workspace.path)
    return _set_up(workspace, link, where)


def _set_up(workspace: Workspace, link: Link, where: Login) -> LabelStudioQueue:
    client = Client(where)
    try:
        linked = ensure_project(client, link, workspace.options.workspace.title, workspace.path)
        if where.pictures is not None and linked.project is not None:
            ensure_storage(client, linked.project, where.pictures / linked.key)
    except BaseException:
        client.close()
        raise
    return _queue(workspace.path, linked, where, client)


def _open(folder: Path, link: Link, where: Login) -> LabelStudioQueue:
    return _queue(folder, link, where, Client(where))


def _queue(folder: Path, link: Link, where: Login, client: Client) -> LabelStudioQueue:
    assert link.project is not None
    pictures: Pictures
    if where.pictures is not None:
        pictures = LocalPictures(folder, where.pictures, link.key)
    else:
        pictures = UploadedPictures(folder, client, link.key)
    return LabelStudioQueue(
        name=link.queue_name,
        client=client,
        project=link.project,
        pictures=pictures,
        workspace=folder,
    )
