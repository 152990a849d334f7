"""JSON Schemas: fields against the library's own reading, and schemas that ask for nothing."""

from __future__ import annotations

import json

import pytest

from readiness.evidence.readers.json_schema import READER
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


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"jsonschema/OrchestratorResult.schema.json"}


@pytest.mark.parametrize("text", [
    '{"type": "object", "properties": {"a": {}}, "name": "tool"}',
    '{"assert": {"type": "is-json", "value": {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}}}',
    '{"type": "object"}',
    '{"$schema": "https://json-schema.org/draft-07/schema#", "rules": 3}',
])  # fmt: skip
def test_what_only_holds_a_schema_is_none(text: str) -> None:
    assert READER.sniff(text.encode()) == 0


def test_public_contract_accepts_an_empty_object() -> None:
    data = real("jsonschema/OrchestratorResult.schema.json")
    reading = read(READER, data)
    assert codes(reading) == ["inconclusive:accepts-anything"]
    schema = json.loads(data)
    inner = [schema["properties"]["executionTrace"]["items"], schema["properties"]["metrics"]]
    inner += schema["properties"]["executionLog"]["items"]["oneOf"]
    assert value(reading, "contract.required") == sum(len(part["required"]) for part in inner) == 14
    assert value(reading, "contract.closed") is True
    assert value(reading, "field.type", field="/stage") == "null|string"


def test_produced_schema() -> None:
    reading = sample(READER, "ok/answer.schema.json")
    assert codes(reading) == []
    assert value(reading, "contract.version") == "1.4.0"
    assert value(reading, "field.enum", field="/intent") == '["order_status","product_question","returns"]'
    assert value(reading, "field.limits", field="/answer") == '{"maxLength":4000}'
    assert value(reading, "field.closed", field="/citations/[]") is True
    assert value(reading, "field.type", field="/cost_cents") == "integer|null|number"
    assert value(reading, "field.required", field="/trace_id") is False


def test_a_schema_in_yaml_without_any_dialect_in_json() -> None:
    assert READER.sniff((SAMPLES / "json-schema/ok/session.yaml").read_bytes()) == 90
    assert READER.sniff((SAMPLES / "json-schema/ok/bare.json").read_bytes()) == 90


def test_a_reference_elsewhere_is_told() -> None:
    text = '{"type": "object", "required": ["a"], "properties": {"a": {"$ref": "https://x.example.org/y.json"}}}'
    assert messages(read(READER, text)) == ["/a refers to another document, which is not read"]


@pytest.mark.parametrize("name", ["asks-for-nothing", "true"])
def test_a_schema_that_asks_for_nothing_proves_nothing(name: str) -> None:
    assert codes(sample(READER, f"broken/{name}.json")) == ["inconclusive:accepts-anything"]


@pytest.mark.parametrize(("name", "code"), [
    ("leads-nowhere", "reference"), ("no-type", "malformed"), ("multiplies", "too-large"), ("cut-off", "not-json"),
])  # fmt: skip
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "json-schema/broken" / f"{name}.json").read_bytes()) == code


def test_other_json_is_refused() -> None:
    assert refusal(READER, '{"a": 1}') == refusal(READER, "[]") == "wrong-kind"
