"""The Markdown report: what matters in 300 characters, and never more than GitHub takes."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from readiness.rendering.engine import plain_markdown
from readiness.rendering.format import Style
from readiness.rendering.formats.markdown import CUTS, Cut, _filled, render
from readiness.rendering.limit import LIMIT, least_cut, size
from readiness.rendering.measured import measured
from readiness.rendering.view import build

from .change import with_texts
from .loads import PEAK, SLOWER, STEPS
from .reviews import CASES, many, review

if TYPE_CHECKING:
    from readiness.model.review import Review

HTML = MarkdownIt("gfm-like", {"linkify": False, "html": True})
LONG = {
    "mentions": "@&#8203;" * 900, "bidi": "\u202e" * 5000, "tags": "<" * 70_000, "pipes": "|" * 5000,
    "emoji": "🚀" * 5000, "wide": "負荷試験" * 2000, "family": "👩\u200d👩\u200d👧" * 900, "words": "long words " * 400,
    "entities": "&amp;" * 2000, "marks": "e\u0301\u0302" * 2000, "plane": "\U000e0041" * 3000,
}  # fmt: skip


def plain(text: str) -> str:
    """Return what a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", HTML.render(text)).split())


def mixed(blockers: int, others: int, proven: int, text: str = "") -> Review:
    """Return a NO-GO with that many items of each kind, each text preceded by another."""
    found = many(200 if max(blockers, others, proven) <= 60 else 1000)
    kinds: dict[str, list[str]] = {"blocker": [], "deferrable": []}
    for item in found.items:
        kinds[item.gate].append(item.id)
    kept = {*kinds["blocker"][:blockers], *kinds["deferrable"][:others]}
    items = [item for item in found.items if item.id in kept]
    items += [replace(item, id=f"P-{n}", outcome="proven", credit=1.0, disposition=None)
              for n, item in enumerate(found.items[:proven])]  # fmt: skip
    changed = replace(found, items=tuple(items), ranking=tuple(r for r in found.ranking if r.item in kept),
                      records=tuple(r for r in found.records if r.item in kept), loads=(PEAK, STEPS),
                      comparisons=(SLOWER,))  # fmt: skip
    return with_texts(changed, lambda: text) if text else changed


@pytest.mark.parametrize("case", CASES)
def test_first_300_characters_decide(case: str) -> None:
    found = review(case)
    start = render(found, Style())[:300]
    assert found.decision in start
    if found.decision == "NO-GO":
        top = found.ranking[0].item
        step = next(step for step in found.path_to_go.steps if step.item == top)
        assert f"Top blocker: {top}" in start
        assert step.owner in start
        assert f"due {step.done_by.day} " in start
        assert re.search(r"launch on 21 Sep 2026: \d+ of \d+ blockers (is|are) open", start)


def test_long_names_do_not_push_the_decision_out() -> None:
    found = review("no-go-1")
    found = replace(found, launch=replace(found.launch, title="A very long title " * 40))
    start = render(found, Style())[:300]
    assert "NO-GO" in start
    assert "CB-01" in start
    assert "team-resilience" in start
    assert re.search(r"launch on 21 Sep 2026: 1 of \d+ blockers is open", start)


@pytest.mark.parametrize("kind", LONG)
def test_a_reader_sees_the_decision_first_whatever_the_texts(kind: str) -> None:
    seen = plain(render(with_texts(review("no-go-5"), lambda: LONG[kind]), Style()))
    start = seen[:600]
    assert seen.startswith("■ NO-GO: ")
    assert "Top blocker: " in start
    assert re.search(r"due \d+ Sep 2026", start)
    assert "is not ready to launch on 21 Sep 2026: 5 of 8 blockers are open" in seen[:900]


@pytest.mark.parametrize("count", [10, 100, 400, 1000])
def test_never_longer_than_github_takes(count: int) -> None:
    text = render(many(count), Style())
    assert size(text) <= LIMIT
    assert text.startswith("## ■ NO-GO: Shopping assistant 1.4.0\n")
    assert "Top blocker: X-" in text[:300]
    assert text.count("<details>") == text.count("</details>") >= 1


@pytest.mark.parametrize("kind", LONG)
def test_texts_of_any_length_fit(kind: str) -> None:
    """The limit holds in bytes, and so in UTF-16 units and in code points."""
    count = 1000 if kind in ("emoji", "pipes") else 200
    rendered = render(with_texts(many(count), lambda: LONG[kind]), Style())
    assert len(rendered) <= len(rendered.encode("utf-16-le")) // 2 <= size(rendered) <= LIMIT
    assert "NO-GO" in rendered[:20]
    assert len(re.findall(r"^\| \d+ \| \*\*", rendered, re.MULTILINE)) >= 20


def sections(text: str) -> dict[str, list[str]]:
    """Return the lines below each heading or summary; what is above the first heading is `head`."""
    found: dict[str, list[str]] = {"head": []}
    name = "head"
    for line in text.splitlines():
        heading = re.match(r"### (.*)|<details><summary>([\w ,]+):", line)
        if heading:
            name = heading[1] or heading[2]
            found[name] = []
        elif line.startswith(("_Left out", "**If something", "Made by ")):
            name = line.split(" ")[0]
            found[name] = []
        if line.strip() and not line.startswith("</details>"):
            found[name].append(line)
    return found


FOLLOWING = {
    "Deliberately deferred", "Open, without holding the launch", "Load and latency", "Problems of the evidence",
}  # fmt: skip
COUNTS = st.integers(0, 60)


