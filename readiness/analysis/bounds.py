"""What percentiles of the parts say of a percentile of the whole, however the parts hang together.

From above: Boole's inequality. From below: the whole takes at least as long as each of its parts.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.latency_result import UnionBound
from readiness.stats.proportions import samples_needed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.latency_result import Measured

BUDGETED = 95.0  # the percentile that budgets are given for
_TARGET = Fraction(5, 100)
_DIGITS = 6


def supported(measured: Measured, percentile: float) -> bool:
    """Tell whether a percentile has the samples it needs, or the evidence does not say."""
    needed = samples_needed(percentile / 100, confident=False)
    return measured.samples is None or measured.samples >= needed


def upper(found: list[tuple[int, dict[float, Measured]]]) -> UnionBound | None:
    """Return the smallest sum that at most 5 % exceed, else the one that the fewest exceed.

    A percentile that a component has too few samples for bounds nothing.

    Args:
        found: of each component how often it is called, and what was measured by percentile.
    """
    shared = set[float].intersection(*(set(known) for _, known in found)) if found else set()
    bounds = []
    for percentile in shared:
        parts = [(visits, known[percentile]) for visits, known in found]
        if not all(supported(part, percentile) for _, part in parts):
            continue
        times = sum(visits if part.per == "call" else 1 for visits, part in parts)
        total = sum(part.whole(visits) for visits, part in parts)
        bounds.append(UnionBound(percentile, rounded(total), exceed(percentile, times)))
    good = [bound for bound in bounds if bound.exceed <= _TARGET]
    if good:
        return min(good, key=lambda bound: (bound.total, bound.exceed))
    useful = [bound for bound in bounds if bound.exceed < 1]
    return min(useful, key=lambda bound: (bound.exceed, bound.total), default=None)


def exceed(percentile: float, visits: int) -> float:
    """Return the share of requests that may exceed a sum of percentiles: n × (1 − share), or 1."""
    share = 1 - Fraction(repr(percentile)) / 100
    return float(min(Fraction(1), visits * share))


class LowerBound(NamedTuple):
    """At least 5 % of requests take `value` ms: a percentile of `name`, which a `share` calls."""

    value: float
    percentile: float
    name: str
    share: float


def lower(
    found: Iterable[tuple[str, dict[float, Measured]]], most: dict[str, int]
) -> LowerBound | None:
    """Return the largest time that at least 5 % of requests take, from what one component takes.

    If a share s of all requests calls a component, s × (1 − q) of all take at least its percentile
    q. The share is what the samples of its file show; the launch's calls say 1.

    Args:
        found: of each component its name, and what was measured by percentile.
        most: the most samples that any component has, by file.
    """
    bounds = []
    for name, known in found:
        for percentile, measured in known.items():
            samples, all_ = measured.samples or 1, most.get(measured.at.path, 1)
            share = min(Fraction(1), Fraction(samples, all_)) if measured.samples else Fraction(1)
            over = share * (1 - Fraction(repr(percentile)) / 100)
            if over >= _TARGET and supported(measured, percentile):
                bounds.append(LowerBound(measured.value, percentile, name, float(share)))
    return max(bounds, key=lambda bound: bound.value, default=None)


def rounded(value: float) -> float:
    """Keep six significant digits: what is more is noise."""
    return float(f"{value:.{_DIGITS}g}")
