"""Computes the facts of a load test from its samples: what `facts` hands on to readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.facts import EXPECTED, HELD, SHARES
from readiness.evidence.loadtest.realism import realism_facts
from readiness.evidence.loadtest.shape import (
    corrected_times,
    steady_load,
    steady_part,
)
from readiness.model.fact import Fact
from readiness.stats.clumps import Scored, failure_effect, share_effect
from readiness.stats.held import held_rate
from readiness.stats.histogram import Histogram, Interval, mean, quantile, size
from readiness.stats.order_statistics import interval
from readiness.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.model.load import Counts, Labels, Load, Window


def load_facts(load: Load, at: Location) -> list[Fact]:
    """Return all facts of a run; see `readiness.evidence.loadtest.facts.load_facts`."""
    # Where the load was stepped or ramped, what differs between windows is no clump of chance.
    part = steady_part(load) if load.width else None
    windows = load.windows[part.start : part.stop] if part else ()
    facts = [*group_facts(load.whole, (), at, load.seconds, windows), *_run(load, at)]
    facts += _steady(load, at)
    if (times_ := corrected_times(load)) is not None:
        facts += _bounds(times(times_, at, (), "corrected."), facts)
    facts += realism_facts(load, at)
    groups = load.groups()
    if list(groups) != [()]:
        for labels, counts in groups.items():
            facts += group_facts(counts, labels, at, load.seconds)
    return facts


def _bounds(corrected: Iterable[Fact], measured: Iterable[Fact]) -> Iterator[Fact]:
    """Yield corrected times, none of them below the one that was measured.

    What is added for a long time is shorter than that time: of many it may pull a percentile down.
    """
    seen = {f"corrected.{f.metric}": f for f in measured if f.unit == "ms" and not f.labels}
    for fact in corrected:
        least = seen[fact.metric]
        yield (
            fact if float(fact.value) >= float(least.value) else least._replace(metric=fact.metric)
        )


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
    windows: Sequence[Window] = (),
    prefix: str = "",
) -> Iterator[Fact]:
    """Yield what is known of one group of requests, such as those of an endpoint."""
    failures = size(counts.failed)
    total = size(counts.ok) + failures
    yield Fact(f"{prefix}requests", total, "", at, labels, None, "derived")
    yield Fact(f"{prefix}failures", failures, "", at, labels, None, "derived")
    if not total:
        return
    share = failures / total
    effect = failure_effect([Scored(w.requests, w.failures) for w in windows]) if windows else 1.0
    bounds = Interval(*wilson(share, max(1, int(total / effect))))
    yield Fact(f"{prefix}errors", share, "ratio", at, labels, total, "derived", bounds)
    if seconds:
        yield Fact(f"{prefix}rate", total / seconds, "1/s", at, labels, total, "derived")
    yield from times(counts.all, at, labels, prefix, [window.times for window in windows])
    if failures and len(counts.ok.values) and not prefix:
        expected = tuple(sorted((*labels, EXPECTED)))
        yield from times(counts.ok, at, expected)


def _run(load: Load, at: Location) -> Iterator[Fact]:
    if load.seconds:
        yield Fact("duration", round(load.seconds * 1000, 3), "ms", at, (), None, "derived")
    if load.arrivals:
        yield Fact("arrivals", load.arrivals, "", at, (), None, "derived")
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
    yield Fact("steady.method", part.method, "", at, (), None, "derived")
    began = round(max(0.0, load.windows[part.start].start) * 1000, 3)
    yield Fact("steady.start", began, "ms", at, (), None, "derived")
    lasts = round((run.seconds or 0.0) * 1000, 3)
    yield Fact("steady.duration", lasts, "ms", at, (), None, "derived")
    yield from group_facts(run.whole, (), at, run.seconds, run.windows, "steady.")
    groups = run.groups()
    for labels, counts in groups.items() if list(groups) != [()] else ():
        yield from group_facts(counts, labels, at, run.seconds, (), "steady.")
