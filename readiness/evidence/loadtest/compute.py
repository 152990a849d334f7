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
from readiness.evidence.loadtest.widened import NONE, Widening, group_widenings, whole_widening
from readiness.model.fact import Fact
from readiness.stats.held import held_rate
from readiness.stats.histogram import Histogram, Interval, mean, quantile, size
from readiness.stats.order_statistics import interval
from readiness.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.errors import Location
    from readiness.model.load import Counts, Labels, Load
    from readiness.stats.steady import Steady

_KEPT_UP = 0.98  # of what was sent was answered in the same time: times vary


def load_facts(load: Load, at: Location) -> list[Fact]:
    """Return all facts of a run; see `readiness.evidence.loadtest.facts.load_facts`."""
    part, run = _part(load)
    whole = whole_widening(load.whole, run.windows if run else ())
    grouped = list(load.groups()) != [()]
    each = group_widenings(run, whole) if run and grouped else {}
    facts = [*group_facts(load.whole, (), at, load.seconds, whole), *_run(load, at)]
    if part and run and not part.reason:
        facts += _steady(load, part, run, each, at)
    if (times_ := corrected_times(load)) is not None:
        facts += _bounds(times(times_, at, (), "corrected."), facts)
    facts += realism_facts(load, at)
    if grouped:
        facts += _groups(load, whole, each, at)
    return facts


def labelled_facts(load: Load, at: Location) -> list[Fact]:
    """Return what is known of each group of a run, and nothing of the whole of it."""
    run = _part(load)[1]
    whole = whole_widening(load.whole, run.windows if run else ())
    return list(_groups(load, whole, group_widenings(run, whole) if run else {}, at))


def _part(load: Load) -> tuple[Steady | None, Load | None]:
    """Return the steady part of a run, and its windows as a run: where clumps are looked for.

    Where the load was stepped or ramped, what differs between windows is no clump of chance.
    """
    part = steady_part(load) if load.width else None
    return part, steady_load(load, part) if part and part.stop > part.start else None


def _groups(
    load: Load, whole: Widening, each: Mapping[Labels, Widening], at: Location
) -> Iterator[Fact]:
    for labels, counts in load.groups().items():
        yield from group_facts(counts, labels, at, load.seconds, each.get(labels, whole))


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
    effects: Mapping[str, float] = NONE.times,
) -> Iterator[Fact]:
    """Yield minimum, mean, percentiles and maximum of times in ms, with confidence intervals.

    `effects` are the design effects of percentiles: samples that come in clumps widen intervals.
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
        yield fact(name, value, interval(histogram, share, effects.get(name, 1.0)))
    yield fact("max", ends["max"])


def group_facts(
    counts: Counts,
    labels: Labels,
    at: Location,
    seconds: float | None,
    wider: Widening = NONE,
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
    bounds = Interval(*wilson(share, max(1, int(total / wider.errors))))
    yield Fact(f"{prefix}errors", share, "ratio", at, labels, total, "derived", bounds)
    if seconds:
        yield Fact(f"{prefix}rate", total / seconds, "1/s", at, labels, total, "derived")
    yield from times(counts.all, at, labels, prefix, wider.times)
    if failures and len(counts.ok.values) and not prefix:
        expected = tuple(sorted((*labels, EXPECTED)))
        yield from times(counts.ok, at, expected, "", wider.expected)


def _run(load: Load, at: Location) -> Iterator[Fact]:
    if load.seconds:
        yield Fact("duration", round(load.seconds * 1000, 3), "ms", at, (), None, "derived")
    if load.arrivals:
        yield Fact("arrivals", load.arrivals, "", at, (), None, "derived")
    users = [window.users for window in load.windows if window.users is not None]
    if users:
        yield Fact("concurrency", max(users), "", at, (), None, "derived")
    for name, seconds in HELD.items() if load.width else ():
        sent = held_rate([window.requests for window in load.windows], load.width, seconds)
        answered = held_rate(load.completed, load.width, seconds)
        held = sent if sent and answered and answered >= _KEPT_UP * sent else answered
        if held is not None:
            yield Fact("rate.held", round(held, 6), "1/s", at, (("for", name),), None, "derived")


def _steady(
    load: Load, part: Steady, run: Load, each: Mapping[Labels, Widening], at: Location
) -> Iterator[Fact]:
    """Yield the facts of the steady part, which is `run`; `each` are the effects of its groups."""
    yield Fact("steady.method", part.method, "", at, (), None, "derived")
    began = round(max(0.0, load.windows[part.start].start) * 1000, 3)
    yield Fact("steady.start", began, "ms", at, (), None, "derived")
    lasts = round((run.seconds or 0.0) * 1000, 3)
    yield Fact("steady.duration", lasts, "ms", at, (), None, "derived")
    whole = whole_widening(run.whole, run.windows, successes=False)
    yield from group_facts(run.whole, (), at, run.seconds, whole, "steady.")
    groups = run.groups()
    for labels, counts in groups.items() if list(groups) != [()] else ():
        wider = each.get(labels, whole)
        yield from group_facts(counts, labels, at, run.seconds, wider, "steady.")
