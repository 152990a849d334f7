"""Points of a series: their order does not matter, NaN is none, and infinite holds no limit."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.series import Point, gaps, summary, window
from readiness.model.fact import Value

AT = Location("a", 1)
POINTS = st.lists(st.builds(Point, st.integers(0, 10**6).map(float), st.floats(-1e9, 1e9)), max_size=30, unique_by=lambda p: p.when)


def figures(points: list[Point], unit: str = "", scale: float = 1.0) -> dict[str, Value]:
    return {fact.metric: fact.value for fact in summary(points, (), AT, unit, scale)}


@given(POINTS, st.randoms())
def test_the_order_of_points_does_not_matter(points: list[Point], chance: object) -> None:
    shuffled = list(points)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert figures(points) == figures(shuffled)
    assert list(window([points], AT)) == list(window([shuffled], AT))


@given(POINTS.filter(bool))
def test_figures_are_in_order(points: list[Point]) -> None:
    found = figures(points)
    low, mean, high, p95 = (float(found[f"value.{s}"]) for s in ("min", "mean", "max", "p95"))
    assert low <= mean + 1e-6
    assert mean <= high + 1e-6
    assert low <= p95 <= high
    assert sum(p.value <= p95 for p in points) >= 0.95 * len(points)
    assert found["value.last"] == max(points).value


def test_nan_is_no_point() -> None:
    assert figures([Point(1, math.nan), Point(2, 3.0)])["points"] == 1
    assert figures([Point(1, math.nan)]) == {"points": 0}


def test_infinite_figures_are_texts() -> None:
    found = figures([Point(1, math.inf), Point(2, 3.0)])
    assert (found["value.max"], found["value.mean"], found["value.min"]) == ("+Inf", "+Inf", 3.0)
    assert figures([Point(1, math.inf), Point(2, -math.inf)])["value.mean"] == "NaN"


def test_a_share_has_no_number_of_cases() -> None:
    facts = list(summary([Point(1, 0.5)], (), AT, "ratio"))
    assert {fact.samples for fact in facts} == {None}


def test_gaps() -> None:
    assert gaps([Point(0, 1), Point(10, 1), Point(40, 1)], 10) == 2
    assert list(window([[]], AT)) == []
