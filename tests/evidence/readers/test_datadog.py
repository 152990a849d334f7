"""Datadog: null is no data, `No Data` no sign of health, and percentages are percentages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.datadog import READER
from readiness.model.fact import Strength
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.metric_files import (
    endure,
    metrics_given,
    proves_nothing,
    shared,
    try_read,
)


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    names = ["create_an_llm_observability_monitor", "get_all_slos", "get_an_slos_history"]
    assert known(READER) == {f"datadog/{name}_returns_ok_response.json" for name in names}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_a_public_history_without_traffic_is_no_data() -> None:
    reading = read(READER, shared("real/slo/datadog/get_an_slos_history_returns_ok_response.json"))
    assert codes(reading) == ["inconclusive:no-data"]
    assert not [f for f in reading.facts if f.metric == "slo.value"]
    assert reading.produced is not None
    assert reading.produced.isoformat() == "2024-01-03T22:54:48+00:00"


def test_public_objectives_have_targets_only() -> None:
    reading = read(READER, shared("real/slo/datadog/get_all_slos_returns_ok_response.json"))
    name = "Test-Get_all_SLOs_returns_OK_response-1704322487"
    assert value(reading, "slo.target", slo=name) == 0.95
    assert value(reading, "slo.window", slo=name) == 7 * 86_400_000
    assert reading.strength == Strength.documented


def test_a_public_monitor_without_data_is_no_sign_of_health() -> None:
    reading = read(READER, shared("real/slo/datadog/create_an_llm_observability_monitor_returns_ok_response.json"))
    assert not [f for f in reading.facts if f.metric == "alert.fired"]
    assert codes(reading) == ["no-state", "not-routed"]


def test_monitors() -> None:
    reading = sample(READER, "ok/monitors.json")
    assert value(reading, "alert.metrics", alert="Assistant errors") == "assistant.errors, assistant.requests"
    assert value(reading, "alert.fired", alert="Assistant errors") is True
    routed = {f.labels[0][1]: f.value for f in reading.facts if f.metric == "alert.routed"}
    assert routed == {"Assistant errors": True, "Assistant latency": False, "Assistant tokens": False}
    assert value(reading, "alert.exists", alert="Assistant tokens") is False


def test_values_are_percentages() -> None:
    reading = sample(READER, "ok/history.json")
    assert value(reading, "slo.value", slo="Answers") == 0.9962
    assert value(reading, "slo.budget_left", slo="Answers", timeframe="7d") == 0.62
    assert value(sample(READER, "ok/objectives.json"), "slo.target", slo="Answers", timeframe="30d") == 0.995
    assert found(reading, "slo.target", slo="Answers")[0].at.line == 3


@pytest.mark.parametrize(("name", "code"), [("no-value", "inconclusive:no-data"), ("value-as-text", "invalid:number")])
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}.json"))


@pytest.mark.parametrize(("name", "code"), [("forbidden", "error-answer"), ("another-state", "malformed")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.json").read_bytes()) == code
