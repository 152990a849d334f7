"""Rows of a large JTL into a tally with NumPy: the columns of a block at once.

Blocks that are not plain (quotes, another number of cells, odd numbers) are counted by `Rows`, so
both ways give the same facts.
"""

from __future__ import annotations

import os
from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from readiness.evidence.loadtest.tally import wide_enough
from readiness.evidence.readers.jmeter_jtl.cells import (
    SPARE,
    WORD,
    Cells,
    Finder,
    digits,
    numbers,
    same_number,
)
from readiness.evidence.readers.jmeter_jtl.columns import TRANSACTION
from readiness.evidence.readers.jmeter_jtl.kinds import Kind, Kinds
from readiness.evidence.readers.jmeter_jtl.rows import Rows
from readiness.evidence.readers.jmeter_jtl.stamps import has_long_line
from readiness.stats.histogram import Histogram

if TYPE_CHECKING:
    from mmap import mmap

    from numpy.typing import NDArray

    from readiness.evidence.spans import Span

    Ints = NDArray[np.int64]

_MOST_HELD = 1_000_000  # keys: the longer they are held, the fewer windows are joined later
_MOST_KINDS = 10_000
_ODD = (b'"', b"\r", b"\0")
_FEW = 50  # windows
_BITS = 40  # of a key, for the elapsed time
_ELAPSED = (1 << _BITS) - 1
_NUMBERS = ("timeStamp", "elapsed", "allThreads")
_PREFIX = 5  # digits of a time stamp before its last eight
_STAMP = 13


class Keys(NamedTuple):
    """What plain rows hold; see `Part`.

    Attributes:
        users: windows, in seconds since 1970, each with the most users.
        keys: windows, each with a key for each row: the number of its kind and its elapsed time.
        kinds: those that were not told before, in the order of their numbers.
        process: who gave the numbers.
    """

    rows: int
    low: int
    high: int
    last: int
    labels: list[bytes]
    users: list[tuple[int, int]]
    keys: list[tuple[int, Any]]
    kinds: list[Kind]
    process: int


