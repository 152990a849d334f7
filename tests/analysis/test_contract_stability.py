"""Contract stability on produced schemas, pacts and verifications: what breaks whom, and who checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.analyses.contract_stability import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.contract_diff import changes, shapes
from readiness.errors import Location
from readiness.evidence.contract import fields
from readiness.evidence.contract_facts import contract_facts
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Strength
from readiness.stats.proportions import wilson
from tests.analysis.linked_files import launch, read, told

NOW, OLD = "json-schema/ok/answer.schema.json", "json-schema/ok/answer-1.3.schema.json"
CONTRACT = {"schema": "answer.schema.json", "previous": "answer-1.3.schema.json", "consumers": ["chat-frontend", "mobile-app"]}


def analyse(*evidence: Evidence, contract: dict[str, Any] | None = CONTRACT) -> Analysed:
    return run(launch(contract=contract), "readiness.yaml", evidence)


def value(found: Analysed, metric: str, /, **labels: str) -> Any:
    values = [f.value for f in found.facts if f.metric == metric and dict(f.labels) == labels]
    assert len(values) == 1, (metric, found.facts)
    return values[0]


def texts(found: Analysed, code: str) -> list[str]:
    return [p.message for p in found.problems if p.code == code]


def codes(found: Analysed) -> set[str]:
    return {p.code for p in found.problems}


def broken(old: Any, new: Any) -> list[tuple[str, str]]:
    at = Location("x")
    before, after = (shapes(contract_facts(fields(s, lambda _: at), lambda _: at)) for s in (old, new))
    return [(c.side, c.text) for c in changes(before, after)]


def test_what_breaks_between_two_produced_schemas() -> None:
    found = analyse(read(NOW), read(OLD))
    assert texts(found, "breaks-reader") == [
        '/intent may now be "returns"',
        "/locale is gone",
    ]
    assert texts(found, "breaks-writer") == [
        "/ now refuses unknown keys",
        "/intent is now required",
    ]
    assert (value(found, "contract.breaking"), value(found, "contract.breaking", side="reader")) == (4, 2)
    assert value(found, "contract.changed") is True
    assert found.strength == Strength.documented


def test_the_same_contract_breaks_nobody() -> None:
    found = analyse(read(NOW), read(NOW, "answer-1.3.schema.json"))
    assert (value(found, "contract.breaking"), value(found, "contract.changed")) == (0, False)
    assert not {"breaks-reader", "breaks-writer", "same-version"} & codes(found)


def test_a_change_without_a_new_version_is_told() -> None:
    changed = json.loads(read_text(OLD)) | {"version": "1.4.0"}
    found = analyse(read(NOW), read(NOW, "answer-1.3.schema.json", json.dumps(changed).encode()))
    assert texts(found, "same-version") == ["the contract changed, and its version is still 1.4.0"]


def read_text(name: str) -> str:
    from tests.analysis.linked_files import SAMPLES

    return (SAMPLES / name).read_text()


def test_a_consumer_that_reads_what_is_gone_is_named() -> None:
    schema = json.loads(read_text(NOW))
    del schema["properties"]["degraded"]
    schema["required"].remove("degraded")
    pact = read("pact/ok/chat-frontend-chat-gateway.json")
    found = analyse(read(NOW, "answer.schema.json", json.dumps(schema).encode()), read(NOW, "answer-1.3.schema.json"), pact)
    assert "/degraded is gone: chat-frontend reads it" in texts(found, "breaks-reader")


T, N = {"type": "string"}, {"type": "integer"}


def obj(*required: str, closed: bool | None = None, **properties: Any) -> dict[str, Any]:
    extra = {} if closed is None else {"additionalProperties": not closed}
    return {"type": "object", "required": list(required), "properties": properties, **extra}


@pytest.mark.parametrize(("old", "new", "expected"), [
    (obj(a=T), obj(a=T, b=T), []),
    (obj(a=T), obj("b", a=T, b=T), [("writer", "/b is new and required")]),
    (obj(a=T, closed=True), obj(a=T, b=T, closed=True), [("reader", "/b is new, and what holds it was closed to unknown keys")]),
    (obj("a", a=T), obj(a=T), [("reader", "/a is no longer required")]),
    (obj(a=T), obj("a", a=T), [("writer", "/a is now required")]),
    (obj(a=obj(b=T, c=T)), obj(), [("reader", "/a is gone")]),
    (obj(a=N), obj(a={"type": "number"}), [("reader", "/a may now be number")]),
    (obj(a={"type": "number"}), obj(a=N), [("writer", "/a may no longer be number")]),
    (obj(a=T), obj(a={"type": ["string", "null"]}), [("reader", "/a may now be null")]),
    (obj(a=T), obj(a={}), [("reader", "/a may now be of any type")]),
    (obj(a={"enum": ["x", "y"]}), obj(a={"enum": ["y"]}), [("writer", '/a may no longer be "x"')]),
    (obj(a={"enum": ["x"]}), obj(a=T), [("reader", "/a may now have any value")]),
    (obj(closed=True), obj(closed=False), [("reader", "/ now allows unknown keys")]),
    (obj(a={**T, "maxLength": 9}), obj(a={**T, "maxLength": 5}), [("writer", "/a has `maxLength` 5, and had 9")]),
    (obj(a={**T, "maxLength": 5}), obj(a=T), [("reader", "/a has `maxLength` none, and had 5")]),
    (obj(a={**N, "minimum": 1}), obj(a={**N, "minimum": 0}), [("reader", "/a has `minimum` 0, and had 1")]),
    (obj(a=T), obj(a={**T, "minLength": 1}), [("writer", "/a has `minLength` 1, and had none")]),
])  # fmt: skip
def test_changes_and_whom_they_break(old: Any, new: Any, expected: list[tuple[str, str]]) -> None:
    assert broken(old, new) == expected


def test_what_is_not_understood_breaks_both() -> None:
    assert [side for side, _ in broken(obj(a={"pattern": "a"}), obj(a={"pattern": "b"}))] == ["reader", "writer"]


@given(st.lists(st.sampled_from([T, N, {}, {"enum": ["x"]}, {"enum": ["x", "y"]}, obj("p", p=T)]), min_size=2, max_size=2))
def test_what_breaks_a_reader_one_way_breaks_a_writer_the_other_way(pair: list[Any]) -> None:
    one, other = (obj(a=schema) for schema in pair)
    sides = [side for side, text in broken(one, other) if "/a/" not in text]
    back = [side for side, text in broken(other, one) if "/a/" not in text]
    assert sorted(sides) == sorted({"reader": "writer", "writer": "reader"}[side] for side in back)


def test_requests_break_their_senders_only() -> None:
    def api(schema: dict[str, Any]) -> bytes:
        body = {"content": {"application/json": {"schema": schema}}}
        answer = {"200": {"content": {"application/json": {"schema": obj("a", a=T)}}}}
        return json.dumps({"openapi": "3.1.0", "paths": {"/c": {"post": {"requestBody": body, "responses": answer}}}}).encode()

    contract = {"schema": "new.json", "previous": "old.json"}
    old, new = obj(a={"enum": ["x"]}, gone=T), obj("b", a={"enum": ["x", "y"]}, b=T)
    found = analyse(read("openapi/x", "new.json", api(new)), read("openapi/x", "old.json", api(old)), contract=contract)
    assert texts(found, "breaks-writer") == ["/b of POST /c request is new and required"]
    assert texts(found, "breaks-reader") == []


def test_an_operation_that_is_gone_is_one_change() -> None:
    empty = json.loads(read_text("openapi/ok/gateway.json"))
    empty["paths"]["/v1/other"] = empty["paths"].pop("/v1/chat")
    contract = {"schema": "new.json", "previous": "gateway.json"}
    found = analyse(read("openapi/x", "new.json", json.dumps(empty).encode()), read("openapi/ok/gateway.json"), contract=contract)
    assert texts(found, "breaks-reader") == ["/ of POST /v1/chat answer 200 is gone"]


def test_every_consumer_is_verified_on_the_candidate() -> None:
    found = analyse(read(NOW), read(OLD), read("pact/ok/verified.json"), read("pact/ok/broker.json"))
    assert value(found, "contract.unverified") == 0
    assert value(found, "contract.verified", consumer="mobile-app") is True


def test_a_wish_a_failure_or_another_version_is_no_verification() -> None:
    wish = read("pact/ok/chat-frontend-chat-gateway.json")
    assert value(analyse(read(NOW), wish), "contract.unverified") == 2
    failed = analyse(read(NOW), read("pact/ok/verified.json"), read("pact/ok/not-verified.json"))
    assert value(failed, "contract.verified", consumer="chat-frontend") is False
    other = json.loads(read_text("pact/ok/broker.json")) | {"providerApplicationVersion": "1.3.9"}
    found = analyse(read(NOW), read("pact/ok/broker.json", "b.json", json.dumps(other).encode()))
    assert value(found, "contract.verified", consumer="mobile-app") is False
    assert texts(found, "other-version") == ["mobile-app was verified against version 1.3.9, not this one"]


def test_a_consumer_that_nobody_declared_is_told() -> None:
    found = analyse(read(NOW), read("pact/ok/message.json"))
    assert texts(found, "undeclared") == ["analytics relies on the contract, and the launch does not name it"]
    assert value(found, "contract.verified", consumer="analytics") is False


def test_conformance_has_the_low_end_of_its_interval() -> None:
    answers = told("answers.json", ("conformance", 0.995, {}), samples=2000, unit="ratio")
    evals = told("eval.json", ("pass_rate", 0.99, {"metric": "is-json"}), ("pass_rate", 0.5, {"metric": "llm-rubric"}), samples=300, unit="ratio")
    found = analyse(read(NOW), answers, evals)
    assert value(found, "contract.conformance") == 0.99
    assert value(found, "contract.conformance.low") == min(wilson(0.995, 2000)[0], wilson(0.99, 300)[0])


def test_answers_against_another_contract_do_not_count() -> None:
    answers = told("answers.json", ("conformance", 1.0, {}), ("contract.sha256", "0" * 64, {}), samples=500)
    found = analyse(read(NOW), answers)
    assert {"other-contract", "no-conformance"} <= codes(found)
    assert "contract.conformance" not in {f.metric for f in found.facts}


def test_conformance_without_samples_has_no_bound() -> None:
    found = analyse(read(NOW), told("a.json", ("conformance", 1.0, {})))
    assert "no-samples" in codes(found)
    assert "contract.conformance.low" not in {f.metric for f in found.facts}


def test_what_is_missing_gives_no_fact() -> None:
    found = analyse(read(NOW), contract={"schema": "answer.schema.json"})
    assert codes(found) == {"no-previous", "no-conformance", "no-consumers"}
    assert found.facts == ()
    assert codes(analyse(contract=CONTRACT)) == {"no-schema", "no-conformance", "not-verified"}
    nothing = analyse(read(NOW), contract=None)
    assert [(p.kind, p.code) for p in nothing.problems] == [("inconclusive", "no-contract")]
    assert (nothing.facts, nothing.strength) == ((), Strength.claimed)


def test_it_declares_what_it_gives() -> None:
    answers = told("answers.json", ("conformance", 1.0, {}), samples=500)
    found = analyse(read(NOW), read(OLD), read("pact/ok/verified.json"), answers)
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in found.facts} == declared
    assert all(isinstance(fact, Fact) and fact.origin == "derived" for fact in found.facts)


def test_the_expectation_of_its_page_can_be_read() -> None:
    for text in ANALYSIS.example.split(", "):
        assert parse_expectation(text).metric in {name for name, _, _ in ANALYSIS.metrics}
