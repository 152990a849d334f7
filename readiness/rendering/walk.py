"""A launch as a walk: topics by priority, each item as a question with its evidence and answer.

In: the plan (what is asked), its review (what was found) and what readers say of their metrics.
Out: the record `readiness/walk@1`, every word decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model import walk as w
from readiness.model.expectation import Reference
from readiness.model.text import and_list
from readiness.rendering import words
from readiness.rendering.binding import domain_paste, parameter_paste, slot_paste
from readiness.rendering.items import due
from readiness.rendering.questions import check_question, finding_question, item_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from readiness.model.plan import Bound, Plan, PlannedItem
    from readiness.model.review import (
        DomainResult,
        Finding,
        ItemResult,
        RequirementResult,
        Review,
    )

_NO_GO = 1
_INCOMPLETE = 3


class _Told(NamedTuple):
    """What everything is told from."""

    plan: Plan
    review: Review
    glossary: w.Glossary
    planned: dict[str, PlannedItem]
    ranks: dict[str, int]


def build(
    plan: Plan, review: Review, glossary: w.Glossary, chosen: Callable[[ItemResult], bool]
) -> w.Walk:
    """Put a launch into a walk.

    Args:
        plan: the launch with its items, which may be a draft.
        review: the review of that plan.
        glossary: what readers and analyses say of themselves.
        chosen: which items to walk through; decision and path are those of all.
    """
    told = _Told(
        plan,
        review,
        glossary,
        {planned.item.id: planned for planned in plan.items},
        {rank.item: rank.rank for rank in review.ranking},
    )
    topics = _topics(told, chosen)
    walked = sum(len(topic.stops) for topic in topics)
    unbound = tuple(dict.fromkeys(_unbound(plan)))
    unset = tuple(sorted(_unset(plan.items)))
    draft = bool(unbound or unset or _undescribed(plan))
    gate = _INCOMPLETE if not review.complete else _NO_GO if review.decision == "NO-GO" else 0
    path = review.path_to_go
    return w.Walk(
        schema=w.SCHEMA,
        tool=review.tool,
        as_of=review.as_of,
        service=review.launch.service,
        title=f"{review.launch.title} {review.launch.version}".strip(),
        launch_date=review.launch.launch_date,
        decision=review.decision,
        complete=review.complete,
        sentence=words.headline(review),
        topics=topics,
        left_out=len(review.items) - walked,
        unbound=unbound,
        unset=unset,
        path=path.steps,
        becomes=path.becomes,
        next=_next(told),
        gate=None if draft else gate,
    )


def _slot(source: str) -> str:
    kind, _, name = source.partition(" ")
    return name if kind == "slot" else ""


def _unbound(plan: Plan) -> Iterator[str]:
    """Yield the slots that items ask for and the launch does not bind, in the order of items."""
    for planned in plan.items:
        for bound in planned.requirements:
            if _slot(bound.source) and not bound.patterns:
                yield _slot(bound.source)


def _unset(items: Iterable[PlannedItem]) -> set[str]:
    """Return the parameters that limits refer to and that have no value."""
    bounds = (bound for planned in items for bound in planned.requirements)
    limits = (check.expectation.limit for bound in bounds for check in bound.checks)
    return {limit.name for limit in limits if isinstance(limit, Reference)}


def _undescribed(plan: Plan) -> bool:
    domains = plan.launch.failure_domains
    named = {p.item.domain for p in plan.items if p.item.domain and not p.skipped}
    return bool(domains) and not named <= domains.keys()


def _topics(told: _Told, chosen: Callable[[ItemResult], bool]) -> tuple[w.Topic, ...]:
    """Return the agenda: what holds the launch up first, what is settled last."""
    last = len(told.review.items) + 1
    groups: dict[tuple[str, str], list[ItemResult]] = {}
    for item in sorted(
        told.review.items,
        key=lambda i: (told.ranks.get(i.id, last), i.outcome is None, i.id),
    ):
        key = ("failure domain", item.domain) if item.domain else ("area", item.area)
        groups.setdefault(key, []).append(item)
    topics = []
    number = 0
    domains = {domain.id: domain for domain in told.review.domains}
    for (kind, name), items in groups.items():
        stops = []
        for item in filter(chosen, items):
            number += 1
            stops.append(_stop(number, item, told))
        if not stops:
            continue
        domain = domains.get(name) if kind == "failure domain" else None
        topics.append(
            w.Topic(
                id=name,
                kind="failure domain" if kind == "failure domain" else "area",
                title=domain.title if domain else name,
                told=tuple(_domain(kind, domain)),
                met=sum(item.outcome == "proven" for item in items),
                open=sum(item.open for item in items),
                stops=tuple(stops),
            )
        )
    return tuple(topics)


def _domain(kind: str, domain: DomainResult | None) -> Iterator[str]:
    """Yield what the launch says of a failure domain, and what it does not say."""
    if kind == "area":
        return
    if domain is None:
        yield "The launch does not describe this failure domain."
        return
    for name, text in (
        ("How you notice", domain.detection),
        ("What users get meanwhile", domain.fallback),
        ("What takes over", domain.failover),
        ("Later", domain.later),
    ):
        yield f"{name}: {text or 'not said'}"


def _stop(number: int, item: ItemResult, told: _Told) -> w.Stop:
    planned = told.planned[item.id]
    held = words.held(item.disposition)
    skipped = f"It {item.skipped}." if item.skipped else ""
    answer: w.Answer = "not met"
    if item.outcome is None:
        answer = "not applicable"
    elif item.outcome == "proven":
        answer = "met"
    elif item.holds:
        answer = "accepted"
    pairs = zip(planned.requirements, item.requirements, strict=False)
    return w.Stop(
        number=number,
        id=item.id,
        question=item_question(item.title),
        title=item.title,
        why=item.why,
        area=item.area,
        domain=item.domain,
        gate=item.gate,
        owner=item.owner,
        checklist=item.checklist,
        outcome=item.outcome,
        answer=answer,
        decided=held or skipped,
        rank=told.ranks.get(item.id, 0),
        effort_days=item.effort_days,
        due=due(item, told.review),
        asked=tuple(_asked(bound, result, told) for bound, result in pairs),
        settle=_settle(planned, told.plan),
        fix=item.fix,
        run=item.run,
    )


def _settle(planned: PlannedItem, plan: Plan) -> tuple[w.Paste, ...]:
    """Return the parameters that an item's limits need, and its failure domain, if not there."""
    if planned.skipped:
        return ()
    names = (name for name in sorted(_unset([planned])) if name in plan.parameters)
    settle = [parameter_paste(name, plan.parameters[name]) for name in names]
    domain = planned.item.domain
    if domain and domain not in plan.launch.failure_domains:
        settle.append(domain_paste(domain))
    return tuple(settle)


