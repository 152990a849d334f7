"""What a review keeps of a load test: its curve, its figures three ways, its capacity or why not."""

from __future__ import annotations

import math
from functools import cache

import pytest

from readiness.analysis.loads import load_result
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact
from readiness.model.load import Load
from readiness.model.load_result import Figure, LoadResult
from readiness.stats.histogram import Interval
from tests.analysis.loads import evidence, run, steady, stepped, summary, window

FIGURES = ("requests", "errors", "rate", "mean", "p50", "p95", "p99", "p99.9", "max")


@cache
def ran() -> Evidence:
    return evidence(steady(ramp=10))


def result(test: Evidence) -> LoadResult:
    found = load_result(test)
    assert found is not None
    return found


def figures(found: LoadResult) -> dict[str, Figure]:
    return {figure.metric: figure for figure in found.figures}


def test_it_names_the_run() -> None:
    found = result(ran())
    assert (found.path, found.reader, found.arrivals) == ("run.jtl", "jmeter-jtl", "closed")
    assert found.requests == sum(round(found.width * point.rate) for point in found.curve)
    assert (found.seconds, found.width, len(found.curve)) == (60.0, 1.0, 60)


def test_figures_are_those_of_the_facts() -> None:
    found = figures(result(ran()))
    assert tuple(found) == FIGURES
    facts = {fact.metric: fact for fact in ran().facts if not fact.labels}
    for name, figure in found.items():
        assert figure.whole == pytest.approx(facts[name].value, rel=1e-5)
        assert figure.unit == facts[name].unit
        for part in ("steady", "corrected"):
            other = facts.get(f"{part}.{name}")
            assert getattr(figure, part) == (other and pytest.approx(other.value, rel=1e-5))


def test_percentiles_and_errors_have_their_interval() -> None:
    found = figures(result(evidence(steady())))
    ranged = {name for name, figure in found.items() if figure.low is not None}
    assert ranged == {"errors", "p50", "p95", "p99", "p99.9"}
    assert found["p95"].low
    assert found["p95"].high
    assert found["p95"].low < found["p95"].whole < found["p95"].high
    assert found["p99.9"].high is None, "1,200 samples bound no p99.9"


def test_the_steady_part_is_told_with_its_method() -> None:
    found = result(ran())
    assert found.steady == (12.0, 60.0)
    assert found.reason == ""
    assert found.method.startswith("MSER-3 (White 1997")


def test_without_a_steady_part_the_reason_is_told() -> None:
    found = result(evidence(stepped()))
    assert (found.steady, found.method) == (None, "")
    assert found.reason == (
        "no steady state found: requests per window stand on 6 levels, one after the other: "
        "39, 75.5, 140, 225, 310.5, 258"
    )
    assert all(figure.steady is None for figure in found.figures)


def test_the_curve_is_the_run_window_by_window() -> None:
    windows = [window(-0.25, [10.0, 20.0, 30.0, 40.0], failures=1, users=3), window(0.75, []), window(1.75, [5.0] * 3)]
    curve = result(evidence(run(windows))).curve
    assert [(p.second, p.rate, p.failed, p.p50, p.p95, p.users) for p in curve] == [
        (-0.25, 4.0, 0.25, 20.0, 40.0, 3), (0.75, 0.0, 0.0, None, None, None), (1.75, 3.0, 0.0, 5.0, 5.0, None),
    ]  # fmt: skip


def test_percentiles_of_the_curve_are_nearest_rank() -> None:
    (point,) = result(evidence(run([window(0, [float(n) for n in range(1, 101)])]))).curve
    assert (point.p50, point.p95) == (50, 95)


def test_rates_are_per_second_however_wide_a_window_is() -> None:
    found = result(evidence(run([window(8.0 * n, [10.0] * 40) for n in range(4)], width=8.0)))
    assert {point.rate for point in found.curve} == {5.0}


def test_capacity_is_fitted_with_points_and_band() -> None:
    found = result(evidence(stepped())).capacity
    assert found.reason == ""
    assert found.method.startswith("Universal Scalability Law")
    assert found.peak_low
    assert found.peak
    assert found.peak_high
    assert found.tested
    assert found.peak_low < found.peak < found.peak_high
    assert found.peak_low <= found.tested
    assert (len(found.points), len(found.band)) == (94, 40)
    assert found.knee == pytest.approx(44.3, rel=0.05)
    assert found.r2
    assert 0.98 < found.r2 < 1
    for place in found.band:
        assert place.low <= place.throughput <= place.high


def test_a_capacity_that_is_refused_says_why_and_nothing_else() -> None:
    found = result(ran()).capacity
    assert found.reason
    assert found.r2 is found.tested is found.knee is found.peak is found.peak_low is found.peak_high is None
    assert (found.points, found.band, found.method) == ((), (), "")


@pytest.mark.parametrize("test", [summary(requests=5), evidence(Load((window(0, [5.0] * 50),)))], ids=["summary", "untimed"])
def test_without_samples_that_have_times_there_is_nothing_to_describe(test: Evidence) -> None:
    assert load_result(test) is None


def test_numbers_are_six_digits_and_finite() -> None:
    """A JSON report has neither infinity nor noise."""
    at = Location("run.jtl")
    odd = [
        Fact("p50", 1 / 3, "ms", at, bounds=Interval(0.123456789, math.inf)), Fact("mean", math.nan, "ms", at),
        Fact("max", "long", "ms", at), Fact("errors", True, "ratio", at),
    ]  # fmt: skip
    found = result(ran()._replace(facts=tuple(odd)))
    assert found.figures == (Figure("p50", "ms", 0.333333, 0.123457, None, None, None),)
    assert all(len(f"{p.p95:.12g}".replace(".", "")) <= 6 for p in result(ran()).curve if p.p95)
