"""From samples to facts: each value recomputed naively, with its interval, steady part and omission."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.facts import EXPECTED, SAMPLED, SHARES, load_facts, times
from readiness.evidence.loadtest.shape import shape_problems, steady_part
from readiness.evidence.loadtest.tally import Tally
from readiness.model.fact import Fact
from readiness.model.load import Arrivals, Labels, Load
from readiness.stats.clumps import share_effect
from readiness.stats.held import held_rate
from readiness.stats.histogram import EMPTY, Interval, from_counts, size
from readiness.stats.order_statistics import interval
from tests.analysis.loads import stepped

AT = Location("run.jtl", 1, 0, "elapsed")
A: Labels = (("endpoint", "/a"),)
B: Labels = (("endpoint", "/b"), ("method", "GET"))
TIMES = ("min", "mean", *SHARES, "max")


@lru_cache(maxsize=2)
def all_facts(load: Load) -> tuple[Fact, ...]:
    return tuple(load_facts(load, AT))


def by_name(load: Load, labels: Labels = ()) -> dict[str, Fact]:
    found = [fact for fact in all_facts(load) if fact.labels == labels]
    assert len({fact.metric for fact in found}) == len(found)
    return {fact.metric: fact for fact in found}


def values(load: Load, labels: Labels = ()) -> dict[str, object]:
    return {metric: fact.value for metric, fact in by_name(load, labels).items()}


def number(load: Load, metric: str, labels: Labels = ()) -> float:
    return float(by_name(load, labels)[metric].value)


def codes(load: Load) -> list[str]:
    return [problem.code for problem in shape_problems(load, all_facts(load), AT)]


def naive(ms: list[float]) -> dict[str, Any]:
    ordered = sorted(ms)
    ranks = {name: math.ceil(Fraction(str(share)) * len(ms)) for name, share in SHARES.items()}
    return {
        "min": ordered[0], "mean": pytest.approx(math.fsum(ms) / len(ms)), "max": ordered[-1],
        **{name: ordered[rank - 1] for name, rank in ranks.items()},
    }  # fmt: skip


Sample = tuple[float, float, bool, Labels]


def tallied(samples: Sequence[Sample], arrivals: Arrivals = "", users: int = 0) -> Load:
    tally = Tally()
    for seconds, ms, ok, labels in samples:
        tally.add(seconds, ms, ok, labels)
        if users:
            tally.users(seconds, users)
    return tally.load(arrivals)


def course(rate: Callable[[float], float], seconds: int, ms: Callable[[float, random.Random], float], seed: int = 1) -> list[Sample]:
    """Return samples that arrive at a rate that depends on the time, with times that depend on it."""
    draw = random.Random(seed)
    found: list[Sample] = []
    for second in range(seconds):
        number = max(0, round(rate(second)))
        found += [(second + n / number, ms(second, draw), True, A) for n in range(number)]
    return found


def usual(_: float, draw: random.Random) -> float:
    return round(draw.lognormvariate(4, 0.5), 1)


def level(_: float) -> float:
    return 40


# values


@given(st.integers(0, 2**32), st.integers(1, 400), st.sampled_from([1, 30, 500]))
def test_values_are_those_of_a_naive_recomputation(seed: int, count: int, seconds: int) -> None:
    draw = random.Random(seed)
    samples = [(draw.uniform(0, seconds), round(draw.lognormvariate(3, 1), 2), draw.random() < 0.7, draw.choice((A, B)))
               for _ in range(count)]  # fmt: skip
    load = tallied(samples)
    duration = max(s + ms / 1000 for s, ms, *_ in samples) - min(s for s, *_ in samples)
    for labels in ((), A, B):
        part = [s for s in samples if labels in ((), s[3])]
        if not part:
            assert values(load, labels) == {}
            continue
        found = values(load, labels)
        failures = sum(not ok for _, _, ok, _ in part)
        assert found == found | naive([ms for _, ms, *_ in part]) | {
            "requests": len(part), "failures": failures, "errors": failures / len(part),
            "rate": pytest.approx(len(part) / duration, abs=1e-3, rel=1e-3),
        }  # fmt: skip
        good = [ms for _, ms, ok, _ in part if ok]
        expected = values(load, tuple(sorted((*labels, EXPECTED))))
        assert expected == (naive(good) if failures and good else {})
    assert found_duration(load) == pytest.approx(duration * 1000, abs=1e-3)


def found_duration(load: Load) -> float:
    return number(load, "duration")


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([30, 300]))
def test_every_fact_is_declared_with_its_unit_and_place(seed: int, seconds: int) -> None:
    draw = random.Random(seed)
    samples = [(s, ms, draw.random() < 0.9, draw.choice((A, B))) for s, ms, _, _ in course(level, seconds, usual, seed)]
    declared = {(metric.name, metric.unit): metric.labels for metric in SAMPLED}
    for fact in all_facts(tallied(samples, "closed", 9)):
        assert (fact.metric, fact.unit) in declared
        assert {name for name, _ in fact.labels} <= set(declared[fact.metric, fact.unit])
        assert fact.labels == tuple(sorted(fact.labels))
        assert (fact.at, fact.origin) == (AT, "derived")
        if fact.unit in ("ms", "ratio", "1/s") and fact.metric.rpartition(".")[2] in {*TIMES, "errors", "rate"}:
            assert fact.samples
        assert (fact.bounds is not None) == (fact.metric.removeprefix("steady.").removeprefix("corrected.") in {*SHARES, "errors"})


def test_times_of_nothing_are_none() -> None:
    assert list(times(EMPTY, AT)) == []
    assert values(Tally().load()) == {"requests": 0, "failures": 0}


def test_samples_without_a_name_are_the_whole_only() -> None:
    load = tallied([(n / 10, 5.0, True, ()) for n in range(50)])
    assert {fact.labels for fact in load_facts(load, AT)} == {()}


def test_samples_without_times_have_neither_rate_nor_course() -> None:
    tally = Tally()
    for n in range(500):
        tally.add(None, float(n), n % 10 > 0, A)
    load = tally.load("closed")
    found = values(load)
    assert (found["requests"], found["errors"], found["p50"]) == (500, 0.1, 249)
    assert not {"rate", "duration", "rate.held", "ramp", "steady.p95"} & found.keys()
    assert codes(load) == ["no-times"]


# intervals


@given(st.integers(0, 2**32), st.integers(1, 300))
def test_intervals_hold_the_value_and_are_those_of_order_statistics(seed: int, count: int) -> None:
    draw = random.Random(seed)
    load = tallied([(draw.uniform(0, 8), draw.lognormvariate(3, 1), True, A) for _ in range(count)])
    histogram = load.groups()[A].all
    for name, share in SHARES.items():
        fact = by_name(load)[name]
        assert fact.bounds is not None
        assert fact.bounds.low <= float(fact.value) <= fact.bounds.high
        assert fact.bounds == interval(histogram, share), "under ten windows nothing is known of clumps"
        assert by_name(load, A)[name].bounds == interval(histogram, share)


def test_samples_in_clumps_have_wider_intervals() -> None:
    def bad_seconds(second: float, draw: random.Random) -> float:
        return usual(second, draw) * (4 if second % 7 == 3 else 1)

    load = tallied(course(level, 120, bad_seconds))
    assert steady_part(load).reason == ""
    fact = by_name(load)["p90"]
    alone = interval(load.groups()[A].all, 0.9)
    effect = share_effect([w.times for w in load.windows], float(fact.value))
    assert fact.bounds == interval(load.groups()[A].all, 0.9, effect)
    assert effect > 3
    assert fact.bounds is not None
    assert fact.bounds.high - fact.bounds.low > 1.5 * (alone.high - alone.low)


def test_independent_samples_have_hardly_wider_ones() -> None:
    effects = []
    for seed in range(20):
        load = tallied(course(level, 60, usual, seed))
        effects.append(share_effect([w.times for w in load.windows], number(load, "p95")))
    assert sum(effects) / len(effects) < 1.5


CHAT, RARE = (("endpoint", "/chat"),), (("endpoint", "/rare"),)


def clumped(seed: int) -> Load:
    """One level for each stretch of 10 s; 1 of 10 requests is of the other endpoint, 1 of 50 fails."""
    draw, found = random.Random(seed), []
    for stretch in range(60):
        middle = 100 * draw.lognormvariate(0, 0.3)
        found += [(stretch * 10 + n / 20, round(middle * draw.lognormvariate(0, 0.3), 1), draw.random() > 0.02,
                   RARE if n % 10 == 0 else CHAT) for n in range(200)]  # fmt: skip
    return tallied(found)


def test_intervals_of_groups_hold_the_truth_in_clumped_runs_as_often_as_they_say() -> None:
    """The 95th percentile of exp(0.3 z₁ + 0.3 z₂), and not that of the good and bad stretches of one run."""
    truth = 100 * math.exp(1.644854 * math.hypot(0.3, 0.3))
    groups = [(), CHAT, RARE, (EXPECTED,), tuple(sorted((*CHAT, EXPECTED)))]
    held = dict.fromkeys(groups, 0)
    for seed in range(25):
        load = clumped(seed)
        for labels in groups:
            bounds = by_name(load, labels)["p95"].bounds
            assert bounds is not None
            held[labels] += bounds.low <= truth <= bounds.high
    assert {labels: count for labels, count in held.items() if count / 25 <= 0.85} == {}


def test_steady_facts_of_groups_are_widened_too() -> None:
    found = by_name(clumped(1), CHAT)
    whole, steady = found["p95"].bounds, found["steady.p95"].bounds
    alone = interval(clumped(1).groups()[CHAT].all, 0.95)
    assert whole is not None
    assert steady is not None
    assert steady.high - steady.low > 3 * (alone.high - alone.low)
    assert whole.high - whole.low > 3 * (alone.high - alone.low)


def test_failures_of_an_endpoint_that_come_together_are_one_clump() -> None:
    def bounds(fails: Callable[[int, int], bool]) -> Interval:
        load = tallied([(s + n / 20, 50.0 + n, not fails(s, n), CHAT if n % 2 else RARE) for s in range(100) for n in range(20)])
        found = by_name(load, CHAT)["errors"].bounds
        assert found is not None
        return found

    spread, outage = bounds(lambda s, n: n == s % 20 | 1), bounds(lambda s, _: 40 <= s < 45)
    assert outage.high - outage.low > 2 * (spread.high - spread.low)


def test_a_group_too_small_to_show_its_clumps_takes_those_of_the_run() -> None:
    draw = random.Random(3)
    levels = [draw.lognormvariate(0, 0.4) for _ in range(60)]
    samples = [(s + n / 40, round(levels[s] * draw.lognormvariate(4, 0.3), 2), True, CHAT) for s in range(60) for n in range(40)]
    load = tallied([*samples, *((s * 3 + 0.5, 50.0 + s, True, RARE) for s in range(18))])
    few, whole = load.groups()[RARE].all, number(load, "p50")
    effect = share_effect([w.times for w in load.windows], whole)
    assert effect > 5
    assert by_name(load, RARE)["p50"].bounds == interval(few, 0.5, effect) != interval(few, 0.5)


# what was held


def test_held_rates_are_told_for_the_lengths_the_run_has() -> None:
    def lengths(seconds: int) -> dict[str, float]:
        facts = load_facts(tallied(course(level, seconds, usual)), AT)
        return {fact.labels[0][1]: float(fact.value) for fact in facts if fact.metric == "rate.held"}

    assert lengths(40) == {}
    assert lengths(70) == {"1min": 40}
    assert lengths(400) == {"1min": 40, "5min": 40}
    assert lengths(1900) == {"1min": 40, "5min": 40, "10min": 40, "30min": 40}


@given(st.integers(0, 2**32), st.integers(70, 700), st.sampled_from([5.0, 9_000.0]))
def test_held_rates_are_what_was_answered_or_sent_where_that_is_the_same(seed: int, seconds: int, ms: float) -> None:
    draw = random.Random(seed)
    load = tallied([(draw.uniform(0, seconds), ms * draw.uniform(0.1, 1), True, ()) for _ in range(3000)])
    sent = [window.requests for window in load.windows]
    for fact in load_facts(load, AT):
        if fact.metric == "rate.held":
            length = {"1min": 60, "5min": 300, "10min": 600}[fact.labels[0][1]]
            both = [held_rate(counts, load.width, length) or 0.0 for counts in (load.completed, sent)]
            kept_up = both[1] and both[0] >= 0.98 * both[1]
            assert fact.value == pytest.approx(both[1] if kept_up else both[0], abs=1e-6)


def test_a_rate_that_was_asked_for_and_not_answered_was_not_held() -> None:
    """400 a second are sent, 200 answered: each waits longer than the one before."""
    samples = [(n / 400, 5.0 + 1000 * n * (1 / 200 - 1 / 400), True, ()) for n in range(400 * 120)]
    held = [float(f.value) for f in load_facts(tallied(samples), AT) if f.metric == "rate.held"]
    assert held == [pytest.approx(200, rel=0.02)]


# the steady part


def warm(second: float) -> float:
    """40 a second after a ramp of 20 s, and 10 s of cool-down at the end of 120."""
    return 2 * second if second < 20 else 4 * (120 - second) if second >= 110 else 40


def warm_ms(second: float, draw: random.Random) -> float:
    return usual(second, draw) * (1 + 3 * math.exp(-second / 5))


def test_the_steady_part_leaves_out_ramp_warm_up_and_cool_down() -> None:
    load = tallied(course(warm, 120, warm_ms))
    found = values(load)
    start, length = float(str(found["steady.start"])) / 1000, float(str(found["steady.duration"])) / 1000
    assert 15 <= start <= 30
    assert 100 <= start + length <= 116
    assert "MSER" in str(found["steady.method"])
    assert found["steady.rate"] == pytest.approx(40, rel=0.05)
    assert float(str(found["steady.p99"])) < float(str(found["p99"]))
    assert "no-steady-state" not in codes(load)


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_steady_facts_are_those_of_their_windows(seed: int) -> None:
    draw = random.Random(seed)
    samples = [(s, ms, draw.random() < 0.8, draw.choice((A, B))) for s, ms, _, _ in course(warm, 120, warm_ms, seed)]
    load = tallied(samples)
    part = steady_part(load)
    if part.reason:
        assert not [f for f in load_facts(load, AT) if f.metric.startswith("steady.")]
        assert "no-steady-state" in codes(load)
        return
    first = samples[0][0] // load.width
    inside = [s for s in samples if part.start <= s[0] // load.width - first < part.stop]
    for labels in ((), A, B):
        chosen = [s for s in inside if labels in ((), s[3])]
        found = values(load, labels)
        failures = sum(not ok for _, _, ok, _ in chosen)
        expected = {f"steady.{name}": value for name, value in naive([ms for _, ms, *_ in chosen]).items()} | {
            "steady.requests": len(chosen), "steady.failures": failures, "steady.errors": failures / len(chosen),
            "steady.rate": pytest.approx(1000 * len(chosen) / number(load, "steady.duration")),
        }  # fmt: skip
        assert found == found | expected
    longest = (part.stop - part.start) * load.width * 1000
    assert number(load, "steady.duration") == pytest.approx(min(longest, number(load, "duration")), abs=2000 * load.width)
    assert number(load, "steady.duration") <= number(load, "duration")


@pytest.mark.parametrize("rate", [lambda s: 5 + s, lambda s: 20 * (1 + s // 30), lambda s: 200 - s])
def test_a_run_that_climbs_falls_or_steps_has_no_steady_facts(rate: Callable[[float], float]) -> None:
    load = tallied(course(rate, 120, usual))
    assert not [metric for metric in values(load) if metric.startswith("steady.")]
    problem = next(p for p in shape_problems(load, [], AT) if p.code == "no-steady-state")
    assert (problem.kind, problem.at) == ("warning", AT)
    assert problem.message.startswith("no steady state found: ")
    assert problem.help == "hold one level of load for at least 20 windows, ramp apart"


def test_a_short_run_has_no_steady_facts_and_says_so() -> None:
    load = tallied(course(level, 19, usual))
    assert "steady.p95" not in values(load)
    message = next(p.message for p in shape_problems(load, [], AT) if p.code == "no-steady-state")
    assert message == "19 windows with requests; a steady state needs 20"


# omission


def stalled(arrivals: Arrivals, users: int) -> Load:
    """4 users ask 40 times a second in 100 ms each; from second 30 on each waits for 5 s once."""
    samples: list[Sample] = [(n / 40, 100.0, True, A) for n in range(40 * 30)]
    samples += [(30 + n / 1000, 5000.0, True, A) for n in range(4)]
    samples += [(35 + n / 40, 100.0, True, A) for n in range(40 * 30)]
    return tallied(samples, arrivals, users)


def test_a_closed_loop_that_waited_is_corrected_and_warned_of() -> None:
    load = stalled("closed", 4)
    found = values(load)
    assert found["p99"] == 100
    expected = [100.0] * 2400 + [5000.0] * 4 + [v * 100.0 for v in range(1, 50) for _ in range(4)]
    assert {name: found[f"corrected.{name}"] for name in TIMES} == naive(expected)
    assert by_name(load)["corrected.p99"].samples == len(expected) == 2600
    assert {"stall", "coordinated-omission"} <= set(codes(load))
    problem = next(p for p in shape_problems(load, load_facts(load, AT), AT) if p.code == "coordinated-omission")
    assert problem.message == (
        f"p99 is 100 ms as measured, and {found['corrected.p99']:,.4g} ms with the requests that the closed loop did not send while it waited"
    )
    assert problem.help == "judge by `corrected.p99`, or send at a constant rate"


def test_an_open_model_needs_no_correction() -> None:
    load = stalled("open", 4)
    found = values(load)
    assert {found[f"corrected.{name}"] == found[name] for name in TIMES} == {True}
    assert "coordinated-omission" not in codes(load)


def test_without_users_nothing_can_be_corrected() -> None:
    for load in (stalled("closed", 0), stalled("", 0)):
        assert not [metric for metric in values(load) if metric.startswith("corrected.")]


def test_a_steady_closed_loop_is_left_as_it_is() -> None:
    load = tallied([(n / 40, 100.0, True, A) for n in range(2400)], "closed", 4)
    found = values(load)
    assert {found[f"corrected.{name}"] == found[name] for name in TIMES} == {True}
    assert codes(load) == []


@given(st.integers(0, 2**32), st.integers(1, 50))
def test_a_correction_only_adds(seed: int, users: int) -> None:
    draw = random.Random(seed)
    load = tallied([(draw.uniform(0, 30), draw.lognormvariate(4, 1.5), True, A) for _ in range(300)], "closed", users)
    measured = load.groups()[A].all
    found = by_name(load)
    assert (found["corrected.p50"].samples or 0) >= size(measured)
    assert found["corrected.max"].value == found["max"].value
    for name in TIMES:  # it is a bound: many small additions may not hide the large times
        assert float(found[f"corrected.{name}"].value) >= float(found[name].value)


def test_a_stepped_run_is_never_corrected_to_less_than_was_measured() -> None:
    """The interval of the middle level is short for the highest, and what it adds is quick."""
    found = by_name(stepped(levels=(2, 4, 8, 16, 32, 48, 96)))
    assert found["corrected.p99"].value == found["p99"].value
    assert found["corrected.p99"].bounds == found["p99"].bounds
    assert float(found["corrected.p50"].value) > float(found["p50"].value)


def test_facts_of_a_histogram_alone() -> None:
    found = {fact.metric: fact for fact in times(from_counts({1.0: 900, 50.0: 99, 700.0: 1}), AT, A, "ttft.")}
    assert list(found) == [f"ttft.{name}" for name in TIMES]
    assert [found[f"ttft.{name}"].value for name in ("min", "p50", "p90", "p95", "p99", "p99.9", "max")] == [1, 1, 1, 50, 50, 50, 700]
    assert {fact.samples for fact in found.values()} == {1000}
