"""A real Label Studio for tests: installed into the user's cache once, its data thrown away.

Run as a script it installs; `make components` does, so that no test has to wait for it.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from boardscribe_review import server
from boardscribe_review.labelstudio import TOKEN_VARIABLE
from boardscribe_review.server import Running

SKIP = "BOARDSCRIBE_SKIP_LABEL_STUDIO"
DATA = "BOARDSCRIBE_DATA_DIR"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_data(folder: Path) -> Iterator[None]:
    """Keep servers of these tests apart from the user's own."""
    if os.environ.get(SKIP):
        pytest.skip(f"{SKIP} is set")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA, str(folder))
        patch.delenv(TOKEN_VARIABLE, raising=False)
        yield


@contextmanager
def serving(folder: Path) -> Iterator[Running]:
    """Run a server with fresh data; stopped afterwards."""
    with own_data(folder):
        try:
            yield server.start(port=free_port(), notify=print)
        finally:
            server.stop()


class Person:
    """An account, and what it does over the interface that the labelling screen uses.

    Args:
        url: of the server.
        email: of the account.
        password: of the account.
        token: of the account, where it is known.
    """

    def __init__(self, url: str, email: str, password: str, token: str) -> None:
        self.email, self.password = email, password
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Token {token}"}, trust_env=False, timeout=60
        )

    @classmethod
    def owner(cls, running: Running) -> Person:
        account = running.account
        return cls(running.url, account.email, account.password, account.token)

    def invite(self, name: str) -> Person:
        """Let somebody sign up, as with the invitation that Label Studio shows."""
        address = self.http.get("/api/invite").raise_for_status().json()["invite_url"]
        url, email, password = str(self.http.base_url), f"{name}@localhost", "a long password"
        with visiting(url) as visit:
            sign_up(visit, address, email, password).raise_for_status()
            token = visit.get("/api/current-user/token").raise_for_status().json()["token"]
        return Person(url, email, password, token)

    def people(self) -> set[str]:
        """E-mail addresses of all accounts."""
        return {user["email"] for user in self.http.get("/api/users").raise_for_status().json()}

    def tasks(self, project: int) -> list[dict[str, Any]]:
        """All tasks of a project with their answers, oldest first."""
        found = self.http.get(
            "/api/tasks", params={"project": project, "page_size": 10_000, "fields": "all"}
        )
        return sorted(found.raise_for_status().json()["tasks"], key=lambda task: task["id"])

    def answer(self, task: int, *results: dict[str, Any], skip: bool = False) -> int:
        """Submit an answer; its id."""
        body = {"result": list(results), "was_cancelled": skip, "lead_time": 4.5}
        found = self.http.post(f"/api/tasks/{task}/annotations/", json=body)
        return int(found.raise_for_status().json()["id"])

    def edit(self, answer: int, *results: dict[str, Any]) -> None:
        self.http.patch(
            f"/api/annotations/{answer}/", json={"result": list(results)}
        ).raise_for_status()

    def delete(self, answer: int) -> None:
        self.http.delete(f"/api/annotations/{answer}/").raise_for_status()


def visiting(url: str) -> httpx.Client:
    """Somebody who is not logged in, with cookies of their own."""
    return httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=60)


def sign_up(visit: httpx.Client, address: str, email: str, password: str) -> httpx.Response:
    """Fill in and send the form of a sign-up page; what the server says to it."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', visit.get(address).text)
    assert found is not None
    form = {"csrfmiddlewaretoken": found[1], "email": email, "password": password}
    return visit.post(address, data=form, headers={"Referer": str(visit.base_url)})


def typed(text: str, control: str = "text") -> dict[str, Any]:
    value = {"text": [text]}
    return {"from_name": control, "to_name": "crop", "type": "textarea", "value": value}


def chosen(control: str, *values: str) -> dict[str, Any]:
    value = {"choices": list(values)}
    return {"from_name": control, "to_name": "crop", "type": "choices", "value": value}


def text_answer(text: str, shape: str = "square") -> Sequence[dict[str, Any]]:
    """What the screen sends where a text was asked for."""
    return (chosen("parts", "text"), typed(text), chosen("shape", shape))


if __name__ == "__main__" and not os.environ.get(SKIP):
    server.install(server.places(), print)
