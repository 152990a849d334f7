"""On paper: the memo is page one, on A4 and on Letter, and what does not fit it is counted and follows."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from readiness.rendering import paper
from readiness.rendering.format import Shown, Style
from readiness.rendering.formats.html import render
from readiness.rendering.view import build

from .pdfs import bare, pages
from .reviews import CASES, many, review
from .worst import worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.model.review import Review

    from .browsing import Seen

PAPERS = {"A4": (210, 297), "Letter": (216, 279)}
"""Width and height in millimetres."""
NAMES = [*CASES, "worst", "100 items"]
SIZES = """() => {
  const end = document.querySelector("section[aria-labelledby=deferrals]").getBoundingClientRect().bottom + scrollY;
  const zoom = parseFloat(getComputedStyle(document.querySelector(".page")).zoom);
  const sizes = css => [...document.querySelectorAll(css)].map(e => parseFloat(getComputedStyle(e).fontSize) * 72 / 96);
  return { end: end * 72 / 96, memo: Math.min(...sizes("section *")), rest: Math.min(...sizes(".page section *")) * zoom };
}"""


@cache
def condensed() -> bool:
    """Whether there is the font in which the longest texts were measured."""
    fonts = shutil.which("fc-list") and subprocess.run(["fc-list"], capture_output=True, text=True, check=False).stdout
    return "DejaVu Sans Condensed" in (fonts or "")


def found(name: str) -> Review:
    if name == "worst" and not condensed():
        pytest.skip("no condensed font on this machine: apt-get install fonts-dejavu-extra")
    if name == "100 items":
        return replace(many(100), domains=review("go").domains)
    return worst() if name == "worst" else review(name)


def printed(page: Any, form: str, which: str = "") -> bytes:
    return bytes(page.pdf(format=form, page_ranges=which))


@pytest.mark.parametrize("name", NAMES)
def test_the_memo_is_page_one_on_both_papers(show: Callable[..., Seen], name: str) -> None:
    """The first page says all of the memo and nothing of what follows; the paper is the printer's."""
    view = build(found(name))
    memo = [view.title, view.subtitle, view.decision.word, view.sentence, *(text.replace("`", "") for text in view.reasons)]
    memo += [f"{figure.label}{figure.value}{figure.note}" for figure in view.figures]
    memo += [part for e in view.improvements for part in (f"{e.id}{e.title}", e.why, f"{e.effort},{e.due}")]
    memo += [part for d in view.domains[:5] for part in (d.title, d.fallback, d.later, d.proof)]
    memo += [part for d in view.deferrals[:5] for part in (f"{d.item}{d.title}", d.reason, d.mitigation, d.voided_by)]
    memo += [view.more, view.domains_more, view.deferrals_more, view.undecided_line]
    page = show(render(found(name), Style())).page
    for form, (width, height) in PAPERS.items():
        data = printed(page, form, "1-2")
        first, second = map(bare, pages(data))
        assert [words for words in memo if bare(words) not in first] == [], form
        box = PdfReader(io.BytesIO(data)).pages[0].mediabox
        assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (width, height)
        following = bare(view.sections.evidence.title), bare(view.sections.items.title)
        assert not [title for title in following if title in first]
        assert bare(view.sentence) not in second


@pytest.mark.parametrize("name", NAMES)
def test_the_memo_alone_is_one_page(show: Callable[..., Seen], name: str) -> None:
    page = show(render(found(name), Style(shown=Shown("memo")))).page
    for form in PAPERS:
        [only] = pages(printed(page, form))
        assert bare(build(found(name)).footer) in bare(only)


@pytest.mark.parametrize("name", NAMES)
def test_the_type_is_as_large_as_the_page_allows(show: Callable[..., Seen], name: str) -> None:
    """The estimate of `paper` is never under what the browser needs, and not far over it."""
    view = build(found(name))
    page = show(render(found(name), Style())).page
    page.emulate_media(media="print")
    for width in (190, 195.9):
        page.set_viewport_size({"width": int(width * 96 / 25.4), "height": 1000})
        sizes = page.evaluate(SIZES)
        size = int(paper.fit(view).removeprefix("fit-")) / 10
        assert sizes["end"] <= paper.PAGE
        assert sizes["end"] <= paper.height(view, size) <= 1.3 * sizes["end"]
        assert sizes["memo"] >= 4.5
        assert 5.4 <= sizes["rest"] <= 6.2, "the pages after the memo keep their size"


def test_a_short_memo_is_printed_larger() -> None:
    sizes = [int(paper.fit(build(found(name))).removeprefix("fit-")) for name in ("go", "no-go-5", "worst")]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 90
    assert sizes[2] >= 65


def test_the_style_sheet_has_every_size_that_is_chosen() -> None:
    css = str(render(review("go"), Style()))
    for size in paper.SIZES:
        place = "html" if size == 7.6 else f".fit-{10 * size:.0f}"
        assert f"{place}{{--f:{size:g}" in css


def many_of_all() -> Review:
    """More of everything than the memo holds."""
    whole = review("no-go-30")
    domains = tuple(replace(whole.domains[n % 5], id=f"d{n}", title=f"Failure domain number {n}") for n in range(8))
    records = tuple(replace(whole.records[0], item=item.id) for item in whole.items[:9])
    return replace(whole, domains=domains, records=records)


@pytest.mark.parametrize("form", PAPERS)
def test_what_the_memo_leaves_out_is_counted_and_follows(show: Callable[..., Seen], form: str) -> None:
    page = show(render(many_of_all(), Style())).page
    first, second = pages(printed(page, form, "1-2"))
    for words in ("30 more open items in the full report, in this order.", "3 more failure domains in the full report.",
                  "4 more decisions in the full report."):  # fmt: skip
        assert words in first
        assert words in page.locator("main").inner_text(), "the same on a screen"
    assert "Failure domain number 4" in first
    assert "Failure domain number 5" not in first
    assert "More failure domains Numbers 6 to 8, after those in the memo." in second
    assert "Failure domain number 7" in second
    assert "More that was deferred Numbers 6 to 9" in second


def test_nothing_of_it_is_said_where_all_fits() -> None:
    for name in ("go", "no-go-1", "unmeasured"):
        view = build(review(name))
        assert view.domains_more == view.deferrals_more == ""
        assert "More failure domains" not in render(review(name), Style())


def test_rows_and_headings_stay_together(show: Callable[..., Seen]) -> None:
    """No page ends with a heading, and every item's summary is on the page of its first line."""
    page = show(render(review("no-go-30"), Style())).page
    titles = [item.title for item in build(review("no-go-30")).items if item.open]
    for text in map(bare, pages(printed(page, "A4"))):
        assert not [title for title in titles if text.endswith(bare(title))]
        assert not text.endswith(("Everyitem,withitsevidence", "Ageoftheevidence"))
