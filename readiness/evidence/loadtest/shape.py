"""From the windows of a load test: its steady part, its stalls, and what a closed loop left out."""

from __future__ import annotations

from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.facts import STEADY
from readiness.evidence.loadtest.left_out import left_out
from readiness.model.fact import Fact, Problem
from readiness.stats.clumps import Scored
from readiness.stats.digits import digits
from readiness.stats.error_levels import error_drift, error_levels
from readiness.stats.histogram import Histogram, mean, size
from readiness.stats.omission import corrected, expected_interval, gaps, stalls
from readiness.stats.pace import kept_pace
from readiness.stats.steady import Steady, Window, steady

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.model.load import Load
    from readiness.model.load import Window as LoadWindow

_HIDDEN = 1.5  # corrected over measured p99 from which a warning tells of it
_FINE = 2.0  # seconds of a window in which a stall of a few seconds can be seen
_TOLD = 3


@lru_cache(maxsize=4)
def steady_part(load: Load) -> Steady:
    """Find the windows without warm-up, ramp and cool-down.

    They are no steady part, and the reason says so, if errors shift in them: a mean of two error
    rates is that of no state the service was in.
    """
    closed = load.arrivals == "closed"
    windows = [
        Window(w.requests, mean(w.times), (w.users or 0) if closed else 0) for w in load.windows
    ]
    part = steady(windows, 1000 * load.width)
    shift = "" if part.reason else _shift(load.windows[part.start : part.stop])
    return part._replace(reason=f"no steady state found: errors {shift}") if shift else part


def _shift(windows: Sequence[LoadWindow]) -> str:
    """Return in words how errors shift in windows, an empty text if they do not."""
    outcomes = [Scored(window.requests, window.failures) for window in windows]
    found = error_levels(outcomes)
    if len(found) == 1:
        ends = error_drift(outcomes)
        if ends is None:
            return ""
        way = "climb" if ends[0] < ends[1] else "fall"
        return f"{way} from {ends[0]:.2%} to {ends[1]:.2%} over the run"
    told = [f"{level.value:.2%}" for level in found]
    if len(found) > 2:  # noqa: PLR2004 - of two levels it is told when
        return f"stand on {len(found)} levels, one after the other: {', '.join(told)}"
    way = "rise" if found[0].value < found[1].value else "fall"
    second = digits(windows[found[1].start].start, 4)
    return f"{way} from {told[0]} to {told[1]} at second {second}"


def steady_load(load: Load, part: Steady) -> Load:
    """Return the steady part of a run as a run of its own, no longer than that."""
    windows = load.windows[part.start : part.stop]
    start, stop = max(0.0, windows[0].start), windows[0].start + len(windows) * load.width
    if load.seconds:
        stop = min(stop, load.seconds)
    return type(load)(
        windows,
        began=load.began + windows[0].start,
        seconds=stop - start,
        width=load.width,
        arrivals=load.arrivals,
    )


def corrected_times(load: Load) -> Histogram | None:
    """Return the times that users with a schedule of their own would have seen.

    Those of an open model are what was measured. None where it is not known how many users there
    were. Where it is not known how they arrive, they are taken to wait: that is a bound. But where
    requests went on being begun while answers were late, nothing was left out.
    """
    times = load.whole.all
    if load.arrivals == "open" or not size(times):
        return times if load.arrivals == "open" else None
    users = [w.users for w in load.windows if w.users]
    rates = [w.requests / load.width for w in load.windows if w.requests] if load.width else []
    if not users or not rates:
        return None
    if sent_on(load):
        return times
    return corrected(times, expected_interval(median(users), median(rates)))


@lru_cache(maxsize=4)
def sent_on(load: Load) -> bool:
    """Return whether a run of unknown arrivals shows that it sent by a schedule."""
    if load.arrivals or not load.width:
        return False
    held = load.in_flight
    return kept_pace([w.requests for w in load.windows], held, [w.users for w in load.windows])


def shape_problems(load: Load, facts: Iterable[Fact], at: Location) -> Iterator[Problem]:
    """Yield what the course of a run says about its numbers: no steady state, stalls, omission."""
    if not load.whole.all.size:
        return
    if not load.width:
        message = "the samples have no times: neither a steady state nor a stall can be seen"
        help_ = "keep a format that says when"
        yield Problem("warning", "no-times", message, at, help_, STEADY)
        return
    part = steady_part(load)
    if part.reason:
        help_ = "hold one level of load for at least 20 windows, ramp apart"
        if part.stop:
            help_ = "find out what failed then: the mean of two error rates is that of no state"
        yield Problem("warning", "no-steady-state", part.reason, at, help_, STEADY)
    else:
        yield from left_out(load, part, facts, at)
    yield from _stalls(load, at)
    values = {f.metric: float(f.value) for f in facts if not f.labels and f.unit == "ms"}
    seen, told = values.get("p99"), values.get("corrected.p99")
    if seen is not None and told is not None and told > _HIDDEN * seen:
        message = (
            f"p99 is {digits(seen, 4)} ms as measured, and {digits(told, 4)} ms with the "
            "requests that the closed loop did not send while it waited"
        )
        help_ = "judge by `corrected.p99`, or send at a constant rate"
        yield Problem("warning", "coordinated-omission", message, at, help_)


def _stalls(load: Load, at: Location) -> Iterator[Problem]:
    """Yield when a run stood still; a part of a window where windows are wide."""
    counts = [w.requests for w in load.windows]
    told = [
        (start, f"almost nothing was sent for {digits(length)} s from second {digits(start)} on")
        for start, length in stalls(counts, load.width)
    ]
    if load.width > _FINE:
        told = _in_wide(load, counts, told)
    help_ = "look at the service's and the generator's logs of that time"
    for _, message in told[:_TOLD]:
        yield Problem("warning", "stall", message, at, help_)


def _in_wide(
    load: Load, counts: list[int], told: list[tuple[float, str]]
) -> list[tuple[float, str]]:
    """Return what was told of whole windows, and gaps that also take parts of windows."""
    longest = [max(w.times.values, default=0.0) / 1000 for w in load.windows]
    found: list[tuple[float, str]] = []
    for gap in gaps(counts, longest, load.width):
        end = gap.start + gap.windows * load.width
        told = [pair for pair in told if not gap.start <= pair[0] < end]
        message = (
            f"the requests of {digits(gap.length, 3)} s are missing between second "
            f"{digits(gap.start)} and {digits(end)}, in which a response took "
            f"{digits(gap.longest, 3)} s"
        )
        found.append((gap.start, message))
    return sorted([*told, *found])
