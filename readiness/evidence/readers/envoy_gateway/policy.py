"""What a BackendTrafficPolicy of Envoy Gateway sets for the routes it targets.

Defaults: api/v1alpha1/{retry,circuitbreaker,timeout,healthcheck,fault_injection}_types.go of
https://github.com/envoyproxy/gateway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import go
from readiness.evidence.settings import Labels, Settings, labels, to_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part
    from readiness.evidence.kubernetes import Resource

_LIMITS = (
    ("breaker.max_connections", "maxConnections"),
    ("breaker.max_pending", "maxPendingRequests"),
    ("breaker.max_requests", "maxParallelRequests"),
    ("breaker.max_retries", "maxParallelRetries"),
)
_UNITS = {"Second": 1.0, "Minute": 60.0, "Hour": 3600.0, "Day": 86_400.0}


def targets(resource: Resource) -> Iterator[tuple[str, Part]]:
    """Yield what a policy is attached to, by name."""
    spec = resource.spec
    for part in spec["targetRefs"].list():
        yield part["name"].text, part
    if spec["targetRef"]:
        yield spec["targetRef"]["name"].text, spec["targetRef"]


def policy(settings: Settings, resource: Resource) -> None:
    """Add the facts of one policy, once for each route that it targets."""
    spec = resource.spec
    bound = [name for name, _ in targets(resource)]
    if not bound:
        if spec["targetSelectors"]:
            bound = [f"selected by {resource.name}"]
        else:
            message = f"the policy {resource.name} targets nothing: it does nothing"
            settings.warn("no-target", message, spec.at, "name a route in `targetRefs`")
            return
    for name in bound:
        names = labels(route=name)
        _retry(settings, spec["retry"], names)
        breaker = spec["circuitBreaker"]
        for metric, key in _LIMITS:
            settings.number(metric, breaker[key], names, 1024)
        each = labels(route=name, target="each endpoint")
        settings.number(
            "breaker.max_connections", breaker.get("perEndpoint", "maxConnections"), each
        )
        limits = spec["timeout"]
        settings.time("timeout", limits.get("http", "requestTimeout"), go, names, off=True)
        settings.time("timeout.connect", limits.get("tcp", "connectTimeout"), go, names, 10_000)
        idle = limits.get("http", "streamIdleTimeout")
        settings.time("timeout.stream", idle, go, names, off=True)
        _ejection(settings, spec.get("healthCheck", "passive"), names)
        _fault(settings, spec["faultInjection"], names)
        _rates(settings, spec["rateLimit"], names)


def _retry(settings: Settings, part: Part, names: Labels) -> None:
    if not part:
        settings.put("attempts", 1, "", part.at, names, "tool-default")
        return
    count = settings.number("attempts", part["numRetries"], names, 3, add=1)
    settings.number("attempts.each", part["numAttemptsPerPriority"], names)
    on = [
        entry.text
        for key in ("triggers", "httpStatusCodes")
        for entry in part["retryOn"][key].list()
    ]
    if on:
        settings.put("attempts.on", ", ".join(on), "", part["retryOn"].at, names)
    each = part["perRetry"]
    settings.time("timeout.try", each["timeout"], go, names, off=True)
    if count and count > 1 and not each["timeout"]:
        settings.put("timeout.try", "off", "", part.at, names, "tool-default")
    settings.time("backoff", each["backOff"]["baseInterval"], go, names)
    settings.time("backoff.max", each["backOff"]["maxInterval"], go, names)


def _ejection(settings: Settings, part: Part, names: Labels) -> None:
    if not part:
        settings.put("ejection.max_ratio", 0, "ratio", part.at, names, "tool-default")
        return
    settings.number(
        "breaker.consecutive_failures", part["consecutive5XxErrors"], names, 5, off=True
    )
    settings.time("ejection.interval", part["interval"], go, names, 3000)
    settings.time("breaker.open", part["baseEjectionTime"], go, names, 30_000)
    share = part["maxEjectionPercent"]
    settings.number("ejection.max_ratio", share, names, 0.1, scale=0.01, unit="ratio")


def _fault(settings: Settings, part: Part, names: Labels) -> None:
    """Add the faults put into requests; without a percentage they hit all."""
    if not part:
        return
    hit = []
    for kind, metric in (("abort", "fault.abort"), ("delay", "fault.delayed")):
        if rule := part[kind]:
            share = rule["percentage"]
            hit.append(settings.number(metric, share, names, 1, scale=0.01, unit="ratio"))
    settings.time("fault.delay", part["delay"]["fixedDelay"], go, names)
    settings.put("fault.on", any(hit), "", part.at, names, "derived")
    if any(hit):
        message = f"faults are put into the requests of {dict(names).get('route', 'a route')}"
        settings.warn("fault-on", message, part.at, "remove `faultInjection` before the launch")


def _rates(settings: Settings, part: Part, names: Labels) -> None:
    for kind in ("global", "local"):
        for rule in part[kind]["rules"].list():
            limit = rule["limit"]
            count, unit = to_number(limit["requests"].value), _UNITS.get(limit["unit"].text)
            if count is None or count < 0 or unit is None:
                message = "`limit` is no rate: requests and a unit"
                settings.wrong("number", message, limit.at, "write `{requests: 10, unit: Second}`")
            else:
                settings.put("ratelimit", count / unit, "1/s", limit.at, names, "derived")
