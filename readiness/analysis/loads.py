"""From load tests to what a review keeps of them: curve, recomputed figures, capacity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.analysis.capacity import capacity_of, points_of
from readiness.model import load_result as r
from readiness.stats.capacity import Capacity, Refusal
from readiness.stats.histogram import quantile, size

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.load import Load, Window

_FIGURES = ("requests", "errors", "rate", "mean", "p50", "p95", "p99", "p99.9", "max")
_DIGITS = 6


def load_result(evidence: Evidence) -> r.LoadResult | None:
    """Describe a load test; None if the evidence has no samples with times."""
    load = evidence.load
    if load is None or not load.width:
        return None
    facts = {fact.metric: fact for fact in evidence.facts if not fact.labels}
    start, lasts = _number(facts, "steady.start"), _number(facts, "steady.duration")
    steady = None
    if start is not None and lasts is not None:
        steady = (_round(start / 1000), _round((start + lasts) / 1000))
    reasons = [p.message for p in evidence.problems if p.code == "no-steady-state"]
    method = facts.get("steady.method")
    return r.LoadResult(
        path=evidence.path,
        reader=evidence.reader,
        arrivals=load.arrivals,
        requests=sum(window.requests for window in load.windows),
        seconds=_round(load.seconds or 0.0),
        width=load.width,
        steady=steady,
        reason=reasons[0] if reasons else "",
        method=str(method.value) if method else "",
        figures=tuple(_figures(facts)),
        curve=tuple(_point(window, load.width) for window in load.windows),
        capacity=_capacity(load),
    )


def _figures(facts: dict[str, Fact]) -> list[r.Figure]:
    figures = []
    for metric in _FIGURES:
        fact, whole = facts.get(metric), _number(facts, metric)
        if fact is None or whole is None:
            continue
        bounds = fact.bounds
        figures.append(
            r.Figure(
                metric,
                fact.unit,
                _round(whole),
                _round(bounds.low) if bounds else None,
                _round(bounds.high) if bounds and math.isfinite(bounds.high) else None,
                _number(facts, f"steady.{metric}"),
                _number(facts, f"corrected.{metric}"),
            )
        )
    return figures


def _number(facts: dict[str, Fact], metric: str) -> float | None:
    fact = facts.get(metric)
    if fact is None or isinstance(fact.value, (bool, str)) or not math.isfinite(fact.value):
        return None
    return _round(fact.value)


def _round(value: float) -> float:
    """Keep six significant digits: what is more is noise, and bytes in every report."""
    return float(f"{value:.{_DIGITS}g}")


def _point(window: Window, width: float) -> r.LoadPoint:
    times, known = window.times, window.requests
    return r.LoadPoint(
        second=_round(window.start),
        rate=_round(known / width),
        failed=_round(window.failures / known) if known else 0.0,
        p50=_round(quantile(times, 0.5)) if size(times) else None,
        p95=_round(quantile(times, 0.95)) if size(times) else None,
        users=window.users,
    )


def _capacity(load: Load) -> r.CapacityResult:
    found: Capacity | Refusal = capacity_of(load)
    if isinstance(found, Refusal):
        return r.CapacityResult(found.reason, "", None, None, None, None, None, None, (), ())
    interval = found.peak_interval
    return r.CapacityResult(
        reason=found.reason,
        method=found.method,
        r2=_round(found.r2),
        tested=_round(found.tested),
        knee=_round(found.knee) if found.knee is not None else None,
        peak=_round(found.peak) if found.peak is not None else None,
        peak_low=_round(interval.low) if interval else None,
        peak_high=_round(interval.high) if interval and math.isfinite(interval.high) else None,
        points=tuple((_round(p.concurrency), _round(p.throughput)) for p in points_of(load)),
        band=tuple(r.BandPoint(*map(_round, point)) for point in found.band),
    )
