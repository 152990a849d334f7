"""Latency budgets by hand: sums along the path, worst facts, and bounds that hold for any joint times."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.latency import Used, latency
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.latency_result import ComponentResult, LatencyResult, UnionBound
from readiness.model.launch import Launch
from readiness.model.plan import Bound, Check

PATH = "evidence/stages.json"


def launch(components: dict[str, dict[str, Any]], **parameters: str) -> Launch:
    return Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1"}, "checklists": ["x"], "parameters": parameters,
        "components": {name: {"budget": "100 ms", **part} for name, part in components.items()},
    })  # fmt: skip


def p(value: float, stage: str = "", metric: str = "p95", *, samples: int | None = 1000, line: int = 1,
      label: str = "stage", unit: str = "ms") -> Fact:  # fmt: skip
    labels = ((label, stage),) if stage else ()
    return Fact(metric, value, unit, Location(PATH, line), labels, samples)


def used(*facts: Fact, expect: str = "", analysis: str | None = None, broken: bool = False) -> Used:
    problems = (Problem("invalid", "x", "x", Location(PATH)),) if broken else ()
    evidence = Evidence(PATH, (), "json", Strength.measured, facts, problems)
    checks = (Check(parse_expectation(expect), "", Location("list.yaml")),) if expect else ()
    bound = Bound("path", (PATH,), ("json",), None, analysis, Strength.measured, None, False, checks, Location("list.yaml"))
    return Used(bound, (evidence,))


def one(components: dict[str, dict[str, Any]], *parts: Used, **parameters: str) -> LatencyResult:
    (found,) = latency(launch(components, **parameters), parts)
    return found


def row(found: LatencyResult, name: str) -> ComponentResult:
    return next(part for part in found.components if part.name == name)


SHOP: dict[str, dict[str, Any]] = {
    "gateway": {"budget": "50 ms", "calls": ["store", "retrieval"]},
    "store": {"budget": "40 ms"},
    "retrieval": {"budget": "120 ms", "calls": ["index"]},
    "index": {"budget": "80 ms"},
}


def test_order_and_nesting_follow_the_calls() -> None:
    found = one(SHOP)
    assert [(c.name, c.depth, c.caller) for c in found.components] == [
        ("gateway", 0, ""), ("store", 1, "gateway"), ("retrieval", 1, "gateway"), ("index", 2, "retrieval"),
    ]  # fmt: skip
    assert found.budgets == UnionBound(95.0, 290.0, 0.2)
    assert (found.budget, found.budget_name, found.measured, found.bound) == (None, "", None, None)
    assert {c.outcome for c in found.components} == {"not measured"}


def test_a_component_that_is_called_twice_counts_twice() -> None:
    found = one({
        "top": {"calls": ["left", "right"]}, "left": {"calls": ["store"]}, "right": {"calls": ["store", "store"]},
        "store": {"budget": "10 ms", "calls": ["disk"]}, "disk": {"budget": "1 ms"},
    })  # fmt: skip
    assert [(c.name, c.visits) for c in found.components] == [
        ("top", 1), ("left", 1), ("store", 3), ("disk", 3), ("right", 1)]  # fmt: skip
    assert (found.visits, found.budgets.total) == (9, 333.0)


def test_loops_are_named_and_not_followed() -> None:
    found = one({"a": {"calls": ["b"]}, "b": {"calls": ["c", "b"]}, "c": {"calls": ["a"]}})
    assert found.loops == ("a → b → c → a", "b → b")
    assert [(c.name, c.visits) for c in found.components] == [("a", 1), ("b", 1), ("c", 1)]


def test_each_entry_has_a_result_of_its_own() -> None:
    found = latency(launch({"web": {"calls": ["store"]}, "app": {"calls": ["store"]}, "store": {}, "x": {"calls": ["x"]}}), ())
    assert [[c.name for c in result.components] for result in found] == [["web", "store"], ["app", "store"], ["x"]]


def test_many_ways_are_counted_without_walking_them() -> None:
    layers = 200
    parts: dict[str, dict[str, Any]] = {f"n{n}": {"calls": [f"n{n + 1}", f"n{n + 1}"]} for n in range(layers)}
    found = one({**parts, f"n{layers}": {}})
    assert row(found, "n10").visits == 1024
    assert row(found, f"n{layers}").visits == 1_000_000
    assert found.budgets.exceed == 1


def test_a_chain_of_thousands_of_components() -> None:
    parts: dict[str, dict[str, Any]] = {f"n{n}": {"calls": [f"n{n + 1}"]} for n in range(3000)}
    assert one({**parts, "n3000": {}}).components[-1].depth == 3000


@pytest.mark.parametrize(("value", "samples", "outcome"), [
    (120.0, 1000, "within"), (120.01, 1000, "over"), (110.0, 19, "too few samples"), (130.0, 19, "over"),
    (110.0, None, "within"), (110.0, 0, "not measured"), (math.nan, 1000, "not measured"),
    (math.inf, 1000, "not measured"),
])  # fmt: skip
def test_outcomes(value: float, samples: int | None, outcome: str) -> None:
    assert row(one(SHOP, used(p(value, "retrieval", samples=samples))), "retrieval").outcome == outcome


def test_the_worst_of_several_facts_counts_with_its_place() -> None:
    found = one(SHOP, used(p(90, "retrieval", line=3), p(110, "retrieval", line=9)),
                used(p(110, "retrieval", line=7, label="component"), p(10, "retrieval", line=1)))  # fmt: skip
    measured = row(found, "retrieval").measured
    assert measured is not None
    assert (measured.value, measured.at.line, measured.subject) == (110.0, 7, "component retrieval")


@pytest.mark.parametrize("part", [
    used(p(90, "retrieval"), broken=True),
    used(p(90, "retrieval"), analysis="retry-chain"),
    used(p(0.9, "retrieval", unit="ratio")),
    used(p(90, "retrieval", "timeout")),
    used(p(90, "retrieval", label="locale")),
    used(p(90, "Retrieval")),
    used(p(90)),
])  # fmt: skip
def test_what_does_not_count(part: Used) -> None:
    assert row(one(SHOP, part), "retrieval").measured is None


def test_a_component_can_be_measured_under_another_name() -> None:
    parts: dict[str, dict[str, Any]] = {"gateway": {"calls": ["conversation-store"]}, "conversation-store": {}}
    evidence = used(p(60, "conversation"), p(5, "gateway"))
    assert row(one(parts, evidence), "conversation-store").help == (
        "the evidence measures `conversation`: if that is it, write `stage: conversation`")  # fmt: skip
    parts["conversation-store"]["stage"] = "conversation"
    assert row(one(parts, evidence), "conversation-store").outcome == "within"
    assert row(one({"x": {}}), "x").help == "let an item's evidence give p95 with the label stage `x`"


@pytest.mark.parametrize(("expect", "facts", "value"), [
    ("p95 <= launch.p95_budget", [p(900), p(950), p(990, "total")], 950.0),
    ("p95 where stage = total < launch.p95_budget", [p(900), p(990, "total")], 990.0),
    ("corrected.p95 <= launch.p95_budget", [p(990, metric="corrected.p95"), p(2000)], 990.0),
    ("p95 <= 0.5 * launch.p95_budget", [p(900)], None),
    ("p95 >= launch.p95_budget", [p(900)], None),
    ("timeout <= launch.p95_budget", [p(900, metric="timeout")], None),
    ("p95 <= 800 ms", [p(900)], None),
])  # fmt: skip
def test_the_whole_is_what_items_hold_against_the_budget(expect: str, facts: list[Fact], value: float | None) -> None:
    found = one(SHOP, used(*facts, expect=expect), p95_budget="1 s")
    assert (found.budget, found.budget_name) == (1000.0, "launch.p95_budget")
    assert (found.measured.value if found.measured else None) == value


def test_a_budget_that_is_no_time_is_none() -> None:
    assert one(SHOP, p95_budget="soon").budget is None
    assert one(SHOP, p95_budget="5 %").budget is None


def _all(metric: str, value: float) -> list[Fact]:
    return [p(value, name, metric) for name in SHOP]


def test_the_bound_is_the_smallest_sum_that_at_most_five_percent_exceed() -> None:
    facts = [*_all("p95", 10), *_all("p99", 20), *_all("p99.9", 50)]
    assert one(SHOP, used(*facts)).bound == UnionBound(99.0, 80.0, 0.04)
    assert one(SHOP, used(*_all("p95", 10), *_all("p90", 5))).bound == UnionBound(95.0, 40.0, 0.2)
    assert one(SHOP, used(*_all("p50", 10))).bound is None
    assert one(SHOP, used(*facts[:3])).bound is None


def test_a_percentile_with_too_few_samples_bounds_nothing() -> None:
    facts = [*_all("p95", 10), *(fact._replace(samples=99) for fact in _all("p99", 20))]
    assert one(SHOP, used(*facts)).bound == UnionBound(95.0, 40.0, 0.2)
    assert one(SHOP, used(*(fact._replace(samples=100) for fact in facts))).bound == UnionBound(99.0, 80.0, 0.04)


TWICE: dict[str, dict[str, Any]] = {"top": {"calls": ["store", "store"]}, "store": {}}


def x(value: float, component: str, metric: str = "exclusive.p95", **more: Any) -> Fact:
    return p(value, component, metric, label="component", **more)


def test_time_on_the_critical_path_is_of_all_calls_of_a_request() -> None:
    found = one(TWICE, used(x(200, "store"), x(90, "top")))
    store = row(found, "store")
    assert store.measured is not None
    assert (store.visits, store.measured.per, store.measured.whole(2), store.outcome) == (2, "request", 200, "within")
    assert row(one(TWICE, used(x(200.1, "store"))), "store").outcome == "over"
    assert row(one(TWICE, used(x(10, "store", samples=19))), "store").outcome == "too few samples"
    assert found.bound == UnionBound(95.0, 290.0, 0.1)  # two components, though three calls


def test_of_calls_and_critical_path_the_worse_for_the_request_counts() -> None:
    calls = row(one(TWICE, used(p(90, "store"), x(170, "store"))), "store").measured
    path = row(one(TWICE, used(p(80, "store"), x(170, "store"))), "store").measured
    assert calls is not None
    assert path is not None
    assert (calls.per, calls.value, path.per, path.value) == ("call", 90, "request", 170)


def test_only_the_component_of_a_trace_counts_and_only_its_own_time() -> None:
    for fact in (p(9, "top", "exclusive.p95", label="endpoint"), x(9, "top", "e2e.p95"), x(9, "top", "exclusive.mean")):
        assert row(one(TWICE, used(fact)), "top").measured is None


@given(st.lists(st.lists(st.floats(0, 1e4), min_size=40, max_size=40), min_size=1, max_size=4), st.sampled_from([95.0, 97.5]))
def test_a_bound_from_traces_holds_for_any_joint_times(times: list[list[float]], percentile: float) -> None:
    """Each list holds a component's time on the critical path, request by request; they add up to the whole."""
    names = [f"c{n}" for n in range(len(times))]
    rank = math.ceil(percentile / 100 * 40) - 1
    facts = [x(sorted(part)[rank], name, f"exclusive.p{percentile:g}") for name, part in zip(names, times, strict=True)]
    calls: dict[str, dict[str, Any]] = {name: {"calls": [names[n + 1]] * 2 if n + 1 < len(names) else []} for n, name in enumerate(names)}
    bound = one(calls, used(*facts)).bound
    assert bound is not None
    late = sum(sum(request) > bound.total * (1 + 1e-5) for request in zip(*times, strict=True))
    assert late <= bound.exceed * 40 + 1e-9


