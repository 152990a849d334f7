"""A collapse that no scalability law bends as fast as: told where it is, and only where one is."""

from __future__ import annotations

import random
import re

import pytest

from readiness.stats.capacity import Capacity, Refusal, capacity
from readiness.stats.collapse import above, risen
from readiness.stats.digits import digits
from readiness.stats.usl import Curve, Point, fit

TRUE = Curve(100, 0.03, 1e-4)
LEVELS = (4, 8, 16, 32, 48, 64, 96, 120)


def measured(seed: int, noise: float, beyond: float = 1.0, of: int = 96) -> list[Point]:
    """Ten windows of each level, which answer a part only beyond some concurrency."""
    draw = random.Random(seed).gauss
    return sorted(
        Point(n * (1 + 0.01 * draw(0, 1)), TRUE.at(n) * (beyond if n > of else 1) * (1 + noise * draw(0, 1)), 1 / n)
        for n in LEVELS for _ in range(10)
    )  # fmt: skip


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.1])
def test_a_law_is_none(noise: float) -> None:
    for seed in range(10):
        points = measured(seed, noise)
        assert risen(points, fit(points)) == (points, "")


@pytest.mark.parametrize("seed", range(5))
def test_a_collapse_is_told_with_where_it_begins(seed: int) -> None:
    points = measured(seed, 0.02, 0.4)
    kept, told = risen(points, fit(points))
    assert len(kept) == pytest.approx(70, abs=1)
    assert 90 < kept[-1].concurrency < 100
    top, end, after = (float(number.replace(",", "")) for number in re.findall(r"[0-9.,]+[0-9]", told))
    assert told == (
        f"throughput is {digits(top, 4)} up to a concurrency of {digits(end, 4)} and {digits(after, 4)} beyond: "
        "it falls faster than the law bends"
    )
    assert (top, end, after) == pytest.approx((TRUE.at(96), 96, 0.4 * TRUE.at(120)), rel=0.04)
    found = capacity(points)
    assert isinstance(found, Capacity)
    assert found.reason.startswith(f"{told}; the capacity is at least ")
    assert (found.knee, found.band[-1].concurrency) == (None, kept[-1].concurrency)


def test_what_collapses_too_early_has_no_fit_and_says_why() -> None:
    noise = [0.99, 0.995, 1, 1.005, 1.01]
    found = capacity([Point(n, (100.0 * n if n <= 4 else 90.0) * more) for n in (2, 3, 4, 8, 16) for more in noise])
    assert isinstance(found, Refusal)
    assert found.reason == (
        "throughput is 402 up to a concurrency of 4 and 90 beyond: it falls faster than the law bends; "
        "up to there concurrency from 2 to 4 only; a capacity fit needs a range of 3 times"
    )


def test_a_curve_below_what_was_measured_is_refused() -> None:
    """Each tenth window stood still for a while, so the curve runs between."""
    points = [
        p._replace(throughput=0.4 * p.throughput) if n % 10 == 3 and p.concurrency > 20 else p
        for n, p in enumerate(measured(1, 0.01))
    ]
    assert above(points, fit(points))
    found = capacity(points)
    assert isinstance(found, Refusal)
    assert found.reason == "the curve ends at 1,898 where 2,020 was measured: throughput does not follow the law here"
