"""How much less a sample says because its values come in clumps: design effects from windows.

A load test has good and bad seconds, so two neighbouring samples say less than two independent
ones. The design effect (Kish 1965, Survey Sampling, section 5.4) is the variance of a mean over
what it would be if samples were independent: n samples are worth n ⁄ effect.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache, partial
from itertools import accumulate, repeat
from operator import getitem, mul
from typing import NamedTuple

from readiness.stats.exact import student
from readiness.stats.histogram import Histogram, size
from readiness.stats.proportions import Z

WINDOWS = 10  # below that a variance between windows is not known
STRETCHES = 32  # of a run, into which the windows of one of many groups are put together
SEEN = 10  # values on either side of a limit, below which a group does not show how they clump


class Scored(NamedTuple):
    """A window of a run."""

    cases: int
    total: float  # sum of the scores of its cases


def share_effect(windows: Sequence[Histogram], limit: float) -> float:
    """Return the design effect of the share of values above a limit, such as a percentile."""
    return failure_effect([Scored(size(h), _above(h, limit)) for h in windows])


def failure_effect(windows: Sequence[Scored]) -> float:
    """Return the design effect of a share: windows of cases and of how many of them failed."""
    cases = sum(window.cases for window in windows)
    part = sum(window.total for window in windows) / cases if cases else 0.0
    return design_effect(windows, part * (1 - part))


def group_effect(cases: Sequence[int], totals: Sequence[int], otherwise: float) -> float:
    """Return the design effect of a share in one group of a run, such as those of an endpoint.

    Args:
        cases: of the group in each window, in order of time.
        totals: how many of them count, such as the failed ones.
        otherwise: the least effect to take if the group has too few windows or values to tell.
    """
    step = -(-len(cases) // STRETCHES) or 1
    known, hits = _together(cases, step), _together(totals, step)
    effect = failure_effect(list(map(Scored, known, hits)))
    rarer = min(sum(hits), sum(known) - sum(hits))
    enough = rarer >= SEEN and len(known) - known.count(0) >= WINDOWS
    return effect if enough else max(effect, otherwise)


def _together(numbers: Sequence[int], step: int) -> Sequence[int]:
    """Add up neighbours."""
    if step == 1:
        return numbers
    return [sum(numbers[n : n + step]) for n in range(0, len(numbers), step)]


def tails(histograms: Sequence[Histogram], limit: float) -> list[int]:
    """Return how many values of each are above a limit; of thousands in little time."""
    places = map(bisect_right, [h.values for h in histograms], repeat(limit))
    above = map(slice, places, repeat(None))
    return list(map(sum, map(getitem, [h.counts for h in histograms], above)))


def rank_effect(windows: Sequence[Histogram], everything: Histogram) -> float:
    """Return the design effect of the mean rank, as the rank test needs it.

    Args:
        windows: values of each window, in order of time.
        everything: the values of all windows, in which ranks are taken.
    """
    below = list(accumulate(everything.counts, initial=0))
    rank = cache(partial(_rank, everything.values, below))
    scored = [
        Scored(
            size(window),
            math.fsum(
                rank(value) * count
                for value, count in zip(window.values, window.counts, strict=True)
            ),
        )
        for window in windows
    ]
    cases = below[-1]
    ties = math.fsum(count**3 for count in everything.counts) / cases**3 if cases else 1.0
    return design_effect(scored, (1 - ties) / 12)


def _rank(values: Sequence[float], below: Sequence[int], value: float) -> float:
    """Return the share of values below a value, those equal to it counting half."""
    return (below[bisect_left(values, value)] + below[bisect_right(values, value)]) / below[-1] / 2


def design_effect(windows: Sequence[Scored], variance: float) -> float:
    """Return the variance of a mean over that of as many independent cases, at least 1.

    From the variance between windows and, as clumps may last longer than a window, twice their
    autocovariances as far as those can be told from noise (initial monotone sequence; Geyer 1992,
    Statistical Science 7:473). Long clumps leave few independent stretches of the run to estimate
    that from, which Student's t makes up for. Under 10 windows with cases nothing is known of
    clumps and 1 is returned.

    Args:
        windows: in order of time.
        variance: of the score of one case, over all of them.
    """
    used = [window for window in windows if window.cases]
    if len(used) < WINDOWS or variance <= 0:
        return 1.0
    mean = math.fsum(window.total for window in used) / sum(window.cases for window in used)
    apart = [(window.total - window.cases * mean) / math.sqrt(window.cases) for window in used]
    alone = math.fsum(value * value for value in apart) / (len(apart) - 1)
    together = max(alone, _long_run(apart))
    stretches = len(apart) * (alone / together if together else 1.0)
    doubt = student(max(1, round(stretches) - 1)) / Z
    return max(1.0, together / variance) * doubt**2


def _long_run(apart: Sequence[float]) -> float:
    """Return the variance of deviations and twice the sum of their autocovariances.

    Each of them is too small by about the variance of the mean, which came from the same windows;
    that is made up for, at most by a factor of two.
    """
    count = len(apart)
    found, last, lag = 0.0, math.inf, 0
    while lag < count - 1:
        both = _covariance(apart, lag) + _covariance(apart, lag + 1)
        if both <= 0:
            break
        last = min(last, both)
        found += 2 * last
        lag += 2
    return (found - _covariance(apart, 0)) / max(0.5, 1 - 2 * lag / count)


def _covariance(apart: Sequence[float], lag: int) -> float:
    """Return the autocovariance of deviations at a lag."""
    return math.fsum(map(mul, apart, apart[lag:])) / (len(apart) - 1)


def _above(histogram: Histogram, limit: float) -> int:
    """Return how many values are above a limit."""
    return sum(histogram.counts[bisect_right(histogram.values, limit) :])
