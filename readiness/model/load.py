"""A load test as it was measured: response times by window of time, endpoint and success."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from readiness.stats.completions import completions, in_flight
from readiness.stats.histogram import Histogram, mean, merge, size

Labels = tuple[tuple[str, str], ...]
Arrivals = Literal["open", "closed", ""]


class Counts(NamedTuple):
    """Response times in ms of requests that succeeded, and of those that failed."""

    ok: Histogram
    failed: Histogram

    @property
    def all(self) -> Histogram:
        """The response times of all requests."""
        return merge((self.ok, self.failed))


@dataclass(frozen=True, eq=False)
class Window:
    """What began in one stretch of time.

    Attributes:
        start: seconds since the run began; the first window may begin before 0.
        groups: counts by labels (endpoint, method, …); no labels where the file names none.
        users: most users at once, if the file says.
    """

    start: float
    groups: Mapping[Labels, Counts]
    users: int | None = None

    @cached_property
    def requests(self) -> int:
        """How many requests began in it."""
        return sum(size(c.ok) + size(c.failed) for c in self.groups.values())

    @cached_property
    def failures(self) -> int:
        """How many of them failed."""
        return sum(size(c.failed) for c in self.groups.values())

    @cached_property
    def times(self) -> Histogram:
        """The response times of all of them, in ms."""
        return merge(h for c in self.groups.values() for h in c)


class Load:
    """The samples of one run. Compared and shown by identity: it can be large.

    Attributes:
        began: seconds since the epoch, or 0 where the file has no clock.
        seconds: from the first request to the last response; None where nothing tells.
        width: seconds of a window; 0 where the samples have no times.
        windows: in order of time, those without a request included.
        arrivals: `open` if requests are sent by a schedule whatever the answers do, `closed` if a
            user waits for an answer before asking again, empty if not known.
        dropped: names of endpoints that were counted together, as there were too many.
        ended: whether windows hold the requests that ended in them, not those that began.
    """

    def __init__(
        self,
        windows: tuple[Window, ...],
        *,
        began: float = 0.0,
        seconds: float | None = None,
        width: float = 0.0,
        arrivals: Arrivals = "",
        dropped: int = 0,
        ended: bool = False,
    ) -> None:
        self.windows, self.began, self.seconds, self.width = windows, began, seconds, width
        self.arrivals: Arrivals = arrivals
        self.dropped, self.ended = dropped, ended

    def __repr__(self) -> str:
        return f"Load({len(self.windows)} windows from {self.began:.3f} s)"

    def groups(self) -> dict[Labels, Counts]:
        """Return the counts of the run by labels."""
        return self._groups

    @cached_property
    def completed(self) -> list[float]:
        """How many requests ended in each window, and in those after the last request began.

        These are at most as many again; the last of all holds what ended still later.
        """
        if self.ended:
            return [float(window.requests) for window in self.windows]
        count = len(self.windows)
        if self.seconds is not None and count:
            last = int((self.seconds - self.windows[0].start) // self.width)
            count = min(max(count, last + 1), 2 * count)
        return completions([w.times for w in self.windows], self.width, count)

    @cached_property
    def succeeded(self) -> list[float]:
        """How many of them were successes, window by window."""
        if not any(window.failures for window in self.windows):
            return self.completed
        if self.ended:
            return [float(w.requests - w.failures) for w in self.windows]
        times = [merge(c.ok for c in window.groups.values()) for window in self.windows]
        return completions(times, self.width, len(self.completed))

    @cached_property
    def in_flight(self) -> list[float]:
        """How many requests were in flight in each window, on average, by Little's law (1961)."""
        if self.ended:
            spent = [w.requests * mean(w.times) if w.requests else 0.0 for w in self.windows]
            return [ms / 1000 / self.width for ms in spent]
        return in_flight([w.times for w in self.windows], self.width)

    @cached_property
    def whole(self) -> Counts:
        """The counts of the whole run."""
        return _merged(self._groups.values())

    @cached_property
    def _groups(self) -> dict[Labels, Counts]:
        parts: dict[Labels, list[Counts]] = {}
        for window in self.windows:
            for labels, counts in window.groups.items():
                parts.setdefault(labels, []).append(counts)
        return {labels: _merged(found) for labels, found in sorted(parts.items())}


def _merged(parts: Collection[Counts]) -> Counts:
    return Counts(merge(c.ok for c in parts), merge(c.failed for c in parts))
