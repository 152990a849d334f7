"""Which records hold on the day of the review: each boundary day, owner and trigger."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from readiness.decision.authority import Subject
from readiness.decision.records import Judged, judge
from readiness.errors import Location
from readiness.model.decisions import Decision
from readiness.model.expectation import Expectation
from readiness.model.launch import Launch
from readiness.model.plan import PlannedDecision

DAY = date(2026, 11, 23)
ONE = timedelta(days=1)
LAUNCH = Launch.model_validate({
    "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
    "candidate": {"version": "1"}, "checklists": ["x"], "changes": ["prompt"], "locales": ["de-DE"],
})  # fmt: skip


def decision(**changes: Any) -> Decision:
    fields = {"item": "A-01", "kind": "waived", "reason": "r", "harm_if_wrong": "h", "mitigation": "m",
              "approver": "head", "approved": "2026-11-20", "expires": "2026-11-30"}  # fmt: skip
    return Decision.model_validate({**fields, **changes})


def judged(*decisions: Decision, as_of: date = DAY, owner: str = "team", void: str = "",
           launch: Launch = LAUNCH) -> Judged:  # fmt: skip
    planned = tuple(PlannedDecision(d, Location("decisions.yaml", n)) for n, d in enumerate(decisions, 1))

    def voided(item: str, expectation: Expectation) -> str:
        assert item == "A-01"
        assert expectation.metric == "errors"
        return void

    subjects = {"A-01": Subject(owner, "load", "major", 3), "B-01": Subject("other", "load", "major", 3)}
    return judge(planned, launch, subjects, as_of, voided)


@pytest.mark.parametrize(("as_of", "status", "why"), [
    (date(2026, 11, 19), "not-yet", "approved only on 2026-11-20"),
    (date(2026, 11, 20), "active", ""), (date(2026, 11, 30), "active", ""),
    (date(2026, 12, 1), "expired", "expired on 2026-11-30"), (date(2030, 1, 1), "expired", "expired on 2026-11-30"),
])  # fmt: skip
def test_from_the_day_of_approval_to_the_end_of_the_day_it_expires(as_of: date, status: str, why: str) -> None:
    result = judged(decision(), as_of=as_of)
    assert (result.records[0].status, result.records[0].why_status) == (status, why)
    assert (result.holding != {}) is (status == "active")


def test_a_record_of_one_day() -> None:
    one = decision(approved="2026-11-23", expires="2026-11-23")
    found = [judged(one, as_of=day).records[0].status for day in (DAY - ONE, DAY, DAY + ONE)]
    assert found == ["not-yet", "active", "expired"]


@pytest.mark.parametrize(("approver", "owner"), [
    ("team", "team"), ("Team", "TEAM"), (" team\t", "team"), ("@team", "team"), ("team-shop", "Team Shop"),
    ("team_shop", "team-shop"), ("ｔｅａｍ", "team"), ("straße", "STRASSE"), ("te\u200bam", "team"),
    ("te\u00adam", "team"), ("cafe\u0301", "café"), ("team‑shop", "team-shop"), ("—", "-"),
])  # fmt: skip
def test_nobody_accepts_the_risk_of_their_own_item(approver: str, owner: str) -> None:
    result = judged(decision(approver=approver), owner=owner)
    assert (result.records[0].status, result.holding) == ("self-approved", {})
    assert result.records[0].why_status == f"{approver} owns the item and cannot accept its risk"


@pytest.mark.parametrize("approver", ["team-2", "teams", "head of team", "tea"])
def test_others_may(approver: str) -> None:
    assert judged(decision(approver=approver)).records[0].status == "active"


def test_void_if_is_asked_for_what_would_hold() -> None:
    void = decision(void_if="errors > 1 %")
    assert judged(void).records[0].status == "active"
    result = judged(void, void="it holds")
    assert (result.records[0].status, result.records[0].why_status, result.holding) == ("void", "it holds", {})
    assert result.records[0].void_if == "errors > 1 %"


@pytest.mark.parametrize(("when", "status"), [
    ({"date": "2026-11-23"}, "revisit"), ({"date": "2026-11-22"}, "revisit"), ({"date": "2026-11-24"}, "active"),
    ({"change": "prompt"}, "revisit"), ({"change": "model"}, "active"), ({"locale": "de-DE"}, "revisit"),
    ({"locale": "fr-FR"}, "active"), ({}, "active"),
])  # fmt: skip
def test_a_second_look_is_due_and_the_record_holds(when: dict[str, str], status: str) -> None:
    result = judged(decision(revisit_when=when))
    assert result.records[0].status == status
    assert set(result.holding) == {"A-01"}


@pytest.mark.parametrize("kind", ["waived", "not-applicable", "deferred"])
def test_what_holds_is_found_by_item_and_a_sign_off_is_only_listed(kind: str) -> None:
    result = judged(decision(kind="sign-off"), decision(kind=kind), decision(item="B-01", kind=kind))
    assert set(result.holding) == {"A-01", "B-01"}
    assert result.holding["A-01"].kind == kind
    assert judged(decision(kind="sign-off")).holding == {}


def test_an_expired_record_does_not_hide_one_that_holds() -> None:
    old = decision(approved="2026-11-01", expires="2026-11-10")
    for order in ((old, decision()), (decision(), old)):
        result = judged(*order)
        assert [r.status for r in result.records] == ["expired", "active"]
        assert result.holding["A-01"].status == "active"


def test_no_record_holds_where_there_is_none() -> None:
    assert judged() == ((), {})
