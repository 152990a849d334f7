"""The latency budget as facts: what each component uses of its own, and what the whole can take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.bounds import BUDGETED, lower
from readiness.analysis.latency import measured_of, percentiles, waterfall
from readiness.analysis.linked import proving
from readiness.analysis.stated import P95_BUDGET
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.quantity import show
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.analysis.bounds import LowerBound
    from readiness.analysis.latency import Shares
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Value
    from readiness.model.latency_result import ComponentResult, LatencyResult
    from readiness.model.launch import Launch

_EXCEED = 0.05  # what may exceed a 95th percentile
_MEASURE = "trace the requests, or write each stage's p95 and p99 with its number of samples"


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Hold what was measured of each component against its budget, and bound the whole."""
    at = Location(path, pointer="/components")
    if not launch.components:
        message = "the launch declares no components, so nothing has a budget"
        help_ = "describe them under `components`: budget, calls"
        problem = Problem("inconclusive", "no-components", message, at, help_)
        return Analysed((), (problem,), Strength.claimed)
    usable = proving(evidence)
    shares = percentiles(usable)
    results = waterfall(launch, shares)
    rows = _worst(results)
    facts = [
        fact for result in results for fact in _of_entry(result, _low(launch, result, shares), at)
    ]
    facts += [_used(row, path) for row in rows.values()]
    unknown = [row for row in rows.values() if row.outcome in ("not measured", "too few samples")]
    over = [row for row in rows.values() if row.outcome == "over"]
    problems = [_over(row) for row in over]
    if over or not unknown:
        place = problems[0].at if problems else at
        facts.append(Fact("components.over", len(over), "", place, (), None, "derived"))
    problems += [problem for result in results for problem in _budgets(result, at)]
    problems += [problem for result in results for problem in _unbounded(result, at)]
    if unknown:
        problems.append(_unknown(unknown, at))
    if any(result.budget is None for result in results):
        message = f"the launch states no `{P95_BUDGET}`: whether the budgets fit in it is not known"
        problems.append(
            Problem(
                "inconclusive", "no-budget", message, at, f"set the parameter {P95_BUDGET}",
                ("budget.feasible",),
            )
        )  # fmt: skip
    places = {row.measured.at.path for row in rows.values() if row.measured}
    strengths = [found.strength for found in usable if found.path in places]
    return Analysed(tuple(facts), tuple(problems), min(strengths, default=Strength.claimed))


def _worst(results: tuple[LatencyResult, ...]) -> dict[str, ComponentResult]:
    """Return each component once: of several entries the one from which it uses most."""
    rows: dict[str, ComponentResult] = {}
    for row in (row for result in results for row in result.components):
        old = rows.get(row.name)
        if old is None or _ratio(row) > _ratio(old):
            rows[row.name] = row
    return rows


def _ratio(row: ComponentResult) -> float:
    """Return what a component uses of its budget; not a number where it was not measured."""
    if row.measured is None or not row.budget:
        return math.nan
    return row.measured.whole(row.visits) / (row.visits * row.budget)


def _used(row: ComponentResult, path: str) -> Fact:
    doubt = row.outcome in ("not measured", "too few samples")
    at = row.measured.at if row.measured else Location(path, pointer=f"/components/{row.name}")
    samples = row.measured.samples if row.measured else None
    value = math.nan if doubt else _ratio(row)
    return Fact("budget.used", value, "", at, (("component", row.name),), samples, "derived")


def _low(launch: Launch, result: LatencyResult, shares: Shares) -> LowerBound | None:
    most: dict[str, int] = {}
    for kept in (kept for known in shares.values() for kept in known.values()):
        for measured in kept.values():
            most[measured.at.path] = max(most.get(measured.at.path, 1), measured.samples or 1)
    parts = launch.components
    known = [(r.name, measured_of(parts[r.name], r.name, 1, shares)) for r in result.components]
    return lower(known, most)


def _of_entry(result: LatencyResult, low: LowerBound | None, at: Location) -> Iterator[Fact]:
    labels = (("entry", result.entry),)

    def fact(metric: str, value: Value, unit: str = "") -> Fact:
        return Fact(metric, value, unit, at, labels, None, "derived")

    yield fact("budget.sum", result.budgets.total, "ms")
    if result.budget is not None:
        yield fact("budget.feasible", result.budgets.total <= result.budget)
    words = []
    if low is not None:
        yield fact("bound.low", low.value, "ms")
        called = f", which {show(low.share, 'ratio')} of requests call" if low.share < 1 else ""
        words.append(f"at least p{low.percentile:g} of {low.name}{called}")
    if result.bound is not None and result.bound.exceed <= _EXCEED:
        yield fact("bound.high", result.bound.total, "ms")
        share = show(result.bound.exceed, "ratio")
        words.append(
            f"at most the sum of p{result.bound.percentile:g}, which at most {share} of requests "
            "exceed (Boole)"
        )
    if words:
        yield fact("bound.method", "; ".join(words))


