"""Spring configuration: inheritance, spellings, three ways to write a time, profiles, filters."""

from __future__ import annotations

import re

import pytest

from readiness.evidence.readers.resilience4j import READER
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


def retry(settings: str) -> str:
    return f"resilience4j.retry:\n  instances:\n    a: {settings}\n"


def breaker(settings: str) -> str:
    return f"resilience4j.circuitbreaker:\n  instances:\n    a: {settings}\n"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"resilience4j/application.yml", "resilience4j/boot3-test-application.yaml", "spring-cloud/application.yml"}
    assert READER.sniff(b"resilience4j: {}\n") == 0
    assert READER.sniff(b"spring:\n  application: {name: a}\n") == 0
    assert READER.sniff(b"# A\n```yaml\n" + retry("{}").encode() + b"```\n") == 0


def test_public_file_by_what_its_lines_say() -> None:
    data = real("resilience4j", "application.yml")
    text, reading = data.decode(), read(READER, data)
    default = text.split("resilience4j.retry:")[0].split("default:")[1].split("shared:")[0]
    numbers = {key: int(n) for key, n in re.findall(r"(\w+): (\d+)s?$", default, re.MULTILINE)}
    assert value(reading, "breaker.window", upstream="backendA") == numbers["slidingWindowSize"]
    assert value(reading, "breaker.min_calls", upstream="backendA") == numbers["minimumNumberOfCalls"]
    assert value(reading, "breaker.open", upstream="backendA") == numbers["waitDurationInOpenState"] * 1000
    assert value(reading, "breaker.failure_ratio", upstream="backendA") == numbers["failureRateThreshold"] / 100
    for name in ("backendA", "backendB"):
        assert value(reading, "attempts", upstream=name) == 3  # the first call is among them
        assert values(reading, "backoff", upstream=name) == [(100, "file")]  # a number is ms
        assert value(reading, "timeout.try", upstream=name) == 2000
    assert value(reading, "breaker.max_concurrent", upstream="backendB") == 20
    assert value(reading, "ratelimit", upstream="backendB") == 12
    assert codes(reading) == []


def test_public_file_of_older_names() -> None:
    reading = read(READER, real("resilience4j", "boot3-test-application.yaml"))
    assert value(reading, "attempts", upstream="retryBackendA") == 4
    assert value(reading, "backoff.max", upstream="retryBackendC") == 222
    assert value(reading, "breaker.open", upstream="backendB") == 5000
    assert value(reading, "breaker.window_time", upstream="backendB") == 10_000
    assert values(reading, "breaker.min_calls", upstream="backendA") == [(6, "derived")]
    assert value(reading, "ratelimit", upstream="backendB") == 200


def test_public_gateway_retries_a_post() -> None:
    reading = read(READER, real("spring-cloud", "application.yml"))
    assert value(reading, "attempts", route="default") == 2
    assert codes(reading) == ["retry-unsafe"]
    assert value(reading, "fallback.order", route="genai-service") == "lb://genai-service > /fallback"
    assert values(reading, "timeout.try", route="genai-service") == [(1000, "tool-default")]


def test_configurations_are_inherited_from_base_to_base() -> None:
    reading = sample(READER, "ok/application.yml")
    assert values(reading, "breaker.failure_ratio", upstream="model") == [(0.4, "file")]
    assert values(reading, "breaker.window_time", upstream="model") == [(50_000, "file")]
    assert values(reading, "breaker.open", upstream="model") == [(20_000, "file")]
    assert values(reading, "breaker.slow_call", upstream="model") == [(2500, "file")]
    assert values(reading, "breaker.slow_ratio", upstream="model") == [(0.6, "file")]
    assert values(reading, "breaker.open", upstream="search") == [(60_000, "tool-default")]


def test_calls_needed_are_at_most_the_window() -> None:
    reading = sample(READER, "ok/application.yml")
    assert values(reading, "breaker.min_calls", upstream="search") == [(50, "derived")]
    assert values(reading, "breaker.min_calls", upstream="model") == [(20, "file")]
    assert values(read(READER, breaker("{}")), "breaker.min_calls", upstream="a") == [(100, "tool-default")]


def test_a_breaker_that_is_disabled_is_off() -> None:
    reading = sample(READER, "ok/application.yml")
    assert values(reading, "breaker.failure_ratio", upstream="shadow") == [("off", "file")]
    assert "breaker-off" in codes(reading)


def test_longest_wait_of_an_exponential_backoff() -> None:
    reading = sample(READER, "ok/application.yml")
    assert values(reading, "backoff.max", upstream="model") == [(400, "derived")]  # 100, 200, 400
    assert values(reading, "backoff.max", upstream="search") == [(2000, "file")]


