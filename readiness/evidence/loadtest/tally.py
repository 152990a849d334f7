"""Counts the samples of a run, of any number, into windows of time with bounded memory."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from readiness.model.load import Arrivals, Counts, Labels, Load, Window
from readiness.stats.histogram import EMPTY, Histogram, coarser, from_counts, merge

MOST_WINDOWS = 128
MOST_VALUES = 600_000  # distinct (window, endpoint, value) before values are rounded
MOST_ENDPOINTS = 100
MOST_DROPPED = 10_000
OTHERS: Labels = (("endpoint", "(others)"),)
_ROUNDING = (12, 10, 8)  # binary digits kept: errors of 0.02 %, 0.1 % and 0.4 %
_OPEN = 3
_MOST_OPEN = 1 << 18  # distinct keys of all windows that are still counted

Groups = dict[Labels, Counts]
Key = tuple[Any, ...]


class Kind(NamedTuple):
    """What all of a key but its time says: labels, and whether it is a success."""

    labels: Labels
    ok: bool


def wide_enough(first: float, last: float, width: int) -> int:
    """Return how wide windows will be at least, if a run has samples at both times (seconds)."""
    while last // width - first // width >= MOST_WINDOWS:
        width *= 2
    return width


class Tally:
    """Samples go in, one by one or many at once; a `Load` comes out.

    A window lasts a second, and twice as long each time there would be more than 128 of them.

    Attributes:
        width: seconds of a window so far.
        kinds: number of samples by all of their key but the time, known after `load`. Of those
            after the first 10,000 the first part is None.
    """

    def __init__(
        self, decode: Callable[..., Kind] = Kind, parse: Callable[[Any], float] = float
    ) -> None:
        """Take what reads keys given to `bulk`: `decode` all but their time, `parse` their time."""
        self._decode = decode
        self._parse = parse
        self._kinds: dict[Key, Kind] = {}
        self.kinds: Counter[Key] = Counter()
        self.width = 1.0
        self._low: int | None = None
        self._high = 0
        self._open: dict[int, Counter[Key]] = {}
        self._closed: dict[int, list[Groups]] = {}
        self._users: dict[int, int] = {}
        self._untimed: Counter[Key] = Counter()
        self._began, self._ended = math.inf, -math.inf
        self._values = 0
        self._most = MOST_VALUES
        self._rounding = 0
        self._labels: set[Labels] = set()
        self._dropped: set[Labels] = set()

    def add(
        self,
        seconds: float | None,
        ms: float,
        ok: bool = True,  # noqa: FBT002 - a success is usual
        labels: Labels = (),
        n: int = 1,
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
        key = (ms, labels, ok)
        if seconds is None:
            self._untimed[key] += n
            return
        self.span(seconds, seconds + ms / 1000)
        self._counter(self._index(seconds))[key] += n

    def span(self, began: float, ended: float) -> None:
        """Note when a request began and when a response ended, in seconds."""
        self._began = min(self._began, began)
        self._ended = max(self._ended, ended)

    def reach(self, first: float, last: float) -> None:
        """Make windows so wide that samples of two times have room."""
        self._reach(self._index(first))
        self._reach(self._index(last))

    def bulk(self, seconds: float, keys: Iterable[Key]) -> None:
        """Count keys of samples that began in the window of `seconds`; note their `span` too.

        A key is the response time in ms, as a number or its text, and what `decode` takes.
        """
        self._counter(self._index(seconds)).update(keys)

    def counted(self, seconds: float, counts: Mapping[Key, int]) -> None:
        """Count keys that something else has counted for the window of `seconds`."""
        counter = self._counter(self._index(seconds))
        for key, number in counts.items():
            counter[key] += number

    def histogram(self, seconds: float, rest: Key, times: Histogram) -> None:
        """Count a histogram of the window of `seconds`; `rest` is what `decode` takes."""
        self._reach(self._index(seconds))
        kind = self._kinds.get(rest) or self._kind(rest)
        self._note(rest, sum(times.counts))
        counts = Counts(times, EMPTY) if kind.ok else Counts(EMPTY, times)
        groups = {kind.labels: counts}
        if self._rounding:
            groups = _rounded(groups, _ROUNDING[self._rounding - 1])
        self._keep(self._index(seconds), groups)

    def meet(self, labels: Labels) -> Labels:
        """Return labels, or `(others)` for those that came after the hundredth combination.

        Keys are decoded when their window is full. Who has the labels before may show them here in
        the order of the file, so that the first hundred of the file are kept.
        """
        if labels not in self._labels and len(self._labels) >= MOST_ENDPOINTS:
            if len(self._dropped) < MOST_DROPPED:
                self._dropped.add(labels)
            return ((labels[0][0], OTHERS[0][1]),) if labels else OTHERS
        self._labels.add(labels)
        return labels

    def users(self, seconds: float, number: int) -> None:
        """Note how many users there were at a time."""
        index = self._index(seconds)
        if number > self._users.get(index, -1):
            self._reach(index)
            index = self._index(seconds)
            self._users[index] = max(number, self._users.get(index, -1))

    def load(self, arrivals: Arrivals = "") -> Load:
        """Return what was counted."""
        for index in sorted(self._open):
            self._close(index)
        if not self._closed:
            groups = self._grouped(self._untimed)
            windows: tuple[Window, ...] = (Window(0.0, groups),) if groups else ()
            return Load(windows, arrivals=arrivals, dropped=len(self._dropped))
        if self._untimed:
            raise ValueError("some samples have a time and some have none")
        low, high = min(self._closed), max(self._closed)
        windows = tuple(
            Window(
                index * self.width - self._began,
                _merged(self._closed.get(index, [])),
                self._users.get(index),
            )
            for index in range(low, high + 1)
        )
        return Load(
            windows,
            began=self._began,
            seconds=round(self._ended - self._began, 6),  # the clock itself is no finer
            width=self.width,
            arrivals=arrivals,
            dropped=len(self._dropped),
        )

    def _index(self, seconds: float) -> int:
        return int(seconds // self.width)

    def _counter(self, index: int) -> Counter[Key]:
        counter = self._open.get(index)
        if counter is None:
            seconds = index * self.width
            self._reach(index)
            index = self._index(seconds)
            if len(self._open) >= _OPEN and min(self._open) < index:  # else it is a late one
                self._close(min(self._open))
        elif len(counter) * len(self._open) > _MOST_OPEN:
            self._close(index)
        else:
            return counter
        return self._open.setdefault(index, Counter())

    def _reach(self, index: int) -> None:
        """Make room for a window: double the width until there are not too many."""
        low = index if self._low is None else min(self._low, index)
        high = max(self._high, index) if self._low is not None else index
        while high - low >= MOST_WINDOWS:
            self._double()
            low, high = low // 2, high // 2
        self._low, self._high = low, high

    def _double(self) -> None:
        self.width *= 2
        opened, self._open = self._open, {}
        for index, counter in opened.items():
            self._open.setdefault(index // 2, Counter()).update(counter)
        closed: dict[int, list[Groups]] = {}
        for index, parts in self._closed.items():
            closed.setdefault(index // 2, []).extend(parts)
        self._closed = closed
        users: dict[int, int] = {}
        for index, number in self._users.items():
            users[index // 2] = max(number, users.get(index // 2, 0))
        self._users = users

    def _close(self, index: int) -> None:
        self._keep(index, self._grouped(self._open.pop(index)))

    def _keep(self, index: int, groups: Groups) -> None:
        self._closed.setdefault(index, []).append(groups)
        self._values += _values(groups)
        if self._values > self._most:
            self._shrink()

    def _shrink(self) -> None:
        """Put together what lies in one window; round values if that is not enough."""
        while True:
            self._closed = {index: [_merged(parts)] for index, parts in self._closed.items()}
            self._values = sum(_values(groups) for (groups,) in self._closed.values())
            if self._values <= MOST_VALUES * 3 // 4 or self._rounding == len(_ROUNDING):
                self._most = max(MOST_VALUES, self._values * 3 // 2)  # or each window would shrink
                return
            digits = _ROUNDING[self._rounding]
            self._rounding += 1
            self._closed = {i: [_rounded(g[0], digits)] for i, g in self._closed.items()}

    def _grouped(self, counter: Counter[Key]) -> Groups:
        parts: defaultdict[Key, dict[Any, int]] = defaultdict(dict)
        for key, number in counter.items():
            parts[key[1:]][key[0]] = number
        found: dict[Labels, tuple[list[Histogram], list[Histogram]]] = {}
        for rest, times in parts.items():
            kind = self._kinds.get(rest) or self._kind(rest)
            self._note(rest, sum(times.values()))
            pair = found.setdefault(kind.labels, ([], []))
            pair[0 if kind.ok else 1].append(self._histogram(times))
        groups = {name: Counts(merge(ok), merge(failed)) for name, (ok, failed) in found.items()}
        digits = _ROUNDING[self._rounding - 1] if self._rounding else 0
        return _rounded(groups, digits) if digits else groups

    def _histogram(self, counts: dict[Any, int]) -> Histogram:
        """Build a histogram of times, or of texts of times such as `7` and `7.0`."""
        values = list(map(self._parse, counts))
        times = dict(zip(values, counts.values(), strict=True))
        if len(times) < len(values):
            times = dict.fromkeys(values, 0)
            for value, number in zip(values, counts.values(), strict=True):
                times[value] += number
        return from_counts(times)

    def _kind(self, rest: tuple[Any, ...]) -> Kind:
        labels, ok = self._decode(*rest)
        kind = Kind(self.meet(labels), ok)
        if len(self._kinds) < MOST_DROPPED:
            self._kinds[rest] = kind
        return kind

    def _note(self, rest: Key, number: int) -> None:
        self.kinds[rest if rest in self._kinds else (None, *rest[1:])] += number


def _merged(parts: list[Groups]) -> Groups:
    if len(parts) == 1:
        return parts[0]
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
