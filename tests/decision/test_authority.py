"""Who may accept what: areas, greatest harm, budgets; sign-offs by distinct approvers; the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from readiness.decision.authority import Subject, accepted_risk, sign_offs, too_few
from readiness.decision.decide import decide, held
from readiness.decision.records import Judged, judge
from readiness.decision.score import score
from readiness.errors import Location
from readiness.model.decisions import Decision
from readiness.model.launch import Launch
from readiness.model.plan import PlannedDecision

from .material import item, record
from .test_records import DAY, LAUNCH, decision

APPROVERS = {
    "head-of-ops": {"role": "Head of operations", "areas": "all", "harm": "severe", "risk_budget": 5},
    "head-of-search": {"role": "Head of search", "areas": ["latency"], "harm": "moderate"},
    "lead": {"role": "Lead", "areas": ["load"], "harm": "major"},
}
DECLARED = Launch.model_validate({
    "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "team-shop", "launch": "2026-12-07",
    "candidate": {"version": "1.4"}, "checklists": ["x"], "approvers": APPROVERS, "sign_offs": 2,
    "rollout": {"stages": [{"share": "5 %", "hold": "1 h", "abort": ["errors > 1 %"]},
                           {"share": "25 %", "hold": "1 h", "abort": ["errors > 1 %"]}], "rollback": "r"},
})  # fmt: skip
SUBJECTS = {f"A-{n:02}": Subject("team-shop", "load", "major", 3) for n in range(1, 5)} | {
    "L-01": Subject("team-shop", "latency", "moderate", 1), "S-01": Subject("team-shop", "load", "severe", 30),
    "P-01": Subject("team-shop", "load", "severe", 0),
}  # fmt: skip


def judged(*decisions: Decision, launch: Launch = DECLARED, unmerged: tuple[Decision, ...] = ()) -> Judged:
    planned = tuple(PlannedDecision(d, Location("decisions.yaml", n)) for n, d in enumerate(decisions, 1))
    return judge(planned, launch, SUBJECTS, DAY, lambda *_: "", unmerged)


def status(**changes: Any) -> tuple[str, str]:
    found = judged(decision(**changes)).records[0]
    return found.status, found.why_status


@pytest.mark.parametrize(("changes", "why"), [
    ({"approver": "stranger"}, "stranger is not among the approvers that readiness.yaml declares"),
    ({"approver": "head-of-search"}, "head-of-search decides about latency, and not about load"),
    ({"approver": "lead", "item": "S-01"}, "lead may accept harm up to major, and this is severe"),
    ({"approver": "lead", "item": "S-01", "kind": "not-applicable"}, "lead may accept harm up to major, and this is severe"),
    ({"approver": "lead", "item": "L-01", "kind": "sign-off"}, "lead decides about load, and not about latency"),
])  # fmt: skip
def test_who_may_not(changes: dict[str, str], why: str) -> None:
    assert status(**changes) == ("unauthorised", why)
    assert judged(decision(**changes)).holding == {}


@pytest.mark.parametrize("changes", [
    {"approver": "lead"}, {"approver": "Head of Ops"}, {"approver": "head-of-search", "item": "L-01"},
    {"approver": "@head-of-ops", "item": "P-01"},
])  # fmt: skip
def test_who_may(changes: dict[str, str]) -> None:
    assert status(**changes) == ("active", "")


def test_a_budget_takes_what_was_approved_first() -> None:
    first = decision(approver="head-of-ops", item="A-02", approved="2026-11-01")
    second = decision(approver="head-of-ops", item="A-01", approved="2026-11-02")
    small = decision(approver="head-of-ops", item="L-01", approved="2026-11-03")
    for order in ((first, second, small), (small, second, first)):
        found = judged(*order)
        assert {r.item: r.status for r in found.records} == {"A-01": "over-budget", "A-02": "active", "L-01": "active"}
        assert set(found.holding) == {"A-02", "L-01"}
        assert found.records[0].why_status == (
            "head-of-ops may accept 5 in all, and has accepted 3 before this 3 (harm × risk)"
        )


def test_what_is_proven_takes_nothing_of_a_budget_and_two_records_of_an_item_count_once() -> None:
    first = decision(approver="head-of-ops", item="A-01")
    again = decision(approver="head-of-ops", item="A-01", expires="2026-12-01")
    proven = decision(approver="head-of-ops", item="P-01")
    found = judged(first, again, proven)
    assert [r.status for r in found.records] == ["active"] * 3


def test_several_spellings_of_an_approver_are_one() -> None:
    a, b = decision(approver="head-of-ops", item="A-01"), decision(approver="Head Of Ops", item="A-02")
    assert sorted(r.status for r in judged(a, b).records) == ["active", "over-budget"]


def test_a_record_that_the_judged_tree_wrote_does_not_count() -> None:
    own = decision(approver="lead")
    found = judged(own, unmerged=(own,))
    assert (found.records[0].status, found.holding) == ("unmerged", {})
    assert judged(own, unmerged=(decision(approver="lead", reason="other"),)).records[0].status == "active"
    late = decision(approver="lead", approved="2026-01-01", expires="2026-01-02")
    assert judged(late, unmerged=(late,)).records[0].status == "expired"


def signed(*approvers: str, **changes: Any) -> Judged:
    fields = {"item": "launch", "kind": "sign-off", "candidate": "1.4", **changes}
    return judged(*(decision(approver=name, **fields) for name in approvers))


@pytest.mark.parametrize(("approvers", "changes", "count"), [
    (("lead", "head-of-ops"), {}, 2), (("lead", "Lead", "@lead"), {}, 1), (("lead", "stranger"), {}, 1),
    (("team-shop", "lead"), {}, 1), (("lead", "head-of-ops"), {"candidate": "1.3"}, 0),
    (("lead", "head-of-ops"), {"expires": "2026-11-22"}, 0), (("lead", "head-of-ops"), {"item": "A-01"}, 0),
    ((), {}, 0),
])  # fmt: skip
def test_sign_offs_are_counted_by_distinct_approvers(approvers: tuple[str, ...], changes: dict[str, Any], count: int) -> None:
    found = sign_offs(DECLARED, signed(*approvers, **changes).records)
    assert found is not None
    assert (found.needed, len(found.by)) == (2, count)
    hold = too_few(found)
    assert (hold is None) is (count >= 2)
    if count == 1:
        assert hold is not None
        assert hold.message == f"2 sign-offs needed, 1 given, by {found.by[0]}"


def test_a_launch_without_sign_offs_needs_none() -> None:
    assert sign_offs(LAUNCH, ()) is None
    assert too_few(None) is None


def test_a_sign_off_of_the_launch_names_its_candidate() -> None:
    with pytest.raises(ValueError, match="does not say which candidate"):
        decision(item="launch", kind="sign-off")


@pytest.mark.parametrize(("share", "found"), [("25 %", "revisit"), ("20 %", "revisit"), ("26 %", "active")])
def test_a_second_look_when_the_rollout_reaches_a_share(share: str, found: str) -> None:
    assert judged(decision(approver="lead", revisit_when={"share": share})).records[0].status == found
    assert judged(decision(revisit_when={"share": share}), launch=LAUNCH).records[0].status == "revisit"


def test_the_ledger_says_what_was_accepted_and_changes_no_score() -> None:
    waiver = replace(record(), approver="Head-Of-Ops")
    items = [item("A-01"), item("B-01", "failed", disposition=waiver), item("C-01", "failed")]
    found = accepted_risk(DECLARED, items, score(items).readiness)
    assert found is not None
    assert (found.proven, found.supposed) == (33, 66)
    by_name = {a.name: (a.items, a.accepted, a.budget) for a in found.approvers}
    assert by_name == {"head-of-ops": (1, 1.0, 5), "head-of-search": (0, 0.0, None), "lead": (0, 0.0, None)}
    assert accepted_risk(LAUNCH, items, 33) is None
    assert decide(items[:2]) == "GO WITH CONDITIONS"


def test_nothing_is_held_by_nothing() -> None:
    sentinel: Any = object()
    assert held(sentinel, None) is sentinel


def test_the_day_of_a_record_is_a_date() -> None:
    assert decision().approved == date(2026, 11, 20)
