"""Debian's Chromium, driven by its path: for tests of what a page does.

Where there is none these tests are skipped, unless FTRACE_ACTORS_BROWSER_REQUIRED is set, as `.ci/run` does: then they
fail.  FTRACE_ACTORS_BROWSER names another one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

__all__ = ["Tab", "chromium"]

PLACES: Final = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def _missing(reason: str) -> None:
    if os.environ.get("FTRACE_ACTORS_BROWSER_REQUIRED"):
        pytest.fail(f"{reason}, and FTRACE_ACTORS_BROWSER_REQUIRED is set")
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    named = os.environ.get("FTRACE_ACTORS_BROWSER")
    path = next((place for place in ([named] if named else PLACES) if Path(place).exists()), None)
    if path is None:
        _missing(f"no browser: {named or ' nor '.join(PLACES)} is not there")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("no playwright: pip install 'ftrace-actors[test]'")
    with sync_playwright() as playwright:
        # Without its sandbox, which neither root has nor who may not make name spaces: all pages are our own.
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page open in the browser: what it said on the console, and what it asked of the network.

    Attributes:
        page: playwright's.
        complaints: errors and warnings of the console, errors nobody caught.
        requests: addresses that were asked for, the file itself apart.
    """

    def __init__(self, browser: Any, path: Path, fragment: str = "", **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{path.as_uri()}{fragment}")

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def text(self, selector: str) -> str:
        """What somebody reads there."""
        return str(self.page.inner_text(selector))

    def press(self, *keys: str) -> None:
        """Keys one after the other, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def close(self) -> None:
        """Leave; the page must have kept quiet, and to itself."""
        self.page.close()
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith("file:")] == []
