"""What load a service bears: from the windows of a load test to a fit of throughput to users."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from readiness.model.quantity import parse
from readiness.stats.capacity import Capacity, Refusal, capacity
from readiness.stats.held import best_level
from readiness.stats.histogram import mean
from readiness.stats.levels import LASTING, levels
from readiness.stats.pace import keep_users
from readiness.stats.steady import RATE
from readiness.stats.usl import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.launch import Launch
    from readiness.model.load import Load, Window

_KEPT_UP = 0.95  # of what was sent was answered in the same time: times vary
_TWICE = 1.9  # times vary
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
    best = best_level(_answers(load), load.width)
    return capacity(points_of(load), best, saturated=_saturated(load))


def _saturated(load: Load) -> bool:
    """Return whether requests of users waited, or more was sent than was answered in the time.

    Below saturation a schedule's throughput is what it sends, and only what is in flight varies,
    by the chance of a queue: that looks like a service which answers no more.
    """
    users = [window.users for window in load.windows]
    if load.arrivals == "closed" or (not load.arrivals and keep_users(users)):
        return _queued(points_of(load))
    sent = best_level([window.requests for window in load.windows], load.width)
    return best_level(load.completed[: len(load.windows)], load.width) < _KEPT_UP * sent


def _queued(points: Sequence[Point]) -> bool:
    """Return whether requests waited for each other: with many in flight they took twice as long.

    At the knee of the law they do, as λN ⁄ X is about 2 or more there. Users whom a timer paces may
    stay below it, and then what is in flight varies by the chance of a queue.
    """
    ordered = sorted(points)
    few = max(1, len(ordered) // LASTING)
    return _mean_time(ordered[-few:]) >= _TWICE * _mean_time(ordered[:few])


def _mean_time(points: Sequence[Point]) -> float:
    """Return the time that a request takes, by Little's law."""
    return sum(p.concurrency for p in points) / (sum(p.throughput for p in points) or math.inf)


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


def load_stays(windows: Sequence[Window]) -> bool:
    """Return whether the load keeps its level: requests, or users where those are known."""
    users = [float(window.users) for window in windows if window.users]
    return any(len(levels(one, RATE)) == 1 for one in ([float(w.requests) for w in windows], users))
