"""Levels of a series: where a stair steps, and what noise, outliers and units do not change."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.levels import Level, climbs, drift, levels, noise


def noisy(values: list[float], seed: int, share: float = 0.03) -> list[float]:
    draw = random.Random(seed).gauss
    return [value * (1 + share * draw(0, 1)) for value in values]


STAIR = [value for value in (100.0, 200.0, 150.0, 400.0) for _ in range(30)]


def test_a_clean_stair_is_found_exactly() -> None:
    assert levels(STAIR, 0.1) == [
        Level(0, 30, 100), Level(30, 60, 200), Level(60, 90, 150), Level(90, 120, 400),
    ]  # fmt: skip


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.001, 1000))
def test_noise_and_units_move_no_step(seed: int, unit: float) -> None:
    series = noisy(STAIR, seed)
    found = levels(series, 0.1)
    assert [level.start for level in found] == pytest.approx([0, 30, 60, 90], abs=2)
    assert [level.value for level in found] == pytest.approx([100, 200, 150, 400], rel=0.05)
    scaled = levels([value * unit for value in series], 0.1)
    assert [level[:2] for level in scaled] == [level[:2] for level in found]


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 0.4))
def test_noise_alone_is_one_level(seed: int, share: float) -> None:
    assert len(levels(noisy([100.0] * 150, seed, share), 0.1)) == 1


def test_shifts_smaller_than_what_matters_are_joined() -> None:
    series = [100.0] * 30 + [106.0] * 30 + [200.0] * 30
    assert levels(series, 0.1) == [Level(0, 60, 103), Level(60, 90, 200)]
    assert len(levels(series, 0.05)) == 3


def test_an_outlier_is_no_level() -> None:
    series = [100.0] * 60
    series[20], series[40] = 5000, 0
    assert levels(series, 0.1) == [Level(0, 60, 100)]


def test_a_short_series_is_one_level_and_an_empty_one_none() -> None:
    assert levels([1.0, 9.0], 0.1) == [Level(0, 2, 5)]
    assert levels([], 0.1) == []


def test_drift_is_the_way_of_the_line_over_its_higher_end() -> None:
    assert drift([100.0 + n for n in range(101)]) == pytest.approx(0.5)
    assert drift([200.0 - n for n in range(101)]) == pytest.approx(-0.5)


def test_drift_within_noise_is_none() -> None:
    assert drift(noisy([100 + n / 100 for n in range(100)], 1)) == 0
    assert drift([7.0] * 50) == 0
    assert drift([7.0]) == 0


def test_a_ramp_climbs_and_a_stair_does_not() -> None:
    ramp = noisy([100.0 + 5 * n for n in range(120)], 2)
    assert climbs(ramp, levels(ramp, 0.1))
    assert not climbs(STAIR, levels(STAIR, 0.1))


def test_noise_is_that_of_the_values_and_not_of_their_levels() -> None:
    flat, stair = noisy([100.0] * 400, 3), noisy([100.0] * 200 + [110.0] * 200, 3)
    assert noise(flat) == pytest.approx(3, rel=0.2)
    assert noise(stair) == pytest.approx(3, rel=0.25)
    assert noise([5.0]) == 0
