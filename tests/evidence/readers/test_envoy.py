"""Envoy configuration: what is in force for a route and a cluster, by the file or by default."""

from __future__ import annotations

import re

import pytest

from readiness.evidence.readers.envoy import READER
from tests.evidence.readers.config_files import (
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

CLUSTER = "clusters:\n- name: a\n  connect_timeout: 1s\n  lb_policy: RANDOM\n"
ROUTE = "virtual_hosts:\n- name: v\n  domains: ['*']\n  routes:\n  - match: {prefix: /}\n    route:\n      cluster: a\n"
A = {"route": "/", "upstream": "a"}


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    names = ["eg-circuit-breaker.clusters.yaml", "eg-timeout.routes.yaml", "envoy.yaml", "locality-envoy.yaml", "mirror-envoy.yaml", "otel-demo-envoy.tmpl.yaml"]
    assert known(READER) == {f"envoy/{name}" for name in names}
    assert READER.sniff(b"domains:\n- a\n") == 0
    assert READER.sniff(b"# A\n```yaml\nstatic_resources:\nvirtual_hosts:\n```\n") == 0


def test_public_file_of_envoy_gateway_by_what_its_lines_say() -> None:
    data = real("envoy", "eg-circuit-breaker.clusters.yaml")
    reading, name = read(READER, data), "first-route-dest"
    for metric, key in (("max_connections", "maxConnections"), ("max_pending", "maxPendingRequests"), ("max_requests", "maxRequests")):
        number = int(re.findall(rf"      {key}: (\d+)|    - {key}: (\d+)", data.decode())[-1][0] or 1)
        assert values(reading, f"breaker.{metric}", upstream=name) == [(number, "file")]
    assert values(reading, "retry.budget", upstream=name) == [(0.1, "file")]
    assert values(reading, "breaker.max_retries", upstream=name) == []  # the budget takes its place
    assert value(reading, "timeout.connect", upstream=name) == 10_000
    assert values(reading, "ejection.max_ratio", upstream=name) == [(0, "tool-default")]
    assert value(reading, "breaker.max_connections", upstream=name, target="each host") == 1


def test_public_file_without_limits_has_envoys_defaults() -> None:
    data = real("envoy", "envoy.yaml")
    reading = read(READER, data)
    for name in re.findall(r"^  - name: (service\S+)", data.decode(), re.MULTILINE):
        for metric, number in (("max_connections", 1024), ("max_pending", 1024), ("max_requests", 1024), ("max_retries", 3)):
            assert values(reading, f"breaker.{metric}", upstream=name) == [(number, "tool-default")]
        assert values(reading, "timeout.connect", upstream=name) == [(5000, "tool-default")]
    assert values(reading, "timeout", route="/service/1", upstream="service1-envoy") == [(15_000, "tool-default")]
    assert values(reading, "attempts", route="/service/1", upstream="service1-envoy") == [(1, "tool-default")]


def test_public_files_with_priorities_and_mirrors() -> None:
    reading = read(READER, real("envoy", "locality-envoy.yaml"))
    assert [value(reading, m, upstream="backend") for m in ("targets", "fallback", "fallback.targets", "region")] == [4, True, 3, "local, remote"]
    reading = read(READER, real("envoy", "mirror-envoy.yaml"))
    assert values(reading, "mirror", route="/service/1", target="service1-mirror") == [(1, "tool-default")]
    assert values(reading, "mirror", route="/service/2", target="header x-mirror-cluster") == [(1, "tool-default")]
    reading = read(READER, real("envoy", "eg-timeout.routes.yaml"))
    assert values(reading, "timeout", route="first-route", upstream="first-route-dest") == [(15_000, "tool-default")]


def test_public_template_with_faults_at_a_headers_wish() -> None:
    reading = read(READER, real("envoy", "otel-demo-envoy.tmpl.yaml"))
    assert value(reading, "fault.on") is True
    assert value(reading, "timeout", route="/flagservice/", upstream="flagservice") == "off"
    assert codes(reading) == ["fault-on"]


def test_config_dump_in_camel_case() -> None:
    reading = sample(READER, "ok/config_dump.json")
    name, route = "httproute/default/chat/rule/0", "httproute/default/chat/rule/0/match/0/*"
    assert values(reading, "breaker.max_requests", upstream=name) == [(64, "file")]
    assert values(reading, "breaker.max_connections", upstream=name) == [(1024, "tool-default")]
    assert value(reading, "attempts", route=route, upstream=name) == 6
    assert value(reading, "timeout.try", route=route, upstream=name) == 30_000
    assert value(reading, "timeout", route=route, upstream=name) == 12_000


def test_the_first_threshold_of_a_priority_holds() -> None:
    reading = sample(READER, "ok/bootstrap.yaml")
    assert value(reading, "breaker.max_connections", upstream="model") == 200
    assert value(reading, "breaker.max_requests", upstream="model", priority="HIGH") == 800
    assert value(reading, "retry.budget", upstream="model", priority="HIGH") == 0.25


def test_retries_leave_the_first_try_out_and_need_a_condition() -> None:
    reading = sample(READER, "ok/bootstrap.yaml")
    assert value(reading, "attempts", route="/chat", upstream="model") == 3
    assert values(reading, "attempts", route="stream", upstream="model") == [(2, "tool-default")]  # of the host
    assert values(reading, "attempts", route="/v[0-9]+/.*") == [(1, "derived")]
    assert "retry-never" in codes(reading)


def test_no_timeout_is_the_text_off_and_a_stream_may_have_its_own() -> None:
    reading = read(READER, ROUTE + "      timeout: 0s\n")
    assert values(reading, "timeout", **A) == [("off", "file")]
    assert set(values(sample(READER, "ok/bootstrap.yaml"), "timeout", route="stream", upstream="model")) == {("off", "file"), (120_000, "file")}


def test_faults_weights_and_limits_on_requests() -> None:
    reading = sample(READER, "ok/bootstrap.yaml")
    assert [value(reading, m) for m in ("fault.on", "fault.abort", "fault.delayed", "fault.delay")] == [True, 0.05, 0.01, 3000]
    assert value(reading, "weight", route="/v[0-9]+/.*", target="model") == 0.9
    assert value(reading, "ratelimit", target="chat") == 100
    assert value(reading, "mirror", route="/chat", target="model-next") == 0.05
    assert {"fault-on", "runtime-key"} <= set(codes(reading))


def test_a_fault_filter_that_does_nothing() -> None:
    fault = "\nx: {'@type': type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault, abort: {percentage: {}}}\n"
    reading = read(READER, CLUSTER + fault)
    assert value(reading, "fault.on") is False
    assert codes(reading) == []


@pytest.mark.parametrize("given", ["", "filter_enabled: {default_value: {numerator: 100}}", "filter_enabled: {default_value: {numerator: 0}}, filter_enforced: {default_value: {numerator: 100}}"])
def test_a_rate_limit_that_is_not_enforced_is_none(given: str) -> None:
    limit = f"\nx: {{'@type': a.LocalRateLimit, token_bucket: {{max_tokens: 1, fill_interval: 1s}}, {given}}}\n"
    reading = read(READER, CLUSTER + limit)
    assert codes(reading) == ["ratelimit-off"]
    assert values(reading, "ratelimit", target="") == []


def test_placeholders_are_no_values() -> None:
    reading = read(READER, CLUSTER.replace("1s", "${TIMEOUT}"))
    assert values(reading, "timeout.connect", upstream="a") == []
    assert codes(reading) == ["template"]


def test_ejection_that_is_not_enforced_is_off() -> None:
    reading = sample(READER, "ok/bootstrap.yaml")
    assert values(reading, "breaker.consecutive_failures", upstream="model-next") == [("off", "file")]
    assert values(reading, "ejection.max_ratio", upstream="model-next") == [(0.1, "tool-default")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("milliseconds.yaml", "invalid:number"),
        ("limit-in-words.yaml", "invalid:number"),
        ("mirror-over-one.yaml", "invalid:number"),
    ],
)
def test_values_that_envoy_refuses(name: str, code: str) -> None:
    assert codes(sample(READER, f"broken/{name}")) == [code]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("helm.yaml", "template"),
        ("no-clusters.yaml", "wrong-kind"),
        ("envoy-filter.yaml", "wrong-kind"),
        ("cut-off.json", "not-json"),
        ("two-spellings.yaml", "duplicate-key"),
    ],
)
def test_refused(name: str, code: str) -> None:
    from tests.evidence.readers.config_files import SAMPLES

    assert refusal(READER, (SAMPLES / "envoy" / "broken" / name).read_bytes()) == code
