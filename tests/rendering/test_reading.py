"""Reading the page with a keyboard, a screen reader, a phone, forced colours or no colour at all."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.html import render
from readiness.rendering.words import DECISIONS, RECORDS, STATES

from .browsing import OPEN_ALL, OVERLAPS, SIDEWAYS
from .reviews import CASES, review
from .worst import worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from .browsing import Seen

# What Tab stops at, in the order of the document; each with its place and the outline of its focus.
FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e), all = [...document.querySelectorAll("*")];
  const box = e.getBoundingClientRect();
  return { at: all.indexOf(e), name: e.localName, id: (e.closest("details") || e).id, text: e.innerText.slice(0, 60),
           outlined: s.outlineStyle != "none" && parseFloat(s.outlineWidth) >= 2,
           seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight, body: e == document.body };
}"""
REACHABLE = """() => [...document.querySelectorAll("a[href], summary, button, input, select, textarea")]
  .filter(e => e.checkVisibility()).length"""
OUTLINE = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(e => e.checkVisibility())
  .map(e => [+e.localName[1], e.innerText])"""
# The mask that draws a state's shape, and its colour, for each word that marks one.
SHAPES = """() => [...document.querySelectorAll("main b, .warn")].map(e => {
  const s = getComputedStyle(e, "::before");
  return s.content == "none" ? null : { word: e.innerText.trim(), shape: s.maskImage + " at " + Math.round(parseFloat(s.maskPosition) / parseFloat(s.width)),
    size: parseFloat(s.width), back: s.backgroundColor, kind: e.localName };
}).filter(x => x && !x.shape.startsWith("none"))"""


def walk(page: Any, most: int = 300) -> list[dict[str, Any]]:
    """Press Tab until the focus has been everywhere."""
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["body"] or (stops and stop["at"] <= stops[0]["at"]):
            break
        stops.append(stop)
    return stops


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_tab_follows_the_reading_order_and_is_seen(show: Callable[..., Seen], *, script: bool) -> None:
    page = show(render(review("no-go-5"), Style()), java_script_enabled=script).page
    stops = walk(page)
    places = [stop["at"] for stop in stops]
    assert places == sorted(places)
    assert len(stops) == page.evaluate(REACHABLE)
    assert stops[0]["id"] == "" and stops[0]["text"] == "Skip to the decision"  # noqa: PT018 - one stop
    assert [stop for stop in stops if not stop["outlined"] or not stop["seen"]] == []
    found = review("no-go-5")
    assert {stop["id"] for stop in stops if stop["name"] == "summary"} == {f"item-{item.id}" for item in found.items}


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_every_item_opens_and_closes_by_keyboard(show: Callable[..., Seen], key: str) -> None:
    page = show(render(review("no-go-5"), Style()), java_script_enabled=False).page
    before = page.evaluate("[...document.querySelectorAll('details')].map(d => d.open)")
    assert True in before
    assert False in before
    page.locator("summary").first.focus()
    for number in range(len(before)):
        while page.evaluate("document.activeElement.localName") != "summary":
            page.keyboard.press("Tab")
        page.keyboard.press(key)
        if number + 1 < len(before):
            page.keyboard.press("Tab")
    assert page.evaluate("[...document.querySelectorAll('details')].map(d => d.open)") == [not x for x in before]


def test_skip_link_leads_to_the_decision(show: Callable[..., Seen]) -> None:
    page = show(render(review("no-go-5"), Style())).page
    assert page.locator(".skip").bounding_box()["x"] < 0
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert "item-CB-01" in page.evaluate("document.activeElement.href")


@pytest.mark.parametrize("case", CASES)
def test_headings_and_landmarks_in_order(show: Callable[..., Seen], case: str) -> None:
    page = show(render(review(case), Style())).page
    page.evaluate(OPEN_ALL)
    outline = page.evaluate(OUTLINE)
    levels = [level for level, _ in outline]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(text.strip() for _, text in outline)
    tree = page.locator("body").aria_snapshot()
    places = [tree.index(part) for part in ("- banner", "- main", "- contentinfo")]
    assert places == sorted(places)
    sections = page.locator("main section").all()
    names = [section.get_attribute("aria-labelledby") for section in sections]
    assert len(names) == len(set(names)) >= 6
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title().startswith(f"{review(case).decision} · ")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("case", [*CASES, "long texts"])
def test_nothing_scrolls_sideways_or_overlaps_at_320_px(show: Callable[..., Seen], case: str, *, script: bool) -> None:
    found = worst() if case == "long texts" else review(case)
    seen = show(render(found, Style()), width=320, java_script_enabled=script)
    seen.page.evaluate(OPEN_ALL)
    assert seen.page.evaluate(SIDEWAYS) <= 0
    assert seen.page.evaluate(OVERLAPS, ".card, header, main section:not([aria-labelledby=items]):not([aria-labelledby=trend])") == []
    assert [url[:7] for url in seen.requests] == ["file://"]
    assert not seen.complaints


def test_text_of_twice_the_size_still_fits(show: Callable[..., Seen]) -> None:
    """WCAG 1.4.4 and 1.4.10: 1280 px at 400 % are 320 px; here the reader's font is twice as large too."""
    page = show(render(review("no-go-5"), Style()), width=640).page
    page.evaluate("document.documentElement.style.setProperty('font-size', '30px')")
    page.evaluate(OPEN_ALL)
    assert page.evaluate(SIDEWAYS) <= 0


