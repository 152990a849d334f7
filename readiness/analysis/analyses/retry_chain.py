"""Worst-case calls and time of nested retries, from the components of `readiness.yaml`."""

from __future__ import annotations

import math
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
    calls: dict[str, dict[str, int]] = {}
    times: dict[str, float] = {}
    for name in components:
        labels = (("component", name),)
        place = Location(path, pointer=f"/components/{name}")
        most = float(max(_calls(components, name, calls).values()))
        time = _time(components, name, times)
        facts.append(Fact("calls.worst", most, "", place, labels, origin="derived"))
        facts.append(Fact("time.worst", time, "ms", place, labels, origin="derived"))
    problems = [_untimed(path, name) for name, part in components.items() if part.timeout is None]
    return Analysed(tuple(facts), tuple(problems), Strength.claimed)


def _calls(
    components: dict[str, Component], name: str, known: dict[str, dict[str, int]]
) -> dict[str, int]:
    """Return how often each component is called for one request to `name`, by all ways to it."""
    if name not in known:
        part = components[name]
        counts = {name: part.attempts}
        for callee in part.calls:
            for below, count in _calls(components, callee, known).items():
                counts[below] = counts.get(below, 0) + part.attempts * count
        known[name] = counts
    return known[name]


def _time(components: dict[str, Component], name: str, known: dict[str, float]) -> float:
    """Return the longest time one call of `name` can take with all its attempts, in ms.

    One attempt lasts at most its timeout, or, without one, as long as what it calls in turn.
    Infinite, which proves nothing, if neither it nor something below it is bounded.
    """
    if name not in known:
        part = components[name]
        one = sum(_time(components, callee, known) for callee in part.calls) or math.inf
        if part.timeout:
            one = float(part.timeout.value)
        backoff = float(part.backoff.value) if part.backoff else 0.0
        known[name] = part.attempts * one + (part.attempts - 1) * backoff
    return known[name]


def _loop(components: dict[str, Component]) -> str:
    """Return a chain of calls that comes back to where it was, or an empty text."""
    done: set[str] = set()

    def search(name: str, chain: tuple[str, ...]) -> str:
        if name in chain:
            return " → ".join((*chain[chain.index(name) :], name))
        if name in done:
            return ""
        found = next(filter(None, (search(c, (*chain, name)) for c in components[name].calls)), "")
        done.add(name)
        return found

    return next(filter(None, (search(name, ()) for name in components)), "")


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
    formula="calls = product of attempts along each chain, summed where chains meet; "
    "time = attempts × timeout + (attempts − 1) × backoff",
    source="Site Reliability Engineering (Beyer et al. 2016), chapter 22: retries multiply",
)
