"""The decision. It is not a score: one open blocker is a NO-GO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.decided_result import Hold
    from readiness.model.review import ItemResult, Review, Verdict


class NothingToDecide(ValueError):  # noqa: N818 - reads better where it is raised
    """A review without an applicable blocker: an error, never a GO."""


def decide(items: Iterable[ItemResult]) -> Verdict:
    """Return the decision.

    NO-GO while an applicable blocker is neither proven nor validly accepted; GO when everything
    applicable is proven; GO WITH CONDITIONS between the two.

    Raises:
        NothingToDecide: no blocker applies.
    """
    applicable = [item for item in items if item.outcome is not None]
    blockers = [item for item in applicable if item.gate == "blocker"]
    if not blockers:
        raise NothingToDecide
    if any(not item.holds for item in blockers):
        return "NO-GO"
    return "GO WITH CONDITIONS" if any(item.open for item in applicable) else "GO"


def held(review: Review, hold: Hold | None) -> Review:
    """Return a review that something besides its items holds: a NO-GO, whatever they are."""
    if hold is None:
        return review
    by = (hold.by, *(name for name in review.score.held_by if name != hold.by))
    return replace(
        review,
        decision="NO-GO",
        holds=(*review.holds, hold),
        score=replace(review.score, held_by=by),
        path_to_go=replace(review.path_to_go, becomes="NO-GO"),
    )
