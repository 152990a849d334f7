"""Capacity: what a fit may be trusted to say, and every reason for which it says nothing."""

from __future__ import annotations

import math
import random

import pytest

from readiness.stats.capacity import Capacity, Refusal, capacity
from readiness.stats.digits import digits
from readiness.stats.usl import Curve, Point

from .test_usl import SDM91

LEVELS = (1, 18, 36, 72, 108, 144, 216)


def measured(curve: Curve, levels: tuple[float, ...], seed: int, noise: float) -> list[Point]:
    draw = random.Random(seed).gauss
    return [Point(n, curve.at(n) * (1 + noise * draw(0, 1))) for n in levels]


def told(points: list[Point]) -> Capacity:
    found = capacity(points)
    assert isinstance(found, Capacity)
    return found


def refused(points: list[Point]) -> str:
    found = capacity(points)
    assert isinstance(found, Refusal)
    return found.reason


def test_spec_sdm91() -> None:
    found = told(SDM91)
    assert found.reason == ""
    assert found.knee == pytest.approx(96.52, abs=0.01)
    assert found.peak == pytest.approx(1883.9, abs=0.1)
    assert found.r2 == pytest.approx(0.98956, abs=1e-5)
    assert found.tested == 1853.2
    assert found.knee
    assert found.peak
    assert found.knee_interval
    assert found.peak_interval
    assert 60 < found.knee_interval.low < found.knee < found.knee_interval.high < 200
    assert 1700 < found.peak_interval.low < found.peak < found.peak_interval.high < 2200


def test_two_levels_are_two_however_their_windows_vary() -> None:
    """Requests in flight are no whole number, so hardly two windows have the same."""
    true = Curve(100, 0.05, 0.01)
    draw = random.Random(1).uniform
    loads = [n * draw(0.95, 1.05) for n in [3] * 20 + [60] * 20]
    assert refused([Point(n, true.at(n)) for n in loads]) == (
        "2 levels of concurrency that are a fifth apart; a capacity fit needs 4"
    )
    assert told([Point(n, true.at(n)) for n in (*loads, 6, 12)]).reason == ""


def test_the_same_points_give_the_same_intervals_in_any_order() -> None:
    assert capacity(SDM91) == capacity(SDM91[::-1])
    assert capacity(SDM91, seed=1) != capacity(SDM91)


def test_the_band_goes_over_the_tested_range_around_the_curve() -> None:
    found = told(SDM91)
    assert (found.band[0].concurrency, found.band[-1].concurrency) == (1, 216)
    for at in found.band:
        assert at.low <= at.throughput <= at.high
        assert at.throughput == found.curve.at(at.concurrency)


def test_the_intervals_hold_the_truth() -> None:
    true = Curve(100, 0.03, 1e-4)
    runs = [told(measured(true, LEVELS, seed, 0.02)) for seed in range(20)]
    knees = [run.knee_interval.low <= true.knee <= run.knee_interval.high for run in runs if run.knee_interval]
    peaks = [run.peak_interval.low <= true.peak <= run.peak_interval.high for run in runs if run.peak_interval]
    assert (len(knees), len(peaks)) == (20, 20)
    assert min(sum(knees), sum(peaks)) >= 17  # of 20; 19 are expected


def test_beyond_the_tested_range_the_band_follows_to_the_knee() -> None:
    true = Curve(100, 0.03, 1e-4)
    found = told(measured(true, (5, 10, 20, 30, 40, 50, 60, 70), 2, 0.001))
    assert found.reason == ""
    assert found.knee == pytest.approx(true.knee, rel=0.05)
    assert found.band[-1].concurrency == pytest.approx(1.2 * (found.knee or 0))


def test_without_curvature_there_is_a_lower_bound_and_no_knee() -> None:
    found = told(measured(Curve(100, 0.05, 0), LEVELS, 3, 0.01))
    best = max(p.throughput for p in measured(Curve(100, 0.05, 0), LEVELS, 3, 0.01))
    assert (found.knee, found.knee_interval, found.peak, found.peak_interval) == (None, None, None, None)
    assert found.reason == (
        f"no knee up to 216, the largest tested concurrency: it lies beyond, and the capacity is at least {digits(best, 4)}"
    )
    assert found.band[-1].concurrency == 216


