"""Argo Rollouts: intent is no result, and a success must have measured something."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.argo_rollouts import READER
from readiness.model.fact import Strength
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    read,
    refusal,
    sample,
    value,
    values,
)
from tests.evidence.readers.contract_files import measured, real

RUN = "assist-6c54544bf9-4"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"argo-rollouts/aborted-analysisrun.yaml", "argo-rollouts/rollout-background-analysis.yaml"}
    assert READER.sniff(b"apiVersion: argoproj.io/v1alpha1\nkind: Application\n") == 0


def test_public_run_failed() -> None:
    reading = read(READER, real("argo-rollouts/aborted-analysisrun.yaml"))
    name = "rollout-background-analysis-db976bc44-2"
    assert value(reading, "rollout.passed", analysis=name) is False
    assert measured(reading, "analysis.failed", analysis=name, metric="web") == 1
    assert measured(reading, "analysis.successful", analysis=name, metric="web") == 0
    assert (reading.strength, codes(reading)) == (Strength.measured, [])


def test_public_rollout_is_intent() -> None:
    reading = read(READER, real("argo-rollouts/rollout-background-analysis.yaml"))
    name = "rollout-background-analysis"
    assert value(reading, "rollout.weight", rollout=name, step="1") == 0.25
    assert value(reading, "rollout.pause", rollout=name, step="2") == "manual"
    assert not [f for f in reading.facts if f.metric == "rollout.passed"]
    assert (reading.strength, codes(reading)) == (Strength.documented, ["intent"])


def test_a_run_that_measured_and_passed() -> None:
    reading = sample(READER, "ok/passed.yaml")
    assert value(reading, "rollout.passed", analysis=RUN) is True
    assert measured(reading, "analysis.condition", analysis=RUN, metric="p95") == "failure: result[0] > 2500"
    assert (reading.strength, codes(reading)) == (Strength.measured, [])


def test_a_dry_metric_does_not_count_either_way() -> None:
    text = (SAMPLES / "argo-rollouts/ok/passed.yaml").read_text()
    only_dry = text.replace("metricName: new-guardrail", 'metricName: ".*"')
    assert codes(read(READER, only_dry)) == ["inconclusive:nothing-measured"]


def test_a_canary_that_was_aborted() -> None:
    reading = sample(READER, "ok/canary.yaml")
    assert value(reading, "rollout.passed", rollout="assist") is False
    assert value(reading, "rollout.pause", rollout="assist", step="3") == 3_600_000
    assert value(reading, "rollout.pause", rollout="assist", step="6") == 600_000
    assert value(reading, "rollout.pause", rollout="assist", step="7") == "manual"
    assert value(reading, "rollout.mirror", rollout="assist", step="1") == 0.25
    assert codes(reading) == ["aborted", "no-condition", "intent"]
    assert reading.strength == Strength.documented


def test_healthy_without_analysis_is_told() -> None:
    reading = sample(READER, "ok/blue-green.json")
    assert value(reading, "rollout.analysis", rollout="assist-blue") is False
    assert codes(reading) == ["no-analysis"]


@pytest.mark.parametrize(("name", "found"), [
    ("inconclusive", "inconclusive:no-answer"), ("running", "inconclusive:unfinished"),
    ("no-status", "inconclusive:unfinished"), ("no-measurements", "inconclusive:nothing-measured"),
    ("success-that-failed", "invalid:contradiction"), ("no-condition", "inconclusive:nothing-measured"),
    ("weight-over-100", "invalid:number"),
])  # fmt: skip
def test_broken(name: str, found: str) -> None:
    reading = sample(READER, f"broken/{name}.yaml")
    assert found in codes(reading)
    assert True not in [v for v, _ in values(reading, "rollout.passed", analysis=RUN)]


@pytest.mark.parametrize(("name", "code"), [("workflow", "wrong-kind"), ("helm", "template")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "argo-rollouts/broken" / f"{name}.yaml").read_bytes()) == code
