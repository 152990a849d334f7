"""The steady part of a run: windows of requests and latency in, the windows to judge by out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import median
from typing import NamedTuple

from readiness.stats.digits import digits
from readiness.stats.levels import LASTING, NORMAL_MAD, climbs, drift, levels, noise

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

    requests: float  # begun in it
    latency: float  # their mean, of any unit; ignored where there are none
    users: float = 0.0  # of a closed loop; 0 where not known


class Steady(NamedTuple):
    """The steady part of a run, or why there is none: then `reason` is not empty."""

    start: int  # index of its first window
    stop: int  # index after its last window
    reason: str
    method: str


class _Course(NamedTuple):
    """What a run did, window by window."""

    rates: list[float]
    latencies: list[float]
    flying: list[float]  # requests in flight
    users: list[float]  # empty where not known


def steady(windows: Sequence[Window], width: float = 0.0) -> Steady:
    """Find the windows in which a run is past its warm-up and ramp and not yet in its cool-down.

    MSER-5 (White 1997, Simulation 69:323; Franklin and White 2008, Winter Simulation Conference):
    of all ways to cut up to half of the windows off the front, the one that makes the standard
    error of the mean of the rest smallest, on means of five windows (of fewer where the run has
    under 100, so that there are about 20). Applied to requests and to mean latency from the front
    and, reversed, to the load from the back, in turn until nothing more is cut; the steady part is
    what all of them leave. Against chance, means at the end of a cut that are within 3.5 standard
    deviations of the rest are given back, single outliers among them too.

    From the back only that is cut in which the load falls: requests, if fewer are in flight as well
    (a service that slows down makes a closed loop send less), or users of a closed loop. What
    latency does while the load stays is the service's and no cool-down. A last window that the run
    fills in part is left out, as its rate is none of the run.

    There is no steady state if less than half of the run is left, or if what is left climbs, falls
    or has several levels (ramped or stepped load, see `readiness.stats.levels`): by a tenth in
    requests or a quarter in mean latency. The indices are then 0.

    Args:
        windows: of equal width, in order of time; empty ones before and after the run do not count.
            Wide enough to hold some ten requests each.
        width: of a window, in the unit of the latency; 0 for one longer than any response.
    """
    used = [index for index, window in enumerate(windows) if window.requests > 0]
    unusable = _unusable(used)
    if unusable:
        return Steady(0, 0, unusable, "")
    first, run = used[0], windows[used[0] : used[-1] + 1]
    course, method = _course(run, width), _method(len(run))
    start, stop = _truncated(course)
    if stop == len(run) and _partial(run[-1], run[-2]):
        stop -= 1
    moving = _moving(course.rates, course.latencies, start, stop)
    if moving:
        return Steady(0, 0, f"no steady state found: {moving}", method)
    return Steady(first + start, first + stop, "", method)


def _unusable(used: Sequence[int]) -> str:
    """Return why these windows with requests cannot be judged, an empty text if they can."""
    if len(used) < FEWEST:
        some = f"{len(used)} window{'' if len(used) == 1 else 's'}"
        return f"{some} with requests; a steady state needs {FEWEST}"
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
        f"MSER-{_batch(count)} (White 1997; Franklin and White 2008) on requests and mean "
        "latency, at the end where the load falls"
    )


def _batch(count: int) -> int:
    """Return how many windows are averaged."""
    return min(BATCH, max(1, count // FEWEST_BATCHES))


def _course(windows: Sequence[Window], width: float) -> _Course:
    """Return what a run did; a window without requests takes latency and users before it.

    The run begins and ends somewhere in its first and last window: they have at least the requests
    of the window beside them.
    """
    rates, latencies, users = [], [], []
    latency, present = windows[0].latency, windows[0].users
    for window in windows:
        latency = window.latency if window.requests > 0 else latency
        present = window.users or present
        rates.append(float(window.requests))
        latencies.append(latency)
        users.append(present)
    rates[0], rates[-1] = max(rates[:2]), max(rates[-2:])
    flying = _flying(rates, latencies, width)
    return _Course(rates, latencies, flying, users if users[0] else [])


def _partial(last: Window, before: Window) -> bool:
    """Return whether the run ends within its last window: fewer requests, and fewer in flight."""
    flying = [window.requests * window.latency for window in (last, before)]
    return max(last.requests - (1 - RATE) * before.requests, flying[0] - (1 - RATE) * flying[1]) < 0


def _flying(rates: Sequence[float], latencies: Sequence[float], width: float) -> list[float]:
    """Return how many requests are in flight, to a factor: as many as began, times latency.

    Little's law (1961). Those of a window begin in its middle and may last into later ones.
    """
    if not width:
        return [rate * latency for rate, latency in zip(rates, latencies, strict=True)]
    found = [0.0] * len(rates)
    for index, (rate, latency) in enumerate(zip(rates, latencies, strict=True)):
        begin, end = index + 0.5, index + 0.5 + latency / width
        for other in range(index, min(len(found), math.ceil(end))):
            found[other] += rate * (min(end, other + 1) - max(begin, other))
    return found


def _truncated(course: _Course) -> tuple[int, int]:
    """Return the first and the after-last index of what is left."""
    count = len(course.rates)
    start, stop, batch = 0, count, _batch(count)
    for _ in range(ROUNDS):
        front = max(_cut(one[start:stop], batch) for one in (course.rates, course.latencies))
        start += front
        back = _cool_down(_Course(*(one[start:stop] for one in course)), batch)
        stop -= back
        if not (front or back) or 2 * (stop - start) < count:
            break
    return start, stop


def _cool_down(course: _Course, batch: int) -> int:
    """Return how many values to cut off the back: those at the end in which the load falls."""
    cut = _fallen((course.rates, course.flying), batch)
    return max(cut, _fallen((course.users,), batch)) if course.users else cut


def _fallen(series: Sequence[Sequence[float]], batch: int) -> int:
    """Return how many values at the end the rule cuts off the first series, while all are low.

    Low is a tenth below the rest. A mean that alone is not is an outlier; before the first low
    ones, those that are below the rest at all belong to the fall.
    """
    cut = _cut(series[0][::-1], batch) // batch
    found = [_means(one[::-1], batch) for one in series]
    tops = [median(means[cut:]) or 1.0 for means in found]
    shares = [
        max(means[n] / top for means, top in zip(found, tops, strict=True)) for n in range(cut)
    ]
    end = 0
    for n, share in enumerate(shares):
        if share <= 1 - RATE:
            end = n + 1
        elif n > end:
            break
    while 0 < end < cut and shares[end] < 1:
        end += 1
    return batch * end


def _cut(series: Sequence[float], batch: int) -> int:
    """Return how many values the rule cuts off the front."""
    means = _means(series, batch)
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


def _means(series: Sequence[float], batch: int) -> list[float]:
    """Return the means of so many values each."""
    return [
        math.fsum(series[n : n + batch]) / batch for n in range(0, len(series) - batch + 1, batch)
    ]


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
        shifts = _drifts(left, least) or len(levels(left, least)) > 1
        told = _told(series, least) if short or shifts else ""
        if told:
            return f"{name} {told}"
        unsteady = unsteady or shifts
    return "the run never settles" if unsteady else ""


def _drifts(series: Sequence[float], least: float) -> bool:
    """Return whether a series climbs or falls, and not only in its last tenth: that is no level."""
    way = drift(series)
    return abs(way) >= least and way * drift(series[: len(series) - len(series) // LASTING]) > 0


def _told(series: Sequence[float], least: float) -> str:
    """Return in words how a series moves over the whole run, an empty text if it does not."""
    found = levels(series, least)
    if len(found) == 1 and not _drifts(series, least):
        return ""
    if climbs(series, found):
        first, last = median(series[:3]), median(series[-3:])
        how = "climb" if first < last else "fall"
        return f"{how} from {digits(first, 4)} to {digits(last, 4)} over the run"
    values = ", ".join(f"{digits(level.value, 4)}" for level in found)
    return f"stand on {len(found)} levels, one after the other: {values}"
