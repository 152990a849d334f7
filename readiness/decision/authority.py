"""Who may decide: approvers against the items they decide about, their budgets, and sign-offs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.checklist import HARM, RISK
from readiness.model.decided_result import LAUNCH, AcceptedRisk, ApproverResult, Hold, SignOffs
from readiness.model.text import and_list, plain_name, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from readiness.model.approvers import Approver
    from readiness.model.checklist import Harm, Item
    from readiness.model.decisions import Decision
    from readiness.model.launch import Launch
    from readiness.model.review import ItemResult, Record

_STANDS = ("active", "revisit")


class Subject(NamedTuple):
    """What a record decides about: an item's owner, area and harm, and what its risk weighs.

    `risk` is harm × risk, with the risk as a share: 3 for major × possible. It is 0 for an item
    that is proven or does not apply, for then nothing is accepted.
    """

    owner: str
    area: str
    harm: Harm
    risk: float


def subject_of(item: Item, owner: str, *, open: bool) -> Subject:
    """Return what a record about an item decides about."""
    return Subject(owner, item.area, item.harm, HARM[item.harm] * RISK[item.risk] / 100 * open)


def find_approver(name: str, approvers: Mapping[str, Approver]) -> tuple[str, Approver] | None:
    """Return the declared approver of a name, however it is spelt."""
    plain = plain_name(name)
    return next((pair for pair in approvers.items() if plain_name(pair[0]) == plain), None)


def refusal(decision: Decision, subject: Subject | None, launch: Launch) -> str:
    """Return why an approver may not decide this, or an empty text.

    Where a launch declares no approvers, anyone but the owner may.
    """
    if not launch.approvers:
        return ""
    found = find_approver(decision.approver, launch.approvers)
    if found is None:
        return f"{decision.approver} is not among the approvers that readiness.yaml declares"
    name, approver = found
    if subject is None:
        return ""
    if not approver.decides_about(subject.area):
        return f"{name} decides about {and_list(approver.areas)}, and not about {subject.area}"
    if HARM[subject.harm] > HARM[approver.harm]:
        return f"{name} may accept harm up to {approver.harm}, and this is {subject.harm}"
    return ""


class Accepted:
    """What each approver has accepted so far, against the budgets."""

    def __init__(self, launch: Launch) -> None:
        self._approvers = launch.approvers
        self._spent: dict[str, float] = {}

    def over_budget(self, decision: Decision, subject: Subject) -> str:
        """Count a record that would hold, or return why it goes over its approver's budget."""
        found = find_approver(decision.approver, self._approvers)
        if found is None:
            return ""
        name, approver = found
        total = round(self._spent.get(name, 0.0) + subject.risk, 9)
        if approver.risk_budget is not None and total > approver.risk_budget:
            return (
                f"{name} may accept {approver.risk_budget:g} in all, and has accepted "
                f"{self._spent.get(name, 0.0):g} before this {subject.risk:g} (harm × risk)"
            )
        self._spent[name] = total
        return ""


def sign_offs(launch: Launch, records: Iterable[Record]) -> SignOffs | None:
    """Return who signed the candidate off, each approver once; None if the launch asks for none."""
    if not launch.sign_offs:
        return None
    by = {
        plain_name(r.approver): r.approver
        for r in records
        if r.kind == "sign-off" and r.item == LAUNCH and r.status in _STANDS
    }
    return SignOffs(launch.sign_offs, tuple(sorted(by.values())))


def too_few(signed: SignOffs | None) -> Hold | None:
    """Return what holds a launch that needs more sign-offs than it has, or None."""
    if signed is None or len(signed.by) >= signed.needed:
        return None
    by = f", by {and_list(signed.by)}" if signed.by else ""
    message = f"{plural(signed.needed, 'sign-off')} needed, {len(signed.by)} given{by}"
    return Hold("sign-offs", message, "readiness decide sign-off launch")


def accepted_risk(
    launch: Launch, items: Sequence[ItemResult], readiness: int
) -> AcceptedRisk | None:
    """Return what was accepted and by whom; None where nobody is declared to accept anything.

    `supposed` is the readiness if every accepted item were proven. It is a figure beside the
    score and never in it: what people decide earns no credit.
    """
    if not launch.approvers:
        return None
    accepted = [item for item in items if item.open and item.disposition is not None]
    applying = [item for item in items if item.outcome is not None]
    risks: dict[str, list[float]] = {name: [] for name in launch.approvers}
    for item in accepted:
        found = item.disposition and find_approver(item.disposition.approver, launch.approvers)
        if found:
            risks[found[0]].append(item.weight / 100)
    approvers = tuple(
        ApproverResult(
            name,
            approver.role,
            tuple(approver.areas),
            approver.harm,
            len(risks[name]),
            round(math.fsum(risks[name]), 9),
            approver.risk_budget,
        )
        for name, approver in sorted(launch.approvers.items())
    )
    return AcceptedRisk(readiness, _supposed(applying), approvers)


def _supposed(applying: Sequence[ItemResult]) -> int:
    from fractions import Fraction  # noqa: PLC0415 - only with approvers

    total = sum(item.weight for item in applying)
    earned = sum(
        item.weight * (Fraction(1) if item.disposition is not None else Fraction(item.credit))
        for item in applying
    )
    return int(100 * earned / total) if total else 0
