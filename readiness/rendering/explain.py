"""One item explained: what was found, and the arithmetic of its credit, score, gap and rank."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from readiness.model.review import CREDIT
from readiness.rendering.doubts import doubts_of
from readiness.rendering.paint import Paint, shown
from readiness.rendering.places import exact, place_lines
from readiness.rendering.words import STATES, days

if TYPE_CHECKING:
    from readiness.model.rank import Proof
    from readiness.model.review import DomainResult, ItemResult, RequirementResult, Review
    from readiness.rendering.format import Style


def explain(review: Review, item_id: str, proof: Proof | None, style: Style) -> str:
    """Return the explanation of an item; `proof` is that of its rank, None if it is not open."""
    paint = Paint(style)
    item = next(item for item in review.items if item.id == item_id)
    state = STATES[item.outcome]
    lines = [
        *paint.wrap(f"{item.id} {item.title}", 2, ""),
        f"  {paint.state(state)} · " + shown(f"{item.gate} · {item.area} · {item.owner}"),
        *paint.wrap(f"asked by {item.checklist} ({item.at})", 2),
        "",
        *paint.wrap(f"Why: {item.why}", 2),
    ]
    if item.skipped:
        lines += ["", *paint.wrap(f"It does not apply: it {item.skipped}.", 2)]
        return "\n".join(lines) + "\n"
    lines += _credit(item, paint)
    lines += _doubts(item, review, paint)
    lines += _score(item, review, paint)
    lines += _gap(item, review, paint)
    if proof is not None:
        lines += place_lines(item, proof, review, paint)
    lines += _how(item, paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _credit(item: ItemResult, paint: Paint) -> list[str]:
    lines = ["", paint.strong("Evidence")]
    for number, result in enumerate(item.requirements, 1):
        fresh = f", fresh {result.fresh_days:g} d" if result.fresh_days else ""
        lines += paint.wrap(
            f"{number}. {result.source}, needs {result.needs}{fresh}: credit "
            f"{exact(result.credit)}",
            5,
            "  ",
        )
        lines += _findings(result, paint)
    credits_ = ", ".join(exact(result.credit) for result in item.requirements)
    table = ", ".join(f"{name} {exact(value)}" for name, value in CREDIT.items())
    lines += paint.wrap(f"credit = min({credits_}) = {exact(item.credit)}", 2)
    lines += paint.wrap(
        f"A requirement's credit is the least of its findings: {table}; "
        "inconclusive earns 0 where nothing was observed.",
        2,
    )
    return lines


def _findings(result: RequirementResult, paint: Paint) -> list[str]:
    lines = []
    for finding in result.findings:
        subject = f" ({finding.subject})" if finding.subject else ""
        observed = f": {finding.observed}" if finding.observed else ""
        limit = f" [limit {finding.limit}]" if finding.limit else ""
        text = f"{finding.rule}{subject}{observed}{limit}, credit {exact(finding.credit)}"
        lines += paint.wrap(text, 9, f"     {STATES[finding.outcome].shape} ")
        lines += paint.wrap(f"at {finding.at}", 9)
        lines += paint.wrap(finding.message, 9) if finding.message else []
        lines += paint.wrap(f"help: {finding.help}", 9) if finding.help else []
    return [*lines, *_notes(result, paint)]


def _notes(result: RequirementResult, paint: Paint) -> list[str]:
    """Tell all that an analysis says beside its facts; other reports have the first of them."""
    lines = []
    for note in result.notes:
        lines += paint.wrap(f"{note.message} at {note.at}", 9, "     · ")
        lines += paint.wrap(f"help: {note.help}", 9) if note.help else []
    return lines


def _doubts(item: ItemResult, review: Review, paint: Paint) -> list[str]:
    lines = [line for text in doubts_of(review, item.id) for line in paint.wrap(text, 4, "  - ")]
    return ["", paint.strong("Warnings about its evidence"), *lines] if lines else []


def _score(item: ItemResult, review: Review, paint: Paint) -> list[str]:
    total = sum(other.weight for other in review.items if other.outcome is not None)
    points = Fraction(100 * item.weight, total)
    earned = points * Fraction(item.credit)
    return [
        "",
        paint.strong("Readiness"),
        *paint.wrap(
            f"weight = harm {item.harm} {item.harm_weight} × risk {item.risk} "
            f"{item.risk_weight} = {item.weight} of {total} over all items that apply",
            2,
        ),
        *paint.wrap(
            f"worth 100 × {item.weight} ⁄ {total} = {exact(float(points))} points; earns × "
            f"{exact(item.credit)} = {exact(float(earned))} of the "
            f"{exact(review.score.exact)} (shown as {review.score.readiness})",
            2,
        ),
    ]


def _gap(item: ItemResult, review: Review, paint: Paint) -> list[str]:
    domain = next((domain for domain in review.domains if domain.id == item.domain), None)
    missing = _missing(domain)
    parts = f"; {domain.id} lacks {', '.join(missing)}" if domain and missing else ""
    formula = (
        f"gap = (1 − {exact(item.credit)}) × (1 + {len(missing)} ⁄ 3) = {exact(item.gap)}{parts}"
    )
    return ["", paint.strong("Rank"), *paint.wrap(formula, 2)]


def _missing(domain: DomainResult | None) -> list[str]:
    if domain is None:
        return []
    parts = (
        ("detection", domain.detection),
        ("fallback", domain.fallback),
        ("failover", domain.failover),
    )
    return [name for name, text in parts if not text]


def _how(item: ItemResult, paint: Paint) -> list[str]:
    lines = ["", paint.strong("How to prove it")]
    lines += paint.wrap(f"{item.fix} ({days(item.effort_days)})", 2)
    lines += paint.wrap(f"run: {item.run}", 2) if item.run else []
    for result in item.requirements:
        where = ", ".join(result.looked_in)
        lines += paint.wrap(f"{result.source}: looked for in {where}", 2) if where else []
        lines += paint.wrap(result.how, 4) if result.how else []
    return lines
