"""Two runs compared: no false alarms, not even for clumped samples, and real changes are seen."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.clumps import Scored
from readiness.stats.difference import Run, difference
from readiness.stats.histogram import EMPTY, Histogram, from_counts, merge


def histogram(values: list[float]) -> Histogram:
    return from_counts(Counter(values))


def run(seed: int, slower: float = 1.0, clump: float = 0.0, windows: int = 40, failing: float = 0.02, cases: int = 15) -> Run:
    """Log-normal times around 50 ms; the level of each window moves by `clump`, and with it its failures."""
    random_ = random.Random(seed)
    times, outcomes, level = [], [], 0.0
    for _ in range(windows):
        level = 0.5 * level + 0.866 * random_.gauss(0, 1)
        middle = 50 * slower * math.exp(clump * level)
        times.append(histogram([round(middle * math.exp(0.5 * random_.gauss(0, 1)), 3) for _ in range(cases)]))
        chance = failing * math.exp(6 * clump * level)
        outcomes.append(Scored(cases, sum(random_.random() < chance for _ in range(cases))))
    failures = int(sum(part.total for part in outcomes))
    return Run(merge(times), failures, windows * cases, times, outcomes)


def alone(one: Run) -> Run:
    """The same run, whose windows were not kept."""
    return one._replace(windows=(), outcomes=())


PAIRS = 50
CALLED = {"slower", "faster", "higher", "lower"}


def alarms(clump: float, *, windows: bool) -> list[float]:
    """Share of pairs of like runs that are called different: by the rank test, p90 and errors."""
    counts = [0, 0, 0]
    for seed in range(PAIRS):
        a, b = run(seed, clump=clump), run(10_000 + seed, clump=clump)
        found = difference(a, b, (0.9,)) if windows else difference(alone(a), alone(b), (0.9,))
        assert found.errors
        verdicts = (found.verdict, found.percentiles[0.9].verdict, found.errors.verdict)
        counts = [count + (verdict in CALLED) for count, verdict in zip(counts, verdicts, strict=True)]
    return [count / PAIRS for count in counts]


def test_runs_that_do_not_differ_are_seldom_called_different() -> None:
    assert max(alarms(0.0, windows=False)) <= 0.08  # 5 % are expected of 50 pairs, give or take 3 %
    assert max(alarms(0.0, windows=True)) <= 0.08


def test_clumps_give_false_alarms_unless_the_design_effect_is_known() -> None:
    blind, seeing = alarms(0.2, windows=False), alarms(0.2, windows=True)
    assert blind[0] > 0.3
    assert blind[1] > 0.15
    assert max(seeing) <= 0.1


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_a_run_that_is_a_quarter_slower_is_called_slower(seed: int) -> None:
    found = difference(run(seed), run(seed + 1, slower=1.3, failing=0.12))
    assert found.verdict == "slower"
    assert found.magnitude in {"small", "medium"}
    assert found.percentiles[0.5].verdict == "slower"
    assert found.errors
    assert found.errors.verdict == "higher"


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.floats(1, 1.5), st.floats(0, 0.3))
def test_the_other_way_round_it_is_the_opposite(seed: int, slower: float, clump: float) -> None:
    a, b = run(seed, clump=clump), run(seed + 1, slower, clump)
    there, back = difference(a, b), difference(b, a)
    opposite = {"slower": "faster", "faster": "slower", "higher": "lower", "lower": "higher"}
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    assert back.magnitude == there.magnitude
    assert back.effects == there.effects[::-1]
    changes = [(there.percentiles[q], back.percentiles[q]) for q in there.percentiles]
    assert there.errors
    assert back.errors
    for one, other in [*changes, (there.errors, back.errors)]:
        assert other.verdict == opposite.get(one.verdict, one.verdict)
        assert other.difference == -one.difference
        assert other.interval == pytest.approx((-one.interval.high, -one.interval.low))


@given(st.integers(0, 10**6))
@settings(max_examples=8)
def test_the_interval_is_around_the_difference(seed: int) -> None:
    for change in difference(run(seed), run(seed + 1, 1.2)).percentiles.values():
        assert change.difference == change.after - change.before
        assert change.interval.low <= change.difference <= change.interval.high


def test_a_tail_that_the_samples_do_not_reach_is_not_judged() -> None:
    found = difference(run(1, cases=3), run(2, 3.0, cases=3), (0.5, 0.99, 0.999))
    assert [change.verdict for change in found.percentiles.values()] == ["slower", "too few samples", "too few samples"]
    assert found.percentiles[0.999].interval.high == math.inf


def test_under_eight_samples_are_too_few() -> None:
    few, more = histogram([1.0, 2, 3, 4, 5, 6, 7]), histogram([11.0, 12, 13, 14, 15, 16, 17, 18])
    assert difference(Run(few), Run(more)).verdict == "too few samples"
    assert difference(Run(more), Run(histogram([n + 100.0 for n in range(8)]))).verdict == "slower"
    errors = difference(Run(few, 0, 7), Run(more, 8, 8)).errors
    assert errors
    assert errors.verdict == "too few samples"


def test_without_samples_nothing_is_compared() -> None:
    found = difference(Run(EMPTY), Run(histogram([1.0] * 20), 5, 20))
    assert (found.verdict, found.magnitude, found.ranks) == ("too few samples", "negligible", None)
    assert (found.percentiles, found.errors) == ({}, None)


def test_errors_alone_can_be_compared() -> None:
    """9 of 10 less 3 of 10: Newcombe 1998, table II."""
    found = difference(Run(EMPTY, 3, 10), Run(EMPTY, 9, 10))
    assert found.errors
    assert found.errors.verdict == "higher"
    assert found.errors.difference == pytest.approx(0.6)
    assert found.errors.interval == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_what_rounding_can_make_is_no_difference() -> None:
    """Times in whole milliseconds: medians of 12 and 13 may be 12.49 and 12.51."""
    draw = random.Random(5).gauss
    exact = [12.49 + 0.15 * draw(0, 1) for _ in range(20_000)]
    a, b = histogram([float(round(x)) for x in exact]), histogram([float(round(x + 0.02)) for x in exact])
    found = difference(Run(a), Run(b), (0.5,)).percentiles[0.5]
    assert (found.before, found.after, found.verdict) == (12, 13, "no difference shown")


def test_what_classes_of_values_can_make_is_no_difference() -> None:
    a, b = {99.99: 10, 100.0: 5000, 110.0: 10}, {100.99: 10, 101.0: 5000, 110.0: 10}
    assert difference(Run(from_counts(a)), Run(from_counts(b)), (0.5,)).percentiles[0.5].verdict == "slower"
    coarse = difference(Run(from_counts(a, 0.01)), Run(from_counts(b, 0.01)), (0.5,)).percentiles[0.5]
    assert coarse.verdict == "no difference shown"


def test_the_effect_is_named_as_vargha_and_delaney_do() -> None:
    def magnitude(more: int) -> str:
        """B exceeds A in `more` of 100 pairs."""
        return difference(Run(from_counts({2: 100})), Run(from_counts({1: 100 - more, 3: more}))).magnitude

    assert [magnitude(n) for n in (50, 55, 56, 63, 64, 70, 71)] == [
        "negligible", "negligible", "small", "small", "medium", "medium", "large",
    ]  # fmt: skip
    assert [magnitude(n) for n in (45, 44, 29)] == ["negligible", "small", "large"]


def test_the_method_names_its_sources() -> None:
    method = difference(run(1), run(2)).method
    for source in ("Mann–Whitney", "Zou and Donner 2008", "Newcombe (1998)", "Kish 1965"):
        assert source in method
    assert difference(alone(run(1)), alone(run(2))).method == method.partition("; samples discounted")[0]
