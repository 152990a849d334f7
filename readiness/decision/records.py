"""People's decisions on the day of the review: which records hold, and why others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.review import Record
from readiness.model.text import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

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
    owners: Mapping[str, str],
    as_of: date,
    voided: Callable[[str, Expectation], str],
) -> Judged:
    """Judge the records.

    Args:
        decisions: the records as written.
        launch: the launch, for `revisit_when`.
        owners: owner by item id; nobody accepts the risk of their own item.
        as_of: the day of the review; a record holds until the end of the day it expires, UTC.
        voided: returns why a `void_if` bites for an item, or an empty text.
    """
    records = []
    holding: dict[str, Record] = {}
    for planned in decisions:
        status, why = _status(planned, launch, owners, as_of, voided)
        d = planned.decision
        record = Record(
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
        )
        records.append(record)
        if status in HOLDING and d.kind != "sign-off":
            holding.setdefault(d.item, record)
    return Judged(tuple(sorted(records, key=lambda r: (r.item, r.expires, r.kind))), holding)


def _status(
    planned: PlannedDecision,
    launch: Launch,
    owners: Mapping[str, str],
    as_of: date,
    voided: Callable[[str, Expectation], str],
) -> tuple[RecordStatus, str]:
    decision = planned.decision
    if as_of > decision.expires:
        return "expired", f"expired on {decision.expires}"
    if as_of < decision.approved:
        return "not-yet", f"approved only on {decision.approved}"
    if plain_name(decision.approver) == plain_name(owners.get(decision.item, "")):
        return "self-approved", f"{decision.approver} owns the item and cannot accept its risk"
    if decision.void_if and (why := voided(decision.item, decision.void_if)):
        return "void", why
    when = decision.revisit_when
    if when and when.date and as_of >= when.date:
        return "revisit", f"to be looked at again since {when.date}"
    if when and when.change and when.change in launch.changes:
        return "revisit", f"to be looked at again: the launch changes {when.change}"
    if when and when.locale and when.locale in launch.locales:
        return "revisit", f"to be looked at again: the launch serves {when.locale}"
    return "active", ""
