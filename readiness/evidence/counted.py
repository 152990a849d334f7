"""Counts and shares of a summary whose samples are all there: what it cannot have rounded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.rounded import half_unit, is_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact

_EXACT = "k6-"  # its summary and its samples are of the same counters
_COARSEST = 0.00005  # a percentage of two decimals
_ONE = 1 + 1e-9
_PACE, _CLOCK = 0.01, 1000.0  # of a rate; ms


def miscounted(
    summary: Evidence, samples: Evidence, told: Collection[str]
) -> Iterator[tuple[Fact, Fact]]:
    """Yield what a summary counts otherwise than its samples, with the fact that these give.

    Where both have the same number of requests, within one, failures are the same within one, and
    shares to the digits in which they are shown. Requests are compared so where the tool takes both
    from one counter. A rate may be below that of the samples, which begin with the first request,
    but above it by 1 % and a second of the run only.

    Args:
        summary: what states figures.
        samples: the requests of the same run.
        told: metrics that are known to differ; each that is found is told once.
    """
    exact = {(f.metric, f.labels): f for f in samples.facts}
    stated = {(f.metric, f.labels): f for f in summary.facts}
    seen = set(told)
    for (metric, labels), fact in stated.items():
        other = exact.get((metric, labels))
        if other is None or metric in seen or not (is_number(fact) and is_number(other)):
            continue
        of = tuple(found.get(("requests", labels)) for found in (stated, exact))
        if (metric, labels) == ("rate", ()):
            differs = _quicker(fact, other, exact.get(("duration", ())))
        else:
            differs = _differs(fact, other, of, exactly=summary.reader.startswith(_EXACT))
        if differs:
            seen.add(metric)
            yield fact, other


def _differs(fact: Fact, other: Fact, of: tuple[Fact | None, ...], *, exactly: bool) -> bool:
    apart = abs(float(fact.value) - float(other.value))
    if fact.metric == "requests":
        return exactly and apart > _ONE
    if fact.metric == "failures":
        first, second = (None if f is None else float(f.value) for f in of)
        return _same(first, second) and apart > _ONE
    if fact.metric in ("errors", "checks"):
        size = other.samples
        unit = min(half_unit(float(fact.value)), _COARSEST)
        return bool(size) and _same(fact.samples, size) and apart > _ONE / (size or 1) + unit
    return False


def _quicker(fact: Fact, other: Fact, duration: Fact | None) -> bool:
    """Whether a rate is above that of the samples, by more than a clock of whole seconds errs."""
    if duration is None or not duration.value:
        return False
    shorter = max(float(duration.value) - _CLOCK, 0.0) / float(duration.value)
    return float(fact.value) * shorter > float(other.value) * (1 + _PACE)


def _same(first: float | None, second: float | None) -> bool:
    return first is not None and second is not None and abs(first - second) <= 1
