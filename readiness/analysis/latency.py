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

from readiness.model.latency_result import ComponentResult, LatencyResult, Measured, Per, UnionBound
from readiness.model.quantity import parse
from readiness.model.text import nearest
from readiness.stats.proportions import samples_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.latency_result import Share
    from readiness.model.launch import Component, Launch
    from readiness.model.plan import Bound

BUDGET = "p95_budget"
LABELS = ("component", "stage", "endpoint")
_PERCENTILE = re.compile(r"(exclusive\.)?p([0-9]{2}(?:\.[0-9]+)?)")
_P95 = re.compile(r"(?:.*\.)?p95")
_AGAINST = re.compile(rf"<=?\s*launch\.{BUDGET}\s*$")
_BUDGETED = 95.0  # the percentile that budgets are given for
_MOST = 1_000_000  # visits: more of them are not told apart
_TARGET = Fraction(5, 100)
_DIGITS = 6


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
    if not launch.components:
        return ()
    parts = [part for part in used if part.bound.analysis is None]
    shares = _labelled(parts)
    budget = _budget(launch)
    whole = _whole(parts) if budget is not None else None
    return tuple(
        _result(launch.components, walk, shares, budget, whole)
        for walk in _walks(launch.components)
    )


class _Step(NamedTuple):
    name: str
    depth: int
    caller: str


class _Visited(NamedTuple):
    name: str
    visits: int


class _Walk(NamedTuple):
    steps: tuple[_Step, ...]
    visits: dict[str, int]
    loops: tuple[str, ...]


_Kept = dict[float, dict[Per, Measured]]  # by percentile
_Shares = dict[str, _Kept]


def _walks(components: dict[str, Component]) -> list[_Walk]:
    """Return the path from each component that nobody else calls, then from what is left."""
    called = {callee for name, c in components.items() for callee in c.calls if callee != name}
    walks: list[_Walk] = []
    seen: set[str] = set()
    for name in [*(n for n in components if n not in called), *components]:
        if name not in seen:
            walks.append(_walk(components, name))
            seen |= set(walks[-1].visits)
    return walks


def _walk(components: dict[str, Component], entry: str) -> _Walk:
    """Follow calls depth first without the calls that lead back, and count how often each is made.

    The count of a component is the sum of its callers'. Callers come before what they call in the
    reverse order of finishing (Tarjan 1976), so one pass adds them up.
    """
    steps, loops, finished = [_Step(entry, 0, "")], [], []
    followed: dict[str, list[str]] = {entry: []}
    chain = [(entry, iter(components[entry].calls))]
    place = {entry: 0}
    while chain:
        name, calls = chain[-1]
        callee = next(calls, None)
        if callee is None:
            finished.append(name)
            chain.pop()
            del place[name]
            continue
        if callee in place:
            loops.append(" → ".join((*(link for link, _ in chain[place[callee] :]), callee)))
            continue
        followed[name].append(callee)
        if callee not in followed:
            followed[callee] = []
            place[callee] = len(chain)
            steps.append(_Step(callee, len(chain), name))
            chain.append((callee, iter(components[callee].calls)))
    visits = dict.fromkeys(reversed(finished), 0) | {entry: 1}
    for name in reversed(finished):
        for callee in followed[name]:
            visits[callee] = min(visits[callee] + visits[name], _MOST)
    return _Walk(tuple(steps), visits, tuple(dict.fromkeys(loops)))


def _labelled(parts: list[Used]) -> _Shares:
    """Return the worst value of each percentile for each label that may name a component."""
    found: _Shares = {}
    for fact in _times(parts):
        match = _PERCENTILE.fullmatch(fact.metric)
        for label, value in fact.labels if match else ():
            if match and label in (LABELS if not match[1] else LABELS[:1]):
                kept = found.setdefault(value, {}).setdefault(float(match[2]), {})
                _worse(kept, "request" if match[1] else "call", fact)
    return found


def _times(parts: Iterable[Used]) -> Iterator[Fact]:
    """Yield the times that were measured, of evidence that can be believed."""
    for part in parts:
        for evidence in part.evidence:
            for fact in () if evidence.invalid else evidence.facts:
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


def _budget(launch: Launch) -> float | None:
    try:
        quantity = parse(launch.parameters.get(BUDGET, ""))
    except ValueError:
        return None
    return _round(float(quantity.value)) if quantity.dimension == "time" else None


def _whole(parts: list[Used]) -> Measured | None:
    """Return the worst 95th percentile that an item holds against the budget of the whole."""
    found: dict[Per, Measured] = {}
    for part in parts:
        for check in part.bound.checks:
            asked = check.expectation
            if not (_AGAINST.search(asked.text) and _P95.fullmatch(asked.metric)):
                continue
            for fact in _times([part]):
                wanted = (asked.label, asked.label_value)
                fits = wanted in fact.labels if asked.label else not fact.labels
                if fits and fact.metric == asked.metric:
                    _worse(found, "request", fact)
    return found.get("request")


def _result(
    components: dict[str, Component],
    walk: _Walk,
    shares: _Shares,
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
        bound=_bound([(r.visits, _found(components[r.name], r, shares)) for r in rows]),
        loops=walk.loops,
    )


def _found(
    part: Component, row: _Visited | ComponentResult, shares: _Shares
) -> dict[float, Measured]:
    """Return the worst of what was measured of a component, by percentile."""
    known = shares.get(part.stage or row.name, {})
    return {
        percentile: max(kept.values(), key=lambda measured: measured.whole(row.visits))
        for percentile, kept in known.items()
    }


def _component(part: Component, step: _Step, visits: int, shares: _Shares) -> ComponentResult:
    budget = float(part.budget.value)
    measured = _found(part, _Visited(step.name, visits), shares).get(_BUDGETED)
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
    return "within" if _supported(measured, _BUDGETED) else "too few samples"


def _supported(measured: Measured, percentile: float) -> bool:
    """Tell whether a percentile has the samples it needs, or the evidence does not say."""
    needed = samples_needed(percentile / 100, confident=False)
    return measured.samples is None or measured.samples >= needed


def _help(name: str, shares: _Shares) -> str:
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
        if not all(_supported(part, percentile) for _, part in parts):
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
