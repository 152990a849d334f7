"""Capacity: measurements at several loads in, knee and peak throughput with their doubt out."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from readiness.stats.collapse import above, risen
from readiness.stats.digits import digits
from readiness.stats.exact import fisher_tail, student
from readiness.stats.histogram import Interval
from readiness.stats.proportions import ALPHA, Z
from readiness.stats.usl import Curve, Point, averaged, fit, residual

FEWEST = 6  # points
LEVELS = 4
APART = 1.2  # of two levels, the higher over the lower: less is how one level varies
RANGE = 3  # largest over smallest concurrency
GOOD = 0.9  # share of the variance that the curve must explain
BEYOND = 2  # times the largest tested concurrency: a knee further out is not stated
PARAMETERS = 3
DRAWS = 200
SEED = 20_240
BAND = 40  # points of the band
MANY = 100  # points that are fitted as they are; more are averaged
GROUPS = 50
METHOD = (
    "Universal Scalability Law (Gunther 1993, 2007) by nonlinear least squares; "
    "95 % from 200 draws of its residuals"
)


class Band(NamedTuple):
    """The fitted throughput at a concurrency and its interval of 95 %."""

    concurrency: float
    throughput: float
    low: float
    high: float


class Refusal(NamedTuple):
    """Why no capacity can be told from the measurements, in words."""

    reason: str


class Capacity(NamedTuple):
    """What a system can do, as fitted; intervals are of 95 %."""

    curve: Curve  # λ, σ and κ
    r2: float  # share of the variance that the curve explains
    tested: float  # highest throughput that was seen at a level: a lower bound of the capacity
    knee: float | None  # concurrency of the highest throughput, None if it cannot be told
    knee_interval: Interval | None
    peak: float | None  # highest throughput, None with the knee
    peak_interval: Interval | None
    reason: str  # why there is no knee, in words; empty if there is one
    band: tuple[Band, ...]  # over the tested range, and up to the knee
    method: str


def capacity(
    points: Sequence[Point],
    tested: float | None = None,
    seed: int = SEED,
    *,
    saturated: bool = True,
) -> Capacity | Refusal:
    """Fit the Universal Scalability Law and say what it supports, or why it supports nothing.

    Intervals come from a bootstrap of the weighted residuals (Efron 1979, Annals of Statistics 7:1;
    Davison and Hinkley 1997, section 6.2.5), which are widened for the three fitted parameters and
    by Student's t for the few points. More than 100 points are averaged into at most 50 groups of
    like concurrency first: neighbours in time are not independent. The knee is told only if κ
    differs from 0 (F test of the fit without it, 5 %) and the knee lies within the tested range or
    not beyond twice its end, and if the load did not stay below saturation. The lower end of the
    highest throughput is never above what was tested: a service that only saturates has no peak,
    and the curve that is bent to fit it has. Where throughput collapses faster than the law bends,
    its peak is clearly below the best tenth of the measurements: then the curve is fitted up to
    there, and instead of a knee the fall is told.

    Args:
        points: concurrency, throughput and weight (inverse variance) of each measurement.
        tested: the highest throughput that was seen at a level; that of the points if None.
        saturated: whether the load was as high as the system could bear, or that is not known.
        seed: of the draws; the same points and seed give the same intervals.

    Raises:
        ValueError: if a concurrency or weight is not positive, or a throughput is not finite.
    """
    if tested is None:
        tested = max((p.throughput for p in points), default=0.0)
    points = _grouped(points)
    if reason := _unfit(points):
        return Refusal(reason)
    curve = fit(points)
    points, fall = risen(points, curve)
    if fall:
        if reason := _unfit(points):
            return Refusal(f"{fall}; up to there {reason}")
        curve = fit(points)
    if reason := _poor(points, curve):
        return Refusal(reason)
    reason = f"{fall}; " if fall else _hidden(points, curve, saturated=saturated)
    if reason:
        reason += f"the capacity is at least {digits(tested, 4)}"
    return _supported(points, curve, tested, reason, _draws(points, curve, seed))


def _supported(
    points: Sequence[Point], curve: Curve, tested: float, reason: str, draws: Sequence[Curve]
) -> Capacity:
    """Return what a curve supports: no knee, and nothing beyond the points, if a reason says so."""
    top = max(p.concurrency for p in points)
    told = not reason
    end = max(top, 1.2 * curve.knee) if told else top
    return Capacity(
        curve=curve,
        r2=_explained(points, curve),
        tested=tested,
        knee=curve.knee if told else None,
        knee_interval=_interval([draw.knee for draw in draws]) if told else None,
        peak=curve.peak if told else None,
        peak_interval=_peaks(draws, tested) if told else None,
        reason=reason,
        band=_band(curve, draws, min(p.concurrency for p in points), end),
        method=METHOD,
    )


def _grouped(points: Sequence[Point]) -> list[Point]:
    """Return the points in order of concurrency, many of them averaged with their neighbours."""
    ordered = sorted(points)
    if len(ordered) <= MANY:
        return ordered
    if len({p.concurrency for p in ordered}) <= GROUPS:
        return [averaged(list(group)) for _, group in groupby(ordered, lambda p: p.concurrency)]
    edges = [n * len(ordered) // GROUPS for n in range(GROUPS + 1)]
    return [averaged(ordered[start:stop]) for start, stop in pairwise(edges)]


def _unfit(points: Sequence[Point]) -> str:
    """Return why the points cannot carry a curve, an empty text if they can."""
    tested = sorted(p.concurrency for p in points)
    if len(points) < FEWEST:
        return f"{len(points)} points; a capacity fit needs {FEWEST}"
    if tested[-1] < RANGE * tested[0]:
        return (
            f"concurrency from {digits(tested[0], 4)} to {digits(tested[-1], 4)} only; "
            f"a capacity fit needs a range of {RANGE} times"
        )
    levels = _levels(tested)
    if levels < LEVELS:
        return (
            f"{levels} levels of concurrency that are a fifth apart; a capacity fit needs {LEVELS}"
        )
    if all(p.throughput <= 0 for p in points):
        return "nothing was completed"
    return ""


def _levels(tested: Sequence[float]) -> int:
    """Return how many levels there are in concurrencies that go up."""
    count, level = 0, 0.0
    for concurrency in tested:
        if concurrency >= APART * level:
            count, level = count + 1, concurrency
    return count


def _poor(points: Sequence[Point], curve: Curve) -> str:
    """Return why a curve does not tell how throughput follows, an empty text if it does."""
    r2 = _explained(points, curve)
    if not r2 >= GOOD:
        return (
            f"the curve explains {max(0.0, r2):.0%} of how throughput varies, under {GOOD:.0%}: "
            "throughput does not follow from concurrency here"
        )
    if top := above(points, curve):
        peak, measured = digits(curve.peak, 4), digits(top.throughput, 4)
        return (
            f"the curve ends at {peak} where {measured} was measured: throughput does not follow "
            "the law here"
        )
    return ""


def _explained(points: Sequence[Point], curve: Curve) -> float:
    """Return the share of the variance of throughput that a curve explains."""
    return 1 - residual(points, curve) / _variance(points)


def _hidden(points: Sequence[Point], curve: Curve, *, saturated: bool) -> str:
    """Return why the knee cannot be told, an empty text if it can."""
    tested = [p.concurrency for p in points]
    left = residual(points, curve)
    straight = residual(points, fit(points, coherent=False))
    freedom = len(points) - PARAMETERS
    chance = max(left, 1e-12 * _variance(points)) / freedom
    if fisher_tail(max(0.0, straight - left) / chance, 1, freedom) > ALPHA:
        largest = digits(max(tested), 4)
        return f"no knee up to {largest}, the largest tested concurrency: it lies beyond, and "
    if curve.knee > BEYOND * max(tested):
        return (
            f"the knee lies beyond twice {digits(max(tested), 4)}, the largest tested concurrency: "
            "too far out to tell where; "
        )
    if curve.knee < min(tested):
        return (
            f"throughput falls from the smallest tested concurrency, {digits(min(tested), 4)}, on: "
            "the knee lies below; "
        )
    if not saturated:
        return "nothing shows saturation, and from below it no knee can be known; "
    return ""


def _variance(points: Sequence[Point]) -> float:
    """Return the weighted sum of squares around the mean."""
    mean = averaged(points).throughput
    return math.fsum(p.weight * (p.throughput - mean) ** 2 for p in points) or math.nan


def _draws(points: Sequence[Point], curve: Curve, seed: int) -> list[Curve]:
    """Return the curves of points that are redrawn around the fitted one."""
    random_ = random.Random(seed)  # noqa: S311 - a bootstrap, not a secret
    fitted = [(p.concurrency, curve.at(p.concurrency), p.weight) for p in points]
    apart = [
        math.sqrt(p.weight) * (p.throughput - x)
        for p, (_, x, _) in zip(points, fitted, strict=True)
    ]
    centre, freedom = math.fsum(apart) / len(apart), len(points) - PARAMETERS
    wider = math.sqrt(len(points) / freedom) * student(freedom) / Z
    apart = [(value - centre) * wider for value in apart]
    return [
        fit([Point(n, max(0.0, x + random_.choice(apart) / math.sqrt(w)), w) for n, x, w in fitted])
        for _ in range(DRAWS)
    ]


def _peaks(draws: Sequence[Curve], tested: float) -> Interval:
    """Return the interval of the highest throughput, its lower end at most what was tested."""
    low, high = _interval([draw.peak for draw in draws])
    return Interval(min(low, tested), high)


def _interval(values: Sequence[float]) -> Interval:
    """Return the 2.5 and 97.5 percentile."""
    ordered = sorted(values)
    skip = round(len(ordered) * ALPHA / 2)
    return Interval(ordered[skip - 1], ordered[-skip])


def _band(curve: Curve, draws: Sequence[Curve], start: float, end: float) -> tuple[Band, ...]:
    """Return the curve and its interval at evenly spaced concurrencies."""
    places = [start + (end - start) * n / (BAND - 1) for n in range(BAND)]
    return tuple(
        Band(place, curve.at(place), *_interval([draw.at(place) for draw in draws]))
        for place in places
    )
