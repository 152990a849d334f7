"""Retry chains by hand: calls multiply, times add up, and what may wait for ever proves nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest

from readiness.analysis.analyses.retry_chain import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Strength
from readiness.model.launch import Launch
from readiness.model.plan import Check


def analyse(components: dict[str, dict[str, Any]]) -> Analysed:
    launch = Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1"}, "checklists": ["x"],
        "components": {name: {"budget": "1s", **part} for name, part in components.items()},
    })  # fmt: skip
    return run(launch, "readiness.yaml", ())


def value(found: Analysed, metric: str, component: str) -> float:
    values = [f.value for f in found.facts if f.metric == metric and f.labels == (("component", component),)]
    assert len(values) == 1
    assert isinstance(values[0], float)
    return values[0]


CHAIN = {
    "gateway": {"attempts": 3, "timeout": "2s", "backoff": "100ms", "calls": ["assistant"]},
    "assistant": {"attempts": 3, "timeout": "500ms", "calls": ["search"]},
    "search": {"attempts": 4, "timeout": "200ms", "backoff": "50ms"},
}


def test_attempts_multiply_along_a_chain() -> None:
    found = analyse(CHAIN)
    assert [value(found, "calls.worst", name) for name in CHAIN] == [36, 12, 4]


def test_time_is_all_attempts_and_the_pauses_between_them() -> None:
    found = analyse(CHAIN)
    assert value(found, "time.worst", "gateway") == 3 * 2000 + 2 * 100
    assert value(found, "time.worst", "assistant") == 3 * 500
    assert value(found, "time.worst", "search") == 4 * 200 + 3 * 50
    assert [p.code for p in found.problems] == ["no-budget"]
    assert found.strength is Strength.claimed


def test_calls_add_up_where_two_ways_meet() -> None:
    found = analyse({
        "top": {"timeout": "1s", "calls": ["left", "right"]},
        "left": {"timeout": "1s", "attempts": 3, "calls": ["store"]},
        "right": {"timeout": "1s", "attempts": 2, "calls": ["store"]},
        "store": {"timeout": "1s", "attempts": 2},
    })  # fmt: skip
    assert value(found, "calls.worst", "top") == 3 * 2 + 2 * 2
    assert value(found, "calls.worst", "left") == 6


def test_without_a_timeout_an_attempt_lasts_as_long_as_what_it_calls() -> None:
    found = analyse({
        "top": {"attempts": 2, "backoff": "10ms", "calls": ["a", "b"]},
        "a": {"timeout": "100ms"},
        "b": {"timeout": "300ms", "attempts": 2},
    })  # fmt: skip
    assert value(found, "time.worst", "top") == 2 * (100 + 600) + 10
    assert [(p.kind, p.code, p.at) for p in found.problems if p.code != "no-budget"] == [
        ("warning", "no-timeout", Location("readiness.yaml", pointer="/components/top")),
    ]  # fmt: skip


def test_what_may_wait_for_ever_proves_no_time() -> None:
    found = analyse({"top": {"calls": ["slow", "quick"]}, "slow": {}, "quick": {"timeout": "1ms"}})
    assert math.isinf(value(found, "time.worst", "top"))
    assert math.isinf(value(found, "time.worst", "slow"))
    check = Check(parse_expectation("time.worst <= 10 s"), "", Location("x"))
    assert compare(check, found.facts, Location("x"), confident=False).outcome == "inconclusive"
    bounded = Check(parse_expectation("time.worst where component = quick <= 10 s"), "", Location("x"))
    assert compare(bounded, found.facts, Location("x"), confident=False).outcome == "proven"


@pytest.mark.parametrize(("components", "loop"), [
    ({"a": {"calls": ["a"]}}, "a → a"),
    ({"a": {"calls": ["b"]}, "b": {"calls": ["a"]}}, "a → b → a"),
    ({"top": {"calls": ["a"]}, "a": {"calls": ["b"]}, "b": {"calls": ["c"]}, "c": {"calls": ["a"]}}, "a → b → c → a"),
])  # fmt: skip
def test_a_loop_is_invalid(components: dict[str, dict[str, Any]], loop: str) -> None:
    found = analyse(components)
    assert found.facts == ()
    assert [(p.kind, p.code, p.message) for p in found.problems] == [
        ("invalid", "circular-calls", f"components call each other: {loop}"),
    ]  # fmt: skip


def test_no_components_are_inconclusive() -> None:
    found = analyse({})
    assert (found.facts, [(p.kind, p.code) for p in found.problems]) == ((), [("inconclusive", "no-components")])


def test_many_ways_are_counted_at_once() -> None:
    layers = {f"{side}{n}": {"timeout": "1ms", "calls": [f"a{n + 1}", f"b{n + 1}"] if n < 40 else []}
              for n in range(41) for side in "ab"}  # fmt: skip
    assert value(analyse(layers), "calls.worst", "a0") == 2.0**39


def test_it_declares_what_it_gives() -> None:
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in analyse(CHAIN).facts} == declared
