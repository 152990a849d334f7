"""Parts of a view that only some reviews have; what puts them into words is imported for those."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.headroom import Headroom
    from readiness.rendering.latency import LatencyView
    from readiness.rendering.loads import ComparisonView, LoadView


def loads(review: Review) -> tuple[LoadView, ...]:
    """Put the load tests into words."""
    if not review.loads:
        return ()
    from readiness.rendering.loads import load_views  # noqa: PLC0415 - start-up time

    return load_views(review)


def comparisons(review: Review) -> tuple[ComparisonView, ...]:
    """Put the comparisons of load tests into words."""
    if not review.comparisons:
        return ()
    from readiness.rendering.loads import comparison_views  # noqa: PLC0415 - start-up time

    return comparison_views(review)


def latency(review: Review) -> tuple[LatencyView, ...]:
    """Put the latency budgets into words."""
    if not review.latency:
        return ()
    from readiness.rendering.latency import latency_views  # noqa: PLC0415 - start-up time

    return latency_views(review)


def headroom(review: Review) -> Headroom | None:
    """Lay the forecast peak beside what was tested; None if the launch names none."""
    if not review.launch.parameters.get("peak"):
        return None
    from readiness.rendering.headroom import headroom_view  # noqa: PLC0415 - start-up time

    return headroom_view(review)
