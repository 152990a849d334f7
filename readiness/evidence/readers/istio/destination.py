"""What an Istio DestinationRule limits, for a host, its subsets and its ports.

Defaults: networking/v1/destination_rule.proto of https://github.com/istio/api.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import go
from readiness.evidence.settings import Labels, Settings, labels, to_number

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.evidence.kubernetes import Resource

_NO_LIMIT = 2.0**32 - 1
_LIMITS = (
    ("breaker.max_connections", "tcp", "maxConnections"),
    ("breaker.max_pending", "http", "http1MaxPendingRequests"),
    ("breaker.max_requests", "http", "http2MaxRequests"),
    ("breaker.max_retries", "http", "maxRetries"),
)


def destination_rule(settings: Settings, resource: Resource) -> None:
    """Add the facts of one rule; a subset's policy replaces the host's, a port's inherits none."""
    spec = resource.spec
    host = spec["host"].text or resource.name
    policy = spec["trafficPolicy"]
    _policy(settings, policy["connectionPool"], policy["outlierDetection"], labels(upstream=host))
    _ports(settings, policy, host, "")
    _failover(settings, policy, host)
    for subset in spec["subsets"].list():
        own = subset["trafficPolicy"]
        name = subset["name"].text
        pool, outlier = own["connectionPool"], own["outlierDetection"]
        if pool or outlier:
            names = labels(upstream=host, target=f"subset {name}")
            pool, outlier = pool or policy["connectionPool"], outlier or policy["outlierDetection"]
            _policy(settings, pool, outlier, names)
        _ports(settings, own, host, f"subset {name} ")


def _ports(settings: Settings, policy: Part, host: str, before: str) -> None:
    for part in policy["portLevelSettings"].list():
        number = part.get("port", "number").text
        names = labels(upstream=host, target=f"{before}port {number}")
        _policy(settings, part["connectionPool"], part["outlierDetection"], names)


def _policy(settings: Settings, pool: Part, outlier: Part, names: Labels) -> None:
    for metric, kind, key in _LIMITS:
        settings.number(metric, pool[kind][key], names, _NO_LIMIT)
    settings.time("timeout.connect", pool["tcp"]["connectTimeout"], go, names, 10_000)
    if not outlier:
        settings.put("ejection.max_ratio", 0, "ratio", outlier.at, names, "tool-default")
        return
    list(outlier.items())
    errors = outlier.first("consecutive5xxErrors", "consecutiveErrors")
    gateway = outlier["consecutiveGatewayErrors"]
    if gateway and errors and to_number(errors.value) == 0:
        errors = gateway
    settings.number("breaker.consecutive_failures", errors, names, 5, off=True)
    settings.time("ejection.interval", outlier["interval"], go, names, 10_000)
    settings.time("breaker.open", outlier["baseEjectionTime"], go, names, 30_000)
    share = outlier["maxEjectionPercent"]
    settings.number("ejection.max_ratio", share, names, 0.1, scale=0.01, unit="ratio")


def _failover(settings: Settings, policy: Part, host: str) -> None:
    """Add the failover between regions, which works only where endpoints are ejected."""
    locality = policy.get("loadBalancer", "localityLbSetting")
    rules = locality.first("failover", "failoverPriority")
    if not rules:
        return
    on = bool(policy["outlierDetection"]) and locality["enabled"].value is not False
    names = labels(upstream=host)
    settings.put("fallback", on, "", rules.at, names, "derived")
    if not on:
        message = f"the failover of {host} does nothing: it needs outlierDetection, and enabled"
        settings.warn("failover-off", message, rules.at, "add `outlierDetection`")
        return
    for rule in rules.list():
        if first := rule["from"].text:
            order = f"{first} > {rule['to'].text}"
            settings.put("fallback.order", order, "", rule.at, names)


def share_of(part: Part) -> float | None:
    """Return a Percent, `{value: 12.5}`, as a ratio; None where it is none."""
    percent = to_number(part["value"].value) if isinstance(part.value, dict) else None
    return percent / 100 if percent is not None and 0 <= percent <= 100 else None  # noqa: PLR2004
