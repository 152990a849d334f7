"""When the requests of an attack were sent, by their number: was a constant rate kept?"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

_BINS = 512
_POINTS = 64  # of which pairs are compared
_FEWEST = 20
_STEADY, _MOSTLY = 0.1, 0.7  # paces within 10 % of each other, in most of the attack
_LATE, _INTERVALS = 0.1, 10  # seconds, and intervals between two requests, that are no jitter


class Lag(NamedTuple):
    """How far sending fell behind.

    Attributes:
        seconds: behind the constant rate, at most.
        rate: requests per second of that rate.
        number: number of the request that was the latest.
    """

    seconds: float
    rate: float
    number: int


class Schedule:
    """Numbers and times of requests, in bounded memory: the first time in each stretch of numbers.

    Attributes:
        count: how many were given.
        last: the highest number.
    """

    def __init__(self) -> None:
        self.count, self.last = 0, -1
        self._width = 1
        self._bins: dict[int, int] = {}

    def add(self, number: int, began: int) -> None:
        """Take a request, in any order: its number from 0, and when it was sent in ns."""
        self.count += 1
        if number > self.last:
            self.last = number
            while number // self._width >= _BINS:
                self._double()
        index = number // self._width
        known = self._bins.get(index)
        if known is None or began < known:
            self._bins[index] = began

    def _double(self) -> None:
        self._width *= 2
        bins, self._bins = self._bins, {}
        for index, began in bins.items():
            known = self._bins.get(index // 2)
            self._bins[index // 2] = began if known is None else min(began, known)

    @property
    def missing(self) -> int:
        """How many numbers below the highest have no request."""
        return max(0, self.last + 1 - self.count)

    @property
    def shared(self) -> int:
        """How many requests there are beyond one for each number."""
        return max(0, self.count - self.last - 1)

    def lag(self) -> Lag | None:
        """Return how far it fell behind a constant rate; None where it did not, or had none.

        The rate is the median slope of all pairs of points (Theil 1950, Sen 1968), which a stall
        of less than a quarter of the attack does not change. No request is sent before its time,
        so the earliest point gives the schedule.
        """
        numbers = sorted(self._bins)
        step = -(-len(numbers) // _POINTS) if numbers else 1
        points = [(index * self._width, self._bins[index]) for index in numbers[::step]]
        if len(points) < _FEWEST or self.shared:
            return None
        start = points[0][1]
        places = [(number, (began - start) / 1e9) for number, began in points]
        slopes = sorted(
            (after[1] - before[1]) / (after[0] - before[0])
            for index, before in enumerate(places)
            for after in places[index + 1 :]
        )
        slope = slopes[len(slopes) // 2]
        if slope <= 0:
            return None
        paces = [(b[1] - a[1]) / (b[0] - a[0]) / slope for a, b in pairwise(places)]
        if sum(abs(pace - 1) <= _STEADY for pace in paces) < _MOSTLY * len(paces):
            return None
        behind = [(time - slope * number, number) for number, time in places]
        latest = max(behind)
        seconds = latest[0] - min(behind)[0]
        late = seconds > max(_LATE, _INTERVALS * slope)
        return Lag(seconds, 1 / slope, latest[1]) if late else None
