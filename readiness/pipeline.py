"""The whole run: from a launch's folder to a review. Read `review` from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness import __version__
from readiness.analysis.analysis import ANALYSES
from readiness.assemble import (
    domain_results,
    evidence_results,
    item_result,
    latency_results,
    launch_result,
    ledger_result,
    load_results,
    with_excerpts,
)
from readiness.decision.authority import accepted_risk, sign_offs, subject_of, too_few
from readiness.decision.decide import NothingToDecide, decide, held
from readiness.decision.floor import lowered
from readiness.decision.path import path_to_go
from readiness.decision.rank import STUDY, rank
from readiness.decision.records import judge
from readiness.decision.score import score
from readiness.errors import InputError, input_error
from readiness.evaluation.evaluate import Gathered, evaluate
from readiness.evaluation.void import void_reason
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.limits import DEFAULT, Limits
from readiness.evidence.paths import Roots
from readiness.gathering import gather
from readiness.judging import Judging, judging
from readiness.loading.load import load_plan
from readiness.loading.metrics import Gives, readers_of, unknown_metrics
from readiness.locking import open_lock
from readiness.model import review as r

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from typing import Any

    from readiness.decision.records import Judged
    from readiness.loading.basis import Basis
    from readiness.loading.files import Home
    from readiness.model.expectation import Expectation
    from readiness.model.load_result import ComparisonResult
    from readiness.model.plan import Bound, Plan
    from readiness.model.walk import Glossary

    Shield = Callable[[Callable[[], Any]], Any]


class Options(NamedTuple):
    """What a caller decides.

    Attributes:
        as_of: the day of the review.
        shield: who catches a plug-in's crash.
        progress: who hears of progress.
        locked: whether evidence that readiness.lock does not hold is refused.
        limits: what reading a file may cost.
        apart: whether a process of its own reads the evidence, so that nothing in it can end the
            review.
        basis: what the policy is taken from or compared with; None compares it with nothing.
    """

    as_of: date
    shield: Shield
    progress: Callable[[str], None]
    locked: bool = False
    limits: Limits = DEFAULT
    apart: bool = False
    basis: Basis | None = None

    def collector(self, home: Home) -> Collector:
        """Return what reads the evidence of a launch."""
        roots = Roots(home.folder, home.root)
        return Collector(roots, self.shield, self.progress, self.limits, apart=self.apart)


def review(home: Home, options: Options) -> r.Review:
    """Evaluate a launch.

    Raises:
        InputError: what was written is wrong, or there is nothing to evaluate.
        IncompleteError: what was written cannot be read.
    """
    judged_by = judging(home, options.basis)
    _known(judged_by.plan)
    return _review(judged_by, home, options)


def review_of(plan: Plan, home: Home, options: Options) -> r.Review:
    """Evaluate a launch that is loaded already, by its own policy; see `review`."""
    return _review(Judging(plan), home, options)


def _review(judged_by: Judging, home: Home, options: Options) -> r.Review:
    plan = judged_by.plan
    options.progress(f"{len(plan.items)} items from {len(plan.checklists)} checklists")
    lock = open_lock(home, strict=options.locked)
    collector = options.collector(home)
    gathered, contents = gather(plan, home, options.shield, collector, lock)
    results = {
        item.item.id: tuple(evaluate(g, options.as_of) for g in gathered[item.item.id])
        for item in plan.items
    }
    results = with_excerpts(results, contents)
    judged = _decisions(judged_by, results, gathered, options.as_of)
    items = tuple(
        item_result(item, results[item.item.id], judged.holding, plan)
        for item in sorted(plan.items, key=lambda planned: planned.item.id)
    )
    ranking = rank(items)
    scored = lowered(score(items), items, judged_by.floors)
    signed = sign_offs(plan.launch, judged.records)
    found = r.Review(
        schema=r.SCHEMA,
        tool=f"readiness {__version__}",
        as_of=options.as_of,
        launch=launch_result(plan),
        decision=_decided(items, plan),
        complete=not any(e.fault for g in gathered.values() for part in g for e in part.evidence),
        score=scored,
        items=items,
        ranking=ranking,
        study=STUDY,
        path_to_go=path_to_go(items, [entry.item for entry in ranking], options.as_of),
        records=judged.records,
        evidence=evidence_results(gathered, options.as_of),
        domains=domain_results(plan, results),
        checklists=tuple(r.ChecklistResult(*c) for c in sorted(plan.checklists)),
        loads=load_results(gathered),
        comparisons=_comparisons(plan, collector, gathered),
        latency=latency_results(plan, gathered),
        sign_offs=signed,
        accepted=accepted_risk(plan.launch, items, scored.readiness),
        policy=judged_by.policy,
        branding=plan.branding,
        ledger=ledger_result(lock),
    )
    return held(held(found, too_few(signed)), judged_by.hold)


def _decisions(
    judged_by: Judging,
    results: Mapping[str, tuple[r.RequirementResult, ...]],
    gathered: Mapping[str, tuple[Gathered, ...]],
    as_of: date,
) -> Judged:
    """Judge people's records by what they decide about."""
    plan = judged_by.plan
    subjects = {
        item.item.id: subject_of(
            item.item,
            item.owner,
            open=any(result.outcome != "proven" for result in results[item.item.id]),
        )
        for item in plan.items
    }
    return judge(
        plan.decisions, plan.launch, subjects, as_of, _voider(gathered), judged_by.unmerged
    )


