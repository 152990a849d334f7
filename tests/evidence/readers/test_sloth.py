"""Sloth: objectives are percentages, and an alert that is disabled is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.sloth import READER
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


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"sloth/getting-started.yml"}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_public_spec() -> None:
    reading = read(READER, shared("real/slo/sloth/getting-started.yml"))
    names = {"slo": "requests-availability", "service": "myservice"}
    assert values(reading, "slo.target", **names) == [(0.999, "file")]
    assert values(reading, "slo.window", **names) == [(30 * 86_400_000, "tool-default")]
    assert value(reading, "slo.metrics", **names) == "http_request_duration_seconds_count"
    alerts = {dict(f.labels)["severity"] for f in reading.facts if f.metric == "alert.exists" and f.value}
    assert alerts == {"pageteam", "slack"}


def test_an_alert_that_is_disabled_is_not_generated() -> None:
    reading = sample(READER, "ok/slos.yml")
    assert value(reading, "alert.exists", alert="AssistantErrors", severity="page") is True
    assert value(reading, "alert.exists", alert="AssistantErrors", severity="ticket") is False
    assert found(reading, "alert.metrics", alert="AssistantErrors", severity="ticket") == []
    assert value(reading, "slo.alerts", slo="answers", service="assistant") == 1
    assert value(reading, "slo.alerts", slo="answers-in-time", service="assistant") == 0
    assert codes(reading) == ["no-alerts"]


def test_a_resource_is_written_in_camel_case() -> None:
    reading = sample(READER, "ok/resource.yaml")
    names = {"slo": "answers", "service": "assistant"}
    assert value(reading, "slo.metrics", **names) == "assistant_errors_total, assistant_requests_total"
    assert value(reading, "alert.exists", alert="AssistantErrors", severity="ticket") is True


def test_a_share_for_a_percentage_is_told() -> None:
    text = "version: prometheus/v1\nservice: a\nslos:\n  - {name: b, objective: 0.999, sli: {raw: {error_ratio_query: x}}}\n"
    assert codes(read(READER, text)) == ["share", "no-alerts"]


@pytest.mark.parametrize(("name", "code"), [("objective-over-all", "invalid:number"), ("query-unclosed", "invalid:promql"), ("no-slos", "inconclusive:no-slo")])
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}.yml"))


def test_refused() -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / "no-objective.yml").read_bytes()) == "malformed"
