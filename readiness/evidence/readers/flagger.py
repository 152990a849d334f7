"""A Flagger Canary in; how it raises the traffic, what stops it, and how it ended, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import go
from readiness.evidence.kubernetes import Resource, marks, resources
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Labels, Settings, labels, to_number, wrong_kind
from readiness.model.fact import Problem, Strength

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_GROUP = "flagger.app"
_MARKS = marks(rb"flagger\.app", rb"Canary")
# https://docs.flagger.app/usage/metrics: the builtin ones have these units
_SHARE, _TIME = "request-success-rate", "request-duration"
_FULL = 100
_MOST = 1000


def sniff(head: bytes) -> int:
    """Return 90 if there is a Canary of flagger.app, outside of Markdown."""
    return 90 if b"\n```" not in head and _MARKS(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest.

    Raises:
        Unreadable: neither YAML nor JSON, a template, or without a Canary.
    """
    settings = Settings()
    found = [r for r in resources(source) if r.group == _GROUP and r.kind == "Canary"]
    if not found:
        message = "this has no Canary of flagger.app"
        raise wrong_kind(message, source.at(1), "give what `kubectl get canary -o yaml` shows")
    ended = [_canary(settings, resource) for resource in found]
    reading = settings.reading(source.at(1), "the canary says nothing")
    strength = Strength.measured if all(ended) else Strength.documented
    return reading._replace(strength=strength)


def _canary(settings: Settings, resource: Resource) -> bool:
    """Add the facts of a canary; return whether it went through an analysis to its end."""
    names = labels(rollout=resource.name)
    analysis = resource.spec.first("analysis", "canaryAnalysis")  # the name before v1beta1
    _steps(settings, analysis, resource.name)
    settings.time("rollout.interval", analysis["interval"], go, names)
    settings.number("rollout.failures_allowed", analysis["threshold"], names)
    settings.number("rollout.mirror", _mirror(analysis), names, scale=0.01, unit="ratio")
    metrics = list(analysis["metrics"].list())
    for metric in metrics:
        _limits(settings, metric, labels(metric=metric["name"].text, rollout=resource.name))
    skipped = resource.spec["skipAnalysis"].value is True
    watched = bool(metrics) and not skipped
    settings.put("rollout.analysis", watched, "", analysis.at, names, "derived")
    if skipped:
        text = f"{resource.name} skips its analysis: everything is promoted unseen"
        _proves_nothing(settings, "skipped", text, resource.spec["skipAnalysis"])
    elif not metrics:
        text = f"{resource.name} has no metric: only time and webhooks can stop it"
        settings.warn("no-metrics", text, analysis.at, "hold success rate and duration to limits")
    return _status(settings, resource, names, watched=watched)


def _steps(settings: Settings, analysis: Part, rollout: str) -> None:
    """Add the share of the traffic at each step, as Flagger raises it."""
    given = [to_number(part.value) for part in analysis["stepWeights"].list()]
    step, most = to_number(analysis["stepWeight"].value), to_number(analysis["maxWeight"].value)
    place = analysis["stepWeights"] or analysis["stepWeight"]
    if not given and step:
        most = min(most or _FULL, _FULL)
        given = [min(step * n, most) for n in range(1, _MOST) if step * (n - 1) < most]
    names = labels(rollout=rollout)
    if not given:
        settings.number("rollout.iterations", analysis["iterations"], names)
        return
    settings.put("rollout.steps", len(given), "", place.at, names, "derived")
    for number, weight in enumerate(given, 1):
        at = labels(rollout=rollout, step=str(number))
        if weight is None or not 0 <= weight <= _FULL:
            settings.wrong("number", "a weight is no share of 100", place.at, "mend the steps")
            return
        settings.put("rollout.weight", weight / _FULL, "ratio", place.at, at, "derived")


def _mirror(analysis: Part) -> Part:
    """Return the share that is copied: `mirrorWeight`, by default all of it, if `mirror` is on."""
    on = analysis["mirror"].value is True
    if on and not analysis["mirrorWeight"]:
        return analysis["mirror"].inside("mirrorWeight", _FULL)
    return analysis["mirrorWeight"] if on else analysis["mirror"].inside("mirrorWeight", None)


