"""OpenSLO documents (v1, v1alpha, v2alpha) in; targets, windows and alert policies out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import read_documents
from readiness.evidence.kubernetes import marks
from readiness.evidence.promql import parse, unit_of
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Labels, Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_MARKS = marks(
    rb"openslo(?:\.com)?",
    rb"SLO|SLI|Service|DataSource|AlertPolicy|AlertCondition|AlertNotificationTarget",
)
_DURATION = pattern(r"([0-9]{1,6})([mhdwMQY])")
_DAY = 86_400_000.0
_MS = {
    "m": 60_000.0, "h": 3_600_000.0, "d": _DAY, "w": 7 * _DAY,
    "M": 30 * _DAY, "Q": 90 * _DAY, "Y": 365 * _DAY,
}  # fmt: skip
_UNITS = {
    "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "Y",
}  # fmt: skip
_SHORT = 3_600_000.0
_OPS = ("lte", "gte", "lt", "gt")


class _Set(NamedTuple):
    """The objects of a file by kind and name."""

    slos: list[Part]
    named: dict[tuple[str, str], Part]


def sniff(head: bytes) -> int:
    """Return 90 for an object of OpenSLO, outside of Markdown, else 0."""
    return 90 if b"\n```" not in head and _MARKS(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of one or many objects.

    Raises:
        Unreadable: neither YAML nor JSON, a template, malformed, or of another kind.
    """
    settings = Settings()
    found = _objects(source)
    if not found.slos and not found.named:
        raise wrong_kind("this holds no OpenSLO object", source.at(1), "give your SLOs")
    for slo in found.slos:
        _slo(settings, slo, found)
    for (kind, name), policy in found.named.items():
        if kind == "AlertPolicy":
            _policy(settings, policy, name, found)
    settings.put("slos", len(found.slos), "", source.at(1))
    if not found.slos:
        message = "no object is an SLO"
        settings.unproven("no-slo", message, source.at(1), "give the file with `kind: SLO`")
    return Reading(settings.facts, tuple(settings.problems))


def _objects(source: Source) -> _Set:
    found = _Set([], {})
    for document in read_documents(source):
        entries = document.list() if isinstance(document.value, list) else [document]
        for part in entries:
            if not isinstance(part.value, dict) or not part["apiVersion"].text.startswith(
                "openslo"
            ):
                continue
            kind, name = part["kind"].text, part.get("metadata", "name").text
            if kind == "SLO":
                found.slos.append(part)
            else:
                found.named[kind, name] = part
    return found


def _slo(settings: Settings, slo: Part, found: _Set) -> None:
    """Add the facts of one SLO."""
    spec, name = slo["spec"], slo.get("metadata", "name").text
    names = labels(slo=name, service=spec["service"].text)
    objectives = list(spec["objectives"].list())
    if not objectives:
        settings.unproven("no-objective", f"{name} has no objective", spec.at, "add `objectives`")
    metric = _indicator(spec, found)
    metrics = _metrics(metric)
    if metrics:
        settings.put("slo.metrics", ", ".join(metrics)[:500], "", metric.at, names)
    for number, objective in enumerate(objectives, 1):
        own = names
        if len(objectives) > 1:
            label = objective["displayName"].text or str(number)
            own = tuple(sorted((*names, ("objective", label[:80]))))
        _objective(settings, objective, own, metrics)
    _window(settings, spec, names)
    policies = list(spec["alertPolicies"].list())
    settings.put("slo.alerts", len(policies), "", spec["alertPolicies"].at, names)
    if not policies:
        help_ = "add `alertPolicies`: nobody is told when the budget burns"
        settings.warn("no-alerts", f"{name} has no alert policy", spec["alertPolicies"].at, help_)
    for policy in policies:
        inline = policy.get("metadata", "name").text
        if inline and policy["spec"]:
            _policy(settings, policy, inline, found)


def _indicator(spec: Part, found: _Set) -> Part:
    """Return the metric of an SLO: inline, or of the SLI that it names in the same file."""
    inline = spec.first("indicator", "sli")
    if not inline:
        named = spec.first("indicatorRef", "sliRef").text
        inline = found.named.get(("SLI", named), inline)
    inside = inline["spec"] or inline
    threshold = inside["thresholdMetric"]
    return threshold or inside["ratioMetric"]


def _metrics(metric: Part) -> tuple[str, ...]:
    """Return the names of the metrics in PromQL queries of an indicator."""
    sides = [metric, *(metric[side] for side in ("good", "bad", "total", "raw"))]
    names: dict[str, None] = {}
    for side in sides:
        places = (side.get("metricSource", "spec"), side["spec"], side)
        query = next((text for place in places if (text := place["query"].text)), "")
        source = side.get("metricSource", "type").text.lower() or "prometheus"
        found = parse(query) if source == "prometheus" else None
        names.update(dict.fromkeys(found.metrics if found else ()))
    return tuple(names)


