"""Kong: what a health check of zeros opens, and what a passive one never closes."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.kong import READER
from tests.evidence.readers.config_files import (
    codes,
    declared,
    found,
    known,
    read,
    real,
    refusal,
    sample,
    value,
    values,
)

HEAD = '_format_version: "3.0"\n'


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"kong/upstream-target-input.yaml"}
    assert READER.sniff(b"services:\n  web: {image: a}\n") == 0


def test_public_health_checks_of_zeros_are_off() -> None:
    reading = read(READER, real("kong", "upstream-target-input.yaml"))
    for metric in ("breaker.consecutive_failures", "ejection.interval", "breaker.open"):
        assert values(reading, metric, upstream="example-api.com") == [("off", "file")]
    assert value(reading, "weight", upstream="example-api.com", target="10.10.10.11:8000") == 200 / 300
    assert codes(reading) == []


def test_defaults_of_kong_and_of_the_file() -> None:
    reading = sample(READER, "ok/kong.yaml")
    assert values(reading, "attempts", upstream="search") == [(6, "tool-default")]
    assert values(reading, "timeout.stream", upstream="search") == [(60_000, "tool-default")]
    assert values(reading, "timeout.connect", upstream="search") == [(2000, "file")]
    assert value(reading, "attempts", upstream="chat") == 2
    assert value(reading, "timeout.stream", upstream="chat") == 8000


def test_the_lowest_threshold_opens() -> None:
    reading = sample(READER, "ok/kong.yaml")
    assert value(reading, "breaker.consecutive_failures", upstream="model.upstream") == 3
    assert value(reading, "breaker.open", upstream="model.upstream") == 10_000


def test_a_passive_check_alone_never_closes() -> None:
    reading = sample(READER, "ok/kong.yaml")
    assert value(reading, "breaker.consecutive_failures", upstream="bare") == 2
    assert values(reading, "breaker.open", upstream="bare") == [("off", "tool-default")]
    assert codes(reading) == ["never-closes"]


def test_plugins() -> None:
    reading = sample(READER, "ok/kong.yaml")
    assert {f.value for f in found(reading, "ratelimit", route="chat")} == {"off", 10.0}
    assert value(reading, "cache.kind", route="chat") == "semantic"
    assert value(reading, "cache.threshold", route="chat") == 0.9
    assert value(reading, "attempts", route="chat") == 3
    assert value(reading, "fallback.order", route="chat") == "bedrock/sonnet > openai/gpt-4o"
    assert value(reading, "provider", route="chat") == "bedrock, openai"
    assert value(reading, "cache.ttl", route="chat") == 60_000


def test_an_empty_check_is_off_by_default() -> None:
    reading = read(READER, HEAD + "upstreams:\n- name: a\n")
    assert values(reading, "breaker.consecutive_failures", upstream="a") == [("off", "tool-default")]


def test_placeholders_are_no_values() -> None:
    text = HEAD + "services:\n- name: a\n  host: b\n  retries: '${{ env \"DECK_RETRIES\" }}'\n"
    reading = read(READER, text)
    assert values(reading, "attempts", upstream="a") == []
    assert codes(reading) == ["template"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("time-with-a-unit.yaml", "invalid:number"),
        ("weights-of-nothing.yaml", "invalid:number"),
        ("negative-retries.yaml", "invalid:number"),
        ("nothing-set.yaml", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}"))


def test_other_files_are_refused() -> None:
    assert refusal(READER, "a: 1\n") == "wrong-kind"
