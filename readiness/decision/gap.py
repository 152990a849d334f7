"""The operational gap of an item: what is unproven, and more so where a failure would go unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.model.failure import FailureDomain


def missing_parts(domain: FailureDomain | None) -> tuple[str, ...]:
    """Return which of detect, degrade and recover a failure domain says nothing about."""
    if domain is None:
        return ()
    parts = (
        ("detect", domain.detection),
        ("degrade", domain.fallback),
        ("recover", domain.failover),
    )
    return tuple(name for name, text in parts if not text)


def gap(credit: float, unprepared: int) -> float:
    """Return (1 − credit) × (1 + m ⁄ 3), m being how many of detect, degrade, recover are missing.

    0 for a proven item, 1 for an unproven one, up to 2 where nothing is prepared for its failure.
    """
    return (1 - credit) * (1 + unprepared / 3)
