"""Istio's DestinationRule and VirtualService in; what they limit, retry, split and break out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.kubernetes import marks, resources
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.istio.destination import destination_rule
from readiness.evidence.readers.istio.routing import virtual_service
from readiness.evidence.settings import Settings, wrong_kind
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_GROUP = "networking.istio.io"
_MARKS = marks(rb"networking\.istio\.io", rb"DestinationRule|VirtualService")


def sniff(head: bytes) -> int:
    """Return 90 if there is a resource of a kind that is read, outside of Markdown."""
    return 90 if b"\n```" not in head and _MARKS(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest.

    Raises:
        Unreadable: neither YAML nor JSON, a template, or without a rule or service of Istio's.
    """
    settings = Settings()
    found = resources(source)
    rules = [r for r in found if r.group == _GROUP and r.kind == "DestinationRule"]
    services = [r for r in found if r.group == _GROUP and r.kind == "VirtualService"]
    if not rules and not services:
        kinds = ", ".join(sorted({resource.kind for resource in found})) or "no resource"
        message = f"this has {kinds}, and neither a DestinationRule nor a VirtualService"
        raise wrong_kind(message, source.at(1), "give the rules that are in force")
    for rule in rules:
        destination_rule(settings, rule)
    for service in services:
        virtual_service(settings, service)
    return settings.reading(source.at(1), "no route calls anything", defaults=True)


_ROUTE = ("route", "upstream")
_UPSTREAM = ("target", "upstream")
READER = Reader(
    id="istio",
    title="Istio DestinationRule and VirtualService",
    summary="Breakers, ejection, timeouts, retries, weights, mirrors and faults of an Istio mesh.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("timeout", "ms", "the whole request with its retries, or `off`", _ROUTE),
        Metric("timeout.try", "ms", "the most that one attempt may take", _ROUTE),
        Metric("timeout.connect", "ms", "the most to connect", _UPSTREAM),
        Metric("attempts", "", "tries of a request, the first included", _ROUTE),
        Metric("attempts.on", "", "on what is tried again", _ROUTE),
        Metric("backoff", "ms", "the least time before a retry", _ROUTE),
        Metric("breaker.max_connections", "", "TCP and HTTP/1 connections at once", _UPSTREAM),
        Metric("breaker.max_pending", "", "requests that wait at once", _UPSTREAM),
        Metric("breaker.max_requests", "", "requests at once", _UPSTREAM),
        Metric("breaker.max_retries", "", "retries at once", _UPSTREAM),
        Metric("breaker.consecutive_failures", "", "5xx in a row that eject, or `off`", _UPSTREAM),
        Metric("breaker.open", "ms", "how long an endpoint is ejected at first", _UPSTREAM),
        Metric("ejection.interval", "ms", "time between two looks at the endpoints", _UPSTREAM),
        Metric("ejection.max_ratio", "ratio", "share of endpoints ejected at most", _UPSTREAM),
        Metric("fallback", "", "whether another region takes over", ("upstream",)),
        Metric("fallback.order", "", "a region and the one that takes over", ("upstream",)),
        Metric("weight", "ratio", "share of the requests", ("route", "target")),
        Metric("mirror", "ratio", "share of the requests that is copied", ("route", "target")),
        Metric("fault.on", "", "whether faults are put into requests", _ROUTE),
        Metric("fault.abort", "ratio", "share of the requests that is made to fail", _ROUTE),
        Metric("fault.delayed", "ratio", "share of the requests that is delayed", _ROUTE),
        Metric("fault.delay", "ms", "by how much they are delayed", _ROUTE),
    ),
    produce="kubectl get destinationrule,virtualservice -A -o yaml > istio.yaml",
    source="https://istio.io/latest/docs/reference/config/networking/",
    traps=(
        "`retries.attempts` counts retries: `attempts` is one more.",
        "Without `retries` there are two: 3 attempts, unless the mesh's own default differs.",
        "Without `timeout` there is no limit: the text `off`, of origin tool-default.",
        "A rule without `connectionPool` limits nothing: 4294967295, of origin tool-default.",
        "Without `outlierDetection` no endpoint is ever ejected: `ejection.max_ratio` is 0.",
        "A subset's pool replaces the host's; a port's settings inherit nothing.",
        "Failover between regions works only where `outlierDetection` is given.",
        "A `fault` that was left in is told; without a percentage it does nothing.",
        "`mirror` without a percentage copies everything.",
        "`maxConnections` bounds connections: over HTTP/2 one carries many requests.",
    ),
)
