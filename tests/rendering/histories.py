"""Trends of the synthetic reviews: by one method, and across changes of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.model.evidence_result import Note
from readiness.model.history_result import HistoryResult, ItemPast, PastReview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.review import ItemResult

_DAYS = (date(2026, 8, 24), date(2026, 8, 31), date(2026, 9, 3), date(2026, 9, 10))
_SCORES = (12, 31, 26, 38)
_OPEN = (8, 7, 7, 6)
_OLD, _NEW = "3f6d0c9a51be", "b81f4e22d07c"


def trend(items: Sequence[ItemResult], *, changed: tuple[str, ...] = ()) -> HistoryResult:
    """Return four earlier reviews, the method changed before the second and, if told so, since the last."""
    past = tuple(
        PastReview(day, f"1.4.0-rc{n}", "4f2a9c1d" if n else "", "NO-GO", bool(n), score, still_open, 8, 13,
                   _NEW if n else _OLD, ("parameter peak 100 rps → 120 rps",) if n == 1 else (), f"{n:02x}" * 32)
        for n, (day, score, still_open) in enumerate(zip(_DAYS, _SCORES, _OPEN, strict=True))
    )  # fmt: skip
    return HistoryResult(
        past=past,
        older=2,
        method=_OLD if changed else _NEW,
        changed=changed,
        items=tuple(_item(n, item) for n, item in enumerate(items) if item.outcome is not None),
        notes=(Note("warning", "not-a-review", "this is not a readiness/review@1; left out", Location("old.json")),),
    )


def _item(number: int, item: ItemResult) -> ItemPast:
    if number % 3 == 0:
        return ItemPast(item.id, _DAYS[2], 3, "proven", _DAYS[1], number % 2 == 0)
    if number % 3 == 1:
        return ItemPast(item.id, date(2026, 9, 14), 1, "missing", _DAYS[3], False)
    return ItemPast(item.id, _DAYS[0], 5, "", None, False)
