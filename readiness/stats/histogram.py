"""Counts by value: percentiles with their confidence interval, mean, sums of several histograms."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, islice
from operator import eq, mul
from typing import NamedTuple

ALPHA = 0.05


class Histogram:
    """How often each value was seen.

    Attributes:
        values: distinct values, ascending; times in ms.
        counts: how often each was seen, at least once.
        precision: largest relative error of a value; 0 if each stands as it was measured.
    """

    __slots__ = ("_mean", "_reached", "_size", "counts", "precision", "values")

    def __init__(
        self, values: Sequence[float], counts: Sequence[int], precision: float = 0.0
    ) -> None:
        self.values, self.counts, self.precision = values, counts, precision
        self._reached: Sequence[int] | None = None
        self._size = -1
        self._mean: float | None = None

    @property
    def reached(self) -> Sequence[int]:
        """How many samples are at or below each value; kept only where it takes long to add up."""
        if self._reached is not None:
            return self._reached
        found = array("Q", accumulate(self.counts))
        if len(found) > _LONG:
            self._reached = found
        return found

    @property
    def size(self) -> int:
        """How many samples there are."""
        if self._size < 0:
            self._size = sum(self.counts)
        return self._size

    @property
    def mean(self) -> float:
        """The arithmetic mean; NaN of no sample."""
        if self._mean is None:
            spent = math.fsum(map(mul, self.values, self.counts))
            self._mean = spent / self.size if self.size else math.nan
        return self._mean

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and (
            list(self.values) == list(other.values) and list(self.counts) == list(other.counts)
        )

    def __hash__(self) -> int:
        return hash((tuple(self.values), tuple(self.counts)))

    def __repr__(self) -> str:
        return f"Histogram({size(self)} samples, {len(self.values)} values)"


class Interval(NamedTuple):
    """A two-sided interval; an end that the sample cannot bound is 0 or infinite."""

    low: float
    high: float


EMPTY = Histogram((), ())
_LONG = 10_000
_LARGE = 1 << 32
_RARE = 1.5  # samples for each distinct value, under which most values are seen once


def from_counts(counts: Mapping[float, int], precision: float = 0.0) -> Histogram:
    """Build a histogram from a mapping of value to count."""
    ordered = sorted(counts)
    kind = "I" if max(counts.values(), default=0) < _LARGE else "Q"
    return Histogram(array("d", ordered), array(kind, map(counts.__getitem__, ordered)), precision)


def from_values(values: Sequence[float]) -> Histogram:
    """Build a histogram of values in any order."""
    counts = Counter(values)
    if len(counts) < len(values):
        return from_counts(counts)
    return _once(sorted(values))


def _once(values: Sequence[float], precision: float = 0.0) -> Histogram:
    """Build a histogram of ascending values that were seen once each."""
    return Histogram(array("d", values), array("I", (1,)) * len(values), precision)


def size(histogram: Histogram) -> int:
    """Return the number of samples."""
    return histogram.size


def mean(histogram: Histogram) -> float:
    """Return the arithmetic mean; NaN of no sample."""
    return histogram.mean


def quantile(histogram: Histogram, share: float) -> float:
    """Return the sample of rank ⌈share × n⌉ (nearest rank; Hyndman and Fan 1996, definition 1).

    NaN of no sample. `share` is between 0 and 1.
    """
    total = size(histogram)
    return ranked(histogram, [max(1, math.ceil(round(share * total, 6)))])[0] if total else math.nan


def ranked(histogram: Histogram, ranks: Sequence[int]) -> list[float]:
    """Return the samples of some ranks, 1 the smallest; 0 below the first, infinity above."""
    reached, total = histogram.reached, size(histogram)
    return [
        0.0
        if rank < 1
        else math.inf
        if rank > total
        else float(histogram.values[bisect_left(reached, rank)])
        for rank in ranks
    ]


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """Return the sum of histograms; as imprecise as the least precise of them."""
    parts = [h for h in histograms if len(h.values)]
    if len(parts) < 2:  # noqa: PLR2004 - nothing to add up
        return parts[0] if parts else EMPTY
    precision = max(part.precision for part in parts)
    if sum(map(size, parts)) < _RARE * sum(len(part.values) for part in parts):
        return _distinct(parts, precision)
    total: dict[float, int] = {}
    for part in parts:
        for value, count in zip(part.values, part.counts, strict=True):
            total[value] = total.get(value, 0) + count
    return from_counts(total, precision)


def _distinct(parts: Sequence[Histogram], precision: float) -> Histogram:
    """Merge histograms of values that were mostly seen once, without a dictionary of them all."""
    flat: list[float] = []
    for part in parts:
        if size(part) == len(part.values):
            flat += part.values
        else:
            for value, count in zip(part.values, part.counts, strict=True):
                flat += (value,) * count if count > 1 else (value,)
    flat.sort()
    if not any(map(eq, flat, islice(flat, 1, None))):
        return _once(flat, precision)
    values, counts = array("d"), array("Q")
    last = math.nan
    for value in flat:
        if value == last:
            counts[-1] += 1
        else:
            values.append(value)
            counts.append(1)
            last = value
    return Histogram(values, counts, precision)


def coarser(histogram: Histogram, digits: int = 10) -> Histogram:
    """Return a histogram with fewer values: each keeps `digits` binary digits (0.1 % for 10).

    What was rounded before is off by both roundings.
    """
    total: dict[float, int] = {}
    scale = 1 << digits
    for value, count in zip(histogram.values, histogram.counts, strict=True):
        mantissa, exponent = math.frexp(value)
        rounded = math.ldexp(round(mantissa * scale), exponent - digits)
        total[rounded] = total.get(rounded, 0) + count
    return from_counts(total, histogram.precision + (1 + histogram.precision) / scale)
