"""The latency budget in words where traces measured it: one time for all calls of a request."""

from __future__ import annotations

from readiness.errors import Location
from readiness.model.latency_result import ComponentResult, LatencyResult, Measured, UnionBound
from readiness.rendering.latency import _view

AT = Location("evidence/traces.jsonl", 5)


def component(value: float) -> ComponentResult:
    measured = Measured(value, 400, "component store", AT, "request")
    return ComponentResult("store", 0, "", 3, 100.0, measured, "within" if value <= 300 else "over", "")


def view(value: float) -> LatencyResult:
    sums = UnionBound(95.0, 300.0, 0.15)
    return LatencyResult("store", (component(value),), 3, sums, None, "", None, UnionBound(95.0, value, 0.05), ())


def test_time_on_the_critical_path_is_said_and_drawn_once() -> None:
    found = _view(view(240))
    (row,) = found.rows
    assert row.detail == "component store, 400 samples, on the critical path of a request"
    assert (row.measured, row.budget, row.state.word) == ("240 ms", "3 × 100 ms", "Within")
    assert row.measured_bar is not None
    assert float(row.measured_bar.width.rstrip("%")) * 300 / 240 - float(row.budget_bar.width.rstrip("%")) < 0.1
    assert row.over_bar is None
    assert found.bound.startswith("Measured p95 of each, added up: at most 5 % of requests spend more than 240 ms")


def test_what_lies_beyond_the_budget_of_all_its_calls_is_over() -> None:
    (row,) = _view(view(360)).rows
    assert row.state.word == "Over"
    assert row.over_bar is not None
