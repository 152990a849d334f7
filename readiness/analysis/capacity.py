"""What load a service bears: from the windows of a load test to a fit of throughput to users."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from readiness.model.quantity import parse
from readiness.stats.capacity import Capacity, Refusal, capacity
from readiness.stats.held import best_level
from readiness.stats.histogram import mean
from readiness.stats.usl import Point

if TYPE_CHECKING:
    from readiness.model.launch import Launch
    from readiness.model.load import Load

_LEAST = 5  # answers in a window, under which its throughput is chance


@lru_cache(maxsize=16)
def capacity_of(load: Load) -> Capacity | Refusal:
    """Fit the Universal Scalability Law to a run, or say why it cannot be.

    Each window is a measurement: its throughput, which are the successful answers that came in it,
    and as concurrency the requests in flight, by Little's law (1961). The first and last window,
    and those with under five answers, are left out.
    """
    if not load.width:
        return Refusal("the samples have no times")
    return capacity(points_of(load), best_level(_answers(load), load.width))


def points_of(load: Load) -> tuple[Point, ...]:
    """Return concurrency, throughput in 1/s and weight of each window that can be used."""
    if not load.width:
        return ()
    return tuple(
        Point(flying, answers / load.width, load.width / answers)
        for window, flying, answers in list(
            zip(load.windows, load.in_flight, _answers(load), strict=True)
        )[1:-1]
        if answers >= _LEAST and flying > 0 and mean(window.times) > 0
    )


def _answers(load: Load) -> list[float]:
    """Return the successful answers of each window in which requests began."""
    return load.succeeded[: len(load.windows)]


def forecast_peak(launch: Launch) -> float | None:
    """Return the forecast peak in requests per second, if the launch states it."""
    written = launch.parameters.get("peak")
    if written is None:
        return None
    try:
        quantity = parse(written)
    except ValueError:
        return None
    return float(quantity.value) if quantity.dimension == "rate" and quantity.value > 0 else None
