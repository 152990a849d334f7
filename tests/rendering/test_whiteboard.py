"""The whiteboard: what is missing is named, and the same words stand in every format."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from markdown_it import MarkdownIt

from readiness.rendering.board import SIZES, board, type_size
from readiness.rendering.format import Style
from readiness.rendering.limit import LIMIT, size
from readiness.rendering.paint import columns
from readiness.rendering.whiteboard import BOARDS, html, markdown, terminal

from .change import with_texts
from .material import DOMAINS
from .page import Page
from .reviews import CASES, review

if TYPE_CHECKING:
    from readiness.model.review import Review

GOLDEN = Path(__file__).parents[1] / "golden" / "whiteboard"
STYLES = (Path(__file__).parents[2] / "templates" / "reports" / "whiteboard.css").read_text(encoding="utf-8")
EMPTY = replace(DOMAINS[0], id="none", title="Payment provider down", intents=(), detection="", fallback="",
                failover="", later="", drill="", drill_outcome=None, drill_items=())  # fmt: skip
FOUND: dict[str, tuple[object, ...]] = {
    "usual": DOMAINS, "nothing": (), "gaps": (EMPTY, DOMAINS[1]), "all": (DOMAINS[0], DOMAINS[4]),
}  # fmt: skip


def found(name: str) -> Review:
    return replace(review("no-go-5"), domains=FOUND[name])  # type: ignore[arg-type]


def counted(count: int, text: str = "") -> Review:
    """Return a review of that many failure domains, each text preceded by another."""
    domains = tuple(replace(DOMAINS[n % 5], id=f"d{n}") for n in range(count))
    changed = replace(review("no-go-5"), domains=domains)
    return with_texts(changed, lambda: text) if text else changed


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("format_id", BOARDS)
def test_it_is_the_golden_one(format_id: str, name: str) -> None:
    form = BOARDS[format_id]
    text = str(form.render(found(name), Style()))
    golden = GOLDEN / f"{name}{form.suffix}"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8"), "UPDATE_GOLDENS=1 writes it anew"


def test_what_is_missing_is_counted() -> None:
    said = {name: (board(found(name)).sentence, board(found(name)).gaps) for name in FOUND}
    assert said == snapshot({
        "usual": (
            "2 of 5 failure domains proven by a drill.",
            "Missing: 2 without a drill and 1 with a drill that proves nothing yet.",
        ),
        "nothing": (
            "The launch describes no failure domain: nobody has said what happens if one fails.", "",
        ),
        "gaps": (
            "0 of 2 failure domains proven by a drill.",
            "Missing: 1 without a fallback, 2 without a drill and 1 without a longer-term improvement.",
        ),
        "all": (
            "2 of 2 failure domains proven by a drill.",
            "Each has a fallback, a drill that proves it, and a longer-term improvement.",
        ),
    })  # fmt: skip


def test_a_gap_has_a_word_and_a_shape_of_its_own() -> None:
    row = board(found("gaps")).rows[0]
    assert row.lacks
    assert row.unplanned
    assert [(s.shape, s.word) for s in (row.lacks, row.state, row.unplanned)] == [
        ("∅", "Not described"), ("∅", "Not drilled"), ("∅", "Not planned"),
    ]  # fmt: skip
    for text in (terminal(found("gaps"), Style()), markdown(found("gaps"), Style())):
        assert all(f"∅ {word}" in text for word in ("Not described", "Not drilled", "Not planned"))
    page = html(found("gaps"), Style())
    assert all(f'<b class="empty">{word}</b>' in page for word in ("Not described", "Not drilled", "Not planned"))


def test_the_day_of_the_drill_is_that_of_its_evidence() -> None:
    usual = found("usual")
    item = next(item for item in usual.items if item.id == "GRD-01")
    requirement = replace(item.requirements[0], source="slot guardrail-drill")
    items = tuple(replace(i, requirements=(requirement,)) if i is item else i for i in usual.items)
    day = next(e for e in usual.evidence if e.path in requirement.evidence).produced
    assert day is not None
    row = board(replace(usual, items=items)).rows[0]
    assert row.proof == f"by GRD-01, drilled on {day.day} Sep 2026"
    assert board(usual).rows[0].proof == "by GRD-01", "evidence of another slot is no drill"


@pytest.mark.parametrize("case", CASES)
def test_every_format_says_the_same(case: str) -> None:
    shown = board(review(case))
    flat = {
        "terminal": " ".join(terminal(review(case), Style(width=71)).split()),
        "markdown": " ".join(re.sub(r"<[^>]+>", " ", MarkdownIt("commonmark").enable("table").render(
            markdown(review(case), Style()))).split()),
        "html": Page(html(review(case), Style())).text,
    }  # fmt: skip
    for row in shown.rows:
        for text in (row.title, row.fallback, row.later, row.state.word, row.proof, row.around, row.scope):
            for name, said in flat.items():
                assert text.replace("&", "&amp;") in said, name
    assert all(shown.sentence in said for said in flat.values())
    assert not any(word in flat["terminal"] for word in ("NO-GO", "CONDITIONS")), "the count needs no decision"


@settings(max_examples=60)
@given(st.integers(40, 200), st.sampled_from(["", "負荷試験🚀" * 30, "w" * 300, "e\u0301" * 200, "\x1b[31m"]))
def test_no_line_is_wider_than_the_terminal(width: int, text: str) -> None:
    lines = terminal(counted(6, text), Style(width=width)).splitlines()
    assert max(map(columns, lines)) <= width


def test_three_columns_line_up() -> None:
    table = [line for line in terminal(counted(5), Style(width=80)).splitlines() if "│" in line or "┼" in line]
    assert {tuple(i for i, c in enumerate(line) if c in "│┼") for line in table} == {(20, 54)}


def test_colour_changes_no_text() -> None:
    plain, coloured = (terminal(found("gaps"), Style(colour=colour)) for colour in (False, True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_a_launch_without_failure_domains_says_so() -> None:
    said = "The launch describes no failure domain: nobody has said what happens if one fails."
    for form in BOARDS.values():
        assert said in " ".join(str(form.render(found("nothing"), Style())).split())
    assert "<table" not in html(found("nothing"), Style())


@pytest.mark.parametrize("text", ["", "🚀" * 3000, "<" * 5000, "| long words " * 300])
@pytest.mark.parametrize("count", [5, 300])
def test_markdown_fits_github(count: int, text: str) -> None:
    said = markdown(counted(count, text), Style())
    assert size(said) <= LIMIT
    rows = len(re.findall(r"^\| \*\*", said, re.MULTILINE))
    left = re.search(r"_and (\d+) more failure domains_", said)
    assert rows + int(left[1] if left else 0) == count
    assert rows >= min(count, 20)


def test_hostile_texts_change_nothing_but_text(hostile: list[str]) -> None:
    harmless = [(tag, tuple(sorted(a))) for tag, a in Page(html(with_texts(found("gaps"), lambda: "x"), Style())).tags]
    parser = MarkdownIt("gfm-like", {"linkify": False})
    kinds = [t.type for t in parser.parse(markdown(with_texts(found("gaps"), lambda: "x"), Style()))]
    for start in range(0, len(hostile), 25):
        bad = with_texts(found("gaps"), cycle(hostile[start : start + 25]).__next__)
        page = html(bad, Style())
        assert [(tag, tuple(sorted(a))) for tag, a in Page(page).tags] == harmless
        assert [t.type for t in parser.parse(markdown(bad, Style()))] == kinds
        assert "<" not in markdown(bad, Style()).replace("<br>", "")
        for text in (page, terminal(bad, Style())):
            assert not {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def test_the_type_is_as_large_as_the_sheet_allows() -> None:
    sizes = [type_size(board(counted(count))) for count in range(1, 30)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == SIZES[0]
    assert sizes[-1] == SIZES[-1]
    for points in SIZES:
        assert f".pt-{10 * points:.0f} {{ font-size: {points:g}pt; }}" in STYLES
