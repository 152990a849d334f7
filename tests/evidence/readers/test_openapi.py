"""OpenAPI descriptions: answers are contracts, requests too; what describes none proves nothing."""

from __future__ import annotations

import json

import pytest

from readiness.evidence.readers.openapi import READER
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
    assert known(READER) == {"openapi/aleksey-api_spec.json"}
    assert READER.sniff(b"openapi: 3.1.0\n") == 0


def test_public_description() -> None:
    data = real("openapi/aleksey-api_spec.json")
    document = json.loads(data)
    reading = read(READER, data)
    assert value(reading, "operations") == sum(len(path) for path in document["paths"].values()) == 3
    answer = document["components"]["schemas"]["ChatResponse"]
    names = {"message": "answer 200", "operation": "POST /api/v1/chat"}
    assert value(reading, "contract.fields", **names) == len(answer["properties"])
    assert value(reading, "contract.required", **names) == len(answer["required"])
    assert value(reading, "field.type", field="/trace_id", **names) == "null|string"
    # of the three answers with status 200, two have no `required`
    assert codes(reading) == ["accepts-anything"] * 2
    assert messages(reading)[0] == "GET /health asks nothing of its answer 200: `{}` satisfies it"


def test_shared_bodies_answers_and_null_of_version_3_0() -> None:
    reading = sample(READER, "ok/gateway.yaml")
    post = "POST /v1/chat"
    assert value(reading, "contract.required", message="request", operation=post) == 2
    assert value(reading, "contract.required", message="answer 503", operation=post) == 1
    assert value(reading, "field.type", field="/answer", message="answer 200", operation=post) == "null|string"
    newer = sample(READER, "ok/gateway.json")
    assert value(newer, "field.type", field="/answer", message="answer 200", operation=post) == "null|string"


@pytest.mark.parametrize("name", ["no-answers.json", "no-paths.yaml"])
def test_no_answer_is_no_contract(name: str) -> None:
    assert codes(sample(READER, f"broken/{name}")) == ["inconclusive:no-answers"]


@pytest.mark.parametrize(("name", "code"), [
    ("swagger.json", "version"), ("leads-nowhere.json", "reference"), ("paths-as-a-list.yaml", "malformed"),
    ("helm.yaml", "template"), ("cut-off.json", "not-json"),
])  # fmt: skip
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "openapi/broken" / name).read_bytes()) == code
