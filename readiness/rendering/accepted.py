"""The accepted risk and the sign-offs in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import and_list, plural
from readiness.rendering.words import number

if TYPE_CHECKING:
    from readiness.model.decided_result import AcceptedRisk, ApproverResult, SignOffs


def accepted_sentence(risk: AcceptedRisk) -> str:
    """Say what is proven, and what that would be if the accepted risk were proven too."""
    accepted = sum(approver.accepted for approver in risk.approvers)
    items = sum(approver.items for approver in risk.approvers)
    return (
        f"Readiness {risk.proven} as proven; it would be {risk.supposed} if the "
        f"{plural(items, 'accepted item')} were proven. Accepted harm × risk: {number(accepted)}."
    )


def accepted_rows(risk: AcceptedRisk) -> list[str]:
    """Say of each approver what they accepted, against their budget, and what they may accept."""
    return [_row(approver) for approver in risk.approvers]


def _row(approver: ApproverResult) -> str:
    spent = number(approver.accepted)
    of = f" of {number(approver.budget)}" if approver.budget is not None else ", without a limit"
    areas = "every area" if "all" in approver.areas else and_list(approver.areas)
    items = plural(approver.items, "item")
    return (
        f"{approver.name} ({approver.role}) accepted {items}, {spent}{of}; "
        f"may accept harm up to {approver.harm} in {areas}"
    )


def sign_off_sentence(signed: SignOffs) -> str:
    """Say how many sign-offs are needed, and who gave one."""
    by = f", by {and_list(signed.by)}" if signed.by else ""
    return f"Sign-offs of the candidate: {len(signed.by)} of {signed.needed}{by}."
