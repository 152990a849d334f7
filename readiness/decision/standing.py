"""A review's records by how they stand: void, expiring, due for a second look, or holding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.decision.records import HOLDING
from readiness.model.record_list import RECORDS, Listed, RecordList

if TYPE_CHECKING:
    from readiness.model.review import ItemResult, Record, Review

_ORDER = ("void", "expiring", "revisit", "holds")


def record_list(review: Review, within: int) -> RecordList:
    """Return the records, those that need a look first; `within` days count as expiring soon."""
    items = {item.id: item for item in review.items}
    listed = [_listed(record, items.get(record.item), review, within) for record in review.records]
    listed.sort(key=lambda e: (_ORDER.index(e.standing), e.days_left, e.record.item))
    return RecordList(
        RECORDS,
        review.as_of,
        review.launch.service,
        within,
        review.accepted is not None,
        tuple(listed),
        review.sign_offs,
        review.accepted,
    )


def _listed(record: Record, item: ItemResult | None, review: Review, within: int) -> Listed:
    left = (record.expires - review.as_of).days
    return Listed(
        "void"
        if record.status not in HOLDING
        else "expiring"
        if left <= within
        else "revisit"
        if record.status == "revisit"
        else "holds",
        left,
        item.title if item else review.launch.title,
        item.outcome if item else None,
        item is None or item.open,
        record,
    )
