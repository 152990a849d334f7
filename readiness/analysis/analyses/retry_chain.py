"""Worst-case calls and time of nested retries: from the launch's components and what files set."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.chain import COUNTED, TIMED, hop
from readiness.analysis.configured import UNLIMITED, doubtful, some, subjects, unmatched
from readiness.analysis.stated import DEADLINES, Stated, stated
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.analysis.chain import Hop
    from readiness.analysis.configured import Subject
    from readiness.model.evidence import Evidence
    from readiness.model.launch import Component, Launch


_UNBOUNDED = ("retries.unbounded",)


class _Chain(NamedTuple):
    """The components with what each hop to them does at worst."""

    components: dict[str, Component]
    hops: dict[str, Hop]

    def calls(self, name: str, known: dict[str, dict[str, float]]) -> dict[str, float]:
        """Return how often each component is called for one request to `name`, by all ways."""
        if name not in known:
            tried = self.hops[name].calls
            counts = {name: tried}
            for callee in self.components[name].calls:
                for below, count in self.calls(callee, known).items():
                    counts[below] = counts.get(below, 0.0) + tried * count
            known[name] = counts
        return known[name]

    def time(self, name: str, known: dict[str, float]) -> float:
        """Return the longest time one call of `name` can take with all its attempts, in ms.

        One attempt lasts at most its timeout, or, without one, as long as what it calls in turn.
        Infinite, which proves nothing, if neither it nor something below it is bounded.
        """
        if name not in known:
            known[name] = self.hops[name].time(self.below(name, known) or math.inf)
        return known[name]

    def below(self, name: str, known: dict[str, float]) -> float:
        """Return the longest time of all that a component calls, one after the other, in ms."""
        return sum(self.time(callee, known) for callee in self.components[name].calls)


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
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
    found = subjects(launch, evidence)
    hops = {name: hop(name, launch, path, found) for name in components}
    chain = _Chain(components, hops)
    budget = stated(launch, "time", *DEADLINES)
    times: dict[str, float] = {}
    facts = list(_facts(chain, budget, times, path))
    problems = [*doubtful(evidence), *(p for one in hops.values() for p in one.problems)]
    problems += [
        _untimed(path, name)
        for name, part in components.items()
        if part.timeout is None and not math.isfinite(hops[name].limit)
    ]
    endless = [*_unlimited(found), *_endless(chain, times, path)]
    place = endless[0].at if endless else at
    facts.append(Fact("retries.unbounded", len(endless), "", place, (), None, "derived"))
    problems += [*endless, *_missing(budget, at), *unmatched(launch, found, COUNTED)]
    silent = [name for name in components if not any(s.component == name for s in found)]
    if found and silent:
        message = f"no file sets anything for {some(silent)}: what the launch says is claimed"
        problems.append(
            Problem("warning", "not-configured", message, at, "link the file that does", COUNTED)
        )
    strengths = [s.evidence.strength for s in found if s.component]
    strength = Strength.claimed if silent else min(strengths)
    return Analysed(tuple(facts), tuple(problems), strength)


def _facts(
    chain: _Chain, budget: Stated | None, times: dict[str, float], path: str
) -> Iterator[Fact]:
    counts: dict[str, dict[str, float]] = {}
    for name in chain.components:
        labels = (("component", name),)
        place = Location(path, pointer=f"/components/{name}")
        most = max(chain.calls(name, counts).values())
        time = chain.time(name, times)
        yield Fact("calls.worst", most, "", place, labels, None, "derived")
        yield Fact("time.worst", time, "ms", place, labels, None, "derived")
        limit = chain.hops[name].limit
        if chain.components[name].calls and math.isfinite(limit):
            over = chain.below(name, times) / limit
            yield Fact("time.over_timeout", over, "", place, labels, None, "derived")
        if budget is not None:
            over = time / budget.value
            yield Fact("time.over_budget", over, "", place, labels, None, "derived")


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
    message = f"{name} has no timeout: a call may wait for ever"
    return Problem("warning", "no-timeout", message, at, "give it one", TIMED)


def _unlimited(found: list[Subject]) -> Iterator[Problem]:
    """Yield what files try again without a limit on how often."""
    for subject in found:
        for fact in subject.own.get("attempts", ()):
            if fact.value in UNLIMITED:
                message = f"nothing limits how often one request to {subject.shown} is tried"
                help_ = "set a number of tries; a retry budget bounds the load, not one request"
                yield Problem("warning", "unbounded-retries", message, fact.at, help_, _UNBOUNDED)


def _endless(chain: _Chain, times: dict[str, float], path: str) -> Iterator[Problem]:
    """Yield what is tried again though one attempt may last for ever."""
    for name, one in chain.hops.items():
        if 1 < one.calls < math.inf and math.isinf(times[name]):
            at = Location(path, pointer=f"/components/{name}")
            message = f"{name} is tried {one.calls:g} times, and nothing bounds one attempt"
            yield Problem(
                "warning", "unbounded-retries", message, at, "give it a timeout", _UNBOUNDED
            )


def _missing(budget: Stated | None, at: Location) -> Iterator[Problem]:
    if budget is None:
        message = f"the launch states neither {and_list(DEADLINES, last='nor')}"
        help_ = f"set the parameter {DEADLINES[0]}"
        yield Problem("inconclusive", "no-budget", message, at, help_, ("time.over_budget",))


ANALYSIS = Analysis(
    id="retry-chain",
    title="Retry chain",
    run=run,
    metrics=(
        ("calls.worst", "", "most calls of any component for one request; label component"),
        ("time.worst", "ms", "longest time of one call with all attempts; label component"),
        (
            "time.over_timeout",
            "",
            "longest time of what it calls ÷ its own timeout; label component",
        ),
        ("time.over_budget", "", "`time.worst` ÷ `p99_budget`, else `p95_budget`; label component"),
        ("retries.unbounded", "", "what is tried without a limit on how often or how long"),
    ),
    formula="calls = product of attempts × targets along each chain, summed where chains meet; "
    "time = calls × timeout + (calls − 1) × backoff, at most the timeout of the whole where a tool "
    "has one. Attempts, timeouts and fallback targets are those of files whose label component, "
    "upstream, model or route has the name of a component or its `stage`, and of the launch; "
    "of two statements the worse counts. Different tools that try the same component again "
    "multiply. A fallback of LiteLLM or Portkey is tried with all its attempts, and may have "
    "fallbacks of its own; a proxy's attempts are over all its endpoints together",
    source="Site Reliability Engineering (Beyer et al. 2016), chapter 22: retries multiply; "
    "calls of LiteLLM counted at a stand-in of its upstreams: (retries + 1) × (1 + fallbacks)",
)
