"""Reports in Chromium with the script at work: what the tests of the script share."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser, or skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Report:
    """A report that is open in a browser, and what it did besides showing itself."""

    def __init__(self, context: Any, file: Path, text: str, *, hash_: str = "", before: str = "") -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        if before:
            self.page.add_init_script(before)
        file.write_text(text, encoding="utf-8")
        self.page.goto(file.as_uri() + hash_)

    def shown(self) -> list[str]:
        """Return the ids of the items that can be seen."""
        return [x.removeprefix("item-") for x in self.page.evaluate(
            "[...document.querySelectorAll('details')].filter(x => x.checkVisibility()).map(x => x.id)")]  # fmt: skip

    def opened(self) -> list[str]:
        """Return the ids of the items that are open."""
        ids = self.page.evaluate("[...document.querySelectorAll('details[open]')].map(x => x.id)")
        return [x.removeprefix("item-") for x in ids]

    def text(self, css: str) -> str:
        """Return what an element says."""
        return " ".join(self.page.locator(css).inner_text().split())

    def suppose(self, item: str, outcome: str) -> None:
        """Choose an outcome in an item, which must be open."""
        self.page.locator(f"#item-{item} label.if select").select_option(label=outcome)

    def weigh(self, **exponents: float) -> None:
        """Choose weights in the panel, which must be open."""
        for name, value in exponents.items():
            self.page.get_by_label(f"{name.capitalize()} to the power of").select_option(f"{value:g}")

    def figures(self) -> dict[str, tuple[str, str]]:
        """Return the figures of the panel: supposed and reviewed by name."""
        found = {}
        for name, value in self.page.evaluate(
            "[...document.querySelectorAll('#figures div')].map(x => [x.firstChild.textContent, x.lastChild.innerText])"
        ):
            now, was = value.split("\n")
            found[name] = (now, was.removeprefix("reviewed: "))
        return found
