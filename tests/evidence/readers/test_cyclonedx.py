"""CycloneDX: components counted at any depth, VEX states, and bills that list nothing."""

from __future__ import annotations

import json

import pytest

from readiness.evidence.readers.cyclonedx import READER
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
    assert known(READER) == {"cyclonedx/cern-bom.json", "cyclonedx/vex.json"}


def test_a_file_with_its_name_at_the_end_is_known() -> None:
    data = (SAMPLES / "cyclonedx/ok/environment.cdx.json").read_bytes()
    assert b"bomFormat" not in data[:2000]
    assert READER.sniff(data[:2000]) == 90


def test_public_bill_agrees_with_a_count_of_its_text() -> None:
    data = real("cyclonedx/cern-bom.json")
    reading = read(READER, data)
    # each component has one `purl`, and so has the subject
    assert value(reading, "components") == data.count(b'"purl":') - 1
    assert value(reading, "artifact.name") == "lhc-vdm-editor"
    assert not [f for f in reading.facts if f.metric.startswith("findings")], "it says nothing of them"


def test_public_vex_settles_its_vulnerability() -> None:
    reading = read(READER, real("cyclonedx/vex.json"))
    assert (value(reading, "findings"), value(reading, "findings.suppressed")) == (0, 1)


def test_produced_environment() -> None:
    reading = sample(READER, "ok/environment.cdx.json")
    names = {c["name"] for c in json.loads((SAMPLES / "cyclonedx/ok/environment.cdx.json").read_text())["components"]}
    assert value(reading, "components") == len(names)
    assert "idna" in names


def test_nested_components_count() -> None:
    reading = sample(READER, "ok/nested-1.2.json")
    assert value(reading, "components") == 4
    assert value(reading, "components", type="library") == 3
    assert value(reading, "components.unversioned") == 1
    assert str(value(reading, "artifact.sha256")).islower()


def test_the_worst_rating_counts_and_open_is_what_is_not_settled() -> None:
    reading = sample(READER, "ok/vex-1.6.json")
    told = {s: value(reading, "findings", severity=s) for s in ("critical", "high", "medium", "unknown")}
    assert told == {"critical": 0, "high": 1, "medium": 1, "unknown": 1}
    assert value(reading, "findings.suppressed") == 1
    assert codes(reading) == ["incomplete"]


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_versions(version: str) -> None:
    assert codes(changed(READER, "nested-1.2.json", specVersion=version)) == []


def test_a_bill_of_nothing_proves_nothing() -> None:
    assert codes(sample(READER, "broken/empty.json")) == ["inconclusive:empty"]
    assert "inconclusive:empty" in codes(read(READER, '{"bomFormat": "CycloneDX", "specVersion": "1.5"}'))


@pytest.mark.parametrize(("name", "code"), [
    ("version-1.1", "version"), ("components-no-list", "malformed"), ("xml-named", "wrong-kind"), ("cut-off", "not-json"),
])  # fmt: skip
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "cyclonedx/broken" / f"{name}.json").read_bytes()) == code
