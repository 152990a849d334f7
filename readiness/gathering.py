"""A plan to its evidence: what was found for each requirement, and the analyses asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import ANALYSES
from readiness.errors import Diagnostic, Location
from readiness.evaluation.evaluate import Gathered
from readiness.evidence.collect import READERS, Collector, Found
from readiness.evidence.outcome import with_dates
from readiness.evidence.paths import Roots
from readiness.model.evidence import Evidence
from readiness.model.fact import Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from readiness.loading.files import Home
    from readiness.model.plan import Bound, Plan

    Shield = Callable[[Callable[[], Any]], Any]


class Gathering(NamedTuple):
    """What was found for each requirement by item, and the content of small files by path."""

    items: dict[str, tuple[Gathered, ...]]
    contents: dict[str, bytes]


def gather(plan: Plan, home: Home, shield: Shield, progress: Callable[[str], None]) -> Gathering:
    """Find and read the evidence of every item that applies, then run the analyses they ask for."""
    collector = Collector(Roots(home.folder, home.root), shield, progress)
    found: dict[int, Found] = {}
    bounds = [bound for item in plan.items for bound in item.requirements]
    for number, bound in enumerate(bounds, 1):
        progress(f"reading {number}/{len(bounds)}: {bound.source}")
        if bound.analysis is None:
            found[id(bound)] = collector.collect(bound)
    found = _agreed(found)
    dates = _commit_dates(bounds, found, home)
    everything: tuple[Evidence, ...] = ()
    if any(bound.analysis is not None for bound in bounds):
        read = {id(e): with_dates(e, dates) for f in found.values() for e in f.evidence}
        everything = tuple(sorted(read.values(), key=lambda e: (e.path, e.reader, repr(e.facts))))
    items = {
        item.item.id: tuple(
            _gathered(bound, found, dates, plan, everything, shield) for bound in item.requirements
        )
        for item in plan.items
    }
    return Gathering(items, collector.small())


def vague_steps(plan: Plan, home: Home, shield: Shield) -> tuple[Diagnostic, ...]:
    """Read the runbooks of a plan, and return each step in them that nobody could do.

    Runbooks are what slots read as Markdown and nothing else. Those that are missing or broken are
    for a review to tell.
    """
    collector = Collector(Roots(home.folder, home.root), shield)
    bounds = [bound for item in plan.items for bound in item.requirements]
    evidence = [
        found
        for bound in bounds
        if bound.readers == ("markdown",)
        for found in collector.collect(bound).evidence
    ]
    contents = collector.small()
    found: dict[Diagnostic, None] = {}
    for problem in (problem for piece in evidence for problem in piece.problems):
        if problem.code.startswith("vague"):
            at = problem.at
            text = contents.get(at.path, b"").decode("utf-8", "replace")
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            line = lines[at.line - 1] if at.line <= len(lines) else ""
            start = len(line) - len(line.lstrip())
            place = Location(at.path, at.line, start + 1)
            told = problem.code, problem.message, place, problem.help, line, len(line) - start
            found[Diagnostic(*told)] = None
    return tuple(found)


def _agreed(found: dict[int, Found]) -> dict[int, Found]:
    """Add to summaries of load tests what the samples of the same run say against them."""
    evidence = [e for part in found.values() for e in part.evidence]
    if all(e.load is None for e in evidence):
        return found
    from readiness.evidence.agreement import disagreements  # noqa: PLC0415 - only with samples

    readers = {e.reader: READERS.get(e.reader) for e in evidence}
    against = disagreements(evidence, {name: r.rounding for name, r in readers.items() if r})
    if not against:
        return found
    return {
        key: part._replace(
            evidence=tuple(
                e._replace(problems=(*e.problems, *against.get(e.path, ()))) for e in part.evidence
            )
        )
        for key, part in found.items()
    }


def _commit_dates(bounds: list[Bound], found: dict[int, Found], home: Home) -> dict[str, Any]:
    """Ask git, once, for the dates of evidence that an item wants fresh and that has no date."""
    undated = {
        file.path
        for bound in bounds
        if bound.fresh_ms is not None and id(bound) in found
        for evidence in found[id(bound)].evidence
        if evidence.produced is None
        for file in evidence.files
    }
    if not undated:
        return {}
    from readiness.evidence.history import committed  # noqa: PLC0415 - starts processes

    return committed(undated, home.folder)


def _gathered(
    bound: Bound,
    found: Mapping[int, Found],
    dates: dict[str, Any],
    plan: Plan,
    everything: tuple[Evidence, ...],
    shield: Shield,
) -> Gathered:
    if bound.analysis is not None:
        return Gathered(bound, (_analysed(bound, plan, everything, shield),), ())
    evidence, problems = found[id(bound)]
    return Gathered(bound, tuple(with_dates(e, dates) for e in evidence), problems)


def _analysed(
    bound: Bound, plan: Plan, everything: tuple[Evidence, ...], shield: Shield
) -> Evidence:
    """Run an analysis; its crash or absence is invalid evidence."""
    name = str(bound.analysis)
    at = Location(plan.path)
    analysis = ANALYSES.get(name)
    if analysis is None:
        problem = Problem(
            "invalid",
            "unknown-analysis",
            f"there is no analysis `{name}`",
            bound.at,
            "`readiness list analyses` shows them",
        )
        return Evidence(plan.path, (), name, Strength.claimed, (), (problem,))
    run = analysis.run
    done = shield(lambda: run(plan.launch, plan.path, everything))
    if isinstance(done, str):
        problem = Problem(
            "invalid",
            "analysis-bug",
            f"the analysis {name} failed: {done}",
            at,
            "please report this",
        )
        return Evidence(plan.path, (), name, Strength.claimed, (), (problem,), fault=True)
    return Evidence(plan.path, (), name, done.strength, done.facts, done.problems)
