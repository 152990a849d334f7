"""Failure domains: the intents each one hits, what users get then, its drill, its places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.linked import in_slot
from readiness.errors import Location
from readiness.model.fact import Problem, Strength
from readiness.model.failure import EVERY_INTENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.failure import Answer, FailureDomain
    from readiness.model.launch import Launch

NAMING = ("component", "stage", "upstream", "route", "model", "target")


class Given(NamedTuple):
    """An answer of a failure domain, and under which name it is written."""

    key: str
    answer: Answer


class Drilled(NamedTuple):
    """The drill of a failure domain: what was read for it, and what it lacks to be a proof."""

    evidence: list[Evidence]
    lacks: str


def place(path: str, *steps: str) -> Location:
    """Return a place in `readiness.yaml` by its JSON pointer (RFC 6901)."""
    escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
    return Location(path, pointer="".join(f"/{step}" for step in escaped))


def no_domains(path: str) -> Problem:
    """Return that there is nothing to analyse."""
    return Problem(
        "inconclusive",
        "no-failure-domains",
        "the launch names nothing that can break",
        place(path, "failure_domains"),
        "describe under `failure_domains` what can break, and what users get then",
    )


def intents_of(launch: Launch, domain: FailureDomain) -> list[str]:
    """Return the intents that a failure domain hits: all of them where it names none."""
    return list(dict.fromkeys(domain.intents or launch.intents)) or [EVERY_INTENT]


def answer_to(domain: FailureDomain, intent: str) -> Given | None:
    """Return what users get for an intent while a failure domain is broken."""
    for key in (intent, EVERY_INTENT):
        if key in domain.answers:
            return Given(key, domain.answers[key])
    return None


def drill_of(launch: Launch, path: str, name: str, evidence: Iterable[Evidence]) -> Drilled:
    """Return the drill of a failure domain; of several in its slot, each must be a proof.

    Args:
        launch: the launch.
        path: of readiness.yaml.
        name: of the failure domain.
        evidence: all that was read.
    """
    slot = launch.failure_domains[name].drill
    if slot is None:
        return Drilled([], "no drill is named")
    if slot not in launch.evidence:
        return Drilled([], f"no file is bound to the drill's slot `{slot}`")
    found = in_slot(evidence, slot, launch, path)
    if not found:
        return Drilled([], f"no drill was read from the slot `{slot}`")
    return Drilled(found, next(filter(None, (_lacks(name, drill) for drill in found)), ""))


def _lacks(name: str, drill: Evidence) -> str:
    """Return why evidence is no proof of a drill of a failure domain, an empty text if it is."""
    for problem in drill.problems:
        if problem.kind != "warning":
            return f"{drill.path} proves nothing: {problem.message}"
    other = next((f.value for f in drill.facts if f.metric == "domain" and not f.labels), name)
    if other != name:
        return f"{drill.path} is a drill of {other}"
    completed = [f.value for f in drill.facts if f.metric == "drill.completed"]
    if not completed:
        return f"{drill.path} is no drill"
    return "" if all(value is True for value in completed) else f"{drill.path} was not completed"


def speaks_of(fact: Fact, launch: Launch, component: str) -> bool:
    """Tell whether a fact of settings is about a component: by its name, or that of its stage."""
    names = {component, launch.components[component].stage or component}
    return any(label in NAMING and value in names for label, value in fact.labels)


def weakest(used: Iterable[Evidence]) -> Strength:
    """Return the strength of the weakest of some evidence; without any, what is said is claimed."""
    return min((found.strength for found in used), default=Strength.claimed)