def _objective(
    settings: Settings, objective: Part, names: Labels, metrics: tuple[str, ...]
) -> None:
    """Add the target of an objective, and the limit that its metric is compared with."""
    target, percent = objective["target"], objective["targetPercent"]
    if target and percent:
        message = "an objective has both `target` and `targetPercent`"
        settings.wrong("contradiction", message, percent.at, "keep one of them")
    elif percent:
        _target(settings, percent, names, 0.01)
    elif target:
        _target(settings, target, names, 1)
    else:
        message = "an objective has no target"
        settings.unproven("no-target", message, objective.at, "add `target: 0.99`")
    settings.number("slo.slice_target", objective["timeSliceTarget"], names, unit="ratio")
    op = objective["op"]
    if op.text and op.text not in _OPS:
        settings.wrong("malformed", f"`op` is `{op.text[:40]}`", op.at, f"one of {', '.join(_OPS)}")
    limit = settings.number("slo.limit", objective["value"], names)
    if limit is None:
        return
    settings.text("slo.op", op, names)
    unit, scale = unit_of(metrics[0].removesuffix("_bucket")) if metrics else ("", 1.0)
    if unit == "ms":
        settings.put("slo.threshold", limit * scale, "ms", objective["value"].at, names, "derived")


def _target(settings: Settings, part: Part, names: Labels, scale: float) -> None:
    found = settings.number("slo.target", part, names, scale=scale, unit="ratio")
    if found == 1:
        message = "a target of 100 % leaves no budget: every failure breaks it"
        settings.warn("no-budget", message, part.at, "is that meant?")


def _window(settings: Settings, spec: Part, names: Labels) -> None:
    """Add the window; v1alpha writes a unit and a count, later versions a shorthand."""
    windows = spec.first("timeWindow", "timeWindows")
    for window in windows.list():
        duration, unit = window["duration"], window["unit"].text.lower()
        if unit in _UNITS and not duration:
            count = window["count"].value
            length = _duration(f"{count}{_UNITS[unit]}")
            duration = window["count"]
        else:
            length = _duration(duration.text)
        if not length:
            message = f"the window `{duration.text[:40]}` is no duration"
            settings.wrong("number", message, duration.at, "write it as `4w`, `30d` or `1M`")
            continue
        settings.put("slo.window", length, "ms", duration.at, names)
        if length < _SHORT:
            message = f"the window is {duration.text}: `m` are minutes, `M` are months"
            settings.warn("short-window", message, duration.at, "is a month meant? write `1M`")


def _duration(value: object) -> float | None:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return int(match[1]) * _MS[match[2]] if match else None


def _policy(settings: Settings, policy: Part, name: str, found: _Set) -> None:
    """Add whether a policy can alert, and tell somebody."""
    spec = policy["spec"]
    conditions = list(spec["conditions"].list())
    first = conditions[0] if conditions else spec["conditions"]
    if ref := first["conditionRef"].text:
        first = found.named.get(("AlertCondition", ref), first)
    names = labels(alert=name, severity=first.get("spec", "severity").text)
    off = spec["alertWhenBreaching"]
    on = off.value is True and bool(conditions)
    settings.put("alert.exists", on, "", off.at if off else spec.at, names)
    targets = list(spec["notificationTargets"].list())
    settings.put("alert.routed", bool(targets), "", spec["notificationTargets"].at, names)
    after = first.get("spec", "condition", "alertAfter")
    settings.time("alert.for", after, _duration, names, 0 if conditions else None)


_SLO = ("service", "slo")
_ALERT = ("alert", "severity")
READER = Reader(
    id="openslo",
    title="OpenSLO",
    summary="Targets, windows and alert policies of service level objectives.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("slos", "", "objects that are an SLO"),
        Metric("slo.target", "ratio", "share that must be good", ("objective", *_SLO)),
        Metric("slo.slice_target", "ratio", "good share of a time slice", ("objective", *_SLO)),
        Metric("slo.limit", "", "number the metric is compared with, as written", _SLO),
        Metric("slo.op", "", "how: lte, gte, lt or gt", _SLO),
        Metric("slo.threshold", "ms", "that number, where the metric's name ends in a time", _SLO),
        Metric(
            "slo.window", "ms", "the time over which the target holds; a month is 30 days", _SLO
        ),
        Metric("slo.metrics", "", "metrics of its PromQL queries", _SLO),
        Metric("slo.alerts", "", "alert policies it has", _SLO),
        Metric("alert.exists", "", "whether a policy alerts on a breach", _ALERT),
        Metric("alert.routed", "", "whether a policy has a target to notify", _ALERT),
        Metric("alert.for", "ms", "how long its condition must hold", _ALERT),
    ),
    produce="cat > slos.yaml   # `kind: SLO` of apiVersion openslo/v1; check: `oslo validate`",
    source="https://github.com/OpenSLO/OpenSLO",
    traps=(
        "`target` is a share, 0.99; `targetPercent` is 99. A `target` above 1 is refused.",
        "`indicator` (v1), `sli` (v2alpha), and a unit with a count for the window (v1alpha).",
        "`1m` is a minute, and not a month (`1M`): a window under an hour is told.",
        "`alertPolicies:` with nothing below it is null: no alerts, and told.",
        "The value that a metric is compared with has no unit: `slo.limit`, not `slo.threshold`.",
        "A policy alerts only where `alertWhenBreaching` is true, and it has a condition.",
        "A file may hold a list of objects, several documents, or both.",
    ),
)
