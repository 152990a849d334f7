"""Put the records of a review together from the plan, the evidence and the outcomes."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from readiness.decision.gap import gap, missing_parts
from readiness.evaluation.evaluate import DAY_MS, Gathered, age_days, worst_of
from readiness.model import review as r
from readiness.model.checklist import HARM, RISK
from readiness.model.evidence_result import (
    EvidenceFile,
    EvidenceResult,
    ForgottenResult,
    LedgerResult,
    Note,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from readiness.evidence.locked import Lock
    from readiness.model.evidence import Evidence, FileRecord
    from readiness.model.latency_result import LatencyResult
    from readiness.model.launch import Launch
    from readiness.model.load_result import LoadResult
    from readiness.model.plan import Bound, Plan, PlannedItem


def item_result(
    planned: PlannedItem,
    results: tuple[r.RequirementResult, ...],
    holding: Mapping[str, r.Record],
    plan: Plan,
) -> r.ItemResult:
    """Put an item together: what was asked, what the evidence says, what people decided."""
    item = planned.item
    skipped = planned.skipped
    outcome = None if skipped else worst_of([result.outcome for result in results])
    credit = 0.0 if skipped else min(result.credit for result in results)
    unprepared = len(missing_parts(plan.launch.failure_domains.get(item.domain or "")))
    return r.ItemResult(
        id=item.id,
        title=item.title,
        area=item.area,
        gate=item.gate,
        harm=item.harm,
        risk=item.risk,
        harm_weight=HARM[item.harm],
        risk_weight=RISK[item.risk],
        effort_days=item.effort_days,
        owner=planned.owner,
        checklist=planned.checklist,
        domain=item.domain or "",
        skipped=skipped,
        outcome=outcome,
        credit=credit,
        has_evidence=bool(results) and all(result.evidence for result in results),
        gap=0.0 if skipped else gap(credit, unprepared),
        requirements=results,
        disposition=None if skipped or outcome == "proven" else holding.get(item.id),
        why=item.why,
        fix=item.fix,
        run=item.run or "",
        at=planned.at,
        unprepared=unprepared,
    )


def with_excerpts(
    results: Mapping[str, tuple[r.RequirementResult, ...]], contents: Mapping[str, bytes]
) -> dict[str, tuple[r.RequirementResult, ...]]:
    """Add to what is not proven the lines of the evidence around its place, where that is known."""
    lines: dict[str, list[str] | None] = {}

    def shown(finding: r.Finding) -> r.Finding:
        at = finding.at
        if finding.outcome == "proven" or not at.line or at.path not in contents:
            return finding
        from readiness.evaluation.excerpt import excerpt, lines_of  # noqa: PLC0415 - if it is open

        if at.path not in lines:
            lines[at.path] = lines_of(contents[at.path])
        found = excerpt(lines[at.path] or [], at.line, at.column)
        return replace(finding, excerpt=found) if found else finding

    return {
        item_id: tuple(
            replace(part, findings=tuple(map(shown, part.findings))) for part in requirements
        )
        for item_id, requirements in results.items()
    }


def evidence_results(
    gathered: Mapping[str, tuple[Gathered, ...]], as_of: date
) -> tuple[EvidenceResult, ...]:
    """List every piece of evidence once, with the items that use it and the shortest limit.

    A file that several items read by different maps is one piece: all its facts and notes.
    """
    users: dict[tuple[str, str], list[tuple[str, Bound]]] = {}
    pieces: dict[tuple[str, str], dict[int, Evidence]] = {}
    for item_id, parts in gathered.items():
        for part in parts:
            for evidence in part.evidence:
                if part.bound.analysis is None:
                    key = (evidence.path, evidence.reader)
                    pieces.setdefault(key, {})[id(evidence)] = evidence
                    users.setdefault(key, []).append((item_id, part.bound))
    return tuple(
        _evidence_result(sorted(pieces[key].values(), key=repr), users[key], as_of)
        for key in sorted(pieces)
    )


def _evidence_result(
    readings: list[Evidence], users: list[tuple[str, Bound]], as_of: date
) -> EvidenceResult:
    limits = [bound.fresh_ms / DAY_MS for _, bound in users if bound.fresh_ms is not None]
    dated = [evidence for evidence in readings if evidence.produced is not None]
    oldest = min(dated or readings, key=lambda e: e.produced or ())
    age = age_days(oldest, as_of)
    produced = oldest.produced
    first = readings[0]
    return EvidenceResult(
        path=first.path,
        files=tuple(map(_file, dict.fromkeys(file for e in readings for file in e.files))),
        reader=first.reader,
        strength=min(evidence.strength for evidence in readings).name,
        facts=len({fact for evidence in readings for fact in evidence.facts}),
        produced=produced.at if produced else None,
        produced_source=produced.source if produced else "",
        age_days=round(age, 3) if age is not None else None,
        limit_days=min(limits, default=None),
        items=tuple(sorted({item_id for item_id, _ in users})),
        notes=tuple(dict.fromkeys(Note(*p[:5]) for e in readings for p in e.problems)),
        fault=any(evidence.fault for evidence in readings),
    )


def load_results(gathered: Mapping[str, tuple[Gathered, ...]]) -> tuple[LoadResult, ...]:
    """Describe every load test whose samples were read, once."""
    tests = {
        evidence.path: evidence
        for parts in gathered.values()
        for part in parts
        for evidence in part.evidence
        if evidence.load is not None and not evidence.invalid
    }
    if not tests:
        return ()
    from readiness.analysis.loads import load_result  # noqa: PLC0415 - only with samples

    found = (load_result(tests[path]) for path in sorted(tests))
    return tuple(result for result in found if result is not None)


def latency_results(
    plan: Plan, gathered: Mapping[str, tuple[Gathered, ...]]
) -> tuple[LatencyResult, ...]:
    """Lay the latency budgets of the components beside what the items' evidence says of them."""
    if not plan.launch.components:
        return ()
    from readiness.analysis.latency import Used, latency  # noqa: PLC0415 - only with components

    used = [Used(part.bound, part.evidence) for parts in gathered.values() for part in parts]
    return latency(plan.launch, used)


