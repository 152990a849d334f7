"""An AnalysisRun or its template: what is measured against what, and whether the run passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.settings import Labels, Settings, labels, to_number
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.evidence.kubernetes import Resource

_DONE = {"Successful", "Failed", "Error", "Inconclusive"}
_JUDGES = {"job", "kayenta", "plugin"}  # these providers give a verdict of their own
_COUNTS = (
    ("analysis.measurements", "count"),
    ("analysis.successful", "successful"),
    ("analysis.failed", "failed"),
    ("analysis.inconclusive", "inconclusive"),
    ("analysis.errors", "error"),
)


def template(settings: Settings, resource: Resource) -> None:
    """Add what a template holds its metrics against."""
    _conditions(settings, resource)
    text = f"{resource.name} is a template: this is what is meant to be measured"
    settings.warn("intent", text, resource.part.at, "link the AnalysisRun of the rollout too")


def analysis_run(settings: Settings, resource: Resource) -> bool:
    """Add the facts of a run; return whether it is through."""
    names = labels(analysis=resource.name)
    blind = _conditions(settings, resource)
    status = resource.part["status"]
    phase = status["phase"]
    if phase.text not in _DONE:
        shown = f"is {phase.text}" if phase.text else "has no status"
        hint = "give it as it is after the rollout"
        _inconclusive(settings, "unfinished", f"{resource.name} {shown}", status or phase, hint)
        return False
    settings.put("rollout.phase", phase.text, "", phase.at, names)
    dry = _dry(resource)
    results = [r for r in status["metricResults"].list() if not _is_dry(r, dry)]
    for result in status["metricResults"].list():
        _counts(settings, result, labels(analysis=resource.name, metric=result["name"].text))
    proving = [r for r in results if r["name"].text not in blind and _number(r["successful"]) > 0]
    bad = [r for r in results if r["phase"].text != "Successful"]
    passed = phase.text == "Successful" and bool(proving) and not bad
    settings.put("rollout.passed", passed, "", phase.at, names, "derived")
    if phase.text == "Successful" and bad:
        name = bad[0]["name"].text
        text = f"{resource.name} is Successful, and its metric {name} is {bad[0]['phase'].text}"
        settings.wrong("contradiction", text, bad[0].at, "keep what the cluster shows")
    elif phase.text == "Successful" and not proving:
        text = f"{resource.name} is Successful without a measurement that could have failed"
        hint = "measure something, and hold it against a condition"
        _inconclusive(settings, "nothing-measured", text, status["metricResults"], hint)
    elif phase.text in ("Inconclusive", "Error"):
        text = f"{resource.name} ended {phase.text}: that is neither a pass nor a failure"
        _inconclusive(settings, "no-answer", text, phase, "find out why, and run it again")
    return True


def _inconclusive(settings: Settings, code: str, text: str, part: Part, hint: str) -> None:
    settings.problems.append(Problem("inconclusive", code, text, part.at, hint))


def _conditions(settings: Settings, resource: Resource) -> set[str]:
    """Add the conditions of the metrics; return those that have none, and so always pass."""
    blind = set()
    for metric in resource.spec["metrics"].list():
        name = metric["name"].text
        names = labels(analysis=resource.name, metric=name)
        told = [
            f"{word}: {metric[key].text}"
            for word, key in (("success", "successCondition"), ("failure", "failureCondition"))
            if metric[key].text
        ]
        if told:
            settings.put("analysis.condition", "; ".join(told)[:500], "", metric.at, names)
        elif not any(key in _JUDGES for key, _ in metric["provider"].items()):
            blind.add(name)
            text = f"{name} has neither a success nor a failure condition: it passes always"
            settings.warn("no-condition", text, metric.at, "hold it against a limit")
    return blind


def _dry(resource: Resource) -> set[str]:
    return {part["metricName"].text for part in resource.spec["dryRun"].list()}


def _is_dry(result: Part, dry: set[str]) -> bool:
    return result["dryRun"].value is True or bool(dry & {result["name"].text, "*", ".*"})


def _number(part: Part) -> float:
    return to_number(part.value) or 0.0


def _counts(settings: Settings, result: Part, names: Labels) -> None:
    """Add the counts of a metric; Argo leaves out those that are 0."""
    for metric, key in _COUNTS:
        if result[key]:
            settings.number(metric, result[key], names)
        else:
            settings.put(metric, 0, "", result.at, names, "derived")
