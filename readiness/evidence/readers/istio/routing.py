"""What an Istio VirtualService does with a request: time, tries, weights, mirrors, faults.

Defaults: networking/v1/virtual_service.proto of https://github.com/istio/api, and DefaultPolicy of
pilot/pkg/networking/core/route/retry/retry.go of https://github.com/istio/istio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import go
from readiness.evidence.readers.istio.destination import share_of
from readiness.evidence.settings import Labels, Settings, labels, to_number

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.evidence.kubernetes import Resource

_ON = "connect-failure,refused-stream,unavailable,cancelled"


def virtual_service(settings: Settings, resource: Resource) -> None:
    """Add the facts of every HTTP route of one service."""
    hosts = [host.text for host in resource.spec["hosts"].list()]
    for part in resource.spec["http"].list():
        targets = list(part["route"].list())
        if targets:
            name = part["name"].text or _match(part["match"])
            upstream = targets[0].get("destination", "host").text if len(targets) == 1 else ""
            names = labels(route=name, upstream=upstream or (hosts or [resource.name])[0])
            _route(settings, part, names)
            _weights(settings, targets, names)
            _mirrors(settings, part, names)


def _match(matches: Part) -> str:
    """Return a match in words: its first path, or the headers it looks at."""
    for match in matches.list():
        for kind, text in match["uri"].items():
            return f"~{text.text}" if kind == "regex" else text.text or "any"
        if headers := [name for name, _ in match["headers"].items()]:
            return f"header {', '.join(headers)}"
    return "any"


def _route(settings: Settings, part: Part, names: Labels) -> None:
    if (
        settings.time("timeout", part["timeout"], go, names, off=True) is None
        and not part["timeout"]
    ):
        settings.put("timeout", "off", "", part.at, names, "tool-default")
    retries = part["retries"]
    settings.time("timeout.try", retries["perTryTimeout"], go, names, off=True)
    if not retries:
        settings.put("attempts", 3, "", part.at, names, "tool-default")
        settings.put("attempts.on", _ON, "", part.at, names, "tool-default")
    elif retries["attempts"]:
        count = settings.number("attempts", retries["attempts"], names, add=1)
        if count and count > 1 and not settings.text("attempts.on", retries["retryOn"], names):
            settings.put("attempts.on", _ON, "", retries.at, names, "tool-default")
        settings.time("backoff", retries["backoff"], go, names)
    else:
        settings.put("attempts", 1, "", retries.at, names, "derived")
        message = "`retries` without `attempts` switches retries off"
        settings.warn("retry-never", message, retries.at, "say how many")
    _fault(settings, part["fault"], names)


def _name(names: Labels) -> str:
    return dict(names).get("route", "any")


def _weights(settings: Settings, targets: list[Part], names: Labels) -> None:
    total = sum(to_number(part["weight"].value) or 0 for part in targets)
    for part in targets if len(targets) > 1 and total else ():
        weight = to_number(part["weight"].value) if part["weight"] else 0.0
        if weight is None or weight < 0:
            settings.number("weight", part["weight"], names)
            continue
        to = labels(route=_name(names), target=_target(part["destination"]))
        settings.put("weight", weight / total, "ratio", part["weight"].at, to, "derived")


def _target(part: Part) -> str:
    host, subset = part["host"].text, part["subset"].text
    return f"{host} subset {subset}" if subset else host


def _mirrors(settings: Settings, part: Part, names: Labels) -> None:
    pairs = [(entry["destination"], entry["percentage"]) for entry in part["mirrors"].list()]
    if part["mirror"]:
        pairs.append((part["mirror"], part["mirrorPercentage"]))
    for target, percentage in pairs:
        to = labels(route=_name(names), target=_target(target))
        if percentage:
            _share(settings, "mirror", percentage, to)
        else:  # everything is mirrored
            settings.put("mirror", 1, "ratio", target.at, to, "tool-default")


def _share(settings: Settings, metric: str, part: Part, names: Labels) -> float:
    share = share_of(part)
    if share is None:
        settings.wrong("number", f"`{part.name}` is no percentage", part.at, "write `{value: 10}`")
        return 0.0
    settings.put(metric, share, "ratio", part.at, names)
    return share


def _fault(settings: Settings, part: Part, names: Labels) -> None:
    """Add the faults put into requests; without a percentage there are none."""
    if not part:
        return
    hit = [
        _share(settings, metric, part[kind]["percentage"], names)
        for kind, metric in (("abort", "fault.abort"), ("delay", "fault.delayed"))
        if part[kind]["percentage"]
    ]
    settings.time("fault.delay", part["delay"]["fixedDelay"], go, names)
    settings.put("fault.on", any(hit), "", part.at, names, "derived")
    if any(hit):
        message = f"faults are put into the requests of route {_name(names)}"
        settings.warn("fault-on", message, part.at, "remove `fault` before the launch")
