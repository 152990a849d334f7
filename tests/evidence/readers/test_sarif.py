"""SARIF: what is a finding, of what level, and what makes a log prove nothing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from readiness.evidence.readers.sarif import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.contract_files import messages, real


def log(*results: dict[str, Any], **run: Any) -> str:
    tool = run.pop("tool", {"driver": {"name": "t"}})
    return json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]})


def result(**given: Any) -> dict[str, Any]:
    return {"ruleId": "r", "message": {"text": "m"}, **given}


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    own = {"Suppressions.sarif", "Baseline.sarif", "one-run-no-results.sarif"}
    assert known(READER) == {f"sarif/{name}" for name in own} | {"security/bandit.sarif"}
    assert READER.sniff(b'{"runs": []}') == 0


def test_produced_log_agrees_with_bandits_own_report() -> None:
    reading = sample(READER, "ok/bandit.sarif")
    # bandit.json of the same run: LOW 1, MEDIUM 1, HIGH 1, which its formatter maps to levels
    levels = {level: value(reading, "findings", level=level) for level in ("note", "warning", "error")}
    assert levels == {"note": 1, "warning": 1, "error": 1}
    assert value(reading, "findings") == 3
    assert not any(dict(f.labels).get("severity") for f in reading.facts), "bandit gives no CVSS score"
    assert reading.produced == datetime(2026, 11, 23, 2, 43, 46, tzinfo=UTC)


def test_public_suppressions_count_by_the_strictest_reading() -> None:
    data = real("sarif/Suppressions.sarif")
    results = json.loads(data)["runs"][0]["results"]
    states = [[s.get("status", "accepted") for s in r.get("suppressions", [])] for r in results]
    closed = sum(bool(s) and set(s) == {"accepted"} for s in states)
    reading = read(READER, data)
    assert (value(reading, "findings"), value(reading, "findings.suppressed")) == (9 - closed, closed) == (6, 3)


def test_public_baseline_leaves_out_what_is_gone() -> None:
    assert value(read(READER, real("sarif/Baseline.sarif")), "findings") == 3


def test_public_log_without_results_proves_nothing() -> None:
    reading = read(READER, real("sarif/one-run-no-results.sarif"))
    assert codes(reading) == ["inconclusive:no-results"]
    assert not [f for f in reading.facts if f.metric == "findings"]


def test_an_empty_list_is_zero_findings() -> None:
    reading = read(READER, log())
    assert codes(reading) == []
    assert value(reading, "findings") == 0
    assert value(reading, "findings", severity="critical") == 0


def test_rules_of_extensions_grade_and_level_results() -> None:
    reading = sample(READER, "ok/two-tools.sarif")
    assert value(reading, "findings", level="error") == 2
    assert value(reading, "findings", severity="high") == 2
    assert value(reading, "findings", severity="medium") == 1
    assert value(reading, "findings", tool="gitleaks") == 0
    assert value(reading, "findings", severity="high", tool="CodeQL") == 2
    assert value(reading, "findings.suppressed") == 1


def test_a_run_without_results_takes_the_sums_of_the_others() -> None:
    document = json.loads((SAMPLES / "sarif/ok/two-tools.sarif").read_text())
    del document["runs"][1]["results"]
    reading = read(READER, json.dumps(document))
    assert codes(reading) == ["inconclusive:no-results"]
    assert {f.metric for f in reading.facts} == {"scanner", "scanner.version", "revision"}


@pytest.mark.parametrize(("given", "level"), [
    ({}, "warning"),
    ({"level": "note"}, "note"),
    ({"kind": "review"}, "none"),
    ({"kind": "open"}, "none"),
    ({"ruleId": "e"}, "error"),
    ({"ruleId": "other", "ruleIndex": 0}, "error"),
])  # fmt: skip
def test_level_is_the_results_own_or_the_rules(given: dict[str, Any], level: str) -> None:
    tool = {"driver": {"name": "t", "rules": [{"id": "e", "defaultConfiguration": {"level": "error"}}]}}
    assert value(read(READER, log(result(**given), tool=tool)), "findings", level=level) == 1


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
def test_a_result_that_is_no_finding_is_not_counted(kind: str) -> None:
    assert value(read(READER, log(result(kind=kind))), "findings") == 0


def test_an_ungraded_finding_takes_severities_away() -> None:
    reading = read(READER, log(result(properties={"security-severity": "9.8"}), result()))
    counts = Counter(name for f in reading.facts for name, _ in f.labels)
    assert counts["severity"] == 0
    assert value(read(READER, log(result(properties={"security-severity": "9.8"}))), "findings", severity="critical") == 1


@pytest.mark.parametrize("invocation", [{"executionSuccessful": False}, {}, {"executionSuccessful": "true"}])
def test_what_does_not_say_that_it_ran_proves_nothing(invocation: dict[str, Any]) -> None:
    assert codes(read(READER, log(invocations=[invocation]))) == ["inconclusive:run-failed"]


def test_errors_of_the_tool_are_told() -> None:
    note = {"level": "error", "message": {"text": "x"}}
    reading = read(READER, log(invocations=[{"executionSuccessful": True, "toolExecutionNotifications": [note]}]))
    assert codes(reading) == ["tool-error"]
    assert messages(reading) == ["t reports 1 errors of its own while it ran"]


@pytest.mark.parametrize(("name", "found"), [
    ("no-results", "no-results"), ("null-results", "no-results"), ("results-elsewhere", "no-results"),
    ("no-runs", "no-runs"), ("did-not-run", "run-failed"),
])  # fmt: skip
def test_broken(name: str, found: str) -> None:
    assert f"inconclusive:{found}" in codes(sample(READER, f"broken/{name}.sarif"))


@pytest.mark.parametrize(("name", "code"), [
    ("version-1", "version"), ("level-of-its-own", "malformed"), ("results-no-list", "malformed"),
    ("no-tool", "malformed"), ("cut-off", "not-json"),
])  # fmt: skip
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "sarif/broken" / f"{name}.sarif").read_bytes()) == code
