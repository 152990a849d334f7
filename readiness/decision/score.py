"""Readiness from 0 to 100: harm times risk, earned by proof and by nothing else."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from readiness.model.review import Score

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.review import ItemResult


_NOT_CURRENT = {"invalid", "stale"}


def score(items: Iterable[ItemResult]) -> Score:
    """Return 100 × Σ weight × credit ⁄ Σ weight over the items that apply, rounded down.

    Coverage is the share of weight with any evidence, `current` the share whose evidence is
    neither missing, invalid nor stale, whatever else is wrong with it. What people decided earns no
    credit. Exact fractions keep the order of items out of the result.
    """
    applicable = [item for item in items if item.outcome is not None]
    total = sum(item.weight for item in applicable)
    if not total:
        return Score(0, 0.0, 0.0, 0.0, ())
    earned = sum(item.weight * Fraction(item.credit) for item in applicable)
    covered = sum(item.weight for item in applicable if item.has_evidence)
    current = sum(item.weight for item in applicable if _is_current(item))
    exact = 100 * earned / total
    held = sorted(i.id for i in applicable if i.gate == "blocker" and not i.holds)
    return Score(math.floor(exact), float(exact), covered / total, current / total, tuple(held))


def _is_current(item: ItemResult) -> bool:
    """Tell whether nothing about an item's evidence is missing, invalid or stale."""
    if item.outcome == "proven" or not item.has_evidence:
        return item.has_evidence
    found = (finding.outcome for need in item.requirements for finding in need.findings)
    return item.outcome != "missing" and _NOT_CURRENT.isdisjoint({item.outcome, *found})
