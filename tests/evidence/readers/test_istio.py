"""Istio rules and services: what is in force, by the file or by default, and what was left in."""

from __future__ import annotations

import re

import pytest

from readiness.evidence.readers.istio import READER
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

MODEL = "model.chat.svc.cluster.local"
HEAD = "apiVersion: networking.istio.io/v1\nkind: {}\nmetadata: {{name: a}}\nspec:\n"
NO_LIMIT = 2**32 - 1


def service(rest: str) -> str:
    return HEAD.format("VirtualService") + f"  hosts: [a]\n  http:\n  - route: [{{destination: {{host: a}}}}]\n    {rest}\n"


def rule(policy: str) -> str:
    return HEAD.format("DestinationRule") + f"  host: a\n  trafficPolicy: {policy}\n"


ROUTE = {"route": "any", "upstream": "a"}


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    names = ["destination-rule-all.yaml", "destinationrule-valid.yaml", "virtual-service-all.yaml", "virtual-service-ratings-test-delay.yaml", "virtual-service-reviews-80-20.yaml"]
    assert known(READER) == {f"istio/{name}" for name in names}
    assert READER.sniff(HEAD.format("Gateway").encode()) == 0
    assert READER.sniff(b"# A\n```yaml\n" + service("").encode() + b"```\n") == 0
    assert READER.sniff(b"kind: VirtualService\napiVersion: networking.istio.io/v1\n") == 90


def test_public_rule_by_what_its_lines_say() -> None:
    data = real("istio", "destination-rule-all.yaml")
    text, reading = data.decode(), read(READER, data)
    keys = {"max_connections": "maxConnections", "max_pending": "http1MaxPendingRequests", "max_requests": "http2MaxRequests", "max_retries": "maxRetries"}
    host = re.findall(r"^  host: (\S+)", text, re.MULTILINE)[0]
    for metric, key in keys.items():
        number = int(re.findall(rf"{key}: (\d+)", text)[0])
        assert values(reading, f"breaker.{metric}", upstream=host) == [(number, "file")]
    assert values(reading, "breaker.open", upstream=host) == [(60_000, "file")]
    assert values(reading, "ejection.interval", upstream=host) == [(8, "file")]
    assert values(reading, "ejection.max_ratio", upstream=host) == [(0.11, "file")]
    assert values(reading, "breaker.consecutive_failures", upstream=host) == [(5, "tool-default")]


def test_public_rules_without_a_pool_limit_nothing() -> None:
    reading = read(READER, real("istio", "destinationrule-valid.yaml"))
    for metric in ("max_connections", "max_pending", "max_requests", "max_retries"):
        assert set(values(reading, f"breaker.{metric}", upstream="ratings.prod.svc.cluster.local")) == {(NO_LIMIT, "tool-default")}
    assert set(values(reading, "ejection.max_ratio", upstream="ratings.prod.svc.cluster.local")) == {(0, "tool-default")}


def test_public_services() -> None:
    reading = read(READER, real("istio", "virtual-service-ratings-test-delay.yaml"))
    names = {"route": "header end-user", "upstream": "ratings"}
    assert [value(reading, m, **names) for m in ("fault.on", "fault.delayed", "fault.delay")] == [True, 1, 7000]
    assert codes(reading) == ["fault-on"]
    reading = read(READER, real("istio", "virtual-service-reviews-80-20.yaml"))
    assert value(reading, "weight", route="any", target="reviews subset v1") == 0.8
    assert values(reading, "attempts", route="any", upstream="reviews") == [(3, "tool-default")]
    assert values(reading, "timeout", route="any", upstream="reviews") == [("off", "tool-default")]
    reading = read(READER, real("istio", "virtual-service-all.yaml"))
    assert value(reading, "weight", route="/reviews/", target="service3.default.svc.cluster.local subset v2") == 0.2


