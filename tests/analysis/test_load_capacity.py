"""The analysis `load-capacity`: facts by file, refusals by file, and headroom that is no luck."""

from __future__ import annotations

import heapq
import math
import random
from functools import cache

import pytest

from readiness.analysis.analyses.load_capacity import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.capacity import capacity_of
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.evidence.loadtest.tally import Tally
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Problem, Strength
from readiness.model.launch import Launch
from readiness.model.load import Arrivals, Load, Window
from readiness.model.plan import Check
from readiness.stats.capacity import Capacity
from readiness.stats.usl import Curve
from tests.analysis.loads import LEVELS, TRUTH, evidence, steady, stepped, summary
from tests.analysis.loads import run as as_run

LINE = Curve(20.0, 0.02, 0.0)  # a law without a knee


@cache
def stair(path: str = "run.jtl") -> Evidence:
    """A stepped load, fitted once for all tests."""
    return evidence(stepped(), path)


def analyse(*tests: Evidence, peak: str | None = "100 rps") -> Analysed:
    launch = Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1"}, "checklists": ["x"], "parameters": {"peak": peak} if peak else {},
    })  # fmt: skip
    return run(launch, "readiness.yaml", tests)


def values(found: Analysed, path: str = "run.jtl") -> dict[str, float]:
    return {f.metric: float(f.value) for f in found.facts if dict(f.labels) == {"file": path}}


def outcome(found: Analysed, expectation: str) -> str:
    check = Check(parse_expectation(expectation), "", Location("list.yaml"))
    return compare(check, found.facts, Location("x"), confident=False).outcome


def test_a_stepped_load_gives_knee_peak_and_headroom() -> None:
    found = analyse(stair())
    told = values(found)
    assert told["capacity.knee"] == pytest.approx(TRUTH.knee, rel=0.05)
    assert told["capacity.peak"] == pytest.approx(TRUTH.peak, rel=0.02)
    assert 0.95 * TRUTH.peak < told["capacity.peak.low"] < told["capacity.peak"]
    assert told["capacity.tested"] > 300
    assert 0.98 < told["capacity.fit"] < 1
    assert (found.problems, found.strength) == ((), Strength.measured)


def test_headroom_is_that_of_the_low_end() -> None:
    told = values(analyse(stair()))
    assert told["headroom"] == told["capacity.peak.low"] / 100
    found = analyse(stair(), peak=f"{told['capacity.peak'] / 1.5:.2f} rps")
    assert outcome(found, "headroom >= 1.5") == "failed"


@pytest.mark.parametrize("peak", ["6000 rpm", "100 rps", "100"])
def test_the_peak_is_a_rate_in_any_unit(peak: str) -> None:
    told = values(analyse(stair(), peak=peak))
    assert told.get("headroom") == (None if peak == "100" else told["capacity.peak.low"] / 100)


@pytest.mark.parametrize("peak", [None, "many", "800 ms", "0 rps"])
def test_without_a_peak_there_is_no_headroom(peak: str | None) -> None:
    found = analyse(stair(), peak=peak)
    assert "capacity.peak" in values(found)
    assert "headroom" not in values(found)
    assert outcome(found, "headroom >= 1.5") == "inconclusive"


def test_without_a_knee_headroom_is_that_of_the_low_end_of_what_was_tested() -> None:
    told = values(analyse(evidence(stepped(LINE))))
    assert not {"capacity.knee", "capacity.peak", "capacity.peak.low"} & told.keys()
    assert told["headroom"] < told["capacity.tested"] / 100


def test_a_lucky_second_is_no_headroom() -> None:
    """Of 96 windows the best is well above the load that was held; what was tested is not, nor the headroom."""
    held = LINE.at(LEVELS[-1])
    found = [values(analyse(evidence(stepped(LINE, seed=seed, noise=0.08)))) for seed in range(10)]
    assert all(told["capacity.tested"] < 1.06 * held for told in found)
    assert sum(told["headroom"] * 100 > held for told in found) <= 2  # 1 in 40 is expected
    assert all(told["headroom"] * 100 > 0.8 * held for told in found)


def test_a_refusal_is_told_for_each_file() -> None:
    found = analyse(evidence(steady(), "a.jtl"), evidence(stepped(levels=(2, 8), seconds=2), "b.jtl"))
    assert found.facts == ()
    help_ = "step the load: hold at least four levels, the highest three times the lowest"
    assert found.problems[1] == Problem(
        "inconclusive", "no-capacity-fit", "no capacity can be told from b.jtl: 2 points; a capacity fit needs 6",
        Location("b.jtl"), help_,
    )  # fmt: skip
    assert [(p.kind, p.code, str(p.at)) for p in found.problems] == [
        ("inconclusive", "no-capacity-fit", "a.jtl"), ("inconclusive", "no-capacity-fit", "b.jtl"),
    ]  # fmt: skip
    assert outcome(found, "headroom >= 1.5") == "inconclusive"


