"""Flagger canaries: how the traffic rises, and that only what was analysed has passed."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.flagger import READER
from readiness.model.fact import Strength
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.contract_files import measured, real


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"flagger/istio-canary.yaml"}


def test_public_canary_is_intent() -> None:
    reading = read(READER, real("flagger/istio-canary.yaml"))
    assert value(reading, "rollout.steps", rollout="podinfo") == 50 / 5
    assert value(reading, "rollout.weight", rollout="podinfo", step="10") == 0.5
    assert measured(reading, "analysis.success.min", metric="request-success-rate", rollout="podinfo") == 0.99
    assert measured(reading, "analysis.duration.max", metric="request-duration", rollout="podinfo") == 500
    assert (reading.strength, codes(reading)) == (Strength.documented, ["intent"])
    assert not [f for f in reading.facts if f.metric == "rollout.passed"]


def test_a_canary_that_was_analysed_and_promoted() -> None:
    reading = sample(READER, "ok/succeeded.yaml")
    weights = [f.value for f in reading.facts if f.metric == "rollout.weight"]
    assert weights == [0.2, 0.4, 0.5], "the last step is what is left to maxWeight"
    assert value(reading, "rollout.passed", rollout="assist") is True
    assert value(reading, "rollout.mirror", rollout="assist") == 0.1
    assert (reading.strength, codes(reading)) == (Strength.measured, [])


def test_a_canary_that_was_taken_back() -> None:
    reading = sample(READER, "ok/failed.yaml")
    assert value(reading, "rollout.passed", rollout="assist") is False
    assert value(reading, "rollout.steps", rollout="assist") == 4


def test_the_older_spelling() -> None:
    reading = sample(READER, "ok/older.yaml")
    assert measured(reading, "analysis.success.min", metric="request-success-rate", rollout="assist") == 0.995
    assert value(reading, "rollout.mirror", rollout="assist") == 1
    assert value(reading, "rollout.iterations", rollout="assist") == 10


@pytest.mark.parametrize(("name", "wanted"), [
    ("skipped", "inconclusive:skipped"), ("no-metrics", "inconclusive:nothing-measured"),
    ("initialized", "inconclusive:unfinished"), ("progressing", "inconclusive:unfinished"),
    ("weights-over-100", "invalid:number"), ("interval-in-words", "invalid:number"),
])  # fmt: skip
def test_broken(name: str, wanted: str) -> None:
    reading = sample(READER, f"broken/{name}.yaml")
    assert wanted in codes(reading)
    passed = [f.value for f in found(reading, "rollout.passed", rollout="assist")]
    assert passed in ([], [False]) or wanted.startswith("invalid")


@pytest.mark.parametrize(("name", "code"), [("alert-provider", "wrong-kind"), ("helm", "template")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "flagger/broken" / f"{name}.yaml").read_bytes()) == code
