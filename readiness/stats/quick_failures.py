"""Whether requests that failed were quicker than those that passed, and what that did to figures.

All is compared within parts of a run, such as its endpoints: that one part is slower and fails more
often than another makes no failure quick. Each test is a permutation test: were failures as
slow as the others of their part, any of its requests might have been the ones that failed.
They count requests, not clumps of them: that failures come together does not make them slow.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from readiness.stats.clumps import STRETCHES
from readiness.stats.histogram import Histogram, merge, quantile
from readiness.stats.ranks import mann_whitney

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FEWEST = 8  # requests of a part that others can be held against, or that tell of it
SURE = 3.0  # standard deviations: by chance once in 700 times, and never of under four failures
_HALF = 0.5  # correction for continuity
_MEDIAN = 50.0
_CLOSE = 1e-6  # requests


Pair = tuple[Histogram, Histogram]  # of passed and failed requests


class Part(NamedTuple):
    """Response times of one part of a run; not both are empty.

    Attributes:
        borrowed: whether the passed requests are those of other parts, as none of its own are.
    """

    passed: Histogram
    failed: Histogram
    borrowed: bool = False

    @property
    def requests(self) -> int:
        """How many requests are of this part."""
        return self.failed.size + (0 if self.borrowed else self.passed.size)


def parts_of(groups: Iterable[Pair]) -> list[Part]:
    """Return the parts to compare, of pairs of passed and failed.

    Failures of parts of which none passed, or under eight and more failed, are held against all
    that passed.
    """
    found = list(groups)
    parts = [Part(ok, bad) for ok, bad in found if ok.size and not _lone(ok, bad)]
    lone = merge(bad for ok, bad in found if _lone(ok, bad))
    if lone.size and (everywhere := merge(ok for ok, _ in found)).size:
        parts.append(Part(everywhere, lone, borrowed=True))
    return parts


def strata_of(courses: Iterable[Sequence[Pair]]) -> list[Part]:
    """Return the parts to test: stretches of time of each part of a run.

    So failures in a calm phase are held against what passed in it. A stretch has about 32 passed
    requests or more; failures of a stretch in which as good as none passed are held against all
    that passed of their part. Of parts with under eight requests, of which none passed, nothing
    can be said: failures there may be as quick as their part is.

    Args:
        courses: of each part the passed and failed of each window, in order of time.
    """
    pairs: list[Pair] = []
    for course in courses:
        passed = sum(ok.size for ok, _ in course)
        step = -(-len(course) // max(1, min(STRETCHES, passed // STRETCHES)))
        parts = [_both(course[n : n + step]) for n in range(0, len(course), step)]
        pairs += [pair for pair in parts if not _lone(*pair)]
        if (left := merge(bad for ok, bad in parts if _lone(ok, bad))).size:
            pairs.append((merge(ok for ok, _ in course), left))
    return parts_of((ok, bad) for ok, bad in pairs if ok.size or bad.size >= FEWEST)


def _both(pairs: Sequence[Pair]) -> Pair:
    return merge(ok for ok, _ in pairs), merge(bad for _, bad in pairs)


def _lone(passed: Histogram, failed: Histogram) -> bool:
    """Return whether as good as none passed of a part, while others failed."""
    return not passed.size or passed.size < FEWEST <= failed.size


def had_they_passed(parts: Sequence[Part], share: float | None) -> float:
    """Return a figure of all requests had those that failed taken as long as those that passed.

    Each part keeps its number of requests (direct standardisation); a failure stands for a passed
    request of its part. Of one part alone it is the figure of the passed requests.

    Args:
        parts: at least one.
        share: of the percentile by nearest rank, between 0 and 1; None is the mean.
    """
    weights = [part.requests for part in parts]
    if len(parts) == 1:
        passed = parts[0].passed
        return passed.mean if share is None else quantile(passed, share)
    if share is None:
        spent = (part.passed.mean * n for part, n in zip(parts, weights, strict=True))
        return math.fsum(spent) / sum(weights)
    known = [
        (part.passed.values, part.passed.reached, n / part.passed.size)
        for part, n in zip(parts, weights, strict=True)
    ]
    wanted = share * sum(weights) - _CLOSE

    def held(value: float) -> bool:
        return math.fsum(_below(v, r, value) * scale for v, r, scale in known) >= wanted

    places = [(values, bisect_left(values, True, key=held)) for values, _, _ in known]
    return min(float(values[index]) for values, index in places if index < len(values))


def quicker(parts: Iterable[Part]) -> float:
    """Return by how many standard deviations failures tend to be quicker than passed requests.

    The rank test stratified by part (van Elteren 1960, Bull. Int. Stat. Inst. 37:351): each part's
    Mann–Whitney z, weighted by √(n m ⁄ (n + m + 1)). Below 0 they tend to be slower.
    """
    total = variance = 0.0
    for passed, failed, _ in parts:
        if failed.size:
            weight = passed.size * failed.size / (passed.size + failed.size + 1)
            total += math.sqrt(weight) * mann_whitney(failed, passed).z
            variance += weight
    return total / math.sqrt(variance) if variance else 0.0


def fewer_above(parts: Iterable[Part], value: float) -> float:
    """Return by how many standard deviations too few failures took longer than a value.

    The test of Mantel and Haenszel (1959, JNCI 22:719), with correction for continuity, on failed
    and passed requests above the value and not. For a percentile of all requests it is Mood's
    median test, stratified and at another rank. Never below 0.
    """
    missing = variance = 0.0
    for part in parts:
        passed, failed = part.passed.size, part.failed.size
        total = passed + failed
        above = total - sum(_below(h.values, h.reached, value) for h in part[:2])
        seen = failed - _below(part.failed.values, part.failed.reached, value)
        missing += failed * above / total - seen
        variance += failed * passed * above * (total - above) / total**2 / max(1, total - 1)
    return max(0.0, missing - _HALF) / math.sqrt(variance) if variance else 0.0


def _below(values: Sequence[float], reached: Sequence[int], value: float) -> int:
    """Return how many samples are at or below a value."""
    index = bisect_right(values, value)
    return reached[index - 1] if index else 0


class Stated(NamedTuple):
    """What a summary states of some requests, in ms; None if it does not."""

    mean: float | None
    least: float | None
    most: float | None
    ranked: Mapping[float, float]  # percentiles by rank in per cent, above 0 and below 100


def quicker_stated(every: Stated, passed: Stated, requests: float, failed: float) -> float:
    """Return what `quicker` does, as far as a summary shows it: the clearest of two signs.

    The mean of the failures follows from both means and the share that failed. Of failures at most
    mean ⁄ median reach the median of the passed requests (Markov), which half of them should. And
    their mean may be below that of the passed requests, whose standard deviation is at most
    `most_spread`.

    Where no maximum or no mean is stated, times are assumed to be exponential.

    Args:
        every: of all requests.
        passed: of those that passed.
        requests: how many there were.
        failed: the share of them that failed, above 0 and below 1.
    """
    if every.mean is None or passed.mean is None:
        both = every.ranked.keys() & passed.ranked.keys()
        found = [_fewer_above(every, passed, rank, requests, failed) for rank in both]
        return max(found, default=0.0)
    weight = math.sqrt(requests * (1 - failed) / failed)
    lower, spread = passed.mean - every.mean, most_spread(passed, passed.mean)
    sign = lower / spread * weight if spread else math.inf if lower > 0 else 0.0
    if median := passed.ranked.get(_MEDIAN):
        reach = max(0.0, passed.mean - lower / failed) / median
        return max(sign, (1 - 2 * reach) * failed * weight)
    return sign


def most_spread(stated: Stated, mean: float) -> float:
    """Return the largest standard deviation that a mean and percentiles allow.

    Each sample is then at an end of the range between two percentiles, and as many at upper ends as
    the mean allows (Bhatia and Davis 2000, Am. Math. Mon. 107:353, of a single range). Without a
    maximum it is the mean, as of exponential times.
    """
    if stated.most is None:
        return mean
    ranked = sorted({0.0: stated.least or 0.0, **stated.ranked, 100.0: stated.most}.items())
    ranges = [((high - low) / 100, a, b) for (low, a), (high, b) in pairwise(ranked)]
    left = mean - math.fsum(share * a for share, a, _ in ranges)
    squares = math.fsum(share * a * a for share, a, _ in ranges)
    for share, a, b in reversed(ranges):
        more = max(0.0, min(left, share * (b - a)))
        left -= more
        squares += more * (a + b)
    return math.sqrt(max(0.0, squares - mean * mean))


def _fewer_above(
    every: Stated, passed: Stated, rank: float, requests: float, failed: float
) -> float:
    """Return what `fewer_above` does of a percentile of all, were the passed times exponential."""
    if not passed.ranked[rank]:
        return 0.0
    above = 1 - rank / 100
    good = above ** (every.ranked[rank] / passed.ranked[rank])
    missing = min(failed * above, (1 - failed) * (good - above))
    return float(missing / math.sqrt(failed * (1 - failed) * above * (1 - above) / requests))
