"""axe-core finds nothing: WCAG 2.2 A and AA and its best practices, in four ways to look at the page."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.html import render

from .browsing import OPEN_ALL
from .reviews import CASES, review
from .worst import worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.model.review import Review

    from .browsing import Seen

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = """async tags => {
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] });
  const said = x => x.nodes.map(n => `${x.id}: ${n.target.join(" ")} | ${n.any.concat(n.all, n.none).map(c => c.message).join("; ")}`);
  return { violations: found.violations.flatMap(said), passes: found.passes.map(x => x.id),
           undecided: found.incomplete.filter(x => x.id != "color-contrast").flatMap(said) };
}"""
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "phone": {"width": 320},
    "print": {"media": "print", "width": 718},
}  # fmt: skip
REVIEWS = {**{name: name for name in CASES}, "long texts": ""}


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, as the package axe-playwright-python ships it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: pip install axe-playwright-python")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def mode(page: Any, *, color_scheme: str = "light", media: str = "screen", width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=color_scheme, media=media)


def test_axe_is_recent(axe: str) -> None:
    major, minor = map(int, axe.split("axe v", 1)[1].split(".", 2)[:2])
    assert (major, minor) >= (4, 10)


@pytest.mark.parametrize("name", REVIEWS)
def test_no_violation_in_any_mode(show: Callable[..., Seen], axe: str, name: str) -> None:
    found: Review = review(name) if name in CASES else worst()
    page = show(render(found, Style())).page
    page.evaluate(OPEN_ALL)
    page.evaluate(axe)
    for way, how in MODES.items():
        mode(page, **how)
        result = page.evaluate(RUN, TAGS)
        assert result["violations"] == [], way
        assert result["undecided"] == [], way
        assert {"color-contrast", "heading-order", "page-has-heading-one", "html-has-lang"} <= set(result["passes"])


def test_axe_notices_what_is_wrong(show: Callable[..., Seen], axe: str) -> None:
    """A control: the same page with faint text, a skipped level and a control without a name."""
    broken = '<h6>Skipped</h6><button></button><p style="color:#aaa;background:#fff">faint</p></main>'
    text = render(review("go"), Style()).replace("style-src", "style-src 'unsafe-inline'").replace("</main>", broken)
    text = text.replace("style-src 'unsafe-inline' 'sha256", "style-src-elem 'sha256", 1).replace(
        "default-src 'none';", "default-src 'none'; style-src-attr 'unsafe-inline';")  # fmt: skip
    page = show(text).page
    page.evaluate(axe)
    rules = {line.split(":")[0] for line in page.evaluate(RUN, TAGS)["violations"]}
    assert rules >= {"heading-order", "button-name", "color-contrast"}