def test_points_that_fit_without_any_noise_and_without_curvature_have_no_knee() -> None:
    assert told([Point(n, 7.0 * n) for n in LEVELS]).reason.startswith("no knee up to 216")


def test_raytracer_of_the_book_is_told_to_lie_beyond() -> None:
    """Guerrilla Capacity Planning and R, usl: 1 to 64 processors, whose throughput still grows at 64."""
    points = [
        Point(n, x)
        for n, x in zip(
            (1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64), (20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310), strict=True
        )
    ]
    assert told(points).reason == (
        "no knee up to 64, the largest tested concurrency: it lies beyond, and the capacity is at least 310"
    )


def test_a_knee_far_beyond_the_tested_range_is_not_stated() -> None:
    true = Curve(100, 0.01, 1e-5)
    found = told(measured(true, (2, 10, 20, 40, 60, 80, 100), 4, 1e-5))
    assert true.knee == pytest.approx(314.6, abs=0.1)
    assert found.knee is None
    assert found.reason.startswith("the knee lies beyond twice 100, the largest tested concurrency: too far out")


def test_a_knee_below_the_tested_range_is_not_stated() -> None:
    found = told(measured(Curve(100, 0.1, 0.01), (20, 30, 50, 80, 120, 200), 5, 0.001))
    assert found.knee is None
    assert found.reason.startswith("throughput falls from the smallest tested concurrency, 20, on")


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([Point(n, 5.0 * n) for n in range(1, 6)], "5 points; a capacity fit needs 6"),
        ([Point(1 + n % 3, 5.0) for n in range(9)], "3 levels of concurrency that are a fifth apart; a capacity fit needs 4"),
        ([Point(50 + n, 5.0 * n) for n in range(9)], "concurrency from 50 to 58 only; a capacity fit needs a range of 3 times"),
        ([Point(1 + n, 0.0) for n in range(9)], "nothing was completed"),
        ([], "0 points; a capacity fit needs 6"),
    ],
)
def test_points_that_cannot_carry_a_fit(points: list[Point], reason: str) -> None:
    assert refused(points) == reason


def test_a_poor_fit_is_refused() -> None:
    points = [Point(n, x) for n, x in zip(LEVELS, (900, 100, 1200, 300, 700, 1500, 200), strict=True)]
    assert refused(points).endswith(
        "of how throughput varies, under 90%: throughput does not follow from concurrency here"
    )
    assert refused([Point(n, 100.0) for n in LEVELS]).startswith("the curve explains 0%")


def test_thousands_of_seconds_of_a_ramp_are_averaged_and_found() -> None:
    true = Curve(100, 0.03, 1e-4)
    found = told(measured(true, tuple(1 + 200 * n / 3600 for n in range(3600)), 6, 0.1))
    assert found.knee == pytest.approx(true.knee, rel=0.05)
    levels = tuple(float(n) for n in LEVELS for _ in range(100))
    assert told(measured(true, levels, 7, 0.1)).knee == pytest.approx(true.knee, rel=0.05)


def test_averaged_points_weigh_as_many_as_they_were() -> None:
    counts = (5, 40, 10, 3, 30, 20, 4)
    many = [p for p, count in zip(SDM91, counts, strict=True) for _ in range(count)]
    weighted = [p._replace(weight=count) for p, count in zip(SDM91, counts, strict=True)]
    assert len(many) > 100
    assert told(many).curve == pytest.approx(told(weighted).curve)
    assert told(many).knee != pytest.approx(96.52, abs=0.1)


def test_what_cannot_be_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        capacity([Point(-1, 5.0), *[Point(n, 5.0 * n) for n in range(1, 9)]])
    with pytest.raises(ValueError, match="must be positive"):
        capacity([Point(1, math.nan), *[Point(n, 5.0 * n) for n in range(1, 9)]])
