"""How many observations a claim needs: Wilson intervals, and samples behind a percentile."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.model.fact import Fact

Z = 1.959963984540054  # 97.5 % point of the normal distribution: a two-sided interval of 95 %
ALPHA = 0.05
_PERCENTILE = re.compile(r"(?:.*\.)?p(\d{2}(?:\.\d+)?)")


def wilson(share: float, cases: int) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson 1927, JASA 22:209).

    Args:
        share: observed proportion, 0 to 1.
        cases: number of observations, at least 1.
    """
    z2 = Z * Z
    centre = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    spread = (
        Z / (1 + z2 / cases) * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases))
    )
    return max(0.0, centre - spread), min(1.0, centre + spread)


def samples_needed(quantile: float, *, confident: bool) -> int:
    """Return how many samples a percentile needs.

    At least one sample must be expected above it: n ≥ 1 ⁄ (1 − q). To be `confident`, the chance
    that all samples lie below it must be under 5 %: qⁿ < 0.05 (order statistics; Conover 1999,
    Practical Nonparametric Statistics, section 3.2).
    """
    if confident:
        return math.ceil(math.log(ALPHA) / math.log(quantile))
    return math.ceil(round(1 / (1 - quantile), 6))


def enough_samples(fact: Fact, *, confident: bool) -> str:
    """Return why a percentile has too few samples to be claimed, or an empty text."""
    match = _PERCENTILE.fullmatch(fact.metric)
    if not match or (fact.samples is None and not confident):
        return ""
    quantile = float(match.group(1)) / 100
    if not 0 < quantile < 1:
        return ""
    needed = samples_needed(quantile, confident=confident)
    if fact.samples is None:
        return f"how many samples stand behind {fact.metric} is not known; {needed:,} are needed"
    if fact.samples >= needed:
        return ""
    return f"{fact.metric} of {fact.samples:,} samples; it needs {needed:,}"
