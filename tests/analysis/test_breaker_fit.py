"""Breakers and timeouts against what was tested: too small, never open, never close, too short, too long."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given as drawn
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.analysis.analyses.breaker_fit import ANALYSIS, RECOVERY, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.fact import Problem, Strength
from tests.analysis.evals import launch, shared
from tests.analysis.loads import evidence as load_test
from tests.analysis.loads import stepped, summary
from tests.analysis.settings_files import given, has, judged, problems, slow, value, values

ROOT = Path(__file__).resolve().parents[2]
BUDGETS = {"p99_budget": "4 s", "peak": "30 rps"}
LOAD = summary("load.json", requests=1000, concurrency=50, rate=40, mean=600, p99=1500)
MODEL = {"upstream": "model"}


def analyse(*evidence: Evidence, components: dict[str, dict[str, Any]] | None = None, **parameters: str) -> Analysed:
    parts = {name: {"budget": "1 s", **part} for name, part in (components or {}).items()}
    stated = {name: text for name, text in (BUDGETS | parameters).items() if text}
    return run(launch(components=parts, parameters=stated), "readiness.yaml", evidence)


def test_without_settings_nothing_is_proven() -> None:
    found = analyse(LOAD, slow("model", 900))
    assert (found.facts, [(p.kind, p.code) for p in found.problems]) == ((), [("inconclusive", "no-settings")])


# size


@pytest.mark.parametrize(("settings", "ratio"), [
    ({"breaker__max_requests": 49}, 0.98),
    ({"breaker__max_requests": 50}, 1.0),
    ({"breaker__max_concurrent": 100, "breaker__max_connections": 25}, 0.5),
    ({"breaker__max_requests": 0}, 0.0),
])  # fmt: skip
def test_the_smallest_limit_is_held_against_the_tested_concurrency(settings: dict[str, Any], ratio: float) -> None:
    found = analyse(given({"on": MODEL, **settings}), LOAD)
    assert value(found, "concurrency.tested") == 50
    assert values(found, "fit.concurrency") == {"model": ratio}
    assert value(found, "breakers.small") == (ratio < 1)
    assert judged(found, "fit.concurrency where upstream = model >= 1").outcome == ("proven" if ratio >= 1 else "failed")


def test_a_small_breaker_says_where_and_what_to_do() -> None:
    found = analyse(given({"on": MODEL, "breaker__max_requests": 20}, origin="tool-default"), LOAD)
    assert problems(found, "small-breaker") == snapshot([
        ("proxy.yaml:1: breaker.max_requests of upstream model lets 20 through (the tool's default: nobody set it), "
        "and the load test had 50 at once in load.json: it sheds load that was tested")
    ])  # fmt: skip


def test_far_beyond_the_test_a_limit_was_never_met() -> None:
    found = analyse(given({"on": MODEL, "breaker__max_requests": 500}), LOAD)
    assert (value(found, "breakers.small"), value(found, "breakers.idle")) == (0, 1)
    assert problems(found, "idle-breaker") == snapshot([
        ("proxy.yaml:1: breaker.max_requests of upstream model lets 500 through, and the load test had 50 at once in "
        "load.json: no test came near it")
    ])  # fmt: skip


@pytest.mark.parametrize("limit", [2.0**32 - 1, "off"])
def test_no_limit_is_no_size(limit: Any) -> None:
    found = analyse(given({"on": MODEL, "breaker__max_requests": limit, "breaker__consecutive_failures": 5,
                           "breaker__open": 9000}), LOAD)  # fmt: skip
    assert (value(found, "breakers"), value(found, "breakers.sized")) == (1, 0)
    assert [p.code for p in found.problems] == ["no-size", "no-timeouts"]


def test_the_limit_of_each_host_counts_once_for_each_that_takes_load() -> None:
    hosts = {"on": MODEL, "targets": 4, "fallback__targets": 1}
    each = {"on": {**MODEL, "target": "each host"}, "breaker__max_connections": 20}
    assert values(analyse(given(hosts, each), LOAD), "fit.concurrency") == {"each host model": 60 / 50}
    subset = {"on": {**MODEL, "target": "subset v1"}, "breaker__max_connections": 20}
    assert values(analyse(given(hosts, subset), LOAD), "fit.concurrency") == {"subset v1 model": 20 / 50}
    server = {"on": {**MODEL, "target": "10.0.0.1"}, "breaker__max_connections": 20}
    assert values(analyse(given(hosts, server, reader="nginx"), LOAD), "fit.concurrency") == {"10.0.0.1 model": 60 / 50}


@pytest.mark.parametrize(("test", "tested"), [
    (summary("a.json", requests=100, rate=40, mean=600), 24.0),
    (summary("a.json", requests=100, concurrency=8, rate=40, mean=600), 8.0),
])  # fmt: skip
def test_concurrency_is_stated_or_follows_from_littles_law(test: Evidence, tested: float) -> None:
    assert value(analyse(given({"on": MODEL, "breaker__max_requests": 9}), test), "concurrency.tested") == tested


def test_of_samples_the_busiest_window_counts_and_of_several_tests_the_highest() -> None:
    samples = load_test(stepped())
    without = samples._replace(facts=tuple(f for f in samples.facts if f.metric != "concurrency"))
    limits = given({"on": MODEL, "breaker__max_requests": 9})
    assert 90 < value(analyse(limits, without), "concurrency.tested") < 120
    assert 90 < value(analyse(limits, without, LOAD), "concurrency.tested") < 120


@pytest.mark.parametrize("test", [
    summary("a.json", requests=100, rate=40), summary("a.json", concurrency=40, rate=40),
    LOAD._replace(problems=(Problem("inconclusive", "aborted", "aborted", Location("load.json")),)),
    LOAD._replace(strength=Strength.claimed),
])  # fmt: skip
def test_without_a_load_test_size_is_inconclusive_and_the_rest_is_not(test: Evidence) -> None:
    found = analyse(given({"on": MODEL, "breaker__max_requests": 9, "breaker__consecutive_failures": 5,
                           "breaker__open": 9000}), test)  # fmt: skip
    assert not has(found, "breakers.small")
    result = judged(found, "breakers.small = 0")
    assert result.outcome == "inconclusive"
    assert "no load test says how many requests were open at once" in {f.message for f in result.findings}
    assert judged(found, "fit.concurrency >= 1").outcome == "inconclusive"
    assert judged(found, "breakers.never_trip = 0").outcome == "proven"


# opening


def breaker(reader: str = "resilience4j", **settings: Any) -> Evidence:
    return given({"on": MODEL, "breaker__open": 10_000, **settings}, reader=reader)


NEVER = [
    ({"breaker__consecutive_failures": "off"}, "breaker.consecutive_failures is off, which switches it off"),
    ({"breaker__consecutive_failures": 0}, "breaker.consecutive_failures is 0, which switches it off"),
    ({"breaker__failures": 11, "breaker__window": 10}, "11 failures are more than the 10 calls that are looked at"),
    ({"breaker__failures": 601, "breaker__window_time": 20_000},
     "it takes 601 failures in 20 s, and at 30 1/s (launch.peak) 600 come"),
    ({"breaker__failure_ratio": 1.2}, "120 % of calls can never fail"),
    ({"breaker__failure_ratio": 0}, "breaker.failure_ratio is 0, which switches it off"),
    ({"breaker__failure_ratio": "off", "breaker__slow_ratio": 1.0}, "it is switched off"),
    ({"breaker__failure_ratio": 0.5, "breaker__min_calls": 20, "breaker__window": 10},
     "it counts from 20 calls, and only 10 are looked at"),
    ({"breaker__failure_ratio": 0.5, "breaker__min_calls": 301, "breaker__window_time": 10_000},
     "it takes 301 calls in 10 s, and at 30 1/s (launch.peak) 300 come"),
    ({"breaker__consecutive_failures": 5, "ejection__max_ratio": 0}, "at most 0 % of the endpoints are taken out"),
    ({"breaker__consecutive_failures": 5, "breaker__open": 0}, "it is open for 0 ms: that is never"),
    ({"breaker__slow_ratio": 0.5, "breaker__slow_call": 2000, "timeout__try": 2000},
     "no call is slow at 2,000 ms: each is given up after 2,000 ms"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "why"), NEVER)
def test_what_can_never_open(settings: dict[str, Any], why: str) -> None:
    found = analyse(breaker(**settings), LOAD)
    assert values(found, "breaker.trips") == {"model": False}
    assert value(found, "breakers.never_trip") == 1
    assert [p.message for p in found.problems if p.code == "never-trips"] == [
        f"the breaker of upstream model never opens: {why}"]  # fmt: skip
    assert all(p.at.line and p.help for p in found.problems if p.code == "never-trips")
    assert judged(found, "breakers.never_trip = 0").outcome == "failed"
    assert judged(found, "breaker.trips is true").outcome == "failed"


@pytest.mark.parametrize("settings", [
    {"breaker__consecutive_failures": 5},
    {"breaker__consecutive_failures": 5, "ejection__max_ratio": 0.1},
    {"breaker__failures": 10, "breaker__window": 10},
    {"breaker__failures": 600, "breaker__window_time": 20_000},
    {"breaker__failure_ratio": 1.0},
    {"breaker__failure_ratio": 0.5, "breaker__min_calls": 10, "breaker__window": 10},
    {"breaker__failure_ratio": 0.5, "breaker__min_calls": 300, "breaker__window_time": 10_000},
    {"breaker__failure_ratio": 1.2, "breaker__slow_ratio": 1.0, "breaker__slow_call": 1999, "timeout__try": 2000},
    {"breaker__slow_call": 500},
])  # fmt: skip
def test_what_can_open(settings: dict[str, Any]) -> None:
    found = analyse(breaker(**settings), LOAD)
    assert values(found, "breaker.trips") == {"model": True}
    assert judged(found, "breakers >= 1", "breakers.never_trip = 0", "breakers.never_close = 0").outcome == "proven"


def test_the_quiet_hour_counts_before_the_peak_and_the_peak_before_the_load_test() -> None:
    counts = breaker(breaker__failure_ratio=0.5, breaker__min_calls=300, breaker__window_time=10_000)
    assert values(analyse(counts, LOAD), "breaker.trips") == {"model": True}
    quiet = analyse(counts, LOAD, off_peak="2 rps")
    assert values(quiet, "breaker.trips") == {"model": False}
    assert "at 2 1/s (launch.off_peak) 20 come" in quiet.problems[-2].message + quiet.problems[-1].message
    unstated = analyse(counts, LOAD, peak="")
    assert values(unstated, "breaker.trips") == {"model": True}
    unknown = analyse(counts, peak="")
    assert math.isnan(values(unknown, "breaker.trips")["model"])
    assert not has(unknown, "breakers.never_trip")
    result = judged(unknown, "breakers.never_trip = 0")
    assert result.outcome == "inconclusive"
    assert result.findings[0].message == snapshot(
        "whether the breaker of upstream model trips is not known: it takes 300 calls in 10 s, and nothing states a rate"
    )
    assert judged(unknown, "breaker.trips is true").outcome == "inconclusive"


def test_a_value_that_is_not_known_proves_nothing() -> None:
    for settings in ({"breaker__consecutive_failures": math.nan}, {"breaker__failure_ratio": "many"},
                     {"ejection__max_ratio": 0.5}):  # fmt: skip
        found = analyse(breaker(**settings), LOAD)
        assert judged(found, "breakers.never_trip = 0").outcome == "inconclusive"
    own = given({"on": {"component": "model"}, "breaker__reset": 1000}, reader="yaml")
    assert judged(analyse(own, LOAD), "breakers.never_trip = 0").outcome == "inconclusive"


def test_litellm_never_cools_down_an_only_deployment() -> None:
    router: dict[str, Any] = {"breaker__failure_ratio": 0.5, "breaker__min_calls": 5, "breaker__window_time": 60_000, "breaker__open": 5000}
    single, double = {"on": {"model": "a"}, "targets": 1}, {"on": {"model": "b"}, "targets": 2}
    assert list(values(analyse(given(router, single, reader="litellm"), LOAD), "breaker.trips").values()) == [False]
    assert list(values(analyse(given(router, single, double, reader="litellm"), LOAD), "breaker.trips").values()) == [True]
    off = given({"breaker__open": "off"}, single, reader="litellm")
    assert problems(analyse(off, LOAD), "never-trips") == [
        "proxy.yaml:1: the breaker of proxy.yaml never opens: cooldowns are off: what fails is tried again and again"]  # fmt: skip
    assert value(analyse(off, LOAD), "breakers") == 1


# closing


@pytest.mark.parametrize(("settings", "stated", "why"), [
    ({"breaker__open": "off"}, {}, "what was taken out never comes back: no check heals it"),
    ({"breaker__open": 60_001}, {}, "it stays open for 1 min, and the launch has 1 min to recover (the default of recovery_within)"),
    ({"breaker__open": 31_000}, {"recovery_within": "30 s"},
     "it stays open for 31 s, and the launch has 30 s to recover (launch.recovery_within)"),
])  # fmt: skip
def test_what_never_closes_in_time(settings: dict[str, Any], stated: dict[str, Any], why: str) -> None:
    found = analyse(given({"on": MODEL, "breaker__consecutive_failures": 5, **settings}, reader="kong"), LOAD, **stated)
    assert values(found, "breaker.closes") == {"model": False}
    assert [p.message for p in found.problems if p.code == "never-closes"] == [
        f"the breaker of upstream model does not close in time: {why}"]  # fmt: skip
    assert judged(found, "breakers.never_close = 0").outcome == "failed"


def test_an_open_time_that_nothing_states_proves_nothing() -> None:
    found = analyse(given({"on": MODEL, "breaker__consecutive_failures": 5}), LOAD)
    assert judged(found, "breakers.never_close = 0").outcome == "inconclusive"
    assert judged(found, "breakers.never_trip = 0").outcome == "proven"


def test_the_time_to_recover_is_that_of_the_shipped_checklists() -> None:
    for name in ("breakers-fallback", "failure-domains"):
        written = yaml.safe_load((ROOT / "checklists" / f"{name}.yaml").read_text())
        assert written["parameters"]["recovery_within"]["default"] == f"{RECOVERY.value / 1000:g} s"


# timeouts


def test_a_timeout_that_is_not_above_p99_cuts_off_good_answers() -> None:
    found = analyse(given({"on": MODEL, "timeout__try": 900, "timeout": 3000}), slow("model", 900))
    assert values(found, "timeout.over_p99") == {"model": 1.0}
    assert value(found, "timeouts.short") == 1
    assert problems(found, "short-timeout") == snapshot([
        ("proxy.yaml:1: timeout.try of upstream model is 900 ms, and p99 of what it cuts off is 900 ms: "
        "good answers are thrown away")
    ])  # fmt: skip
    longer = analyse(given({"on": MODEL, "timeout__try": 1800}), slow("model", 900))
    assert values(longer, "timeout.over_p99") == {"model": 2.0}
    assert judged(longer, "timeouts.short = 0", "timeout.over_p99 where upstream = model >= 1.5").outcome == "proven"


def test_a_timeout_over_the_budget_ends_too_late() -> None:
    found = analyse(given({"on": MODEL, "timeout": 15_000}, origin="tool-default"), slow("model", 900))
    assert values(found, "timeout.within_budget") == {"model": False}
    assert problems(found, "long-timeout") == snapshot([
        ("proxy.yaml:1: timeout of upstream model is 15 s (the tool's default: nobody set it), over launch.p99_budget of "
        "4,000 ms: the fallback comes when nobody waits any more")
    ])  # fmt: skip
    p95 = analyse(given({"on": MODEL, "timeout": 3000}), slow("model", 900), p99_budget="", p95_budget="2 s")
    assert value(p95, "timeouts.long") == 1
    none = analyse(given({"on": MODEL, "timeout": 3000}), slow("model", 900), p99_budget="")
    assert judged(none, "timeouts.long = 0").outcome == "inconclusive"
    assert judged(none, "timeouts.short = 0").outcome == "proven"


@pytest.mark.parametrize(("evidence", "why"), [
    ((), "its p99 was not measured"),
    ((slow("other", 10),), "its p99 was not measured"),
    ((slow("model", 10, 99),), "its p99 rests on 99 samples"),
    ((slow("model", 10)._replace(strength=Strength.claimed),), "its p99 was not measured"),
    ((slow("model", 10, metric="p95"),), "its p99 was not measured"),
])  # fmt: skip
def test_without_p99_it_is_inconclusive(evidence: tuple[Evidence, ...], why: str) -> None:
    found = analyse(given({"on": MODEL, "timeout": 3000}), *evidence)
    assert math.isnan(values(found, "timeout.over_p99")["model"])
    result = judged(found, "timeouts.short = 0")
    assert result.outcome == "inconclusive"
    assert f"whether timeouts cut off upstream model is not known: {why}" in {f.message for f in result.findings}
    assert judged(found, "timeout.over_p99 >= 1").outcome == "inconclusive"
    assert judged(found, "timeouts.long = 0").outcome == "proven"


SHOP: dict[str, dict[str, Any]] = {"gateway": {"calls": ["model"]}, "model": {"stage": "llm", "calls": ["vectors"]}, "vectors": {}}


def test_names_of_components_their_stage_and_the_whole() -> None:
    llm = given({"on": {"component": "llm"}, "timeout": 3000}, reader="yaml")
    assert values(analyse(llm, slow("llm", 1500), components=SHOP), "timeout.over_p99") == {"llm": 2.0}
    own = analyse(llm, slow("model", 1500, metric="exclusive.p99", label="component"), components=SHOP)
    assert judged(own, "timeouts.short = 0").outcome == "inconclusive"  # without what it calls
    short = analyse(llm, slow("model", 3500, metric="exclusive.p99", label="component"), components=SHOP)
    assert judged(short, "timeouts.short = 0").outcome == "failed"
    entry = given({"on": {"route": "gateway"}, "timeout": 3000})
    assert values(analyse(entry, LOAD, slow("gateway", 2), components=SHOP), "timeout.over_p99") == {"gateway gateway": 2.0}


def test_what_may_wait_for_ever() -> None:
    off = given({"on": MODEL, "timeout": "off", "timeout__try": "off"})
    found = analyse(off, slow("model", 900))
    assert value(found, "timeouts.none") == 1
    assert judged(found, "timeouts.none = 0").outcome == "failed"
    zero = analyse(given({"on": {"component": "model"}, "timeout": 0}, reader="yaml"), slow("model", 900))
    assert value(zero, "timeouts.none") == 1
    bounded = given({"on": {"component": "model"}, "timeout": 2000}, reader="yaml", path="own.yaml")
    both = analyse(off, bounded, slow("model", 900), components={"model": {}})
    assert value(both, "timeouts.none") == 0
    neither = analyse(bounded, slow("model", 900), components={"model": {}, "store": {}, "cache": {"timeout": "1 s"}})
    assert problems(neither, "no-timeout") == ["readiness.yaml /components/store: neither the launch nor a file gives store a timeout"]


def test_time_between_two_reads_is_no_bound_of_an_answer_but_may_be_too_long() -> None:
    found = analyse(given({"on": MODEL, "timeout__stream": 60_000}, reader="nginx"))
    assert (value(found, "timeouts.none"), value(found, "timeouts.long")) == (0, 1)
    assert judged(found, "timeouts.short = 0").outcome == "inconclusive"
    reads = given({"on": MODEL, "timeout__stream": 2000}, reader="nginx")
    assert judged(analyse(reads, slow("model", 1500)), "timeouts.short = 0").outcome == "proven"
    perhaps = judged(analyse(reads, slow("model", 2500)), "timeouts.short = 0")
    assert perhaps.outcome == "inconclusive"
    assert "its answers may come in one piece or in many" in perhaps.findings[0].message


def test_nothing_set_is_no_pass() -> None:
    only = analyse(given({"on": MODEL, "timeout": 3000}), LOAD, slow("model", 900))
    for count in ("breakers.small", "breakers.never_trip", "breakers.never_close"):
        assert judged(only, f"{count} = 0").outcome == "inconclusive", count
    switch = analyse(breaker(breaker__consecutive_failures=5), LOAD, slow("model", 900))
    for count in ("timeouts.short", "timeouts.long", "timeouts.none"):
        assert judged(switch, f"{count} = 0").outcome == "inconclusive", count
    assert judged(analyse(breaker(breaker__consecutive_failures=0), LOAD), "breakers.never_close = 0").outcome == "inconclusive"


# what is matched, and what is not


def test_what_is_no_component_is_said() -> None:
    files = given({"on": {"upstream": "model"}, "timeout": 900}, {"on": {"upstream": "vector"}, "timeout": 900})
    found = analyse(files, components=SHOP)
    assert [(p.message, p.help) for p in found.problems if p.code == "no-component"] == snapshot([
        ("in proxy.yaml, vector is no component of the launch; model is",
         "if vector is the component vectors, give that `stage: vector`")
    ])  # fmt: skip
    service = given({"on": {"upstream": "model.prod.svc.cluster.local"}, "timeout": 900})
    assert problems(analyse(service, components=SHOP), "no-component") == []
    whole = given({"timeout__try": 900}, reader="litellm", path="litellm.yaml")
    assert problems(analyse(whole, components=SHOP), "no-component") == [
        "litellm.yaml:1: in litellm.yaml, litellm.yaml as a whole is no component of the launch"]  # fmt: skip


def test_a_file_that_cannot_be_believed_leaves_everything_open() -> None:
    wrong = Problem("invalid", "number", "`timeout` is `soon`, not a time", Location("b.yaml", 3), "write 3s")
    broken = given({"on": {"upstream": "other"}, "timeout": 900}, path="b.yaml")._replace(problems=(wrong,))
    found = analyse(given({"on": MODEL, "timeout": 3000}), broken, slow("model", 900))
    assert judged(found, "timeouts.short = 0").outcome == "inconclusive"
    assert "what b.yaml sets is not known: `timeout` is `soon`, not a time" in {p.message for p in found.problems}


def test_the_strength_is_that_of_the_settings() -> None:
    assert analyse(breaker(breaker__consecutive_failures=5), LOAD).strength is Strength.documented


@drawn(st.integers(0, 1000), st.integers(1, 9999), st.integers(1, 9999), st.integers(1, 1000))
def test_no_setting_passes_that_should_not(limit: float, timeout: float, p99: float, failures: int) -> None:
    settings = given({"on": MODEL, "breaker__max_requests": limit, "timeout": timeout, "breaker__failures": failures,
                      "breaker__window": 100, "breaker__open": 1000})  # fmt: skip
    found = analyse(settings, LOAD, slow("model", p99))
    assert value(found, "breakers.small") == (limit < 50)
    assert value(found, "timeouts.short") == (timeout <= p99)
    assert value(found, "timeouts.long") == (timeout > 4000)
    assert value(found, "breakers.never_trip") == (failures > 100)


def test_a_large_configuration_takes_no_time_to_lay_out() -> None:
    groups = [{"on": {"upstream": f"u{n}", "route": f"r{n}", "priority": "HIGH"}, "timeout": 3000} for n in range(5000)]
    began = time.process_time()
    assert value(analyse(given(*groups, *({"on": {"upstream": f"u{n}"}, "attempts": 2} for n in range(5000)))), "timeouts") == 5000
    assert time.process_time() - began < 5


def test_it_declares_what_it_gives() -> None:
    full = given({"on": MODEL, "breaker__max_requests": 60, "breaker__failures": 5, "breaker__open": 9000, "timeout": 3000})
    found = analyse(full, LOAD, slow("model", 900))
    assert {(f.metric, f.unit) for f in found.facts} == {(name, unit) for name, unit, _ in ANALYSIS.metrics}


# files of the tools


RESILIENCE = "real/resilience"


def test_real_kong_with_all_thresholds_zero_never_opens() -> None:
    found = analyse(shared(f"{RESILIENCE}/kong/upstream-target-input.yaml"), shared("loadtest/produced/k6/small.ndjson"))
    assert (value(found, "breakers"), value(found, "breakers.never_trip")) == (1, 1)
    assert problems(found, "never-trips") == snapshot([
        ("upstream-target-input.yaml:34:11 /upstreams/0/healthchecks/passive/unhealthy: the breaker of upstream "
        "example-api.com never opens: breaker.consecutive_failures is off, which switches it off")
    ])  # fmt: skip


def test_real_litellm_of_one_deployment_each_never_cools_down_and_waits_6000_s() -> None:
    found = analyse(shared(f"{RESILIENCE}/litellm/aws_guidance_base.yaml"))
    assert (value(found, "breakers.never_trip"), value(found, "timeouts.long")) == (1, 1)
    assert problems(found, "long-timeout") == snapshot([
        ("aws_guidance_base.yaml:407:3 /litellm_settings: timeout.try of aws_guidance_base.yaml is 1.667 h (the tool's "
        "default: nobody set it), over launch.p99_budget of 4,000 ms: the fallback comes when nobody waits any more")
    ])  # fmt: skip


def test_real_litellm_with_thresholds_opens_at_the_peak_and_not_at_three_calls_a_minute() -> None:
    settings = shared(f"{RESILIENCE}/litellm/ciris_litellm_config.yaml")
    busy = analyse(settings)
    assert judged(busy, "breakers >= 3", "breakers.never_trip = 0", "breakers.never_close = 0").outcome == "proven"
    assert value(analyse(settings, off_peak="3 rpm"), "breakers.never_trip") == 3


def test_real_envoy_breaker_of_one_is_smaller_than_a_produced_load_test() -> None:
    settings = shared(f"{RESILIENCE}/envoy/eg-circuit-breaker.clusters.yaml")
    found = analyse(settings, shared("loadtest/produced/k6/small.ndjson"))
    assert value(found, "concurrency.tested") == 4
    assert values(found, "fit.concurrency") == {"first-route-dest": 0.25, "each host first-route-dest": 0.25}
    assert (value(found, "breakers.small"), value(found, "breakers.never_trip")) == (2, 1)


def test_real_envoy_defaults_of_1024_were_never_met_and_eject_nothing() -> None:
    found = analyse(shared(f"{RESILIENCE}/envoy/envoy.yaml"), shared("loadtest/produced/k6/small.ndjson"))
    assert (value(found, "breakers.small"), value(found, "breakers.idle"), value(found, "breakers.never_trip")) == (0, 2, 2)
    assert "the tool's default: nobody set it" in problems(found, "idle-breaker")[0]


def test_real_istio_rule_fits_a_produced_load_test() -> None:
    settings = shared(f"{RESILIENCE}/istio/destination-rule-all.yaml")
    found = analyse(settings, shared("loadtest/produced/k6/small.ndjson"))
    assert values(found, "fit.concurrency") == {"destall.default.svc.cluster.local": 33 / 4}
    assert judged(found, "breakers >= 1", "breakers.small = 0", "breakers.idle = 0", "breakers.never_trip = 0",
                  "breakers.never_close = 0").outcome == "proven"  # fmt: skip


def test_real_resilience4j_needs_a_hundred_calls_in_ten_seconds() -> None:
    settings = shared(f"{RESILIENCE}/resilience4j/boot3-test-application.yaml")
    assert value(analyse(settings), "breakers.never_trip") == 0
    found = analyse(settings, off_peak="5 rps")
    assert {name for name, trips in values(found, "breaker.trips").items() if not trips} == {"backendB"}
    assert problems(found, "never-trips") == snapshot([
        ("boot3-test-application.yaml:72:7 /resilience4j.circuitbreaker/backends/backendB: the breaker of upstream backendB "
        "never opens: it takes 100 calls in 10 s, and at 5 1/s (launch.off_peak) 50 come")
    ])  # fmt: skip


def test_real_portkey_waits_for_ever() -> None:
    found = analyse(shared(f"{RESILIENCE}/portkey/cookbook-101-portkey-gateway-configs-7.json"))
    assert value(found, "timeouts.none") == 1


def test_produced_nginx_opens_and_closes() -> None:
    pytest.importorskip("crossplane")
    found = analyse(shared("produced/nginx/nginx.conf"), p99_budget="12 s")
    assert judged(found, "breakers = 2", "breakers.never_trip = 0", "breakers.never_close = 0", "timeouts.none = 0",
                  "timeouts.long = 0").outcome == "proven"  # fmt: skip
