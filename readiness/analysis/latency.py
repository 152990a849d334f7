"""The latency budget along the path of a request: from components and facts to budget and bound.

The 95th percentiles of parts do not add up to that of the whole. What holds however the parts
depend on each other is Boole's inequality: if each of n calls exceeds its percentile with a
probability of at most q, any of them does with at most n × q, so at most that share of requests
takes longer than the sum. What traces tell of a component, its time on the critical path, is of all
its calls in a request: there each component counts once, however often it is called.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.linked import sound
from readiness.analysis.stated import P95_BUDGET as BUDGET
from readiness.analysis.stated import stated
from readiness.analysis.walks import walks
from readiness.model.latency_result import ComponentResult, LatencyResult, Measured, Per, UnionBound
from readiness.model.text import nearest
from readiness.stats.proportions import samples_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.analysis.walks import Step, Walk
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.latency_result import Share
    from readiness.model.launch import Component, Launch
    from readiness.model.plan import Bound

LABELS = ("component", "stage", "endpoint")
_PERCENTILE = re.compile(r"(exclusive\.)?p([0-9]{2}(?:\.[0-9]+)?)")
_P95 = re.compile(r"(?:.*\.)?p95")
_AGAINST = re.compile(rf"<=?\s*launch\.{BUDGET}\s*$")
_BUDGETED = 95.0  # the percentile that budgets are given for
_TARGET = Fraction(5, 100)
_DIGITS = 6


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
    whole = _whole(parts) if stated(launch, "time", BUDGET) else None
    return waterfall(launch, (found for part in parts for found in part.evidence), whole)


def waterfall(
    launch: Launch, evidence: Iterable[Evidence], whole: Measured | None = None
) -> tuple[LatencyResult, ...]:
    """Do the same with any evidence; `whole` is the 95th percentile of the whole."""
    if not launch.components:
        return ()
    shares = percentiles(evidence)
    budget = stated(launch, "time", BUDGET)
    most = _round(budget.value) if budget else None
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
    new = Measured(_round(float(fact.value)), fact.samples, subject, fact.at, per)
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
        budgets=UnionBound(_BUDGETED, _round(total), _exceed(_BUDGETED, visits)),
        budget=budget,
        budget_name=f"launch.{BUDGET}" if budget is not None else "",
        measured=whole,
        bound=_bound(
            [(r.visits, _found(components[r.name], r.name, r.visits, shares)) for r in rows]
        ),
        loops=walk.loops,
    )


def _found(part: Component, name: str, visits: int, shares: Shares) -> dict[float, Measured]:
    """Return the worst of what was measured of a component, by percentile."""
    known = shares.get(part.stage or name, {})
    return {
        percentile: max(kept.values(), key=lambda measured: measured.whole(visits))
        for percentile, kept in known.items()
    }


def _component(part: Component, step: Step, visits: int, shares: Shares) -> ComponentResult:
    budget = float(part.budget.value)
    measured = _found(part, step.name, visits, shares).get(_BUDGETED)
    return ComponentResult(
        step.name,
        step.depth,
        step.caller,
        visits,
        _round(budget),
        measured,
        _share(measured, budget, visits),
        "" if measured else _help(part.stage or step.name, shares),
    )


def _share(measured: Measured | None, budget: float, visits: int) -> Share:
    if measured is None:
        return "not measured"
    if measured.whole(visits) > visits * budget:
        return "over"
    return "within" if supported(measured, _BUDGETED) else "too few samples"


def supported(measured: Measured, percentile: float) -> bool:
    """Tell whether a percentile has the samples it needs, or the evidence does not say."""
    needed = samples_needed(percentile / 100, confident=False)
    return measured.samples is None or measured.samples >= needed


def _help(name: str, shares: Shares) -> str:
    """Say how the evidence may name it, where it names something similar."""
    close = nearest(name, (known for known, found in shares.items() if _BUDGETED in found))
    if close:
        return f"the evidence measures `{close[0]}`: if that is it, write `stage: {close[0]}`"
    return f"let an item's evidence give p95 with the label stage `{name}`"


def _bound(found: list[tuple[int, dict[float, Measured]]]) -> UnionBound | None:
    """Return the smallest sum that at most 5 % exceed, else the one that the fewest exceed.

    A percentile that a component has too few samples for bounds nothing.

    Args:
        found: of each component how often it is called, and what was measured by percentile.
    """
    shared = set[float].intersection(*(set(known) for _, known in found)) if found else set()
    bounds = []
    for percentile in shared:
        parts = [(visits, known[percentile]) for visits, known in found]
        if not all(supported(part, percentile) for _, part in parts):
            continue
        times = sum(visits if part.per == "call" else 1 for visits, part in parts)
        total = sum(part.whole(visits) for visits, part in parts)
        bounds.append(UnionBound(percentile, _round(total), _exceed(percentile, times)))
    good = [bound for bound in bounds if bound.exceed <= _TARGET]
    if good:
        return min(good, key=lambda bound: (bound.total, bound.exceed))
    useful = [bound for bound in bounds if bound.exceed < 1]
    return min(useful, key=lambda bound: (bound.exceed, bound.total), default=None)


def _exceed(percentile: float, visits: int) -> float:
    """Return the share of requests that may exceed a sum of percentiles: n × (1 − share), or 1."""
    share = 1 - Fraction(repr(percentile)) / 100
    return float(min(Fraction(1), visits * share))


def _round(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
