"""The script of the HTML report: what it adds, how it is allowed, and that nothing depends on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from readiness.rendering.format import Style
from readiness.rendering.formats.html import render

from .reviews import CASES, review
from .scripted import Report, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from readiness.model.review import Review

    Open = Callable[..., Report]

CONTROLS = "#tools, #what-if, #supposed, .if"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
STRICT = "require-trusted-types-for 'script'; trusted-types 'none'; default-src"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    contexts = []

    def opened(found: Review | str, *, width: int = 1280, scripts: bool = True, **more: str) -> Report:
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        text = found if isinstance(found, str) else render(found, Style())
        return Report(context, tmp_path / "report.html", text, **more)

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_missing_without_script(show: Open, case: str) -> None:
    found = review(case)
    page = show(found, scripts=False).page
    for control in page.locator(f"{CONTROLS}, button, input, select, textarea").all():
        assert not control.is_visible()
    words = page.locator("main").inner_text()
    assert found.decision in words
    assert all(item.title in words for item in found.items)
    fixes = [item.run for item in found.items if item.open and item.run]
    assert all(run in words for run in fixes)


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_taken_away_and_nothing_fetched_with_script(show: Open, case: str) -> None:
    found = review(case)
    without = show(found, scripts=False).page.locator("main").inner_text()
    opened = show(found)
    assert not opened.complaints
    opened.page.evaluate(f"document.querySelectorAll('{CONTROLS}').forEach(x => x.remove())")
    assert opened.page.locator("main").inner_text().split() == without.split()
    assert len(opened.requests) == 1


def test_the_script_needs_no_markup_from_text(show: Open) -> None:
    """Under a policy that refuses every such sink, the page works and the browser is silent."""
    text = render(review("no-go-5"), Style()).replace("default-src", STRICT, 1)
    assert STRICT in text
    opened = show(text)
    opened.page.get_by_role("button", name="What if").click()
    opened.suppose("CB-01", "proven")
    opened.weigh(harm=2)
    opened.page.get_by_label("Find").fill("load")
    opened.page.get_by_role("button", name="Copy as Markdown").click()
    opened.page.locator("#supposed").get_by_role("button").click()
    opened.page.evaluate("location.hash = '#item-LAT-01'")
    assert not opened.complaints


def test_search_and_filter(show: Open) -> None:
    found = review("no-go-5")
    opened = show(found)
    page, count = opened.page, len(found.items)
    assert opened.text("#shown") == f"{count} of {count} items shown"
    page.get_by_label("Find").fill("  RETRIEVAL candidate ")
    assert opened.shown() == ["LAT-01"]
    assert opened.text("#shown") == f"1 of {count} items shown"
    page.get_by_label("Find").fill("as reviewed")
    assert opened.text("#shown") == "Nothing found", "the script's own words are not searched"
    assert page.locator("#shown").get_attribute("role") == "status"
    page.get_by_label("Find").fill("")
    kinds = {
        "blockers": [i.id for i in found.items if i.gate == "blocker" and i.outcome is not None],
        "open items": [i.id for i in found.items if i.open],
        "load": [i.id for i in found.items if i.area == "load"],
    }
    for label, expected in kinds.items():
        page.get_by_label("Show").select_option(label=label)
        assert sorted(opened.shown()) == sorted(expected)
    areas = page.locator("#show optgroup option").all_inner_texts()
    assert areas == sorted({item.area for item in found.items})
    page.emulate_media(media="print")
    assert len(opened.shown()) == count, "paper holds every item, whatever the screen shows"


def test_expand_and_collapse_what_is_shown(show: Open) -> None:
    found = review("no-go-5")
    opened = show(found)
    before = opened.opened()
    opened.page.get_by_label("Show").select_option(label="load")
    load = {item.id for item in found.items if item.area == "load"}
    opened.page.get_by_role("button", name="Expand all").click()
    assert set(opened.opened()) == {*before, *load}
    opened.page.get_by_role("button", name="Collapse all").click()
    assert set(opened.opened()) == {*before} - load


def test_deep_links_open_what_is_closed_and_bring_back_what_is_filtered_away(show: Open) -> None:
    found = review("no-go-5")
    closed = next(item.id for item in found.items if item.outcome == "proven")
    opened = show(found, hash_=f"#item-{closed}")
    page = opened.page
    item = page.locator(f"#item-{closed}")
    assert closed in opened.opened()
    assert 0 <= item.bounding_box()["y"] < 900
    page.get_by_role("button", name="Collapse all").click()
    page.evaluate("location.hash = ''")
    page.get_by_label("Find").fill("nothing has this")
    page.evaluate(f"location.hash = '#item-{closed}'")
    page.wait_for_function(f"document.getElementById('item-{closed}').open")
    assert item.is_visible()
    assert opened.text("#shown").startswith(f"{len(found.items)} of")
    first = found.ranking[0].item
    link = page.locator("table.ranked a").first
    for _ in range(2):  # the second time the address does not change
        page.get_by_role("button", name="Collapse all").click()
        link.click()
        assert opened.opened() == [first]
    page.evaluate("location.hash = '#items'")
    page.evaluate("location.hash = '#%'")
    assert not opened.complaints


def test_copy_as_markdown(show: Open) -> None:
    found = review("no-go-5")
    opened = show(found)
    opened.page.get_by_role("button", name="Copy as Markdown").click()
    opened.page.wait_for_function("document.getElementById('shown').textContent == 'Copied'")
    text = opened.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("## NO-GO: Shopping assistant 1.4.0\n\nShopping assistant is not ready to launch on")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<table>") == 3
    assert html.count("<tr>") == 3 + 5 + len(found.domains) + len(found.records)
    assert "<li>Open blockers 5 of " in html
    assert opened.page.locator("textarea").is_hidden()


def test_copy_without_a_clipboard_selects_the_text(show: Open) -> None:
    opened = show(review("conditions"), before=NO_CLIPBOARD)
    opened.page.get_by_role("button", name="Copy as Markdown").click()
    area = opened.page.get_by_label("The report as Markdown")
    assert area.is_visible()
    assert opened.text("#shown") == "Copy the selection"
    assert opened.page.evaluate("getSelection() + ''") == area.input_value()
    assert area.input_value().startswith("## GO WITH CONDITIONS: ")


def test_copied_markdown_is_text_alone(show: Open, hostile: list[str]) -> None:
    base = render(review("no-go-1"), Style())
    words = [re.sub(r"\s+", " ", text) for text in hostile[:400]]
    opened = show(base, before=NO_CLIPBOARD)
    opened.page.evaluate("x => document.querySelector('.lead').textContent = x", " ".join(words))
    opened.page.get_by_role("button", name="Copy as Markdown").click()
    text = opened.page.locator("textarea").input_value()
    html = MarkdownIt("commonmark", {"linkify": False}).render(text)
    assert set(re.findall(r"<(\w+)", html)) <= {"h2", "h3", "p", "ul", "li"}
    assert not re.search(r"[@#](?!\u200b)\w|://", re.sub(r"&#\d+;", "", text))


def test_controls_have_labels_of_their_own(show: Open) -> None:
    page = show(review("no-go-30")).page
    page.get_by_role("button", name="What if").click()
    page.get_by_role("button", name="Expand all").click()
    names = page.evaluate(
        "[...document.querySelectorAll('main select, main input')].map(x => x.labels[0].firstChild.data.trim())"
    )
    assert all(names)
    assert len(names) == len(set(names))
    buttons = [x for x in page.get_by_role("button").all_inner_texts() if x]
    assert buttons == ["Expand all", "Collapse all", "Copy as Markdown", "What if", "Back to the review"]
    small = page.evaluate("[...document.querySelectorAll('button, select, input')].filter(x => x.offsetParent)"
                          ".filter(x => x.offsetHeight < 24 || x.offsetWidth < 24).length")  # fmt: skip
    assert small == 0


def test_keyboard_works_every_control(show: Open) -> None:
    opened = show(review("no-go-5"))
    page = opened.page
    page.get_by_label("Find").focus()
    seen = []
    for _ in range(6):
        seen.append(page.evaluate("document.activeElement.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Tab")
    assert seen == ["find", "show", "expand", "collapse", "copy", "opener"]
    page.keyboard.press("Shift+Tab")
    opener = page.locator("#opener")
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # harm to the power of 1.25
    assert page.locator("#what-if select").first.input_value() == "1.25"
    assert "--weights harm=1.25" in opened.text("#command")
    page.locator("#supposed button").focus()
    page.keyboard.press("Space")
    assert page.locator("#supposed").is_hidden()
    opener.focus()
    page.keyboard.press("Space")
    assert opener.get_attribute("aria-expanded") == "false"
    assert page.locator("#what-if").is_hidden()
