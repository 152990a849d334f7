"""What a review was judged by, and how that differs from a trusted state."""

from __future__ import annotations

from typing import Literal

from readiness.errors import Location
from readiness.model.record import record


@record
class PolicyChange:
    """One difference between the policy of the tree and that of its base.

    Attributes:
        effect: `loosened` (or not known to be as tight), `tightened`, or `changed` (neither).
        item: id of the item; empty for what is the launch's.
        what: what differs: `gate`, `limit`, `fresh`, `waiver`, …
        before: as the base has it.
        after: as the tree has it.
        at: where the tree has it.
        before_at: where the base has it.
    """

    effect: Literal["loosened", "tightened", "changed"]
    item: str
    what: str
    before: str
    after: str
    at: Location
    before_at: Location


@record
class PolicyBase:
    """A commit whose policy was taken or compared: the ref it was found by, and its id.

    `head` tells that it is checked out, as on the default branch: only what is not committed yet
    can differ from it.
    """

    ref: str
    commit: str
    head: bool


@record
class PolicyResult:
    """What the review was judged by.

    Attributes:
        taken_from: `ref` (checklists, approvers and decisions are those of the base) or `tree`.
        bases: the commits.
        note: what people should know about it; why there is nothing to compare with.
        changes: how the tree differs; those that loosen hold a launch that the tree judges.
    """

    taken_from: Literal["ref", "tree"]
    bases: tuple[PolicyBase, ...]
    note: str
    changes: tuple[PolicyChange, ...]
