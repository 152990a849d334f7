"""The ranking as it is shown: places before and after, neighbours, and what fits into some days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.rank import Exponents
from readiness.decision.ranking import Asked, prove, ranking, standing
from readiness.decision.whatif import CannotSuppose, Supposition
from readiness.model.ranking import Place, Ranking
from readiness.model.text import plain_name
from tests.rendering.reviews import assemble, many, review

from .material import item, record
from .strategies import launches

FOUND = review("no-go-5")


def asked(outcomes: dict[str, str] | None = None, waived: tuple[str, ...] = (), days: float | None = None,
          top: int | None = None, **weights: float) -> Ranking:  # fmt: skip
    supposition = Supposition(outcomes or {}, waived, Exponents(**weights))  # type: ignore[arg-type]
    return ranking(FOUND, Asked(supposition, days, top))


def test_as_it_is() -> None:
    found = asked()
    assert [(p.rank, p.item, p.priority, p.best, p.worst, p.firmness) for p in found.places] == [
        (r.rank, r.item, r.priority, r.best, r.worst, r.place) for r in FOUND.ranking
    ]
    assert [p.after.share if p.after else None for p in found.places] == [r.ahead for r in FOUND.ranking]
    assert all(p.was == p.rank for p in found.places)
    assert (found.supposed, found.closed, found.window) == (None, (), None)
    assert found.reviewed == standing(FOUND)
    assert found.count == len(FOUND.ranking)


def test_a_supposition_shows_both_and_where_items_were() -> None:
    first, second = FOUND.ranking[:2]
    found = asked({first.item: "proven"}, (second.item,))
    assert [(c.item, c.was) for c in found.closed] == [(first.item, 1)]
    assert found.supposed is not None
    assert found.reviewed.open_blockers - found.supposed.open_blockers == 2
    assert found.supposed.exact > found.reviewed.exact
    moved = next(p for p in found.places if p.item == second.item)
    assert (moved.was, moved.waits, moved.decided, moved.due) == (2, False, "waived", FOUND.launch.launch_date)


def test_an_item_that_opens_again_was_nowhere() -> None:
    proven = next(i for i in FOUND.items if i.outcome == "proven")
    place = next(p for p in asked({proven.id: "failed"}).places if p.item == proven.id)
    assert place.was is None
    assert place.best <= place.rank <= place.worst


def test_weights_change_the_order_and_not_the_range() -> None:
    found = asked(risk=0.0, gap=0.0)
    assert {p.item: (p.best, p.worst) for p in found.places} == {r.item: (r.best, r.worst) for r in FOUND.ranking}
    waiting = [p.harm_weight for p in found.places if p.waits]
    assert waiting == sorted(waiting, reverse=True)


def test_days_by_hand() -> None:
    items = [
        item("A", "failed", owner="red", effort_days=2.0, harm="severe"),
        item("B", "failed", owner="red", effort_days=5.0, harm="major"),
        item("C", "failed", owner="@Red", effort_days=1.0, harm="moderate"),
        item("D", "failed", owner="blue", effort_days=3.0, harm="minor"),
        item("E", "failed", "deferrable", owner="blue", effort_days=0.5, disposition=replace(record("deferred"), item="E")),
        item("F", "failed", "deferrable", owner="blue", effort_days=0.0),
    ]  # fmt: skip
    found = ranking(replace(assemble(items, (), ()), as_of=date(2026, 11, 26)), Asked(Supposition(), 3.0))  # a Thursday
    slots = {p.item: (p.slot.fits, p.slot.done_by and p.slot.done_by.day, p.slot.free_days) for p in found.places if p.slot}
    assert slots == {
        "A": (True, 30, 3.0), "B": (False, None, 1.0), "C": (True, 1, 1.0), "D": (True, 1, 3.0),
        "E": (False, None, 0.0), "F": (True, 1, 0.0),
    }  # fmt: skip
    assert found.window is not None
    assert (found.window.until, found.window.effort_days) == (date(2026, 12, 1), 6.0)
    assert (found.window.result.decision, found.window.result.open_blockers) == ("NO-GO", 1)


def test_the_first_places_come_with_all_that_does_not_fit() -> None:
    found = asked(days=2.0, top=1)
    fits = [p for p in found.places if p.slot and p.slot.fits]
    assert len(fits) == 1
    whole = asked(days=2.0)
    assert [p for p in found.places if p not in fits] == [p for p in whole.places if p.slot and not p.slot.fits]
    assert (found.window, found.count) == (whole.window, len(whole.places))
    assert [p.item for p in asked(top=3).places] == [r.item for r in FOUND.ranking[:3]]


@given(launches(most=8), st.sampled_from((0.0, 0.5, 1.0, 3.0, 30.0)))
def test_nobody_works_longer_than_the_days_and_nothing_short_is_left_out(items: list[Place], days: float) -> None:
    found = ranking(assemble(items, (), ()), Asked(Supposition(), days))  # type: ignore[arg-type]
    busy: dict[str, float] = {}
    for place in found.places:
        who = plain_name(place.owner)
        assert place.slot is not None
        assert place.slot.fits is (busy.get(who, 0.0) + place.effort_days <= days)
        busy[who] = busy.get(who, 0.0) + place.effort_days * place.slot.fits
        if place.slot.done_by:
            assert found.window is not None
            assert found.as_of <= place.slot.done_by <= found.window.until
    assert max(busy.values(), default=0) <= days


def test_the_proof_of_a_place_is_found_by_id() -> None:
    first = FOUND.ranking[0]
    found = prove(FOUND, first.item)
    assert found is not None
    assert (found.before, found.after and found.after.other) == (None, FOUND.ranking[1].item)
    assert prove(FOUND, next(i.id for i in FOUND.items if not i.open)) is None


def test_what_cannot_be_supposed_is_an_error() -> None:
    with pytest.raises(CannotSuppose):
        asked({"NONE-01": "proven"})


def test_a_thousand_open_items_take_a_moment() -> None:
    found = ranking(many(1000), Asked(Supposition(exponents=Exponents(2)), 5.0, 10))
    assert found.count == 1000
