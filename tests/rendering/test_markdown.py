"""The Markdown report: what matters in 300 characters, and never more than GitHub takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from readiness.rendering.format import Style
from readiness.rendering.formats.markdown import LIMIT, render

from .change import with_texts
from .loads import PEAK, SLOWER, STEPS
from .reviews import CASES, many, review


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


def test_long_names_do_not_push_the_decision_out() -> None:
    found = review("no-go-1")
    found = replace(found, launch=replace(found.launch, title="A very long title " * 40))
    start = render(found, Style())[:300]
    assert "NO-GO" in start
    assert "CB-01" in start
    assert "team-resilience" in start


@pytest.mark.parametrize("count", [10, 100, 400, 1000])
def test_never_longer_than_github_takes(count: int) -> None:
    text = render(many(count), Style())
    assert len(text) <= LIMIT
    assert text.startswith("## ■ NO-GO: Shopping assistant 1.4.0\n")
    assert "Top blocker: X-" in text[:300]
    assert text.count("<details>") == text.count("</details>") == 1


@pytest.mark.parametrize("text", ["@&#8203;" * 900, "\u202e" * 5000, "<" * 70_000, "|" * 5000])
def test_texts_of_any_length_fit(text: str) -> None:
    rendered = render(with_texts(many(200), lambda: text), Style())
    assert len(rendered) <= LIMIT
    assert "NO-GO" in rendered[:20]


def test_cuts_in_order() -> None:
    small, middle, large = (render(many(count), Style()) for count in (40, 200, 1000))
    assert "more_" not in small
    assert "Why not now" in small
    assert "and 20 more" not in small
    assert "Open blockers" in large
    assert "more_" in large
    assert "Why not now" not in large
    assert large.count("| **X-") <= 20 + 5 + 20
    assert len(middle) <= LIMIT


def test_proven_items_go_first() -> None:
    found = many(150)
    proven = tuple(replace(item, id=f"P-{n}", outcome="proven", credit=1.0, disposition=None)
                   for n, item in enumerate(found.items))  # fmt: skip
    text = render(replace(found, items=(*found.items, *proven)), Style())
    assert len(text) <= LIMIT
    assert "P-1" not in text
    assert "150 items that are proven or do not apply are left out to fit" in text


@pytest.mark.parametrize("count", [3, 40, 400])
def test_many_load_tests_are_cut_and_counted(count: int) -> None:
    found = replace(many(300), loads=(PEAK, STEPS) * count, comparisons=(SLOWER,) * count)
    text = render(found, Style())
    assert len(text) <= LIMIT
    shown = text.count("| evidence/load/") + text.count("- evidence/load/")
    left = [int(n) for n in re.findall(r"_and (\d+) more_\n\n+###", text.split("recomputed from samples")[1])]
    if count == 3:
        assert (shown, left) == (3 * count, [])
    else:
        assert len(left) == 2
        assert shown + sum(left) == 3 * count
    for title in ("recomputed from samples", "beside the last"):
        assert title in text
