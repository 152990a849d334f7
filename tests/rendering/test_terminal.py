"""The terminal report: 80 columns, colour only where asked for, and an ending that decides."""

from __future__ import annotations

import re

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.terminal import render
from readiness.rendering.paint import Paint, columns

from .change import with_texts
from .reviews import CASES, many, review

CODES = re.compile(r"\x1b\[(?:0|1|2|3[1-3])m")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_width_is_kept_but_for_words_that_cannot_break(case: str, width: int) -> None:
    for line in render(review(case), Style(width=width)).splitlines():
        longest = max(map(len, line.split()), default=0)
        assert columns(line) <= width or 2 * longest > width - 20, line


@pytest.mark.parametrize("case", CASES)
def test_eighty_columns_hold(case: str) -> None:
    assert max(map(columns, render(review(case), Style()).splitlines())) <= 80


@pytest.mark.parametrize("case", CASES)
def test_colour_is_only_where_asked_for(case: str) -> None:
    plain, coloured = (render(review(case), Style(colour=colour)) for colour in (False, True))
    assert "\x1b" not in plain
    assert "\x1b" in coloured
    assert CODES.sub("", coloured) == plain


@pytest.mark.parametrize("case", ["no-go-1", "no-go-5", "no-go-30", "unmeasured"])
def test_last_20_lines_decide(case: str) -> None:
    found = review(case)
    end = " ".join(" ".join(render(found, Style()).splitlines()[-20:]).split())
    top = found.ranking[0].item
    step = next(step for step in found.path_to_go.steps if step.item == top)
    assert "■ NO-GO" in end
    assert f"Top blocker: {top}, {step.owner}, due {step.done_by.day} Sep 2026" in end
    assert "Deliberately deferred:" in end
    for record in found.records[:2]:
        assert f"{record.item} until 30 Nov 2026" in end


@pytest.mark.parametrize("found", [many(1000), with_texts(review("no-go-30"), lambda: "long words " * 200)])
def test_last_20_lines_decide_whatever_the_texts(found: object) -> None:
    end = render(found, Style()).splitlines()[-20:]  # type: ignore[arg-type]
    assert "■ NO-GO" in end
    assert any("Top blocker" in line for line in end)
    assert any("Deliberately deferred" in line for line in end)


def test_wide_characters_take_two_columns() -> None:
    lines = Paint(Style(width=40)).wrap("負荷試験は予測されたピークの一・五倍に達しなければならない。" * 3, 4)
    assert len(lines) > 2
    assert all(columns(line) <= 40 for line in lines)


def test_a_path_stays_whole() -> None:
    path = "evidence/" + "very-long-name/" * 8 + "file.json"
    assert path in Paint(Style(width=40)).wrap(f"no file matches {path} here", 4)[1]


def test_nothing_is_lost_in_wrapping() -> None:
    text = "one two  three, four-five 六 seven\u0301 eight\nnine\tten"
    assert " ".join(" ".join(Paint(Style(width=40)).wrap(text, 2)).split()) == " ".join(text.split())
