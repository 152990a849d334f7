"""Rows of a large JTL into a tally with NumPy: the columns of a block at once.

Blocks that are not plain (quotes, another number of cells, odd numbers) are counted by `Rows`, so
both ways give the same facts.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from readiness.evidence.loadtest.tally import MOST_ENDPOINTS
from readiness.evidence.readers.jmeter_jtl.cells import (
    WORD,
    Cells,
    cells_of,
    digest_of,
    digits,
    numbers,
    same_number,
)
from readiness.evidence.readers.jmeter_jtl.rows import TRANSACTION, VERDICTS, Rows
from readiness.stats.histogram import Histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

BLOCK = 1 << 18  # fits a core's cache with what is made of it
_OPEN = 3
_MOST_KINDS = 10_000
_MOST_HELD = 400  # blocks of keys of one window
_ODD = (b'"', b"\r", b"\0")
_BITS = 40  # of a key, for the elapsed time
_KIND = ("label", "success", "responseCode")
_PREFIX = 5  # digits of a time stamp before its last eight
_STAMP = 13


class Part(NamedTuple):
    """What was found in one block.

    `keys` are windows with a key for each row, which is its kind and its elapsed time. `users` are
    window and most users. `order` are kinds by their first row, if some are new.
    """

    rows: int
    low: int
    last: int
    keys: list[tuple[int, Ints]]
    users: list[tuple[int, int]]
    order: list[int]


class Bulk(Rows):
    """Counts the rows of a JTL in large blocks; see `Rows`."""

    block = BLOCK

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._names: list[tuple[bytes, bytes, bytes]] = []
        self._shown: set[int] = set()
        self._known: tuple[Words, Ints] = (np.zeros(0, np.uint64), np.zeros(0, np.int64))
        self._windows: dict[int, list[Ints]] = {}

    def read(self) -> None:
        """Count all rows."""
        for block in self._body():
            part = None if self._rest else self._columns(block)
            if part is None or not self._clock.epoch():
                self._one(block)
            else:
                self._take(part)
        for window in sorted(self._windows):
            self._flush(window)
        self._finish()

    def _take(self, part: Part) -> None:
        self._meet(self._names[kind][0] for kind in part.order)
        self._shown.update(part.order)
        for window, keys in part.keys:
            held = self._windows.setdefault(window, [])
            held.append(keys)
            if len(held) >= _MOST_HELD:
                self._flush(window)
        while len(self._windows) > _OPEN:
            self._flush(min(self._windows))
        self.last = max(self.last, part.last)
        self.tally.span(part.low / 1000, part.last / 1000)
        for window, users in part.users:
            self.tally.users(window, users)
        self._line += part.rows
        self.count += part.rows

    def _flush(self, window: int) -> None:
        """Hand the counts of one window to the tally."""
        keys = np.concatenate(self._windows.pop(window))
        keys.sort()
        ends = np.flatnonzero(np.append(keys[1:] != keys[:-1], True))
        counts = np.diff(ends, prepend=-1)
        keys = keys[ends]
        times = (keys & ((1 << _BITS) - 1)).astype(np.float64)
        kinds = keys >> _BITS
        starts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(keys)]
        for start, end in pairwise(starts):
            part = array_of("d", times[start:end]), array_of("Q", counts[start:end])
            self.tally.histogram(window, self._names[kinds[start]], Histogram(*part))

    def _columns(self, block: bytes) -> Part | None:
        """Count a block by its columns; None if something in it asks for a closer look."""
        if not block.endswith(b"\n") or any(byte in block for byte in _ODD):
            return None
        delimiter = self._layout.delimiter
        if delimiter != b"," and TRANSACTION in block:
            return None
        cells = cells_of(block, ord(delimiter), self._layout.width)
        stamps = self._stamps(cells) if cells else None
        elapsed = numbers(cells, self._at["elapsed"]) if cells else None
        if cells is None or stamps is None or elapsed is None:
            return None
        windows = self._by_window(stamps)
        users = self._most_users(cells, windows)
        kinds = self._kinds_of(cells)
        if users is None or kinds is None:
            return None
        keys = kinds << _BITS | elapsed
        return Part(
            len(stamps),
            int(stamps.min()),
            int((stamps + elapsed).max()),
            [(window, keys[chosen]) for window, chosen in windows],
            users,
            self._order(kinds),
        )

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

    def _order(self, kinds: Ints) -> list[int]:
        """Return the kinds of a block in the order of their first rows, none if all are known."""
        if len(self._shown) == len(self._names) or len(self._met) > MOST_ENDPOINTS:
            return []
        found: list[int] = kinds[np.sort(np.unique(kinds, return_index=True)[1])].tolist()
        return found

    def _by_window(self, stamps: Ints) -> list[tuple[int, Any]]:
        """Part rows by the windows of the tally, which may be wider by the time they are added."""
        width = int(self.tally.width)
        first, last = (int(stamp) // (width * 1000) for stamp in (stamps.min(), stamps.max()))
        if first == last:
            return [(first * width, slice(None))]
        windows = stamps // (width * 1000)
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
        tail = digits(cells.words[starts + _PREFIX])
        return None if tail is None else tail + int(prefix) * 10**WORD

    def _kinds_of(self, cells: Cells) -> Ints | None:
        """Return for each row the number of its (label, success, code); None if one is odd."""
        columns = [cells.column(self._at[name]) for name in _KIND if name in self._at]
        digest = digest_of(cells.words, columns)
        if digest is None:
            return None
        digests, numbers = self._known
        place = np.searchsorted(digests, digest)
        place[place == len(digests)] = 0
        if not len(digests) or (digests[place] != digest).any():
            return self._learn(cells, columns, digest)
        return numbers[place]

    def _learn(self, cells: Cells, columns: list[tuple[Ints, Ints]], digest: Words) -> Ints | None:
        """Give numbers to kinds that were not seen before."""
        unique, first = np.unique(digest, return_index=True)
        known = dict(zip(*(part.tolist() for part in self._known), strict=True))
        new = {
            value: _texts(cells.block, columns, row)
            for value, row in zip(unique.tolist(), first.tolist(), strict=True)
            if value not in known
        }
        if len(known) + len(new) > _MOST_KINDS or not all(map(_is_good, new.values())):
            return None
        for value, texts in new.items():
            known[value] = len(self._names)
            self._names.append(texts)
        ordered = sorted(known)
        self._known = (
            np.array(ordered, np.uint64),
            np.array([known[value] for value in ordered], np.int64),
        )
        return self._known[1][np.searchsorted(self._known[0], digest)]


def _texts(block: bytes, columns: list[tuple[Ints, Ints]], row: int) -> tuple[bytes, bytes, bytes]:
    """Return label, success and code of a row, the code empty if there is no such column."""
    found = [block[start[row] : start[row] + length[row]] for start, length in columns]
    return found[0], found[1], found[2] if len(found) == len(_KIND) else b""


def _is_good(texts: tuple[bytes, bytes, bytes]) -> bool:
    """Tell whether a label is text, and success one of its two words."""
    try:
        texts[0].decode()
    except UnicodeDecodeError:
        return False
    return texts[1] in VERDICTS


def array_of(code: str, numbers: Any) -> array[Any]:
    """Return an `array` of numbers of eight bytes each."""
    found = array(code)
    found.frombytes(numbers.tobytes())
    return found
