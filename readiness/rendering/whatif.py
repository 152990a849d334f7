"""What the page's script needs to decide again: each item's numbers, as compact rows.

In: a review. Out: plain values for a block of JSON; `templates/reports/report.js` reads them. The
rules themselves are those of `decision.whatif`, and a test holds the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import plain_name, visible

if TYPE_CHECKING:
    from readiness.model.review import ItemResult, Record, Review

_STATES = {None: 0, "proven": 1, "failed": 2}
_OTHER = 3
_PARTS = 3
BLOCKER, HELD, HELD_IF_CHANGED = 1, 2, 4


def data(review: Review) -> dict[str, object]:
    """Return the day of the review, the names of areas and owners, and a row for each item.

    A row is `[id, area, flags, state, harm, risk, credit, unprepared, effort, owner]`: area and
    owner by their index, two spellings of a name being one owner; flags add up 1 for a blocker, 2 for one that is held while it is open,
    4 for one that a record in force would hold if its outcome changed; state is 0 for an item that
    does not apply, 1 proven, 2 failed, 3 open for another reason; effort is in working days. The
    gap follows where it is not (1 − credit) × (1 + unprepared ⁄ 3). Rows are sorted by id, which
    decides between items of equal priority.
    """
    areas = sorted({item.area for item in review.items})
    owners: dict[str, str] = {}
    for name in sorted({item.owner for item in review.items}):
        owners.setdefault(_who(name), name)
    people = list(owners)
    records: dict[str, Record] = {}
    for record in review.records:
        if record.status in ("active", "revisit") and record.kind != "sign-off":
            records.setdefault(record.item, record)
    return {
        "day": review.as_of.isoformat(),
        "areas": [visible(area) for area in areas],
        "owners": [visible(owner) for owner in owners.values()],
        "items": [
            _row(item, areas.index(item.area), people.index(_who(item.owner)), records.get(item.id))
            for item in sorted(review.items, key=lambda item: item.id)
        ],
    }


def _who(owner: str) -> str:
    return plain_name(owner) or owner


def _row(item: ItemResult, area: int, owner: int, record: Record | None) -> list[object]:
    flags = BLOCKER * (item.gate == "blocker")
    flags |= HELD * _holds(item, item.disposition)
    flags |= HELD_IF_CHANGED * _holds(item, item.disposition or record)
    unprepared = _unprepared(item)
    row = [
        visible(item.id),
        area,
        flags,
        _STATES.get(item.outcome, _OTHER),
        item.harm_weight,
        item.risk_weight,
        _short(item.credit),
        unprepared,
        _short(item.effort_days),
        owner,
    ]
    follows = (1 - item.credit) * (1 + unprepared / _PARTS)
    return [*row, item.gap] if item.open and item.gap != follows else row


def _holds(item: ItemResult, record: Record | None) -> bool:
    kinds = ("waived", "not-applicable", *(("deferred",) if item.gate != "blocker" else ()))
    return record is not None and record.kind in kinds


def _unprepared(item: ItemResult) -> int:
    if item.open and item.credit < 1:
        parts = round(_PARTS * (item.gap / (1 - item.credit) - 1))
        return min(max(parts, 0), _PARTS)
    return item.unprepared


def _short(value: float) -> float:
    return int(value) if value == int(value) else value
