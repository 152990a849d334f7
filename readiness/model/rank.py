"""An item's place: how firm it is in a study of weights, and what exactly divides two items."""

from __future__ import annotations

from typing import Literal

from readiness.model.record import record


@record
class Rank:
    """An open item's place: priority = harm × risk × gap; its range under other weights.

    `best`, `worst` and `top_five` (a share) come from the study. `ahead` is exact: the share of
    all weightings in which it is ahead of the next item, 0.5 where both weigh the same; None for
    the last of its class (open blockers, others), and in reviews of earlier versions.
    """

    rank: int
    item: str
    priority: float
    best: int
    worst: int
    top_five: float
    place: Literal["firm", "contested"]
    ahead: float | None = None


@record
class Study:
    """How the rank ranges were made: seeded draws over exponents and bands of the weights."""

    seed: int
    draws: int
    exponents: tuple[float, float]
    bands: float


@record
class Weights:
    """How much each factor counts: the exponents of harm^a × risk^b × gap^c."""

    harm: float
    risk: float
    gap: float


@record
class Duel:
    """What divides two items of one class, under every weighting (docs/ranking.md).

    Attributes:
        item: the id of one item.
        other: the id of the other.
        logs: ln of the item's harm, risk and gap minus those of the other.
        share: the part of the triangle of all weightings in which the item is ahead, 0 to 1; 0.5
            where both weigh the same.
        draws: which of them is ahead in each weighting that the study can draw, bands moved
            included: the `item`, the `other`, or `either`.
        swap: the weights nearest to 1, 1, 1 at which both weigh the same; None if none puts them
            the other way round.
        distance: how far those are from 1, 1, 1 (Euclidean).
        alone: by factor, how much it must count for both to weigh the same, the others counting 1;
            without the factors that would have to count 0 or less, or more than 10.
    """

    item: str
    other: str
    logs: Weights
    share: float
    draws: Literal["item", "other", "either"]
    swap: Weights | None
    distance: float | None
    alone: dict[str, float]


@record
class Proof:
    """Why an item stands where it does.

    `before` and `after` are the item beside its neighbours of the same class. In no weighting of
    the study is it before place `first` or after place `last`.
    """

    before: Duel | None
    after: Duel | None
    first: int
    last: int