@pytest.mark.parametrize("text", ["100", "100ms", "PT0.1S", "0.1s", "'100'"])
def test_times_in_every_spelling(text: str) -> None:
    assert value(read(READER, retry(f"{{waitDuration: {text}}}")), "backoff", upstream="a") == 100


@pytest.mark.parametrize("key", ["maxAttempts", "max-attempts", "max_attempts", "MAXATTEMPTS"])
def test_keys_in_every_spelling(key: str) -> None:
    assert value(read(READER, retry(f"{{{key}: 7}}")), "attempts", upstream="a") == 7


def test_dotted_and_nested_keys_are_one() -> None:
    texts = ["resilience4j.retry.instances.a.maxAttempts: 7\n", "resilience4j:\n  retry.instances:\n    a.maxAttempts: 7\n", retry("{maxAttempts: 7}")]
    for text in texts:
        assert value(read(READER, text), "attempts", upstream="a") == 7


def test_filters_of_routes() -> None:
    reading = sample(READER, "ok/application.yml")
    assert value(reading, "attempts", route="default") == 3
    assert value(reading, "attempts.on", route="default") == "BAD_GATEWAY of GET,POST"
    assert value(reading, "attempts", route="plain") == 4
    assert [value(reading, m, route="plain") for m in ("backoff", "backoff.max")] == [10, 50]
    assert value(reading, "fallback.order", route="chat") == "lb://chat > forward:/sorry"
    assert value(reading, "fallback", route="search") is False
    assert value(reading, "ratelimit", route="search") == 20
    assert value(reading, "timeout.try", route="plain") == 8000
    assert value(reading, "timeout.connect") == 500
    assert {v for v, _ in values(reading, "timeout.try", route="chat")} == {3000}
    assert values(reading, "timeout.try", route="search") == [(1000, "tool-default"), (8000, "file")]
    assert set(values(reading, "timeout.try", upstream="model")) == {(3000, "file"), (4000, "file")}


def test_routes_without_any_limit_are_off() -> None:
    text = "spring.cloud.gateway.routes:\n- id: a\n  uri: lb://a\n  filters: [StripPrefix=1]\n"
    assert values(read(READER, text), "timeout.try", route="a") == [("off", "tool-default")]


def test_a_profile_shows_what_differs() -> None:
    reading = sample(READER, "ok/application.yml")
    assert value(reading, "attempts", upstream="model") == 4
    assert value(reading, "attempts", upstream="model", profile="prod") == 2
    assert values(reading, "breaker.max_concurrent", upstream="model", profile="prod") == [(80, "file")]
    assert values(reading, "attempts", route="plain", profile="prod") == []
    assert value(reading, "fallback", route="chat", profile="prod") is False
    assert value(reading, "fault.on", profile="prod") is True
    assert "fault-on" in codes(reading)


def test_properties_are_read_as_yaml_is() -> None:
    reading = sample(READER, "ok/application.properties")
    assert value(reading, "breaker.failure_ratio", upstream="model") == 0.25
    assert value(reading, "breaker.open", upstream="model") == 5000
    assert value(reading, "fallback.order", route="chat") == "lb://chat > forward:/sorry"
    assert value(reading, "attempts", upstream="model", profile="canary") == 1
    assert value(reading, "fault.on") is False


@pytest.mark.parametrize("text", ["${WAIT}", "${WAIT:100ms}"])
def test_placeholders_are_no_values_and_no_defaults(text: str) -> None:
    reading = read(READER, retry(f"{{waitDuration: '{text}'}}"))
    assert values(reading, "backoff", upstream="a") == []
    assert "template" in codes(reading)


def test_placeholder_in_a_filter() -> None:
    text = "spring.cloud.gateway.default-filters:\n- Retry=${N}\n"
    assert "template" in codes(read(READER, text))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("unknown-base.yml", "invalid:unknown-config"),
        ("circular-base.yml", "invalid:unknown-config"),
        ("time-in-words.yml", "invalid:number"),
        ("no-attempt.yml", "invalid:number"),
        ("share-over-one.properties", "invalid:number"),
        ("no-instance.yml", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, found: str) -> None:
    assert found in codes(sample(READER, f"broken/{name}"))


@pytest.mark.parametrize(
    ("name", "code"),
    [("two-values.yml", "duplicate-key"), ("helm.yml", "template"), ("key-twice.properties", "duplicate-key")],
)
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "resilience4j" / "broken" / name).read_bytes()) == code


@pytest.mark.parametrize(("text", "code"), [("a: 1\n", "wrong-kind"), ("[1]", "wrong-kind"), ("a=1\n", "wrong-kind"), ("", "empty"), ("# a\n", "empty")])
def test_other_files(text: str, code: str) -> None:
    assert refusal(READER, text) == code
