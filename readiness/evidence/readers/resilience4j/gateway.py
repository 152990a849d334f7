"""Routes of Spring Cloud Gateway, clients of OpenFeign: filters, fallbacks, timeouts.

Defaults: the reference of Spring Cloud Gateway (Retry: three retries of GET; no response timeout;
45 s to connect) and of Spring Cloud Circuit Breaker (a time limit of 1 s).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.durations import milliseconds, spring
from readiness.evidence.readers.resilience4j.modules import inherited
from readiness.evidence.settings import Labels, Settings, labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part
    from readiness.evidence.readers.resilience4j.properties import Property

_PLACES = ("spring.cloud.gateway", "spring.cloud.gateway.server.webflux",
           "spring.cloud.gateway.mvc", "spring.cloud.gateway.server.webmvc")  # fmt: skip
_ORDER = {
    "CircuitBreaker": ("name", "fallbackUri"),
    "Retry": ("retries", "statuses", "methods", "firstBackoff", "maxBackoff"),
}
_BREAKERS = {"CircuitBreaker", "SpringCloudCircuitBreakerResilience4J", "Hystrix"}
_UNSAFE = {"POST", "PATCH"}


class Filter(NamedTuple):
    """One filter: its name, where it stands, and its arguments."""

    name: str
    part: Part
    args: dict[str, Part]

    def arg(self, key: str) -> Part:
        """Return an argument, a part without a value where there is none."""
        return self.args.get(key, self.part.inside(key, None))


def gateway(settings: Settings, root: Property) -> None:
    """Add the facts of every route, and of the filters that all routes have."""
    for place in _PLACES:
        part = root[place]
        client = part["httpclient"]
        connect = client["connect-timeout"].part
        if part["routes"] or part["default-filters"] or client:
            settings.time("timeout.connect", connect, milliseconds, (), 45_000)
        common = list(_filters(part["default-filters"].part))
        _apply(settings, root, common, labels(route="default"), "")
        for route in part["routes"].part.list():
            names = labels(route=route["id"].text or route["uri"].text)
            filters = list(_filters(route["filters"]))
            _apply(settings, root, filters, names, route["uri"].text)
            own = route.get("metadata", "response-timeout")
            given = client["response-timeout"].part
            if own:
                settings.time("timeout.try", own, milliseconds, names)
            elif given:
                settings.time("timeout.try", given, spring, names)
            elif not any(found.name in _BREAKERS for found in (*common, *filters)):
                settings.put("timeout.try", "off", "", route.at, names, "tool-default")


def feign(settings: Settings, root: Property) -> None:
    """Add the timeouts of OpenFeign's clients; `default` stands for all others."""
    for place in ("spring.cloud.openfeign.client.config", "feign.client.config"):
        for client in root[place].below.values():
            names = labels(upstream=client.name)
            settings.time("timeout.connect", client["connectTimeout"].part, milliseconds, names)
            settings.time("timeout.try", client["readTimeout"].part, milliseconds, names)


def _filters(part: Part) -> Iterator[Filter]:
    """Yield filters, written as `Name=a,b`, `Name=key=a,key=b` or `{name, args}`."""
    for entry in part.list():
        args: dict[str, Part] = {}
        if isinstance(entry.value, dict):
            for key, value in entry["args"].items():
                args |= dict(value.items()) if isinstance(value.value, dict) else {key: value}
            yield Filter(entry["name"].text, entry, args)
        elif text := entry.text:
            name, _, rest = text.partition("=")
            words = [word.strip() for word in rest.split(",") if word.strip()]
            if any("=" in word for word in words):
                pairs = [word.partition("=")[::2] for word in words]
            else:
                pairs = list(zip(_ORDER.get(name, ()), words, strict=False))
            yield Filter(name, entry, {key: entry.inside(key, value) for key, value in pairs})


def _apply(
    settings: Settings, root: Property, filters: list[Filter], names: Labels, uri: str
) -> None:
    for found in filters:
        if found.name in _BREAKERS:
            _breaker(settings, root, found, names, uri)
        elif found.name == "Retry":
            _retry(settings, found, names)
        elif found.name == "RequestRateLimiter":
            rate = found.arg("redis-rate-limiter.replenishRate")
            settings.number("ratelimit", rate, names, unit="1/s")


def _breaker(settings: Settings, root: Property, found: Filter, names: Labels, uri: str) -> None:
    """Add the fallback of a breaker, and the time limit that Spring Cloud puts around it."""
    target = found.arg("fallbackUri").text
    settings.put("fallback", bool(target), "", found.part.at, names)
    if target:
        order = f"{uri or 'the route'} > {target}"
        settings.put("fallback.order", order, "", found.arg("fallbackUri").at, names)
    limit = inherited(root["resilience4j.timelimiter"], found.arg("name").text or "-")
    given = limit["timeoutDuration"] or found.part.inside("timeoutDuration", None)
    settings.time("timeout.try", given, spring, names, 1000)


def _retry(settings: Settings, found: Filter, names: Labels) -> None:
    settings.number("attempts", found.arg("retries"), names, 4, add=1)
    methods = found.arg("methods").text or "GET"
    statuses = found.arg("statuses").text or found.arg("series").text or "5xx"
    settings.put("attempts.on", f"{statuses} of {methods}", "", found.part.at, names)
    if unsafe := sorted(_UNSAFE & {word.strip().upper() for word in methods.split(",")}):
        message = f"{', '.join(unsafe)} is tried again: an order may be placed twice"
        settings.warn(
            "retry-unsafe", message, found.arg("methods").at, "retry what may be repeated"
        )
    settings.time("backoff", found.arg("firstBackoff"), spring, names)
    settings.time("backoff.max", found.arg("maxBackoff"), spring, names)
