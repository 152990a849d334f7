"""What the tests of reports share: hostile texts, and a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from readiness.rendering import chromium

from .browsing import Seen, launch, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOSTILE = Path(__file__).resolve().parents[3] / "shared" / "hostile"
XSS = HOSTILE / "xss-payloadbox/Intruder/xss-payload-list.txt"
NAUGHTY = HOSTILE / "blns/blns.json"


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    """Every hostile text of the corpora, or a skip where they are not."""
    if not XSS.is_file() or not NAUGHTY.is_file():
        pytest.skip(f"no hostile texts in {HOSTILE}")
    lines = XSS.read_text(encoding="utf-8", errors="replace").splitlines()
    naughty = [text for text in json.loads(NAUGHTY.read_text(encoding="utf-8")) if isinstance(text, str)]
    return [text for text in [*naughty, *lines, *OWN] if text.strip()]


OWN = [
    "a | b | c", "`code` ``two``", "[x](javascript:alert(1))", "![x](https://example.invalid/x.png)",
    "@everyone and @octocat/team", "fixes #1, GH-2, o/r#3", "line\nbreak\r\n# heading\n- list",
    "\x1b[31mred\x1b]8;;https://example.invalid\x07link", "\u202eevil\u2066", "{{ 7 * 7 }}{% raw %}",
    "</title></style></script><script>alert(1)</script>", '" onmouseover="alert(1)', "1. one", "+ plus",
    "https://example.invalid/issues/1 www.example.invalid", "--- ===", "&lt;b&gt; &#60;", "\\| \\` \\<", "$x$ ~~y~~",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for a module of tests, or a skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if chromium.find() is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as started:
        opened = launch(started)
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Seen]]:
    """Return what opens a report from a file, in a context of its own."""
    contexts = []

    def opened(text: str, *, width: int = 1280, scheme: str = "light", **how: Any) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **how)
        contexts.append(context)
        path = tmp_path / f"report-{len(contexts)}.html"
        path.write_text(text, encoding="utf-8")
        return watched(context, path)

    yield opened
    for context in contexts:
        context.close()
