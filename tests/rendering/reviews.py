"""Synthetic reviews for the tests of reports: no files, no clock, the same on every machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.decide import decide
from readiness.decision.path import path_to_go
from readiness.decision.rank import STUDY, rank
from readiness.decision.score import score
from readiness.errors import Location
from readiness.model import review as r
from readiness.model.checklist import HARM, RISK
from readiness.model.evidence_result import EvidenceFile, EvidenceResult, Note
from readiness.model.excerpt import Excerpt

from .histories import trend
from .latencies import PATH, WHOLE
from .loads import MISSING, OPEN, PEAK, SLOWER, STEPS
from .material import BASE, DEFERRALS, DOMAINS, EXTRA, Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.latency_result import LatencyResult
    from readiness.model.load_result import ComparisonResult, LoadResult

AS_OF = date(2026, 9, 14)
LAUNCH = date(2026, 9, 21)
CHECKLIST = "checklists/assistant.yaml"


class Case(NamedTuple):
    """What a review is about: how many blockers fail, what people decided, what was measured."""

    failing: int = 0
    extra: int = 0
    deferrable_open: int = 0
    waived: int = 0
    deferrals: int = 0
    measured: bool = True
    loads: tuple[LoadResult, ...] = ()
    comparisons: tuple[ComparisonResult, ...] = ()
    latency: tuple[LatencyResult, ...] = ()
    recorded: bool = False
    changed: tuple[str, ...] = ()
    warned: bool = False


CASES: dict[str, Case] = {
    "go": Case(loads=(OPEN,), latency=(WHOLE,), warned=True),
    "conditions": Case(deferrable_open=4, waived=1, deferrals=3, recorded=True,
                       changed=("checklist llm-service 0.9.0 → 1.0.0", "parameter peak 100 rps → 120 rps")),
    "no-go-1": Case(failing=1, deferrable_open=1),
    "no-go-5": Case(failing=5, deferrable_open=5, deferrals=5, loads=(PEAK, STEPS), comparisons=(SLOWER, MISSING),
                    latency=(PATH, WHOLE), recorded=True, warned=True),
    "no-go-30": Case(failing=30, extra=32, deferrable_open=6, deferrals=4),
    "unmeasured": Case(measured=False),
}


@cache
def review(name: str) -> r.Review:
    """Return the review of a case."""
    case = CASES[name]
    specs = [*BASE, *EXTRA[: case.extra]]
    records = _records(case, specs)
    items = sorted(_items(case, specs, {record.item: record for record in records}), key=lambda i: i.id)
    read = evidence(items) if case.measured else ()
    found = assemble(items, records, warned(read) if case.warned else read, measured=case.measured)
    history = trend(items, changed=case.changed) if case.recorded else None
    return replace(found, loads=case.loads, comparisons=case.comparisons, latency=case.latency, history=history)


@cache
def many(count: int) -> r.Review:
    """Return a NO-GO with a number of failing items, every third of them deferrable."""
    base = _item(EXTRA[0], "failed", None)
    items = [
        replace(base, id=f"X-{n:04}", title=f"Requirement number {n} of a very long list of requirements",
                gate="deferrable" if n % 3 == 0 else "blocker")
        for n in range(count)
    ]  # fmt: skip
    records = tuple(_record(item.id, "deferred", DEFERRALS[n % len(DEFERRALS)])
                    for n, item in enumerate(items[: count // 3]) if item.gate == "deferrable")  # fmt: skip
    return assemble(items, records, evidence(items))


def assemble(
    items: Sequence[r.ItemResult], records: Sequence[r.Record],
    found: tuple[EvidenceResult, ...], *, measured: bool = True,
) -> r.Review:  # fmt: skip
    """Decide about items and return the review."""
    ranking = rank(items)
    return r.Review(
        schema=r.SCHEMA, tool="readiness 0.1.0", as_of=AS_OF, launch=_launch(),
        decision=decide(items), complete=True, score=score(items), items=tuple(items),
        ranking=ranking, study=STUDY,
        path_to_go=path_to_go(items, [entry.item for entry in ranking], AS_OF),
        records=tuple(records), evidence=found,
        domains=tuple(d if measured else replace(d, drill_outcome="missing") for d in DOMAINS),
        checklists=(r.ChecklistResult("llm-service", "1.0.0", "LLM service", CHECKLIST, "ab" * 32),),
    )  # fmt: skip


def _launch() -> r.LaunchResult:
    return r.LaunchResult(
        "shop-assistant", "Shopping assistant", "team-assist", LAUNCH, "1.4.0", "4f2a9c1d",
        "readiness.yaml", ("prompt", "traffic"), ("en-US", "de-DE"), {"peak": "120 rps"})  # fmt: skip


def _items(case: Case, specs: Sequence[Spec], records: dict[str, r.Record]) -> list[r.ItemResult]:
    blockers = [spec.id for spec in specs if spec.gate == "blocker" and not spec.skipped]
    others = [spec.id for spec in specs if spec.gate == "deferrable" and not spec.skipped]
    opened = {*blockers[: case.failing], *blockers[: case.waived], *others[: case.deferrable_open]}
    items = []
    for spec in specs:
        outcome: r.Outcome = "missing" if not case.measured else "proven"
        if case.measured and spec.id in opened:
            outcome = spec.outcome
        items.append(_item(spec, outcome, records.get(spec.id)))
    return items


def _item(spec: Spec, outcome: r.Outcome, record: r.Record | None) -> r.ItemResult:
    skipped = spec.skipped
    requirement = _requirement(spec, outcome)
    credit = 0.0 if skipped else requirement.credit
    return r.ItemResult(
        id=spec.id, title=spec.title, area=spec.area, gate=spec.gate, harm=spec.harm, risk=spec.risk,
        harm_weight=HARM[spec.harm], risk_weight=RISK[spec.risk], effort_days=spec.effort,
        owner=spec.owner, checklist="llm-service", domain=spec.domain, skipped=skipped,
        outcome=None if skipped else outcome, credit=credit,
        has_evidence=not skipped and outcome != "missing", gap=0.0 if skipped else 1 - credit,
        requirements=() if skipped else (requirement,),
        disposition=record if outcome != "proven" else None,
        why=spec.why, fix=spec.fix, run=spec.run, at=Location(CHECKLIST, 10 + spec.line, 5),
    )  # fmt: skip


def _requirement(spec: Spec, outcome: r.Outcome) -> r.RequirementResult:
    at = Location(CHECKLIST, 14 + spec.line, 9)
    evidence_at = Location(spec.path, 3, 0, spec.pointer)
    if outcome == "missing":
        findings = [r.Finding(spec.rule, outcome, 0.0, "", "", f"no file matches `{spec.path}`", at,
                              "make it, and commit it")]  # fmt: skip
    elif outcome == "stale":
        findings = [r.Finding("fresh 30 d", outcome, 0.5, "47 d", "30 d", "made on 2026-07-29, 47 d ago; "
                              "the item takes evidence younger than 30 d", evidence_at, "run it again")]  # fmt: skip
    elif outcome == "inconclusive":
        findings = [r.Finding(spec.rule, outcome, 0.25, spec.bad, spec.limit, "86 samples are too few for "
                              "this percentile", evidence_at, "run it longer", excerpt=_excerpt(spec))]  # fmt: skip
    elif outcome == "failed":
        findings = [r.Finding(spec.rule, outcome, 0.0, spec.bad, spec.limit,
                              f"{spec.bad} is not {spec.op} {spec.limit}", evidence_at, "", spec.subject, _excerpt(spec))]  # fmt: skip
    else:
        findings = [r.Finding(spec.rule, "proven", 1.0, spec.good, spec.limit, "", evidence_at)]
    if outcome in ("proven", "failed"):
        findings.append(r.Finding("fresh 14 d", "proven", 1.0, "3 d", "14 d", "", Location(spec.path)))
    return r.RequirementResult(
        f"slot {spec.area}", (spec.path,), "run it on staging", "measured", 14.0,
        () if outcome == "missing" else (spec.path,), outcome,
        min(finding.credit for finding in findings), tuple(findings), at)  # fmt: skip


def _excerpt(spec: Spec) -> Excerpt:
    """Show three lines of a JSON file, the second of them with the value that was found."""
    return Excerpt(2, ('  "unit": "ms",', f'  "value": "{spec.bad}",', '  "n": 4200'))


def _records(case: Case, specs: Sequence[Spec]) -> tuple[r.Record, ...]:
    others = [spec.id for spec in specs if spec.gate == "deferrable" and not spec.skipped]
    blockers = [spec.id for spec in specs if spec.gate == "blocker"]
    records = [_record(item, "deferred", DEFERRALS[n % len(DEFERRALS)])
               for n, item in enumerate(others[: case.deferrals])]  # fmt: skip
    records += [_record(item, "waived", DEFERRALS[-1]) for item in blockers[: case.waived]]
    return tuple(sorted(records, key=lambda record: record.item))


def _record(item: str, kind: str, words: tuple[str, str, str, str]) -> r.Record:
    reason, harm, mitigation, void_if = words
    return r.Record(
        item, "waived" if kind == "waived" else "deferred", "active", "", reason, harm, mitigation,
        "director-engineering", date(2026, 9, 10), date(2026, 11, 30), void_if, "OPS-812",
        Location("decisions.yaml", 4, 3))  # fmt: skip


def warned(read: tuple[EvidenceResult, ...]) -> tuple[EvidenceResult, ...]:
    """Let the readers warn of the first two pieces: of one thing in three lines, and of another."""
    first, second, *rest = read
    often = tuple(
        Note("warning", "from-zero", "`answers_total` begins at 0", Location(first.path, n, 5, f"/{n}"), "begin with `_`")
        for n in (8, 9, 12)
    )
    once = Note("warning", "left-out", "`steady.*` leave out the first 40 s", Location(second.path))
    return replace(first, notes=often), replace(second, notes=(once,)), *rest


def evidence(items: Sequence[r.ItemResult]) -> tuple[EvidenceResult, ...]:
    """List the evidence that items name, with ages that differ from piece to piece."""
    users: dict[str, list[str]] = {}
    for item in items:
        for requirement in item.requirements:
            for path in requirement.evidence:
                users.setdefault(path, []).append(item.id)
    found = []
    for number, (path, ids) in enumerate(sorted(users.items())[:16]):
        old = any(item.outcome == "stale" for item in items if item.id in ids)
        age = 47.0 if old else 2.0 + 3 * number % 11
        limit = 30.0 if number % 4 else 14.0
        found.append(EvidenceResult(
            path=path, files=(EvidenceFile(path, f"{number:02x}" * 32, 2_048 + number),),
            reader="json", strength="measured", facts=12 + number,
            produced=datetime(2026, 9, 14, tzinfo=UTC) - timedelta(days=age), produced_source="file",
            age_days=age, limit_days=limit, items=tuple(sorted(ids)), notes=(), fault=False))  # fmt: skip
    return tuple(found)
