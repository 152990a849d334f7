"""The HTML report: one file without script or request, in an order that holds."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from readiness.rendering.engine import stylesheet
from readiness.rendering.format import Style
from readiness.rendering.formats.html import render

from .reviews import CASES, many, review

LIMIT = 80_000


class Page(HTMLParser):
    """The elements of a page in order, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br", "circle", "path", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"circle", "path", "rect"}:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(params=CASES)
def page(request: pytest.FixtureRequest) -> str:
    return render(review(request.param), Style())


def test_elements_are_closed_in_order(page: str) -> None:
    assert not Page(page).open


def test_policy_allows_this_style_sheet_and_nothing_else(page: str) -> None:
    css = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = next(a["content"] for t, a in Page(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    digest = b64encode(sha256(css[0].encode()).digest()).decode()
    assert len(css) == 1
    assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
                      "form-action 'none'")  # fmt: skip


def test_nothing_is_scripted_styled_inline_or_fetched(page: str) -> None:
    for tag, attributes in Page(page).tags:
        assert tag not in {"script", "img", "iframe", "object", "embed", "form", "base"}
        assert not {name for name in attributes if name == "style" or name.startswith("on")}
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
    css = str(stylesheet("report.css").css)
    assert "@import" not in css
    assert set(re.findall(r"url\(.{6}", css)) == {'url("data:', "url(#hatch"}


def test_headings_and_landmarks_are_in_order(page: str) -> None:
    tags = Page(page).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    names = [tag for tag, _ in tags]
    assert [name for name in names if name in {"header", "main", "footer"}] == ["header", "main", "footer"]
    assert ("html", {"lang": "en"}) in tags
    skip = next(a for t, a in tags if a.get("class") == "skip")
    assert skip["href"] == "#main"


def test_ids_are_unique_and_links_lead_somewhere(page: str) -> None:
    attributes = [a for _, a in Page(page).tags]
    ids = [a["id"] for a in attributes if "id" in a]
    assert len(ids) == len(set(ids))
    for a in attributes:
        for name in ("href", "aria-labelledby"):
            target = a.get(name) or ""
            assert not target or target == "data:," or target.removeprefix("#") in ids


def test_stacked_tables_keep_their_roles(page: str) -> None:
    roles = {"table": {"table"}, "thead": {"rowgroup"}, "tbody": {"rowgroup"}, "tr": {"row"}, "td": {"cell"},
             "th": {"columnheader", "rowheader"}}  # fmt: skip
    for tag, attributes in Page(page).tags:
        assert tag not in roles or attributes.get("role") in roles[tag]


def test_order_of_information() -> None:
    text = Page(render(review("no-go-5"), Style())).text
    parts = ["NO-GO", "is not ready to launch", "Open blockers", "Five improvements, ranked",
             "If something breaks on launch day", "Deliberately deferred", "Age of the evidence",
             "Every item, with its evidence", "How to fix it"]  # fmt: skip
    places = [text.index(part, text.index("Recommendation")) for part in parts]
    assert places == sorted(places)


def test_open_items_are_open_and_others_are_not() -> None:
    found = review("no-go-5")
    tags = Page(render(found, Style())).tags
    opened = ["open" in a for t, a in tags if t == "details"]
    assert opened == sorted(opened, reverse=True)
    assert sum(opened) == sum(item.open for item in found.items)


def test_empty_sections_say_so() -> None:
    text = Page(render(review("go"), Style())).text
    assert "Every item that applies is proven." in text
    assert "Nobody has deferred or accepted anything." in text
    assert "Nothing has been measured yet" in Page(render(review("unmeasured"), Style())).text


def test_states_differ_by_word_and_shape() -> None:
    css = str(stylesheet("report.css").css)
    icons = re.findall(r"\.(\w+)\{--i:url\(\"(.*?)\"\)", css)
    assert len(icons) == len({shape for _, shape in icons}) == 7
    states = {(a["class"] or "").split()[-1] for t, a in Page(render(review("no-go-5"), Style())).tags
              if t == "b" and (a.get("class") or "").startswith("s ")}  # fmt: skip
    assert states <= {name for name, _ in icons}


def test_size() -> None:
    found = review("no-go-30")
    assert len(found.items) >= 46
    assert len(render(found, Style()).encode()) <= LIMIT


def test_a_thousand_items_are_rendered() -> None:
    assert render(many(1000), Style()).count("<details") == 1000
