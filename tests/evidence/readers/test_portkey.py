"""Portkey configs: what nested targets inherit, what is no fallback, and what two of them share."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.portkey import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    read,
    real,
    refusal,
    sample,
    value,
    values,
)

SECOND = "mistral-ai/mistral-tiny"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own_and_not_the_servers_file() -> None:
    names = ["101-portkey-gateway-configs-7", "mistral-portkey-3", "smart-fallback-with-model-optimized-prom-1", "vercel-ai-sdk-and-portkey-integration-gu-5"]
    assert known(READER) == {f"portkey/cookbook-{name}.json" for name in names}
    assert refusal(READER, real("portkey", "portkey_conf.json")) == "wrong-kind"


def test_public_fallback_shares_the_provider() -> None:
    reading = read(READER, real("portkey", "cookbook-mistral-portkey-3.json"))
    assert value(reading, "fallback.order") == f"mistral-ai/mistral-medium > {SECOND}"
    assert value(reading, "fallback.shared", target=SECOND) == "provider mistral-ai, key"
    assert value(reading, "cache.kind") == "semantic"
    assert values(reading, "timeout.try", target=SECOND) == [("off", "tool-default")]
    assert codes(reading) == ["no-ttl", "plan"]


def test_public_balance_is_no_fallback() -> None:
    reading = read(READER, real("portkey", "cookbook-vercel-ai-sdk-and-portkey-integration-gu-5.json"))
    assert value(reading, "fallback") is False
    assert value(reading, "weight", target="azure-virtual-key-1") == 1 / 3


def test_public_retries_leave_the_first_try_out() -> None:
    reading = read(READER, real("portkey", "cookbook-101-portkey-gateway-configs-7.json"))
    assert value(reading, "attempts") == 4
    assert value(reading, "attempts.on") == "429"


def test_public_prompts_say_nothing_of_what_they_share() -> None:
    reading = read(READER, real("portkey", "cookbook-smart-fallback-with-model-optimized-prom-1.json"))
    assert value(reading, "fallback.shared", target="task_to_subtasks_openai") == "unknown"


def test_nested_targets_inherit() -> None:
    reading = sample(READER, "ok/fallback.json")
    assert value(reading, "attempts", target="others / openai") == 6
    assert value(reading, "attempts", target="others / azure") == 3
    assert value(reading, "timeout.try", target="others / openai") == 8000
    assert value(reading, "timeout.try", target="others / azure") == 4000
    assert value(reading, "weight", route="others", target="openai") == 0.75
    assert value(reading, "fallback.shared", target="bedrock-eu/haiku") == "provider bedrock, key bedrock-eu"
    assert value(reading, "fallback.shared", target="others") == "unknown"
    assert value(reading, "fallback.on") == "429, 503"


def test_keys_are_never_copied() -> None:
    assert "sk-secret" not in repr(sample(READER, "ok/fallback.json"))


def test_export_in_camel_case() -> None:
    reading = sample(READER, "ok/export.json")
    assert value(reading, "cache.ttl") == 60_000
    assert value(reading, "attempts", target="one") == 4
    assert values(reading, "attempts.on", target="one") == [("429, 500, 502, 503, 504", "tool-default")]


def test_a_fallback_with_one_target_is_none() -> None:
    reading = read(READER, '{"strategy": {"mode": "fallback"}, "targets": [{"provider": "a"}]}')
    assert value(reading, "fallback") is False
    assert codes(reading) == ["one-target"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("attempts-in-words.json", "invalid:number"),
        ("weights-of-nothing.json", "invalid:number"),
        ("cache-of-no-mode.json", "invalid:malformed"),
    ],
)
def test_broken(name: str, found: str) -> None:
    assert found in codes(sample(READER, f"broken/{name}"))


@pytest.mark.parametrize(("name", "code"), [("server-conf.json", "wrong-kind"), ("cut-off.json", "not-json")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "portkey" / "broken" / name).read_bytes()) == code
