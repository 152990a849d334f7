"""Rows of a large JTL into a tally with NumPy: columns of a block at once, on two threads.

Blocks that are not plain (quotes, another number of cells, odd numbers) are counted by `Rows`, so
both ways give the same facts. Numbers are read eight digits at a time (Lemire 2022, "Number parsing
at a gigabyte per second", Softw. Pract. Exper. 51:1700).
"""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from readiness.evidence.readers.jmeter_jtl.rows import TRANSACTION, Rows
from readiness.stats.histogram import Histogram

if TYPE_CHECKING:
    from concurrent.futures import Future

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

BLOCK = 1 << 19
_AHEAD = 4
_OPEN = 3
_WORD = 8
_ZEROS = np.uint64(0x3030303030303030)
_CARRY = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
_PAIRS = np.uint64(0x000000FF000000FF)
_MIX = np.uint64(secrets.randbits(64) | 1)  # nobody can write two labels that look the same
_DENSE = 1 << 18
_BITS = 40  # of a key, for the elapsed time
_KIND = ("label", "success", "responseCode")
_PREFIX = 5  # digits of a time stamp before its last eight
_STAMP = 13


class Part(NamedTuple):
    """What was counted in one block: `keys` are kind × `base` + elapsed, by window."""

    rows: int
    low: int
    high: int
    last: int
    users: int
    base: int
    counts: list[tuple[int, Ints, Ints]]


class Cells:
    """Where the cells of a block are; a column is found when it is asked for."""

    def __init__(self, block: bytes, ends: Ints) -> None:
        self.block, self._ends = block, ends
        self.words: Words = np.ndarray(
            (len(block) + 1,), "<u8", block + bytes(_WORD), strides=(1,)
        )  # the eight bytes that begin at each byte

    def column(self, index: int) -> tuple[Ints, Ints]:
        """Return where the cells of a column start, and their lengths."""
        if index:
            starts = self._ends[:, index - 1] + 1
        else:
            starts = np.empty(len(self._ends), np.int64)
            starts[0], starts[1:] = 0, self._ends[:-1, -1] + 1
        return starts, self._ends[:, index] - starts


class Bulk(Rows):
    """Counts the rows of a JTL in large blocks; see `Rows`."""

    block = BLOCK

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._names: list[tuple[bytes, bytes, bytes]] = []
        self._known: tuple[Words, Ints] = (np.zeros(0, np.uint64), np.zeros(0, np.int64))
        self._lock = Lock()
        self._windows: dict[int, list[tuple[Ints, Ints]]] = {}

    def read(self) -> None:
        """Count all rows; the columns of the next blocks are found while one is added up."""
        waiting: deque[tuple[bytes, Future[Part | None]]] = deque()
        with ThreadPoolExecutor(2) as pool:
            for block in self._body():
                waiting.append((block, pool.submit(self._columns, block)))
                if len(waiting) > _AHEAD:
                    self._take(*waiting.popleft())
            while waiting:
                self._take(*waiting.popleft())
        for window in sorted(self._windows):
            self._flush(window)
        self._finish()

    def _take(self, block: bytes, columns: Future[Part | None]) -> None:
        part = columns.result()
        if part is None or self._rest:
            self._one(block)
            return
        for window, keys, counts in part.counts:
            kinds, elapsed = np.divmod(keys, part.base)
            self._windows.setdefault(window, []).append((kinds << _BITS | elapsed, counts))
        while len(self._windows) > _OPEN:
            self._flush(min(self._windows))
        self.last = max(self.last, part.last)
        self.tally.span(part.low / 1000, part.last / 1000)
        if part.users:
            self.tally.users(part.high / 1000, part.users)
        self._line += part.rows
        self.count += part.rows

    def _flush(self, window: int) -> None:
        """Hand the counts of one window to the tally."""
        parts = self._windows.pop(window)
        keys, inverse = np.unique(np.concatenate([k for k, _ in parts]), return_inverse=True)
        counts = np.bincount(inverse, np.concatenate([n for _, n in parts])).astype(np.int64)
        kinds = keys >> _BITS
        for kind in np.unique(kinds):
            chosen = kinds == kind
            times = (keys[chosen] & ((1 << _BITS) - 1)).astype(np.float64)
            histogram = Histogram(array_of("d", times), array_of("I", counts[chosen]))
            self.tally.histogram(window, self._names[kind], histogram)

    def _columns(self, block: bytes) -> Part | None:
        """Count a block by its columns; None if something in it asks for a closer look."""
        if b'"' in block or b"\r" in block or not block.endswith(b"\n"):
            return None
        delimiter = self._layout.delimiter
        if delimiter != b"," and TRANSACTION in block:
            return None
        cells = _cells(block, ord(delimiter), self._layout.width)
        stamps = self._stamps(cells) if cells else None
        elapsed = _numbers(cells, self._at["elapsed"]) if cells else None
        if cells is None or stamps is None or elapsed is None:
            return None
        base = int(elapsed.max()) + 1
        keys = self._kinds_of(cells) * base + elapsed
        users = _numbers(cells, self._at["allThreads"]) if "allThreads" in self._at else None
        return Part(
            len(stamps),
            int(stamps.min()),
            int(stamps.max()),
            int((stamps + elapsed).max()),
            0 if users is None else int(users.max()),
            base,
            [(window, *_counted(keys[chosen])) for window, chosen in self._by_window(stamps)],
        )

    def _by_window(self, stamps: Ints) -> list[tuple[int, Any]]:
        """Part rows by the windows of the tally, which may be wider by the time they are added."""
        width = int(self.tally.width)
        windows = stamps // (width * 1000)
        first, last = int(windows.min()), int(windows.max())
        if first == last:
            return [(first * width, slice(None))]
        return [(int(w) * width, windows == w) for w in np.unique(windows)]

    def _stamps(self, cells: Cells) -> Ints | None:
        starts, lengths = cells.column(self._at["timeStamp"])
        if (lengths != _STAMP).any():
            return None
        first = int(starts[0])
        prefix = cells.block[first : first + _PREFIX]
        head = cells.words[starts] & np.uint64((1 << 8 * _PREFIX) - 1)
        if not prefix.isdigit() or (head != head[0]).any():
            return None
        tail = _digits(cells.words[starts + _PREFIX])
        return None if tail is None else tail + int(prefix) * 10**_WORD

    def _kinds_of(self, cells: Cells) -> Ints:
        """Return for each row the number of its (label, success, code)."""
        columns = [cells.column(self._at[name]) for name in _KIND if name in self._at]
        digest = np.zeros(len(columns[0][0]), np.uint64)
        for starts, lengths in columns:
            digest = _mixed(digest, cells.words, starts, lengths)
        digests, numbers = self._known
        place = np.searchsorted(digests, digest)
        place[place == len(digests)] = 0
        if not len(digests) or (digests[place] != digest).any():
            return self._learn(cells, columns, digest)
        return numbers[place]

    def _learn(self, cells: Cells, columns: list[tuple[Ints, Ints]], digest: Words) -> Ints:
        """Give numbers to kinds that were not seen before."""
        unique, first = np.unique(digest, return_index=True)
        with self._lock:
            known = dict(zip(*(part.tolist() for part in self._known), strict=True))
            for value, row in zip(unique.tolist(), first.tolist(), strict=True):
                if value not in known:
                    texts = [cells.block[s[row] : s[row] + n[row]] for s, n in columns]
                    known[value] = len(self._names)
                    self._names.append((texts[0], texts[1], texts[2] if len(texts) > 2 else b""))  # noqa: PLR2004
            ordered = sorted(known)
            self._known = (
                np.array(ordered, np.uint64),
                np.array([known[value] for value in ordered], np.int64),
            )
            return self._known[1][np.searchsorted(self._known[0], digest)]


