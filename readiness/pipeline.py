"""The whole run: from a launch's folder to a review. Read `review` from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness import __version__
from readiness.analysis.analysis import ANALYSES
from readiness.decision.decide import NothingToDecide, decide
from readiness.decision.gap import gap
from readiness.decision.path import path_to_go
from readiness.decision.rank import STUDY, rank
from readiness.decision.records import judge
from readiness.decision.score import score
from readiness.errors import Location, input_error
from readiness.evaluation.compare import compare
from readiness.evaluation.evaluate import DAY_MS, Gathered, age_days, evaluate, worst_of
from readiness.evidence.collect import Collector, Found, with_dates
from readiness.evidence.paths import Roots
from readiness.loading.load import load_plan
from readiness.model import review as r
from readiness.model.checklist import HARM, RISK
from readiness.model.evidence import Evidence, FileRecord
from readiness.model.fact import Problem, Strength
from readiness.model.plan import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from typing import Any

    from readiness.loading.files import Home
    from readiness.model.expectation import Expectation
    from readiness.model.plan import Bound, Plan, PlannedItem

    Shield = Callable[[Callable[[], Any]], Any]


class Options(NamedTuple):
    """What a caller decides: the day, who catches a plug-in's crash, who hears of progress."""

    as_of: date
    shield: Shield
    progress: Callable[[str], None]


def review(home: Home, options: Options) -> r.Review:
    """Evaluate a launch.

    Raises:
        InputError: what was written is wrong, or there is nothing to evaluate.
        IncompleteError: what was written cannot be read.
    """
    plan = load_plan(home)
    options.progress(f"{len(plan.items)} items from {len(plan.checklists)} checklists")
    gathered = gather(plan, home, options)
    results = {
        item.item.id: tuple(evaluate(g, options.as_of) for g in gathered[item.item.id])
        for item in plan.items
    }
    owners = {item.item.id: item.owner for item in plan.items}
    judged = judge(plan.decisions, plan.launch, owners, options.as_of, _voider(gathered))
    items = tuple(sorted(
        (_item(item, results[item.item.id], judged.holding, plan) for item in plan.items),
        key=lambda item: item.id))  # fmt: skip
    try:
        decision = decide(items)
    except NothingToDecide:
        raise input_error("nothing-to-evaluate", "no blocker applies to this launch, so a GO would "
                          "prove nothing", plan.path, "add a checklist with blockers that apply") from None  # fmt: skip
    ranking = rank(items)
    evidence = _evidence(plan, gathered, options.as_of)
    return r.Review(
        schema=r.SCHEMA, tool=f"readiness {__version__}", as_of=options.as_of, launch=_launch(plan),
        decision=decision, complete=not any(e.fault for e in evidence), score=score(items),
        items=items, ranking=ranking, study=STUDY,
        path_to_go=path_to_go(items, [entry.item for entry in ranking], options.as_of),
        records=judged.records, evidence=evidence, domains=_domains(plan, results),
        checklists=tuple(r.ChecklistResult(*c) for c in sorted(plan.checklists)),
    )  # fmt: skip


def gather(plan: Plan, home: Home, options: Options) -> dict[str, tuple[Gathered, ...]]:
    """Find and read the evidence of every item that applies, then run the analyses they ask for."""
    collector = Collector(Roots(home.folder, home.root), options.shield)
    found: dict[int, Found] = {}
    bounds = [bound for item in plan.items for bound in item.requirements]
    for number, bound in enumerate(bounds, 1):
        options.progress(f"reading {number}/{len(bounds)}: {bound.source}")
        if bound.analysis is None:
            found[id(bound)] = collector.collect(bound)
    everything = {e.path: e for f in found.values() for e in f.evidence}
    dates = _commit_dates(bounds, found, home)
    return {
        item.item.id: tuple(
            _gathered(bound, found, dates, plan, tuple(everything.values()), options.shield)
            for bound in item.requirements
        )
        for item in plan.items
    }


def _commit_dates(bounds: list[Bound], found: dict[int, Found], home: Home) -> dict[str, Any]:
    """Ask git, once, for the dates of evidence that an item wants fresh and that has no date."""
    undated = {
        file.path
        for bound in bounds if bound.fresh_ms is not None and id(bound) in found
        for evidence in found[id(bound)].evidence if evidence.produced is None
        for file in evidence.files
    }  # fmt: skip
    if not undated:
        return {}
    from readiness.evidence.history import committed  # noqa: PLC0415 - starts processes

    return committed(undated, home.folder)


def _gathered(
    bound: Bound, found: Mapping[int, Found], dates: dict[str, Any], plan: Plan,
    everything: tuple[Evidence, ...], shield: Shield,
) -> Gathered:  # fmt: skip
    if bound.analysis is not None:
        return Gathered(bound, (_analysed(bound, plan, everything, shield),), ())
    evidence, problems = found[id(bound)]
    return Gathered(bound, tuple(with_dates(e, dates) for e in evidence), problems)


def _analysed(bound: Bound, plan: Plan, everything: tuple[Evidence, ...], shield: Shield) -> Evidence:
    """Run an analysis; its crash or absence is invalid evidence."""
    name = str(bound.analysis)
    at = Location(plan.path)
    analysis = ANALYSES.get(name)
    if analysis is None:
        problem = Problem("invalid", "unknown-analysis", f"there is no analysis `{name}`", bound.at,
                          "`readiness list analyses` shows them")  # fmt: skip
        return Evidence(plan.path, (), name, Strength.claimed, (), (problem,))
    run = analysis.run
    done = shield(lambda: run(plan.launch, plan.path, everything))
    if isinstance(done, str):
        problem = Problem("invalid", "analysis-bug", f"the analysis {name} failed: {done}", at,
                          "please report this")  # fmt: skip
        return Evidence(plan.path, (), name, Strength.claimed, (), (problem,), fault=True)
    return Evidence(plan.path, (), name, done.strength, done.facts, done.problems)


