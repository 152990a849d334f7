"""What moved between two reviews of a service: the contract of `readiness diff --format json`.

Published as `readiness/diff@1`: keys may be added within this version, never changed or gone.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from readiness.model.record import record

DIFF: Literal["readiness/diff@1"] = "readiness/diff@1"
Effect = Literal["progress", "regression", "method", "dropped", "added"]


@record
class Side:
    """One of the reviews: where it came from, and what it came to."""

    source: str
    as_of: date
    version: str
    commit: str
    decision: Literal["GO", "GO WITH CONDITIONS", "NO-GO"]
    complete: bool
    readiness: int
    open_blockers: int


@record
class Move:
    """An item that is not what it was.

    Attributes:
        effect: `progress` (better, by the same method), `regression` (worse, whatever the method),
            `method` (better, but something else is asked), `dropped` (no longer asked, or it no
            longer applies), `added` (it is new, or applies now).
        item: its id.
        title: its title.
        gate: `blocker` or `deferrable`.
        before: its outcome before, in a word.
        after: its outcome after.
        evidence: paths of its evidence that changed.
        reason: why it is not proven now; empty if it is.
    """

    effect: Effect
    item: str
    title: str
    gate: str
    before: str
    after: str
    evidence: tuple[str, ...]
    reason: str


@record
class EvidenceMove:
    """A piece of evidence that is not what it was.

    Attributes:
        change: `added`, `removed`, `changed` (other bytes), `re-dated` (the same bytes, another
            date), `re-read` (by another reader).
        path: its path.
        before: digest or date before; empty if it was not there.
        after: digest or date after; empty if it is not there.
        items: ids of the items that use it.
    """

    change: Literal["added", "removed", "changed", "re-dated", "re-read"]
    path: str
    before: str
    after: str
    items: tuple[str, ...]


@record
class RecordMove:
    """A decision of a person that is new, gone or stands otherwise; `none` where there is none."""

    item: str
    kind: str
    approver: str
    before: str
    after: str
    why: str


@record
class Difference:
    """Two reviews, and what moved from one to the other.

    Attributes:
        schema: this format.
        service: whose reviews they are.
        old: the earlier one.
        new: the later one.
        comparable: whether both were made by one method, so that their scores compare.
        method: what of the method differs: checklists, limits, parameters, scope, tool.
        items: items that moved, regressions first.
        evidence: pieces of evidence that changed, by path.
        decisions: people's decisions that changed, by item.
        refused: whether regressions were to be refused, and there are some.
    """

    schema: Literal["readiness/diff@1"]
    service: str
    old: Side
    new: Side
    comparable: bool
    method: tuple[str, ...]
    items: tuple[Move, ...]
    evidence: tuple[EvidenceMove, ...]
    decisions: tuple[RecordMove, ...]
    refused: bool = False
