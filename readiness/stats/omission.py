"""Coordinated omission: from what a closed loop measured to what its users would have seen.

A closed-loop generator sends no request while it waits, so a stall of the server is measured once
per connection, where users who arrive at a steady rate would have met it many times (Tene 2013,
How NOT to Measure Latency).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from statistics import median
from typing import NamedTuple

from readiness.stats.histogram import Histogram

ADDITIONS = 100_000  # distinct added values up to which each is written down as it is
ALWAYS = 8  # a value that stands for no more than these is always written down as it is
GRID = 0.001  # relative width of the classes that the other added values fall into
ROUNDING = 1e-15  # 0.3 holds 0.1 three times
STALLED = 0.1  # of the median rate: a window below that stands still
SLOWED = 0.5  # of the median rate: a window below that lacks a part of its time
OUTLASTED = 0.5  # of the time that is missing: so long a response took that explains it
NORMAL = 0.5  # of the median rate: a window at or above that is at work
IMPOSSIBLE = math.log(1e-6)  # chance below which so few completions are no accident


class Stall(NamedTuple):
    """A time in which almost nothing was completed; both in the unit of the windows' width."""

    start: float
    length: float


class Gap(NamedTuple):
    """Windows in which a part of the usual requests is missing; times in the unit of the width."""

    start: float
    windows: int
    length: float
    longest: float


def expected_interval(concurrency: float, rate: float) -> float:
    """Return the milliseconds between two requests of one connection that keeps to its schedule.

    Args:
        concurrency: connections or users that each send one request at a time.
        rate: requests per second of all of them, as intended. Where no rate was intended, that of
            the windows without a stall (such as the median): the mean rate of a run with stalls is
            too low, which hides a part of what was left out.

    Raises:
        ValueError: if one of the two is not positive and finite.
    """
    if not (0 < concurrency < math.inf and 0 < rate < math.inf):
        raise ValueError("concurrency and rate must be positive")
    return 1000 * concurrency / rate


def corrected(histogram: Histogram, expected: float) -> Histogram:
    """Add the samples that a closed loop left out while it waited.

    A value v above the expected interval stands for requests that should have been sent meanwhile:
    v − e, v − 2e, … down to e are added, each as often as v was seen (Tene's HdrHistogram:
    recordValueWithExpectedInterval, copyCorrectedForCoordinatedOmission). Where that would add more
    than 100,000 distinct values, those of the largest v, evenly spaced between e and v, are counted
    into classes 0.1 % wide instead; their number stays exact. So the work is bounded however long
    the stall and however short the interval.

    Args:
        histogram: measured times.
        expected: interval between two requests of one connection, in the unit of the values.

    Raises:
        ValueError: if the expected interval is not positive and finite.
    """
    if not 0 < expected < math.inf:
        raise ValueError("the expected interval must be positive")
    first = bisect_right(histogram.values, expected)
    if first == len(histogram.values):
        return histogram
    split = _split(histogram.values, first, expected)
    total: dict[float, int] = dict(zip(histogram.values, histogram.counts, strict=True))
    for index in range(first, split):
        value, count = histogram.values[index], histogram.counts[index]
        for step in range(1, _steps(value, expected) + 1):
            added = value - step * expected
            total[added] = total.get(added, 0) + count
    if split == len(histogram.values):
        return _built(total, histogram.precision)
    _add_classes(total, histogram, split, expected)
    return _built(total, max(histogram.precision, GRID / 2))


def _built(total: dict[float, int], precision: float) -> Histogram:
    """Return a histogram whose counts may be far larger than those of any measurement."""
    ordered = sorted(total)
    return Histogram(array("d", ordered), [total[value] for value in ordered], precision)


def _split(values: Sequence[float], first: int, expected: float) -> int:
    """Return the index of the first value whose added values are no longer written down."""
    budget = ADDITIONS
    for index in range(first, len(values)):
        steps = _steps(values[index], expected)
        budget -= steps
        if budget < 0 and steps > ALWAYS:
            return index
    return len(values)