def ledger_result(lock: Lock | None) -> LedgerResult | None:
    """Describe the ledger that evidence was held to, and what was forgotten."""
    if lock is None:
        return None
    gone = [ForgottenResult(f.path, f.sha256, f.on, f.reason) for f in lock.ledger.forgotten]
    ledger = lock.ledger
    return LedgerResult(lock.path, len(ledger.entries), ledger.head, lock.strict, tuple(gone))


def _file(file: FileRecord) -> EvidenceFile:
    return EvidenceFile(file.path, file.sha256, file.size)


def domain_results(
    plan: Plan, results: Mapping[str, tuple[r.RequirementResult, ...]]
) -> tuple[r.DomainResult, ...]:
    """Describe each failure domain, with the worst outcome of the items that use its drill."""
    domains = []
    for name, domain in plan.launch.failure_domains.items():
        source = f"slot {domain.drill}"
        drilled: list[tuple[str, r.Outcome]] = [
            (item.item.id, result.outcome)
            for item in plan.items
            for result in results[item.item.id]
            if domain.drill and result.source == source
        ]
        domains.append(
            r.DomainResult(
                name,
                domain.title,
                domain.likelihood,
                tuple(domain.intents),
                domain.detection or "",
                domain.fallback or "",
                domain.failover or "",
                domain.later or "",
                domain.drill or "",
                worst_of([o for _, o in drilled]) if drilled else None,
                tuple(sorted({item_id for item_id, _ in drilled})),
            )
        )
    return tuple(sorted(domains, key=lambda d: d.id))


def launch_result(plan: Plan) -> r.LaunchResult:
    """Take from the launch what reports name."""
    launch = plan.launch
    return r.LaunchResult(
        launch.service,
        launch.title,
        launch.owner,
        launch.launch,
        launch.candidate.version,
        launch.candidate.commit or "",
        plan.path,
        tuple(launch.changes),
        tuple(launch.locales),
        dict(sorted(launch.parameters.items())),
        _reading(launch),
    )


_STATED = ("components", "failure_domains", "intents", "cache", "contract", "rollout")


def _reading(launch: Launch) -> str:
    """Return a digest of how evidence is read and of what the launch states for analyses."""
    bindings = sorted((slot, b.reader, b.map, b.produced) for slot, b in launch.evidence.items())
    text = repr((bindings, [getattr(launch, name) for name in _STATED]))
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]
