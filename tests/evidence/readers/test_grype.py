"""Grype reports: severities, fixes, the age of the database, and a table that is named .json."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.grype import READER
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


def test_sniff_knows_its_own_and_the_table() -> None:
    assert known(READER) == {"grype/firecorn-grype.json"}
    assert READER.sniff(b'{"matches": [], "descriptor": {"name": "syft"}}') == 0


def test_a_long_report_is_known_without_its_end() -> None:
    data = (SAMPLES / "grype/ok/image.json").read_bytes()
    assert READER.sniff(data[:1500]) == 90


def test_public_table_named_json_is_told_as_such() -> None:
    assert refusal(READER, real("grype/firecorn-grype.json")) == "wrong-kind"


def test_counts_fixes_and_age() -> None:
    reading = sample(READER, "ok/image.json")
    told = {s: value(reading, "findings", severity=s) for s in ("critical", "high", "low", "negligible", "unknown")}
    assert told == {"critical": 1, "high": 1, "low": 0, "negligible": 1, "unknown": 1}
    assert (value(reading, "findings.fixable"), value(reading, "findings.suppressed")) == (1, 1)
    assert value(reading, "db.age") == (30 * 3600 + 0.5) * 1000
    assert value(reading, "artifact.name") == "registry.example.org/assist:1.4.0"


def test_older_reports_hold_the_database_elsewhere() -> None:
    reading = sample(READER, "ok/nothing-found.json")
    assert value(reading, "findings") == 0
    assert float(value(reading, "db.age")) > 50 * 86_400_000
    assert value(reading, "artifact.name") == "/srv/assist"


def test_a_filtered_scan_is_told() -> None:
    assert codes(changed(READER, "image.json", descriptor={"name": "grype", "configuration": {"only-fixed": True}})) == ["filtered"]


@pytest.mark.parametrize(("name", "found"), [
    ("null-matches", "nothing-scanned"), ("no-source", "no-source"), ("invalid-database", "database"),
])  # fmt: skip
def test_broken(name: str, found: str) -> None:
    assert codes(sample(READER, f"broken/{name}.json")) == [f"inconclusive:{found}"]


def test_a_report_of_another_tool_is_refused() -> None:
    assert refusal(READER, b'{"matches": [], "descriptor": {"name": "other"}}') == "wrong-kind"


def test_a_severity_of_its_own_is_refused() -> None:
    assert refusal(READER, (SAMPLES / "grype/broken/severity-of-its-own.json").read_bytes()) == "malformed"
    assert read(READER, (SAMPLES / "grype/ok/image.json").read_bytes()).problems == ()
