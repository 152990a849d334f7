"""What if: a review's items under supposed outcomes, waivers and weights, by the engine's rules."""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.decide import decide
from readiness.decision.dominance import MOST
from readiness.decision.gap import gap
from readiness.decision.path import path_to_go
from readiness.decision.rank import EQUAL, Exponents, ordered, priority
from readiness.decision.records import HOLDING
from readiness.decision.score import score
from readiness.model.record import record
from readiness.model.review import CREDIT, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from readiness.model.review import ItemResult, Outcome, PathToGo, Score, Verdict


class CannotSuppose(ValueError):  # noqa: N818 - reads better where it is raised
    """A supposition that means nothing: an unknown item, or a weight out of its range."""


@record
class Supposition:
    """What to suppose: outcomes by item id, ids whose risk is accepted, and the exponents."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    waived: tuple[str, ...] = ()
    exponents: Exponents = EQUAL


class Placed(NamedTuple):
    """An open item in its order, with the priority under the supposed exponents."""

    item: str
    priority: float


@record
class Supposed:
    """What becomes of a review. The items keep the requirements and findings they had."""

    items: tuple[ItemResult, ...]
    decision: Verdict
    score: Score
    order: tuple[Placed, ...]
    path_to_go: PathToGo


def suppose(
    items: Sequence[ItemResult],
    supposition: Supposition,
    as_of: date,
    records: Iterable[Record] = (),
) -> Supposed:
    """Decide, score and rank again, and find the path to GO, under a supposition.

    A supposed outcome earns the credit of its name, and its gap follows; an item that is supposed
    to be what it is stays as it is. A supposed waiver is a disposition and no more: it changes
    neither outcome nor credit, means nothing for a proven item, and holds for what
    `ItemResult.holds` lets hold. `records` are the review's: one that holds today also holds for
    an item that is supposed to be no longer proven.

    Raises:
        CannotSuppose: an item is unknown or does not apply, or an exponent is not 0 to 10.
    """
    _check(items, supposition)
    holding: dict[str, Record] = {}
    for one in records:
        if one.status in HOLDING and one.kind != "sign-off":
            holding.setdefault(one.item, one)
    changed = tuple(_changed(item, supposition, holding.get(item.id), as_of) for item in items)
    exponents = supposition.exponents
    order = tuple(Placed(i.id, priority(i, exponents)) for i in ordered(changed, exponents))
    return Supposed(
        changed,
        decide(changed),
        score(changed),
        order,
        path_to_go(changed, [place.item for place in order], as_of),
    )


def _check(items: Iterable[ItemResult], supposition: Supposition) -> None:
    applicable = {item.id: item.outcome is not None for item in items}
    for item_id in (*supposition.outcomes, *supposition.waived):
        if item_id not in applicable:
            raise CannotSuppose(f"there is no item {item_id}")
        if not applicable[item_id]:
            raise CannotSuppose(f"{item_id} does not apply")
    for name, value in zip(Exponents._fields, supposition.exponents, strict=True):
        if not (math.isfinite(value) and 0 <= value <= MOST):
            raise CannotSuppose(f"the weight of {name} is {value:g}, and must be 0 to {MOST:g}")


def _changed(
    item: ItemResult, supposition: Supposition, held: Record | None, as_of: date
) -> ItemResult:
    outcome = supposition.outcomes.get(item.id, item.outcome)
    if outcome is not None and outcome != item.outcome:
        credit = CREDIT[outcome]
        item = replace(
            item,
            outcome=outcome,
            credit=credit,
            has_evidence=outcome != "missing",
            gap=gap(credit, unprepared(item)),
            disposition=None if outcome == "proven" else item.disposition or held,
        )
    if item.id in supposition.waived and item.open and not item.holds:
        return replace(item, disposition=_waiver(item, as_of))
    return item


def unprepared(item: ItemResult) -> int:
    """Return how many of detect, degrade and recover are missing, 0 to 3.

    From the gap where one is left: a review of an earlier version does not say it otherwise.
    """
    if item.open and item.credit < 1:
        return min(max(round(3 * (item.gap / (1 - item.credit) - 1)), 0), 3)
    return item.unprepared


def _waiver(item: ItemResult, as_of: date) -> Record:
    return Record(
        item.id, "waived", "active", "", "supposed", "", "", "", as_of, as_of, "", "", item.at
    )
