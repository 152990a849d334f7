"""From the samples of a load test to facts: the whole run, each endpoint, what was held."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric
from readiness.model.fact import Fact
from readiness.model.load import Counts
from readiness.stats.held import held_rate
from readiness.stats.histogram import Histogram, Interval, interval, mean, merge, quantile, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.load import Labels, Load

SHARES = {
    "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999,
}  # fmt: skip
HELD = {"1min": 60, "5min": 300, "10min": 600, "30min": 1800}
EXPECTED = ("response", "expected")
_PER = ("endpoint", "method", "scenario", "response")
SAMPLED = (
    Metric("requests", "", "requests made", _PER),
    Metric("failures", "", "requests that failed", _PER),
    Metric("errors", "ratio", "failures per request", _PER),
    Metric("rate", "1/s", "requests per second over the whole test", _PER),
    Metric("duration", "ms", "from the first request to the last response"),
    Metric("concurrency", "", "the most users at once, where the file says"),
    Metric("rate.held", "1/s", "the highest rate that 19 of 20 equal parts of some stretch of that "
           "length reached: `rate.held where for = 30min`", ("for",)),
    *(Metric(name, "ms", f"{name} response time of the samples", _PER)
      for name in ("min", "mean", *SHARES, "max")),
)  # fmt: skip


def load_facts(load: Load, at: Location) -> list[Fact]:
    """Return what the samples of a run say, recomputed: percentiles by nearest rank.

    Args:
        load: the samples.
        at: the place that stands for them, such as the column of times.
    """
    groups = load.groups()
    whole = Counts(merge(c.ok for c in groups.values()), merge(c.failed for c in groups.values()))
    facts = [*_group(whole, (), at, load.seconds), *_run(load, at)]
    if list(groups) != [()]:
        for labels, counts in groups.items():
            facts += _group(counts, labels, at, load.seconds)
    return facts


def times(
    histogram: Histogram, at: Location, labels: Labels = (), prefix: str = ""
) -> Iterator[Fact]:
    """Yield minimum, mean, percentiles and maximum of times in ms, with confidence intervals."""
    total = size(histogram)
    if not total:
        return
    ends = {"min": float(histogram.values[0]), "max": float(histogram.values[-1])}

    def fact(name: str, value: float, bounds: Interval | None = None) -> Fact:
        return Fact(f"{prefix}{name}", value, "ms", at, labels, total, "derived", bounds)

    yield fact("min", ends["min"])
    yield fact("mean", mean(histogram))
    for name, share in SHARES.items():
        yield fact(name, quantile(histogram, share), interval(histogram, share))
    yield fact("max", ends["max"])


def _group(
    counts: Counts, labels: Labels, at: Location, seconds: float | None
) -> Iterator[Fact]:
    failures = size(counts.failed)
    total = size(counts.ok) + failures
    yield Fact("requests", total, "", at, labels, None, "derived")
    yield Fact("failures", failures, "", at, labels, None, "derived")
    if not total:
        return
    yield Fact("errors", failures / total, "ratio", at, labels, total, "derived")
    if seconds:
        yield Fact("rate", total / seconds, "1/s", at, labels, total, "derived")
    yield from times(counts.all, at, labels)
    if failures and len(counts.ok.values):
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
        if held is not None and not math.isnan(held):
            yield Fact("rate.held", held, "1/s", at, (("for", name),), None, "derived")
