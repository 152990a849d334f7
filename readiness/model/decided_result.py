"""What a review keeps of people's decisions: sign-offs, accepted risk, and what holds a launch."""

from __future__ import annotations

from typing import Literal

from readiness.model.record import record

LAUNCH = "launch"  # what a sign-off of the whole launch names in place of an item


@record
class Hold:
    """What holds the launch besides its items.

    Attributes:
        by: `policy` (what it is judged by was loosened), `sign-offs` (too few), `baseline` (worse
            than the review it is compared with).
        message: why, in a sentence.
        help: what to do about it.
    """

    by: Literal["policy", "sign-offs", "baseline"]
    message: str
    help: str = ""


@record
class SignOffs:
    """How many sign-offs the launch needs, and the approvers whose sign-off counts."""

    needed: int
    by: tuple[str, ...]


@record
class ApproverResult:
    """An approver, and the risk of open items that they accepted.

    Attributes:
        name: as readiness.yaml declares it.
        role: what they answer for.
        areas: areas they decide about; `all` for every one.
        harm: the greatest harm they may accept.
        items: how many open items they accepted.
        accepted: sum of harm × risk of these, the risk as a share.
        budget: most that this may be; None if there is no limit.
    """

    name: str
    role: str
    areas: tuple[str, ...]
    harm: str
    items: int
    accepted: float
    budget: float | None


@record
class AcceptedRisk:
    """The accepted risk: readiness as proven and if what was accepted were proven, and by whom."""

    proven: int
    supposed: int
    approvers: tuple[ApproverResult, ...]
