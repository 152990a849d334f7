"""A plan to its evidence: what was found for each requirement, and the analyses asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import ANALYSES
from readiness.errors import Diagnostic, Location
from readiness.evaluation.evaluate import Gathered
from readiness.evidence.collect import READERS, Collector, Found
from readiness.evidence.outcome import with_dates
from readiness.model.evidence import Evidence
from readiness.model.fact import COMMITS, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from readiness.evidence.history import Added
    from readiness.evidence.lineage import Lineage
    from readiness.evidence.locked import Lock
    from readiness.loading.files import Home
    from readiness.model.plan import Bound, Plan

    Refine = Callable[[Bound, Evidence], Evidence]
    Shield = Callable[[Callable[[], Any]], Any]


class Gathering(NamedTuple):
    """What was found for each requirement by item, and the content of small files by path."""

    items: dict[str, tuple[Gathered, ...]]
    contents: dict[str, bytes]


def gather(
    plan: Plan, home: Home, shield: Shield, collector: Collector, lock: Lock | None = None
) -> Gathering:
    """Find and read the evidence of every item that applies, then run the analyses they ask for."""
    bounds = [bound for item in plan.items for bound in item.requirements]
    found = collected(bounds, collector)
    added = _added(bounds, found, home)
    refine = _refiner(bounds, found, added, plan, home, lock)
    refined = {
        id(bound): tuple(refine(bound, e) for e in found[id(bound)].evidence)
        for bound in bounds
        if id(bound) in found
    }
    everything: tuple[Evidence, ...] = ()
    if any(bound.analysis is not None for bound in bounds):
        plain = [b._replace(invalidated_by=()) for b in bounds]  # an item's own demand
        read = {
            id(e): refine(alike, e)
            for bound, alike in zip(bounds, plain, strict=True)
            if id(bound) in found
            for e in found[id(bound)].evidence
        }
        everything = tuple(sorted(read.values(), key=lambda e: (e.path, e.reader, repr(e.facts))))
    items = {
        item.item.id: tuple(
            _analysed(bound, plan, everything, shield)
            if bound.analysis is not None
            else _gathered(bound, refined[id(bound)], found[id(bound)].problems, lock)
            for bound in item.requirements
        )
        for item in plan.items
    }
    return Gathering(items, collector.small())


def collected(bounds: list[Bound], collector: Collector) -> dict[int, Found]:
    """Return what each requirement's patterns led to, by the requirement's `id`; analyses not."""
    asked = [bound for bound in bounds if bound.analysis is None]
    collector.prefetch(asked)
    return _agreed({id(bound): collector.collect(bound) for bound in asked}, collector)


def _refiner(
    bounds: list[Bound],
    found: dict[int, Found],
    added: dict[str, Added],
    plan: Plan,
    home: Home,
    lock: Lock | None,
) -> Refine:
    """Return what dates evidence, holds it to the ledger, and to the candidate."""
    dates = {path: entry.at for path, entry in added.items()}
    written = plan.launch.candidate.commit or ""
    named = written and any(
        fact.metric in COMMITS for f in found.values() for e in f.evidence for fact in e.facts
    )
    lineage: Lineage | None = None
    if named or (written and lock) or any(bound.invalidated_by for bound in bounds):
        from readiness.evidence.lineage import Lineage  # noqa: PLC0415 - starts processes

        lineage = Lineage(written, home.folder, added, lock)

    def refine(bound: Bound, evidence: Evidence) -> Evidence:
        evidence = with_dates(evidence, dates)
        evidence = lock.held(bound, evidence) if lock else evidence
        problems = lineage.problems(bound, evidence) if lineage else ()
        if not problems:
            return evidence
        return evidence._replace(problems=(*evidence.problems, *problems))

    return refine


def vague_steps(plan: Plan, collector: Collector) -> tuple[Diagnostic, ...]:
    """Read the runbooks of a plan, and return each step in them that nobody could do.

    Runbooks are what slots read as Markdown and nothing else. Those that are missing or broken are
    for a review to tell.
    """
    bounds = [bound for item in plan.items for bound in item.requirements]
    books = [bound for bound in bounds if bound.readers == ("markdown",)]
    collector.prefetch(books)
    evidence = [found for bound in books for found in collector.collect(bound).evidence]
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
            width = len(line) - start
            told = Diagnostic(problem.code, problem.message, place, problem.help, line, width)
            found[told] = None
    return tuple(found)


def _agreed(found: dict[int, Found], collector: Collector) -> dict[int, Found]:
    """Add to load tests what samples of the same run say against them, and later runs beside them.

    The samples are linked too, or lie beside them.
    """
    evidence = [e for part in found.values() for e in part.evidence]
    if not any(fact.metric == "requests" for e in evidence for fact in e.facts):
        return found
    from readiness.evidence.agreement import disagreements  # noqa: PLC0415 - only with load tests
    from readiness.evidence.later import later_runs  # noqa: PLC0415
    from readiness.evidence.neighbours import contradicted  # noqa: PLC0415

    readers = {e.reader: READERS.get(e.reader) for e in evidence}
    rounding = {name: r.rounding for name, r in readers.items() if r}
    against = disagreements(evidence, rounding) | contradicted(evidence, collector, rounding)
    later = later_runs(evidence, collector)
    if not against and not later:
        return found
    told = {path: (*against.get(path, ()), *later.get(path, ())) for path in against | later}
    return {
        key: part._replace(
            evidence=tuple(
                e._replace(problems=(*e.problems, *told.get(e.path, ()))) for e in part.evidence
            )
        )
        for key, part in found.items()
    }


def _added(bounds: list[Bound], found: dict[int, Found], home: Home) -> dict[str, Added]:
    """Ask git, once, for the commits of evidence whose date or origin an item asks for."""
    wanted = {
        file.path
        for bound in bounds
        if id(bound) in found and (bound.fresh_ms is not None or bound.invalidated_by)
        for evidence in found[id(bound)].evidence
        if evidence.produced is None or bound.invalidated_by
        for file in evidence.files
    }
    if not wanted:
        return {}
    from readiness.evidence.history import added  # noqa: PLC0415 - starts processes

    return added(wanted, home.folder)


def _gathered(
    bound: Bound, evidence: tuple[Evidence, ...], problems: tuple[Problem, ...], lock: Lock | None
) -> Gathered:
    if lock is not None:
        problems = (*problems, *lock.missing(bound, evidence))
    return Gathered(bound, evidence, problems)


def _analysed(
    bound: Bound, plan: Plan, everything: tuple[Evidence, ...], shield: Shield
) -> Gathered:
    """Run an analysis, as evidence."""
    return Gathered(bound, (_derived(bound, plan, everything, shield),), ())


def _derived(
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