class Bulk(Rows):
    """Counts the rows of a JTL in large blocks; see `Rows`."""

    block = (1 << 20) + (1 << 12)  # half a piece of the content, and some more
    spare = SPARE
    places = 8

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._kinds = Kinds(self._at, self._layout.delimiter)
        single = (self._at[name] for name in _NUMBERS if name in self._at)
        wanted = self._kinds.columns | {index: index for index in single}
        self._finder = Finder(self._layout.delimiter, self._layout.width, wanted)
        self._named: dict[Kind, int] = {}
        self._ours: dict[int, list[int]] = {}  # by process: our number for each of its numbers
        self._windows: dict[int, list[Ints]] = {}
        self._held = 0

    def ready(self, span: Span) -> bool:
        """Tell whether a span may be plain."""
        data, start, end = span
        if len(self._named) > _MOST_KINDS:
            return False
        odd = _ODD if self._layout.delimiter == b"," else (*_ODD, TRANSACTION)
        return len(data) - end >= SPARE and all(data.find(b, start, end) < 0 for b in odd)

    def measure(self, data: bytes | mmap, start: int, end: int, width: int) -> Keys | None:
        """Count rows by their columns; None if something in them asks for a closer look."""
        if has_long_line(data, start, end):
            return None
        cells = self._finder.find(data, start, end)
        stamps = self._stamps(cells) if cells else None
        elapsed = numbers(cells, self._at["elapsed"]) if cells else None
        if cells is None or stamps is None or elapsed is None:
            return None
        low, high = int(stamps.min()), int(stamps.max())
        width = wide_enough(low // 1000, high // 1000, width)
        windows = _by_window(stamps, low, high, width)
        users = self._most_users(cells, windows)
        kinds = self._kinds.of(cells)
        if users is None or kinds is None:
            return None
        labels, new = self._kinds.tell(kinds)
        stamps += elapsed
        last = int(stamps.max())
        keys = kinds
        keys <<= _BITS
        keys |= elapsed
        parts = [(window, keys[chosen]) for window, chosen in windows]
        return Keys(len(keys), low, high, last, labels, users, parts, new, os.getpid())

    def _usable(self) -> bool:
        return len(self._named) <= _MOST_KINDS and super()._usable()

    def _take(self, answer: tuple[Any, ...]) -> None:
        found = Keys(*answer)
        self._note(found.rows, found.low, found.high, found.last)
        self._meet(found.labels)
        for window, users in found.users:
            self.tally.users(window, users)
        ours = self._ours.setdefault(found.process, [])
        ours += [self._named.setdefault(kind, len(self._named)) for kind in found.kinds]
        same = ours == list(range(len(ours)))
        for window, data in found.keys:
            keys = np.frombuffer(data, np.int64)
            if not same:
                keys = (np.array(ours)[keys >> _BITS] << _BITS) | (keys & _ELAPSED)
            self._windows.setdefault(window, []).append(keys)
        self._held += found.rows
        while self._held > _MOST_HELD:
            self._flush()

    def _forget(self) -> None:
        super()._forget()
        self._kinds.forget()
        self._ours.clear()

    def _finish(self) -> None:
        while self._windows:
            self._flush()
        super()._finish()

    def _flush(self) -> None:
        """Hand the counts of the first window to the tally, as wide as its windows are by now."""
        width = int(self.tally.width)
        window = min(self._windows)
        alike = [start for start in self._windows if start // width == window // width]
        keys = np.concatenate([keys for start in alike for keys in self._windows.pop(start)])
        self._held -= len(keys)
        keys.sort()
        ends = np.flatnonzero(np.append(keys[1:] != keys[:-1], True))
        counts = np.diff(ends, prepend=-1).astype(np.uint32)
        keys = keys[ends]
        times = (keys & _ELAPSED).astype(np.float64)
        kinds = keys >> _BITS
        named = list(self._named)
        starts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(keys)]
        parts = sorted((named[kinds[start]], start, end) for start, end in pairwise(starts))
        for kind, start, end in parts:  # their numbers are chance
            part = array_of("d", times[start:end]), array_of("I", counts[start:end])
            self.tally.histogram(window, kind, Histogram(*part))

    def _most_users(
        self, cells: Cells, windows: list[tuple[int, Any]]
    ) -> list[tuple[int, int]] | None:
        """Return the most users by window; None if a number of users is odd."""
        at = self._at.get("allThreads")
        if at is None:
            return []
        if (same := same_number(cells, at)) is not None:
            return [(window, same) for window, _ in windows]
        users = numbers(cells, at)
        if users is None:
            return None
        return [(window, int(users[chosen].max())) for window, chosen in windows]

    def _stamps(self, cells: Cells) -> Ints | None:
        column = cells.columns[self._at["timeStamp"]]
        if (column.lengths != _STAMP).any():
            return None
        prefix = cells.text(column, 0)[:_PREFIX]
        head = cells.words[column.starts] & np.uint64((1 << 8 * _PREFIX) - 1)
        if not prefix.isdigit() or (head != head[0]).any():
            return None
        found = digits(cells.words[column.starts + _PREFIX])
        if found is not None:
            found += int(prefix) * 10**WORD
        return found


def _by_window(stamps: Ints, low: int, high: int, width: int) -> list[tuple[int, Any]]:
    """Return windows, and which rows are in each."""
    first, last = low // (width * 1000), high // (width * 1000)
    if first == last:
        return [(first * width, slice(None))]
    windows = stamps // (width * 1000)
    few = last - first < _FEW
    found = range(first, last + 1) if few else np.unique(windows).tolist()
    chosen = [(window * width, windows == window) for window in found]
    return [pair for pair in chosen if not few or pair[1].any()]


def array_of(code: str, numbers: Any) -> array[Any]:
    """Return an `array` of numbers."""
    found = array(code)
    found.frombytes(numbers.tobytes())
    return found
