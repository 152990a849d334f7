"""Simulated runs of users who wait, and of schedules: what stalls and quick failures leave in each."""

from __future__ import annotations

import heapq
import math
import random
from typing import TYPE_CHECKING

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.facts import load_facts
from readiness.evidence.loadtest.sampled import sample_problems
from readiness.evidence.loadtest.shape import sent_on, shape_problems
from readiness.evidence.loadtest.tally import Tally
from readiness.model.fact import Fact, Problem
from readiness.model.load import Counts, Load, Window
from readiness.stats.histogram import from_counts

if TYPE_CHECKING:
    from readiness.model.load import Arrivals

AT = Location("run", 1)
Request = tuple[float, float]  # when it began in s, and how long it took in ms
Stalls = tuple[tuple[float, float], ...]


def answered(began: float, seconds: float, stalls: Stalls) -> float:
    """When a request is answered by a server that stands still from some times on for some seconds."""
    end = began + seconds
    for start, length in stalls:
        if began < start + length and end > start:
            end = start + length + seconds
    return end


def waiting(users: int, think: float, seconds: float, stalls: Stalls, seed: int, service: float = 0.1) -> list[Request]:
    """Users who ask, wait for the answer, and think."""
    draw = random.Random(seed)
    found: list[Request] = []
    for _ in range(users):
        at = draw.uniform(0, think + service)
        while at < seconds:
            end = answered(at, service * draw.lognormvariate(0, 0.2), stalls)
            found.append((at, 1000 * (end - at)))
            at = end + (draw.expovariate(1 / think) if think else 0)
    return sorted(found)


def scheduled(rate: float, seconds: float, stalls: Stalls, seed: int, *, even: bool = True) -> list[Request]:
    """Requests sent by a schedule, at even intervals or at random."""
    draw = random.Random(seed)
    at, found = 0.0, []
    while at < seconds:
        found.append((at, 1000 * (answered(at, 0.02 * draw.lognormvariate(0, 0.2), stalls) - at)))
        at += 1 / rate if even else draw.expovariate(rate)
    return found


def tallied(requests: list[Request], arrivals: Arrivals = "", users: int | None = 0) -> Load:
    """A load of some users, of as many as requests wait (None), or of an unknown number (0)."""
    tally, ends = Tally(), list[float]()
    for at, ms in requests:
        tally.add(at, ms)
        while ends and ends[0] <= at:
            heapq.heappop(ends)
        heapq.heappush(ends, at + ms / 1000)
        if users or users is None:
            tally.users(at, users or len(ends))
    return tally.load(arrivals)


def problems(load: Load, *told: str) -> list[Problem]:
    facts = load_facts(load, AT)
    return [*shape_problems(load, facts, AT), *sample_problems(load, facts, told)]


def codes(load: Load, *told: str) -> list[str]:
    return [problem.code for problem in problems(load, *told)]


def values(load: Load) -> dict[str, float]:
    return {f.metric: float(f.value) for f in load_facts(load, AT) if f.unit == "ms" and not f.labels}


@pytest.mark.parametrize("seed", range(3))
def test_a_stop_of_a_minute_in_half_an_hour_is_told_without_users(seed: int) -> None:
    load = tallied(waiting(20, 0.4, 1800, ((900, 60),), seed), "closed")
    assert values(load)["p99"] < 200
    stall, omission = problems(load)
    assert (stall.kind, stall.code, omission.kind, omission.code) == ("warning", "stall", "warning", "coordinated-omission")
    assert "are missing between second 896 and 960, in which a response took 60" in stall.message
    assert omission.message.startswith("one response took 60,")


@pytest.mark.parametrize("seed", range(3))
def test_a_run_without_a_stall_says_nothing(seed: int) -> None:
    assert codes(tallied(waiting(20, 0.4, 600, (), seed), "closed")) == []


def test_where_times_are_corrected_nothing_is_said_twice() -> None:
    requests = waiting(20, 0.4, 1800, ((900, 60),), 1)
    assert codes(tallied(requests, "closed", 20)).count("coordinated-omission") == 1
    assert codes(tallied(requests, "closed")).count("coordinated-omission") == 1
    assert "coordinated-omission" not in codes(tallied(requests, "closed"), "coordinated-omission")


@pytest.mark.parametrize("arrivals", ["open", ""])
def test_the_longest_response_says_nothing_of_a_loop_that_is_not_known(arrivals: Arrivals) -> None:
    load = tallied(scheduled(20, 300, ((100, 10),), 1), arrivals)
    assert list(sample_problems(load, load_facts(load, AT), ())) == []


def test_samples_without_times_are_asked_too() -> None:
    tally = Tally()
    tally.add(None, 50, n=1000)
    tally.add(None, 60_000, n=3)
    assert codes(tally.load("closed")) == ["no-times", "coordinated-omission"]


def test_times_in_whole_milliseconds_are_not_taken_for_a_stall() -> None:
    tally = Tally()
    tally.add(None, 1, n=1000)
    tally.add(None, 12, n=3)
    assert codes(tally.load("closed")) == ["no-times"]


