"""The latency budget as facts: used shares, sums that fit or not, bounds that hold for any joint times."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.analysis.analyses.latency_budget import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.latency import percentiles, waterfall
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Problem, Strength
from tests.analysis.evals import launch, shared
from tests.analysis.settings_files import has, judged, problems, value, values

SHOP: dict[str, dict[str, Any]] = {
    "gateway": {"budget": "50 ms", "calls": ["store", "model"]},
    "store": {"budget": "40 ms", "stage": "conversation"},
    "model": {"budget": "900 ms"},
}
STAGES: dict[str, Any] = {"gateway": 10.0, "conversation": 20.0, "model": 800.0}


def analyse(*evidence: Evidence, components: dict[str, Any] | None = None, **parameters: str) -> Analysed:
    parts = SHOP if components is None else components
    return run(launch(components=parts, parameters=parameters), "readiness.yaml", evidence)


def stages(metric: str = "p95", *, samples: int | None = 1000, label: str = "stage", path: str = "stages.json",
           **times: Any) -> Evidence:  # fmt: skip
    facts = tuple(Fact(metric, ms, "ms", Location(path, n), ((label, name),), samples)
                  for n, (name, ms) in enumerate(times.items(), 1))  # fmt: skip
    return Evidence(path, (), "json", Strength.measured, facts, ())


def test_each_component_against_its_budget() -> None:
    found = analyse(stages(**STAGES), p95_budget="1 s")
    assert values(found, "budget.used") == {"gateway": 0.2, "store": 0.5, "model": 800 / 900}
    assert (value(found, "components.over"), found.strength) == (0, Strength.measured)
    assert values(found, "budget.sum") == {"gateway": 990.0}
    assert values(found, "budget.feasible") == {"gateway": True}
    assert judged(found, "components.over = 0", "budget.feasible is true", "budget.used <= 0.9").outcome == "proven"


def test_one_over_its_budget_is_named_with_its_place() -> None:
    found = analyse(stages(**STAGES | {"conversation": 61.0}))
    assert value(found, "components.over") == 1
    assert problems(found, "over-budget") == ["stages.json:2: store takes 61 ms at p95, 152.5 % of its budget of 40 ms"]
    assert judged(found, "components.over = 0").outcome == "failed"
    assert judged(found, "budget.used where component = store <= 1").outcome == "failed"
    assert judged(found, "budget.used where component = model <= 1").outcome == "proven"


def test_budgets_that_do_not_fit_are_named() -> None:
    found = analyse(stages(**STAGES), p95_budget="900 ms")
    assert values(found, "budget.feasible") == {"gateway": False}
    assert problems(found, "infeasible-budget") == snapshot([
        ("readiness.yaml /components: the budgets from gateway add up to 990 ms, more than launch.p95_budget of 900 ms; "
        "the largest: model 900 ms, gateway 50 ms and store 40 ms")
    ])  # fmt: skip
    unknown = analyse(stages(**STAGES))
    assert not has(unknown, "budget.feasible")
    result = judged(unknown, "budget.feasible is true")
    assert result.outcome == "inconclusive"
    assert "the launch states no `p95_budget`: whether the budgets fit in it is not known" in {
        f.message for f in result.findings}  # fmt: skip


@pytest.mark.parametrize("evidence", [
    (), (stages(gateway=10, model=800),), (stages(gateway=10, model=800), stages(conversation=20, samples=19)),
    (stages(**STAGES)._replace(problems=(Problem("inconclusive", "empty", "empty", Location("stages.json")),)),),
])  # fmt: skip
def test_what_is_not_measured_proves_nothing(evidence: tuple[Evidence, ...]) -> None:
    found = analyse(*evidence)
    assert not has(found, "components.over")
    assert math.isnan(values(found, "budget.used")["store"])
    result = judged(found, "components.over = 0")
    assert result.outcome == "inconclusive"
    assert any("store" in f.message and "not known" in f.message for f in result.findings)
    assert judged(found, "budget.used <= 1").outcome == "inconclusive"


def test_without_components_nothing_is_proven() -> None:
    found = analyse(stages(**STAGES), components={})
    assert (found.facts, [(p.kind, p.code) for p in found.problems]) == ((), [("inconclusive", "no-components")])


def test_both_bounds_say_which_percentiles_they_rest_on() -> None:
    found = analyse(stages(**STAGES), stages("p99", gateway=30, conversation=50, model=1200))
    assert values(found, "bound.high") == {"gateway": 1280.0}
    assert values(found, "bound.low") == {"gateway": 800.0}
    assert values(found, "bound.method") == snapshot(
        {"gateway": "at least p95 of model; at most the sum of p99, which at most 3 % of requests exceed (Boole)"}
    )


def test_a_component_that_some_requests_call_bounds_less() -> None:
    times = [stages(**STAGES), stages("p50", model=400), stages("p90", gateway=9)]
    some = [stages("p95", model=800, samples=500), stages("p50", model=400, samples=500), stages("p95", gateway=10)]
    assert values(analyse(*times), "bound.low") == {"gateway": 800.0}
    assert values(analyse(*some), "bound.low") == {"gateway": 400.0}  # 5 % of one half are 2.5 % of all
    assert "p50 of model, which 50 % of requests call" in values(analyse(*some), "bound.method")["gateway"]


def test_p95_alone_bounds_nothing_from_above() -> None:
    found = analyse(stages(**STAGES))
    assert not has(found, "bound.high")
    assert judged(found, "bound.high <= 3 s").outcome == "inconclusive"
    assert problems(found, "no-bound") == snapshot([
        ("readiness.yaml /components: the sum of p95, the best that was measured of every component, may be exceeded by "
        "15 % of requests: nothing bounds p95 from gateway on")
    ])  # fmt: skip
    assert "no percentile was measured of every component" in problems(analyse(), "no-bound")[0]


def test_loops_are_named() -> None:
    parts = {"a": {"budget": "1 s", "calls": ["b"]}, "b": {"budget": "1 s", "calls": ["a"]}}
    assert problems(analyse(components=parts), "circular-calls") == [
        "readiness.yaml /components: calls lead back: a → b → a; they are counted once"]  # fmt: skip


def test_of_two_entries_the_one_counts_from_which_most_is_used() -> None:
    parts = {"web": {"budget": "1 s", "calls": ["store"]}, "app": {"budget": "1 s", "calls": ["store", "store"]},
             "store": {"budget": "100 ms"}}  # fmt: skip
    found = analyse(stages("exclusive.p95", label="component", store=150), components=parts)
    assert values(found, "budget.used")["store"] == 1.5
    assert set(values(found, "budget.sum")) == {"web", "app"}


def test_the_same_figures_as_the_report() -> None:
    evidence = [stages(**STAGES), stages("p99", gateway=30, conversation=50, model=1200)]
    (result,) = waterfall(launch(components=SHOP), percentiles(evidence))
    found = analyse(*evidence)
    assert values(found, "bound.high")["gateway"] == (result.bound.total if result.bound else None)
    assert values(found, "budget.used") == {r.name: r.measured.value / r.budget for r in result.components if r.measured}


def _nearest(ordered: list[float], percent: int) -> float:
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


@drawn(st.integers(0, 10_000), st.sampled_from([0.3, 0.7, 1.0]), st.floats(-1, 1))
def test_the_bounds_hold_for_any_joint_times(seed: int, share: float, tie: float) -> None:
    """Times of three parts that hang together somehow; the last is called by some requests only."""
    draw = random.Random(seed)
    requests: list[tuple[float, float, float | None]] = []
    for _ in range(1000):
        base = draw.expovariate(1)
        times = [max(0.001, base * tie + draw.expovariate(1)) for _ in range(3)]
        requests.append((times[0], times[1], times[2] if draw.random() < share else None))
    columns = [sorted(t for r in requests if (t := r[n]) is not None) for n in range(3)]
    facts = [
        stages(f"p{q}", samples=len(column), **dict[str, Any]({name: _nearest(column, q)}))
        for q in (50, 90, 95, 99) for name, column in zip(("a", "b", "c"), columns, strict=True)
    ]  # fmt: skip
    parts = {"a": {"budget": "1 s", "calls": ["b", "c"]}, "b": {"budget": "1 s"}, "c": {"budget": "1 s"}}
    found = analyse(*facts, components=parts)
    whole = sorted(sum(t or 0.0 for t in r) for r in requests)
    assert values(found, "bound.low")["a"] <= _nearest(whole, 95) * (1 + 1e-5)
    assert values(found, "bound.high")["a"] >= _nearest(whole, 95) * (1 - 1e-5)


def test_it_declares_what_it_gives() -> None:
    found = analyse(stages(**STAGES), stages("p99", **STAGES), p95_budget="2 s")
    assert {(f.metric, f.unit) for f in found.facts} == {(name, unit) for name, unit, _ in ANALYSIS.metrics}


# files of the tools


def test_real_jaeger_trace_of_one_request_proves_no_percentile() -> None:
    parts: dict[str, dict[str, Any]] = {"nginx-web-server": {"budget": "2 ms", "calls": ["compose-post-service"]},
             "compose-post-service": {"budget": "1 ms"}}  # fmt: skip
    found = analyse(shared("real/traces/jaeger/dsb-1trace-verbatim.json"), components=parts)
    assert problems(found, "over-budget") == snapshot([
        "dsb-1trace-verbatim.json /data/0/spans/28: compose-post-service takes 1.516 ms at p95, 151.6 % of its budget of 1 ms"
    ])  # fmt: skip
    assert judged(found, "components.over = 0").outcome == "failed"
    generous = {name: {**part, "budget": "9 ms"} for name, part in parts.items()}
    assert judged(analyse(shared("real/traces/jaeger/dsb-1trace-verbatim.json"), components=generous),
                  "components.over = 0").outcome == "inconclusive"  # fmt: skip


def test_produced_load_test_by_endpoint_keeps_its_budgets() -> None:
    test = shared("loadtest/produced/k6/small.ndjson")
    known = {v for f in test.facts if f.metric == "p95" for k, v in f.labels if k == "endpoint"}
    parts = {f"part{n}": {"budget": "1 s", "stage": name} for n, name in enumerate(sorted(known))}
    found = analyse(test, components=parts, p95_budget=f"{len(parts)} s")
    assert known
    assert judged(found, "components.over = 0", "budget.feasible is true", "budget.used <= 1").outcome == "proven"
