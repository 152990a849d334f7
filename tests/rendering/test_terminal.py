"""The terminal report: no line too wide, colour only where asked for, and an ending that decides."""

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.terminal import render
from readiness.rendering.paint import columns
from readiness.rendering.view import build

from .change import with_texts
from .reviews import CASES, many, review

if TYPE_CHECKING:
    from readiness.model.review import Review

CODES = re.compile(r"\x1b\[(?:0|1|2|3[1-3])m")
LONG = {
    "words": "long words " * 200,
    "one word": "w" * 3000,
    "wide": "負荷試験🚀" * 300,
    "marks": "e\u0301ที่❤\ufe0f" * 300,
    "escapes": "\x1b[31m\u202e" * 300,
}


def end(found: Review, width: int = 80) -> str:
    """Return the last 20 lines, on one line."""
    return " ".join(" ".join(render(found, Style(width=width)).splitlines()[-20:]).split())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [40, 57, 80, 120, 200])
def test_no_line_is_wider_than_the_width(case: str, width: int) -> None:
    assert max(map(columns, render(review(case), Style(width=width)).splitlines())) <= width


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("kind", LONG)
def test_no_line_is_wider_whatever_the_texts(kind: str, width: int) -> None:
    found = with_texts(review("no-go-5"), lambda: LONG[kind])
    assert max(map(columns, render(found, Style(width=width)).splitlines())) <= width


def test_hostile_texts_keep_the_width_and_the_ending(hostile: list[str]) -> None:
    for start in range(0, len(hostile), 400):
        found = with_texts(review("no-go-5"), cycle(hostile[start : start + 400]).__next__)
        lines = render(found, Style()).splitlines()
        assert max(map(columns, lines)) <= 80
        assert "■ NO-GO" in lines[-20:]


@pytest.mark.parametrize("case", CASES)
def test_colour_is_only_where_asked_for(case: str) -> None:
    plain, coloured = (render(review(case), Style(colour=colour)) for colour in (False, True))
    assert "\x1b" not in plain
    assert "\x1b" in coloured
    assert CODES.sub("", coloured) == plain


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("case", ["no-go-1", "no-go-5", "no-go-30", "unmeasured"])
def test_last_20_lines_decide(case: str, width: int) -> None:
    found = review(case)
    said = end(found, width)
    top = found.ranking[0].item
    step = next(step for step in found.path_to_go.steps if step.item == top)
    assert "■ NO-GO" in said
    assert build(found).sentence in said
    assert f"Top blocker: {top}, {step.owner}, due {step.done_by.day} Sep 2026" in said
    assert "Deliberately deferred:" in said
    for record in found.records[:2]:
        assert f"{record.item} until 30 Nov 2026" in said


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("count", [300, 1000])
def test_last_20_lines_decide_in_a_long_report(count: int, width: int) -> None:
    said = end(many(count), width)
    assert "■ NO-GO" in said
    assert re.search(r"Top blocker: X-\d+, team-platform, due \d+ \w+ 20\d\d:", said)
    assert "Deliberately deferred:" in said


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("case", ["no-go-30", "conditions", "go"])
def test_last_20_lines_decide_whatever_the_texts(case: str, kind: str, width: int) -> None:
    found = with_texts(review(case), lambda: LONG[kind])
    said = end(found, width)
    assert {"no-go-30": "■ NO-GO", "conditions": "◐ GO WITH CONDITIONS", "go": "● GO"}[case] in said
    assert "Deliberately deferred:" in said
    assert "launch on 21 Sep 2026" in said
    if case == "no-go-30":
        assert "30 of 40 blockers are open" in said
        assert re.search(r"Top blocker: .*…, .*…, due \d+ Sep 2026:", said)


@pytest.mark.parametrize("case", CASES)
def test_every_open_item_says_why_and_where(case: str) -> None:
    view = build(review(case))
    said = " ".join(render(review(case), Style()).split())
    for item in view.items:
        assert item.id in said
        assert not item.open or item.title in said
        for row in [row for row in item.rows if row.state.word != "Proven"][:3]:
            assert f"at {row.at}" in said
            assert row.help in said
    for entry in view.improvements:
        for text in (entry.fix, entry.run, entry.factors.replace("\u00a0", " "), entry.span):
            assert " ".join(text.split()) in said


@pytest.mark.parametrize(("case", "most"), [("go", 40), ("conditions", 75), ("no-go-5", 135)])
def test_it_stays_short(case: str, most: int) -> None:
    assert len(render(review(case), Style()).splitlines()) <= most


def test_the_top_blocker_stands_in_the_same_place_for_any_state() -> None:
    lines = render(review("unmeasured"), Style()).splitlines()
    heads = [line for line in lines if re.match(r"\d+\. +∅ Missing", line)]
    assert len({line.index("Missing") for line in heads}) == 1
