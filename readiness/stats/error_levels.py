"""The levels of an error rate: cases and failures by window in, stretches of one rate each out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from readiness.stats.clumps import WINDOWS, Scored, failure_effect
from readiness.stats.levels import LASTING, SIGNIFICANT, Level

TIMES = 1.5  # a higher rate is at least as many times the lower one, and
POINTS = 0.001  # so much above it


def error_levels(windows: Sequence[Scored]) -> list[Level]:
    """Divide a run where its error rate shifts; one level means that it does not.

    Binary segmentation (Scott and Knott 1974, Biometrics 30:507) by the score test of two
    proportions; a level lasts a tenth of the run and ten windows. Neighbours are then joined, the
    nearest first, until all are five standard errors apart in the arcsine of the root of their
    rates (Cohen 1988, Statistical Power Analysis, chapter 6), which clumps widen by the larger
    design effect of both, as a level without failures shows no clumps: so neither a burst of errors
    nor the time between two is a level. Less than half as many again, or a tenth of a percentage
    point, is no shift.

    Args:
        windows: cases and failures of each, in order of time.
    """
    edges = [0, *_splits(windows), len(windows)]
    while len(edges) > 2:  # noqa: PLR2004 - those of one level
        gaps = [_apart(windows[a:b], windows[b:c]) for (a, b), (_, c) in pairwise(pairwise(edges))]
        nearest = min(range(len(gaps)), key=gaps.__getitem__)
        if gaps[nearest] >= SIGNIFICANT:
            break
        del edges[nearest + 1]
    return [Level(start, stop, _rate(windows[start:stop])) for start, stop in pairwise(edges)]


def error_drift(windows: Sequence[Scored]) -> tuple[float, float] | None:
    """Return the error rates at both ends of a straight line through a run, None if it is level.

    The trend of Cochran (1954, Biometrics 10:417) and Armitage (1955, Biometrics 11:375), counted
    as `error_levels` counts a shift; clumps are those around the line.
    """
    cases, rate = _cases(windows), _rate(windows)
    if not 0 < rate < 1:
        return None
    middle = math.fsum(n * w.cases for n, w in enumerate(windows)) / cases
    way = [n - middle for n in range(len(windows))]
    spread = math.fsum(w.cases * n * n for n, w in zip(way, windows, strict=True)) or math.inf
    slope = math.fsum(n * w.total for n, w in zip(way, windows, strict=True)) / spread
    flat = [
        Scored(w.cases, w.total - w.cases * slope * n) for n, w in zip(way, windows, strict=True)
    ]
    error = math.sqrt(rate * (1 - rate) * failure_effect(flat) / spread)
    first, last = (min(1.0, max(0.0, rate + slope * n)) for n in (way[0], way[-1]))
    if abs(slope) <= SIGNIFICANT * error or not _matters(first, last):
        return None
    return first, last


def _splits(windows: Sequence[Scored]) -> list[int]:
    """Return where the rates before and after differ, be it by a clump, in order of time."""
    shortest = max(WINDOWS, len(windows) // LASTING)
    cases = list(accumulate((w.cases for w in windows), initial=0))
    failed = list(accumulate((w.total for w in windows), initial=0.0))
    found: list[int] = []
    pending = [(0, len(windows))]
    while pending:
        start, stop = pending.pop()
        total, bad = cases[stop] - cases[start], failed[stop] - failed[start]
        best, split = SIGNIFICANT**2 * bad * (total - bad), 0
        for middle in range(start + shortest, stop - shortest + 1):
            before = cases[middle] - cases[start]
            after = total - before
            gap = (failed[middle] - failed[start]) * total - bad * before
            if gap * gap * total > best * before * after:
                best, split = gap * gap * total / (before * after), middle
        if split:
            found.append(split)
            pending += [(start, split), (split, stop)]
    return sorted(found)


def _apart(one: Sequence[Scored], other: Sequence[Scored]) -> float:
    """Return how many standard errors two rates are apart, 0 if by too little to matter."""
    rates = _rate(one), _rate(other)
    if not _matters(*rates):
        return 0.0
    gap = 2 * abs(math.asin(math.sqrt(rates[1])) - math.asin(math.sqrt(rates[0])))
    effect = max(failure_effect(one), failure_effect(other))
    return gap / math.sqrt(effect / _cases(one) + effect / _cases(other))


def _matters(one: float, other: float) -> bool:
    """Return whether two rates are so far apart that it matters."""
    low, high = sorted((one, other))
    return high >= max(TIMES * low, low + POINTS)


def _rate(windows: Sequence[Scored]) -> float:
    return math.fsum(w.total for w in windows) / max(1, _cases(windows))


def _cases(windows: Sequence[Scored]) -> int:
    return sum(w.cases for w in windows)
