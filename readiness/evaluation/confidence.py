"""Whether a percentile has the samples it needs, and how far the truth may be from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.patterns import pattern
from readiness.stats.histogram import Interval
from readiness.stats.order_statistics import rank_interval
from readiness.stats.proportions import samples_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.fact import Fact

_PERCENTILE = pattern(r"((?:.*\.)?)p(\d{2}(?:\.\d+)?)")
_ENDS = {"min": 0.0, "max": 1.0}


def share_of(metric: str) -> float | None:
    """Return the share of a percentile, 0.95 for `ttft.p95`; None for another metric."""
    match = _PERCENTILE.fullmatch(metric)
    share = float(match[2]) / 100 if match else 0.0
    return share if 0 < share < 1 else None


def enough_samples(fact: Fact, *, confident: bool) -> str:
    """Return why a percentile has too few samples to be claimed, or an empty text."""
    share = share_of(fact.metric)
    if share is None or (fact.samples is None and not confident):
        return ""
    needed = samples_needed(share, confident=confident)
    if fact.samples is None:
        return f"how many samples stand behind {fact.metric} is not known; {needed:,} are needed"
    if fact.samples >= needed:
        return ""
    return f"{fact.metric} of {fact.samples:,} samples; it needs {needed:,}"


def bounds_of(fact: Fact, facts: Iterable[Fact]) -> Interval | None:
    """Return the 95 % confidence interval of a percentile, None for another metric.

    From samples it comes with the fact. A summary has no samples, but the ends of the interval are
    order statistics too (`rank_interval`): the next percentiles that it states, or its minimum and
    maximum, lie at or beyond them. An end beyond which it states nothing is 0 or infinite.
    """
    share = share_of(fact.metric)
    if share is None or fact.samples is None or fact.samples < 1:
        return None
    if fact.bounds is not None:
        return fact.bounds
    low, high = rank_interval(fact.samples, share)
    below, above = [0.0], [math.inf]
    for rank, value in _stated(fact, facts):
        if rank <= low:
            below.append(value)
        if rank >= high:
            above.append(value)
    value = float(fact.value)
    return Interval(min(max(below), value), max(min(above), value))


def _stated(fact: Fact, facts: Iterable[Fact]) -> Iterator[tuple[float, float]]:
    """Yield rank and value of percentiles, minimum and maximum of the times of a percentile."""
    samples, family = fact.samples or 0, _parts(fact.metric)
    for other in facts:
        if (other.labels, other.unit) != (fact.labels, fact.unit):
            continue
        if isinstance(other.value, (bool, str)) or not math.isfinite(other.value):
            continue
        parts = _parts(other.metric)
        if parts is not None and family is not None and parts[0] == family[0]:
            share = parts[1]
            yield max(1.0, share * samples), float(other.value)


def _parts(metric: str) -> tuple[str, float] | None:
    """Return the family of a percentile, minimum or maximum, and its share; None for another."""
    match = _PERCENTILE.fullmatch(metric)
    if match:
        return match[1], float(match[2]) / 100
    prefix, dot, name = metric.rpartition(".")
    return (prefix + dot, _ENDS[name]) if name in _ENDS else None
