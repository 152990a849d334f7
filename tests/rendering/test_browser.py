"""The HTML report in Chromium: no request, no violation, readable everywhere, and nothing executes."""

from __future__ import annotations

import os
import re
from collections import Counter
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.html import render

from .browsing import OPEN_ALL, OVERLAPS, SIDEWAYS
from .change import with_texts
from .reviews import CASES, review

if TYPE_CHECKING:
    from collections.abc import Callable

    from .browsing import Seen

CONTRAST = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  const back = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length == 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const low = [];
  document.querySelectorAll("details").forEach(d => d.open = true);
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(back(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(e.outerHTML.slice(0, 120));
  }
  return low;
}"""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_loads_alone_and_is_readable(show: Callable[..., Seen], case: str, scheme: str) -> None:
    found = review(case)
    seen = show(render(found, Style()), scheme=scheme)
    assert len(seen.requests) == 1
    assert seen.requests[0].startswith("file://")
    assert not seen.complaints
    heading = seen.page.locator("#decision")
    assert heading.is_visible()
    assert found.decision in heading.inner_text()
    assert seen.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_nothing_scrolls_sideways(show: Callable[..., Seen], case: str, width: int) -> None:
    page = show(render(review(case), Style()), width=width).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#decision").bounding_box()
    assert box["y"] + box["height"] < 900
    words = page.locator("#decision span").inner_text().split()
    assert words[1:] == review(case).decision.split()


def test_stacked_tables_are_tables_for_assistive_technology(show: Callable[..., Seen]) -> None:
    page = show(render(review("no-go-5"), Style()), width=320).page
    tree = page.locator("main").aria_snapshot()
    roles = Counter(re.findall(r"^ *- '?(table|columnheader|rowheader|cell)\b", tree, re.MULTILINE))
    assert roles["table"] == page.locator("table").count() >= 7
    assert roles["columnheader"] == page.locator("thead th").count()
    assert roles["rowheader"] == page.locator("tbody th").count()
    assert roles["cell"] == page.locator("tbody td").count()
    assert 'rowheader "CB-01' in tree


def test_keyboard_reaches_the_decision(show: Callable[..., Seen]) -> None:
    page = show(render(review("no-go-5"), Style())).page
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "policy removed"])
def test_d1_hostile_texts_execute_nothing_and_the_layout_holds(show: Callable[..., Seen], hostile: list[str], *, policy: bool) -> None:
    """Four pages hold 1,600 texts in every string; removing the policy leaves escaping alone.

    HOSTILE=1 has every text of the corpora in some page.
    """
    step = 400 if os.environ.get("HOSTILE") else len(hostile) // 4
    end = len(hostile) if os.environ.get("HOSTILE") else len(hostile) - step + 1
    for start in range(0, end, step):
        text = render(with_texts(review("no-go-5"), cycle(hostile[start : start + 400]).__next__), Style())
        if not policy:
            text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
        seen = show(text)
        seen.page.evaluate(OPEN_ALL)
        for target in seen.page.locator("summary, main td").all()[:10]:
            target.hover()
        assert seen.page.evaluate("window.__ran") == seen.ran == []
        assert len(seen.requests) == 1
        assert not seen.complaints
        assert seen.page.evaluate("document.querySelectorAll('iframe,object,embed,img,base,form').length") == 0
        assert seen.page.evaluate("document.scripts.length") == 2, "the data and the script are ours"
        for width in (1280, 320):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate(SIDEWAYS) <= 0
            assert seen.page.evaluate(OVERLAPS, ".card, header") == []


def test_the_spies_notice_what_executes(show: Callable[..., Seen]) -> None:
    """A control: the same page with raw hostile text in it is noticed."""
    text = render(review("go"), Style()).replace("</main>", "<img src=x onerror=alert(1)></main>")
    seen = show(text)
    assert seen.complaints
    seen = show(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text))
    seen.page.wait_for_function("window.__ran.length > 0")
    assert len(seen.requests) == 2