def _asked(bound: Bound, result: RequirementResult, told: _Told) -> w.Asked:
    slot = _slot(bound.source)
    known = told.plan.slots.get(slot)
    bind = None
    if known and not bound.patterns:
        bind = slot_paste(slot, told.plan, told.glossary.mapped)
    paths = set(result.evidence)
    found = (e for e in told.review.evidence if e.path in paths)
    rules = {check.expectation.text for check in bound.checks}
    rest = [finding for finding in result.findings if finding.rule not in rules]
    whole = [f for f in rest if f.rule == bound.source]
    return w.Asked(
        source=bound.source,
        what=known.title if known else "",
        needs=result.needs,
        fresh_days=result.fresh_days,
        bound=bool(bound.patterns or bound.analysis),
        looked_in=bound.patterns,
        found=tuple(w.FoundFile(e.path, e.reader, e.produced, e.age_days) for e in found)
        if bound.analysis is None
        else (),
        questions=(
            *_questions(bound, result, told.glossary),
            *(_question(finding_question(f), f) for f in rest if f.rule != bound.source),
        ),
        remarks=tuple(_question("", f) for f in whole) if bound.patterns or bound.analysis else (),
        how=bound.how,
        bind=bind,
    )


def _questions(
    bound: Bound, result: RequirementResult, glossary: w.Glossary
) -> Iterator[w.Question]:
    """Yield each expectation as a question with every answer that files give, or without any."""
    for check in bound.checks:
        rule, metric = check.expectation.text, check.expectation.metric
        text = check_question(
            check, bound.source, glossary.meanings.get((bound.source, metric), "")
        )
        mine = [finding for finding in result.findings if finding.rule == rule]
        yield from (_question(text, finding) for finding in mine)
        if not mine:
            yield w.Question(text, rule, None, "", "", "", "", "", None)


def _question(text: str, f: Finding) -> w.Question:
    said = "" if f.outcome == "failed" and f.message == words.comparison(f) else f.message
    subject = "" if " where " in f.rule else f.subject
    return w.Question(text, f.rule, f.outcome, f.observed, f.limit, subject, said, f.help, f.at)


def _next(told: _Told) -> str:
    """Return the first thing to do: the first step to GO, else the first open item."""
    order = [step.item for step in told.review.path_to_go.steps]
    by_rank = sorted(told.ranks, key=lambda item: told.ranks[item])
    first = next(iter(order or by_rank), "")
    if not first:
        return ""
    item = next(item for item in told.review.items if item.id == first)
    planned = told.planned[first]
    unbound = [_slot(b.source) for b in planned.requirements if _slot(b.source) and not b.patterns]
    what = words.folded(item.fix)
    if unbound:
        slots = "slot" if len(unbound) == 1 else "slots"
        what = f"bind the {slots} {and_list(unbound)}; then: {what}"
    return f"{first} ({item.owner}, {words.days(item.effort_days)}): {what}"
