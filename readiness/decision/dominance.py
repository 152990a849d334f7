"""Two items under every weighting, exactly: ln(harm^a × risk^b × gap^c) is linear in a, b and c.

So one item is ahead of another on one side of a plane through the origin. Multiplying a, b and c by
one number changes no order; the triangle a + b + c = 3 with a, b, c ≥ 0 therefore holds every
weighting there is, and the plane cuts it along a straight line.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from readiness.model.rank import Duel, Proof, Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.rank import Study
    from readiness.model.review import ItemResult

    Vector = tuple[float, float, float]

MOST = 10.0
LEAST = 1e-9
_ZERO = 1e-12
_NAMES = ("harm", "risk", "gap")


def factors(item: ItemResult) -> tuple[float, float, float]:
    """Return harm, risk (as a fraction) and gap, none of them 0, so that each has a logarithm."""
    values = (item.harm_weight, item.risk_weight / 100, item.gap)
    return max(values[0], LEAST), max(values[1], LEAST), max(values[2], LEAST)


def logs(item: ItemResult, other: ItemResult) -> Vector:
    """Return ln of an item's harm, risk and gap minus those of another."""
    harm, risk, gap = (
        0.0 if abs(difference := math.log(mine / theirs)) < _ZERO else difference
        for mine, theirs in zip(factors(item), factors(other), strict=True)
    )
    return harm, risk, gap


def share(difference: Vector) -> float:
    """Return the part of the triangle of all weightings in which an item is ahead, 0 to 1.

    A corner of the triangle counts one factor alone, so its value is the difference in that factor.
    The line through value 0 cuts a triangle off at the corner p whose sign no other corner has; its
    sides are p ⁄ (p − v) of the whole ones, for the other corners v. Equal items share: 0.5.
    """
    above = [value for value in difference if value > 0]
    below = [value for value in difference if value < 0]
    if not above or not below:
        return 1.0 if above else 0.0 if below else 0.5
    p = above[0] if len(above) == 1 else below[0]
    corner = math.prod(p / (p - v) for v in difference if v * p <= 0)
    return corner if len(above) == 1 else 1 - corner


def always(item: ItemResult, other: ItemResult, study: Study) -> bool:
    """Whether an item is ahead in each weighting that a study can draw, bands moved included.

    The least value of a linear function over a box is at a corner. Where two bands of harm or risk
    differ, the worst draw moves one down and the other up, at most by (1 + bands) ⁄ (1 − bands).
    """
    if study.bands >= 1:
        return False
    moved = math.log((1 + study.bands) / (1 - study.bands))
    harm, risk, gap = logs(item, other)
    least = (harm - moved * bool(harm), risk - moved * bool(risk), gap)
    return sum(min(value * bound for bound in study.exponents) for value in least) > _ZERO


def swap(difference: Vector) -> tuple[Weights, float] | None:
    """Return the weights nearest to 1, 1, 1 at which two items tie, and their distance.

    The foot of the perpendicular on the plane of ties; if a weight would be negative there, the
    nearest point with one weight 0. None if one item is ahead, or level, under every weighting.
    """
    if not _lead(difference):
        return Weights(1, 1, 1), 0.0
    if min(difference) >= 0 or max(difference) <= 0:
        return None
    feet = [_foot(difference, free) for size in (3, 2) for free in combinations(range(3), size)]
    near = min((foot for foot in feet if foot and min(foot) >= 0), key=_far)
    return Weights(*near), _far(near)


def _lead(difference: Vector) -> float:
    """Return the difference at the weights 1, 1, 1."""
    total = sum(difference)
    return 0.0 if abs(total) < _ZERO else total


def _foot(difference: Vector, free: tuple[int, ...]) -> list[float] | None:
    """Return the point of the plane nearest to (1, 1, 1) of which only `free` weights are not 0."""
    square = sum(difference[i] ** 2 for i in free)
    if not square:
        return None
    step = sum(difference[i] for i in free) / square
    return [1 - step * value if i in free else 0.0 for i, value in enumerate(difference)]


def _far(weights: Sequence[float]) -> float:
    return math.dist(weights, (1, 1, 1))


def alone(difference: Vector) -> dict[str, float]:
    """Return by factor how much it alone must count for a tie, the other two counting 1."""
    total = _lead(difference)
    counts = {
        name: 1 - total / value for name, value in zip(_NAMES, difference, strict=True) if value
    }
    return {name: count for name, count in counts.items() if _ZERO < count <= MOST}


def duel(item: ItemResult, other: ItemResult, study: Study) -> Duel:
    """Compare two open items of the same class under every weighting."""
    difference = logs(item, other)
    tie = swap(difference)
    return Duel(
        item.id,
        other.id,
        Weights(*difference),
        share(difference),
        _draws(item, other, study),
        tie[0] if tie else None,
        tie[1] if tie else None,
        alone(difference),
    )


def _draws(item: ItemResult, other: ItemResult, study: Study) -> Literal["item", "other", "either"]:
    if always(item, other, study):
        return "item"
    return "other" if always(other, item, study) else "either"


def neighbour(ranked: Sequence[ItemResult], index: int, step: int) -> ItemResult | None:
    """Return the item before (−1) or after (1) the one at an index, if it is of the same class."""
    at = index + step
    other = ranked[at] if 0 <= at < len(ranked) else None
    return other if other is not None and other.waits is ranked[index].waits else None


def proof(ranked: Sequence[ItemResult], index: int, study: Study) -> Proof:
    """Prove the place of the item at an index: its neighbours, and where it can never be."""
    item = ranked[index]
    before, after = (neighbour(ranked, index, step) for step in (-1, 1))
    return Proof(
        duel(item, before, study) if before else None,
        duel(item, after, study) if after else None,
        1 + sum(precedes(other, item, study) for other in ranked),
        len(ranked) - sum(precedes(item, other, study) for other in ranked),
    )


def precedes(item: ItemResult, other: ItemResult, study: Study) -> bool:
    """Whether an item comes before another in each weighting that a study can draw."""
    if item.waits is not other.waits:
        return item.waits
    return always(item, other, study)
