"""How far a load test is like real users: known ramps, pauses and mixes are found, and only those."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evidence.collect import Collector
from readiness.evidence.loadtest.realism import own_errors, realism_facts, realism_problems
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.paths import Roots
from readiness.model.fact import Fact, Problem
from readiness.model.load import Arrivals, Labels, Load

ROOT = Path(__file__).resolve().parents[3]
AT = Location("run.jtl", 1, 0, "elapsed")
CHAT: Labels = (("endpoint", "/chat"), ("method", "POST"))
HEALTH: Labels = (("endpoint", "/health"), ("method", "GET"))


def values(load: Load) -> dict[tuple[str, Labels], float]:
    facts = list(realism_facts(load, AT))
    assert {(fact.at, fact.origin) for fact in facts} <= {(AT, "derived")}
    return {(fact.metric, fact.labels): float(fact.value) for fact in facts}


def rates(*by_second: int) -> Load:
    tally = Tally()
    for second, rate in enumerate(by_second):
        for n in range(rate):
            tally.add(second + n / rate, 10.0)
    return tally.load()


def ramp(load: Load) -> float | None:
    return values(load).get(("ramp", ()))


@pytest.mark.parametrize("seconds", [0, 10, 25])
def test_a_ramp_ends_where_the_level_is_first_reached(seconds: int) -> None:
    climb = [100 * (n + 1) // (seconds + 1) for n in range(seconds)]
    found = ramp(rates(*climb, *[100] * 60))
    assert found is not None
    assert abs(found - 0.9 * seconds * 1000) <= 2500


def test_stairs_are_a_ramp_up_to_the_highest_step() -> None:
    assert ramp(rates(*[20] * 30, *[50] * 30, *[100] * 30, *[10] * 10)) == pytest.approx(60_000, abs=4000)


def test_a_burst_of_a_second_is_no_level() -> None:
    """A level is a mean of a thirtieth of the run, here of 4 s."""
    load = [*[50] * 60, 70, *[50] * 59]
    assert ramp(rates(*load)) == 0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("load", [(2, 1800), (50, 30), (50, 15), (20, 300)])
def test_a_load_that_comes_at_random_and_stays_has_no_ramp(seed: int, load: tuple[int, int]) -> None:
    """Neither 2 a second over half an hour nor 50 a second over 15 s."""
    rate, seconds = load
    draw, tally, at = random.Random(seed), Tally(), 0.0
    while (at := at + draw.expovariate(rate)) < seconds:
        tally.add(at, 10.0)
    assert ramp(tally.load()) == 0


def test_a_ramp_of_a_few_seconds_is_one() -> None:
    """Of too few windows to tell noise: JMeter with 6 users, 2 more each second."""
    assert ramp(rates(14, 109, 194, 175, 138, 79, 11)) == 2000


@pytest.mark.parametrize("load", [Load(()), rates(5), Tally().load()])
def test_without_windows_there_is_no_ramp(load: Load) -> None:
    assert ramp(load) is None


def closed(users: int, response: float, pause: float, *, arrivals: Arrivals = "closed", seen: bool = True) -> Load:
    """Users who wait `pause` ms after each answer that took `response` ms, for 60 s."""
    tally = Tally()
    for user in range(users):
        at = user / users * (response + pause) / 1000
        while at < 60:
            tally.add(at, response)
            at += (response + pause) / 1000
    for second in range(60) if seen else ():
        tally.users(second, users)
    return tally.load(arrivals)


@pytest.mark.parametrize("pause", [0, 100, 1000, 5000])
@pytest.mark.parametrize("users", [1, 40])
def test_think_time_by_littles_law(users: int, pause: int) -> None:
    """Also where most windows have no request: those are pauses."""
    found = values(closed(users, 250, pause))["think_time", ()]
    assert found == pytest.approx(pause, rel=0.1, abs=20)


def test_windows_that_say_nothing_of_users_have_those_before_them() -> None:
    """A JTL says how many users there are with each request, so not while all of them pause."""
    tally = Tally()
    for n in range(20):
        tally.add(3.0 * n, 250.0)
        tally.users(3.0 * n, 1)
    assert values(tally.load("closed"))["think_time", ()] == pytest.approx(2750, rel=0.06)


def test_users_without_a_pause_have_none_and_never_less() -> None:
    assert values(closed(3, 700, 0))["think_time", ()] >= 0


@pytest.mark.parametrize("load", [
    closed(5, 250, 1000, arrivals="open"), closed(5, 250, 1000, arrivals=""), closed(5, 250, 1000, seen=False),
])  # fmt: skip
def test_think_time_takes_a_closed_loop_of_known_users(load: Load) -> None:
    assert ("think_time", ()) not in values(load)


@given(st.dictionaries(st.sampled_from(["/a", "/b", "/c", "/d"]), st.integers(1, 50), min_size=1))
def test_shares_are_those_of_the_requests_and_add_up(mix: dict[str, int]) -> None:
    tally = Tally()
    for name, count in mix.items():
        for n in range(count):
            tally.add(float(n), 10.0, n % 3 > 0, (("endpoint", name),))
    facts = [fact for fact in realism_facts(tally.load(), AT) if fact.metric == "share"]
    total = sum(mix.values())
    assert {dict(f.labels)["endpoint"]: (f.value, f.samples) for f in facts} == {
        name: (count / total, total) for name, count in mix.items()
    }
    assert sum(float(fact.value) for fact in facts) == pytest.approx(1)


def test_a_run_that_names_no_endpoint_has_no_shares() -> None:
    assert not [key for key in values(rates(5, 5, 5)) if key[0] == "share"]


def fact(metric: str, value: float, labels: Labels = ()) -> Fact:
    unit = {"rate": "1/s", "rate.offered": "1/s", "p50": "ms", "p95": "ms"}.get(metric, "")
    return Fact(metric, value, unit, Location("run.jtl", 7, 0, metric), labels)


def problems(*facts: Fact) -> list[Problem]:
    return list(realism_problems(facts, AT))


def of(requests: int, p95: float, labels: Labels = ()) -> list[Fact]:
    return [fact("requests", requests, labels), fact("p95", p95, labels)]


def test_a_fast_endpoint_with_most_requests_hides_a_slow_one() -> None:
    assert problems(*of(1000, 30), *of(950, 12, HEALTH), *of(50, 900, CHAT)) == [
        Problem(
            "warning", "carried-average",
            "p95 of all is 30 ms as 95% of the requests are `GET /health`; that of `POST /chat` is 900 ms",
            Location("run.jtl", 7, 0, "p95"), 'expect by endpoint: `p95 where endpoint = "/chat" <= …`',
        )
    ]  # fmt: skip


def test_many_fast_endpoints_hide_a_slow_one_as_one_does() -> None:
    """No endpoint has half of the requests, and all of the quick ones together have 96 %."""
    quick = [of(240, p95, (("endpoint", f"/{name}"),)) for name, p95 in (("a", 12), ("b", 14), ("c", 11), ("d", 13))]
    (problem,) = problems(*of(1000, 20), *(fact for part in quick for fact in part), *of(40, 2000, CHAT))
    assert problem.message == "p95 of all is 20 ms as 96% of the requests are of 4 quicker endpoints; that of `POST /chat` is 2,000 ms"


def test_endpoints_that_share_requests_have_no_more_than_all() -> None:
    both: Labels = (("endpoint", "/health"), ("scenario", "browse"))
    (problem,) = problems(*of(1000, 30), *of(950, 12, HEALTH), *of(950, 12, both), *of(50, 900, CHAT))
    assert "as 100% of the requests" in problem.message


def test_the_slowest_hidden_endpoint_is_named() -> None:
    more: Labels = (("endpoint", "/search"), ("method", "GET"))
    (problem,) = problems(*of(1000, 30), *of(900, 12, HEALTH), *of(50, 900, CHAT), *of(20, 1200, more))
    assert "that of `GET /search` is 1,200 ms" in problem.message


def middle(requests: int, p50: float, p95: float, labels: Labels = ()) -> list[Fact]:
    return [*of(requests, p95, labels), fact("p50", p50, labels)]


def test_a_median_that_health_checks_carry_is_told() -> None:
    """So does a real run of Locust: its p95 is that of the chat, its p50 that of the health checks."""
    assert problems(*middle(370, 6, 310), *middle(200, 3, 6, HEALTH), *middle(57, 250, 560, CHAT)) == [
        Problem(
            "warning", "carried-average",
            "p50 of all is 6 ms as 54% of the requests are `GET /health`; that of `POST /chat` is 250 ms",
            Location("run.jtl", 7, 0, "p50"), 'expect by endpoint: `p50 where endpoint = "/chat" <= …`',
        )
    ]  # fmt: skip


def test_one_figure_that_is_carried_is_told_though_two_are() -> None:
    (problem,) = problems(*middle(1000, 12, 30), *middle(950, 11, 12, HEALTH), *middle(50, 500, 900, CHAT))
    assert problem.message.startswith("p95 of all is 30 ms")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ([*middle(1000, 6, 310), *middle(900, 3, 6, HEALTH), *middle(100, 60, 500, CHAT)], "not ten times as slow"),
        ([*middle(1000, 6, 310), *middle(490, 3, 6, HEALTH), *middle(100, 250, 560, CHAT)], "faster ones have no half"),
        ([*middle(1000, 6, 310), *middle(300, 3, 6, HEALTH), *middle(100, 250, 560, CHAT), *middle(600, 8, 9, (("endpoint", "/a"),))], "the rest is no faster"),
        ([*middle(1000, 6, 310), *middle(490, 3, 6, HEALTH), *middle(510, 250, 300, CHAT)], "more than half is not hidden"),
        ([*middle(1000, 6, 310), *middle(981, 3, 6, HEALTH), *middle(19, 250, 560, CHAT)], "too few requests"),
        ([*of(1000, 30), *of(490, 12, HEALTH), *of(410, 900, CHAT)], "faster ones have no half of the requests"),
        ([*of(1000, 30), *of(950, 12, HEALTH), *of(50, 59, CHAT)], "not twice as slow"),
        ([*of(1000, 30), *of(981, 12, HEALTH), *of(19, 900, CHAT)], "too few requests for a p95"),
        ([*of(1000, 30), *of(1000, 900, CHAT)], "one endpoint hides nothing"),
        ([*of(950, 12, HEALTH), *of(50, 900, CHAT)], "several runs: there is no whole"),
        ([*of(1000, 0), *of(950, 0, HEALTH), *of(50, 900, CHAT)], "times of 0 compare with nothing"),
        ([*of(0, 0), *of(0, 0, HEALTH)], "nothing was sent"),
        ([*of(1000, 30), *of(950, 12, HEALTH), fact("p95", 900, CHAT)], "the requests are not known"),
        ([*of(1000, 30), *of(950, 12, HEALTH), *of(50, 900, (*CHAT, ("response", "expected")))], "a part of an endpoint"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_hidden(facts: list[Fact], why: str) -> None:
    assert problems(*facts) == [], why


def test_a_generator_that_fell_behind_is_told() -> None:
    assert problems(fact("rate.offered", 200), fact("rate", 150)) == [
        Problem(
            "warning", "generator-saturated",
            "150 requests a second were sent where 200 were asked for: the generator, or the loop it waits in, "
            "could not keep up",
            Location("run.jtl", 7, 0, "rate"), "its times are those of the lighter load: use more generators or connections",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("facts", [
    [fact("rate.offered", 200), fact("rate", 191)], [fact("rate.offered", 200)], [fact("rate", 1)],
    [fact("rate.offered", 200), fact("rate", 250)], [fact("dropped", 0)],
    [fact("rate.offered", 200, CHAT), fact("rate", 1, CHAT)],
])  # fmt: skip
def test_a_generator_that_kept_up_is_not(facts: list[Fact]) -> None:
    assert problems(*facts) == []


def test_iterations_that_were_dropped_are_told() -> None:
    (problem,) = problems(fact("dropped", 1234))
    assert (problem.kind, problem.code) == ("warning", "generator-saturated")
    assert problem.message.startswith("1,234 iterations ")
    assert problem.help == "allow more virtual users, or count them as failed requests"


def test_texts_and_truths_are_no_figures() -> None:
    assert problems(Fact("dropped", True, "", AT), Fact("rate", "much", "", AT), fact("rate.offered", 9)) == []


def test_every_load_test_is_asked_whichever_reader_read_it(tmp_path: Path) -> None:
    """The health checks of this JTL carry its p95; the reader itself says nothing of that."""
    head = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,allThreads\n"
    rows = [(1_700_000_000_000 + 20 * n, *((900, "/chat") if n % 40 == 0 else (12, "/health"))) for n in range(2000)]
    text = head + "".join(f"{at},{ms},{name},200,OK,t 1-1,true,10,5\n" for at, ms, name in rows)
    (tmp_path / "run.jtl").write_text(text)
    found = Collector(Roots(tmp_path, tmp_path), shield).read("run.jtl")
    assert found.reader == "jmeter-jtl"
    assert [p.message for p in found.problems if p.code == "carried-average"] == [
        "p95 of all is 12 ms as 98% of the requests are `/health`; that of `/chat` is 900 ms"
    ]
    assert {"ramp", "share", "think_time"} <= {fact.metric for fact in found.facts}


@pytest.mark.parametrize(
    "text",
    [
        "Non HTTP response code: java.net.BindException",
        "EADDRNOTAVAIL",
        "connect EMFILE 10.0.0.1:443",
        "OSError(99, 'Cannot assign requested address')",
        "dial tcp 127.0.0.1:8080: socket: too many open files",
        "java.lang.OutOfMemoryError: unable to create native thread",
    ],
)
def test_errors_of_the_generator_are_told(text: str) -> None:
    (problem,) = own_errors({text: 40, "connection refused": 900, "EMFILE": 2}, AT)
    assert (problem.kind, problem.code) == ("warning", "generator-saturated")
    assert problem.message.startswith("42 requests failed for want of ports, files or memory of the generator")
    assert text[:20] in problem.message


@pytest.mark.parametrize("text", ["ECONNREFUSED", "Non HTTP response code: java.net.SocketTimeoutException", "503", ""])
def test_errors_of_the_service_are_none_of_the_generator(text: str) -> None:
    assert not list(own_errors({text: 40, "EMFILE": 0}, AT))


def test_readers_tell_errors_of_the_generator(tmp_path: Path) -> None:
    jtl = "timeStamp,elapsed,label,responseCode,responseMessage,dataType,success\n" + "".join(
        f"{1_795_000_000_000 + n * 50},5,a," + ("200,OK,text,true\n" if n % 9 else "Non HTTP response code: java.net.BindException,Address already in use,,false\n")
        for n in range(900)
    )
    (tmp_path / "results.jtl").write_text(jtl)
    artillery = json.loads(next(f for f in sorted(ROOT.glob("tests/samples/artillery/ok/*.json")) if '"counters"' in f.read_text()).read_text())
    artillery["aggregate"]["counters"]["errors.EADDRNOTAVAIL"] = 3
    (tmp_path / "artillery.json").write_text(json.dumps(artillery))
    for name in ("results.jtl", "artillery.json"):
        evidence = Collector(Roots(tmp_path, tmp_path), shield).read(name)
        assert [p.message[:12] for p in evidence.problems if p.code == "generator-saturated" and "want of" in p.message], name
