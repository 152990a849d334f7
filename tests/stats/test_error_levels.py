"""Shifts of an error rate: clear ones are found, chance and bursts are none."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.clumps import Scored
from readiness.stats.error_levels import error_drift, error_levels

seeds = st.integers(0, 10**6)


def run(rate: Callable[[int], float], seed: int, windows: int = 120, cases: int = 100) -> list[Scored]:
    """Windows in which each case fails on its own, at a rate by window."""
    draw = random.Random(seed).random
    return [Scored(cases, float(sum(draw() < rate(n) for _ in range(cases)))) for n in range(windows)]


def constant(rate: float) -> Callable[[int], float]:
    return lambda _: rate


def test_independent_errors_keep_their_rate() -> None:
    """At most 1 in 100 would be borne."""
    for rate in (0.001, 0.005, 0.02, 0.1):
        for windows in (20, 40, 128):
            runs = [run(constant(rate), seed, windows, 50) for seed in range(25)]
            assert [len(error_levels(windows)) for windows in runs] == [1] * 25
            assert [error_drift(windows) for windows in runs] == [None] * 25


@settings(max_examples=40)
@given(seeds, st.integers(1, 5))
def test_bursts_of_errors_are_no_level(seed: int, bursts: int) -> None:
    draw = random.Random(seed).randrange
    bad = {n for _ in range(bursts) for n in [draw(120)]}
    bad |= {n + 1 for n in bad}
    windows = run(lambda n: 0.5 if n in bad else 0.002, seed)
    assert len(error_levels(windows)) == 1
    assert error_drift(windows) is None


@pytest.mark.parametrize(("bursts", "failing"), [(20, 0.6), (12, 0.9), (40, 0.3)])
def test_the_time_between_bursts_is_no_level(bursts: int, failing: float) -> None:
    """Of many bursts some two are far apart. At most 1 run in 20 would be borne."""
    found = 0
    for seed in range(40):
        chance = random.Random(seed)
        starts = [chance.uniform(0, 119) for _ in range(bursts)]
        bad = [min(1.0, sum(max(0.0, 1 - abs(n - start)) for start in starts)) for n in range(120)]
        found += len(error_levels(run(lambda n, bad=bad: 0.001 + failing * bad[n], seed, cases=40))) > 1  # type: ignore[misc]
    assert found <= 2


@settings(max_examples=30)
@given(seeds, st.sampled_from([(0.0, 0.05), (0.0, 0.5), (0.02, 0.1), (0.3, 1.0)]), st.integers(30, 96), st.booleans())
def test_a_clear_shift_is_found_where_it_is(seed: int, rates: tuple[float, float], at: int, falls: bool) -> None:
    before, after = rates[::-1] if falls else rates
    one, other = error_levels(run(lambda n: before if n < at else after, seed))
    assert (one.start, one.stop, other.stop) == (0, other.start, 120)
    assert abs(other.start - at) <= 3
    assert (one.value, other.value) == pytest.approx((before, after), abs=0.04)


@settings(max_examples=20)
@given(seeds, st.booleans())
def test_a_rate_that_creeps_is_a_drift(seed: int, falls: bool) -> None:
    windows = run(lambda n: 0.05 * (120 - n if falls else n) / 120, seed)
    ends = error_drift(windows)
    assert ends is not None
    assert sorted(ends) == pytest.approx([0, 0.05], abs=0.012)
    assert (ends[0] > ends[1]) == falls


def test_what_is_too_small_to_matter_is_none() -> None:
    assert len(error_levels([Scored(10**6, 10_000.0 if n < 60 else 14_000.0) for n in range(120)])) == 1
    less = [Scored(10**6, 100.0 if n < 60 else 1000.0) for n in range(120)]
    assert len(error_levels(less)) == 1
    assert error_drift([Scored(10**6, 8.0 * n) for n in range(120)]) is None
    assert len(error_levels([Scored(10**6, 100.0 if n < 60 else 2000.0) for n in range(120)])) == 2


@pytest.mark.parametrize(
    "windows", [[], [Scored(0, 0.0)] * 30, [Scored(9, 0.0)] * 30, [Scored(9, 9.0)] * 30, [Scored(5, 2.0)], [Scored(5, 2.0)] * 2]
)
def test_nothing_to_shift(windows: list[Scored]) -> None:
    assert len(error_levels(windows)) == 1
    assert error_drift(windows) is None


def test_windows_without_cases_do_no_harm() -> None:
    windows = run(lambda n: 0.5 if n >= 60 else 0.0, 3)
    windows[20:24] = windows[80:84] = [Scored(0, 0.0)] * 4
    assert [(level.start, level.value > 0.4) for level in error_levels(windows)] == [(0, False), (60, True)]
