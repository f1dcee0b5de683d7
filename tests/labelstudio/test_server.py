"""boardscribe review up and down: one command, one private server, found again, nothing stale."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from support.drawn import workspace_of
from support.fake_workspace import Fake
from support.labelstudio import Person, free_port, own_data, sign_up, visiting

from boardscribe.cli import main
from boardscribe.errors import ExitCode, InputError
from boardscribe_review import server
from boardscribe_review.labelstudio import LINK_FILE

pytestmark = pytest.mark.slow


def ask(url: str, path: str, token: str = "") -> httpx.Response:
    headers = {"Authorization": f"Token {token}"} if token else {}
    return httpx.get(f"{url}{path}", headers=headers, timeout=60, trust_env=False)


def text_below(folder: Path) -> str:
    return "".join(
        path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()
    )


def test_up_starts_a_private_server_once_and_down_stops_it_also_after_a_crash(tmp_path, capfd):
    space = workspace_of(tmp_path / "w", [Fake("yes", confidence=0.5)])
    space.close()
    call = ["review", "up", "-w", str(space.path)]
    with own_data(tmp_path / "data"):
        # A port that another program has is refused, not replaced by the next one.
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert main([*call, "--port", str(port)]) == ExitCode.USAGE
        try:
            port = free_port()
            assert main([*call, "--port", str(port)]) == ExitCode.OK
            first = capfd.readouterr().out
            running = server.find_running()
            assert running is not None
            assert running.url == f"http://127.0.0.1:{port}"
            account = running.account
            assert running.url in first
            assert account.password in first
            assert "password" in json.loads(running.secrets.read_text())

            # Secrets: the token is shown nowhere, and neither is in the workspace.
            assert account.token not in first
            kept = text_below(space.path)
            assert account.token not in kept
            assert account.password not in kept
            assert (space.path / LINK_FILE).is_file()

            # Private: nobody without the account, no request to the outside, no other address.
            assert ask(running.url, "/api/projects").status_code == 401
            assert ask(running.url, "/heidi-tips/").status_code == 404
            with pytest.raises(OSError):  # noqa: PT011 - any refusal will do
                socket.create_connection(("127.0.0.2", port), timeout=2).close()

            # The page to sign up is shown to anybody, but makes an account with the link only.
            owner = Person.owner(running)
            for address in ("/user/signup/", "/user/signup/?token=", "/user/signup/?token=guess"):
                with visiting(running.url) as visit:
                    refused = sign_up(visit, address, "stranger@localhost", "a long password")
                    assert refused.status_code == 403
                    assert visit.get("/api/current-user/whoami").status_code == 401
                assert owner.people() == {owner.email}
            owner.invite("friend")
            assert owner.people() == {owner.email, "friend@localhost"}

            # A second `up` finds it, shows no password, and makes no second project.
            assert main(call) == ExitCode.OK
            second = capfd.readouterr().out
            assert running.url in second
            assert account.password not in second
            assert server.find_running() == running
            assert owner.http.get("/api/projects").json()["count"] == 1
            with pytest.raises(InputError):
                server.start(port=free_port(), notify=print)

            # After a crash nothing stale is in the way, and nothing is lost.
            os.kill(running.pid, signal.SIGKILL)
            deadline = time.monotonic() + 30
            while server.find_running() is not None:
                assert time.monotonic() < deadline
            assert main(["review", "push", "-w", str(space.path)]) == ExitCode.QUEUE
            assert "boardscribe review up" in capfd.readouterr().err
            assert main(call) == ExitCode.OK
            again = server.find_running()
            assert again is not None
            assert (again.url, again.account) == (running.url, account)
            assert Person.owner(again).http.get("/api/projects").json()["count"] == 1
            capfd.readouterr()
            assert main(["review", "down"]) == ExitCode.OK
            assert "stopped" in capfd.readouterr().out
            assert server.find_running() is None
            assert main(["review", "down"]) == ExitCode.OK
            assert "did not run" in capfd.readouterr().out
        finally:
            server.stop()
