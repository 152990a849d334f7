"""The order of what is open in a review, as it is or as supposed, and what fits into some days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.dominance import duel, neighbour, proof
from readiness.decision.path import add_working_days
from readiness.decision.rank import EQUAL, rank
from readiness.decision.whatif import Supposed, Supposition, suppose
from readiness.model.rank import Weights
from readiness.model.ranking import SCHEMA, Closed, Place, Ranking, Slot, Standing, Window
from readiness.model.text import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from readiness.model.rank import Proof, Rank
    from readiness.model.review import ItemResult, Outcome, Review


class Asked(NamedTuple):
    """What is asked: a supposition, working days to fill, and how many places to show."""

    supposition: Supposition
    days: float | None = None
    top: int | None = None


def ranking(review: Review, asked: Asked) -> Ranking:
    """Return the order of a review's open items.

    Raises:
        CannotSuppose: see `suppose`.
    """
    supposition = asked.supposition
    found = _held(review, suppose(review.items, supposition, review.as_of, review.records))
    changes = bool(supposition.outcomes or supposition.waived)
    firm = {r.item: r for r in (rank(found.items, review.study) if changes else review.ranking)}
    was = {r.item: r.rank for r in review.ranking}
    places = _places(review, found, firm, was)
    window = None
    if asked.days is not None:
        places = _slotted(places, asked.days, review.as_of)
        window = _window(review, asked, places)
    still = {place.item for place in places}
    return Ranking(
        SCHEMA,
        review.tool,
        review.as_of,
        review.launch.service,
        f"{review.launch.title} {review.launch.version}".strip(),
        review.launch.launch_date,
        Weights(*supposition.exponents),
        dict(sorted(supposition.outcomes.items())),
        tuple(sorted(supposition.waived)),
        review.study,
        standing(review),
        standing(found) if changes or supposition.exponents != EQUAL else None,
        tuple(Closed(item, number) for item, number in was.items() if item not in still),
        tuple(place.item for place in places if place.was is None),
        sum(place.was is not None and place.was != place.rank for place in places),
        len(places),
        tuple(_first(places, asked.top)),
        window,
    )


def _held(review: Review, found: Supposed) -> Supposed:
    """Keep a NO-GO that no item can turn."""
    if not review.holds:
        return found
    path = replace(found.path_to_go, becomes="NO-GO")
    return replace(found, decision="NO-GO", path_to_go=path)


def prove(review: Review, item_id: str) -> Proof | None:
    """Return why an item stands where it does; None if it is not open."""
    by_id = {item.id: item for item in review.items}
    ranked = [by_id[entry.item] for entry in review.ranking]
    index = next((n for n, item in enumerate(ranked) if item.id == item_id), None)
    return None if index is None else proof(ranked, index, review.study)


def standing(of: Review | Supposed) -> Standing:
    """Return what a review, or a supposition, comes to."""
    path = of.path_to_go
    return Standing(
        of.decision,
        of.score.readiness,
        of.score.exact,
        sum(item.waits for item in of.items),
        path.effort_days,
        path.earliest,
        path.becomes,
    )


def _places(
    review: Review, found: Supposed, firm: Mapping[str, Rank], was: Mapping[str, int]
) -> list[Place]:
    by_id = {item.id: item for item in found.items}
    ranked = [by_id[placed.item] for placed in found.order]
    steps = {step.item: step.done_by for step in found.path_to_go.steps}
    places = []
    for index, (item, placed) in enumerate(zip(ranked, found.order, strict=True)):
        after = neighbour(ranked, index, 1)
        of = firm[item.id]
        places.append(
            Place(
                rank=index + 1,
                was=was.get(item.id),
                item=item.id,
                title=item.title,
                gate=item.gate,
                waits=item.waits,
                outcome=item.outcome or "missing",
                decided=item.disposition.kind if item.disposition else "",
                harm=item.harm,
                harm_weight=item.harm_weight,
                risk=item.risk,
                risk_weight=item.risk_weight,
                gap=item.gap,
                priority=placed.priority,
                best=of.best,
                worst=of.worst,
                top_five=of.top_five,
                firmness=of.place,
                owner=item.owner,
                effort_days=item.effort_days,
                due=steps.get(item.id) or _due(item, review),
                after=duel(item, after, review.study) if after else None,
                slot=None,
            )
        )
    return places


def _due(item: ItemResult, review: Review) -> date:
    """Return the end of what people decided about an item, else the launch."""
    held = item.disposition
    return held.expires if held and held.approver else review.launch.launch_date


def _slotted(places: Iterable[Place], days: float, as_of: date) -> list[Place]:
    """Give each item its place in its owner's days, if they are enough for it."""
    busy: dict[str, float] = {}
    slotted = []
    for place in places:
        who = plain_name(place.owner) or place.owner
        start = busy.get(who, 0.0)
        end = start + place.effort_days
        fits = round(end, 6) <= days
        if fits:
            busy[who] = end
        done = add_working_days(as_of, end) if fits else None
        slotted.append(replace(place, slot=Slot(fits, done, max(round(days - start, 6), 0.0))))
    return slotted


def _window(review: Review, asked: Asked, places: Iterable[Place]) -> Window:
    """Decide again with everything proven that fits."""
    days = asked.days or 0.0
    fitting = [place for place in places if place.slot and place.slot.fits]
    supposition = asked.supposition
    proven: dict[str, Outcome] = {place.item: "proven" for place in fitting}
    result = suppose(
        review.items,
        replace(supposition, outcomes={**supposition.outcomes, **proven}),
        review.as_of,
        review.records,
    )
    result = _held(review, result)
    return Window(
        days,
        add_working_days(review.as_of, days),
        sum(place.effort_days for place in fitting),
        standing(result),
    )


def _first(places: Iterable[Place], top: int | None) -> Iterable[Place]:
    """Yield the first places, and with them all that do not fit."""
    left = top
    for place in places:
        if place.slot and not place.slot.fits:
            yield place
        elif left is None or left > 0:
            left = None if left is None else left - 1
            yield place
