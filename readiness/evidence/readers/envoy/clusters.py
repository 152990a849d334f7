"""What an Envoy cluster limits: connections and requests, ejection, endpoints by priority.

Defaults: api/envoy/config/cluster/v3/{cluster,circuit_breaker,outlier_detection}.proto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import folded
from readiness.evidence.durations import proto
from readiness.evidence.settings import Settings, labels, to_number

if TYPE_CHECKING:
    from readiness.evidence.documents import Part

_KEYS = {
    "connecttimeout", "loadassignment", "edsclusterconfig", "lbpolicy", "loadbalancingpolicy",
    "circuitbreakers", "outlierdetection", "dnslookupfamily", "typedextensionprotocoloptions",
    "clustertype", "healthchecks", "type",
}  # fmt: skip
_LIMITS = {
    "max_connections": 1024.0, "max_pending_requests": 1024.0, "max_requests": 1024.0,
    "max_retries": 3.0,
}  # fmt: skip
_NAMES = {"max_pending_requests": "max_pending"}


def is_cluster(part: Part) -> bool:
    """Tell whether a mapping is a cluster: it has a name and two settings that only one has."""
    if not isinstance(part.value, dict) or not isinstance(part.value.get("name"), str):
        return False
    keys = {folded(key) for key in part.value if isinstance(key, str)}
    return len(keys & _KEYS) > 1 and "match" not in keys and "address" not in keys


def cluster(settings: Settings, part: Part) -> None:
    """Add the facts of one cluster, labelled by its name as `upstream`."""
    name = part["name"].text
    settings.time("timeout.connect", part["connect_timeout"], proto, labels(upstream=name), 5_000)
    _breakers(settings, part["circuit_breakers"], name)
    _ejection(settings, part["outlier_detection"], name)
    _endpoints(settings, part, name)


def _breakers(settings: Settings, breakers: Part, name: str) -> None:
    """Add the limits of each priority. The first of a priority counts, and others have defaults."""
    thresholds: dict[str, Part] = {}
    for part in breakers["thresholds"].list():
        thresholds.setdefault(part["priority"].text or "DEFAULT", part)
    if "DEFAULT" not in thresholds:
        for key, default in _LIMITS.items():
            metric = f"breaker.{_NAMES.get(key, key)}"
            settings.put(metric, default, "", breakers.at, labels(upstream=name), "tool-default")
    for priority, part in thresholds.items():
        high = priority if priority != "DEFAULT" else None
        names = labels(upstream=name, priority=high)
        budget = part["retry_budget"]
        for key, default in _LIMITS.items():
            if key != "max_retries" or not budget:  # a budget takes its place
                settings.number(f"breaker.{_NAMES.get(key, key)}", part[key], names, default)
        if budget:
            share = budget["budget_percent"]
            settings.number("retry.budget", share, names, 0.2, scale=0.01, unit="ratio")
    for part in breakers["per_host_thresholds"].list():
        names = labels(upstream=name, target="each host")
        settings.number("breaker.max_connections", part["max_connections"], names)


def _ejection(settings: Settings, part: Part, name: str) -> None:
    """Add what leaves an endpoint out. Without `outlier_detection` none ever is."""
    names = labels(upstream=name)
    if part.value is None:
        settings.put("ejection.max_ratio", 0, "ratio", part.at, names, "tool-default")
        return
    list(part.items())
    enforced = part["enforcing_consecutive_5xx"]
    if enforced and to_number(enforced.value) == 0:
        settings.put("breaker.consecutive_failures", "off", "", enforced.at, names)
    else:
        settings.number("breaker.consecutive_failures", part["consecutive_5xx"], names, 5)
    settings.time("ejection.interval", part["interval"], proto, names, 10_000)
    settings.time("breaker.open", part["base_ejection_time"], proto, names, 30_000)
    share = part["max_ejection_percent"]
    settings.number("ejection.max_ratio", share, names, 0.1, scale=0.01, unit="ratio")


def _endpoints(settings: Settings, part: Part, name: str) -> None:
    """Add the endpoints that the file lists, and whether some wait for others to fail."""
    names = labels(upstream=name)
    aggregate = part.get("cluster_type", "typed_config", "clusters")
    if aggregate:
        members = [entry.text for entry in aggregate.list()]
        settings.put("fallback", len(members) > 1, "", aggregate.at, names)
        settings.put("fallback.targets", len(members) - 1, "", aggregate.at, names)
        settings.put("fallback.order", " > ".join(members), "", aggregate.at, names)
        return
    groups: dict[int, int] = {}
    regions: dict[str, None] = {}
    assigned = part.get("load_assignment", "endpoints")
    for group in assigned.list():
        priority = int(to_number(group["priority"].value) or 0)
        groups[priority] = groups.get(priority, 0) + len(list(group["lb_endpoints"].list()))
        if region := group.get("locality", "region").text:
            regions[region] = None
    if not groups:
        return
    spare = sum(count for priority, count in groups.items() if priority > min(groups))
    settings.put("targets", sum(groups.values()), "", assigned.at, names, "derived")
    settings.put("fallback", spare > 0, "", assigned.at, names, "derived")
    if spare:
        settings.put("fallback.targets", spare, "", assigned.at, names, "derived")
    if regions:
        settings.put("region", ", ".join(regions), "", assigned.at, names, "derived")
