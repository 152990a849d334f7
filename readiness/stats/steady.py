"""The steady part of a run: windows of requests and latency in, the windows to judge by out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import median
from typing import NamedTuple

from readiness.stats.levels import NORMAL_MAD, climbs, drift, levels, noise

FEWEST = 20  # windows
BATCH = 5  # windows averaged before the rule is applied: the 5 of MSER-5
FEWEST_BATCHES = 20
CLEAR = 3.5  # standard deviations between a transient and the rest
ROUNDS = 6
GAPS = 0.05  # share of empty windows up to which they count as stalls of a running test
RATE = 0.1  # relative shifts that end a steady state
LATENCY = 0.25


class Window(NamedTuple):
    """A stretch of a run."""

    requests: float  # completed in it
    latency: float  # their mean, of any unit; ignored where there are none


class Steady(NamedTuple):
    """The steady part of a run, or why there is none: then `reason` is not empty."""

    start: int  # index of its first window
    stop: int  # index after its last window
    reason: str
    method: str


def steady(windows: Sequence[Window]) -> Steady:
    """Find the windows in which a run is past its warm-up and ramp and not yet in its cool-down.

    MSER-5 (White 1997, Simulation 69:323; Franklin and White 2008, Winter Simulation Conference):
    of all ways to cut up to half of the windows off the front, the one that makes the standard
    error of the mean of the rest smallest, on means of five windows (of fewer where the run has
    under 100, so that there are about 20). Applied to requests and to mean latency, from the front
    and, reversed, from the back, in turn until nothing more is cut; the steady part is what all of
    them leave. Against chance, means at the end of a cut that are within 3.5 standard deviations of
    the rest are given back, single outliers among them too.

    There is no steady state if less than half of the run is left, or if what is left climbs, falls
    or has several levels (ramped or stepped load, see `readiness.stats.levels`): by a tenth in
    requests or a quarter in mean latency. The indices are then 0.

    Args:
        windows: of equal width, in order of time; empty ones before and after the run do not count.
            Wide enough to hold some ten requests each.
    """
    used = [index for index, window in enumerate(windows) if window.requests > 0]
    unusable = _unusable(used)
    if unusable:
        return Steady(0, 0, unusable, "")
    first = used[0]
    rates, latencies = _series(windows[first : used[-1] + 1])
    method = _method(len(rates))
    start, stop = _truncated((rates, latencies))
    moving = _moving(rates, latencies, start, stop)
    if moving:
        return Steady(0, 0, f"no steady state found: {moving}", method)
    return Steady(first + start, first + stop, "", method)


def _unusable(used: Sequence[int]) -> str:
    """Return why these windows with requests cannot be judged, an empty text if they can."""
    if len(used) < FEWEST:
        return f"{len(used)} windows with requests; a steady state needs {FEWEST}"
    count = used[-1] + 1 - used[0]
    empty = count - len(used)
    if empty > GAPS * count:
        return (
            f"{empty} of {count} windows have no request: "
            "the run has gaps, or its windows are too narrow"
        )
    return ""


def _method(count: int) -> str:
    """Return the rule as a report names it."""
    return (
        f"MSER-{_batch(count)} (White 1997; Franklin and White 2008) on requests and mean latency, "
        "from the front and from the back"
    )


def _batch(count: int) -> int:
    """Return how many windows are averaged."""
    return min(BATCH, max(1, count // FEWEST_BATCHES))


def _series(windows: Sequence[Window]) -> tuple[list[float], list[float]]:
    """Return requests and latencies; a window without requests takes the latency before it."""
    rates, latencies = [], []
    latency = windows[0].latency
    for window in windows:
        latency = window.latency if window.requests > 0 else latency
        rates.append(float(window.requests))
        latencies.append(latency)
    return rates, latencies


def _truncated(series: Sequence[Sequence[float]]) -> tuple[int, int]:
    """Return the first and the after-last index that all series leave."""
    count = len(series[0])
    start, stop, batch = 0, count, _batch(count)
    for _ in range(ROUNDS):
        front = max(_cut(one[start:stop], batch) for one in series)
        start += front
        back = max(_cut(one[start:stop][::-1], batch) for one in series)
        stop -= back
        if not (front or back) or 2 * (stop - start) < count:
            break
    return start, stop


def _cut(series: Sequence[float], batch: int) -> int:
    """Return how many values the rule cuts off the front."""
    means = [
        math.fsum(series[n : n + batch]) / batch for n in range(0, len(series) - batch + 1, batch)
    ]
    count = len(means)
    centre = median(means)
    left = [mean - centre for mean in reversed(means)]
    sums = list(accumulate(left, initial=0.0))  # of the last n means
    squares = list(accumulate((value * value for value in left), initial=0.0))
    best, cut = math.inf, 0
    for dropped in range(count // 2 + 1):
        rest = count - dropped
        error = max(0.0, squares[rest] - sums[rest] ** 2 / rest) / rest**2
        if error < best * (1 - 1e-9):
            best, cut = error, dropped
    level = median(means[cut:])
    spread = median(abs(mean - level) for mean in means[cut:]) / NORMAL_MAD
    spread = max(spread, noise(means), noise(series) / math.sqrt(batch))
    return batch * _transient([abs(mean - level) > CLEAR * spread for mean in means[:cut]])


def _transient(far: Sequence[bool]) -> int:
    """Return the end of the last piece far from the rest; one that stands alone is an outlier."""
    for index in range(len(far) - 1, -1, -1):
        if far[index] and (index == 0 or far[index - 1]):
            return index + 1
    return 0


def _moving(rates: Sequence[float], latencies: Sequence[float], start: int, stop: int) -> str:
    """Return in words why what is left of a run is not steady, an empty text if it is."""
    short = unsteady = 2 * (stop - start) < len(rates)
    for name, series, least in (
        ("requests per window", rates, RATE),
        ("mean latencies", latencies, LATENCY),
    ):
        left = series[start:stop]
        shifts = abs(drift(left)) >= least or len(levels(left, least)) > 1
        told = _told(series, least) if short or shifts else ""
        if told:
            return f"{name} {told}"
        unsteady = unsteady or shifts
    return "the run never settles" if unsteady else ""


def _told(series: Sequence[float], least: float) -> str:
    """Return in words how a series moves over the whole run, an empty text if it does not."""
    found = levels(series, least)
    if len(found) == 1 and abs(drift(series)) < least:
        return ""
    if climbs(series, found):
        first, last = median(series[:3]), median(series[-3:])
        return f"{'climb' if first < last else 'fall'} from {first:.4g} to {last:.4g} over the run"
    values = ", ".join(f"{level.value:.4g}" for level in found)
    return f"stand on {len(found)} levels, one after the other: {values}"
