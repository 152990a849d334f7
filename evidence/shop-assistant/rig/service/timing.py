"""Per-request stage timings and the histograms that `GET /metrics.json` shows."""

import bisect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BOUNDS_MS = (5, 10, 25, 50, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 2500, 5000)


class Stopwatch:
    """Times the named stages of one request; `gateway` is what no stage accounts for."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside the block to the stage `name`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - started) * 1000
            self._stages[name] = self._stages.get(name, 0.0) + spent

    def result(self) -> dict[str, float]:
        """Return milliseconds for every stage seen, for `gateway` and for `total`."""
        total = (time.perf_counter() - self._started) * 1000
        return {**self._stages, "gateway": total - sum(self._stages.values()), "total": total}


class Histogram:
    """Counts values in fixed buckets, with their number and sum."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_MS) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """Count one value given in milliseconds."""
        self._counts[bisect.bisect_left(BOUNDS_MS, value)] += 1
        self._sum += value

    def snapshot(self) -> dict[str, Any]:
        """Return count, sum and the bucket counts keyed by their upper bound in ms."""
        labels = [*(str(bound) for bound in BOUNDS_MS), "inf"]
        buckets = dict(zip(labels, self._counts, strict=True))
        return {"n": sum(self._counts), "sum_ms": round(self._sum, 1), "le_ms": buckets}


def server_timing(stages: dict[str, float]) -> str:
    """Return the value of a `Server-Timing` header for stage milliseconds."""
    return ", ".join(f"{name};dur={value:.3f}" for name, value in stages.items())
