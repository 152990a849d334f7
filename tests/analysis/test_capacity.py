"""Windows of a load test to points: concurrency by Little's law, and what is no measurement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.analysis.capacity import capacity_of, points_of
from readiness.model.load import Load
from readiness.stats.capacity import Capacity, Refusal
from readiness.stats.usl import Curve, Point
from tests.analysis.loads import LEVELS, SECONDS, TRUTH, run, stepped, window


def told(load: Load) -> Capacity:
    found = capacity_of(load)
    assert isinstance(found, Capacity), found
    return found


def refused(load: Load) -> str:
    found = capacity_of(load)
    assert isinstance(found, Refusal)
    return found.reason


def test_the_law_behind_a_stepped_load_is_found() -> None:
    found = told(stepped())
    assert found.curve.rate == pytest.approx(TRUTH.rate, rel=0.05)
    assert found.curve.contention == pytest.approx(TRUTH.contention, abs=0.003)
    assert found.curve.coherency == pytest.approx(TRUTH.coherency, rel=0.06)
    assert found.knee == pytest.approx(TRUTH.knee, rel=0.05)
    assert found.peak == pytest.approx(TRUTH.peak, rel=0.02)


@settings(max_examples=5)
@given(st.floats(5, 50), st.floats(0.005, 0.05), st.floats(3e-4, 3e-3), st.integers(0, 1000))
def test_any_law_whose_knee_was_tested_is_found(rate: float, contention: float, coherency: float, seed: int) -> None:
    curve = Curve(rate, contention, coherency)
    found = told(stepped(curve, seed=seed, noise=0.02, seconds=60))
    assert found.knee == pytest.approx(curve.knee, rel=0.15)
    assert found.peak == pytest.approx(curve.peak, rel=0.05)


def test_concurrency_is_littles_and_throughput_is_of_answers() -> None:
    """20 requests a second of 300 ms each are 6 in flight, whatever the file says of users; 5 of them failed."""
    edge = window(0, [300.0] * 20, failures=5)
    (point,) = points_of(run([edge, window(1, [300.0] * 20, failures=5, users=99), edge]))
    assert point == pytest.approx(Point(6.0, 15.0, 1 / 15))


def test_wider_windows_give_the_same_rates() -> None:
    edge = window(0, [300.0] * 200)
    (point,) = points_of(run([edge, window(10, [300.0] * 200), edge], width=10.0))
    assert point == pytest.approx(Point(6.0, 20.0, 0.05))


def test_the_first_and_last_window_and_those_with_few_answers_are_left_out() -> None:
    cases = [
        window(0, [10.0] * 50), window(1, [10.0] * 50), window(2, []), window(3, [10.0] * 4),
        window(4, [10.0] * 50, failures=46), window(5, [0.0] * 50), window(6, [10.0] * 6), window(7, [10.0] * 50),
    ]  # fmt: skip
    assert [point.throughput for point in points_of(run(cases))] == pytest.approx([50, 6], abs=0.1)


def test_failures_are_no_throughput() -> None:
    good, half = told(stepped()), told(stepped(failing=0.5))
    assert (good.peak or 0) == pytest.approx(2 * (half.peak or 0), rel=0.05)


def test_samples_without_times_are_refused() -> None:
    untimed = Load((window(0, [5.0] * 1000),))
    assert refused(untimed) == "the samples have no times"


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (stepped(levels=(8,)), "concurrency from"),
        (stepped(levels=(8, 10, 12, 14)), "a capacity fit needs a range of 3 times"),
        (stepped(levels=(2, 8), seconds=2), "2 points; a capacity fit needs 6"),
        (stepped(levels=LEVELS, failing=1.0), "0 points; a capacity fit needs 6"),
        (stepped(noise=0.8), "throughput does not follow from concurrency here"),
    ],
)  # fmt: skip
def test_a_load_that_cannot_carry_a_fit_is_refused_in_words(load: Load, reason: str) -> None:
    assert reason in refused(load)


def test_a_load_that_did_not_reach_the_knee_tells_what_was_tested() -> None:
    load = stepped(Curve(20, 0.02, 0))
    found = told(load)
    assert (found.knee, found.peak) == (None, None)
    assert Curve(20, 0.02, 0).at(64) < found.tested < max(point.throughput for point in points_of(load))
    assert found.reason.startswith("no knee up to ")


def test_a_load_is_fitted_once() -> None:
    load = stepped()
    assert len(load.windows) == len(LEVELS) * SECONDS
    assert capacity_of(load) is capacity_of(load)
