"""The latency budget along the path of a request: from components and facts to budget and bound.

The 95th percentiles of parts do not add up to that of the whole. What holds however the parts
depend on each other is Boole's inequality: if each of n calls exceeds its percentile with a
probability of at most q, any of them does with at most n × q, so at most that share of requests
takes longer than the sum. What traces tell of a component, its time on the critical path, is of all
its calls in a request: there each component counts once, however often it is called.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.bounds import BUDGETED, exceed, rounded, supported, upper
from readiness.analysis.linked import sound
from readiness.analysis.stated import P95_BUDGET, stated
from readiness.analysis.walks import walks
from readiness.model.latency_result import ComponentResult, LatencyResult, Measured, Per, UnionBound
from readiness.model.text import nearest
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.analysis.walks import Step, Walk
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.latency_result import Share
    from readiness.model.launch import Component, Launch
    from readiness.model.plan import Bound

LABELS = ("component", "stage", "endpoint")
_PERCENTILE = pattern(r"(exclusive\.)?p([0-9]{2}(?:\.[0-9]+)?)")
_P95 = pattern(r"(?:.*\.)?p95")
_AGAINST = pattern(rf"<=?\s*launch\.{P95_BUDGET}\s*$")


Kept = dict[float, dict[Per, Measured]]  # by percentile
Shares = dict[str, Kept]  # by what the evidence calls a component


class Used(NamedTuple):
    """A requirement with the evidence found for it."""

    bound: Bound
    evidence: tuple[Evidence, ...]


def latency(launch: Launch, used: Iterable[Used]) -> tuple[LatencyResult, ...]:
    """Lay the budgets of a launch's components beside what items' evidence says of them.

    A fact counts for a component if its label component, stage or endpoint is the component's name,
    or the name that its `stage` gives; of several, the worst counts. Of traces that is the time on
    the critical path, `exclusive.p95`. The whole is what items hold against the parameter
    `p95_budget`.

    Returns:
        One result per entry, in the order in which the launch writes them; times in ms.
    """
    parts = [part for part in used if part.bound.analysis is None]
    whole = _whole(parts) if stated(launch, "time", P95_BUDGET) else None
    shares = percentiles(found for part in parts for found in part.evidence)
    return waterfall(launch, shares, whole)


def waterfall(
    launch: Launch, shares: Shares, whole: Measured | None = None
) -> tuple[LatencyResult, ...]:
    """Do the same with what was measured; `whole` is the 95th percentile of the whole."""
    if not launch.components:
        return ()
    budget = stated(launch, "time", P95_BUDGET)
    most = rounded(budget.value) if budget else None
    return tuple(
        _result(launch.components, walk, shares, most, whole) for walk in walks(launch.components)
    )


def percentiles(evidence: Iterable[Evidence]) -> Shares:
    """Return the worst value of each percentile for each label that may name a component."""
    found: Shares = {}
    for fact in _times(evidence):
        match = _PERCENTILE.fullmatch(fact.metric)
        for label, value in fact.labels if match else ():
            if match and label in (LABELS if not match[1] else LABELS[:1]):
                kept = found.setdefault(value, {}).setdefault(float(match[2]), {})
                _worse(kept, "request" if match[1] else "call", fact)
    return found


def _times(evidence: Iterable[Evidence]) -> Iterator[Fact]:
    """Yield the times that were measured, of evidence that can be believed."""
    for found in sound(evidence):
        for fact in found.facts:
            number = not isinstance(fact.value, (bool, str)) and math.isfinite(fact.value)
            if fact.unit == "ms" and number and fact.samples != 0:
                yield fact


def _worse(kept: dict[Per, Measured], per: Per, fact: Fact) -> None:
    """Keep the larger of two values, and the first place of two that are the same."""
    subject = ", ".join(f"{label} {value}" for label, value in fact.labels)
    new = Measured(rounded(float(fact.value)), fact.samples, subject, fact.at, per)
    old = kept.get(per)
    if old is None or (-new.value, new.at) < (-old.value, old.at):
        kept[per] = new


def _whole(parts: list[Used]) -> Measured | None:
    """Return the worst 95th percentile that an item holds against the budget of the whole."""
    found: dict[Per, Measured] = {}
    for part in parts:
        for check in part.bound.checks:
            asked = check.expectation
            if not (_AGAINST.search(asked.text) and _P95.fullmatch(asked.metric)):
                continue
            for fact in _times(part.evidence):
                wanted = (asked.label, asked.label_value)
                fits = wanted in fact.labels if asked.label else not fact.labels
                if fits and fact.metric == asked.metric:
                    _worse(found, "request", fact)
    return found.get("request")


def _result(
    components: dict[str, Component],
    walk: Walk,
    shares: Shares,
    budget: float | None,
    whole: Measured | None,
) -> LatencyResult:
    rows = tuple(_component(components[s.name], s, walk.visits[s.name], shares) for s in walk.steps)
    visits = sum(walk.visits.values())
    total = sum(row.budget * row.visits for row in rows)
    return LatencyResult(
        entry=walk.steps[0].name,
        components=rows,
        visits=visits,
        budgets=UnionBound(BUDGETED, rounded(total), exceed(BUDGETED, visits)),
        budget=budget,
        budget_name=f"launch.{P95_BUDGET}" if budget is not None else "",
        measured=whole,
        bound=upper(
            [(r.visits, measured_of(components[r.name], r.name, r.visits, shares)) for r in rows]
        ),
        loops=walk.loops,
    )


def measured_of(part: Component, name: str, visits: int, shares: Shares) -> dict[float, Measured]:
    """Return the worst of what was measured of a component, by percentile."""
    known = shares.get(part.stage or name, {})
    return {
        percentile: max(kept.values(), key=lambda measured: measured.whole(visits))
        for percentile, kept in known.items()
    }


def _component(part: Component, step: Step, visits: int, shares: Shares) -> ComponentResult:
    budget = float(part.budget.value)
    measured = measured_of(part, step.name, visits, shares).get(BUDGETED)
    return ComponentResult(
        step.name,
        step.depth,
        step.caller,
        visits,
        rounded(budget),
        measured,
        _share(measured, budget, visits),
        "" if measured else _help(part.stage or step.name, shares),
    )


def _share(measured: Measured | None, budget: float, visits: int) -> Share:
    if measured is None:
        return "not measured"
    if measured.whole(visits) > visits * budget:
        return "over"
    return "within" if supported(measured, BUDGETED) else "too few samples"


def _help(name: str, shares: Shares) -> str:
    """Say how the evidence may name it, where it names something similar."""
    close = nearest(name, (known for known, found in shares.items() if BUDGETED in found))
    if close:
        return f"the evidence measures `{close[0]}`: if that is it, write `stage: {close[0]}`"
    return f"let an item's evidence give p95 with the label stage `{name}`"
