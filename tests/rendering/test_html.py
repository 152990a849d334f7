"""The HTML report: one file without request, complete without script, in an order that holds."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from readiness.rendering.engine import stylesheet
from readiness.rendering.format import Style
from readiness.rendering.formats.html import render
from readiness.rendering.latency import SHARES
from readiness.rendering.words import CURRENT, NO_LIMIT, NOT_DRILLED, RECORDS, STATES

from .page import Page
from .reviews import CASES, many, review

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 80_000


@pytest.fixture(params=CASES)
def page(request: pytest.FixtureRequest) -> str:
    return render(review(request.param), Style())


def test_elements_are_closed_in_order(page: str) -> None:
    assert not Page(page).open


def test_policy_allows_this_style_sheet_and_this_script_and_nothing_else(page: str) -> None:
    inside = [re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script")]
    policy = next(a["content"] for t, a in Page(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert [len(texts) for texts in inside] == [1, 1]
    style, script = (b64encode(sha256(texts[0].encode()).digest()).decode() for texts in inside)
    assert policy == (f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; "
                      "base-uri 'none'; form-action 'none'")  # fmt: skip


def test_nothing_else_is_scripted_styled_inline_or_fetched(page: str) -> None:
    tags = Page(page).tags
    data = {"type": "application/json", "id": "review-data"}
    assert [attributes for tag, attributes in tags if tag == "script"] == [data, {}]
    for tag, attributes in tags:
        assert tag not in {"img", "iframe", "object", "embed", "form", "base"}
        assert not {name for name in attributes if name == "style" or name.startswith("on")}
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
    css = str(stylesheet("report.css").css)
    assert "@import" not in css
    assert set(re.findall(r"url\(.{6}", css)) == {'url("data:', "url(#hatch", "url(#bars)", "url(#spots"}


def test_headings_and_landmarks_are_in_order(page: str) -> None:
    tags = Page(page).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    names = [tag for tag, _ in tags]
    assert [name for name in names if name in {"header", "main", "footer"}] == ["header", "main", "footer"]
    assert [a["lang"] for t, a in tags if t == "html"] == ["en"]
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
    roles = {"table": {"table"}, "tr": {"row"}, "td": {"cell"},
             "th": {"columnheader", "rowheader"}}  # fmt: skip
    for tag, attributes in stacked(page):
        assert tag not in roles or attributes.get("role") in roles[tag]


def stacked(page: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield the elements of tables that become blocks on a phone."""
    for table in re.findall(r"<table role=table.*?</table>", page, re.DOTALL):
        yield from Page(table).tags


def test_only_tables_with_roles_become_blocks() -> None:
    css = str(stylesheet("report.css").css)
    rules = re.findall(r"([^{}]*)\{([^{}]*)\}", css)
    blocks = [name for name, rule in rules if "display:block" in rule and re.search(r"\b(table|tr|td|th)\b(?! svg)", name)]
    assert blocks == ["[role=table] :is(tbody,tr,th,td),[role=table]"]


def test_labels_on_phones_are_the_heads_of_their_columns() -> None:
    css = str(stylesheet("report.css").css)
    page = render(review("no-go-5"), Style())
    labels = re.findall(r"\.(\w+) td:nth-child\((\d)\)::before\{content:\"(.*?)\"\}", css)
    assert len(labels) >= 11
    for table, column, label in labels:
        body = re.findall(rf"<table role=table class={table} .*?</table>", page, re.DOTALL)[0]
        heads = re.findall(r"<th role=columnheader>([^<]*)", body)
        words = re.findall(r"\w+", heads[int(column) - 1].lower())
        assert label.lower().split()[0] in words or label == "Factors", (label, heads)


def test_order_of_information() -> None:
    text = Page(render(review("no-go-5"), Style())).text
    parts = ["NO-GO", "is not ready to launch", "Open blockers", "Five improvements, ranked",
             "If something breaks on launch day", "Deliberately deferred", "Age of the evidence",
             "Every item, with its evidence", "Fix"]  # fmt: skip
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
    icons = re.findall(r"([.\w,-]+)\{--n:(-?\d(?:em)?)\}", css)
    assert len(icons) == len({place for _, place in icons}) == 7
    known = {name for names, _ in icons for name in re.findall(r"[\w-]+", names)}
    every = [*STATES.values(), *RECORDS.values(), *SHARES.values(), CURRENT, NO_LIMIT, NOT_DRILLED]
    assert {state.icon for state in every} <= known
    used = {a["class"] for case in CASES for t, a in Page(render(review(case), Style())).tags if t == "b" and a.get("class")}
    assert used <= known | {"check-quiet", "empty-quiet"}
    own = {state.icon: state.tone for state in STATES.values()}
    assert {f"{s.icon}-{s.tone}" for s in every if s.tone != own[s.icon]} == {"check-quiet", "empty-quiet", "clock-bad"}
    assert all(f".{name}" in css for name in ("check-quiet", "empty-quiet", "clock-bad"))


def test_size() -> None:
    found = review("no-go-30")
    assert len(found.items) >= 46
    assert len(render(found, Style()).encode()) <= LIMIT


def test_size_of_300_failing_items() -> None:
    assert len(render(many(300), Style()).encode()) <= 300_000


def test_a_thousand_items_are_rendered() -> None:
    assert render(many(1000), Style()).count("<details") == 1000
