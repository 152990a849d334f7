"""The Universal Scalability Law: published fits, known curves, and its bounds."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.usl import Curve, Point, fit, residual

# SPEC SDM91, as in the R package usl
SDM91 = [
    Point(load, throughput)
    for load, throughput in (
        (1, 64.9), (18, 995.9), (36, 1652.4), (72, 1853.2), (108, 1828.9), (144, 1775.0), (216, 1702.2),
    )
]  # fmt: skip


def test_the_published_fit_of_spec_sdm91() -> None:
    """R, usl(throughput ~ load, specsdm91, method = "nlxb"): λ 89.9952, σ 0.02773, κ 0.0001044, peak at 96.5."""
    curve = fit(SDM91)
    assert curve == pytest.approx((89.9952, 0.0277285, 0.000104366), rel=1e-4)
    assert curve.knee == pytest.approx(96.52, abs=0.01)
    assert curve.peak == pytest.approx(1883.9, abs=0.1)


def test_it_is_the_least_squares() -> None:
    curve = fit(SDM91)
    least = residual(SDM91, curve)
    for index in range(3):
        for factor in (0.999, 1.001):
            moved = Curve(*(value * factor if n == index else value for n, value in enumerate(curve)))
            assert residual(SDM91, moved) > least


rates, contentions, coherencies = st.floats(0.1, 1e4), st.floats(0, 0.5), st.floats(1e-6, 1e-2)


@settings(max_examples=60)
@given(rates, contentions, coherencies)
def test_points_on_a_curve_give_it_back(rate: float, contention: float, coherency: float) -> None:
    true = Curve(rate, contention, coherency)
    found = fit([Point(n, true.at(n)) for n in (1, 5, 20, 60, 150, 400, 1000)])
    assert found.rate == pytest.approx(rate, rel=1e-5)
    assert found.contention == pytest.approx(contention, rel=1e-4, abs=1e-6)
    assert found.coherency == pytest.approx(coherency, rel=1e-4)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.001, 1000))
def test_noisy_points_keep_to_the_bounds_and_their_unit(seed: int, unit: float) -> None:
    draw = random.Random(seed).gauss
    points = [Point(n, 10 * n / (1 + 0.01 * (n - 1)) * (1 + 0.1 * draw(0, 1))) for n in (1, 2, 4, 8, 16, 32)]
    curve = fit(points)
    assert curve.rate > 0
    assert min(curve.contention, curve.coherency) >= 0
    scaled = fit([Point(p.concurrency, p.throughput * unit) for p in points])
    assert scaled == pytest.approx((curve.rate * unit, curve.contention, curve.coherency), rel=1e-3, abs=1e-6)


def test_what_grows_faster_than_its_users_is_a_straight_line() -> None:
    points = [Point(n, float(n) ** 1.2) for n in (1, 2, 4, 8, 16)]
    curve = fit(points)
    assert (curve.contention, curve.coherency) == (0, 0)
    assert curve.rate == pytest.approx(math.fsum(p.concurrency * p.throughput for p in points) / 341)
    assert (curve.knee, curve.peak) == (math.inf, math.inf)


def test_without_coherency_there_is_a_ceiling_and_no_knee() -> None:
    points = [Point(n, Curve(50, 0.05, 0).at(n)) for n in (1, 10, 50, 200)]
    curve = fit(points, coherent=False)
    assert curve == pytest.approx((50, 0.05, 0))
    assert curve.knee == math.inf
    assert curve.peak == pytest.approx(1000)


def test_a_point_of_weight_three_counts_as_three() -> None:
    weighted = [Point(p.concurrency, p.throughput, 1 + n % 3) for n, p in enumerate(SDM91)]
    repeated = [p for n, p in enumerate(SDM91) for _ in range(1 + n % 3)]
    assert fit(weighted) == pytest.approx(fit(repeated), rel=1e-6)
    assert fit(weighted) != pytest.approx(fit(SDM91), rel=1e-2)


def test_weights_say_which_points_to_trust() -> None:
    points = [Point(n, Curve(100, 0.05, 1e-3).at(n)) for n in (1, 4, 10, 20, 40, 80)]
    wrong = [*points, Point(60, 2000)]
    trusted = fit([*points, Point(60, 2000, 1e-9)])
    assert trusted == pytest.approx((100, 0.05, 1e-3), rel=1e-3)
    assert fit(wrong).knee > 1.2 * trusted.knee


def test_a_throughput_that_only_falls_has_no_knee_above_one() -> None:
    curve = Curve(100, 1.5, 0.01)
    assert (curve.knee, curve.peak) == (0, 100)


@pytest.mark.parametrize("point", [Point(0, 5), Point(-1, 5), Point(2, 5, 0), Point(2, -9), Point(2, math.nan)])
def test_what_cannot_be_measured_cannot_be_fitted(point: Point) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        fit([Point(1, 5), point])
