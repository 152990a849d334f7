"""promtool tests: a case that expects nothing proves silence, and the file says no result."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.promtool_tests import READER
from readiness.model.fact import Strength
from tests.evidence.readers.config_files import SAMPLES, codes, known, read, refusal, sample, value
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
    names = ["promtool-tests/apps_alerts-test.yaml", "promtool-tests/unittest.yml", "prometheus/rules_test.yml", "prometheus/promtool-test-fail.txt", "prometheus/promtool-test-pass.txt"]
    assert known(READER) == set(names)


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


@pytest.mark.parametrize("name", ["apps_alerts-test.yaml", "unittest.yml"])
def test_public_tests(name: str) -> None:
    data = shared(f"real/slo/promtool-tests/{name}")
    fires: dict[str, bool] = {}
    cases = 0
    for test in yaml.safe_load(data)["tests"]:
        cases += len(test.get("promql_expr_test", []))
        for case in test.get("alert_rule_test", []):
            cases += 1
            fires[case["alertname"]] = fires.get(case["alertname"], False) or bool(case.get("exp_alerts"))
    reading = read(READER, data)
    assert value(reading, "cases") == cases
    assert {f.labels[0][1]: f.value for f in reading.facts if f.metric == "alert.tested"} == fires
    assert reading.strength == Strength.documented


def test_a_case_that_expects_nothing_proves_silence() -> None:
    reading = sample(READER, "ok/silent.yml")
    assert value(reading, "alert.tested", alert="LatencyHigh") is False
    assert value(reading, "alert.tested", alert="AssistantErrors") is True
    assert value(reading, "alert.silence_tested", alert="AssistantErrors") is True
    assert codes(reading) == ["only-silence"]


def test_a_counter_that_begins_at_zero_is_told() -> None:
    assert codes(sample(READER, "ok/rules_test.yml")) == ["from-zero"]


@pytest.mark.parametrize(("name", "passed", "failed"), [("passed.txt", 1, 0), ("failed.txt", 0, 1)])
def test_the_printed_result(name: str, passed: int, failed: int) -> None:
    reading = sample(READER, f"ok/{name}")
    assert (value(reading, "passed"), value(reading, "failed")) == (passed, failed)
    assert reading.strength == Strength.measured


@pytest.mark.parametrize(("name", "code"), [("no-rule-files.yml", "inconclusive:no-rules"), ("only-expressions.yml", "inconclusive:no-alert-tests"), ("cut-off.txt", "inconclusive:unfinished")])
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}"))


def test_a_case_without_an_alert_is_refused() -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / "no-name.yml").read_bytes()) == "malformed"
