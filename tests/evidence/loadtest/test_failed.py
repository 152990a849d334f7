"""What failed requests make better: any figure that both sides have, once, and no chance."""

from __future__ import annotations

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.facts import EXPECTED, load_facts
from readiness.evidence.loadtest.failed import failed_fast
from readiness.evidence.loadtest.tally import Tally
from readiness.model.fact import Fact, Problem
from readiness.model.load import Labels

AT = Location("run.json", 1)
HELP = "look at those that passed"


def facts(
    errors: float, every: dict[str, float], good: dict[str, float], run: Labels = (), samples: int | None = 10_000
) -> list[Fact]:
    passed = tuple(sorted((*run, EXPECTED)))
    return [
        Fact("errors", errors, "ratio", AT, run, samples),
        *(Fact(name, value, "ms", Location("run.json", 2, 0, name), run, samples) for name, value in every.items()),
        *(Fact(name, value, "ms", AT, passed, samples) for name, value in good.items()),
    ]


def named(found: list[Fact], run: Labels = (), rounding: float = 0.0) -> list[str]:
    return [problem.at.pointer for problem in failed_fast(found, HELP, run, rounding=rounding)]


def test_the_figure_made_better_most_is_named_once() -> None:
    found = facts(0.4, {"p50": 90, "p95": 950, "mean": 60}, {"p50": 100, "p95": 1000, "mean": 100})
    assert list(failed_fast(found, HELP)) == [
        Problem(
            "warning", "failed-fast", "the mean is 60 ms with failed requests, 100 ms without: they failed fast",
            Location("run.json", 2, 0, "mean"), HELP,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("metric", ["mean", "p50", "p90", "p95", "p99", "p99.9"])
def test_any_figure_that_both_sides_have_counts(metric: str) -> None:
    assert named(facts(0.1, {metric: 90}, {metric: 100})) == [metric]
    assert named(facts(0.1, {metric: 90}, {})) == []
    assert named(facts(0.1, {metric: 100}, {metric: 90})) == []
    assert named(facts(0, {metric: 90}, {metric: 100})) == []


@pytest.mark.parametrize("metric", ["min", "max", "p75", "duration", "custom.ttft.p95", "p*"])
def test_what_nobody_judges_a_service_by_does_not(metric: str) -> None:
    assert named(facts(0.1, {metric: 50}, {metric: 100})) == []


@pytest.mark.parametrize(
    ("metric", "errors", "every", "told"),
    [
        ("p95", 0.1, 98.9, True), ("p95", 0.1, 99.1, False), ("p95", 0.001, 98.9, True),
        ("p99", 0.1, 98.9, True), ("p99", 0.009, 80, False), ("p99.9", 0.01, 80, True), ("p99.9", 0.009, 80, False),
        ("mean", 0.04, 96, False), ("mean", 0.06, 94, True), ("p50", 0.1, 96, False), ("p50", 0.1, 94, True),
    ],
)  # fmt: skip
def test_a_mean_and_a_far_tail_take_more(metric: str, errors: float, every: float, *, told: bool) -> None:
    """As many failures at 0 ms lower a mean by their share: that says no more than `errors`."""
    assert named(facts(errors, {metric: every}, {metric: 100})) == [metric] * told


@pytest.mark.parametrize(("metric", "samples", "told"), [
    ("p99", 99, False), ("p99", 100, True), ("p99", None, True), ("p99.9", 999, False), ("p99.9", 1000, True),
])  # fmt: skip
def test_a_percentile_above_all_samples_is_the_maximum(metric: str, samples: int | None, *, told: bool) -> None:
    assert named(facts(0.1, {metric: 90}, {metric: 100}, samples=samples)) == [metric] * told


def test_a_step_of_the_file_s_own_rounding_is_not_told() -> None:
    found = facts(0.1, {"p90": 48}, {"p90": 49})
    assert (named(found), named(found, rounding=0.03)) == (["p90"], [])


def test_a_run_is_compared_with_itself_only() -> None:
    one, two = (("run", "1"),), (("run", "2"),)
    found = [*facts(0.1, {"p95": 90}, {"p95": 91}, one), *facts(0.1, {"p95": 50}, {"p95": 100}, two)]
    assert (named(found, one), named(found, two), named(found)) == (["p95"], ["p95"], [])


def test_times_of_nothing_are_not_compared() -> None:
    assert named(facts(0.1, {"p50": 0}, {"p50": 0})) == []
    assert named([Fact("p50", 1, "ms", AT), Fact("p50", 9, "ms", AT, (EXPECTED,))]) == []


def test_failures_as_slow_as_the_others_are_no_warning() -> None:
    tally = Tally()
    for n in range(4000):
        tally.add(n / 10, 20.0 + n % 97, n % 9 > 0)
    assert list(failed_fast(load_facts(tally.load(), AT), HELP)) == []


def test_a_service_that_refuses_two_of_five_looks_quick() -> None:
    """The slowest are as slow as ever: p95 alone would not tell."""
    tally = Tally()
    for n in range(4000):
        refused = n % 5 < 2
        tally.add(n / 10, 0.0 if refused else 505.0, not refused)
    (problem,) = failed_fast(load_facts(tally.load(), AT), HELP)
    assert problem.message == "the mean is 303 ms with failed requests, 505 ms without: they failed fast"