def _decided(items: tuple[r.ItemResult, ...], plan: Plan) -> r.Verdict:
    try:
        return decide(items)
    except NothingToDecide:
        raise input_error(
            "nothing-to-evaluate",
            "no blocker applies to this launch, so a GO would prove nothing",
            plan.path,
            "add a checklist with blockers that apply",
        ) from None


def _comparisons(
    plan: Plan, collector: Collector, gathered: Mapping[str, tuple[Gathered, ...]]
) -> tuple[ComparisonResult, ...]:
    """Compare load tests with those of the last candidate, where the launch names them."""
    named = {f"slot {s}": b.previous for s, b in plan.launch.evidence.items() if b.previous}
    if not named:
        return ()
    from readiness.analysis.beside import compare_loads, counterparts  # noqa: PLC0415 - if asked

    found: dict[tuple[str, str], ComparisonResult] = {}
    for part in (part for parts in gathered.values() for part in parts):
        path = named.get(part.bound.source)
        last = collector.beside(part.bound, path) if path else ()
        for before in last:
            for after in counterparts(before, part.evidence):
                if (before.path, after.path) not in found:
                    found[before.path, after.path] = compare_loads(before, after)
    return tuple(found[key] for key in sorted(found))


def _voider(gathered: Mapping[str, tuple[Gathered, ...]]) -> Callable[[str, Expectation], str]:
    """Return what tells why a record's `void_if` bites: it holds, or it cannot be told."""
    return lambda item_id, expectation: void_reason(expectation, gathered[item_id], _can_give)


def _can_give(bound: Bound, metric: str) -> bool:
    """Whether the files of a requirement can give a metric, as far as its readers declare."""
    if bound.map is not None:
        return metric in bound.map.metrics
    if bound.analysis is not None:
        analysis = ANALYSES.get(bound.analysis)
        return analysis is None or any(metric == name for name, _, _ in analysis.metrics)
    readers = [READERS.get(name) for name in bound.readers] or list(READERS.all.values())
    declared = [m.name for reader in readers if reader is not None for m in reader.metrics]
    return any(
        metric == name or (name.endswith("*") and metric.startswith(name[:-1])) for name in declared
    )


def glossary(plan: Plan) -> Glossary:
    """Return what readers and analyses say of the metrics that a plan asks for."""
    from readiness.model.walk import Glossary  # noqa: PLC0415 - only a walk needs it

    meanings: dict[tuple[str, str], str] = {}
    bounds = [bound for item in plan.items for bound in item.requirements]
    readers = {name: READERS.get(name) for bound in bounds for name in bound.readers}
    for bound in bounds:
        analysis = ANALYSES.get(bound.analysis) if bound.analysis else None
        told = [(name, meaning) for name, _, meaning in analysis.metrics] if analysis else []
        for reader in (readers[name] for name in bound.readers):
            told += [(m.name, m.meaning) for m in reader.metrics] if reader else []
        for name, meaning in told:
            meanings.setdefault((bound.source, name), meaning.partition(";")[0])
    mapped = frozenset(name for name, reader in readers.items() if reader and reader.mapped)
    return Glossary(meanings, mapped)


def lint(home: Home, decisions: bytes | None = None, *, draft: bool = False) -> Plan:
    """Load a launch and check what was written, metrics included, without reading evidence.

    `decisions` is the content of decisions.yaml, if it is not that of the file. A draft may leave
    slots and parameters unbound, and failure domains to be described.

    Raises:
        InputError: what was written is wrong.
        IncompleteError: it cannot be read.
    """
    return _known(load_plan(home, decisions, draft=draft))


def _known(plan: Plan) -> Plan:
    """Check readers, analyses and metrics against what readers and analyses declare."""
    named = readers_of(plan)
    readers = [READERS.get(name) for name in (READERS.all if named is None else named)]
    asked = any(mention.kind == "analysis" for mention in plan.mentions)
    analyses = ANALYSES.all.values() if asked else ()
    wrong = unknown_metrics(
        plan,
        {r.id: {m.name: Gives(m.unit, m.labels) for m in r.metrics} for r in readers if r},
        {a.id: {n: Gives(unit, a.labels(n)) for n, unit, _ in a.metrics} for a in analyses},
        ids=frozenset(READERS.shipped_ids),
    )
    if wrong:
        raise InputError(*wrong)
    return plan


def binding(home: Home, slot: str) -> tuple[tuple[str, ...], Any]:
    """Return the readers and the map with which a launch's slot is read.

    Raises:
        InputError: no requirement of the launch uses such a slot.
    """
    plan = load_plan(home)
    bounds = [b for item in plan.items for b in item.requirements if b.source == f"slot {slot}"]
    if not bounds:
        raise input_error("unknown-slot", f"no item that applies uses the slot `{slot}`", "--slot")
    return bounds[0].readers, bounds[0].map
