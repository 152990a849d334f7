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
    SPARE,
    WORD,
    Cells,
    Finder,
    digest_of,
    digits,
    numbers,
    same_number,
)
from readiness.evidence.readers.jmeter_jtl.rows import TRANSACTION, VERDICTS, Rows
from readiness.evidence.readers.jmeter_jtl.stamps import has_long_line
from readiness.stats.histogram import Histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

BLOCK = (1 << 20) + (1 << 12)  # half a piece of the content, and some more
_MOST_KINDS = 10_000
_MOST_HELD = 1_000_000  # keys: the longer they are held, the fewer windows are joined later
_ODD = (b'"', b"\r", b"\0")
_FEW = 50  # windows
_BITS = 40  # of a key, for the elapsed time
_KIND = ("label", "success", "responseCode")
_NUMBERS = ("timeStamp", "elapsed", "allThreads")
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
        self._held = 0
        self._kind = _joined([self._at[name] for name in _KIND if name in self._at])
        single = (self._at[name] for name in _NUMBERS if name in self._at)
        wanted = dict(self._kind) | {index: index for index in single}
        self._finder = Finder(self._layout.delimiter, self._layout.width, wanted)

    def read(self) -> None:
        """Count all rows."""
        for data, start, end in self._body(SPARE):
            roomy = len(data) - end >= SPARE and not self._rest
            part = self._columns(data, start, end) if roomy else None
            if part is None or not self._clock.epoch():
                self._one(data[start:end])
            else:
                self._take(part)
        while self._windows:
            self._flush()
        self._finish()

    def _take(self, part: Part) -> None:
        self._meet(self._names[kind][0] for kind in part.order)
        self._shown.update(part.order)
        for window, keys in part.keys:
            self._windows.setdefault(window, []).append(keys)
        self._held += part.rows
        while self._held > _MOST_HELD:
            self._flush()
        self.last = max(self.last, part.last)
        self.tally.span(part.low / 1000, part.last / 1000)
        for window, users in part.users:
            self.tally.users(window, users)
        self._line += part.rows
        self.count += part.rows

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
        times = (keys & ((1 << _BITS) - 1)).astype(np.float64)
        kinds = keys >> _BITS
        starts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(keys)]
        for start, end in pairwise(starts):
            part = array_of("d", times[start:end]), array_of("I", counts[start:end])
            self.tally.histogram(window, self._names[kinds[start]], Histogram(*part))

    def _columns(self, data: bytes, start: int, end: int) -> Part | None:
        """Count a block by its columns; None if something in it asks for a closer look."""
        if any(data.find(byte, start, end) >= 0 for byte in _ODD):
            return None
        if self._layout.delimiter != b"," and data.find(TRANSACTION, start, end) >= 0:
            return None
        if has_long_line(data, start, end):
            return None
        cells = self._finder.find(data, start, end)
        stamps = self._stamps(cells) if cells else None
        elapsed = numbers(cells, self._at["elapsed"]) if cells else None
        if cells is None or stamps is None or elapsed is None:
            return None
        low, high = int(stamps.min()), int(stamps.max())
        windows = self._by_window(stamps, low, high)
        users = self._most_users(cells, windows)
        kinds = self._kinds_of(cells)
        if users is None or kinds is None:
            return None
        order = self._order(kinds)
        stamps += elapsed
        keys = kinds
        keys <<= _BITS
        keys |= elapsed
        return Part(
            len(stamps),
            low,
            int(stamps.max()),
            [(window, keys[chosen]) for window, chosen in windows],
            users,
            order,
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

    def _by_window(self, stamps: Ints, low: int, high: int) -> list[tuple[int, Any]]:
        """Part rows by the windows of the tally, which may be wider by the time they are added."""
        self.tally.reach(low / 1000, high / 1000)
        width = int(self.tally.width)
        first, last = low // (width * 1000), high // (width * 1000)
        if first == last:
            return [(first * width, slice(None))]
        windows = stamps // (width * 1000)
        few = last - first < _FEW
        found = range(first, last + 1) if few else np.unique(windows).tolist()
        chosen = [(window * width, windows == window) for window in found]
        return [pair for pair in chosen if not few or pair[1].any()]

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

    def _kinds_of(self, cells: Cells) -> Ints | None:
        """Return for each row the number of its (label, success, code); None if one is odd."""
        digest = digest_of(cells, tuple(self._kind))
        if digest is None:
            return None
        digests, numbers = self._known
        place = np.searchsorted(digests, digest)
        place[place == len(digests)] = 0
        if not len(digests) or (digests[place] != digest).any():
            return self._learn(cells, digest)
        return numbers[place]

    def _learn(self, cells: Cells, digest: Words) -> Ints | None:
        """Give numbers to kinds that were not seen before."""
        unique, first = np.unique(digest, return_index=True)
        known = dict(zip(*(part.tolist() for part in self._known), strict=True))
        new = {
            value: self._texts(cells, row)
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

    def _texts(self, cells: Cells, row: int) -> tuple[bytes, bytes, bytes]:
        """Return label, success and code of a row, the code empty if there is no such column."""
        found: dict[int, bytes] = {}
        for index in self._kind:
            parts = cells.text(cells.columns[index], row).split(self._layout.delimiter)
            found |= enumerate(parts, index)
        label, success, code = (found.get(self._at.get(name, -1), b"") for name in _KIND)
        return label, success, code


def _joined(indices: list[int]) -> dict[int, int]:
    """Return columns that are neighbours as one: the index of the first, and of the last."""
    found: dict[int, int] = {}
    for index in sorted(indices):
        first = next((f for f, last in found.items() if last == index - 1), index)
        found[first] = index
    return found


def _is_good(texts: tuple[bytes, bytes, bytes]) -> bool:
    """Tell whether a label is text, and success one of its two words."""
    try:
        texts[0].decode()
    except UnicodeDecodeError:
        return False
    return texts[1] in VERDICTS


def array_of(code: str, numbers: Any) -> array[Any]:
    """Return an `array` of numbers."""
    found = array(code)
    found.frombytes(numbers.tobytes())
    return found
