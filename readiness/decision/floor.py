"""What a score may not exceed: that of a trusted policy, as far as the judged one tells it."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from readiness.model.review import ItemResult, Score


class Floor(NamedTuple):
    """The weights of a trusted policy by item id, and the items that the judged one weakens."""

    weights: Mapping[str, int]
    weakened: frozenset[str]


def lowered(score: Score, items: Sequence[ItemResult], floors: Iterable[Floor]) -> Score:
    """Return the lowest of a score and of those over the items and weights of trusted policies.

    Easy items that a change adds, a greater weight that it gives to proven ones, and items that it
    drops or weakens so lift no score: the latter earn nothing.
    """
    credits_ = {item.id: Fraction(item.credit) for item in items if item.outcome is not None}
    for floor in floors:
        total = sum(floor.weights.values())
        earned = sum(
            weight * credits_.get(item, Fraction(0))
            for item, weight in floor.weights.items()
            if item not in floor.weakened
        )
        exact = 100 * earned / total if total else Fraction(0)
        if exact < score.exact:
            score = replace(score, readiness=math.floor(exact), exact=float(exact))
    return score