def test_a_refusal_beside_a_fit_is_a_warning() -> None:
    found = analyse(evidence(steady(), "a.jtl"), stair("b.jtl"))
    assert [(p.kind, p.code, str(p.at)) for p in found.problems] == [("warning", "no-capacity-fit", "a.jtl")]
    assert {dict(fact.labels)["file"] for fact in found.facts} == {"b.jtl"}
    assert outcome(found, "headroom >= 1.5") == "proven"


def test_the_worst_of_several_fits_counts() -> None:
    weak = evidence(stepped(TRUTH._replace(rate=8)), "weak.jtl")
    found = analyse(stair("strong.jtl"), weak)
    assert values(found, "strong.jtl")["headroom"] > 2.5
    assert outcome(found, "headroom >= 1.5") == "failed"
    assert outcome(found, "headroom where file = strong.jtl >= 1.5") == "proven"


def test_a_file_that_was_read_twice_counts_once() -> None:
    once, twice = analyse(stair()), analyse(stair(), evidence(stepped()))
    assert twice == once
    assert len(analyse(evidence(steady()), evidence(steady())).problems) == 1


def test_invalid_evidence_is_left_out() -> None:
    problem = Problem("invalid", "contradiction", "edited", Location("run.jtl"))
    found = analyse(stair()._replace(problems=(problem,)))
    assert found.facts == ()
    assert [(p.kind, p.code) for p in found.problems] == [("inconclusive", "no-samples")]


@pytest.mark.parametrize(("metrics", "told"), [((), True), (("rate", "requests"), True), (("p95",), False)])
def test_what_proves_nothing_of_its_rate_shows_no_capacity(metrics: tuple[str, ...], *, told: bool) -> None:
    problem = Problem("inconclusive", "transactions-unknown", "counts may be doubled", Location("run.jtl"), "", metrics)
    found = analyse(stair()._replace(problems=(problem,)))
    assert (not found.facts) is told
    messages = [p.message for p in found.problems if p.kind == "inconclusive"]
    assert messages == ["no capacity can be told from run.jtl: counts may be doubled"] * told


@pytest.mark.parametrize("tests", [(), (summary(requests=5000, p95=200),)])
def test_without_samples_it_is_inconclusive(tests: tuple[Evidence, ...]) -> None:
    found = analyse(*tests)
    assert (found.facts, found.strength) == ((), Strength.claimed)
    assert found.problems == (
        Problem("inconclusive", "no-samples", "no load test with samples is linked", Location("readiness.yaml"),
                "link the tool's log of single requests, such as k6 --out json or a JTL"),
    )  # fmt: skip


def test_the_strength_is_that_of_the_weakest_test() -> None:
    claimed = stair("b.jtl")._replace(strength=Strength.claimed)
    assert analyse(stair(), claimed).strength is Strength.claimed


def test_it_declares_what_it_gives() -> None:
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in analyse(stair()).facts} == declared
    assert {fact.origin for fact in analyse(stair()).facts} == {"derived"}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_service_that_only_saturates_bears_what_it_answered(seed: int) -> None:
    """Ten workers of about 52 ms answer 191 a second: the law is bent to 206, with a low end of 200."""
    draw, free, tally = random.Random(seed), [0.0] * 10, Tally()
    steps, seconds = (2, 5, 10, 15, 20, 30, 40), 60
    queue = [(seconds * next(i for i, n in enumerate(steps) if user < n) + draw.random() / 2, user) for user in range(40)]
    heapq.heapify(queue)
    while queue:
        now, user = heapq.heappop(queue)
        if now >= seconds * len(steps):
            continue
        end = max(now, heapq.heappop(free)) + draw.lognormvariate(math.log(0.05), 0.3)
        heapq.heappush(free, end)
        tally.add(now, round(1000 * (end - now)))
        heapq.heappush(queue, (end, user))
    told = values(analyse(evidence(tally.load("closed")), peak="130 rps"))
    true = 10 / (0.05 * math.exp(0.045))
    assert told["capacity.peak"] > 1.05 * true
    assert told["capacity.peak.low"] == told["capacity.tested"] == pytest.approx(true, rel=0.015)
    assert told["headroom"] == pytest.approx(true / 130, rel=0.015)


