"""A Rollout: its strategy, the steps of its canary, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import go, seconds
from readiness.evidence.settings import Labels, Settings, labels, to_number

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.evidence.kubernetes import Resource

_ANALYSES = ("prePromotionAnalysis", "postPromotionAnalysis")


def rollout(settings: Settings, resource: Resource) -> None:
    """Add the facts of a Rollout."""
    names = labels(rollout=resource.name)
    strategy = resource.spec["strategy"]
    canary, blue = strategy["canary"], strategy["blueGreen"]
    if not canary and not blue:
        text = f"{resource.name} has no strategy: it replaces all pods at once"
        settings.warn("no-strategy", text, strategy.at, "give it `canary` with steps")
        return
    kind = canary or blue
    settings.put("rollout.strategy", kind.name, "", kind.at, names)
    steps = list(canary["steps"].list())
    if canary:
        settings.put("rollout.steps", len(steps), "", canary["steps"].at, names)
    for number, step in enumerate(steps, 1):
        _step(settings, step, labels(rollout=resource.name, step=str(number)))
    watched = bool(canary["analysis"]) or any(step["analysis"] for step in steps)
    watched = watched or any(step["experiment"] for step in steps)
    watched = watched or any(blue[key] for key in _ANALYSES)
    settings.put("rollout.analysis", watched, "", kind.at, names, "derived")
    if not watched:
        text = f"{resource.name} has no analysis: it goes on by time or by hand alone"
        settings.warn("no-analysis", text, kind.at, "let an AnalysisTemplate stop it")
    _status(settings, resource, names)


def _step(settings: Settings, step: Part, names: Labels) -> None:
    settings.number("rollout.weight", step["setWeight"], names, scale=0.01, unit="ratio")
    mirror = step.get("setMirrorRoute", "percentage")
    settings.number("rollout.mirror", mirror, names, scale=0.01, unit="ratio")
    pause = step["pause"]
    if pause.value == {} or (pause and not pause["duration"]):
        settings.put("rollout.pause", "manual", "", pause.at, names)
    elif pause:
        settings.time("rollout.pause", pause["duration"], _duration, names)


def _duration(value: object) -> float | None:
    """Return the ms of a pause: a number of seconds, also as a text, or a text as Go writes it."""
    number = to_number(value)
    return seconds(number) if number is not None else go(value)


def _status(settings: Settings, resource: Resource, names: Labels) -> None:
    """Add how far it came; without a status this is intent alone."""
    status = resource.part["status"]
    phase = status["phase"].text
    if not phase:
        text = f"{resource.name} has no status: this is what is meant to happen"
        settings.warn("intent", text, resource.part.at, "link the AnalysisRun of the rollout too")
        return
    settings.put("rollout.phase", phase, "", status["phase"].at, names)
    aborted = status["abort"].value is True
    passed = phase == "Healthy" and not aborted
    settings.put("rollout.passed", passed, "", status["phase"].at, names, "derived")
    if aborted:
        text = f"{resource.name} was aborted: {status['message'].text[:200]}".rstrip(": ")
        settings.warn("aborted", text, status["abort"].at, "mend it, and roll out again")
