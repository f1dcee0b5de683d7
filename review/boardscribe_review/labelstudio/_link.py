"""Which server and project belong to a workspace, and where the token comes from.

The workspace keeps the address and the project, never a token: people copy and send workspaces.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from boardscribe.errors import ConfigError, InputError, MissingComponentError, QueueError
from boardscribe.files import write_whole
from boardscribe_review import server

__all__ = ["LINK_FILE", "LOCAL", "TOKEN_VARIABLE", "Link", "Login", "login", "normal_url"]

LINK_FILE = "review/label-studio.json"
"""In the workspace."""
TOKEN_VARIABLE = "BOARDSCRIBE_LABEL_STUDIO_TOKEN"  # noqa: S105 - a name, not a token
KEYRING_SERVICE = "boardscribe-label-studio"
LOCAL = "local"
"""Stands for the server that `boardscribe review up` starts; its address may change."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a workspace knows of its project on a server."""

    server: str
    """`LOCAL`, or the address of a server that somebody else runs."""
    server_id: str
    """Tells a local server from one whose data were thrown away; the address of another one."""
    key: str
    """Random; marks this workspace's project on the server, and names the folder of pictures."""
    project: int | None = None
    """None until the project is made."""

    @property
    def is_local(self) -> bool:
        """Whether it is the server that `boardscribe review up` starts."""
        return self.server == LOCAL

    @property
    def queue_name(self) -> str:
        """Lasting name of the queue; another server has another one.

        A project that was deleted and made again is the same queue: ids are never used twice.
        """
        return f"label-studio {self.server_id} {self.key}"

    @classmethod
    def to(cls, address: str, server_id: str) -> Link:
        """A link to a server, for a workspace that has none to it yet."""
        return cls(server=address, server_id=server_id, key=secrets.token_hex(6))

    def with_project(self, project: int) -> Link:
        """The same, once the project is there."""
        return replace(self, project=project)

    @classmethod
    def load(cls, workspace: Path) -> Link | None:
        """The link of a workspace; None where it has none.

        Raises:
            ConfigError: the file is damaged.
        """
        path = workspace / LINK_FILE
        try:
            link = cls(**json.loads(path.read_text(encoding="utf-8")))
            if not re.fullmatch(r"[0-9a-f]{12}", link.key):
                raise ValueError(link.key)  # it becomes the name of a folder
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(
                f"{path} cannot be read",
                remedy="Remove it and run boardscribe review up or connect again: the project is "
                "found on the server.",
            ) from error
        return link

    def save(self, workspace: Path) -> None:
        """Keep it in the workspace."""
        write_whole(workspace / LINK_FILE, (json.dumps(asdict(self), indent=2) + "\n").encode())


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """Where a server is and how to be let in; its `repr` shows no secret."""

    url: str
    token: str
    pictures: Path | None
    """Root of the pictures of a server on this machine; None where they must be uploaded."""


def login(link: Link, environment: Mapping[str, str] | None = None) -> Login:
    """Find the server of a link, and the token for it.

    Args:
        link: of the workspace.
        environment: in place of that of this process.

    Raises:
        QueueError: the local server does not run, or is another one.
        InputError: there is no token for the server.
    """
    if link.is_local:
        running = server.find_running()
        if running is None:
            raise QueueError(
                "Label Studio does not run", remedy="Start it: boardscribe review up -w WORKSPACE"
            )
        if running.account.server_id != link.server_id:
            raise QueueError(
                "the local Label Studio is not the one that this workspace was put on: its data "
                "were removed or replaced",
                remedy="Put the workspace on it anew: boardscribe review up -w WORKSPACE. It "
                "says how to have questions that wait on the former one asked again.",
            )
        return Login(running.url, running.account.token, running.pictures)
    values = os.environ if environment is None else environment
    token = values.get(TOKEN_VARIABLE, "").strip() or _from_keyring(link.server)
    if not token:
        raise InputError(
            f"there is no token for {link.server}",
            remedy=f"Put it into the environment as {TOKEN_VARIABLE}, or into the keyring: "
            f"keyring set {KEYRING_SERVICE} {link.server} (pip install 'boardscribe[keyring]'). "
            "Label Studio shows it under Account & Settings.",
        )
    return Login(link.server, token, None)


def normal_url(text: str) -> str:
    """The address of a server as it is kept: no path at the end, no secrets.

    Raises:
        InputError: it is not an http address, carries a password, or would send the token
            readable over the network.
    """
    unclear = InputError(
        f"{text!r} is not the address of a server", remedy="It looks like https://host:8080"
    )
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise unclear from error
    if parts.scheme not in ("http", "https") or not host:
        raise unclear
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            "the address must hold no password and no parameters",
            remedy=f"Give the token in the environment as {TOKEN_VARIABLE}.",
        )
    if parts.scheme == "http" and not _is_this_machine(host):
        raise InputError(
            f"http://{host} would send the token and the answers readable over the network",
            remedy="Use https, or a tunnel that ends on this machine: ssh -L 8080:localhost:8080 "
            f"{host}, then http://localhost:8080",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_keyring(address: str) -> str:
    if importlib.util.find_spec("keyring") is None:
        return ""
    import keyring  # noqa: PLC0415 - an extra
    import keyring.errors  # noqa: PLC0415

    try:
        return keyring.get_password(KEYRING_SERVICE, address) or ""
    except keyring.errors.NoKeyringError:
        return ""  # no store for secrets on this machine, such as a server without a desktop
    except keyring.errors.KeyringError as error:
        raise MissingComponentError(
            f"the keyring cannot be read: {error}",
            remedy=f"Unlock it, or put the token into the environment as {TOKEN_VARIABLE}.",
        ) from error
