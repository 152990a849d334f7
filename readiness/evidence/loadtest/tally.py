"""Counts the samples of a run, of any number, into windows of time with bounded memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from readiness.model.load import Arrivals, Counts, Labels, Load, Window
from readiness.stats.histogram import EMPTY, Histogram, coarser, from_counts, merge

MOST_WINDOWS = 256
MOST_VALUES = 600_000  # distinct (window, endpoint, value) before values are rounded
MOST_ENDPOINTS = 100
MOST_DROPPED = 10_000
OTHERS: Labels = (("endpoint", "(others)"),)
_ROUNDING = (12, 10, 8)  # binary digits kept: errors of 0.02 %, 0.1 % and 0.4 %
_OPEN = 3

Groups = dict[Labels, Counts]


class Sample(NamedTuple):
    """One response: its labels, whether it is a success, its time in ms."""

    labels: Labels
    ok: bool
    ms: float


class Tally:
    """Samples go in, one by one or many at once; a `Load` comes out.

    A window lasts a second, and twice as long each time there would be more than 256 of them.
    """

    def __init__(self, decode: Callable[[Any], Sample | None] | None = None) -> None:
        """Take what turns a key given to `bulk` into a sample, None for one that is not counted."""
        self._decode = decode
        self._width = 1.0
        self._low: int | None = None
        self._high = 0
        self._open: dict[int, Counter[Hashable]] = {}
        self._closed: dict[int, Groups] = {}
        self._users: dict[int, int] = {}
        self._untimed: Counter[Hashable] = Counter()
        self._began, self._ended = math.inf, -math.inf
        self._values = 0
        self._rounding = 0
        self._labels: set[Labels] = set()
        self._dropped: set[Labels] = set()

    def add(
        self, seconds: float | None, ms: float, ok: bool = True, labels: Labels = (), n: int = 1
    ) -> None:
        """Count a sample, or `n` equal ones.

        Args:
            seconds: when the request began, since the epoch or the start of the run; None if the
                file does not say.
            ms: the response time.
            ok: whether it succeeded.
            labels: sorted pairs, such as its endpoint.
            n: how often.
        """
        key = Sample(labels, ok, ms)
        if seconds is None:
            self._untimed[key] += n
            return
        self.span(seconds, seconds + ms / 1000)
        self._counter(self._index(seconds))[key] += n

    def span(self, began: float, ended: float) -> None:
        """Note when a request began and when a response ended, in seconds."""
        if began < self._began:
            self._began = began
        if ended > self._ended:
            self._ended = ended

    def together(self, first: float, last: float) -> bool:
        """Whether two times lie in one window, so that what is between them can be one `bulk`."""
        return self._index(first) == self._index(last)

    def bulk(self, seconds: float, keys: Iterable[Hashable]) -> None:
        """Count keys of samples that began in the window of `seconds`; note their `span` too."""
        self._counter(self._index(seconds)).update(keys)

    def group(self, seconds: float, counts: dict[Sample, int]) -> None:
        """Count samples that something else has counted for the window of `seconds`."""
        counter = self._counter(self._index(seconds))
        for key, number in counts.items():
            counter[key] += number

    def users(self, seconds: float, number: int) -> None:
        """Note how many users there were at a time."""
        index = self._index(seconds)
        self._reach(index)
        index = self._index(seconds)
        if number > self._users.get(index, -1):
            self._users[index] = number

    def load(self, arrivals: Arrivals = "") -> Load:
        """Return what was counted."""
        for index in sorted(self._open):
            self._close(index)
        if not self._closed:
            groups = self._grouped(self._untimed)
            windows = (Window(0.0, groups),) if groups else ()
            return Load(windows, arrivals=arrivals, dropped=len(self._dropped))
        if self._untimed:
            raise ValueError("some samples have a time and some have none")
        low, high = min(self._closed), max(self._closed)
        windows = tuple(
            Window(
                index * self._width - self._began, self._closed.get(index, {}), self._users_at(index)
            )
            for index in range(low, high + 1)
        )
        return Load(
            windows,
            began=self._began,
            seconds=self._ended - self._began,
            width=self._width,
            arrivals=arrivals,
            dropped=len(self._dropped),
        )

    def _users_at(self, index: int) -> int | None:
        return self._users.get(index)

    def _index(self, seconds: float) -> int:
        return int(seconds // self._width)

    def _counter(self, index: int) -> Counter[Hashable]:
        counter = self._open.get(index)
        if counter is None:
            seconds = index * self._width
            self._reach(index)
            index = self._index(seconds)
            counter = self._open.setdefault(index, Counter())
            if len(self._open) > _OPEN:
                self._close(min(self._open))
                counter = self._open.setdefault(index, Counter())
        return counter

    def _reach(self, index: int) -> None:
        """Make room for a window: double the width until there are not too many."""
        low = index if self._low is None else min(self._low, index)
        high = max(self._high, index) if self._low is not None else index
        while high - low >= MOST_WINDOWS:
            self._double()
            low, high = low // 2, high // 2
        self._low, self._high = low, high

    def _double(self) -> None:
        self._width *= 2
        opened, self._open = self._open, {}
        for index, counter in opened.items():
            self._open.setdefault(index // 2, Counter()).update(counter)
        closed: dict[int, list[Groups]] = {}
        for index, groups in self._closed.items():
            closed.setdefault(index // 2, []).append(groups)
        self._closed = {index: _merged(parts) for index, parts in closed.items()}
        self._values = sum(map(_values, self._closed.values()))
        users: dict[int, int] = {}
        for index, number in self._users.items():
            users[index // 2] = max(number, users.get(index // 2, 0))
        self._users = users

    def _close(self, index: int) -> None:
        groups = self._grouped(self._open.pop(index))
        if index in self._closed:
            self._values -= _values(self._closed[index])
            groups = _merged([self._closed[index], groups])
        self._closed[index] = groups
        self._values += _values(groups)
        while self._values > MOST_VALUES and self._rounding < len(_ROUNDING):
            digits = _ROUNDING[self._rounding]
            self._rounding += 1
            self._closed = {i: _rounded(g, digits) for i, g in self._closed.items()}
            self._values = sum(map(_values, self._closed.values()))

    def _grouped(self, counter: Counter[Hashable]) -> Groups:
        found: dict[Labels, tuple[dict[float, int], dict[float, int]]] = {}
        decode = self._decode
        for key, number in counter.items():
            sample = key if isinstance(key, Sample) else decode(key) if decode else None
            if sample is not None:
                pair = found.get(sample.labels)
                if pair is None:
                    pair = found.setdefault(self._known(sample.labels), ({}, {}))
                times = pair[0] if sample.ok else pair[1]
                times[sample.ms] = times.get(sample.ms, 0) + number
        groups = {
            labels: Counts(_histogram(ok), _histogram(failed))
            for labels, (ok, failed) in found.items()
        }
        digits = _ROUNDING[self._rounding - 1] if self._rounding else 0
        return _rounded(groups, digits) if digits else groups

    def _known(self, labels: Labels) -> Labels:
        """Return the labels, or `(others)` for those beyond the hundredth combination."""
        if labels not in self._labels and len(self._labels) >= MOST_ENDPOINTS:
            if len(self._dropped) < MOST_DROPPED:
                self._dropped.add(labels)
            return OTHERS
        self._labels.add(labels)
        return labels


def _histogram(counts: dict[float, int]) -> Histogram:
    return from_counts(counts) if counts else EMPTY


def _merged(parts: list[Groups]) -> Groups:
    labels = dict.fromkeys(name for part in parts for name in part)
    found = {name: [part[name] for part in parts if name in part] for name in labels}
    return {
        name: Counts(merge(c.ok for c in counts), merge(c.failed for c in counts))
        for name, counts in found.items()
    }


def _values(groups: Groups) -> int:
    return sum(len(c.ok.values) + len(c.failed.values) for c in groups.values())


def _rounded(groups: Groups, digits: int) -> Groups:
    return {
        labels: Counts(coarser(c.ok, digits), coarser(c.failed, digits))
        for labels, c in groups.items()
    }
