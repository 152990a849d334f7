"""CloudWatch: points in any order, data that is lacking, and alarms that tell nobody."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source
from readiness.evidence.readers.cloudwatch import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
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


def with_queries(data: bytes, queries: bytes) -> Reading:
    return READER.read(Source("a", data, {"metric-queries.json": Source("b", queries)}), None)


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    names = ["batch-get-service-level-objective-budget-report", "describe-alarms", "get-metric-data", "get-metric-data-asc", "get-metric-data-desc"]
    assert known(READER) == {f"cloudwatch/{name}.json" for name in names}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_produced_points_in_either_order_are_the_same() -> None:
    queries = shared("produced/cloudwatch/queries.json")
    up, down = (shared(f"produced/cloudwatch/get-metric-data-{order}.json") for order in ("asc", "desc"))
    assert json.loads(up) != json.loads(down)
    rising, falling = with_queries(up, queries), with_queries(down, queries)
    assert [f[:3] for f in rising.facts] == [f[:3] for f in falling.facts]
    latency = json.loads(up)["MetricDataResults"][0]["Values"]
    names = {"id": "lat", "metric": "InvocationLatency", "stat": "Average"}
    assert found(falling, "value.last", **names)[0][1:3] == (latency[-1], "ms")
    assert value(falling, "value.mean", **names) == pytest.approx(math.fsum(latency) / 6)
    assert value(falling, "points", **names) == 6
    assert value(falling, "points", id="none", metric="NoSuch", stat="Sum") == 0
    assert found(falling, "value.max", id="none", metric="NoSuch", stat="Sum") == []
    assert codes(falling) == ["empty-series"]


def test_public_data_without_queries_has_no_unit() -> None:
    reading = read(READER, shared("real/slo/cloudwatch/get-metric-data.json"))
    (fact,) = found(reading, "value.last", id="m1", metric="EstimatedCharges")
    assert (fact.value, fact.unit) == (542.38, "")
    assert codes(reading) == ["no-queries"]


def test_public_alarm() -> None:
    reading = read(READER, shared("real/slo/cloudwatch/describe-alarms.json"))
    assert values(reading, "alert.for", alert="myalarm") == [(600_000, "derived")]
    assert value(reading, "alert.metrics", alert="myalarm") == "CPUUtilization"
    assert value(reading, "alert.routed", alert="myalarm") is True
    assert value(reading, "alert.fired", alert="myalarm") is False
    assert values(reading, "alert.missing", alert="myalarm") == [("missing", "tool-default")]


def test_a_produced_alarm_with_its_actions_off_tells_nobody() -> None:
    reading = read(READER, shared("produced/cloudwatch/describe-alarms.json"))
    assert value(reading, "alert.routed", alert="bedrock-5xx") is False
    assert found(reading, "alert.fired", alert="bedrock-5xx") == []
    assert codes(reading) == ["unchecked", "not-routed", "missing-is-good"]


def test_public_budgets() -> None:
    reading = read(READER, shared("real/slo/cloudwatch/batch-get-service-level-objective-budget-report.json"))
    assert value(reading, "slo.value", slo="test") == pytest.approx(0.9739583275)
    assert value(reading, "slo.target", slo="test") == pytest.approx(0.999)
    assert value(reading, "slo.budget_left", slo="test") == pytest.approx(-2154 / 86)
    assert value(reading, "slo.window", slo="Your SLO Name") == 7 * 86_400_000
    assert codes(reading) == []


def test_metric_math_and_m_out_of_n() -> None:
    reading = sample(READER, "ok/alarms.json")
    assert value(reading, "alert.metrics", alert="assistant-errors") == "Errors, Calls"
    assert value(reading, "alert.for", alert="assistant-errors") == 180_000
    assert value(reading, "alert.fired", alert="assistant-down") is True
    assert value(reading, "alert.routed", alert="assistant-silent") is False
    assert codes(reading) == ["insufficient-data", "not-routed"]


def test_a_unit_that_is_asked_for_counts() -> None:
    metric = {"Namespace": "Own", "MetricName": "Wait", "Dimensions": []}
    query = {"MetricDataQueries": [{"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p95", "Unit": "Seconds"}}]}
    data = '{"MetricDataResults": [{"Id": "a", "Label": "x", "Timestamps": [1795401760], "Values": [1.5], "StatusCode": "Complete"}]}'
    reading = with_queries(data.encode(), json.dumps(query).encode())
    assert value(reading, "value.max", id="a", metric="Wait", stat="p95") == 1500


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("partial-data", "inconclusive:partial"),
        ("first-page", "inconclusive:more-pages"),
        ("no-points", "inconclusive:no-data"),
        ("no-alarms", "inconclusive:no-alarms"),
        ("breached-budget-called-ok", "invalid:contradiction"),
    ],
)
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}.json"))


@pytest.mark.parametrize(("name", "code"), [("more-values-than-times", "contradiction"), ("text-for-a-number", "number")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.json").read_bytes()) == code
