"""Envoy Gateway's BackendTrafficPolicy and Envoy AI Gateway's AIGatewayRoute in; facts out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.kubernetes import marks, resources
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.envoy_gateway.policy import policy, targets
from readiness.evidence.settings import Settings, to_number, wrong_kind
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_MARKS = marks(
    rb"gateway\.envoyproxy\.io|aigateway\.envoyproxy\.io", rb"BackendTrafficPolicy|AIGatewayRoute"
)


def sniff(head: bytes) -> int:
    """Return 90 if there is a resource of a kind that is read, outside of Markdown."""
    return 90 if b"\n```" not in head and _MARKS(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest; a policy is joined with the route of the same file that it targets.

    Raises:
        Unreadable: neither YAML nor JSON, a template, or without a resource that is read.
    """
    from readiness.evidence.readers.envoy_gateway.routes import (  # noqa: PLC0415 - start-up time
        backends,
        route,
    )

    settings = Settings()
    found = [r for r in resources(source) if r.group.endswith("gateway.envoyproxy.io")]
    policies = [r for r in found if r.kind == "BackendTrafficPolicy"]
    routes = [r for r in found if r.kind == "AIGatewayRoute"]
    if not policies and not routes:
        message = "this has neither a BackendTrafficPolicy nor an AIGatewayRoute"
        raise wrong_kind(message, source.at(1), "give the resources that are in force")
    retried = {
        name
        for resource in policies
        for name, _part in targets(resource)
        if resource.spec["retry"] and to_number(resource.spec["retry"]["numRetries"].value) != 0
    }
    known = backends(found)
    for resource in policies:
        policy(settings, resource)
    for resource in routes:
        route(settings, resource, known, retried)
    return settings.reading(source.at(1), "nothing is set for any route", defaults=True)


_ROUTE = ("route",)
_BOTH = ("model", "route")
_TO = ("model", "route", "target")
READER = Reader(
    id="envoy-gateway",
    title="Envoy Gateway policies and AI routes",
    summary="Retries, breakers, timeouts of Envoy Gateway; backends by priority of its AI routes.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("timeout", "ms", "the whole request with its retries, or `off`", _BOTH),
        Metric("timeout.try", "ms", "the most that one attempt may take, or `off`", _ROUTE),
        Metric("timeout.connect", "ms", "the most to connect", _ROUTE),
        Metric("timeout.stream", "ms", "the most without any byte, or `off`", _ROUTE),
        Metric("attempts", "", "tries of a request, the first included", _ROUTE),
        Metric("attempts.each", "", "tries of one priority before the next", _ROUTE),
        Metric("attempts.on", "", "on what is tried again", _ROUTE),
        Metric("backoff", "ms", "base of the time before a retry", _ROUTE),
        Metric("backoff.max", "ms", "the most time before a retry", _ROUTE),
        Metric("breaker.max_connections", "", "connections at once", ("route", "target")),
        Metric("breaker.max_pending", "", "requests that wait at once", _ROUTE),
        Metric("breaker.max_requests", "", "requests at once", _ROUTE),
        Metric("breaker.max_retries", "", "retries at once", _ROUTE),
        Metric("breaker.consecutive_failures", "", "5xx in a row that eject, or `off`", _ROUTE),
        Metric("breaker.open", "ms", "how long an endpoint is ejected at first", _ROUTE),
        Metric("ejection.interval", "ms", "time between two looks at the endpoints", _ROUTE),
        Metric("ejection.max_ratio", "ratio", "share of endpoints ejected at most", _ROUTE),
        Metric("ratelimit", "1/s", "requests let through", _ROUTE),
        Metric("fault.on", "", "whether faults are put into requests", _ROUTE),
        Metric("fault.abort", "ratio", "share of the requests that is made to fail", _ROUTE),
        Metric("fault.delayed", "ratio", "share of the requests that is delayed", _ROUTE),
        Metric("fault.delay", "ms", "by how much they are delayed", _ROUTE),
        Metric("targets", "", "backends of a rule", _BOTH),
        Metric("fallback", "", "whether a backend of a later priority waits", _BOTH),
        Metric("fallback.targets", "", "backends that wait", _BOTH),
        Metric("fallback.order", "", "the backends by priority", _BOTH),
        Metric("fallback.shared", "", "what both need, `none` or `unknown`", _TO),
        Metric("weight", "ratio", "share of the requests", _TO),
        Metric("provider", "", "the API a backend speaks", ("route", "target")),
        Metric("region", "", "the region of a backend's credentials", ("route", "target")),
    ),
    produce="kubectl get backendtrafficpolicy,aigatewayroute,aiservicebackend,backend,"
    "backendsecuritypolicy -A -o yaml > gateway.yaml",
    source="https://gateway.envoyproxy.io/docs/api/extension_types/",
    traps=(
        "`numRetries` leaves the first try out; where `retry` stands without it, it is two.",
        "Without `perRetry.timeout` one attempt is bound by nothing but the route's timeout.",
        "An AI route has 60 s for the whole request unless `timeouts.request` says otherwise.",
        "Priority 0 comes first. A later one is tried on a retry: without a policy, never.",
        "A policy holds for what `targetRefs` names; one that names nothing does nothing.",
        "Without `circuitBreaker`: 1024 of each, of origin tool-default.",
        "`faultInjection` without a percentage hits every request.",
        "Backends of one provider, region or host share their fate: `fallback.shared`.",
    ),
)