def _steps(value: float, expected: float) -> int:
    """Return how many samples a value above the interval stands for, beside itself."""
    return math.floor(value / expected * (1 + ROUNDING)) - 1


def _add_classes(
    total: dict[float, int], histogram: Histogram, first: int, expected: float
) -> None:
    """Add what the values from index `first` on stand for, as counts of classes.

    A value v adds ⌊(v − x) ⁄ e⌋ samples at or above x; its mean over v, (v − x) ⁄ e − ½, is summed
    over all v from sums of count and of count × value, so a class costs one look-up.
    """
    values, counts = histogram.values[first:], histogram.counts[first:]
    pairs = list(zip(values, counts, strict=True))
    number = [*accumulate((count for _, count in pairs), initial=0)]  # below an index
    weight = [*accumulate((value * count for value, count in pairs), initial=0.0)]
    above = sum(count * _steps(value, expected) for value, count in pairs)
    low = expected
    while above:
        high = low * (1 + GRID)
        start = bisect_left(values, high + expected / 2)
        heavy, many = weight[-1] - weight[start], number[-1] - number[start]
        left = max(0, min(above, round((heavy - many * high) / expected - many / 2)))
        if above > left:
            middle = min((low + high) / 2, values[-1])
            total[middle] = total.get(middle, 0) + above - left
        low, above = high, left


def stalls(counts: Sequence[int], width: float) -> list[Stall]:
    """Find the times in which a run that was at work before and after stood still.

    A stall is a run of windows that each hold under 10 % of the median count, with a window of at
    least half the median among the two before and among the two after. It must be too long to be
    chance: at the median rate so few completions would come up less than once in a million times
    (Poisson, with Chernoff's bound). Stalls shorter than two windows may fall through.

    Args:
        counts: completions in each window, in order of time.
        width: length of a window, in any unit of time.
    """
    middle = median(counts) if counts else 0
    found: list[Stall] = []
    index = 0
    while index < len(counts):
        end = index
        while end < len(counts) and counts[end] < STALLED * middle:
            end += 1
        if end > index and _is_stall(counts, index, end, middle):
            found.append(Stall(index * width, (end - index) * width))
        index = end + 1
    return found


def gaps(counts: Sequence[int], longest: Sequence[float], width: float) -> list[Gap]:
    """Find stalls that fill a part of a window, or of several, in windows that are wide.

    A gap is a run of windows that each hold under half of the median count, between windows at
    work as `stalls` has it, and no more by chance. Its length is the time at the median rate that
    is missing; a response that began in these windows, or in the one before, took at least half as
    long, or it was the load that was lower.

    Args:
        counts: requests that began in each window, in order of time.
        longest: the longest response time of each, 0 where there is none.
        width: length of a window, in the unit of these times.
    """
    middle = median(counts) if counts else 0
    found: list[Gap] = []
    index = 0
    while index < len(counts):
        end = index
        while end < len(counts) and counts[end] < SLOWED * middle:
            end += 1
        if end > index and _is_stall(counts, index, end, middle):
            missing = (end - index - sum(counts[index:end]) / middle) * width
            took = max(longest[max(0, index - 1) : end])
            if took >= OUTLASTED * missing:
                found.append(Gap(index * width, end - index, missing, took))
        index = end + 1
    return found


def _is_stall(counts: Sequence[int], start: int, end: int, middle: float) -> bool:
    """Return whether windows of little work lie between windows at work, and not by chance."""
    normal = NORMAL * middle
    before, after = counts[max(0, start - 2) : start], counts[end : end + 2]
    if max(before, default=0) < normal or max(after, default=0) < normal:
        return False
    expected, seen = middle * (end - start), sum(counts[start:end])
    chance = seen - expected + (seen * math.log(expected / seen) if seen else 0.0)
    return chance < IMPOSSIBLE