def test_attempts_count_retries() -> None:
    reading = sample(READER, "ok/mesh.yaml")
    names = {"route": "chat", "upstream": "chat.example.com"}
    assert value(reading, "attempts", **names) == 3
    assert value(reading, "timeout", **names) == 8000
    assert value(reading, "timeout.try", **names) == 3000
    assert value(reading, "attempts", route="~/v[0-9]+", upstream=MODEL) == 1
    assert values(reading, "timeout", route="~/v[0-9]+", upstream=MODEL) == [("off", "file")]


def test_retries_without_a_number_are_off() -> None:
    reading = read(READER, service("retries: {perTryTimeout: 2s}"))
    assert values(reading, "attempts", **ROUTE) == [(1, "derived")]
    assert codes(reading) == ["retry-never"]


def test_a_subset_replaces_the_pool_and_a_port_inherits_nothing() -> None:
    reading = sample(READER, "ok/mesh.yaml")
    subset = {"upstream": MODEL, "target": "subset next"}
    assert value(reading, "breaker.max_requests", **subset) == 20
    assert values(reading, "breaker.max_connections", **subset) == [(NO_LIMIT, "tool-default")]
    assert value(reading, "breaker.consecutive_failures", **subset) == 7
    port = {"upstream": MODEL, "target": "port 9090"}
    assert value(reading, "breaker.max_requests", **port) == 5
    assert values(reading, "ejection.max_ratio", **port) == [(0, "tool-default")]
    assert values(reading, "breaker.max_requests", upstream=MODEL, target="subset now") == []


def test_failover_needs_outlier_detection() -> None:
    failover = "loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}"
    reading = read(READER, rule(f"{{{failover}}}"))
    assert value(reading, "fallback", upstream="a") is False
    assert codes(reading) == ["failover-off"]
    reading = read(READER, rule(f"{{{failover}, outlierDetection: {{}}}}"))
    assert value(reading, "fallback", upstream="a") is True
    assert value(reading, "fallback.order", upstream="a") == "a > b"


@pytest.mark.parametrize(
    ("outlier", "expected"),
    [
        ("{consecutive5xxErrors: 0}", "off"),
        ("{consecutive5xxErrors: 0, consecutiveGatewayErrors: 3}", 3),
        ("{consecutiveErrors: 4}", 4),
        ("{interval: 1s}", 5),
    ],
)
def test_ejection(outlier: str, expected: object) -> None:
    reading = read(READER, rule(f"{{outlierDetection: {outlier}}}"))
    assert value(reading, "breaker.consecutive_failures", upstream="a") == expected


def test_a_fault_without_a_percentage_does_nothing() -> None:
    reading = read(READER, service("fault: {abort: {httpStatus: 503}}"))
    assert value(reading, "fault.on", **ROUTE) is False
    assert codes(reading) == []


def test_a_mirror_without_a_percentage_copies_everything() -> None:
    assert values(read(READER, service("mirror: {host: b}")), "mirror", route="any", target="b") == [(1, "tool-default")]
    given = read(READER, service("mirror: {host: b}\n    mirrorPercentage: {value: 0}"))
    assert values(given, "mirror", route="any", target="b") == [(0, "file")]


def test_placeholders_are_no_values() -> None:
    reading = read(READER, service("timeout: ${TIMEOUT}"))
    assert values(reading, "timeout", **ROUTE) == []
    assert codes(reading) == ["template"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("timeout-in-words.yaml", ["invalid:number"]),
        ("ejection-over-one.yaml", ["invalid:number"]),
        ("percentage-as-a-number.yaml", ["invalid:number"]),
        ("no-route.yaml", ["inconclusive:no-settings"]),
    ],
)
def test_broken(name: str, found: list[str]) -> None:
    assert codes(sample(READER, f"broken/{name}")) == found


@pytest.mark.parametrize(
    ("name", "code"),
    [("gateway-only.yaml", "wrong-kind"), ("helm.yaml", "template"), ("http-no-list.yaml", "malformed")],
)
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "istio" / "broken" / name).read_bytes()) == code
