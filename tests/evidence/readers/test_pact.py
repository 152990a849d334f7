"""Pacts: a wish is no proof; a verification is one, if every interaction of it passed."""

from __future__ import annotations

import json

import pytest

from readiness.evidence.readers.pact import READER
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
)
from tests.evidence.readers.contract_files import changed, real


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"pact/pact-basic.json", "pact/chat-frontend-chat-gateway.json"}
    assert READER.sniff(b'{"consumer": {}, "providers": []}') == 0


def test_a_long_pact_is_known_without_its_end() -> None:
    data = (SAMPLES / "pact/ok/chat-frontend-chat-gateway.json").read_bytes()
    assert b'"provider":' not in data[:1500]
    assert READER.sniff(data[:1500]) == 90


def test_public_pact_asks_for_nothing() -> None:
    assert codes(read(READER, real("pact/pact-basic.json"))) == ["inconclusive:no-interactions"]


def test_a_produced_pact_is_a_wish() -> None:
    reading = sample(READER, "ok/chat-frontend-chat-gateway.json")
    assert codes(reading) == ["not-verified"]
    assert reading.strength == Strength.documented
    assert not [f for f in reading.facts if f.metric == "verified"]
    assert value(reading, "interactions", consumer="chat-frontend", state="primary region down") == 1
    used = {dict(f.labels)["field"] for f in reading.facts if f.metric == "contract.used"}
    assert used == {"/answer", "/citations", "/citations/[]/id", "/degraded"}


@pytest.mark.parametrize(("name", "consumer", "state"), [
    ("version-2", "mobile-app", "all is well"), ("message", "analytics", "events are on"),
])  # fmt: skip
def test_older_versions_and_messages(name: str, consumer: str, state: str) -> None:
    reading = sample(READER, f"ok/{name}.json")
    assert value(reading, "interactions", consumer=consumer, state=state) == 1


def test_produced_verifications() -> None:
    good, bad = sample(READER, "ok/verified.json"), sample(READER, "ok/not-verified.json")
    assert value(good, "verified", consumer="chat-frontend") is True
    assert value(bad, "verified", consumer="chat-frontend") is False
    assert (value(bad, "failed", consumer="chat-frontend"), codes(bad)) == (1, [])
    assert good.strength == Strength.measured


def test_a_pending_interaction_that_fails_is_not_verified() -> None:
    results = json.loads((SAMPLES / "pact/ok/not-verified.json").read_text())["interactionResults"]
    reading = changed(READER, "not-verified.json", result=True, interactionResults=[{**results[0], "pending": True}])
    assert value(reading, "verified", consumer="chat-frontend") is False
    assert codes(reading) == ["pending"]


def test_a_result_of_the_broker() -> None:
    reading = sample(READER, "ok/broker.json")
    assert value(reading, "verified", consumer="mobile-app") is True
    assert value(reading, "provider.version") == "1.4.0"
    assert reading.produced is not None
    nobody = changed(READER, "broker.json", _links=None)
    assert (value(nobody, "verified"), codes(nobody)) == (True, ["no-consumer"])


@pytest.mark.parametrize(("name", "found"), [
    ("success-that-failed", "invalid:contradiction"), ("false-without-failure", "invalid:contradiction"),
    ("no-interactions", "inconclusive:no-interactions"), ("nothing-verified", "inconclusive:no-interactions"),
])  # fmt: skip
def test_broken(name: str, found: str) -> None:
    assert codes(sample(READER, f"broken/{name}.json")) == [found]


@pytest.mark.parametrize("name", ["no-name", "success-in-words", "interactions-by-name"])
def test_malformed(name: str) -> None:
    assert refusal(READER, (SAMPLES / "pact/broken" / f"{name}.json").read_bytes()) == "malformed"