def may_change(before: Cut, after: Cut) -> set[str]:
    """Return the sections that the step from one cut to the next may touch."""
    if before.text != after.text:
        return {*FOLLOWING, "Open blockers", "Five improvements, ranked", "Settled", "head", "Made"}
    if before.blockers != after.blockers:
        return {"Open blockers"}
    if before.rows != after.rows:
        return FOLLOWING
    return {"Deliberately deferred"} if before.reasons != after.reasons else {"Settled"}


@settings(deadline=None, max_examples=6)
@given(st.integers(6, 60), COUNTS, COUNTS, st.sampled_from(["", "🚀" * 300, "<" * 200, "| long words " * 30]))
@example(60, 60, 60, "")
def test_each_cut_takes_only_what_its_place_in_the_order_says(
    blockers: int, others: int, proven: int, text: str
) -> None:
    view = build(mixed(blockers, others, proven, text))
    stages = [sections(_filled(view, how)) for how in CUTS]
    for stage in stages:
        head = "\n".join(stage["head"])
        assert head.startswith("## ■ NO-GO: ")
        assert plain_markdown(view.sentence) in head
        assert all(f"**{plain_markdown(figure.value)}**" in head for figure in view.figures)
    for (before, first), (after, second) in pairwise(zip(CUTS, stages, strict=True)):
        touched = {name for name in {*first, *second} if first.get(name) != second.get(name)}
        assert touched - {"_Left"} <= may_change(before, after)
        if before.text == after.text:
            for name in second.keys() - {"_Left", "Deliberately deferred"}:
                gone = [line for line in second[name] if line not in first[name]]
                assert all(re.fullmatch(r"_and [\d,]+ more_", line) for line in gone), "nothing is added"


@pytest.mark.parametrize("how", CUTS[1:])
def test_it_says_what_was_left_out_and_how_many(how: Cut) -> None:
    found = mixed(60, 30, 40)
    text = _filled(build(found), how)
    said = next(line for line in text.splitlines() if line.startswith("_Left out to fit into a comment: "))
    rows = len(re.findall(r"^\| \d+ \| \*\*|^\| \*\*X-|^- (?:evidence/load|The forecast)", text, re.MULTILINE))
    left = sum(int(n) for n in re.findall(r"([\d,]+) (?:rows?|open blockers?) ?", said))
    assert "40 settled items" in said
    assert rows + left == 60 + 30 + len(found.records) + len(measured(build(found)))
    assert sum(map(int, re.findall(r"_and (\d+) more_", text))) == left
    assert ("reasons for deferring" in said) == (how.reasons and how.rows != 0)
    assert (f"after {how.text} characters" in said) == (how.text < Cut().text)


def test_nothing_is_said_where_nothing_was_left_out() -> None:
    for case in CASES:
        text = render(review(case), Style())
        assert "Left out" not in text
        assert "more_" not in text


def test_cuts_in_order() -> None:
    large = render(many(1000), Style())
    assert "Open blockers" in large
    assert "more_" in large
    assert "Why not now" not in large
    assert len(re.findall(r"^\| \d+ \| \*\*X-", large, re.MULTILINE)) >= 20


def test_proven_items_go_first() -> None:
    text = render(mixed(60, 0, 900), Style())
    assert size(text) <= LIMIT
    assert "P-1" not in text
    assert "Left out to fit into a comment: 900 settled items. " in text
    assert len(re.findall(r"^\| \d+ \| \*\*X-", text, re.MULTILINE)) == 60


@pytest.mark.parametrize("limit", [0, 40, 41, 99, 100, 101, 1000])
def test_the_least_cut_that_fits(limit: int) -> None:
    cuts = list(range(100, 39, -1))
    made: list[int] = []

    def fill(count: int) -> str:
        made.append(count)
        return "x" * count

    assert len(least_cut(cuts, fill, limit)) == max(min(limit, 100), 40)
    assert len(made) == len(set(made)) <= 8


def tags(html: str) -> set[str]:
    return set(re.findall(r"<(\w+)", html))


@pytest.mark.parametrize("case", CASES)
def test_it_is_what_github_renders(case: str) -> None:
    text = render(review(case), Style())
    html = HTML.render(text)
    assert tags(html) <= {
        "h2", "h3", "p", "strong", "em", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "br", "details",
        "summary",
    }  # fmt: skip
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        rows = [len(re.findall(r"<t[hd]>", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)]
        assert len(set(rows)) == 1
    assert "|" not in html, "every row became part of a table"
    assert len(re.findall(r"^\| --- \|", text, re.MULTILINE)) == html.count("<table>")


def test_pipes_and_line_breaks_do_not_break_a_table() -> None:
    harmless, hostile = (HTML.render(render(with_texts(review("no-go-5"), text), Style()))
                         for text in (lambda: "a", lambda: "a | b\n| c |\r\n\n| --- |\\|"))  # fmt: skip
    for tag in ("<table>", "<tr>", "<td>", "<li>", "<details>"):
        assert hostile.count(tag) == harmless.count(tag)


@pytest.mark.parametrize("count", [3, 40, 400])
def test_many_load_tests_are_cut_and_counted(count: int) -> None:
    found = replace(many(300), loads=(PEAK, STEPS) * count, comparisons=(SLOWER,) * count)
    text = render(found, Style())
    assert size(text) <= LIMIT
    parts = sections(text)
    lines = parts["Load and latency"]
    shown = sum(line.startswith("- ") for line in lines)
    left = [int(line[5:-6].replace(",", "")) for line in lines if line.startswith("_and ")]
    assert shown + sum(left) == 3 * count + (build(found).headroom is not None)


