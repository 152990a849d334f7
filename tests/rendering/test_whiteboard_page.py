"""The whiteboard in Chromium: one sheet of paper, any screen, no request and no violation."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from readiness.rendering.format import Style
from readiness.rendering.whiteboard import html

from .material import DOMAINS
from .pdfs import bare, pages
from .reviews import review
from .test_axe import MODES, RUN, TAGS, mode
from .test_browser import CONTRAST

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.model.review import Review

    from .browsing import Seen

LONG: dict[str, Any] = {
    "title": "The language model is unavailable or slow for more than half of the customers",
    "fallback": "Serve the frequent questions and the order status without the model, with a notice that answers are "
    "limited, and hand over to a person where that is not enough",
    "detection": "Breaker opens after 5 failed attempts in a row, and the engineer on call is paged",
    "failover": "The breaker lets traffic through again after 10 s",
    "later": "A second model behind the same contract, evaluated with the same questions, in another region",
}


def domains(count: int, *, long: bool = False) -> Review:
    texts: dict[str, Any] = LONG if long else {}
    chosen = (replace(DOMAINS[n % 5], id=f"d{n}", **texts) for n in range(count))
    return replace(review("no-go-5"), domains=tuple(chosen))


@pytest.mark.parametrize("form", ["A4", "Letter"])
@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("count", [0, 1, 5, 8])
def test_up_to_8_domains_are_one_sheet(show: Callable[..., Seen], count: int, form: str, *, long: bool) -> None:
    page = show(html(domains(count, long=long), Style())).page
    (sheet,) = pages(page.pdf(format=form, landscape=True))
    assert bare(f"of {count} failure domain" if count else "describes no failure domain") in bare(sheet)
    assert bare(sheet).count("Longer-termimprovement") == (count > 0)


def test_it_lies_by_itself(show: Callable[..., Seen]) -> None:
    pdf = show(html(domains(5), Style())).page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert boxes
    assert all(float(width) > float(height) for width, height in boxes)


def test_more_than_fit_take_more_sheets_each_with_the_heads(show: Callable[..., Seen]) -> None:
    sheets = pages(show(html(domains(40, long=True), Style())).page.pdf(format="A4", landscape=True))
    assert len(sheets) > 1
    assert all("Longer-termimprovement" in bare(sheet) for sheet in sheets[:-1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_loads_alone_and_is_readable(show: Callable[..., Seen], scheme: str) -> None:
    seen = show(html(domains(5), Style()), scheme=scheme)
    assert len(seen.requests) == 1
    assert not seen.complaints
    assert seen.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [320, 768, 1280, 1920, 3840])
def test_nothing_scrolls_sideways(show: Callable[..., Seen], width: int) -> None:
    page = show(html(domains(8, long=True), Style()), width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    least = page.evaluate("parseFloat(getComputedStyle(document.querySelector('td')).fontSize)")
    assert least >= (width / 70 if 1280 <= width <= 1920 else 15), "to be read across a room"


def test_axe_finds_nothing(show: Callable[..., Seen]) -> None:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: pip install axe-playwright-python")
    for count in (0, 5):
        page = show(html(domains(count), Style())).page
        page.evaluate((Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
        for way, how in MODES.items():
            mode(page, **how)
            assert page.evaluate(RUN, TAGS)["violations"] == [], way


def test_it_is_a_table_on_a_phone_too(show: Callable[..., Seen]) -> None:
    tree = show(html(domains(5), Style()), width=320).page.locator("main").aria_snapshot()
    assert tree.count("- table ") == 1
    assert tree.count("- rowheader ") == 5
    assert tree.count("- columnheader ") == 3