def test_forced_colours_keep_every_shape(show: Callable[..., Seen]) -> None:
    page = show(render(review("no-go-5"), Style())).page
    page.emulate_media(forced_colors="active")
    shapes = page.evaluate(SHAPES)
    canvas = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(shapes) > 10
    for shape in shapes:
        assert shape["size"] > 8
        assert shape["back"] not in (canvas, "rgba(0, 0, 0, 0)"), shape["word"]


def test_nothing_moves(show: Callable[..., Seen]) -> None:
    page = show(render(review("no-go-5"), Style())).page
    moving = """() => [...document.querySelectorAll("*")].filter(e => { const s = getComputedStyle(e);
      return s.animationName != "none" || parseFloat(s.transitionDuration) > 0 || s.scrollBehavior == "smooth"; }).length"""
    assert page.evaluate(moving) == 0


def test_without_colour_every_state_has_a_word_and_a_shape_of_its_own(show: Callable[..., Seen]) -> None:
    """Each word that stands for a state is drawn with one shape, and no other word of another meaning has it."""
    drawn: dict[str, set[str]] = {}
    for case in CASES:
        page = show(render(review(case), Style())).page
        page.evaluate(OPEN_ALL)
        for shape in page.evaluate(SHAPES):
            if shape["kind"] == "b":
                drawn.setdefault(shape["word"], set()).add(shape["shape"])
    assert {word: len(shapes) for word, shapes in drawn.items() if len(shapes) != 1} == {}
    outcomes = {state.word: drawn[state.word] for state in STATES.values() if state.word in drawn}
    assert len(outcomes) >= 5
    assert len(set(map(frozenset, outcomes.values()))) == len(outcomes)


def test_decisions_differ_by_word_and_shape(show: Callable[..., Seen]) -> None:
    drawn = {}
    for case in ("go", "conditions", "no-go-1"):
        page = show(render(review(case), Style())).page
        drawn[page.locator("#decision span").inner_text()] = page.locator("#decision svg").inner_html()
    assert len(drawn) == len(set(drawn.values())) == len(DECISIONS)


def test_words_and_shapes_are_one_to_one() -> None:
    """In every format: what a state is called, and the sign it has, tell it from all others of its kind."""
    for states in (STATES, DECISIONS, RECORDS):
        assert len({state.word for state in states.values()}) == len(states)
    for states in (STATES, DECISIONS):
        assert len({state.shape for state in states.values()}) == len(states)
        assert len({state.icon for state in states.values()}) == len(states)


def test_colour_alone_says_nothing(show: Callable[..., Seen]) -> None:
    """In grey, what is drawn in the tones of a state still has a pattern, a word or a shape beside it."""
    page = show(render(review("no-go-30"), Style())).page
    strips = page.evaluate("""() => [...document.querySelectorAll(".strip")].map(s => [...s.querySelectorAll("rect")]
      .map(r => getComputedStyle(r).fill))""")
    assert strips
    for fills in strips:
        plain = [fill for fill in fills if not fill.startswith("url")]
        assert len(set(fills)) == len(fills)
        assert len(plain) <= 2, "what is not proven has a pattern"
    lines = page.evaluate("""() => [...document.querySelectorAll(".areas li")].map(e => e.innerText)""")
    words = "open|failed|missing|invalid|inconclusive|stale"
    assert [line for line in lines if not re.search(rf"\d+ of \d+ proven, .*\b({words})\b", line)] == []