def _limits(settings: Settings, metric: Part, names: Labels) -> None:
    """Add the limits of a metric; `threshold` is the older way to write one."""
    name = metric["name"].text
    limits = metric["thresholdRange"]
    low, high = limits["min"], limits["max"]
    if not limits and metric["threshold"]:
        low, high = (metric["threshold"], high) if name == _SHARE else (low, metric["threshold"])
    if name == _SHARE:
        settings.number("analysis.success.min", low, names, scale=0.01, unit="ratio")
    elif name == _TIME:
        settings.number("analysis.duration.max", high, names, unit="ms")
    else:
        settings.number("analysis.min", low, names)
        settings.number("analysis.max", high, names)
    if not low and not high:
        text = f"{name} has no limit: whatever is measured passes"
        settings.warn("no-condition", text, metric.at, "give it a `thresholdRange`")


def _status(settings: Settings, resource: Resource, names: Labels, *, watched: bool) -> bool:
    status = resource.part["status"]
    phase = status["phase"]
    if not phase.text:
        text = f"{resource.name} has no status: this is what is meant to happen"
        settings.warn("intent", text, resource.part.at, "give it as it is after the rollout")
        return False
    settings.put("rollout.phase", phase.text, "", phase.at, names)
    settings.number("analysis.failed", status["failedChecks"], names)
    if phase.text == "Succeeded":
        settings.put("rollout.passed", watched, "", phase.at, names, "derived")
        if not watched:
            text = f"{resource.name} Succeeded, and no metric could have stopped it"
            _proves_nothing(settings, "nothing-measured", text, phase)
        return watched
    if phase.text in ("Failed", "Terminated"):
        settings.put("rollout.passed", False, "", phase.at, names, "derived")
        return True
    hint = ": the first deployment is not analysed" if phase.text == "Initialized" else ""
    text = f"{resource.name} is {phase.text}{hint}"
    _proves_nothing(settings, "unfinished", text, phase)
    return False


def _proves_nothing(settings: Settings, code: str, text: str, part: Part) -> None:
    hint = "give the canary as it is after a rollout that was analysed"
    settings.problems.append(Problem("inconclusive", code, text, part.at, hint))


_BY = ("rollout",)
_METRIC = ("metric", "rollout")
READER = Reader(
    id="flagger",
    title="Flagger Canary",
    summary="Steps of a canary, the limits that stop it, and how it ended.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="yaml",
    metrics=(
        Metric("rollout.steps", "", "steps until the promotion", _BY),
        Metric("rollout.weight", "ratio", "share of the traffic at a step", ("rollout", "step")),
        Metric("rollout.iterations", "", "checks, where no traffic is shifted by weight", _BY),
        Metric("rollout.interval", "ms", "time between two checks", _BY),
        Metric("rollout.failures_allowed", "", "failed checks until it is taken back", _BY),
        Metric("rollout.mirror", "ratio", "share of the traffic that is copied first", _BY),
        Metric("rollout.analysis", "", "whether a metric can stop it", _BY),
        Metric("rollout.phase", "", "phase", _BY),
        Metric("rollout.passed", "", "whether it was analysed and promoted", _BY),
        Metric("analysis.success.min", "ratio", "least share of good requests", _METRIC),
        Metric("analysis.duration.max", "ms", "longest time of requests", _METRIC),
        Metric("analysis.min", "", "the least of a metric of your own", _METRIC),
        Metric("analysis.max", "", "the most of a metric of your own", _METRIC),
        Metric("analysis.failed", "", "failed checks of the last analysis", _BY),
    ),
    produce="kubectl get canary -n NAMESPACE -o yaml > canary.yaml",
    source="https://docs.flagger.app/usage/how-it-works",
    traps=(
        "A Canary without `status` is intent: no `rollout.passed`, only documented.",
        "`skipAnalysis: true` promotes unseen: inconclusive.",
        "Succeeded without any metric: inconclusive, for nothing could have stopped it.",
        "Initialized is the first deployment, which is not analysed.",
        "request-success-rate is in percent and request-duration in ms: ratio and ms here.",
        "A metric without a limit passes always: a warning.",
        "After `maxWeight` the whole traffic follows in one step.",
    ),
)
