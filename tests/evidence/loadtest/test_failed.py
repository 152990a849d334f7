"""What failed requests make better: any figure that both sides have, once, and no chance."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.facts import EXPECTED, load_facts
from readiness.evidence.loadtest.failed import failed_fast, failed_samples
from readiness.evidence.loadtest.tally import Tally
from readiness.model.fact import Fact, Problem
from readiness.model.load import Counts, Labels, Load, Window
from readiness.stats.histogram import EMPTY, Histogram, from_values, merge, quantile

AT = Location("run.json", 1)
HELP = "look at those that passed"


def facts(
    errors: float, every: dict[str, float], good: dict[str, float], run: Labels = (), samples: int | None = 10_000
) -> list[Fact]:
    passed = tuple(sorted((*run, EXPECTED)))
    return [
        Fact("errors", errors, "ratio", AT, run, samples),
        *(Fact(name, value, "ms", Location("run.json", 2, 0, name), run, samples) for name, value in every.items()),
        *(Fact(name, value, "ms", AT, passed, samples and round(samples * (1 - errors))) for name, value in good.items()),
    ]


def named(found: list[Fact], run: Labels = (), rounding: float = 0.0) -> list[str]:
    return [problem.at.pointer for problem in failed_fast(found, HELP, run, rounding=rounding)]


def test_the_figure_made_better_most_is_named_once() -> None:
    found = facts(0.4, {"p50": 90, "p95": 950, "mean": 60}, {"p50": 100, "p95": 1000, "mean": 100})
    assert list(failed_fast(found, HELP)) == [
        Problem(
            "warning", "failed-fast",
            "the mean is 60 ms with failed requests, 100 ms without: they failed fast, or a quick endpoint failed more often",
            Location("run.json", 2, 0, "mean"), HELP,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("metric", ["mean", "p50", "p90", "p95", "p99", "p99.9"])
def test_any_figure_that_both_sides_have_counts(metric: str) -> None:
    assert named(facts(0.1, {metric: 80}, {metric: 100}, samples=100_000)) == [metric]
    assert named(facts(0.1, {metric: 80}, {})) == []
    assert named(facts(0.1, {metric: 100}, {metric: 80})) == []
    assert named(facts(0, {metric: 80}, {metric: 100})) == []


@pytest.mark.parametrize("metric", ["min", "max", "p75", "duration", "custom.ttft.p95", "p*"])
def test_what_nobody_judges_a_service_by_does_not(metric: str) -> None:
    assert named(facts(0.1, {metric: 50, "mean": 96}, {metric: 100, "mean": 100})) == []


@pytest.mark.parametrize(
    ("metric", "errors", "every", "told"),
    [
        ("p90", 0.01, 98.9, True), ("p90", 0.01, 99.1, False), ("p95", 0.02, 98.9, True), ("p95", 0.02, 99.1, False),
        ("p95", 0.01, 98.9, False), ("p95", 0.01, 94, True), ("p99", 0.1, 98.9, True), ("p99", 0.05, 80, False),
        ("p99.9", 0.2, 80, False), ("p50", 0.1, 96, False), ("p50", 0.1, 94, True),
    ],
)  # fmt: skip
def test_little_and_a_far_tail_take_more_failures(metric: str, errors: float, every: float, *, told: bool) -> None:
    """Nine failures of 10,000 requests should be above a percentile that is little better for them."""
    mean = 100 * (1 - min(0.04, errors))
    assert named(facts(errors, {metric: every, "mean": mean}, {metric: 100, "mean": 100})) == [metric] * told


@pytest.mark.parametrize("samples", [None, 10_000])
def test_the_number_of_requests_may_stand_beside_the_share(samples: int | None) -> None:
    found = facts(0.1, {"mean": 90}, {"mean": 100}, samples=samples)
    assert named(found) == ["mean"] * bool(samples)
    assert named([*found, Fact("requests", 10_000, "", AT)]) == ["mean"]


def test_requests_without_an_answer_are_in_no_time() -> None:
    """Of 400 requests 40 got an error page and 100 nothing: a tenth of the times are of failures."""
    found = [Fact("errors", 0.35, "ratio", AT, (), 400), Fact("mean", 50, "ms", AT, (), 400 - 100), Fact("mean", 54, "ms", AT, (EXPECTED,), 260)]
    assert len(named(found)) == 1
    assert named([f._replace(samples=None) if f.metric == "mean" else f for f in found]) == []  # as if 140 had failed


def test_too_few_requests_show_nothing() -> None:
    assert named(facts(0.1, {"mean": 90}, {"mean": 100}, samples=90)) == []
    assert named(facts(0.9, {"mean": 10}, {"mean": 100}, samples=70)) == []
    assert named(facts(1, {"mean": 10}, {"mean": 100})) == []


def test_failures_as_slow_as_the_others_move_no_percentile_but_by_chance() -> None:
    """p95 of 64 and 80 ms are of a run of 474 requests in which the means are alike."""
    assert named(facts(0.33, {"p50": 20, "p95": 64, "mean": 29}, {"p50": 20, "p95": 80, "mean": 30}, samples=474)) == []


def test_refused_requests_of_k6_count_as_0_ms() -> None:
    found = facts(158 / 474, {"p50": 10.82, "p95": 64.9, "mean": 17.1, "max": 298.4}, {"p50": 13.1, "p95": 77.8, "mean": 25.7, "max": 298.4}, samples=474)
    assert named(found) == ["mean"]
    assert named([f for f in found if f.metric != "mean"]) == ["p50"]


def test_a_step_of_the_file_s_own_rounding_is_not_told() -> None:
    found = facts(0.1, {"p90": 48, "mean": 27.1}, {"p90": 50, "mean": 28})
    assert (named(found), named(found, rounding=0.05)) == (["p90"], [])


@pytest.mark.parametrize(("good", "told"), [(15, False), (15.4, True), (16, True)])
def test_whole_milliseconds_may_be_one_apart(good: float, *, told: bool) -> None:
    assert bool(named(facts(0.4, {"p50": 14}, {"p50": good}))) is told


def test_a_run_is_compared_with_itself_only() -> None:
    one, two = (("run", "1"),), (("run", "2"),)
    found = [*facts(0.1, {"p95": 90}, {"p95": 100}, one), *facts(0.1, {"p95": 50}, {"p95": 100}, two)]
    assert (named(found, one), named(found, two), named(found)) == (["p95"], ["p95"], [])


def test_times_of_nothing_are_not_compared() -> None:
    assert named(facts(0.1, {"p50": 0}, {"p50": 0})) == []
    assert named([Fact("p50", 1, "ms", AT), Fact("p50", 9, "ms", AT, (EXPECTED,))]) == []


def by_endpoint(*found: tuple[float, float, float]) -> list[Fact]:
    """Facts of a run of which the mean is 60 ms, and 100 ms without failures, and of its endpoints."""
    facts_ = facts(0.4, {"mean": 60}, {"mean": 100})
    for n, (errors, every, good) in enumerate(found):
        labels = (("endpoint", f"/{n}"),)
        facts_ += facts(errors, {"mean": every}, {"mean": good} if good else {}, labels, 5000)
    return facts_


def test_a_summary_with_endpoints_must_show_it_of_one_of_them() -> None:
    assert named(by_endpoint((0.5, 20, 20), (0, 200, 0))) == []  # the quick endpoint fails
    assert named(by_endpoint((0.5, 10, 20), (0, 200, 0))) == ["mean"]
    assert named(by_endpoint((0.5, 20, 20), (0.5, 1, 0))) == ["mean"]  # nothing passed of the other
    assert named(by_endpoint((0, 20, 20))) == ["mean"]  # of which no failure is known


def test_a_summary_says_that_failures_were_quick_only_if_it_has_endpoints() -> None:
    (sure,) = failed_fast(by_endpoint((0.5, 10, 20), (0, 200, 0)), HELP)
    (unsure,) = failed_fast(by_endpoint((0.5, 20, 20), (0.5, 1, 0)), HELP)
    assert sure.message.endswith(" without: they failed fast")
    assert unsure.message.endswith(" without: they failed fast, or a quick endpoint failed more often")


# Samples: whether failures were quick is a question about chance.

LONG = "had they taken as long as passed ones of their endpoint"
RANKS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
Draw = Callable[[random.Random], float]
Groups = list[tuple[Histogram, Histogram]]


def whole_ms(chance: random.Random) -> float:
    return float(round(chance.lognormvariate(math.log(80), 0.6)))


def heavy(chance: random.Random) -> float:
    return 5 * chance.paretovariate(1.5)


def two_kinds(chance: random.Random) -> float:
    return max(1.0, chance.gauss(20, 2) if chance.random() < 0.92 else chance.gauss(500, 50))


def instant(chance: random.Random) -> float:
    return round(chance.expovariate(1), 2)


def figures(times: Histogram, labels: Labels = ()) -> list[Fact]:
    stated = {"min": times.values[0], "mean": times.mean, "max": times.values[-1]}
    stated |= {name: quantile(times, share) for name, share in RANKS.items()}
    return [Fact(name, value, "ms", AT, labels) for name, value in stated.items()]


def from_samples(groups: Groups) -> list[str]:
    counts: dict[Labels, Counts] = {(("endpoint", f"/{n}"),): Counts(*pair) for n, pair in enumerate(groups)}
    found = figures(merge(times for pair in groups for times in pair))
    return [problem.message for problem in failed_samples(Load((Window(0, counts),)), found, HELP)]


def from_summary(groups: Groups) -> list[str]:
    """What is found in a summary that has no endpoints."""
    every, good = merge(times for pair in groups for times in pair), merge(ok for ok, _ in groups)
    found = [Fact("errors", 1 - good.size / every.size, "ratio", AT, (), every.size)]
    found += [*figures(every), *figures(good, (EXPECTED,))]
    return [problem.message for problem in failed_fast(found, HELP)]


def run(seed: int, requests: int, share: float, passed: Draw, failed: Draw) -> tuple[Histogram, Histogram]:
    chance = random.Random(seed)
    ok: list[float] = []
    bad: list[float] = []
    for _ in range(requests):
        if chance.random() < share:
            bad.append(failed(chance))
        else:
            ok.append(passed(chance))
    return from_values(ok), from_values(bad) if bad else EMPTY


def share_of(found: Iterable[list[str]]) -> float:
    told = [bool(messages) for messages in found]
    return sum(told) / len(told)


SHARES = (0.005, 0.02, 0.1, 0.25, 0.4)


@pytest.mark.parametrize("draw", [whole_ms, heavy, two_kinds])
@pytest.mark.parametrize(("requests", "seeds"), [(200, 60), (2000, 30), (100_000, 1)])
def test_failures_like_the_others_are_told_once_in_a_hundred_times_at_most(draw: Draw, requests: int, seeds: int) -> None:
    runs = [[run(seed, requests, share, draw, draw)] for seed in range(seeds) for share in SHARES]
    assert share_of(map(from_samples, runs)) <= 0.01
    assert share_of(map(from_summary, runs)) <= 0.01


@pytest.mark.parametrize("draw", [whole_ms, heavy, two_kinds])
@pytest.mark.parametrize(("requests", "seeds"), [(200, 20), (2000, 10), (100_000, 1)])
def test_quick_failures_that_make_p95_a_twentieth_better_are_found(draw: Draw, requests: int, seeds: int) -> None:
    """A summary of fewer than 20 failures is too little for its bounds; samples of four are enough."""
    runs = [[run(seed, requests, share, draw, instant)] for seed in range(seeds) for share in SHARES]
    moved = [
        groups
        for groups in runs
        for ok, bad in groups
        if bad.size >= 4 and quantile(merge((ok, bad)), 0.95) <= 0.95 * quantile(ok, 0.95)
    ]
    assert moved
    assert share_of(map(from_samples, moved)) == 1
    assert share_of(from_summary(groups) for groups in moved if groups[0][1].size >= 20) == 1


@pytest.mark.parametrize("seed", range(10))
def test_an_endpoint_that_is_quick_and_fails_more_often_is_no_quick_failure(seed: int) -> None:
    """A summary without endpoints cannot tell; samples can."""
    groups = [run(seed, 2000, 0.005, whole_ms, whole_ms), run(seed, 2000, 0.4, instant, instant)]
    assert from_samples(groups) == []
    assert from_summary(groups)


def test_quick_failures_of_a_slow_endpoint_are_found_among_quick_answers() -> None:
    groups = [run(1, 1000, 0.4, whole_ms, instant), run(2, 1000, 0, instant, instant)]
    (message,) = from_samples(groups)
    assert message.endswith(f" ms {LONG}: they failed fast")


def test_an_endpoint_that_never_answered_is_held_against_all_others() -> None:
    groups = [run(1, 1000, 0, whole_ms, whole_ms), run(2, 300, 1, whole_ms, instant)]
    (message,) = from_samples(groups)
    assert message.endswith(" ms had they taken as long as passed ones: they failed fast, or a quick endpoint failed more often")


def tallied(seed: int, name: Callable[[random.Random], int], middle: Callable[[float, int], float],
            failing: Callable[[float, int], float], quick: float = 1) -> list[str]:  # fmt: skip
    """6,000 requests in a minute, whose times and failures depend on their second and endpoint."""
    chance, tally = random.Random(seed), Tally()
    for n in range(6000):
        number = name(chance)
        ok = chance.random() >= failing(n / 100, number)
        ms = chance.lognormvariate(math.log(middle(n / 100, number) * (1 if ok else quick)), 0.4)
        tally.add(n / 100, round(ms), ok, (("endpoint", f"/{number}"),))
    load = tally.load()
    whole = [fact for fact in load_facts(load, AT) if not fact.labels and not isinstance(fact.value, str)]
    return [problem.message for problem in failed_samples(load, whole, HELP)]


def test_failures_of_a_calm_phase_are_no_warning() -> None:
    def calm(second: float) -> bool:
        return 20 < second < 30

    for seed in range(6):
        assert tallied(seed, lambda _: 0, lambda s, _: 60 if calm(s) else 120, lambda s, _: 0.3 if calm(s) else 0.01) == []
    assert tallied(1, lambda _: 0, lambda s, _: 60 if calm(s) else 120, lambda s, _: 0.3 if calm(s) else 0.01, 0.1)


@pytest.mark.parametrize(("names", "quick", "told"), [(90, 1, ""), (3000, 1, "more often"), (90, 0.05, "failed fast")])
def test_names_with_ids_of_which_quick_ones_fail_more_often_are_not_said_to_fail_fast(names: int, quick: float, told: str) -> None:
    """Of 3,000 all but a hundred are counted together: their traffic mix is not known."""
    found = tallied(1, lambda chance: chance.randrange(names), lambda _, n: 20 + 4 * (n % 150),
                    lambda _, n: 0.2 if n % 150 < 50 else 0.01, quick)  # fmt: skip
    assert [message.endswith(told) for message in found] == [True] * bool(told)


def test_samples_of_nothing_that_passed_or_failed_are_not_compared() -> None:
    assert from_samples([run(1, 500, 0, whole_ms, instant)]) == []
    assert from_samples([run(1, 500, 1, whole_ms, instant)]) == []


def test_failures_as_slow_as_the_others_are_no_warning() -> None:
    tally = Tally()
    for n in range(4000):
        tally.add(n / 10, 20.0 + n % 97, n % 9 > 0)
    load = tally.load()
    assert list(failed_samples(load, load_facts(load, AT)[:20], HELP)) == []


def test_a_service_that_refuses_two_of_five_looks_quick() -> None:
    """The slowest are as slow as ever: p95 alone would not tell."""
    (message,) = from_samples([(from_values([505.0] * 2400), from_values([0.0] * 1600))])
    assert message == "the mean is 303 ms with failed requests, 505 ms without: they failed fast"
