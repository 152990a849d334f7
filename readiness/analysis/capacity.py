"""What load a service bears: from the windows of a load test to a fit of throughput to users."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from readiness.stats.capacity import Capacity, Refusal, capacity
from readiness.stats.histogram import mean, size
from readiness.stats.usl import Point

if TYPE_CHECKING:
    from readiness.model.load import Load

_LEAST = 5  # requests in a window, under which its throughput is chance


@lru_cache(maxsize=16)
def capacity_of(load: Load) -> Capacity | Refusal:
    """Fit the Universal Scalability Law to a run, or say why it cannot be.

    Each window is a measurement: its throughput, and as concurrency the requests in flight, which
    by Little's law (1961) are throughput × mean response time. The first and last window, and those
    with under five requests, are left out.
    """
    if not load.width:
        return Refusal("the samples have no times")
    return capacity(points_of(load))


def points_of(load: Load) -> tuple[Point, ...]:
    """Return concurrency, throughput in 1/s and weight of each window that can be used."""
    points = []
    for window in load.windows[1:-1]:
        times = window.times
        answered = window.requests - window.failures
        response = mean(times) / 1000 if size(times) else 0.0
        if answered >= _LEAST and response > 0:
            rate = window.requests / load.width
            points.append(Point(rate * response, answered / load.width, load.width / answered))
    return tuple(points)
