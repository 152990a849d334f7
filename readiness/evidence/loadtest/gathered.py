"""Values of any number, such as the gaps between tokens, gathered with bounded memory."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

from readiness.stats.histogram import Histogram, from_counts, from_values

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 1 << 20  # values that are kept as they are
_PART = 1 << 16
_DROPPED = 40  # of the 52 binary digits of a fraction: 12 are kept
_HALF = 1 << (_DROPPED - 1)
_ROUNDED = 2.0**-13  # the largest relative error of the middle of what shares those


class Gathered:
    """Takes values of 0 or more; gives how often each was seen.

    Beyond a million values all are rounded, by 0.012 % at most.
    """

    def __init__(self) -> None:
        self._values = array("d")
        self._counts: Counter[int] = Counter()

    def extend(self, values: Iterable[float]) -> None:
        """Take values."""
        self._values.extend(values)
        if len(self._values) > MOST:
            self._round()

    def histogram(self, scale: float = 1.0) -> Histogram:
        """Return what was gathered, each value times `scale`."""
        if self._counts:
            self._round()
            return from_counts({_value(k) * scale: n for k, n in self._counts.items()}, _ROUNDED)
        return from_values([value * scale for value in self._values])

    def _round(self) -> None:
        bits = array("Q")
        bits.frombytes(self._values.tobytes())
        for start in range(0, len(bits), _PART):
            self._counts.update([value >> _DROPPED for value in bits[start : start + _PART]])
        self._values = array("d")


def _value(key: int) -> float:
    """Return the middle of the values that begin with some binary digits."""
    bits = array("Q", [(key << _DROPPED) + _HALF if key else 0])
    return array("d", bits.tobytes())[0]
