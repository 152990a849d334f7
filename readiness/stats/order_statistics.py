"""Which samples bound a percentile, free of any distribution."""

from __future__ import annotations

import math

from readiness.stats.exact import incomplete_beta
from readiness.stats.histogram import ALPHA, Histogram, Interval, ranked, size


def interval(histogram: Histogram, share: float, effect: float = 1.0) -> Interval:
    """Return the 95 % confidence interval of a percentile, free of any distribution.

    From two order statistics (David and Nagaraja 2003, Order Statistics, section 7.1; Conover 1999,
    Practical Nonparametric Statistics, section 3.2): see `rank_interval`.

    Args:
        histogram: the samples.
        share: the percentile, 0 to 1.
        effect: design effect of samples that come in clumps (Kish 1965): 1 if independent.
    """
    total = size(histogram)
    low, high = rank_interval(total, share)
    if effect > 1 and total:
        centre, spread = share * total, math.sqrt(effect)
        low = max(0, math.floor(centre - (centre - low) * spread))
        high = min(total + 1, math.ceil(centre + (high - centre) * spread))
    low_value, high_value = ranked(histogram, [low, high])
    return Interval(low_value, high_value)


def rank_interval(total: int, share: float) -> tuple[int, int]:
    """Return the ranks of the samples between which a percentile lies with at least 95 %.

    The number of samples below the percentile is binomial (n, share). The lower rank is the largest
    l with P(B ≤ l − 1) ≤ 2.5 %, the upper the smallest u with P(B ≥ u) ≤ 2.5 %. Rank 0 means that
    the sample has no lower bound, n + 1 that it has no upper one.
    """
    low = _tail_rank(total, share)
    return low, total + 1 - _tail_rank(total, 1 - share)


def _tail_rank(total: int, share: float) -> int:
    """Return the largest l with P(B ≤ l − 1) ≤ 2.5 %, B binomial: 0 if there is none.

    Step by step up from a rank that is lower, whose P is an incomplete beta function.
    """
    spread = math.sqrt(total * share * (1 - share))
    rank = max(0, math.floor(total * share - 2.5 * spread) - 2)
    below = incomplete_beta(1 - share, total - rank + 1, rank) if rank else 0.0
    term = _binomial(total, share, rank)
    if below + term > ALPHA / 2:  # only for few samples: the rank is then 0 or next to it
        rank, below, term = 0, 0.0, _binomial(total, share, 0)
    while below + term <= ALPHA / 2 and rank < total:
        below += term
        term *= (total - rank) / (rank + 1) * share / (1 - share)
        rank += 1
    return rank


def _binomial(total: int, share: float, successes: int) -> float:
    """Return P(B = successes)."""
    log = (
        math.lgamma(total + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(total - successes + 1)
        + successes * math.log(share)
        + (total - successes) * math.log1p(-share)
    )
    return math.exp(log)
