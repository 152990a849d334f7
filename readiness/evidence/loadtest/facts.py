"""From the samples of a load test to facts: the whole run, each endpoint, what was held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.realism import realism_facts
from readiness.evidence.loadtest.shape import (
    corrected_times,
    counts_of,
    steady_load,
    steady_part,
)
from readiness.evidence.reader import Metric
from readiness.model.fact import Fact
from readiness.stats.clumps import share_effect
from readiness.stats.held import held_rate
from readiness.stats.histogram import Histogram, Interval, interval, mean, quantile, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from readiness.errors import Location
    from readiness.model.load import Counts, Labels, Load

SHARES = {
    "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999,
}  # fmt: skip
HELD = {"1min": 60, "5min": 300, "10min": 600, "30min": 1800}
EXPECTED = ("response", "expected")
_PER = ("endpoint", "method", "scenario", "response")
_TIMES = ("min", "mean", *SHARES, "max")
SAMPLED = (
    Metric("requests", "", "requests made", _PER),
    Metric("failures", "", "requests that failed", _PER),
    Metric("errors", "ratio", "failures per request", _PER),
    Metric("rate", "1/s", "requests per second over the whole test", _PER),
    Metric("duration", "ms", "from the first request to the last response"),
    Metric("concurrency", "", "the most users at once, where the file says"),
    Metric("rate.held", "1/s", "the highest rate that 19 of 20 equal parts of some stretch of that "
           "length reached: `rate.held where for = 30min`", ("for",)),
    *(Metric(name, "ms", f"{name} response time of the samples", _PER) for name in _TIMES),
    Metric("ramp", "ms", "until the load first reached 90 % of its highest level"),
    Metric("think_time", "ms", "mean pause of a user between an answer and the next request"),
    Metric("share", "ratio", "of the requests that an endpoint got", _PER),
    Metric("steady.start", "ms", "when the steady part begins, after warm-up and ramp"),
    Metric("steady.duration", "ms", "how long the steady part lasts, cool-down left out"),
    Metric("steady.method", "", "how it was found"),
    Metric("steady.requests", "", "requests of the steady part", _PER),
    Metric("steady.failures", "", "of these, failed", _PER),
    Metric("steady.errors", "ratio", "failures per request in the steady part", _PER),
    Metric("steady.rate", "1/s", "requests per second in the steady part", _PER),
    *(Metric(f"steady.{name}", "ms", f"{name} response time in the steady part", _PER)
      for name in _TIMES),
    *(Metric(f"corrected.{name}", "ms", f"{name} with the requests a closed loop left out")
      for name in _TIMES),
)  # fmt: skip


def load_facts(load: Load, at: Location) -> list[Fact]:
    """Return what the samples of a run say, recomputed: percentiles by nearest rank.

    `steady.*` are those of the run without warm-up, ramp and cool-down, where it has such a part;
    `corrected.*` those with the requests that a closed loop left out while it waited.

    Args:
        load: the samples.
        at: the place that stands for them, such as the column of times.
    """
    # Where the load itself was stepped, what differs between windows is no clump of chance.
    level = load.width and not steady_part(load).reason
    windows = [window.times for window in load.windows] if level else []
    facts = [*group_facts(counts_of(load), (), at, load.seconds, windows), *_run(load, at)]
    facts += _steady(load, at)
    if (times_ := corrected_times(load)) is not None:
        facts += times(times_, at, (), "corrected.")
    facts += realism_facts(load, at)
    groups = load.groups()
    if list(groups) != [()]:
        for labels, counts in groups.items():
            facts += group_facts(counts, labels, at, load.seconds)
    return facts


def times(
    histogram: Histogram,
    at: Location,
    labels: Labels = (),
    prefix: str = "",
    windows: Sequence[Histogram] = (),
) -> Iterator[Fact]:
    """Yield minimum, mean, percentiles and maximum of times in ms, with confidence intervals.

    `windows` are the same times by window: samples that come in clumps make intervals wider.
    """
    total = size(histogram)
    if not total:
        return
    ends = {"min": float(histogram.values[0]), "max": float(histogram.values[-1])}

    def fact(name: str, value: float, bounds: Interval | None = None) -> Fact:
        return Fact(f"{prefix}{name}", value, "ms", at, labels, total, "derived", bounds)

    yield fact("min", ends["min"])
    yield fact("mean", mean(histogram))
    for name, share in SHARES.items():
        value = quantile(histogram, share)
        effect = share_effect(windows, value) if windows else 1.0
        yield fact(name, value, interval(histogram, share, effect))
    yield fact("max", ends["max"])


def group_facts(
    counts: Counts,
    labels: Labels,
    at: Location,
    seconds: float | None,
    windows: Sequence[Histogram] = (),
    prefix: str = "",
) -> Iterator[Fact]:
    """Yield what is known of one group of requests, such as those of an endpoint."""
    failures = size(counts.failed)
    total = size(counts.ok) + failures
    yield Fact(f"{prefix}requests", total, "", at, labels, None, "derived")
    yield Fact(f"{prefix}failures", failures, "", at, labels, None, "derived")
    if not total:
        return
    yield Fact(f"{prefix}errors", failures / total, "ratio", at, labels, total, "derived")
    if seconds:
        yield Fact(f"{prefix}rate", total / seconds, "1/s", at, labels, total, "derived")
    yield from times(counts.all, at, labels, prefix, windows)
    if failures and len(counts.ok.values) and not prefix:
        expected = tuple(sorted((*labels, EXPECTED)))
        yield from times(counts.ok, at, expected)


def _run(load: Load, at: Location) -> Iterator[Fact]:
    if load.seconds:
        yield Fact("duration", load.seconds * 1000, "ms", at, (), None, "derived")
    users = [window.users for window in load.windows if window.users is not None]
    if users:
        yield Fact("concurrency", max(users), "", at, (), None, "derived")
    requests = [window.requests for window in load.windows]
    for name, seconds in HELD.items() if load.width else ():
        held = held_rate(requests, load.width, seconds)
        if held is not None:
            yield Fact("rate.held", held, "1/s", at, (("for", name),), None, "derived")


def _steady(load: Load, at: Location) -> Iterator[Fact]:
    part = steady_part(load) if load.width else None
    if part is None or part.reason:
        return
    run = steady_load(load, part)
    windows = [window.times for window in run.windows]
    yield Fact("steady.method", part.method, "", at, (), None, "derived")
    began = max(0.0, load.windows[part.start].start) * 1000
    yield Fact("steady.start", began, "ms", at, (), None, "derived")
    yield Fact("steady.duration", (run.seconds or 0.0) * 1000, "ms", at, (), None, "derived")
    yield from group_facts(counts_of(run), (), at, run.seconds, windows, "steady.")
    groups = run.groups()
    for labels, counts in groups.items() if list(groups) != [()] else ():
        yield from group_facts(counts, labels, at, run.seconds, (), "steady.")
