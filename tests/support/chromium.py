"""One real headless Chromium for all tests that look at pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; its absence is a failure, not a skip, unless asked for."""
    if os.environ.get("BOARDSCRIBE_SKIP_BROWSER"):
        pytest.skip("BOARDSCRIBE_SKIP_BROWSER is set")
    found = [path for name in NAMES if (path := shutil.which(name))]
    if not found and Path(MAC).exists():
        found = [MAC]
    if not found:
        pytest.fail(
            "The browser tests need Chromium: `apt-get install chromium` "
            "(or set BOARDSCRIBE_SKIP_BROWSER=1 to leave them out).",
            pytrace=False,
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found[0], args=list(FLAGS))
        yield chromium
        chromium.close()