def test_an_overload_bears_what_it_answered() -> None:
    """Asked for up to 400 a second, ten workers of 50 ms answer 200."""
    draw, free, tally, now = random.Random(2), [0.0] * 10, Tally(), 0.0
    while now < 600:
        end = max(now, heapq.heappop(free)) + 0.05 * draw.uniform(0.8, 1.2)
        heapq.heappush(free, end)
        tally.add(now, 1000 * (end - now))
        now += draw.expovariate(10 + 390 * now / 600)
    load = tally.load("open")
    told = values(analyse(evidence(load), peak="150 rps"))
    assert told["capacity.tested"] == pytest.approx(200, rel=0.015)
    assert told["headroom"] == pytest.approx(200 / 150, rel=0.015)
    held = {dict(fact.labels)["for"]: fact.value for fact in evidence(load).facts if fact.metric == "rate.held"}
    assert 180 < float(held["1min"]) < 201


def scheduled(steps: tuple[int, ...], seed: int, arrivals: Arrivals) -> Load:
    """Ten workers of 50 ms, asked for so many a second by a schedule; users are the requests in flight."""
    draw, free, flying, tally, now = random.Random(seed), [0.0] * 10, [0.0], Tally(), 0.0
    while now < 60 * len(steps):
        end = max(now, heapq.heappop(free)) + draw.expovariate(20)
        heapq.heappush(free, end)
        tally.add(now, 1000 * (end - now))
        while flying and flying[0] < now:
            heapq.heappop(flying)
        heapq.heappush(flying, end)
        tally.users(now, len(flying))
        now += draw.expovariate(steps[int(now // 60)])
    return tally.load(arrivals)


@pytest.mark.parametrize("arrivals", ["open", ""])
@pytest.mark.parametrize("steps", [(40, 80, 120, 160, 190), (20, 50, 80, 110, 140, 170)])
def test_from_below_saturation_no_knee_is_known(steps: tuple[int, ...], arrivals: Arrivals) -> None:
    """Near saturation more wait by chance while as many are sent: that is no service that answers no more."""
    for seed in (1, 2):
        found = capacity_of(scheduled(steps, seed, arrivals))
        assert isinstance(found, Capacity)
        assert found.knee is None
        assert found.reason == (
            "nothing shows saturation, and from below it no knee can be known; "
            f"the capacity is at least {found.tested:.4g}"
        )
        assert found.tested == pytest.approx(steps[-1], rel=0.08)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_users_whom_a_timer_paces_below_saturation_have_no_knee(seed: int) -> None:
    """JMeter's throughput timer at up to 80 % of what ten workers bear: hardly a request waits for another."""
    found = capacity_of(scheduled((20, 40, 80, 120, 160), seed, "closed"))
    assert isinstance(found, Capacity)
    assert found.knee is None
    assert found.reason.startswith("nothing shows saturation, and from below it no knee can be known; ")


@pytest.mark.parametrize("arrivals", ["open", "", "closed"])
def test_steps_beyond_saturation_keep_their_knee(arrivals: Arrivals) -> None:
    found = capacity_of(scheduled((40, 80, 120, 160, 190, 230, 300), 1, arrivals))
    assert isinstance(found, Capacity)
    assert found.reason == ""
    assert found.tested == pytest.approx(200, rel=0.05)


def test_users_who_wait_need_no_word_of_it_in_the_file() -> None:
    load = stepped()
    unknown = Load(load.windows, began=load.began, seconds=load.seconds, width=load.width)
    assert isinstance(found := capacity_of(unknown), Capacity)
    assert found == capacity_of(load)


def test_a_collapse_is_told_and_the_law_ends_before_it() -> None:
    """Up to 120 users it answers 170 a second, beyond them 119: no curve of the law bends as fast."""
    windows: list[Window] = []
    for users in (8, 32, 64, 96, 120, 136):
        rate = min(2.0 * users, 170.0) * (1 if users <= 120 else 0.7)
        level = stepped(Curve(rate / users, 0.0, 0.0), (users,), seed=users)
        windows += [Window(w.start + len(windows), w.groups, w.users) for w in level.windows]
    told = values(analyse(evidence(as_run(windows))))
    assert not {"capacity.knee", "capacity.peak"} & told.keys()
    assert told["capacity.fit"] > 0.98
    assert told["capacity.tested"] == pytest.approx(170, rel=0.02)
    assert told["headroom"] == pytest.approx(1.7, rel=0.03)
