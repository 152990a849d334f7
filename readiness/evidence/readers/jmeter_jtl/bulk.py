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
from readiness.evidence.readers.jmeter_jtl.cells import SPARE, WORD, Cells, Finder
from readiness.evidence.readers.jmeter_jtl.columns import TRANSACTION
from readiness.evidence.readers.jmeter_jtl.kinds import Kind, Kinds
from readiness.evidence.readers.jmeter_jtl.rows import Rows
from readiness.evidence.readers.jmeter_jtl.values import digits, number, numbers, same_number
from readiness.stats.histogram import Histogram

if TYPE_CHECKING:
    from mmap import mmap

    from numpy.typing import NDArray

    from readiness.evidence.spans import Span

    Ints = NDArray[np.int64]

_MOST_HELD = 1_000_000  # keys: the longer they are held, the fewer windows are joined later
_MOST_KINDS = 10_000
_ODD = (b'"', b"\r")
_FEW = 50  # windows
_NARROW, _WIDE = 20, 40  # bits of a key for the elapsed time, in a word of 32 bits or of 64
_MOST_NARROW = 1 << (32 - _NARROW)  # kinds
_NUMBERS = ("timeStamp", "elapsed", "allThreads")
_PREFIX = 5  # digits of a time stamp before its last eight
_STAMP = 13
_PREFIXED, _AFTER_PREFIX = np.uint64(8 * _PREFIX), np.uint64(64 - 8 * _PREFIX)  # bits
_STAMPED, _AFTER_STAMP = np.uint64(48), np.uint64(16)


class Keys(NamedTuple):
    """What plain rows hold; see `Part`.

    Attributes:
        users: windows, in seconds since 1970, each with the most users.
        keys: windows, each with a key for each row: the number of its kind and its elapsed time.
        bits: of a key, for the elapsed time.
        kinds: those that were not told before, in the order of their numbers.
        untyped: as of `Part`.
        process: who gave the numbers.
    """

    rows: int
    low: int
    high: int
    last: int
    labels: list[bytes]
    users: list[tuple[int, int]]
    keys: list[tuple[int, Any]]
    bits: int
    kinds: list[Kind]
    untyped: tuple[int, int]
    process: int


class Bulk(Rows):
    """Counts the rows of a JTL in large blocks; see `Rows`."""

    block = (1 << 20) + (1 << 12)  # half a piece of the content, and some more
    spare = SPARE
    places = 8

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._kinds = Kinds(self._at, self._layout.delimiter)
        names = (*_NUMBERS, self._layout.hint)
        single = (self._at[name] for name in names if name in self._at)
        wanted = self._kinds.columns | {index: index for index in single}
        self._finder = Finder(self._layout.delimiter, self._layout.width, wanted)
        self._named: dict[Kind, int] = {}
        self._ours: dict[int, list[int]] = {}  # by process: our number for each of its numbers
        self._windows: dict[int, list[NDArray[Any]]] = {}
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
        cells = self._finder.find(data, start, end)
        times = self._times(cells) if cells else None
        if cells is None or times is None:
            return None
        stamps, elapsed = times
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
        narrow = len(self._kinds) <= _MOST_NARROW and int(elapsed.max()) >> _NARROW == 0
        bits = _NARROW if narrow else _WIDE
        kinds <<= bits
        kinds |= elapsed
        keys = kinds.astype(np.uint32) if narrow else kinds
        parts = [(window, keys[chosen]) for window, chosen in windows]
        untyped, counted = self._untyped(cells), len(keys)
        return Keys(counted, low, high, last, labels, users, parts, bits, new, untyped, os.getpid())

    def _usable(self) -> bool:
        return len(self._named) <= _MOST_KINDS and super()._usable()

    def _take(self, answer: tuple[Any, ...]) -> None:
        found = Keys(*answer)
        self._lack(*found.untyped)
        self._note(found.rows, found.low, found.high, found.last)
        self._meet(found.labels)
        for window, users in found.users:
            self.tally.users(window, users)
        ours = self._ours.setdefault(found.process, [])
        ours += [self._named.setdefault(kind, len(self._named)) for kind in found.kinds]
        same = ours == list(range(len(ours)))
        for window, data in found.keys:
            keys: Any = np.frombuffer(data, np.uint32 if found.bits == _NARROW else np.int64)
            if not same:
                kinds, times = _parted(keys)
                keys = (np.array(ours)[kinds] << _WIDE) | times
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
        parts = [keys for start in alike for keys in self._windows.pop(start)]
        keys = np.concatenate(parts if len({k.dtype for k in parts}) == 1 else [*map(_wide, parts)])
        self._held -= len(keys)
        keys.sort()
        ends = np.flatnonzero(np.append(keys[1:] != keys[:-1], True))
        counts = np.diff(ends, prepend=-1).astype(np.uint32)
        keys = keys[ends]
        kinds, ms = _parted(keys)
        times = ms.astype(np.float64)
        named = list(self._named)
        starts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(keys)]
        found = sorted((named[kinds[start]], start, end) for start, end in pairwise(starts))
        for kind, start, end in found:  # their numbers are chance
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

    def _untyped(self, cells: Cells) -> tuple[int, int]:
        at = self._at.get(self._layout.hint)
        if at is None:
            return 0, 0
        empty = cells.columns[at].lengths == 0
        return int(np.count_nonzero(empty)), int(empty.argmax())

    def _times(self, cells: Cells) -> tuple[Ints, Ints] | None:
        """Return time stamps and elapsed times; None if one is odd."""
        at, then = self._at["timeStamp"], self._at["elapsed"]
        starts, lengths = cells.columns[at]
        if (lengths != _STAMP).any():
            return None
        text = cells.words(starts, 3)
        prefix = cells.text(cells.columns[at], 0)[:_PREFIX]
        head = text[:, 0] << _AFTER_PREFIX
        if not prefix.isdigit() or (head != head[0]).any():
            return None
        stamps = digits((text[:, 0] >> _PREFIXED) | (text[:, 1] << _AFTER_PREFIX))
        if then == at + 1:
            next_ = (text[:, 1] >> _STAMPED) | (text[:, 2] << _AFTER_STAMP)
            elapsed = number(next_, cells.columns[then].lengths)
        else:
            elapsed = numbers(cells, then)
        if stamps is None or elapsed is None:
            return None
        stamps += int(prefix) * 10**WORD
        return stamps, elapsed


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


def _parted(keys: Any) -> tuple[Any, Any]:
    """Return the numbers of the kinds of some keys, and their elapsed times."""
    bits = _NARROW if keys.dtype == np.uint32 else _WIDE
    return keys >> bits, keys & (1 << bits) - 1


def _wide(keys: Any) -> Ints:
    """Return keys of 64 bits."""
    kinds, times = _parted(keys)
    wide: Ints = (kinds.astype(np.int64) << _WIDE) | times
    return wide


def array_of(code: str, numbers: Any) -> array[Any]:
    """Return an `array` of numbers."""
    found = array(code)
    found.frombytes(numbers.tobytes())
    return found
