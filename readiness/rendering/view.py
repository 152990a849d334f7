"""Every word, number and order of a report, decided once; templates only place them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from readiness.model.text import plural
from readiness.rendering import words
from readiness.rendering.words import KINDS, STATES, State

if TYPE_CHECKING:
    from readiness.model.review import EvidenceResult, Finding, ItemResult, Rank, Record, Review

TOP = 5
REASONS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its label and a note."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Improvement:
    """A ranked open item: what to do, and why it ranks here."""

    rank: int
    id: str
    title: str
    why: str
    reason: str
    fix: str
    run: str
    gate: str
    state: State
    owner: str
    effort: str
    due: str
    harm: str
    risk: str
    gap: str
    best: int
    worst: int
    place: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A failure domain: what happens at once, what proves it, what comes later."""

    id: str
    title: str
    fallback: str
    proof: str
    state: State
    later: str


@dataclass(frozen=True, slots=True)
class Deferral:
    """What people decided about an item."""

    item: str
    title: str
    kind: str
    reason: str
    approver: str
    expires: str
    voided_by: str
    status: str


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with what was observed beside its limit, and where."""

    rule: str
    state: State
    observed: str
    limit: str
    subject: str
    message: str
    at: str
    help: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with its rows; `note` says what people decided or why it does not apply."""

    id: str
    title: str
    area: str
    gate: str
    state: State
    owner: str
    note: str
    why: str
    fix: str
    run: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A piece of evidence: its age beside its limit, and its digest."""

    path: str
    reader: str
    age: str
    limit: str
    share: float | None
    state: State
    digest: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A whole report in words."""

    title: str
    subtitle: str
    decision: State
    sentence: str
    reasons: tuple[str, ...]
    figures: tuple[Figure, ...]
    improvements: tuple[Improvement, ...]
    more: str
    ranking_note: str
    domains: tuple[Domain, ...]
    deferrals: tuple[Deferral, ...]
    undecided: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    items: tuple[ItemView, ...]
    evidence: tuple[EvidenceRow, ...]
    footer: str


def build(review: Review) -> View:
    """Put a review into words."""
    by_id = {item.id: item for item in review.items}
    ranked = [(rank, by_id[rank.item]) for rank in review.ranking]
    launch = review.launch
    return View(
        title=launch.title,
        subtitle=f"{launch.service} {launch.version} · launch {words.day(launch.launch_date)} · "
        f"reviewed {words.day(review.as_of)} · {launch.owner}",
        decision=words.DECISIONS[review.decision],
        sentence=words.headline(review),
        reasons=_reasons(review, ranked),
        figures=_figures(review),
        improvements=tuple(_improvement(rank, item, review) for rank, item in ranked[:TOP]),
        more=f"{plural(len(ranked) - TOP, 'more open item')} below" if len(ranked) > TOP else "",
        ranking_note=_ranking_note(review),
        domains=tuple(_domain(review, index) for index in range(len(review.domains))),
        deferrals=tuple(_deferral(record, by_id) for record in review.records),
        undecided=tuple((item.id, item.title) for _, item in ranked
                        if item.gate == "deferrable" and item.disposition is None),
        warnings=_warnings(review),
        items=tuple(_item(item) for item in _order(review, by_id)),
        evidence=tuple(_evidence(evidence) for evidence in review.evidence),
        footer=_footer(review),
    )  # fmt: skip


def _reasons(review: Review, ranked: list[tuple[Rank, ItemResult]]) -> tuple[str, ...]:
    if review.decision == "NO-GO":
        chosen = [item for _, item in ranked if item.gate == "blocker" and not item.holds]
    else:
        chosen = [item for _, item in ranked]
    reasons = [f"{item.id} {item.title}: {words.reason(item)}." for item in chosen[:REASONS]]
    return tuple(reasons) or (f"All {plural(len(review.items), 'item')} hold.",)


def _figures(review: Review) -> tuple[Figure, ...]:
    score, path = review.score, review.path_to_go
    blockers = [i for i in review.items if i.gate == "blocker" and i.outcome is not None]
    held = f"held by {', '.join(score.held_by[:3])}" if score.held_by else "no blocker is open"
    more = len(score.held_by) - REASONS
    spare = (review.launch.launch_date - path.earliest).days if path.earliest else 0
    return (
        Figure("Open blockers", str(len(score.held_by)), f"of {len(blockers)}"),
        Figure("Readiness", str(score.readiness), held + (f" and {more} more" if more > 0 else "")),
        Figure("Earliest GO", words.day(path.earliest) if path.earliest else "now",
               f"{plural(abs(spare), 'day')} {'spare' if spare >= 0 else 'late'}"
               if path.earliest else "nothing blocks"),
        Figure("Evidence current", words.percent(score.current),
               f"{words.percent(score.coverage)} of the weight has evidence"),
    )  # fmt: skip


