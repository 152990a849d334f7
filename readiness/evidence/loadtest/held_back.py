"""Response times held back by window and kind, so that they are counted many at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from readiness.stats.histogram import from_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.evidence.loadtest.tally import Tally

    Window = defaultdict[int, list[float]]

_MOST = 100_000  # values


class Held:
    """Takes samples in lists and hands a tally histograms: half the work where most values differ.

    What the tally is to `decode` is the number of a kind.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._windows: defaultdict[float, Window] = defaultdict(lambda: defaultdict(list))
        self._size = 0

    def add(self, seconds: Sequence[float], ms: Sequence[float], kinds: Sequence[int]) -> None:
        """Take samples: when each began, how long it took, and the number of its kind."""
        first, last = min(seconds), max(seconds)
        self._tally.reach(first, last)
        width = self._tally.width
        if first // width == last // width:
            window = self._windows[first // width * width]
            for kind, value in zip(kinds, ms, strict=True):
                window[kind].append(value)
        else:
            for second, kind, value in zip(seconds, kinds, ms, strict=True):
                self._windows[second // width * width][kind].append(value)
        self._size += len(ms)
        while self._size > _MOST:
            self._flush()

    def finish(self) -> None:
        """Hand over what is left."""
        while self._windows:
            self._flush()

    def _flush(self) -> None:
        """Hand over the first window, as wide as windows are by now."""
        width = self._tally.width
        first = min(self._windows)
        alike = [start for start in self._windows if start // width == first // width]
        found: Window = defaultdict(list)
        for start in sorted(alike):
            for kind, values in self._windows.pop(start).items():
                found[kind] += values
        for kind, values in found.items():
            self._size -= len(values)
            self._tally.histogram(first, (kind,), from_values(values))