def _voider(gathered: Mapping[str, tuple[Gathered, ...]]) -> Callable[[str, Expectation], str]:
    """Return what tells why a record's `void_if` bites: it holds, or it cannot be told."""

    def voided(item_id: str, expectation: Expectation) -> str:
        check = Check(expectation, "", Location(""))
        findings = [
            compare(check, evidence.facts, Location(evidence.path), confident=False)
            for g in gathered[item_id] for evidence in g.evidence
            if not evidence.invalid and any(f.metric == expectation.metric for f in evidence.facts)
        ]  # fmt: skip
        if not findings:
            return f"`{expectation.text}` cannot be checked: no evidence gives `{expectation.metric}`"
        if any(finding.outcome != "failed" for finding in findings):
            return f"`{expectation.text}` holds"
        return ""

    return voided


def _item(
    planned: PlannedItem, results: tuple[r.RequirementResult, ...], holding: Mapping[str, r.Record],
    plan: Plan,
) -> r.ItemResult:  # fmt: skip
    item = planned.item
    skipped = planned.skipped
    outcome = None if skipped else worst_of([result.outcome for result in results])
    credit = 0.0 if skipped else min(result.credit for result in results)
    domain = plan.launch.failure_domains.get(item.domain or "")
    return r.ItemResult(
        id=item.id, title=item.title, area=item.area, gate=item.gate, harm=item.harm, risk=item.risk,
        harm_weight=HARM[item.harm], risk_weight=RISK[item.risk], effort_days=item.effort_days,
        owner=planned.owner, checklist=planned.checklist, domain=item.domain or "", skipped=skipped,
        outcome=outcome, credit=credit,
        has_evidence=bool(results) and all(result.evidence for result in results),
        gap=0.0 if skipped else gap(credit, domain), requirements=results,
        disposition=None if skipped or outcome == "proven" else holding.get(item.id),
        why=item.why, fix=item.fix, run=item.run or "", at=planned.at,
    )  # fmt: skip


def _evidence(
    plan: Plan, gathered: Mapping[str, tuple[Gathered, ...]], as_of: date
) -> tuple[r.EvidenceResult, ...]:
    """List every piece of evidence once, with the items that use it and the shortest limit."""
    users: dict[tuple[str, str], list[tuple[str, Bound]]] = {}
    pieces: dict[tuple[str, str], Evidence] = {}
    for item_id, parts in gathered.items():
        for part in parts:
            for evidence in part.evidence:
                if part.bound.analysis is None:
                    key = (evidence.path, evidence.reader)
                    pieces[key] = evidence if not pieces.get(key, evidence).fault else pieces[key]
                    users.setdefault(key, []).append((item_id, part.bound))
    return tuple(_evidence_result(pieces[key], users[key], as_of) for key in sorted(pieces))


def _evidence_result(
    evidence: Evidence, users: list[tuple[str, Bound]], as_of: date
) -> r.EvidenceResult:
    limits = [bound.fresh_ms / DAY_MS for _, bound in users if bound.fresh_ms is not None]
    age = age_days(evidence, as_of)
    produced = evidence.produced
    return r.EvidenceResult(
        path=evidence.path, files=tuple(_file(file) for file in evidence.files),
        reader=evidence.reader, strength=evidence.strength.name, facts=len(evidence.facts),
        produced=produced.at if produced else None, produced_source=produced.source if produced else "",
        age_days=round(age, 3) if age is not None else None, limit_days=min(limits, default=None),
        items=tuple(sorted({item_id for item_id, _ in users})),
        notes=tuple(r.Note(*problem) for problem in evidence.problems), fault=evidence.fault,
    )  # fmt: skip


def _file(file: FileRecord) -> r.EvidenceFile:
    return r.EvidenceFile(file.path, file.sha256, file.size)


def _domains(
    plan: Plan, results: Mapping[str, tuple[r.RequirementResult, ...]]
) -> tuple[r.DomainResult, ...]:
    """Describe each failure domain, with the worst outcome of the items that use its drill."""
    domains = []
    for name, domain in plan.launch.failure_domains.items():
        source = f"slot {domain.drill}"
        drilled = [(item.item.id, result.outcome) for item in plan.items
                   for result in results[item.item.id] if domain.drill and result.source == source]  # fmt: skip
        domains.append(r.DomainResult(
            name, domain.title, domain.likelihood, tuple(domain.intents), domain.detection or "",
            domain.fallback or "", domain.failover or "", domain.later or "", domain.drill or "",
            worst_of([o for _, o in drilled]) if drilled else None,
            tuple(sorted({item_id for item_id, _ in drilled}))))  # fmt: skip
    return tuple(sorted(domains, key=lambda d: d.id))


def _launch(plan: Plan) -> r.LaunchResult:
    launch = plan.launch
    return r.LaunchResult(
        launch.service, launch.title, launch.owner, launch.launch, launch.candidate.version,
        launch.candidate.commit or "", plan.path, tuple(launch.changes), tuple(launch.locales),
        dict(sorted(launch.parameters.items())))  # fmt: skip
