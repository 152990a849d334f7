"""Worst-case calls and time of nested retries, from the components of `readiness.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence
    from readiness.model.launch import Component, Launch


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:  # noqa: ARG001
    """Multiply attempts along every chain of calls, and add up the time of the slowest one."""
    at = Location(path, pointer="/components")
    components = launch.components
    if not components:
        problem = Problem(
            "inconclusive",
            "no-components",
            "the launch declares no components",
            at,
            "describe them under `components`: budget, timeout, attempts, calls",
        )
        return Analysed((), (problem,), Strength.claimed)
    if loop := _loop(components):
        problem = Problem("invalid", "circular-calls", f"components call each other: {loop}", at)
        return Analysed((), (problem,), Strength.claimed)
    facts = []
    for name in components:
        labels = (("component", name),)
        place = Location(path, pointer=f"/components/{name}")
        facts.append(
            Fact(
                "calls.worst", float(_calls(components, name)), "", place, labels, origin="derived"
            )
        )
        time = _time(components, name)
        if time is not None:
            facts.append(Fact("time.worst", time, "ms", place, labels, origin="derived"))
    problems = [_untimed(path, name) for name, part in components.items() if part.timeout is None]
    return Analysed(tuple(facts), tuple(problems), Strength.claimed)


def _calls(components: dict[str, Component], name: str) -> int:
    """Return how often the busiest component below is called for one request to `name`."""
    part = components[name]
    below = max((_calls(components, callee) for callee in part.calls), default=1)
    return part.attempts * below


def _time(components: dict[str, Component], name: str) -> float | None:
    """Return the longest time one call of `name` can take with all its attempts, in ms.

    One attempt lasts at most its timeout, or, without one, as long as what it calls in turn. None
    if neither it nor something below it is bounded.
    """
    part = components[name]
    below = [_time(components, callee) for callee in part.calls]
    nested = None if None in below else float(sum(t for t in below if t is not None))
    one = float(part.timeout.value) if part.timeout else nested if part.calls else None
    if one is None:
        return None
    backoff = float(part.backoff.value) if part.backoff else 0.0
    return part.attempts * one + (part.attempts - 1) * backoff


def _loop(components: dict[str, Component], seen: tuple[str, ...] = ()) -> str:
    for name in components[seen[-1]].calls if seen else components:
        if name in seen:
            return " → ".join((*seen, name))
        if found := _loop(components, (*seen, name)):
            return found
    return ""


def _untimed(path: str, name: str) -> Problem:
    at = Location(path, pointer=f"/components/{name}")
    return Problem("warning", "no-timeout", f"{name} has no timeout: a call may wait for ever", at)


ANALYSIS = Analysis(
    id="retry-chain",
    title="Retry chain",
    run=run,
    metrics=(
        ("calls.worst", "", "most calls of any component for one request; label component"),
        ("time.worst", "ms", "longest time of one call with all attempts; label component"),
    ),
    formula="calls = product of attempts along the chain; time = attempts × timeout + "
    "(attempts − 1) × backoff",
    source="Site Reliability Engineering (Beyer et al. 2016), chapter 22: retries multiply",
)
