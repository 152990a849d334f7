"""Points of a time series to facts: how many, and the least, mean, greatest, p95 and last value."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.fact import Fact
from readiness.model.quantity import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from readiness.errors import Location

Labels = tuple[tuple[str, str], ...]
_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0  # years 2000 and 2100


class Point(NamedTuple):
    """A value and when it was, in seconds since the epoch."""

    when: float
    value: float


def summary(
    points: Iterable[Point], names: Labels, at: Location, unit: str = "", scale: float = 1.0
) -> Iterator[Fact]:
    """Yield the facts of one series; a NaN is no point, and an infinite value is a text.

    A text holds no limit, so that `value.max <= 2 s` is not met by what no bucket holds.

    Args:
        points: in any order.
        names: labels of the facts.
        at: where the series stands.
        unit: canonical unit of the facts.
        scale: what makes a value canonical.
    """
    ordered = sorted(point for point in points if not math.isnan(point.value))
    yield Fact("points", len(ordered), "", at, names)
    if not ordered:
        return
    values = sorted(point.value * scale for point in ordered)
    samples = None if unit == "ratio" else len(values)  # points are no cases of a proportion
    last = ordered[-1].value * scale
    finite = math.isfinite(values[0]) and math.isfinite(values[-1])
    mean = (math.fsum(values) if finite else sum(values)) / len(values)
    found = {"min": values[0], "mean": mean, "max": values[-1], "last": last, "p95": _p95(values)}
    for stat, value in found.items():
        if math.isfinite(value):
            count = samples if stat != "last" else None
            yield Fact(f"value.{stat}", value, unit, at, names, count, "derived")
        else:
            yield Fact(f"value.{stat}", _infinite(value), "", at, names, None, "derived")


def _p95(values: Sequence[float]) -> float:
    """Return the nearest rank (Hyndman and Fan 1996, type 1)."""
    return values[math.ceil(0.95 * len(values)) - 1]


def _infinite(value: float) -> str:
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def window(series: Iterable[Sequence[Point]], at: Location) -> Iterator[Fact]:
    """Yield when the points of all series begin and end, and the shortest time between two."""
    rows = [sorted(point.when for point in points) for points in series if points]
    if not rows:
        return
    yield Fact("series.from", moment(min(r[0] for r in rows)).isoformat(), "", at)
    yield Fact("series.until", moment(max(r[-1] for r in rows)).isoformat(), "", at)
    steps = [b - a for row in rows for a, b in pairwise(row) if b > a]
    if steps:
        yield Fact(
            "series.step", canonical(round(min(steps), 6), "s")[0], "ms", at, (), None, "derived"
        )


def gaps(points: Sequence[Point], step: float) -> int:
    """Return how many points, one each `step` seconds, are lacking between those there are."""
    times = sorted(point.when for point in points)
    return sum(max(0, round((b - a) / step) - 1) for a, b in pairwise(times))


def moment(seconds: float) -> datetime:
    """Return the time in UTC of seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def is_moment(seconds: float) -> bool:
    """Tell whether seconds since the epoch are a time at which a service could have run."""
    return _EARLIEST <= seconds < _LATEST
