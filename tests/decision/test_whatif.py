"""Suppositions: the engine's own rules over changed items, and nothing a person could not change."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.decide import decide
from readiness.decision.gap import gap
from readiness.decision.rank import Exponents, ordered, priority
from readiness.decision.score import score
from readiness.decision.whatif import CannotSuppose, Supposition, suppose, unprepared
from readiness.model.review import CREDIT, ItemResult, Outcome

from .material import DAY, item, record
from .strategies import OUTCOMES, launches

WEIGHTS = st.builds(Exponents, *(st.sampled_from((0.0, 0.5, 1.0, 1.4, 2.0)) for _ in range(3)))


@given(launches())
def test_nothing_supposed_is_the_review(items: list[ItemResult]) -> None:
    found = suppose(items, Supposition(), DAY)
    assert found.items == tuple(items)
    assert (found.decision, found.score) == (decide(items), score(items))
    assert [(p.item, p.priority) for p in found.order] == [(i.id, priority(i)) for i in ordered(items)]


@given(launches(), st.data())
def test_what_is_supposed_is_decided_as_if_it_were_so(items: list[ItemResult], data: st.DataObject) -> None:
    """A review whose evidence says so has the same decision, score, order and path."""
    ids = [i.id for i in items if i.outcome is not None]
    outcomes: dict[str, Outcome] = data.draw(st.dictionaries(st.sampled_from(ids), st.sampled_from(OUTCOMES)))
    exponents = data.draw(WEIGHTS)
    found = suppose(items, Supposition(outcomes, (), exponents), DAY)
    real = [
        i if outcomes.get(i.id, i.outcome) == i.outcome else item(
            i.id, outcomes[i.id], i.gate, harm=i.harm, risk=i.risk, owner=i.owner, effort_days=i.effort_days,
            unprepared=i.unprepared, gap=gap(CREDIT[outcomes[i.id]], i.unprepared),
            disposition=None if outcomes[i.id] == "proven" else i.disposition)
        for i in items
    ]  # fmt: skip
    assert list(found.items) == real
    assert found == suppose(real, Supposition(exponents=exponents), DAY)


@given(launches(), st.data())
def test_a_supposed_waiver_changes_no_outcome_and_no_score(items: list[ItemResult], data: st.DataObject) -> None:
    waived = data.draw(st.lists(st.sampled_from([i.id for i in items if i.outcome is not None]), unique=True))
    found = suppose(items, Supposition(waived=tuple(waived)), DAY)
    assert found.score == replace(score(items), held_by=found.score.held_by)
    for before, after in zip(items, found.items, strict=True):
        assert replace(after, disposition=before.disposition) == before
        assert after.holds is (before.holds or before.id in waived)
    assert found.decision != "GO" or decide(items) == "GO"


def test_a_waived_blocker_gives_way_and_its_path_is_shorter() -> None:
    items = [item("A", "failed"), item("B", "missing")]
    found = suppose(items, Supposition(waived=("A",)), DAY)
    assert (found.decision, found.score.held_by) == ("NO-GO", ("B",))
    assert [p.item for p in found.order] == ["B", "A"]
    assert [s.item for s in found.path_to_go.steps] == ["B"]
    both = suppose(items, Supposition({"B": "proven"}, ("A", "B")), DAY)
    assert (both.decision, both.items[1].disposition) == ("GO WITH CONDITIONS", None)


def test_a_supposed_failure_takes_back_the_credit_and_finds_the_record_that_holds() -> None:
    items = [item("A", unprepared=2), item("B")]
    found = suppose(items, Supposition({"A": "failed"}), DAY)
    assert (found.decision, found.items[0].gap, found.score.readiness) == ("NO-GO", 1 + 2 / 3, 50)
    held = replace(record(), item="A")
    assert suppose(items, Supposition({"A": "failed"}), DAY, [held]).decision == "GO WITH CONDITIONS"
    for useless in (replace(held, status="void"), replace(held, kind="sign-off"), replace(held, item="B")):
        assert suppose(items, Supposition({"A": "failed"}), DAY, [useless]).decision == "NO-GO"


def test_missing_evidence_is_neither_covered_nor_current() -> None:
    items = [item("A"), item("B")]
    found = suppose(items, Supposition({"A": "missing"}), DAY).score
    assert (found.coverage, found.current) == (0.5, 0.5)
    stale = suppose(items, Supposition({"A": "stale"}), DAY).score
    assert (stale.coverage, stale.current, stale.readiness) == (1, 0.5, 75)


def test_what_is_supposed_to_be_as_it_is_keeps_its_own_credit() -> None:
    """Inconclusive earns 0 where nothing was observed; the name alone would earn a quarter."""
    items = [item("A", "inconclusive", credit=0.0, gap=1.0), item("B")]
    assert suppose(items, Supposition({"A": "inconclusive"}), DAY).items == tuple(items)


@pytest.mark.parametrize("missing", range(4))
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_is_missing_is_read_from_the_gap_of_an_earlier_version(missing: int, outcome: Outcome) -> None:
    credit = CREDIT[outcome]
    one = item("A", outcome, gap=gap(credit, missing), unprepared=missing)
    assert unprepared(one) == missing
    assert unprepared(replace(one, unprepared=0)) == (0 if outcome == "proven" else missing)
    assert unprepared(item("A", None, gap=0.0)) == 0


@pytest.mark.parametrize(("supposition", "message"), [
    (Supposition({"Z": "proven"}), "there is no item Z"),
    (Supposition(waived=("Z",)), "there is no item Z"),
    (Supposition({"N": "proven"}), "N does not apply"),
    (Supposition(exponents=Exponents(harm=-1)), "the weight of harm is -1, and must be 0 to 10"),
    (Supposition(exponents=Exponents(risk=math.nan)), "the weight of risk is nan, and must be 0 to 10"),
    (Supposition(exponents=Exponents(gap=math.inf)), "the weight of gap is inf, and must be 0 to 10"),
])  # fmt: skip
def test_what_cannot_be_supposed(supposition: Supposition, message: str) -> None:
    with pytest.raises(CannotSuppose, match=f"^{message}$"):
        suppose([item("A"), item("N", None)], supposition, DAY)


def test_exponents_are_powers_and_equal_ones_change_no_bit() -> None:
    one = item("A", "failed", harm="severe", risk="likely", gap=4 / 3)
    assert priority(one) == 100 * 30 / 100 * (4 / 3)
    assert priority(one, Exponents(2, 1, 1)) == 4000
    assert priority(one, Exponents(0, 0, 0)) == 1
    assert priority(one, Exponents(1, 1, 0.5)) == float(f"{30 * math.sqrt(4 / 3):.9g}")


def test_other_weights_change_the_order_and_ties_go_by_id() -> None:
    items = [item("B", "failed", harm="major", risk="unlikely"), item("A", "failed", harm="minor", risk="likely")]

    def order(harm: float, risk: float) -> list[str]:
        supposed = suppose(items, Supposition(exponents=Exponents(harm, risk)), DAY)
        return [p.item for p in supposed.order]

    assert order(1, 1) == ["A", "B"]  # 0.9 each
    assert order(1.1, 1) == ["B", "A"]
    assert order(1.4, 1.4) == ["A", "B"]  # a tie, whatever the last bits of the powers are