def _over(row: ComponentResult) -> Problem:
    measured = row.measured
    assert measured is not None  # noqa: S101 - what is over was measured
    limit = row.visits * row.budget
    times = f" in its {row.visits} calls" if row.visits > 1 else ""
    message = (
        f"{row.name} takes {show(measured.whole(row.visits), 'ms')} at p{BUDGETED:g}{times}, "
        f"{show(_ratio(row), 'ratio')} of its budget of {show(limit, 'ms')}"
    )
    help_ = "make it faster, or give it a larger share and another component a smaller one"
    about = ("components.over", "budget.used")
    return Problem("warning", "over-budget", message, measured.at, help_, about)


def _budgets(result: LatencyResult, at: Location) -> Iterator[Problem]:
    """Yield what is wrong with the budgets themselves: their sum, and calls that lead back."""
    whole = result.budget
    if whole is not None and result.budgets.total > whole:
        largest = sorted(result.components, key=lambda row: -row.budget * row.visits)[:3]
        shares = [f"{row.name} {show(row.budget * row.visits, 'ms')}" for row in largest]
        message = (
            f"the budgets from {result.entry} add up to {show(result.budgets.total, 'ms')}, more "
            f"than {result.budget_name} of {show(whole, 'ms')}; the largest: {and_list(shares)}"
        )
        help_ = "lower them, call in parallel what can be, or promise less"
        yield Problem("warning", "infeasible-budget", message, at, help_, ("budget.feasible",))
    for loop in result.loops:
        message = f"calls lead back: {loop}; they are counted once"
        about = ("budget.sum", "budget.feasible")
        yield Problem("warning", "circular-calls", message, at, "break the circle", about)


def _unbounded(result: LatencyResult, at: Location) -> Iterator[Problem]:
    """Yield why the percentile of the whole is not bounded from above."""
    if result.bound is not None and result.bound.exceed <= _EXCEED:
        return
    if result.bound is None:
        message = "no percentile was measured of every component with enough samples"
    else:
        message = (
            f"the sum of p{result.bound.percentile:g}, the best that was measured of every "
            f"component, may be exceeded by {show(result.bound.exceed, 'ratio')} of requests"
        )
    metrics = ("bound.high",)
    message += f": nothing bounds p{BUDGETED:g} from {result.entry} on"
    yield Problem("inconclusive", "no-bound", message, at, _MEASURE, metrics)


def _unknown(rows: list[ComponentResult], at: Location) -> Problem:
    names = [row.name for row in rows]
    few = [row.name for row in rows if row.outcome == "too few samples"]
    message = f"p{BUDGETED:g} of {and_list(names)} is not known"
    if few:
        message += f" ({and_list(few)}: too few samples)"
    help_ = next((row.help for row in rows if row.help), "measure longer")
    return Problem("inconclusive", "not-measured", message, at, help_, ("components.over",))


ANALYSIS = Analysis(
    id="latency-budget",
    title="Latency budget",
    run=run,
    metrics=(
        ("components.over", "", "components whose measured p95 is over their budget"),
        ("budget.used", "", "measured p95 ÷ budget, calls in a request counted; label component"),
        ("budget.sum", "ms", "sum of the budgets over all calls of a request; label entry"),
        ("budget.feasible", "", "whether that sum fits in `p95_budget`; label entry"),
        ("bound.low", "ms", "what p95 of the whole is at least; label entry"),
        ("bound.high", "ms", "what p95 of the whole is at most; label entry"),
        ("bound.method", "", "which percentiles of which components bound it; label entry"),
    ),
    formula="used = p95 of a component (of traces its own time on the critical path) ⁄ its budget "
    "times its calls. Percentiles do not add up, so p95 of the whole is only bounded: from above "
    "by the sum of the components' percentiles q, which at most n × (1 − q) of requests exceed, "
    "for the smallest such sum with n × (1 − q) ≤ 5 %; from below by the largest percentile q of "
    "one component that a share s of requests calls, with s × (1 − q) ≥ 5 %. Both hold however "
    "the components depend on each other, in sequence and in parallel",
    source="Boole's inequality; Embrechts, Puccetti and Rüschendorf 2013, Journal of Banking and "
    "Finance 37:2750, on bounds for quantiles of sums",
    example="components.over = 0",
)
