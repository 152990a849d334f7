"""Traefik's dynamic configuration: what can happen, and what only looks as if it could."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.traefik import READER
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


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"traefik/backoff.toml", "traefik/failover.toml"}
    assert READER.sniff(b"[http]\nrouters = 1\n") == 0


def test_public_retry_includes_the_first_try() -> None:
    reading = read(READER, real("traefik", "backoff.toml"))
    assert value(reading, "attempts", route="retry") == 4  # retry.go: attempts := 1; attempts < 4
    assert value(reading, "backoff", route="retry") == 500
    assert value(reading, "targets", upstream="service1") == 4
    assert codes(reading) == []


def test_public_failover_needs_its_health_check() -> None:
    data = real("traefik", "failover.toml")
    reading = read(READER, data)
    assert value(reading, "fallback", upstream="failover-service") is True
    assert value(reading, "fallback.order", upstream="failover-service") == "main-service > fallback-service"
    bare = data.decode().replace("main-service.loadBalancer.healthCheck", "main-service.loadBalancer.sticky")
    reading = read(READER, bare)
    assert value(reading, "fallback", upstream="failover-service") is False
    assert codes(reading) == ["failover-off"]


def test_breakers_and_limits() -> None:
    reading = sample(READER, "ok/dynamic.toml")
    assert value(reading, "breaker.failure_ratio", route="breaker") == 0.25
    assert value(reading, "breaker.slow_call", route="breaker") == 800
    assert value(reading, "breaker.open", route="breaker") == 20_000
    assert value(reading, "ratelimit", route="limit") == 10
    assert value(reading, "breaker.max_concurrent", route="few") == 40
    assert value(reading, "timeout.connect", upstream="model") == 2000
    assert value(reading, "weight", upstream="spare", target="now") == 0.75
    assert value(reading, "mirror", upstream="copy", target="next") == 0.1


def test_what_no_router_uses_does_nothing() -> None:
    reading = sample(READER, "ok/dynamic.toml")
    (problem,) = reading.problems
    assert (problem.code, problem.at.line) == ("not-used", 25)


def test_a_fallback_that_is_not_there_is_none() -> None:
    reading = sample(READER, "ok/dynamic.yaml")
    assert value(reading, "fallback", upstream="chat") is False
    assert values(reading, "ratelimit", route="limit") == [("off", "file")]
    assert values(reading, "timeout.stream", upstream="plain") == [("off", "tool-default")]
    assert codes(reading) == ["failover-off", "unknown-target"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("no-attempts.toml", "invalid:number"),
        ("expression.toml", "invalid:expression"),
        ("time-in-words.yaml", "invalid:number"),
        ("routers-only.toml", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, found: str) -> None:
    assert found in codes(sample(READER, f"broken/{name}"))


def test_templates_and_other_kinds_are_refused() -> None:
    assert refusal(READER, (SAMPLES / "traefik" / "broken" / "template.toml").read_bytes()) == "syntax"
    assert refusal(READER, "[entryPoints.web]\naddress = ':80'\n") == "wrong-kind"
    assert refusal(READER, "http: 3\n") == "wrong-kind"
