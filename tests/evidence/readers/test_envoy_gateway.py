"""Envoy Gateway: a policy joined with its route, backends by priority and what they share."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.envoy_gateway import READER
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

CHAT = {"route": "chat", "model": "assistant"}
POLICY = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\nmetadata: {name: a}\nspec:\n  targetRefs: [{name: a}]\n"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"envoy-ai-gateway/base.yaml", "envoy-ai-gateway/fallback.yaml"}


def test_public_policy_has_six_tries_of_30_s() -> None:
    reading = read(READER, real("envoy-ai-gateway", "fallback.yaml"))
    assert value(reading, "attempts", route="provider-fallback") == 6
    assert value(reading, "timeout.try", route="provider-fallback") == 30_000
    assert value(reading, "attempts.each", route="provider-fallback") == 1
    assert [value(reading, m, route="provider-fallback") for m in ("backoff", "backoff.max")] == [100, 10_000]
    assert values(reading, "breaker.max_requests", route="provider-fallback") == [(1024, "tool-default")]


def test_public_route_falls_back_only_on_a_retry() -> None:
    reading = read(READER, real("envoy-ai-gateway", "base.yaml"))
    names = {"route": "provider-fallback", "model": "us.amazon.nova-micro-v1:0"}
    assert value(reading, "fallback.order", **names) == "provider-fallback-always-failing-upstream > provider-fallback-aws"
    assert value(reading, "region", route="provider-fallback", target="provider-fallback-aws") == "us-east-1"
    assert values(reading, "timeout", **names) == [(60_000, "tool-default")]
    assert codes(reading) == ["fallback-needs-retry"]


def test_public_files_together_are_joined() -> None:
    both = real("envoy-ai-gateway", "base.yaml") + b"\n---\n" + real("envoy-ai-gateway", "fallback.yaml")
    assert codes(read(READER, both)) == []


def test_priorities_decide_the_order_not_the_lines() -> None:
    reading = sample(READER, "ok/chat.yaml")
    assert value(reading, "fallback.order", **CHAT) == "bedrock-eu > bedrock-eu-next > bedrock-us > openai"
    assert value(reading, "fallback.targets", **CHAT) == 2
    assert value(reading, "fallback.shared", target="bedrock-us", **CHAT) == "provider AWSBedrock"
    assert value(reading, "fallback.shared", target="openai", **CHAT) == "none"
    assert value(reading, "weight", target="bedrock-eu", **CHAT) == 0.9
    assert value(reading, "fallback", route="chat") is False


def test_retries_without_a_number_are_two_and_without_retry_none() -> None:
    reading = read(READER, POLICY + "  retry: {}\n")
    assert values(reading, "attempts", route="a") == [(3, "tool-default")]
    assert values(reading, "timeout.try", route="a") == [("off", "tool-default")]
    assert values(read(READER, POLICY), "attempts", route="a") == [(1, "tool-default")]
    assert values(read(READER, POLICY + "  retry: {numRetries: 0}\n"), "attempts", route="a") == [(1, "file")]


def test_faults_without_a_percentage_hit_all() -> None:
    reading = sample(READER, "ok/chat.yaml")
    assert values(reading, "fault.delayed", route="chat") == [(1, "tool-default")]
    assert values(reading, "fault.abort", route="chat") == [(0.02, "file")]
    assert value(reading, "fault.on", route="chat") is True
    assert "fault-on" in codes(reading)
    assert value(read(READER, POLICY + "  faultInjection: {abort: {percentage: 0}}\n"), "fault.on", route="a") is False


def test_rates_in_every_unit() -> None:
    assert value(sample(READER, "ok/chat.yaml"), "ratelimit", route="chat") == 10


def test_no_request_timeout_is_off() -> None:
    reading = read(READER, POLICY + "  timeout: {http: {requestTimeout: 0s}}\n")
    assert values(reading, "timeout", route="a") == [("off", "file")]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("time-without-unit.yaml", ["invalid:number"]),
        ("unit-of-no-rate.yaml", ["invalid:number"]),
        ("targets-nothing.yaml", ["no-target", "inconclusive:no-settings"]),
    ],
)
def test_broken(name: str, found: list[str]) -> None:
    assert codes(sample(READER, f"broken/{name}")) == found


@pytest.mark.parametrize(("name", "code"), [("helm.yaml", "template"), ("another-kind.yaml", "wrong-kind")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "envoy-gateway" / "broken" / name).read_bytes()) == code
