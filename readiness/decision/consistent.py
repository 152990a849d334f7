"""Whether a review from a file agrees with itself, so that it can be computed with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.decision.dominance import MOST

if TYPE_CHECKING:
    from readiness.model.rank import Study
    from readiness.model.review import ItemResult, Review

_DRAWS = 100_000
_MOST_GAP = 2


def flaw(review: Review) -> str:
    """Return what a review says that none of this program says; an empty text if nothing."""
    ids = [item.id for item in review.items]
    if len(set(ids)) < len(ids):
        return "two items have the same id"
    applying = [item for item in review.items if item.outcome is not None]
    if not any(item.gate == "blocker" for item in applying):
        return "no blocker applies"
    if sorted(rank.item for rank in review.ranking) != sorted(i.id for i in applying if i.open):
        return "its ranking does not name each open item once"
    wrong = next((name for item in applying if (name := _number(item))), "")
    return wrong or _study(review.study)


def _number(item: ItemResult) -> str:
    """Return the number of an item that cannot be, if there is one. NaN is in no range."""
    ranges = (
        ("harm_weight", item.harm_weight > 0),
        ("risk_weight", item.risk_weight > 0),
        ("credit", 0 <= item.credit <= 1),
        ("gap", 0 <= item.gap <= _MOST_GAP),
        ("effort_days", 0 <= item.effort_days < math.inf),
    )
    return next((f"the {name} of {item.id} cannot be" for name, holds in ranges if not holds), "")


def _study(study: Study) -> str:
    low, high = study.exponents
    sound = 1 <= study.draws <= _DRAWS and 0 <= low <= high <= MOST and 0 <= study.bands < 1
    return "" if sound else "its study of weights cannot be"
