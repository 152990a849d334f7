"""Two runs compared: whether the second is slower or fails more often, and by how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from readiness.stats.clumps import Scored, failure_effect, rank_effect, share_effect
from readiness.stats.histogram import Histogram, Interval, quantile, size
from readiness.stats.mover import mover, newcombe
from readiness.stats.order_statistics import interval
from readiness.stats.proportions import ALPHA
from readiness.stats.ranks import Ranks, mann_whitney

QUANTILES = (0.5, 0.9, 0.95, 0.99)
FEWEST = 8  # independent samples each, from which the normal approximation of the rank test holds
SIZES = ((0.71, "large"), (0.64, "medium"), (0.56, "small"))  # Vargha and Delaney 2000
SLOWER, FASTER = "slower", "faster"
HIGHER, LOWER = "higher", "lower"
SAME, FEW = "no difference shown", "too few samples"
METHOD = (
    "Mann–Whitney U test (1947), differences of percentiles by MOVER (Zou and Donner 2008) from "
    "order statistics, of error rates by Newcombe (1998), each at 95 % on its own"
)
CLUMPS = "samples discounted for clumps by the design effect (Kish 1965)"


class Run(NamedTuple):
    """What was measured in a run; windows, where known, are of equal width and in order of time."""

    times: Histogram
    failures: int = 0
    requests: int = 0  # with the failed ones
    windows: Sequence[Histogram] = ()  # of times
    outcomes: Sequence[Scored] = ()  # requests and failures of each window


class Change(NamedTuple):
    """One number of both runs."""

    before: float
    after: float
    difference: float
    interval: Interval  # of the difference, 95 %; an end that the samples leave open is infinite
    verdict: str


class Difference(NamedTuple):
    """What changed from run A to run B."""

    verdict: str  # over all times: slower, faster, no difference shown or too few samples
    magnitude: str  # of the effect: large, medium, small or negligible
    ranks: Ranks | None  # None without samples
    percentiles: dict[float, Change]
    errors: Change | None  # None if requests were not counted
    effects: tuple[float, float]  # design effects of the times of A and B; 1 where not known
    method: str


def difference(a: Run, b: Run, quantiles: Sequence[float] = QUANTILES) -> Difference:
    """Compare run B with run A.

    Each verdict holds at 95 % on its own: of 20 numbers of two equal runs, one is expected to be
    called different. Differences that rounding of the values could make are not told.

    Args:
        a: the run before.
        b: the run after.
        quantiles: the percentiles to compare, each between 0 and 1.
    """
    effects = rank_effect(a.windows, a.times), rank_effect(b.windows, b.times)
    known = size(a.times) > 0 and size(b.times) > 0
    ranks = mann_whitney(a.times, b.times, effects) if known else None
    few = min(size(a.times) / effects[0], size(b.times) / effects[1]) < FEWEST
    return Difference(
        verdict=FEW if few or not ranks else _verdict_of_ranks(ranks),
        magnitude=_magnitude(ranks.superiority) if ranks else "negligible",
        ranks=ranks,
        percentiles={share: _percentile(a, b, share) for share in quantiles} if known else {},
        errors=_errors(a, b) if a.requests and b.requests else None,
        effects=effects,
        method=f"{METHOD}; {CLUMPS}" if a.windows or b.windows else METHOD,
    )


def _verdict_of_ranks(ranks: Ranks) -> str:
    if ranks.p >= ALPHA:
        return SAME
    return SLOWER if ranks.z > 0 else FASTER


def _magnitude(superiority: float) -> str:
    """Return how large an effect is in words."""
    clear = max(superiority, 1 - superiority)
    return next((word for least, word in SIZES if clear >= least), "negligible")


def _percentile(a: Run, b: Run, share: float) -> Change:
    """Return how a percentile changed."""
    before, after = quantile(a.times, share), quantile(b.times, share)
    low, high = mover(before, _within(a, share, before), after, _within(b, share, after))
    blur = _blur(a.times, before) + _blur(b.times, after)
    within = Interval(low - blur, high + blur)
    return Change(before, after, after - before, within, _verdict(within, SLOWER, FASTER))


def _within(run: Run, share: float, value: float) -> Interval:
    """Return the interval of a percentile, of which `value` is the estimate."""
    return interval(run.times, share, share_effect(run.windows, value))


def _blur(times: Histogram, value: float) -> float:
    """Return how far a value may be from what was measured, by rounding and by classes of values.

    It was rounded to the smallest distance between two values, as far as can be seen.
    """
    grain = min((after - before for before, after in pairwise(times.values)), default=0.0)
    return grain / 2 + times.precision * value


def _errors(a: Run, b: Run) -> Change:
    """Return how the error rate changed."""
    effects = failure_effect(a.outcomes), failure_effect(b.outcomes)
    before, after = a.failures / a.requests, b.failures / b.requests
    within = newcombe(a.failures, a.requests, b.failures, b.requests, effects)
    few = min(a.requests / effects[0], b.requests / effects[1]) < FEWEST
    verdict = FEW if few else _verdict(within, HIGHER, LOWER)
    return Change(before, after, after - before, within, verdict)


def _verdict(within: Interval, more: str, less: str) -> str:
    """Return what an interval of a difference shows."""
    if within.low > 0:
        return more
    if within.high < 0:
        return less
    return SAME if math.isfinite(within.low) and math.isfinite(within.high) else FEW