def _improvement(rank: Rank, item: ItemResult, review: Review) -> Improvement:
    step = next((s for s in review.path_to_go.steps if s.item == item.id), None)
    due = step.done_by if step else review.launch.launch_date
    return Improvement(
        rank=rank.rank, id=item.id, title=item.title, why=words.justification(item, rank, review),
        reason=words.reason(item), fix=item.fix, run=item.run, gate=item.gate.capitalize(),
        state=STATES[item.outcome], owner=item.owner, effort=words.days(item.effort_days),
        due=words.day(due), harm=item.harm, risk=item.risk, gap=words.number(item.gap),
        best=rank.best, worst=rank.worst, place=rank.place,
    )  # fmt: skip


def _ranking_note(review: Review) -> str:
    study = review.study
    low, high = study.exponents
    return (f"Priority = harm × risk × gap, blockers first. Range: places in {study.draws} "
            f"weightings (seed {study.seed}) with exponents {low:g} to {high:g} and every band moved "
            f"by up to {words.percent(study.bands)}; firm means at most two places apart.")  # fmt: skip


def _domain(review: Review, index: int) -> Domain:
    domain = review.domains[index]
    state = STATES[domain.drill_outcome] if domain.drill_outcome else State("Not drilled", "∅", "bad")
    if domain.drill_outcome:
        proof = f"{state.word} by {', '.join(domain.drill_items)}"
    else:
        proof = "no item asks for its drill" if domain.drill else "no drill is named"
    return Domain(domain.id, domain.title, domain.fallback or "None is described", proof, state,
                  domain.later or "None is planned")  # fmt: skip


def _deferral(record: Record, by_id: dict[str, ItemResult]) -> Deferral:
    status = record.why_status or record.status.capitalize()
    return Deferral(record.item, by_id[record.item].title, KINDS[record.kind], record.reason,
                    record.approver, words.day(record.expires), record.void_if or "–", status)  # fmt: skip


def _warnings(review: Review) -> tuple[str, ...]:
    """What a reader must know before trusting the rest."""
    found = []
    if not review.complete:
        faults = [evidence.path for evidence in review.evidence if evidence.fault]
        found.append(f"The review is incomplete: {', '.join(faults) or 'an analysis'} could not be read.")
    void = [record for record in review.records if record.status not in ("active", "revisit")]
    found += [f"{r.item}: the record of {r.approver} does not count: {r.why_status}." for r in void]
    late = [record for record in review.records if record.status == "revisit"]
    found += [f"{r.item}: the record of {r.approver} is {r.why_status}." for r in late]
    return tuple(found)


def _order(review: Review, by_id: dict[str, ItemResult]) -> list[ItemResult]:
    """Open items by rank, then the proven ones, then those that do not apply."""
    ranked = [by_id[rank.item] for rank in review.ranking]
    rest = [item for item in review.items if not item.open]
    return ranked + sorted(rest, key=lambda item: (item.outcome is None, item.id))


def _item(item: ItemResult) -> ItemView:
    note = item.skipped
    if item.disposition is not None:
        record = item.disposition
        note = f"{KINDS[record.kind]} by {record.approver} until {words.day(record.expires)}"
    rows = tuple(_row(finding) for result in item.requirements for finding in result.findings)
    return ItemView(item.id, item.title, item.area, item.gate.capitalize(), STATES[item.outcome],
                    item.owner, note, item.why, item.fix, item.run, rows)  # fmt: skip


def _row(finding: Finding) -> Row:
    return Row(finding.rule, STATES[finding.outcome], finding.observed, finding.limit,
               finding.subject, finding.message, str(finding.at), finding.help)  # fmt: skip


def _evidence(evidence: EvidenceResult) -> EvidenceRow:
    age, limit = evidence.age_days, evidence.limit_days
    invalid = any(note.kind == "invalid" for note in evidence.notes)
    old = limit is not None and (age is None or age >= limit)
    outcome = "invalid" if invalid else "stale" if old else "proven"
    state = STATES[outcome] if outcome != "proven" else State("Current", "✓", "good")
    return EvidenceRow(
        evidence.path, evidence.reader or "none", "unknown" if age is None else f"{int(age)} d",
        "–" if limit is None else f"{limit:g} d",
        min(age / limit, 2.0) if age is not None and limit else None, state,
        evidence.files[0].sha256[:12] if evidence.files else "–",
        tuple(f"{note.message} ({note.at})" for note in evidence.notes))  # fmt: skip


def _footer(review: Review) -> str:
    lists = ", ".join(f"{c.id} {c.version}" for c in review.checklists)
    return (f"Made by {review.tool} for {review.as_of.isoformat()} from {lists}; "
            f"{plural(sum(len(e.files) for e in review.evidence), 'evidence file')}. "
            "The same inputs and the same date give the same bytes.")  # fmt: skip
