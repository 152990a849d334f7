"""What an AIGatewayRoute of Envoy AI Gateway does: backends by priority, weights, timeouts.

Default: 60 s for the whole request, of api/v1beta1/ai_gateway_route.go of
https://github.com/envoyproxy/ai-gateway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.durations import go
from readiness.evidence.settings import Settings, labels, to_number

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.evidence.kubernetes import Resource

_MODEL_HEADER = "x-ai-eg-model"


class Backend(NamedTuple):
    """What the file says of a backend; empty where it says nothing."""

    provider: str
    region: str
    host: str

    def shared(self, other: Backend) -> str:
        """Return what both need, `none` where both tell and nothing is, else `unknown`."""
        kinds = zip(("provider", "region", "host"), self, other, strict=True)
        same = [f"{kind} {mine}" for kind, mine, theirs in kinds if mine and mine == theirs]
        told = (self.provider or self.host) and (other.provider or other.host)
        return ", ".join(same) or ("none" if told else "unknown")


def backends(found: list[Resource]) -> dict[str, Backend]:
    """Return the AIServiceBackends by name, with the region and the host others give them."""
    hosts: dict[str, str] = {}
    regions: dict[str, str] = {}
    for resource in found:
        spec = resource.spec
        if resource.kind == "Backend":
            names = [p.get("fqdn", "hostname").text for p in spec["endpoints"].list()]
            hosts[resource.name] = ", ".join(filter(None, names))
        elif resource.kind == "BackendSecurityPolicy":
            region = spec.get("awsCredentials", "region").text
            for target in spec["targetRefs"].list():
                regions[target["name"].text] = region
    return {
        r.name: Backend(
            r.spec.get("schema", "name").text,
            regions.get(r.name, ""),
            hosts.get(r.spec.get("backendRef", "name").text, ""),
        )
        for r in found
        if r.kind == "AIServiceBackend"
    }


def route(
    settings: Settings, resource: Resource, known: dict[str, Backend], retried: set[str]
) -> None:
    """Add the facts of one route.

    Args:
        settings: takes the facts.
        resource: the AIGatewayRoute.
        known: what the file says of the backends.
        retried: the routes to which a policy of the same file gives retries.
    """
    for rule in resource.spec["rules"].list():
        model = _model(rule["matches"])
        names = labels(route=resource.name, model=model)
        given = rule.get("timeouts", "request")
        settings.time("timeout", given, go, names, 60_000, off=True)
        refs = [
            (ref, to_number(ref["priority"].value) or 0.0) for ref in rule["backendRefs"].list()
        ]
        if not refs:
            continue
        refs.sort(key=lambda pair: pair[1])
        first = refs[0][1]
        spare = [ref for ref, priority in refs if priority > first]
        at = rule["backendRefs"].at
        settings.put("targets", len(refs), "", at, names, "derived")
        settings.put("fallback", bool(spare), "", at, names, "derived")
        _weights(settings, [ref for ref, priority in refs if priority == first], resource, model)
        if spare:
            order = " > ".join(ref["name"].text for ref, _ in refs)
            settings.put("fallback.order", order, "", at, names, "derived")
            settings.put("fallback.targets", len(spare), "", at, names, "derived")
            _shared(settings, refs[0][0], spare, resource, model, known)
            if resource.name not in retried:
                message = f"{resource.name} falls back on a retry, and no policy here gives one"
                hint = "give the BackendTrafficPolicy with `retry` in the same file"
                settings.warn("fallback-needs-retry", message, at, hint)
        for ref, _ in refs:
            _backend(settings, ref, resource, known)


def _model(matches: Part) -> str:
    for match in matches.list():
        for header in match["headers"].list():
            if header["name"].text.lower() == _MODEL_HEADER:
                return header["value"].text
    return ""


def _weights(settings: Settings, refs: list[Part], resource: Resource, model: str) -> None:
    weights = [to_number(ref["weight"].value) if ref["weight"] else 1.0 for ref in refs]
    total = sum(weight or 0 for weight in weights)
    for ref, weight in zip(refs, weights, strict=True):
        if len(refs) > 1 and weight is not None and weight >= 0 and total > 0:
            names = labels(route=resource.name, model=model, target=ref["name"].text)
            settings.put("weight", weight / total, "ratio", ref.at, names, "derived")


def _shared(
    settings: Settings, first: Part, spare: list[Part], resource: Resource, model: str,
    known: dict[str, Backend],
) -> None:  # fmt: skip
    mine = known.get(first["name"].text, Backend("", "", ""))
    for ref in spare:
        other = known.get(ref["name"].text, Backend("", "", ""))
        names = labels(route=resource.name, model=model, target=ref["name"].text)
        settings.put("fallback.shared", mine.shared(other), "", ref.at, names, "derived")


def _backend(settings: Settings, ref: Part, resource: Resource, known: dict[str, Backend]) -> None:
    backend = known.get(ref["name"].text)
    names = labels(route=resource.name, target=ref["name"].text)
    for metric in ("provider", "region") if backend else ():
        if text := getattr(backend, metric):
            settings.put(metric, text, "", ref.at, names, "derived")
