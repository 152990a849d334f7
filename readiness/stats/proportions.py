"""Intervals of a proportion, and how many observations a claim needs."""

from __future__ import annotations

import math

Z = 1.959963984540054  # 97.5 % point of the normal distribution: a two-sided interval of 95 %
ALPHA = 0.05


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

    At least one sample must be expected above it: n ≥ 1 ⁄ (1 − q). To be `confident`, the largest
    sample must be above it with 97.5 %, so that the two-sided interval of 95 % has an upper end:
    qⁿ ≤ 0.025 (order statistics; Conover 1999, Practical Nonparametric Statistics, section 3.2).
    """
    if confident:
        return math.ceil(math.log(ALPHA / 2) / math.log(quantile))
    return math.ceil(round(1 / (1 - quantile), 6))
