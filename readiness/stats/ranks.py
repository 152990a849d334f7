"""Whether one of two samples tends to be larger: the rank test, from histograms."""

from __future__ import annotations

import math
from itertools import chain
from typing import NamedTuple

from readiness.stats.histogram import Histogram, size


class Ranks(NamedTuple):
    """The result of a rank test of B against A."""

    u: float  # pairs in which B is larger; those of equal values count half
    superiority: float  # chance that a value of B exceeds one of A, equal values counting half
    z: float  # standard deviations from no difference; above 0 if B is larger
    p: float  # chance of such a difference, or a larger one, of samples that do not differ


def mann_whitney(a: Histogram, b: Histogram, effects: tuple[float, float] = (1.0, 1.0)) -> Ranks:
    """Compare two samples by the U test, two-sided.

    Normal approximation with correction for ties, without one for continuity; good from 8 samples
    each (Mann and Whitney 1947, Annals of Mathematical Statistics 18:50). The probability of
    superiority is the effect size A of Vargha and Delaney 2000 (Journal of Educational and
    Behavioral Statistics 25:101): 0.5 for none. Values that a histogram has put into one class
    count as equal.

    Args:
        a: the first sample, not empty.
        b: the second sample, not empty.
        effects: design effects of A and of B: a sample of n counts as n ⁄ effect.

    Raises:
        ValueError: if a sample is empty.
    """
    many, more = size(a), size(b)
    if not (many and more):
        raise ValueError("a sample is empty")
    u, ties = _pairs(a, b)
    both = many + more
    left = 1 - ties / (both**3 - both)  # of the variance without ties
    one, other = effects[0] / many, effects[1] / more
    variance = left * (one + other + one * other) / 12  # of U ⁄ (n m)
    superiority = u / (many * more)
    z = (superiority - 0.5) / math.sqrt(variance) if variance > 0 else 0.0
    return Ranks(u, superiority, z, math.erfc(abs(z) / math.sqrt(2)))


def _pairs(a: Histogram, b: Histogram) -> tuple[float, int]:
    """Return U of B, and the sum of t³ − t over all values, t how often a value is in both."""
    counts_a: dict[float, int] = dict(zip(a.values, a.counts, strict=True))
    counts_b: dict[float, int] = dict(zip(b.values, b.counts, strict=True))
    twice, below, ties = 0, 0, 0
    for value in sorted(set(chain(a.values, b.values))):
        of_a, of_b = counts_a.get(value, 0), counts_b.get(value, 0)
        twice += of_b * (2 * below + of_a)
        below += of_a
        ties += (of_a + of_b) ** 3 - (of_a + of_b)
    return twice / 2, ties