@pytest.mark.parametrize(("seconds", "length"), [(300, 10), (300, 3), (1800, 10), (120, 2)])
@pytest.mark.parametrize("users", [20, None])
@pytest.mark.parametrize("even", [True, False])
def test_what_a_schedule_sent_through_a_stall_is_not_corrected(seconds: int, length: float, users: int | None, *, even: bool) -> None:
    load = tallied(scheduled(100, seconds, ((seconds / 3 + 1, length),), 3, even=even), "", users)
    found = values(load)
    assert sent_on(load)
    assert {name: found[f"corrected.{name}"] for name in ("p50", "p95", "p99", "p99.9")} == {
        name: found[name] for name in ("p50", "p95", "p99", "p99.9")
    }
    assert not {"coordinated-omission", "stall"} & set(codes(load))


@pytest.mark.parametrize("arrivals", ["closed", ""])
@pytest.mark.parametrize(("users", "think", "seconds", "stalls"), [
    (10, 0.1, 300, ((100, 20),)), (10, 0, 120, ((60, 10),)), (20, 0.4, 1800, ((900, 60),)), (2, 0.0, 300, ((100, 20),)),
    (10, 0.1, 300, tuple((30 + 20 * n, 1.5) for n in range(12))), (10, 0.1, 300, ((0, 30),)), (10, 0.1, 300, ((275, 60),)),
    (10, 0.1, 300, ((75, 200),)),
])  # fmt: skip
def test_users_who_waited_are_corrected_whether_known_to_wait_or_not(
    arrivals: Arrivals, users: int, think: float, seconds: float, stalls: Stalls
) -> None:
    load = tallied(waiting(users, think, seconds, stalls, 5, service=0.02), arrivals, users)
    assert not sent_on(load)
    assert values(load)["corrected.p99"] > 10 * values(load)["p99"]


def test_one_user_of_many_who_waited_is_corrected() -> None:
    requests = sorted([*waiting(19, 0.4, 1800, (), 1), *waiting(1, 0.4, 1800, ((900, 300),), 2)])
    assert values(tallied(requests, "", 20))["corrected.p99.9"] > 100_000
    assert not sent_on(tallied(requests, "", 20))


def test_a_schedule_that_ran_out_of_users_is_corrected() -> None:
    """Of 50 users none was free for most of the stall: what was not begun was dropped."""
    held = [r for r in scheduled(100, 300, ((100, 10),), 1) if not 100.5 < r[0] < 110]
    load = tallied(held, "", None)
    assert not sent_on(load)
    assert values(load)["corrected.p95"] > 1000 > values(load)["p95"]


@pytest.mark.parametrize("service", [0.02, 1.0])
def test_a_burst_of_more_users_is_no_schedule(service: float) -> None:
    requests = sorted([*waiting(10, 0.1, 300, (), 1), *((100 + a, ms) for a, ms in waiting(200, 0.1, 30, (), 2, service=service))])
    assert not sent_on(tallied(requests, "", None))


def test_without_a_long_response_nothing_is_said_of_a_schedule() -> None:
    assert not sent_on(tallied(scheduled(100, 300, (), 1), "", 20))
    assert not sent_on(tallied([], "", 20))
    assert not sent_on(tallied(scheduled(100, 300, ((100, 10),), 1), ""))


def failing(share: float, seed: int) -> Load:
    """A run in which a share of the requests fails within a millisecond."""
    draw, tally = random.Random(seed), Tally()
    for n in range(6000):
        failed = draw.random() < share
        tally.add(n / 50, 1.0 if failed else round(draw.lognormvariate(math.log(80), 0.6)), not failed, (("endpoint", "/"),))
        tally.users(n / 50, 10)
    return tally.load("closed")


@pytest.mark.parametrize("seed", range(3))
def test_failures_that_make_times_better_are_told_once(seed: int) -> None:
    (problem,) = [p for p in problems(failing(0.45, seed)) if p.code == "failed-fast"]
    assert (problem.kind, problem.at) == ("warning", AT)
    assert problem.message.startswith("p50 is ")
    assert problem.message.endswith(" ms without: they failed fast")
    assert problem.help == "an error is often quicker than an answer: `where response = expected`"
    assert "failed-fast" not in codes(failing(0.45, seed), "failed-fast")


@pytest.mark.parametrize("share", [0.0, 0.005])
def test_few_failures_mislead_nobody(share: float) -> None:
    assert "failed-fast" not in codes(failing(share, 1))


def test_a_share_of_errors_by_status_is_one_too() -> None:
    load = failing(0.45, 1)
    facts = [f._replace(metric="errors.status") if f.metric == "errors" else f for f in load_facts(load, AT)]
    facts.append(Fact("arrivals", "closed", "", AT))
    assert [p.code for p in sample_problems(load, facts, ())] == ["failed-fast"]


@pytest.mark.parametrize(("good", "told"), [(15, False), (15.4, True), (16, True)])
def test_a_time_that_rounding_may_have_moved_is_not_told(good: float, *, told: bool) -> None:
    """p50 of all is 14 ms; every other figure is alike."""
    load = Load((Window(0, {(): Counts(from_counts({good: 60}), from_counts({14: 40}))}),))
    facts = [f for f in load_facts(load, AT) if f.metric in ("errors", "p50")]
    facts = [f._replace(value=14.0) if f.metric == "p50" and not f.labels else f for f in facts]
    assert bool([*sample_problems(load, facts, ())]) is told
