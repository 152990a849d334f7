"""Every item in words: what it asks, what was observed beside its limit, where, and the fix."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from readiness.model.text import plural
from readiness.rendering import history, words
from readiness.rendering.parts import ItemView, Row
from readiness.rendering.words import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.errors import Location
    from readiness.model.rank import Rank
    from readiness.model.review import Finding, ItemResult, Review

TOP = 5
_FRESH = "fresh "


def items(review: Review) -> tuple[ItemView, ...]:
    """Return open items by rank, then the proven ones, then those that do not apply."""
    by_id = {item.id: item for item in review.items}
    ranked = [(rank, by_id[rank.item]) for rank in review.ranking]
    rest = sorted(
        (item for item in review.items if not item.open),
        key=lambda item: (item.outcome is None, item.id),
    )
    ages = _ages(review)
    order: list[tuple[Rank | None, ItemResult]] = [*ranked, *((None, item) for item in rest)]
    kinds = Counter(_kind(item) for item in review.items)
    return tuple(
        _item(item, rank, review, ages)._replace(group=plural(kinds[_kind(item)], "item"))
        for rank, item in order
    )


def _kind(item: ItemResult) -> str:
    return "open" if item.open else item.outcome or "not applicable"


def due(item: ItemResult, review: Review) -> str:
    """Return when an item must be done: its step to GO, the end of its record, or the launch."""
    step = next((s for s in review.path_to_go.steps if s.item == item.id), None)
    if step is not None:
        return words.day(step.done_by)
    return words.day(item.disposition.expires if item.disposition else review.launch.launch_date)


def _ages(review: Review) -> frozenset[tuple[str, str]]:
    """Return which files the table of evidence shows with an age, and beside which limit."""
    return frozenset(
        (file.path, f"{evidence.limit_days:g} d")
        for evidence in review.evidence
        if evidence.age_days is not None and evidence.limit_days is not None
        for file in evidence.files
    )


def _item(
    item: ItemResult, rank: Rank | None, review: Review, ages: frozenset[tuple[str, str]]
) -> ItemView:
    note = words.held(item.disposition) or (item.skipped and f"It {item.skipped}.")
    findings = [finding for result in item.requirements for finding in result.findings]
    findings.sort(key=lambda f: (f.outcome == "proven", f.outcome != item.outcome))
    return ItemView(
        id=item.id,
        anchor=words.anchor(item.id),
        title=item.title,
        area=item.area,
        gate=item.gate.capitalize(),
        state=STATES[item.outcome],
        owner=item.owner,
        effort=words.days(item.effort_days),
        due=due(item, review),
        note=note,
        reason=words.reason(item) if item.open else "",
        facts=_facts(item, rank),
        at=f"{item.at.path}:{item.at.line}",
        group="",
        why=item.why,
        fix=item.fix,
        run=item.run,
        open=item.open,
        leads=rank is not None and rank.rank <= TOP,
        blocks=item.gate == "blocker" and not item.holds,
        rows=tuple(_row(finding, str(finding.at)) for finding in findings),
        told=tuple(_told(_current(findings, ages))),
        past=history.item_past(review, item),
        rank=rank.rank if rank else 0,
        until=_until(item, review),
    )


def _until(item: ItemResult, review: Review) -> str:
    if item.disposition is not None:
        return f"held until {due(item, review)}"
    return f"{'' if item.gate == 'blocker' else 'undecided, '}due {due(item, review)}"


def _facts(item: ItemResult, rank: Rank | None) -> str:
    """Say what an item weighs; of an open one also owner, effort and rank."""
    if rank is None:
        return f"{item.gate.capitalize()}, {item.harm_weight} × {item.risk_weight} %"
    domain = f" · domain {item.domain}" if item.domain else ""
    return (
        f"{item.owner} · {words.days(item.effort_days)} · rank {rank.rank} ({words.span(rank)}, "
        f"{rank.place}): {words.factors(item)} = {words.number(rank.priority)} · "
        f"{item.area}{domain}"
    )


def _row(finding: Finding, at: str) -> Row:
    """Put a finding into words, without what its rule or its numbers already say."""
    repeated = finding.outcome == "failed" and finding.message == words.comparison(finding)
    proven = finding.outcome == "proven"
    limit = finding.limit if not proven or words.adds_limit(finding.rule, finding.limit) else ""
    return Row(
        finding.rule,
        STATES[finding.outcome],
        finding.observed,
        limit,
        "" if " where " in finding.rule else finding.subject,
        "" if repeated else finding.message,
        at,
        finding.help,
        words.excerpt(finding),
    )


def _current(findings: list[Finding], ages: frozenset[tuple[str, str]]) -> list[Finding]:
    """Leave out ages that hold and that the table of evidence shows, unless nothing is left."""
    kept = [
        finding
        for finding in findings
        if finding.outcome != "proven"
        or not finding.rule.startswith(_FRESH)
        or (finding.at.path, finding.limit) not in ages
    ]
    return kept or findings


def _told(findings: Iterable[Finding]) -> Iterator[Row]:
    """Write rows short: no limit that its rule names, of what holds a file only once.

    The first excerpt of an item has the lines around it, the others have none.
    """
    last: Location | None = None
    lines: set[tuple[str, int]] = set()
    for finding in findings:
        row = _row(finding, _place(finding, last))
        if finding.outcome == "proven":
            known = row.rule.endswith(f" {row.observed}")
            row = row._replace(
                observed="" if known else row.observed,
                limit="" if row.limit == row.observed else row.limit,
            )
        elif lines:
            seen = (finding.at.path, finding.at.line) in lines
            row = row._replace(excerpt=() if seen else tuple(x for x in row.excerpt if x.here))
        if not words.adds_limit(row.rule, row.limit):
            row = row._replace(limit="")
        yield row
        last = finding.at
        lines |= {(finding.at.path, int(line.number)) for line in row.excerpt}


def _place(finding: Finding, last: Location | None) -> str:
    """Write where a value stands; where the rule holds, by its line, and by no file twice."""
    at = finding.at
    if finding.outcome == "proven":
        same = last is not None and at.path == last.path and at.line in (0, last.line)
        return "" if same else words.place(at, last)
    if last is None or at.path != last.path or not (at.line or at.pointer):
        return str(at)
    return str(at)[len(at.path) :].strip()
