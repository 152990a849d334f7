"""The levels of a noisy series: where it stands, steps up or down, or climbs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from statistics import median
from typing import NamedTuple

SIGNIFICANT = 5.0  # standard errors between two levels; a steady series of any length stays below
SHORTEST = 3  # windows
LASTING = 10  # a level lasts at least one part in so many of the series
MEANS = 20  # that tell how much neighbours go together
NORMAL_MAD = 0.6745  # median absolute deviation of a normal distribution of deviation 1


class Level(NamedTuple):
    """A stretch of a series, from index `start` to before `stop`, and its median."""

    start: int
    stop: int
    value: float


def levels(series: Sequence[float], least: float) -> list[Level]:
    """Divide a series where its level shifts; one level means that it keeps it.

    Binary segmentation (Scott and Knott 1974, Biometrics 30:507). A shift counts if the means of
    both sides are five standard errors apart and both last a tenth of the series; neighbours whose
    medians are less than `least` apart are then joined, the nearest first, so that an outlier is no
    level. Scaling the series scales the levels and moves nothing.

    Args:
        series: one finite value per window, of any unit.
        least: smallest relative shift that matters, as a fraction of the higher level.
    """
    if not series:
        return []
    shortest = max(SHORTEST, len(series) // LASTING)
    parts = list(_divided(series, shortest, _deviation(series)))
    while len(parts) > 1:
        nearest = min(range(1, len(parts)), key=lambda n: _shift(parts[n - 1], parts[n]))
        if _shift(parts[nearest - 1], parts[nearest]) >= least:
            break
        joined = _level(series, parts[nearest - 1].start, parts[nearest].stop)
        parts[nearest - 1 : nearest + 1] = [joined]
    return parts


def drift(series: Sequence[float]) -> float:
    """Return how far a straight line through a series goes, as a fraction of its higher end.

    Zero if that is within five standard errors; negative if it falls.
    """
    count = len(series)
    spread = (count**3 - count) / 12  # of the indices
    if not spread:
        return 0.0
    middle = (count - 1) / 2
    slope = math.fsum((n - middle) * value for n, value in enumerate(series)) / spread
    if abs(slope) <= SIGNIFICANT * _deviation(series) / math.sqrt(spread):
        return 0.0
    level, way = math.fsum(series) / count, slope * (count - 1)
    return way / max(abs(level - way / 2), abs(level + way / 2))


def climbs(series: Sequence[float], found: Sequence[Level]) -> bool:
    """Return whether a straight line tells a series better than its levels do: a ramp, no stair."""
    count = len(series)
    middle, level = (count - 1) / 2, math.fsum(series) / count
    spread = (count**3 - count) / 12 or 1.0
    slope = math.fsum((n - middle) * value for n, value in enumerate(series)) / spread
    line = math.fsum((y - level - slope * (n - middle)) ** 2 for n, y in enumerate(series))
    steps = math.fsum(
        (series[n] - part.value) ** 2 for part in found for n in range(part.start, part.stop)
    )
    return line < steps


def _level(series: Sequence[float], start: int, stop: int) -> Level:
    return Level(start, stop, median(series[start:stop]))


def _shift(one: Level, other: Level) -> float:
    """Return the relative distance of two levels, as a fraction of the higher one."""
    higher = max(abs(one.value), abs(other.value))
    return abs(one.value - other.value) / higher if higher else 0.0


def noise(series: Sequence[float]) -> float:
    """Return the standard deviation of a series around its level, whatever its level does.

    From the differences of neighbours, which steps and slow trends leave alone (von Neumann 1941,
    Annals of Mathematical Statistics 12:367; here their median, so that outliers do not count).
    Zero only for fewer than two values or none but zeros.
    """
    steps = [abs(after - before) for before, after in pairwise(series)]
    if not steps:
        return 0.0
    rounding = 1e-9 * max(map(abs, series))  # a difference of rounding is none
    return max(median(steps) / (NORMAL_MAD * math.sqrt(2)), rounding)


def _deviation(series: Sequence[float]) -> float:
    """Return the noise of a value, as large as the means of some neighbours make it look.

    That is larger where neighbours go together. It takes 20 means not to mistake steps for noise.
    """
    length = len(series) // MEANS
    if length < SHORTEST:
        return noise(series)
    means = [math.fsum(series[n * length :][:length]) / length for n in range(MEANS)]
    return max(noise(series), noise(means) * math.sqrt(length))


def _divided(series: Sequence[float], shortest: int, deviation: float) -> Iterator[Level]:
    """Yield the levels in order of time, splitting at the clearest shift until none is clear."""
    sums = list(accumulate(series, initial=0.0))
    pending: list[tuple[int, int]] = [(0, len(series))]
    while pending:
        start, stop = pending.pop()
        split = _split(sums, start, stop, shortest, deviation)
        if split is None:
            yield _level(series, start, stop)
        else:
            pending += [(split, stop), (start, split)]


def _split(
    sums: Sequence[float], start: int, stop: int, shortest: int, deviation: float
) -> int | None:
    """Return where the means before and after are the most standard errors apart, None if near."""
    best, found = (SIGNIFICANT * deviation) ** 2, None
    for split in range(start + shortest, stop - shortest + 1):
        before, after = split - start, stop - split
        gap = (sums[split] - sums[start]) / before - (sums[stop] - sums[split]) / after
        strength = gap * gap * before * after / (before + after)
        if strength > best:
            best, found = strength, split
    return found
