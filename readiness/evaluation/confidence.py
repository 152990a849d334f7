"""Whether a percentile has the samples it needs, and how far the truth may be from it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from readiness.stats.histogram import Interval, rank_interval
from readiness.stats.proportions import samples_needed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.fact import Fact

_PERCENTILE = re.compile(r"((?:.*\.)?)p(\d{2}(?:\.\d+)?)")


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
    prefix = fact.metric.rpartition("p")[0]
    below, above = [0.0], [math.inf]
    for other in facts:
        if other.labels != fact.labels or not other.metric.startswith(prefix):
            continue
        if isinstance(other.value, (bool, str)) or not math.isfinite(other.value):
            continue
        rest = other.metric.removeprefix(prefix)
        rank = {"min": 0.0, "max": 1.0}.get(rest) if "." not in rest else None
        rank = share_of(rest) if rank is None and rest.startswith("p") else rank
        if rank is not None and rank * fact.samples <= low and rank < share:
            below.append(other.value)
        if rank is not None and rank * fact.samples >= min(high, fact.samples) and rank > share:
            above.append(other.value)
    value = float(fact.value)
    return Interval(min(max(below), value), max(min(above), value))
