"""What a review keeps of those before it: their figures, and when items changed their outcome."""

from __future__ import annotations

from datetime import date
from typing import Literal

from readiness.model.evidence_result import Note
from readiness.model.record import record

Was = Literal[
    "proven", "failed", "missing", "stale", "invalid", "inconclusive", "not applicable", "not asked"
]


@record
class PastReview:
    """A review that was recorded.

    Attributes:
        as_of: its day.
        version: the release candidate's.
        commit: it was built from; empty if the launch did not say.
        decision: what was decided.
        complete: whether it could be completed.
        readiness: the score, 0 to 100.
        open_blockers: blockers that nothing held.
        blockers: blockers that applied.
        items: items that applied.
        method: digest of what was asked and how it counts; scores of two methods do not compare.
        changed: what of the method differs from that of the review before; empty for the first.
        digest: SHA-256 of the recorded file.
    """

    as_of: date
    version: str
    commit: str
    decision: Literal["GO", "GO WITH CONDITIONS", "NO-GO"]
    complete: bool
    readiness: int
    open_blockers: int
    blockers: int
    items: int
    method: str
    changed: tuple[str, ...]
    digest: str


@record
class ItemPast:
    """How long an item has had its outcome.

    Attributes:
        item: its id.
        since: day of the first review, in an unbroken row up to this one, with this outcome.
        reviews: how many reviews are in that row, this one included.
        earlier: the outcome before that row; empty if no review was before it.
        last: day of the last review with that other outcome; None if there is none.
        method_changed: whether the method changed where the outcome did.
    """

    item: str
    since: date
    reviews: int
    earlier: Was | Literal[""]
    last: date | None
    method_changed: bool


@record
class HistoryResult:
    """The reviews of the same service that were recorded before this one.

    Attributes:
        past: the oldest first; at most 50.
        older: how many older ones are left out.
        method: digest of this review's method.
        changed: what of the method differs from that of the last of them.
        items: the items of this review that apply, by id.
        notes: files that could not be used, and why.
    """

    past: tuple[PastReview, ...]
    older: int
    method: str
    changed: tuple[str, ...]
    items: tuple[ItemPast, ...]
    notes: tuple[Note, ...]