def array_of(code: str, numbers: Any) -> Any:
    """Return an `array` of numbers."""
    from array import array  # noqa: PLC0415

    return array(code, numbers.tolist())


def _cells(block: bytes, delimiter: int, width: int) -> Cells | None:
    """Find the cells of a block; None if not all rows have as many."""
    raw = np.frombuffer(block, np.uint8)
    mask = raw == ord("\n")
    rows = int(np.count_nonzero(mask))
    mask |= raw == delimiter
    ends = np.flatnonzero(mask)
    if len(ends) != rows * width or (raw[ends[width - 1 :: width]] != ord("\n")).any():
        return None
    return Cells(block, ends.reshape(rows, width))


def _numbers(cells: Cells, index: int) -> Ints | None:
    """Read a column of whole numbers of one to eight digits; None if a cell is something else."""
    starts, lengths = cells.column(index)
    if lengths.min() < 1 or lengths.max() > _WORD:
        return None
    shift = ((_WORD - lengths) * 8).astype(np.uint64)
    filler = _ZEROS & ((np.uint64(1) << shift) - np.uint64(1))
    return _digits((cells.words[starts] << shift) | filler)


def _digits(text: Words) -> Ints | None:
    """Read eight digits each; None if one is no digit."""
    digits = text - _ZEROS
    if ((digits | (digits + _CARRY)) & _HIGH).any():
        return None
    digits = digits * np.uint64(10) + (digits >> np.uint64(8))
    upper = (digits & _PAIRS) * np.uint64(0x000F424000000064)
    lower = ((digits >> np.uint64(16)) & _PAIRS) * np.uint64(0x0000271000000001)
    return ((upper + lower) >> np.uint64(32)).astype(np.int64)


def _mixed(digest: Words, words: Words, starts: Ints, lengths: Ints) -> Words:
    """Fold the bytes of a cell into a digest of 64 bits."""
    digest = (digest ^ lengths.astype(np.uint64)) * _MIX
    shortest, longest = int(lengths.min()), int(lengths.max())
    for offset in range(0, longest, _WORD):
        if shortest >= offset + _WORD:
            chunk = words[starts + offset]
        else:
            left = np.minimum(lengths - offset, _WORD)
            inside = left > 0
            place = np.where(inside, starts + offset, 0)
            shift = ((_WORD - np.where(inside, left, _WORD)) * 8).astype(np.uint64)
            chunk = np.where(inside, words[place] << shift, np.uint64(0))
        digest = (digest ^ chunk) * _MIX
        digest ^= digest >> np.uint64(29)
    return digest


def _counted(keys: Ints) -> tuple[Ints, Ints]:
    """Return distinct keys and how often each is there."""
    if len(keys) and keys.max() < _DENSE:
        counts = np.bincount(keys)
        found = np.flatnonzero(counts)
        return found, counts[found]
    return np.unique(keys, return_counts=True)
