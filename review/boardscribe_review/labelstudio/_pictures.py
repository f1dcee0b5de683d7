"""How a server gets the pictures of the tasks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from boardscribe.errors import QueueError
from boardscribe_review.labelstudio._client import Client
from boardscribe_review.labelstudio._project import picture_project

__all__ = ["MISSING", "LocalPictures", "Pictures", "UploadedPictures"]

_UPLOADS = 50
"""Pictures of one request; Label Studio takes 100 files at most."""

MISSING = (
    "data:image/svg+xml,"
    "%3Csvg xmlns='http://www.w3.org/2000/svg' width='480' height='240'%3E"
    "%3Crect width='100%25' height='100%25' fill='%23eee'/%3E"
    "%3Ctext x='50%25' y='50%25' text-anchor='middle' font-family='sans-serif'%3E"
    "No picture%3C/text%3E%3C/svg%3E"
)
"""Shown where a picture is gone; small enough to travel inside the task."""


class Pictures(Protocol):
    """Puts pictures of the workspace where the server can show them."""

    def addresses(self, files: Sequence[str]) -> Mapping[str, str]:
        """Address for the labelling screen by path relative to the workspace.

        What is there already is not put there again. A picture that is missing gets `MISSING`.
        """


class LocalPictures:
    """Pictures on the disk of the server that `boardscribe review up` starts.

    They are hard links where the file system can: no second copy on the disk, and a picture that
    the workspace drops stays as long as the server may show it.

    Args:
        workspace: its folder.
        root: root of the pictures of the server.
        folder: the workspace's folder below it.
    """

    def __init__(self, workspace: Path, root: Path, folder: str) -> None:
        self._workspace = workspace.resolve()
        self._folder = folder
        self.path = root / folder

    def addresses(self, files: Sequence[str]) -> Mapping[str, str]:
        """Address by path; see `Pictures`."""
        found = {}
        for file in dict.fromkeys(files):
            source = _inside(self._workspace, file)
            if source is None:
                found[file] = MISSING
                continue
            # Content, not name: a picture that changes under its name gets another address.
            state = source.stat()
            mark = _digest(f"{file} {state.st_size} {state.st_mtime_ns}".encode())
            place = f"{mark[:2]}/{mark}.jpg"
            self._put(source, self.path / place)
            found[file] = f"/data/local-files/?d={quote(f'{self._folder}/{place}')}"
        return found

    def _put(self, source: Path, target: Path) -> None:
        if target.exists():
            return
        partial = target.with_suffix(f".{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            try:
                os.link(source, partial)
            except OSError:  # another disk, or a file system without hard links
                shutil.copyfile(source, partial)
            partial.replace(target)
        except OSError as error:
            raise QueueError(
                f"the picture {target} cannot be written: {error.strerror or error}",
                remedy="Check the permissions of the folder and the space on its disk.",
            ) from error


class UploadedPictures:
    """Pictures uploaded to a server that somebody else runs; it shows them to its users only.

    Args:
        workspace: its folder.
        client: the connection.
        key: of the workspace's link; marks the project they are kept in.
    """

    def __init__(self, workspace: Path, client: Client, key: str) -> None:
        self._workspace = workspace.resolve()
        self._client = client
        self._key = key
        self._project: int | None = None
        self._known: dict[str, str] = {}

    def addresses(self, files: Sequence[str]) -> Mapping[str, str]:
        """Address by path; see `Pictures`."""
        names: dict[str, str] = {}
        data: dict[str, bytes] = {}
        for file in dict.fromkeys(files):
            source = _inside(self._workspace, file)
            if source is None:
                continue
            content = source.read_bytes()
            names[file] = f"bs{_digest(content)}.jpg"
            data[names[file]] = content
        if self._project is None:
            self._project = picture_project(self._client, self._key)
            self._known = self._listed({"all": "true"})
        new = [name for name in data if name not in self._known]
        for start in range(0, len(new), _UPLOADS):
            some = {name: data[name] for name in new[start : start + _UPLOADS]}
            # Repeated after an answer was lost, it leaves a second copy that nothing refers to.
            ids = self._client.call("upload pictures", partial(self._upload, some))
            self._known |= self._listed({"ids": json.dumps(ids)})
        return {
            file: self._known.get(names[file], MISSING) if file in names else MISSING
            for file in files
        }

    def _upload(self, some: Mapping[str, bytes]) -> list[int]:
        answer = self._request(
            f"api/projects/{self._project}/import",
            "POST",
            params={"commit_to_project": "false"},
            # A dictionary: the SDK's client drops a list of files and sends nothing.
            files={name: (name, content, "image/jpeg") for name, content in some.items()},
        )
        return [int(number) for number in answer["file_upload_ids"]]

    def _listed(self, which: Mapping[str, str]) -> dict[str, str]:
        """Address of pictures that the project has, by the name we gave them."""
        rows = self._client.call(
            "list the pictures",
            lambda: self._request(
                f"api/projects/{self._project}/file-uploads", "GET", params=which
            ),
        )
        # Label Studio puts random letters and a hyphen before the name.
        return {str(row["file"]).rpartition("-")[2]: f"/data/{row['file']}" for row in rows}

    def _request(self, path: str, method: str, **options: Any) -> Any:
        """The SDK has no call for this; its client adds address and token."""
        from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415 - slow

        answer = self._client.api._client_wrapper.httpx_client.request(
            path, method=method, **options
        )
        if not answer.is_success:
            raise ApiError(status_code=answer.status_code, body=answer.text[:300])
        return answer.json()


def _inside(workspace: Path, file: str) -> Path | None:
    """A file of the workspace; None where it is gone or outside."""
    try:
        source = (workspace / file).resolve()
        return source if source.is_relative_to(workspace) and source.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()
