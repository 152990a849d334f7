"""Wilson intervals against the equation they solve, and samples behind a percentile."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evaluation.confidence import enough_samples
from readiness.model.fact import Fact
from readiness.stats.proportions import Z, samples_needed, wilson


def root_of_score_equation(share: float, cases: int, low: float, high: float) -> float:
    """Bisect for the p at which |share − p| is exactly Z standard errors of p."""

    def excess(p: float) -> float:
        return (share - p) ** 2 - Z * Z * p * (1 - p) / cases

    inside = excess(share) < 0
    assert inside or excess(share) == 0
    outer, inner = (low, share) if low < share else (high, share)
    for _ in range(200):
        middle = (outer + inner) / 2
        outer, inner = (outer, middle) if excess(middle) <= 0 else (middle, inner)
    return (outer + inner) / 2


@given(st.integers(1, 10_000), st.data())
def test_wilson_solves_the_score_equation(cases: int, data: st.DataObject) -> None:
    passed = data.draw(st.integers(0, cases))
    share = passed / cases
    low, high = wilson(share, cases)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    if passed:
        assert low == pytest.approx(root_of_score_equation(share, cases, 0.0, 1.0), abs=1e-9)
    else:
        assert low == pytest.approx(0, abs=1e-12)
    if passed < cases:
        assert high == pytest.approx(1 - root_of_score_equation(1 - share, cases, 0.0, 1.0), abs=1e-9)
    else:
        assert high == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("passed", "cases", "low", "high"), [
    (95, 100, 0.8882, 0.9785),  # Agresti and Coull's form of the same interval, by hand
    (0, 10, 0.0, 0.2775),
    (10, 10, 0.7225, 1.0),
    (1, 1, 0.2065, 1.0),
    (19, 20, 0.7639, 0.9911),
])  # fmt: skip
def test_wilson_of_known_cases(passed: int, cases: int, low: float, high: float) -> None:
    assert wilson(passed / cases, cases) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_all_passed_is_the_closed_form() -> None:
    assert wilson(1, 50)[0] == pytest.approx(50 / (50 + Z * Z))


@given(st.floats(0, 1), st.integers(1, 1000))
def test_more_cases_never_widen_the_interval(share: float, cases: int) -> None:
    low, high = wilson(share, cases)
    lower, higher = wilson(share, cases * 4)
    assert higher - lower <= high - low + 1e-12


@pytest.mark.parametrize(("quantile", "plain", "confident"), [
    (0.5, 2, 6), (0.75, 4, 13), (0.9, 10, 36), (0.95, 20, 72), (0.99, 100, 368), (0.999, 1000, 3688),
    (0.9999, 10_000, 36_887), (float("99.9") / 100, 1000, 3688),
])  # fmt: skip
def test_samples_behind_a_percentile(quantile: float, plain: int, confident: int) -> None:
    assert samples_needed(quantile, confident=False) == plain
    assert samples_needed(quantile, confident=True) == confident
    assert quantile**confident <= 0.025 < quantile ** (confident - 1)


def fact(metric: str, samples: int | None) -> Fact:
    return Fact(metric, 1.0, "ms", Location("f"), (), samples)


@pytest.mark.parametrize("metric", ["p95", "ttft.p95", "a.b.p95"])
def test_a_percentile_needs_its_samples(metric: str) -> None:
    assert enough_samples(fact(metric, 19), confident=False) == f"{metric} of 19 samples; it needs 20"
    assert enough_samples(fact(metric, 20), confident=False) == ""
    assert "needs 72" in enough_samples(fact(metric, 71), confident=True)
    assert enough_samples(fact(metric, 72), confident=True) == ""


def test_unknown_samples_are_a_doubt_only_where_confidence_is_asked() -> None:
    assert enough_samples(fact("p99.9", None), confident=False) == ""
    told = enough_samples(fact("p99.9", None), confident=True)
    assert told == "how many samples stand behind p99.9 is not known; 3,688 are needed"


@pytest.mark.parametrize("metric", ["mean", "max", "p", "p9", "p100", "p00", "up95", "p95x", "xp95.y"])
def test_other_metrics_are_no_percentiles(metric: str) -> None:
    assert enough_samples(fact(metric, 1), confident=True) == ""


def test_the_z_of_95_percent() -> None:
    assert math.erf(Z / math.sqrt(2)) == pytest.approx(0.95, abs=1e-12)
