"""Pages of the report in a real Chromium, which must stay quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from support import fake_workspace

from boardscribe.report import write_report
from boardscribe.snapshot import Snapshot


class Site:
    """Reports of fake workspaces, each drawn once a session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, tuple[Path, Snapshot]] = {}

    def __call__(self, kind: str) -> tuple[Path, Snapshot]:
        """Folder of the report of one kind of workspace, and its snapshot."""
        if kind not in self._made:
            workspace = self._folder / kind
            workspace.mkdir()
            snapshot = fake_workspace.KINDS[kind](workspace)
            written = write_report(snapshot, workspace, fake_workspace.OPTIONS)
            self._made[kind] = (written.parent, snapshot)
        return self._made[kind]

    def board(self, kind: str, number: int = 0) -> str:
        """Address of one board's page."""
        folder, snapshot = self(kind)
        return (folder / "boards" / f"{snapshot.boards[number].board_id}.html").as_uri()

    def index(self, kind: str) -> str:
        """Address of the overview."""
        return (self(kind)[0] / "index.html").as_uri()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Reports by kind of workspace."""
    return Site(tmp_path_factory.mktemp("site"))


@dataclass
class Noise:
    """What a page said or asked for that it should not have."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address in a fresh context; afterwards the page must have been quiet.

    Quiet means: nothing on the console, no script error, no dialog, no request that failed, and
    none but for file: and data: addresses.
    """
    noise = Noise()
    contexts = []

    def opened(
        address: str,
        *,
        size: tuple[int, int] = (1440, 900),
        scheme: str = "light",
        script: bool = True,
        phone: bool = False,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=script,
            has_touch=phone,
            is_mobile=phone,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda m: noise.complaints.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda error: noise.complaints.append(f"script error: {error}"))
        page.on("requestfailed", lambda r: noise.complaints.append(f"failed: {r.url} {r.failure}"))
        page.on("request", lambda r: noise.requests.append(r.url))

        def refuse(dialog: Any) -> None:
            noise.complaints.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", refuse)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    outside = [url for url in noise.requests if not url.startswith(("file:", "data:"))]
    assert noise.complaints == []
    assert outside == []
    assert noise.requests
