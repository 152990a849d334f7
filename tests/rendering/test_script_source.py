"""The script's source and the data beside it: how both are shortened and made safe for a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from readiness.rendering import engine
from readiness.rendering.engine import json_block, script
from readiness.rendering.format import Style
from readiness.rendering.formats.html import render
from readiness.rendering.whatif import data
from readiness.resources import shipped

from .change import with_texts
from .reviews import CASES, many, review

if TYPE_CHECKING:
    from readiness.model.review import Review

MOST = 7_000
TOKEN = re.compile(r'"[^"\n]*"|`[^`\n]*`|\w+|[^\s\w]')


def source() -> str:
    return shipped("templates").joinpath("reports", "report.js").read_text(encoding="utf-8")


def test_script_is_small_and_its_own() -> None:
    js = str(script("report.js").js)
    assert len(js.encode()) <= MOST
    assert js.isascii()
    assert not re.search(r"</?script|<!--|]]>", js, re.IGNORECASE)
    assert '\n"use strict";\n' in js
    never = (r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|eval|Function\(|setTimeout|setInterval|fetch|"
             r"XMLHttp|WebSocket|Worker|import|src\b|Storage|cookie|location\.(?!hash)")  # fmt: skip
    assert not re.search(never, js)
    assert not re.search(r"Math\.(pow|exp|log|sin|cos)|Math\.random|Date\.now|new Date\(\)", js), "not repeatable"


def test_shortening_leaves_the_same_signs() -> None:
    lines = [line for line in source().splitlines() if not line.strip().startswith("//")]
    kept = TOKEN.findall("\n".join(lines))
    assert TOKEN.findall(str(script("report.js").js)) == kept
    assert len(kept) > 1_500


def test_source_keeps_to_what_can_be_shortened() -> None:
    """No comment behind code, no text over two lines, no expression with a space or a quote in it."""
    for line in source().splitlines():
        code = line.strip()
        if code.startswith("//"):
            continue
        bare = re.sub(r'"[^"]*"|`[^`]*`', "", code)
        assert "`" not in bare
        assert '"' not in bare
        assert "'" not in bare
        assert "/*" not in bare
        assert "//" not in bare.replace(r"\/\/", "")
        for literal in re.findall(r"(?<=[(,])/((?:[^/\\]|\\.)+)/[gu]*", code):
            assert not re.search(r"[\s\"'`]", literal)


@pytest.mark.parametrize(
    ("js", "short"),
    [
        ("a + +b - -c", "a+ +b- -c"), ("a + ++b;", "a+ ++b;"), ('x + " + " + y', 'x+" + "+y'), ("return (a) => b", "return(a)=>b"),
        ('return "a" in b', 'return "a" in b'), ("`a + ${b + c}` + d", "`a + ${b + c}`+d"), ("// a\n  b ? c : d;\n\n//e", "b?c:d;"),
        ("typeof a\nlet $ = 1, b_ = $ + b_", "typeof a\nlet $=1,b_=$+b_"),
    ],
)  # fmt: skip
def test_shortened(js: str, short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_source", {js: js}.__getitem__)
    assert engine.script.__wrapped__(js).js == short


def test_json_in_a_page_is_no_markup(hostile: list[str]) -> None:
    texts = [*hostile, "</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028\u2029\ufeff", "a & b", "\ud800"]
    block = str(json_block(texts))
    assert json.loads(block) == texts
    assert not re.search(r"[<>&\u2028\u2029]", block)
    assert block.isascii()


def test_hostile_names_stay_in_their_block(hostile: list[str]) -> None:
    texts = iter(hostile * 2)
    found = with_texts(review("no-go-1"), lambda: next(texts))
    page = render(found, Style())
    inside = re.findall(r"<script type=application/json id=review-data>(.*?)</script>", page, re.DOTALL)
    assert len(inside) == 1
    assert json.loads(inside[0]) == data(found)


@pytest.mark.parametrize("name", CASES)
def test_rows_say_what_items_are(name: str) -> None:
    found = review(name)
    told: Any = data(found)
    assert [row[0] for row in told["items"]] == sorted(item.id for item in found.items)
    by_id = {item.id: item for item in found.items}
    for row in told["items"]:
        item = by_id[row[0]]
        assert told["areas"][row[1]] == item.area
        assert told["owners"][row[9]] == item.owner
        assert (row[3] == 0, row[3] == 1, row[3] > 1) == (item.outcome is None, item.outcome == "proven", item.open)
        assert bool(row[2] & 1 and not row[2] & 2 and item.open) == item.waits
        assert row[4:6] == [item.harm_weight, item.risk_weight]
        assert len(row) == 10, "the gap follows"


def test_a_gap_that_does_not_follow_is_told() -> None:
    found = review("no-go-1")
    items = tuple(replace(item, gap=1.25) if item.open else item for item in found.items)
    told: Any = data(replace(found, items=items))
    assert {row[10] for row in told["items"] if len(row) > 10} == {1.25}


@pytest.mark.parametrize(("found", "most"), [(review("no-go-30"), 4_000), (many(300), 12_000)], ids=["46", "300"])
def test_data_are_small(found: Review, most: int) -> None:
    assert len(json_block(data(found))) <= most
