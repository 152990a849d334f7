"""A review from a file is computed with only if it agrees with itself."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from readiness.decision.consistent import flaw
from tests.rendering.reviews import CASES, many, review

FOUND = review("no-go-5")
STUDY = "its study of weights cannot be"


@pytest.mark.parametrize("case", CASES)
def test_what_this_program_writes_is_consistent(case: str) -> None:
    assert flaw(review(case)) == ""


@pytest.mark.parametrize(("name", "values"), [
    ("harm_weight", (0, -1)), ("risk_weight", (0, -1)), ("credit", (-0.5, 1.5, math.nan)),
    ("gap", (-1.0, 3.0, math.nan, math.inf)), ("effort_days", (-1.0, math.nan, math.inf)),
])  # fmt: skip
def test_numbers_that_cannot_be(name: str, values: tuple[float, ...]) -> None:
    first = FOUND.items[0]
    for value in values:
        change: dict[str, Any] = {name: value}
        changed = (replace(first, **change), *FOUND.items[1:])
        assert flaw(replace(FOUND, items=changed)) == f"the {name} of {first.id} cannot be"


@pytest.mark.parametrize("change", [
    {"draws": 0}, {"draws": 10**9}, {"exponents": (1.5, 0.5)}, {"exponents": (-1.0, 1.0)},
    {"exponents": (0.5, math.inf)}, {"bands": 1.0}, {"bands": -0.1}, {"bands": math.nan},
])  # fmt: skip
def test_a_study_that_cannot_be(change: dict[str, Any]) -> None:
    assert flaw(replace(FOUND, study=replace(FOUND.study, **change))) == STUDY


def test_items_and_ranking_belong_together() -> None:
    named = "its ranking does not name each open item once"
    assert flaw(replace(FOUND, ranking=FOUND.ranking[1:])) == named
    assert flaw(replace(FOUND, ranking=(*FOUND.ranking, FOUND.ranking[0]))) == named
    assert flaw(replace(FOUND, ranking=(replace(FOUND.ranking[0], item="X-01"), *FOUND.ranking[1:]))) == named
    assert flaw(replace(FOUND, items=(*FOUND.items, FOUND.items[0]))) == "two items have the same id"
    deferrable = tuple(replace(item, gate="deferrable") for item in FOUND.items)
    assert flaw(replace(FOUND, items=deferrable)) == "no blocker applies"
    assert flaw(many(30)) == ""
