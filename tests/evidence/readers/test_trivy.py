"""Trivy reports: what is open, and that nothing scanned is not nothing found."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from readiness.evidence.readers.trivy import READER
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
from tests.evidence.readers.contract_files import changed, real


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"trivy/alpine-310.json", "trivy/alpine-39-skip.json"}


def test_public_report_agrees_with_a_count_of_its_text() -> None:
    data = real("trivy/alpine-310.json")
    counted = Counter(line.split(b'"')[3].lower() for line in data.splitlines() if b'"Severity":' in line)
    reading = read(READER, data)
    told = {s: value(reading, "findings", severity=s) for s in ("critical", "high", "medium", "low", "unknown")}
    assert {s: n for s, n in told.items() if n} == {s.decode(): n for s, n in counted.items()}
    assert value(reading, "findings.fixable") == data.count(b'"FixedVersion":') == value(reading, "findings")
    assert codes(reading) == ["end-of-life"]


def test_public_report_of_nothing_scanned_proves_nothing() -> None:
    reading = read(READER, real("trivy/alpine-39-skip.json"))
    assert codes(reading) == ["inconclusive:nothing-scanned"]
    assert not [f for f in reading.facts if f.metric.startswith("findings")]


def test_what_vex_takes_out_is_suppressed_and_checks_that_passed_are_none() -> None:
    reading = sample(READER, "ok/image.json")
    told = {s: value(reading, "findings", severity=s) for s in ("critical", "high", "medium", "low", "unknown")}
    assert told == {"critical": 1, "high": 3, "medium": 0, "low": 0, "unknown": 1}
    assert value(reading, "findings.suppressed") == 2
    assert value(reading, "findings.fixable") == 1
    assert value(reading, "findings.fixable", severity="critical") == 0
    assert value(reading, "scanned") == 4


def test_the_digest_is_told_with_its_kind() -> None:
    reading = sample(READER, "ok/image.json")
    one, other = (str(value(reading, "artifact.sha256", digest=kind)) for kind in ("repository", "image"))
    assert one == other[::-1]


def test_a_target_without_findings_was_scanned() -> None:
    reading = sample(READER, "ok/nothing-found.json")
    assert value(reading, "findings") == 0
    assert value(reading, "scanned") == 1
    assert codes(reading) == ["end-of-life"]


def test_null_results_are_nothing_scanned() -> None:
    assert codes(changed(READER, "image.json", Results=[])) == ["inconclusive:nothing-scanned"]
    document = json.loads((SAMPLES / "trivy/ok/image.json").read_text()) | {"Results": None}
    assert codes(read(READER, json.dumps(document))) == ["inconclusive:nothing-scanned"]


@pytest.mark.parametrize(("name", "code"), [
    ("results-no-list", "malformed"), ("severity-of-its-own", "malformed"), ("cut-off", "not-json"),
])  # fmt: skip
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "trivy/broken" / f"{name}.json").read_bytes()) == code
