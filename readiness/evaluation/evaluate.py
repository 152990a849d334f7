"""Items and evidence to outcomes: pure, with the day of the review as an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.evaluation.compare import WORST_FIRST, compare
from readiness.model.evidence_result import Note
from readiness.model.quantity import show
from readiness.model.review import CREDIT, Finding, RequirementResult

if TYPE_CHECKING:
    from collections.abc import Collection

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Problem
    from readiness.model.plan import Bound
    from readiness.model.review import Outcome

DAY_MS = 86_400_000
_REASONS = 3


class Gathered(NamedTuple):
    """What was found for one requirement."""

    bound: Bound
    evidence: tuple[Evidence, ...]
    problems: tuple[Problem, ...]


def end_of(day: date) -> datetime:
    """Return the end of a day, UTC: the instant at which a review of that day is made."""
    return datetime.combine(day, time.max, UTC)


def age_days(evidence: Evidence, as_of: date) -> float | None:
    """Return the age of evidence in days at the end of the review's day; None if not known."""
    if evidence.produced is None:
        return None
    return (end_of(as_of) - evidence.produced.at) / timedelta(days=1)


def evaluate(gathered: Gathered, as_of: date) -> RequirementResult:
    """Judge one requirement: every piece of evidence must meet it, and the worst one counts."""
    bound = gathered.bound
    findings = [_pattern_finding(bound, problem) for problem in gathered.problems]
    for evidence in gathered.evidence:
        findings += _judge(bound, evidence, as_of)
    if not findings:
        findings = [
            _observation(bound.source, "missing", "", "", "no evidence is linked", bound.at)
        ]
    worst = worst_of([finding.outcome for finding in findings])
    asked = {check.expectation.metric for check in bound.checks if worst == "proven"}
    told = [] if bound.analysis is None else _told(gathered.evidence, asked)
    fresh = bound.fresh_ms / DAY_MS if bound.fresh_ms else None
    return RequirementResult(
        bound.source,
        bound.patterns,
        bound.how,
        bound.needs.name,
        fresh,
        tuple(e.path for e in gathered.evidence),
        worst,
        min(finding.credit for finding in findings),
        tuple(findings),
        bound.at,
        tuple(told),
    )


def _told(evidence: tuple[Evidence, ...], asked: Collection[str]) -> list[Note]:
    """Return what an analysis has to say beside its facts, of some metrics or of all."""
    warned = (p for e in evidence for p in e.problems if p.kind == "warning")
    return [Note(*p[:5]) for p in warned if p.concerns(asked)]


def worst_of(outcomes: list[Outcome]) -> Outcome:
    """Return the outcome that counts among several: the one with the least credit."""
    return min(outcomes, key=WORST_FIRST.index)


def _observation(
    rule: str,
    outcome: Outcome,
    observed: str,
    limit: str,
    message: str,
    at: Location,
    help: str = "",
) -> Finding:
    credit = CREDIT[outcome] if observed else CREDIT["stale"] if outcome == "stale" else 0.0
    return Finding(rule, outcome, credit, observed, limit, message, at, help)


def _pattern_finding(bound: Bound, problem: Problem) -> Finding:
    outcome: Outcome = "invalid" if problem.kind == "invalid" else "missing"
    return _observation(bound.source, outcome, "", "", problem.message, problem.at, problem.help)


def _judge(bound: Bound, evidence: Evidence, as_of: date) -> list[Finding]:
    """Judge one piece of evidence. What is invalid is judged no further."""
    asked = {check.expectation.metric for check in bound.checks}
    findings = [
        _observation(bound.source, problem.kind, "", "", problem.message, problem.at, problem.help)
        for problem in evidence.problems
        if problem.kind != "warning" and problem.concerns(asked)
    ]
    if evidence.invalid:
        return findings
    where = Location(evidence.path)
    compared = (compare(c, evidence.facts, where, confident=bound.confident) for c in bound.checks)
    told = [p for p in evidence.problems if p.kind == "warning" and (bound.analysis or p.metrics)]
    findings += [_with_reasons(finding, told) for finding in compared]
    findings += _strength(bound, evidence) + _freshness(bound, evidence, as_of)
    return findings


def _with_reasons(finding: Finding, told: list[Problem]) -> Finding:
    """Let what does not hold say why: the warnings about its metric, the first at its place.

    Of a value that is about something, those count that stand at or below its place, if any does.
    """
    if finding.outcome == "proven" or not told:
        return finding
    metric = finding.rule.split(maxsplit=1)[0]
    about = [problem for problem in told if problem.concerns((metric,))]
    here = [problem for problem in about if _within(problem.at, finding.at)]
    if finding.subject and here:
        about = here
    reasons = [problem.message for problem in about[:_REASONS]]
    if len(about) > _REASONS:
        reasons.append(f"and {len(about) - _REASONS} more")
    if not reasons:
        return finding
    message = ": ".join(filter(None, (finding.message, "; ".join(reasons))))
    return replace(finding, message=message, help=finding.help or about[0].help)


def _within(inner: Location, outer: Location) -> bool:
    """Tell whether a place is another one, or below it by its JSON pointer."""
    below = bool(outer.pointer) and inner.pointer.startswith(f"{outer.pointer}/")
    return inner == outer or (inner.path == outer.path and below)


def _strength(bound: Bound, evidence: Evidence) -> list[Finding]:
    if evidence.strength >= bound.needs:
        return []
    return [
        _observation(
            f"needs {bound.needs.name}",
            "failed",
            evidence.strength.name,
            bound.needs.name,
            f"the evidence is {evidence.strength.name}, and {bound.needs.name} is needed",
            Location(evidence.path),
            "link evidence of a run instead",
        )
    ]


def _freshness(bound: Bound, evidence: Evidence, as_of: date) -> list[Finding]:
    where, produced = Location(evidence.path), evidence.produced
    age = age_days(evidence, as_of)
    if produced is not None and age is not None and age < 0:
        return [
            _observation(
                "produced",
                "invalid",
                f"{produced.at:%Y-%m-%d}",
                f"{as_of}",
                f"it says it was made on {produced.at:%Y-%m-%d}, after the review's day {as_of}",
                produced.where,
                "check the clock of the machine that made it",
            )
        ]
    if bound.fresh_ms is None:
        return []
    rule, limit = f"fresh {show(bound.fresh_ms, 'ms')}", show(bound.fresh_ms, "ms")
    if produced is None or age is None:
        return [
            _observation(
                rule,
                "stale",
                "",
                limit,
                "when it was made is not known",
                where,
                "commit the file unchanged (in a full clone), or use a format with a date",
            )
        ]
    shown = f"{int(age)} d"
    if age * DAY_MS >= bound.fresh_ms:
        return [
            _observation(
                rule,
                "stale",
                shown,
                limit,
                f"made on {produced.at:%Y-%m-%d}, {shown} ago; "
                f"the item takes evidence younger than {limit}",
                produced.where,
                "run it again",
            )
        ]
    return [_observation(rule, "proven", shown, limit, "", produced.where)]
