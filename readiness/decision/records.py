"""People's decisions on the day of the review: which records hold, and why others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.authority import Accepted, refusal
from readiness.model.decided_result import LAUNCH
from readiness.model.review import Record
from readiness.model.text import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from datetime import date

    from readiness.decision.authority import Subject
    from readiness.model.decisions import Decision, Revisit
    from readiness.model.expectation import Expectation
    from readiness.model.launch import Launch
    from readiness.model.plan import PlannedDecision
    from readiness.model.review import RecordStatus

HOLDING = ("active", "revisit")


class Judged(NamedTuple):
    """Every record with its status, and for each item the one that holds."""

    records: tuple[Record, ...]
    holding: Mapping[str, Record]


def judge(
    decisions: tuple[PlannedDecision, ...],
    launch: Launch,
    subjects: Mapping[str, Subject],
    as_of: date,
    voided: Callable[[str, Expectation], str],
    unmerged: Container[Decision] = (),
) -> Judged:
    """Judge the records.

    Args:
        decisions: the records as written.
        launch: the launch, for `approvers` and `revisit_when`.
        subjects: what is decided about, by item id.
        as_of: the day of the review; a record holds until the end of the day it expires, UTC.
        voided: returns why a `void_if` bites for an item, or an empty text.
        unmerged: records that the judged tree wrote itself: they do not count yet.

    Returns:
        The records by item and day, whatever their order in the file. Of several that hold for an
        item the one approved first counts.
    """
    accepted = Accepted(launch)
    records: list[Record] = []
    holding: dict[str, Record] = {}
    for planned in sorted(decisions, key=_order):
        d = planned.decision
        status, why = _status(planned, launch, subjects.get(d.item), as_of, voided)
        if status in HOLDING and d in unmerged:
            status, why = "unmerged", "written in the tree that is judged: it counts when merged"
        counts = status in HOLDING and d.kind != "sign-off" and d.item not in holding
        if counts and (why_not := accepted.over_budget(d, subjects[d.item])):
            status, why, counts = "over-budget", why_not, False
        record = _record(planned, status, why)
        records.append(record)
        if counts:
            holding[d.item] = record
    return Judged(tuple(sorted(records, key=lambda r: (r.item, r.expires, r.kind))), holding)


def _order(planned: PlannedDecision) -> tuple[object, ...]:
    d = planned.decision
    return d.approved, d.item, d.expires, d.kind, d.approver, d.reason, planned.at


def _record(planned: PlannedDecision, status: RecordStatus, why: str) -> Record:
    d = planned.decision
    return Record(
        d.item,
        d.kind,
        status,
        why,
        d.reason,
        d.harm_if_wrong,
        d.mitigation,
        d.approver,
        d.approved,
        d.expires,
        d.void_if.text if d.void_if else "",
        d.ticket or "",
        planned.at,
        d.candidate or "",
    )


def _status(
    planned: PlannedDecision,
    launch: Launch,
    subject: Subject | None,
    as_of: date,
    voided: Callable[[str, Expectation], str],
) -> tuple[RecordStatus, str]:
    decision = planned.decision
    if as_of > decision.expires:
        return "expired", f"expired on {decision.expires}"
    if as_of < decision.approved:
        return "not-yet", f"approved only on {decision.approved}"
    owner = subject.owner if subject else launch.owner if decision.item == LAUNCH else ""
    if plain_name(decision.approver) == plain_name(owner):
        what = "item and cannot accept its risk" if subject else "launch and cannot sign it off"
        return "self-approved", f"{decision.approver} owns the {what}"
    if why := refusal(decision, subject, launch):
        return "unauthorised", why
    version = launch.candidate.version
    if decision.candidate is not None and decision.candidate != version:
        return "void", f"it is about the candidate {decision.candidate}, and this is {version}"
    if decision.void_if and (why := voided(decision.item, decision.void_if)):
        return "void", why
    if decision.revisit_when and (why := _due(decision.revisit_when, launch, as_of)):
        return "revisit", f"to be looked at again{why}"
    return "active", ""


def _due(when: Revisit, launch: Launch, as_of: date) -> str:
    """Return which trigger of a second look has come, or an empty text."""
    if when.date and as_of >= when.date:
        return f" since {when.date}"
    if when.change and when.change in launch.changes:
        return f": the launch changes {when.change}"
    if when.locale and when.locale in launch.locales:
        return f": the launch serves {when.locale}"
    if when.share is None:
        return ""
    if launch.rollout is None:
        return ": the launch has no rollout, so it reaches all traffic at once"
    shares = [
        stage.share for stage in launch.rollout.stages if stage.share.value >= when.share.value
    ]
    return f": the rollout reaches {shares[0].text} of the traffic" if shares else ""
