"""Prometheus rules: what each alert reads, through recording rules, and where it stays silent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.prometheus_rules import READER
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
    proves_nothing,
    shared,
    try_read,
)


def rule(lines: str) -> str:
    return f"groups:\n- name: a\n  rules:\n  - alert: A\n{lines}"


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {
        "prometheus-rules/envoy-alerts.yml",
        "prometheus-rules/litellm-alerts.yml",
        "prometheus-rules/voyageai-alert_rules.yml",
        "prometheus/rules.yml",
        "sloth/sloth-gen-getting-started.yml",
    }


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


def test_every_declared_metric_is_given() -> None:
    for name in ("rules.yml", "rule-resource.yaml", "rules.json"):
        given = {f.metric for f in sample(READER, f"ok/{name}").facts}
        assert given <= {m.name for m in READER.metrics}
    wanted = {m.name for m in READER.metrics}
    assert {f.metric for f in sample(READER, "ok/rule-resource.yaml").facts} == wanted


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_public_rules_of_a_proxy() -> None:
    reading = read(READER, shared("real/slo/prometheus-rules/litellm-alerts.yml"))
    names = {"alert": "LitellmProxyFailedRequestsRateHigh", "severity": "warning"}
    assert value(reading, "alert.metrics", **names) == "litellm_proxy_failed_requests_metric_total, litellm_proxy_total_requests_metric_total"
    assert (value(reading, "alert.for", **names), value(reading, "alert.threshold", **names)) == (600_000, 0.05)
    assert value(reading, "alert.runbook", **names) is False
    assert value(reading, "alerts") == 3
    names = {"alert": "LitellmProviderSpendOverBudget", "severity": "warning"}
    assert value(reading, "alert.metrics", **names) == "litellm_spend_metric_total"


def test_public_rules_with_the_other_spelling_of_runbooks() -> None:
    data = shared("real/slo/prometheus-rules/voyageai-alert_rules.yml")
    reading = read(READER, data)
    assert value(reading, "alerts") == data.count(b"- alert:")
    assert sum(f.value is True for f in reading.facts if f.metric == "alert.runbook") == data.count(b"runbook:") > 0
    assert value(reading, "alert.metrics", alert="AIFallbackRateHigh", severity="warning") == "ai_fallback_total, ai_requests_total"


def test_produced_rules_say_where_an_alert_stays_silent() -> None:
    reading = read(READER, shared("produced/prometheus/rules.yml"))
    assert codes(reading) == ["born-at-one"]
    assert value(reading, "alert.metrics", alert="ChatCompletionRateLow", severity="page") == "chat:completion_ratio, chat_requests_total"
    assert values(reading, "alert.for", alert="ChatCompletionRateLow", severity="page") == [(5000, "file")]
    assert values(reading, "alert.for", alert="NeverFires", severity="ticket") == [(0, "tool-default")]


def test_records_of_records_are_resolved_and_a_second_rule_is_told_apart() -> None:
    reading = sample(READER, "ok/rule-resource.yaml")
    names = {"alert": "AssistantErrors", "severity": "page"}
    assert value(reading, "alert.metrics", **names) == "assistant:errors:ratio5m_max, assistant:errors:ratio5m, assistant_requests_total"
    assert value(reading, "alert.for", **names) == 90_000
    assert value(reading, "alert.threshold", **names, repeat="2") == 0.2
    assert value(reading, "alert.absent", alert="AssistantSilent", severity="page") is True
    assert value(reading, "alert.absent", **names) is False
    assert codes(reading) == ["no-metric"]


def test_a_template_in_an_expression_is_no_alert() -> None:
    reading = read(READER, rule("    expr: 'up < {{ .Values.least }}'\n"))
    assert codes(reading) == ["template"]
    assert found(reading, "alert.exists", alert="A") == []


def test_an_expression_may_be_a_number() -> None:
    assert value(read(READER, rule("    expr: 1\n")), "alert.exists", alert="A") is True


@pytest.mark.parametrize(("name", "code"), [("unclosed", "invalid:promql"), ("only-records", "inconclusive:no-alerts"), ("for-as-a-number", "invalid:number"), ("no-groups", "inconclusive:no-alerts")])
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}.yml"))


@pytest.mark.parametrize(("name", "code"), [("alert-and-record", "malformed"), ("chart-template", "template")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.yml").read_bytes()) == code


def test_rules_of_grafana_are_refused() -> None:
    data = shared("real/slo/grafana-alerting/cart-service-alerting.yml")
    assert READER.sniff(data) == 0
    assert refusal(READER, data) == "wrong-kind"
