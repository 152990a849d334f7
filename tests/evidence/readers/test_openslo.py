"""OpenSLO in three versions: a share or a percentage, `m` or `M`, and alerts that are null."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.openslo import READER
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

DAY = 86_400_000


def slo(objective: str, window: str = "30d") -> str:
    return f"apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  objectives: [{objective}]\n  timeWindow: [{{duration: {window}}}]\n"


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"openslo/openslo-timeslices.yaml", "openslo/oslo-v1.yaml"}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_public_list_of_objects() -> None:
    reading = read(READER, shared("real/slo/openslo/oslo-v1.yaml"))
    names = {"slo": "web-availability", "service": "web"}
    assert values(reading, "slo.target", **names) == [(0.995, "file")]
    assert value(reading, "slo.window", **names) == 7 * DAY
    assert value(reading, "slo.metrics", **names) == "http_requests"
    assert (value(reading, "slos"), value(reading, "slo.alerts", **names)) == (1, 0)


def test_public_alert_policies_that_are_null_and_a_minute_that_should_be_a_month() -> None:
    reading = read(READER, shared("real/slo/openslo/openslo-timeslices.yaml"))
    names = {"slo": "service-availability", "service": "web-availability"}
    assert value(reading, "slo.alerts", **names) == 0
    assert value(reading, "slo.window", **names) == 60_000
    assert value(reading, "slo.target", **names, objective="SLA") == 0.99
    assert found(reading, "slo.metrics", **names) == []
    assert codes(reading) == ["short-window", "no-alerts"]


def test_a_threshold_has_a_unit_only_where_its_metric_names_one() -> None:
    reading = sample(READER, "ok/slos.yaml")
    names = {"slo": "answers-in-time", "service": "assistant"}
    assert values(reading, "slo.limit", **names) == [(2.5, "file")]
    assert values(reading, "slo.threshold", **names) == [(2500, "derived")]
    assert value(reading, "slo.target", **names) == 0.99
    assert value(reading, "slo.window", slo="answers", service="assistant") == 30 * DAY
    assert found(reading, "slo.threshold", slo="answers", service="assistant") == []


def test_a_policy_that_is_off_or_tells_nobody() -> None:
    reading = sample(READER, "ok/slos.yaml")
    on, off = {"alert": "fast-burn", "severity": "page"}, {"alert": "told-nobody", "severity": "page"}
    assert [value(reading, "alert.exists", **names) for names in (on, off)] == [True, False]
    assert [value(reading, "alert.routed", **names) for names in (on, off)] == [True, False]
    assert values(reading, "alert.for", **on) == [(120_000, "file")]


def test_older_and_newer_versions() -> None:
    old, new = sample(READER, "ok/v1alpha.yaml"), sample(READER, "ok/v2alpha.yaml")
    assert value(old, "slo.window", slo="front-page", service="shop") == 30 * DAY
    assert value(old, "slo.threshold", slo="front-page", service="shop") == 2000
    assert value(new, "slo.metrics", slo="search", service="web") == "search_total"
    assert value(new, "slo.target", slo="search", service="web") == 0.98


def test_a_target_of_all_leaves_no_budget() -> None:
    assert "no-budget" in codes(read(READER, slo("{target: 1}")))


def test_a_target_that_is_a_placeholder_is_no_target() -> None:
    reading = read(READER, slo("{target: '${TARGET}'}"))
    assert "template" in codes(reading)
    assert [f for f in reading.facts if f.metric == "slo.target"] == []


@pytest.mark.parametrize("window", ["0d", "1 month", "4W", "1.5d"])
def test_windows_that_are_none(window: str) -> None:
    assert "invalid:number" in codes(read(READER, slo("{target: 0.9}", window)))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("percent-as-a-share", "invalid:number"),
        ("two-targets", "invalid:contradiction"),
        ("no-target", "inconclusive:no-target"),
        ("no-objective", "inconclusive:no-objective"),
        ("op-as-a-sign", "invalid:malformed"),
        ("window-in-words", "invalid:number"),
        ("only-a-service", "inconclusive:no-slo"),
    ],
)
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}.yaml"))


def test_other_kinds_are_refused() -> None:
    assert refusal(READER, "apiVersion: v1\nkind: Service\n") == "wrong-kind"
