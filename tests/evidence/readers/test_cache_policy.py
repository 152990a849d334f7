"""Cache policies: what is absent is refused, what is off is said, and names of parts are fixed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.cache_policy import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.metric_files import endure, metrics_given, proves_nothing, try_read


def policy(lines: str) -> str:
    return f"schema: readiness/cache-policy@1\ncaches:\n  - {{name: a, {lines}}}\n"


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == set()


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_each_part_is_in_the_key_or_not() -> None:
    reading = sample(READER, "ok/cache-policy.yaml")
    assert value(reading, "cache.keyed", cache="answers", part="locale") is True
    assert value(reading, "cache.keyed", cache="retrieval", part="locale") is False
    assert value(reading, "cache.key", cache="answers") == "question, prompt, model, locale, tenant, tools, own:channel"


def test_what_never_expires_meets_no_limit_and_what_is_off_is_not_absent() -> None:
    reading = sample(READER, "ok/cache-policy.yaml")
    assert value(reading, "cache.ttl", cache="answers") == 6 * 3_600_000
    assert value(reading, "cache.ttl", cache="retrieval") == "off"
    assert value(reading, "cache.on", cache="speech") is False
    assert value(reading, "cache.excluded", cache="retrieval") == "none"
    assert codes(reading) == ["no-ttl"]


def test_excluded_that_is_absent_is_not_known() -> None:
    reading = sample(READER, "ok/exact.json")
    assert found(reading, "cache.excluded", cache="answers") == []
    assert codes(reading) == ["no-excluded"]


@pytest.mark.parametrize("setting", ["ttl: '${TTL}', threshold: 0.9", "ttl: 1 h, threshold: '${THRESHOLD}'"])
def test_a_placeholder_is_no_value(setting: str) -> None:
    reading = read(READER, policy(f"kind: semantic, key: [question], excluded: [], {setting}"))
    assert codes(reading) == ["template"]


@pytest.mark.parametrize("ttl", ["0 s", "-1 h", "6", "6 %", "forever", "[1]"])
def test_times_that_are_none(ttl: str) -> None:
    assert "invalid:number" in codes(read(READER, policy(f"kind: exact, key: [question], excluded: [], ttl: {ttl}")))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no-threshold", "invalid:no-threshold"),
        ("exact-with-threshold", "invalid:contradiction"),
        ("no-ttl", "invalid:number"),
        ("ttl-without-unit", "invalid:number"),
        ("no-key", "invalid:no-key"),
        ("another-word-for-locale", "invalid:malformed"),
        ("another-kind", "invalid:malformed"),
        ("threshold-in-percent", "invalid:number"),
        ("no-caches", "inconclusive:no-caches"),
    ],
)
def test_broken(name: str, code: str) -> None:
    assert codes(sample(READER, f"broken/{name}.yaml")) == [code]


def test_a_key_that_is_misspelt_is_refused() -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / "misspelt-key.yaml").read_bytes()) == "unknown-key"


def test_two_caches_of_one_name_are_refused() -> None:
    assert refusal(READER, policy("kind: off") + "  - {name: a, kind: off}\n") == "malformed"
