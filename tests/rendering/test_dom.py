"""What the page leaves out (end tags, quotes) is what a browser puts in: the same tree of elements."""

from __future__ import annotations

import shutil
from itertools import cycle
from typing import Any

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.html import render

from .change import with_texts
from .page import Page
from .reviews import CASES, review

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
PATHS = """() => [...document.querySelectorAll("*")].map(e => {
  const path = [];
  for (; e; e = e.parentElement) path.unshift(e.localName.toLowerCase());
  return path.join("/");
})"""


def seen(pages: list[str]) -> list[list[str]]:
    """Return the paths of the elements that Chromium makes of each page."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page: Any = opened.new_page(java_script_enabled=False)
        found = []
        for text in pages:
            page.set_content(text)
            found.append(page.evaluate(PATHS))
        opened.close()
    return found


def test_a_browser_makes_the_elements_that_were_meant(hostile: list[str]) -> None:
    texts = cycle(hostile[::7]).__next__
    pages = [*(render(review(case), Style()) for case in CASES), render(with_texts(review("no-go-5"), texts), Style())]
    for text, found in zip(pages, seen(pages), strict=True):
        assert found == Page(text).paths
