"""Linkerd's ServiceProfile and SMI's TrafficSplit in; timeouts, retries and weights out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import go
from readiness.evidence.kubernetes import Resource, marks, resources
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Settings, labels, to_number, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_MARKS = marks(rb"linkerd\.io|split\.smi-spec\.io", rb"ServiceProfile|TrafficSplit")
_UNSAFE = {"POST", "PATCH"}
_CHANGES = pattern(
    r"(?i)(?:^|[/\\._-])(?:vote|create|delete|order|buy|pay|send|submit|cancel|add|update|book)"
)
_QUANTITY = pattern(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)(m?)")


def sniff(head: bytes) -> int:
    """Return 90 if there is a resource of a kind that is read, outside of Markdown."""
    return 90 if b"\n```" not in head and _MARKS(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest.

    Raises:
        Unreadable: neither YAML nor JSON, a template, or without a resource that is read.
    """
    settings = Settings()
    found = resources(source)
    profiles = [r for r in found if (r.group, r.kind) == ("linkerd.io", "ServiceProfile")]
    splits = [r for r in found if (r.group, r.kind) == ("split.smi-spec.io", "TrafficSplit")]
    if not profiles and not splits:
        message = "this has neither a ServiceProfile nor a TrafficSplit"
        raise wrong_kind(message, source.at(1), "give the profiles that are in force")
    for profile in profiles:
        _profile(settings, profile)
    for split in splits:
        _split(settings, split)
    return settings.reading(source.at(1), "no route and no backend is named", defaults=True)


def _profile(settings: Settings, resource: Resource) -> None:
    """Add the facts of each route; the budget is one for the service."""
    service = resource.name
    retried = False
    for route in resource.spec["routes"].list():
        names = labels(upstream=service, route=route["name"].text)
        settings.time("timeout", route["timeout"], go, names, 10_000)
        again = route["isRetryable"]
        if again.value is True:
            retried = True
            settings.put("attempts", "unlimited", "", again.at, names)
            _safe(settings, route)
        elif again.value in (None, False):
            settings.put("attempts", 1, "", again.at, names, "file" if again else "tool-default")
        else:
            settings.truth("attempts", again, names)
    budget = resource.spec["retryBudget"]
    if retried or budget:
        names = labels(upstream=service)
        settings.number("retry.budget", budget["retryRatio"], names, 0.2, unit="ratio")
        settings.number("retry.floor", budget["minRetriesPerSecond"], names, 10, unit="1/s")


def _safe(settings: Settings, route: Part) -> None:
    """Tell where what is tried again may change something."""
    method = route.get("condition", "method").text.upper()
    path = route.get("condition", "pathRegex").text
    if method in _UNSAFE or _CHANGES.search(path):
        message = f"{method or 'a request'} to {path[:60]} is tried again, and may change something"
        settings.warn("retry-unsafe", message, route["isRetryable"].at, "retry what only reads")


def _split(settings: Settings, resource: Resource) -> None:
    root = resource.spec["service"].text or resource.name
    weights = [(part, _weight(part["weight"])) for part in resource.spec["backends"].list()]
    total = sum(weight or 0 for _, weight in weights)
    for part, weight in weights:
        if weight is None or not total:
            message = f"the weight of {part['service'].text} is `{part['weight'].value}`"
            hint = "write weights such as 900m and 100m, not all of them 0"
            settings.wrong("number", message, part["weight"].at, hint)
            continue
        names = labels(upstream=root, target=part["service"].text)
        settings.put("weight", weight / total, "ratio", part["weight"].at, names, "derived")


def _weight(part: Part) -> float | None:
    """Return a weight, also as a Kubernetes quantity: `250m` is a quarter."""
    match = _QUANTITY.fullmatch(part.text)
    if match is None:
        return to_number(part.value) if isinstance(part.value, int | float) else None
    return float(match[1]) / (1000 if match[2] else 1)


_ROUTE = ("route", "upstream")
READER = Reader(
    id="linkerd",
    title="Linkerd ServiceProfile and TrafficSplit",
    summary="Timeouts, retries, retry budgets and weights of a Linkerd mesh.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("timeout", "ms", "the whole request with its retries", _ROUTE),
        Metric("attempts", "", "1, or `unlimited` where only the budget bounds retries", _ROUTE),
        Metric("retry.budget", "ratio", "retries per request, at most", ("upstream",)),
        Metric("retry.floor", "1/s", "retries that are always allowed", ("upstream",)),
        Metric("weight", "ratio", "share of the requests", ("target", "upstream")),
    ),
    produce="kubectl get serviceprofile,trafficsplit -A -o yaml > linkerd.yaml",
    source="https://linkerd.io/2/reference/service-profiles/",
    traps=(
        "A budget is extra load, not a number of tries: `attempts` is the text `unlimited`.",
        "`minRetriesPerSecond` holds whatever the ratio: at little traffic it is the budget.",
        "Without `retryBudget`: 20 %, and 10 retries a second. Without `timeout`: 10 s.",
        "A GET that votes, orders or pays is not safe to repeat: told.",
        "`250m` is a quarter: weights are Kubernetes quantities.",
    ),
)