TIMES = st.lists(st.lists(st.floats(0, 1e4), min_size=40, max_size=40), min_size=1, max_size=4)


@given(TIMES, st.sampled_from([50.0, 90.0, 95.0, 97.5]))
def test_a_bound_holds_for_any_joint_times(times: list[list[float]], percentile: float) -> None:
    """Each list holds a component's times, request by request; a percentile is its nearest rank."""
    names = [f"c{n}" for n in range(len(times))]
    rank = math.ceil(percentile / 100 * 40) - 1
    facts = [p(sorted(part)[rank], name, f"p{percentile:g}") for name, part in zip(names, times, strict=True)]
    found = one({"entry": {"calls": names, "stage": "c0"}, **{name: {} for name in names}}, used(*facts))
    bound = found.bound
    if bound is None:
        return
    whole = [sum(request) + request[0] for request in zip(*times, strict=True)]  # the entry is timed as c0
    late = sum(time > bound.total * (1 + 1e-5) for time in whole)
    assert late <= bound.exceed * len(whole) + 1e-9


@given(st.integers(2, 7), st.data())
def test_visits_are_the_number_of_ways(count: int, data: st.DataObject) -> None:
    calls = [data.draw(st.lists(st.integers(n + 1, count - 1), max_size=3)) if n + 1 < count else [] for n in range(count)]

    def ways(start: int, end: int) -> int:
        return (start == end) + sum(ways(callee, end) for callee in calls[start])

    results = latency(launch({f"n{n}": {"calls": [f"n{c}" for c in calls[n]]} for n in range(count)}), ())
    for result in results:
        start = int(result.entry[1:])
        assert {c.name: c.visits for c in result.components} == {
            f"n{n}": ways(start, n) for n in range(count) if ways(start, n)}  # fmt: skip
