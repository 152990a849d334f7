"""Answers of the Prometheus API: empty is no data, an error no evidence, and `inactive` no alarm."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.prometheus_api import READER
from tests.evidence.readers.config_files import (
    codes,
    found,
    known,
    read,
    refusal,
    sample,
    value,
    values,
)
from tests.evidence.readers.metric_files import (
    endure,
    metrics_given,
    proves_nothing,
    shared,
    try_read,
)


def answer(result: Sequence[object], kind: str = "matrix", **more: object) -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more})


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    answers = ["api-alerts-during", "api-rules-during", "query-error", "query-instant", "query_range-completion", "query_range-empty", "query_range-p95", "query_range-requests"]
    assert known(READER) == {f"prometheus/{name}.json" for name in answers}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_produced_percentiles_by_component() -> None:
    data = shared("produced/prometheus/query_range-p95.json")
    reading = read(READER, data)
    for series in json.loads(data)["data"]["result"]:
        numbers, names = [float(v) for _, v in series["values"]], series["metric"]
        assert value(reading, "points", **names) == len(numbers)
        assert value(reading, "value.max", **names) == max(numbers)
        assert value(reading, "value.min", **names) == min(numbers)
        assert value(reading, "value.last", **names) == numbers[-1]
        assert value(reading, "value.mean", **names) == pytest.approx(statistics.mean(numbers))
        assert value(reading, "value.p95", **names) == sorted(numbers)[30]  # 0.95 × 32 = 30.4: the 31st
    assert value(reading, "series.step") == 2000
    assert value(reading, "series.until") == "2026-11-23T02:43:43+00:00"
    assert reading.produced is not None
    assert reading.produced.timestamp() == 1795401823


def test_an_alert_on_a_counter_born_at_one_did_not_fire() -> None:
    counter = read(READER, shared("produced/prometheus/query-instant.json"))
    assert [f.value for f in counter.facts if f.metric == "value.last"] == [1]
    rules = read(READER, shared("produced/prometheus/api-rules-during.json"))
    assert values(rules, "alert.exists", alert="BedrockRegionFailover", severity="page") == [(True, "file")]
    assert value(rules, "alert.fired", alert="BedrockRegionFailover", severity="page") is False
    assert value(rules, "alert.fired", alert="ChatCompletionRateLow", severity="page") is True
    assert value(rules, "alert.metrics", alert="ChatCompletionRateLow", severity="page") == "chat:completion_ratio, chat_requests_total"


def test_an_empty_result_is_no_data() -> None:
    assert codes(sample(READER, "broken/empty.json")) == ["inconclusive:no-data"]


def test_an_error_is_refused() -> None:
    assert refusal(READER, shared("produced/prometheus/query-error.json")) == "error-answer"


def test_infinite_holds_no_limit_and_nan_is_no_point() -> None:
    reading = sample(READER, "ok/latency.json")
    one = {"metric": "chat:latency_seconds:p95", "region": "eu-1"}
    assert [value(reading, f"value.{s}", **one) for s in ("min", "mean", "max", "last")] == [500, "+Inf", "+Inf", "+Inf"]
    assert value(reading, "points", **one) == 3
    assert codes(reading) == ["nan", "infinite"]


def test_warnings_of_a_storage_are_no_warnings_of_the_expression() -> None:
    series = [{"metric": {}, "values": [[1795401760, "1"]]}]
    assert codes(read(READER, answer(series, warnings=["PromQL warning: x"]))) == ["promql"]
    assert codes(read(READER, answer(series, warnings=["store gateway: no answer"]))) == ["inconclusive:partial"]


def test_points_that_are_lacking_are_told() -> None:
    series = [{"metric": {}, "values": [[1795401760 + 10 * n, "1"] for n in (0, 1, 2, 6, 7)]}]
    reading = read(READER, answer(series))
    assert [p.message for p in reading.problems] == ["3 points are lacking between those of the series"]


def test_labels_of_places_stay_where_they_tell_series_apart() -> None:
    def one(instance: str) -> dict[str, object]:
        return {"metric": {"__name__": "up", "instance": instance, "metric": "own"}, "value": [1795401760, "1"]}

    reading = read(READER, answer([one("a"), one("b")], "vector"))
    assert value(reading, "value.last", metric="up", instance="b", exported_metric="own") == 1
    reading = read(READER, answer([one("a")], "vector"))
    assert value(reading, "value.last", metric="up", exported_metric="own") == 1


def test_a_scalar_is_one_series() -> None:
    reading = read(READER, answer([1795401760, "0.5"], "scalar"))
    assert value(reading, "value.last") == 0.5


def test_more_series_than_anyone_looks_at() -> None:
    series = [{"metric": {"n": str(n)}, "value": [1795401760, "1"]} for n in range(201)]
    assert codes(read(READER, answer(series, "vector"))) == ["inconclusive:too-many-series"]


def test_the_series_of_alerts_over_a_drill() -> None:
    reading = sample(READER, "ok/alerts-over-the-drill.json")
    assert value(reading, "alert.fired", alert="CompletionLow", severity="page") is True
    assert value(reading, "alert.fired_at", alert="CompletionLow", severity="page") == "2026-11-23T02:43:20+00:00"
    assert value(reading, "alert.fired", alert="LatencyHigh", severity="ticket") is False
    assert found(reading, "alert.fired_at", alert="LatencyHigh", severity="ticket") == []


def test_a_rule_that_fails_cannot_fire_and_one_not_evaluated_has_no_state() -> None:
    reading = sample(READER, "ok/rules-with-an-error.json")
    assert value(reading, "alert.exists", alert="TwoSeries", severity="page") is False
    assert found(reading, "alert.fired", alert="NotYet", severity="ticket") == []
    assert codes(reading) == ["rule-error"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("all-nan", "inconclusive:no-data"), ("no-alerts", "inconclusive:no-alerts"), ("no-rules", "inconclusive:no-rules"), ("storage-did-not-answer", "inconclusive:partial")],
)
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}.json"))


@pytest.mark.parametrize("pair", ["[1795401760, 1]", '["x", "1"]', '[1795401760, "one"]', '[1795401760, "1_0"]', '[0, "1"]', "[]", "3"])
def test_points_that_are_none(pair: str) -> None:
    text = f'{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":{pair}}}]}}}}'
    assert refusal(READER, text) in ("malformed", "number", "not-a-time")
