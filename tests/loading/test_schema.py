"""JSON Schemas: current, draft-07, right about the shipped files and about broken ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from readiness.loading.schema import KINDS, Kind, schema
from readiness.strict_yaml import parse_yaml
from tests.loading.launches import BASE, CHILD, DECISIONS, LAUNCH, replaced

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"


def wrong(kind: Kind, text: str) -> list[str]:
    data = parse_yaml(text.encode(), "f.yaml").data()
    return [error.message for error in Draft7Validator(schema(kind)).iter_errors(data)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_current(kind: Kind) -> None:
    published = json.loads((ROOT / "docs" / "schema" / f"{kind}.json").read_text("utf-8"))
    assert published == schema(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_draft_07_and_says_what_every_key_means(kind: Kind) -> None:
    found = schema(kind)
    Draft7Validator.check_schema(found)
    text = json.dumps(found)
    assert "$defs" not in text
    assert "prefixItems" not in text
    assert "Attributes:" not in text
    for definition in (found, *found["definitions"].values()):
        objects: dict[str, Any] = definition.get("properties", {})
        assert definition.get("additionalProperties") is False or not objects
        for key, field in objects.items():
            assert field.get("description"), (definition.get("title"), key)


@pytest.mark.parametrize("file", sorted((ROOT / "checklists").glob("*.yaml")), ids=lambda f: f.stem)
def test_shipped_checklists_are_valid(file: Path) -> None:
    assert wrong("checklist", file.read_text("utf-8")) == []


def test_fixtures_are_valid() -> None:
    assert wrong("launch", (FIXTURES / "readiness.yaml").read_text("utf-8")) == []
    assert wrong("decisions", (FIXTURES / "decisions.yaml").read_text("utf-8")) == []
    assert wrong("launch", LAUNCH) == []
    assert wrong("checklist", BASE) == []
    assert wrong("checklist", CHILD + "    harm: severe\n") == []
    assert wrong("decisions", DECISIONS) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("launch", replaced(LAUNCH, ("service:", "servise:"))),
        ("launch", replaced(LAUNCH, ("launch@1", "launch@2"))),
        ("launch", replaced(LAUNCH, ("prompt, traffic", "promt, traffic"))),
        ("launch", replaced(LAUNCH, ("load-test: evidence/load/*.csv", "load-test: {pth: x}"))),
        ("launch", LAUNCH + "components:\n  api: {budget: 3}\n"),
        ("checklist", replaced(BASE, ("gate: blocker", "gate: bloker"))),
        ("checklist", replaced(BASE, ("effort: 1d", "effort: 1 day"))),
        ("checklist", replaced(BASE, ("    area: load\n", ""))),
        ("checklist", replaced(BASE, ("confident: true", "confident: 'yes'"))),
        ("checklist", CHILD.replace("extends: [./base.yaml]\n", "") + "    harm: severe\n"),
        ("checklist", CHILD + "    harm: serious\n"),
        ("decisions", replaced(DECISIONS, ("kind: waived", "kind: ignored"))),
        ("decisions", replaced(DECISIONS, ("    approver: head\n", ""))),
    ],
)
def test_broken_files_are_not(kind: Kind, text: str) -> None:
    assert wrong(kind, text)
