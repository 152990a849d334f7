"""Percentiles held against the bad end of their interval: from samples, or from what a summary states."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.evaluation.confidence import bounds_of
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact
from readiness.model.plan import Check
from readiness.model.review import Finding
from readiness.stats.histogram import Interval, from_counts, quantile
from readiness.stats.order_statistics import interval, rank_interval

HERE = Location("load.json")
STATED = {"min": 5.0, "p50": 30.0, "p75": 50.0, "p90": 70.0, "p95": 90.0, "p99": 200.0, "p99.9": 300.0, "max": 350.0}


def fact(metric: str, value: float | str | bool, samples: int | None = 1000, *, unit: str = "ms", bounds: Interval | None = None,
         **labels: str) -> Fact:  # fmt: skip
    return Fact(metric, value, unit, Location("load.json", 3), tuple(sorted(labels.items())), samples, "file", bounds)


def summary(samples: int | None = 1000, prefix: str = "", **labels: str) -> list[Fact]:
    ordered = tuple(sorted(labels.items()))
    return [fact(prefix + name, value, samples)._replace(labels=ordered) for name, value in STATED.items()]


def judge(text: str, facts: list[Fact], *, confident: bool = True) -> Finding:
    check = Check(parse_expectation(text), "", Location("list.yaml", 1))
    return compare(check, facts, HERE, confident=confident)


def bounds(metric: str, facts: list[Fact]) -> Interval | None:
    return bounds_of(next(f for f in facts if f.metric == metric), facts)


# from samples


def test_an_interval_from_samples_is_held_against_the_limit() -> None:
    p95 = fact("p95", 420.0, bounds=Interval(390.0, 455.0))
    assert judge("p95 <= 455 ms", [p95]).outcome == "proven"
    finding = judge("p95 <= 450 ms", [p95])
    assert (finding.outcome, finding.credit) == ("inconclusive", 0.25)
    assert finding.message == (
        "420 ms holds, but with 95 % confidence p95 of 1,000 samples is 390 ms to 455 ms, and 455 ms is not <= 450 ms"
    )
    assert finding.help == "run it longer"  # the raw samples are there
    assert judge("p95 <= 450 ms", [p95], confident=False).outcome == "proven"


def test_a_lower_limit_is_held_against_the_lower_end() -> None:
    p95 = fact("p95", 420.0, bounds=Interval(390.0, 455.0))
    assert judge("p95 >= 390 ms", [p95]).outcome == "proven"
    assert judge("p95 > 390 ms", [p95]).message.endswith("and 390 ms is not > 390 ms")


def test_a_value_that_does_not_hold_fails_whatever_its_interval() -> None:
    finding = judge("p95 <= 410 ms", [fact("p95", 420.0, bounds=Interval(390.0, 455.0))])
    assert (finding.outcome, finding.message) == ("failed", "420 ms is not <= 410 ms")


@pytest.mark.parametrize("op", ["=", "!="])
def test_no_sample_shows_a_point(op: str) -> None:
    finding = judge(f"p95 {op} {'420' if op == '=' else '99'} ms", [fact("p95", 420.0, bounds=Interval(390.0, 455.0))])
    assert finding.outcome == "inconclusive"
    assert finding.message == "420 ms holds, but with 95 % confidence p95 of 1,000 samples is 390 ms to 455 ms"
    assert finding.help == "ask for `<=` or `>=`: no sample shows a point"


def test_an_interval_without_an_upper_end_proves_no_upper_limit() -> None:
    p95 = fact("p95", 420.0, bounds=Interval(390.0, math.inf))
    finding = judge("p95 <= 9 h", [p95])
    assert finding.outcome == "inconclusive"
    assert finding.message == (
        "420 ms holds, but with 95 % confidence p95 of 1,000 samples is 390 ms to unknown: too few of them lie beyond it"
    )
    assert finding.help == "run it longer, or claim a lower percentile"
    assert judge("p95 >= 390 ms", [p95]).outcome == "proven"


def test_too_few_samples_are_told_before_any_interval() -> None:
    finding = judge("p95 <= 9 h", [fact("p95", 420.0, 71, bounds=Interval(390.0, 455.0))])
    assert (finding.message, finding.help) == ("p95 of 71 samples; it needs 72", "run it longer, or claim a lower percentile")
    unknown = judge("p95 <= 9 h", [fact("p95", 420.0, None)])
    assert unknown.message == "how many samples stand behind p95 is not known; 72 are needed"


def test_other_metrics_need_no_interval() -> None:
    assert judge("mean <= 50 ms", [fact("mean", 40.0), *summary()]).outcome == "proven"
    assert judge("max <= 350 ms", summary(5)).outcome == "proven"
    assert bounds("max", summary()) is None


def test_of_several_endpoints_the_worst_interval_counts() -> None:
    parts = [fact("p95", 420.0, bounds=Interval(390, 455), endpoint="/a"), fact("p95", 400.0, bounds=Interval(300, 700), endpoint="/b")]
    finding = judge("p95 <= 500 ms", parts)
    assert (finding.outcome, finding.subject) == ("inconclusive", "endpoint /b")


# from a summary


def test_a_summary_bounds_a_percentile_by_the_next_ones_it_states() -> None:
    """Of 1,000 samples p95 lies between ranks 936 and 964: p90 is rank 900 and p99 rank 990."""
    assert rank_interval(1000, 0.95) == (936, 964)
    assert bounds("p95", summary()) == (70, 200)
    assert judge("p95 <= 200 ms", summary()).outcome == "proven"
    finding = judge("p95 <= 150 ms", summary())
    assert finding.outcome == "inconclusive"
    assert finding.message == (
        "90 ms holds, but with 95 % confidence p95 of 1,000 samples is 70 ms to 200 ms, and 200 ms is not <= 150 ms"
    )
    assert finding.help == "run it longer, or keep the raw samples of the run"


def test_the_nearest_stated_one_counts_that_is_far_enough() -> None:
    assert bounds("p99", summary()) == (90, 300)  # ranks 983 to 997: p99.9 is 999
    assert bounds("p99.9", summary(4000)) == (200, 350)
    assert bounds("p50", summary(40)) == (5, 50)  # ranks 14 to 27, under p75's 30
    close = [*summary(), fact("p96", 95.0), fact("p97", 120.0), fact("p93", 80.0), fact("p94", 85.0)]
    assert bounds("p95", close) == (80, 120)  # p96 and p94 lie inside the interval


def test_with_the_largest_alone_that_is_the_end() -> None:
    few = [fact("p95", 90.0), fact("max", 350.0)]
    assert bounds("p95", few) == (0, 350)
    assert judge("p95 <= 350 ms", few).outcome == "proven"


def test_nothing_stated_above_is_inconclusive() -> None:
    few = [fact(name, STATED[name]) for name in ("min", "p50", "p90", "p95")]
    assert bounds("p95", few) == (70, math.inf)
    finding = judge("p95 <= 9 h", few)
    assert finding.outcome == "inconclusive"
    assert finding.message == (
        "90 ms holds, but with 95 % confidence p95 of 1,000 samples is 70 ms to unknown: no higher value is stated"
    )
    assert finding.help == "keep the raw samples, or let the tool state a percentile above p95"


def test_a_percentile_above_that_is_too_near_is_none() -> None:
    assert bounds("p95", [fact("p95", 90.0), fact("p96", 95.0)]) == (0, math.inf)


def test_where_the_sample_has_no_end_its_largest_value_is_none() -> None:
    """Of 71 samples the largest is below p95 in more than 2.5 % of all cases, and of 5 the least above p50."""
    assert bounds("p95", summary(71)) == (50, math.inf)
    assert bounds("p95", summary(72)) == (50, 350)
    assert bounds("p50", summary(5)) == (0, math.inf)
    assert bounds("p50", summary(6)) == (5, 350)
    low = [fact("min", 1.0, 2), fact("p10", 5.0, 2), fact("max", 9.0, 2)]
    assert bounds("p10", low) == (0, 9)
    assert judge("p10 >= 1 ms", low).outcome == "inconclusive"


def test_families_labels_and_units_are_kept_apart() -> None:
    ttft = [fact("ttft.p95", 90.0), *summary()]
    assert bounds("ttft.p95", ttft) == (0, math.inf)
    assert bounds("p95", [fact("p95", 90.0), *summary(prefix="ttft.")]) == (0, math.inf)
    assert bounds("ttft.p95", summary(prefix="ttft.")) == (70, 200)
    assert bounds("a.b.p95", [*summary(prefix="a.b."), *summary(prefix="a.")]) == (70, 200)
    assert bounds("p95", [fact("p95", 90.0), *summary(endpoint="/a")]) == (0, math.inf)
    assert bounds("p95", [fact("p95", 90.0), fact("max", 3.0, unit="")]) == (0, math.inf)


@pytest.mark.parametrize("family", ["pay.", "prefill.", "p50.", "page.p95."])
def test_families_that_begin_with_p_are_no_percentiles(family: str) -> None:
    assert bounds("p95", [fact("p95", 90.0), *summary(prefix=family)]) == (0, math.inf)


@pytest.mark.parametrize("value", [math.nan, math.inf, "slow", True])
def test_values_that_are_none_bound_nothing(value: float | str | bool) -> None:
    assert bounds("p95", [fact("p95", 90.0), fact("p99", value), fact("max", value), fact("p50", value)]) == (0, math.inf)


def test_an_interval_holds_its_value_even_where_the_file_contradicts_itself() -> None:
    wrong = [fact("p50", 500.0), fact("p95", 90.0), fact("p99", 10.0)]
    assert bounds("p95", wrong) == (90, 90)


@pytest.mark.parametrize("samples", [None, 0, -3])
def test_without_samples_there_is_no_interval(samples: int | None) -> None:
    assert bounds("p95", summary(samples)) is None


@given(st.integers(0, 2**32), st.integers(6, 3000), st.sampled_from(["p50", "p75", "p90", "p95", "p99"]))
def test_what_a_summary_bounds_is_no_narrower_than_what_its_samples_do(seed: int, count: int, metric: str) -> None:
    """So a summary never proves what the samples of the same run would not."""
    draw = random.Random(seed)
    samples = from_counts(Counter(draw.lognormvariate(3, 1) for _ in range(count)))
    stated = [fact(name, quantile(samples, float(name[1:]) / 100), count) for name in STATED if name[0] == "p"]
    stated += [fact("min", samples.values[0], count), fact("max", samples.values[-1], count)]
    exact, found = interval(samples, float(metric[1:]) / 100), bounds(metric, stated)
    assert found is not None
    assert found.low <= exact.low
    assert exact.high <= found.high
