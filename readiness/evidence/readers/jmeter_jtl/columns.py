"""Blocks of a JTL by their columns, with Python alone: what plain rows hold."""

from __future__ import annotations

from collections import Counter
from itertools import repeat
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.tally import MOST_ENDPOINTS, wide_enough
from readiness.evidence.readers.jmeter_jtl.layout import NEEDED
from readiness.evidence.readers.jmeter_jtl.stamps import (
    DIGITS,
    are_stamps,
    are_texts,
    has_long_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from mmap import mmap

    from readiness.evidence.readers.jmeter_jtl.layout import Layout

TRANSACTION = b"Number of samples in transaction"
VERDICTS = frozenset((b"true", b"false"))
MOST_ELAPSED = 12  # digits
MOST_USERS = 9  # digits
_BLOCK = 3 << 13  # with its cells it fits the cache of a core
Key = tuple[bytes, bytes, bytes, bytes]  # elapsed, label, success, code


class Part(NamedTuple):
    """What some rows hold.

    Attributes:
        rows: how many there are.
        low: the first time stamp, in ms since 1970.
        high: the last one.
        last: the last time of a response.
        labels: those that were not seen before, in the order of the file.
        users: by window, in seconds since 1970, the most users.
        counts: by window how often each key was seen.
        untyped: rows without a type, where that is all that hints at transactions, and how many
            rows stand before the first of them.
    """

    rows: int
    low: int
    high: int
    last: int
    labels: list[bytes]
    users: dict[int, int]
    counts: dict[int, dict[Key, int]]
    untyped: tuple[int, int]


class _Block(NamedTuple):
    """The columns of plain rows, of which the last three may be empty, and digits of the times."""

    stamps: list[bytes]
    elapsed: list[bytes]
    labels: list[bytes]
    success: list[bytes]
    codes: list[bytes]
    users: list[bytes]
    types: list[bytes]
    digits: int


class _Ends(NamedTuple):
    """What tells when the last response of a block came."""

    high: int
    most: int  # more than any response time of it
    stamps: list[bytes]
    elapsed: list[bytes]


class Columns:
    """Takes plain rows apart, many at once."""

    def __init__(self, layout: Layout) -> None:
        """Take the columns of the file."""
        self._layout, self._at = layout, layout.places
        self._seen: set[bytes] = set()
        self._crowd: tuple[set[bytes], int] = (set(), -1)

    def forget(self) -> None:
        """Give all labels once more."""
        self._seen.clear()

    def measure(self, data: bytes | mmap, start: int, end: int, width: int) -> Part | None:
        """Count `data[start:end]`; None if something in it asks for a closer look.

        Args:
            data: holds whole rows there.
            start: where they begin.
            end: where they end.
            width: seconds of the windows by which keys are counted.
        """
        counts: dict[int, Counter[Key]] = {}
        users: dict[int, int] = {}
        blocks: list[_Ends] = []
        labels: dict[bytes, None] = {}
        first, last = 10**DIGITS, 0
        rows, untyped = 0, (0, 0)
        for begin, stop in lines_of(data, start, end):
            block = self._block(data[begin:stop])
            if block is None:
                return None
            if b"" in block.types:
                before = untyped[1] if untyped[0] else rows + block.types.index(b"")
                untyped = untyped[0] + block.types.count(b""), before
            rows += len(block.stamps)
            if not self._seen.issuperset(block.labels):
                labels |= dict.fromkeys(block.labels)
            low, high = int(min(block.stamps)), int(max(block.stamps))
            first, last = min(first, low), max(last, high)
            width = wide_enough(first // 1000, last // 1000, width)
            blocks.append(_Ends(high, 10**block.digits, block.stamps, block.elapsed))
            for window, keys, crowd in _by_window(block, low, high, width):
                counts.setdefault(window, Counter()).update(keys)
                self._add_users(users, window, crowd)
        return Part(
            rows,
            first,
            last,
            _last(blocks),
            self._new(labels),
            users,
            {window: dict(found) for window, found in counts.items()},
            untyped,
        )

    def _new(self, labels: Iterable[bytes]) -> list[bytes]:
        """Return labels that were not given before, unless there were enough already."""
        if len(self._seen) > MOST_ENDPOINTS:
            return []
        new = [label for label in labels if label not in self._seen]
        self._seen.update(new)
        return new

    def _block(self, block: bytes) -> _Block | None:
        """Part a block into columns; None if not all of its rows are plain."""
        cells = self._cells(block)
        if not cells:
            return None
        names = (*NEEDED, "responseCode", "allThreads", self._layout.hint)
        columns = (self._column(cells, name) for name in names)
        stamps, elapsed, labels, success, codes, users, types = columns
        digits = set(map(len, elapsed))
        good = (
            are_stamps(stamps)
            and b"".join(elapsed).isdigit()
            and min(digits)
            and max(digits) <= MOST_ELAPSED
            and VERDICTS.issuperset(success)
            and (block.isascii() or are_texts(labels))
        )
        found = stamps, elapsed, labels, success, codes, users, types
        return _Block(*found, max(digits)) if good else None

    def _cells(self, block: bytes) -> list[bytes]:
        """Part a block into cells, each row's first with a line end before it, and a last line end.

        None if it is not plain: the end of the line shows whether each row has all its cells.
        """
        delimiter, width = self._layout.delimiter, self._layout.width
        if self._at["timeStamp"] or b'"' in block or not block.endswith(b"\n"):
            return []
        if has_long_line(block, 0, len(block)):
            return []
        if delimiter != b"," and TRANSACTION in block:  # with commas it would be quoted
            return []
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        apart = block.replace(b"\n", delimiter + b"\n")
        rows = len(apart) - len(block)
        cells = apart.split(delimiter)
        cells[0] = b"\n" + cells[0]
        return cells if len(cells) == rows * width + 1 and b"\r" not in block else []

    def _column(self, cells: list[bytes], name: str) -> list[bytes]:
        index = self._at.get(name)
        return [] if index is None else cells[index : -1 : self._layout.width]

    def _add_users(self, users: dict[int, int], window: int, cells: list[bytes]) -> None:
        distinct = set(cells)
        if distinct != self._crowd[0]:  # unlike in most neighbouring blocks
            numbers = [int(c) for c in distinct if c.isdigit() and len(c) <= MOST_USERS]
            self._crowd = distinct, max(numbers, default=-1)
        most = self._crowd[1]
        if most >= 0:
            users[window] = max(most, users.get(window, most))


def lines_of(data: bytes | mmap, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where blocks of whole lines begin and end; the last may lack its line end."""
    while start < end:
        stop = data.rfind(b"\n", start, min(start + _BLOCK, end)) + 1
        stop = stop or data.find(b"\n", start, end) + 1 or end
        yield start, stop
        start = stop


def _by_window(
    block: _Block, low: int, high: int, width: int
) -> Iterable[tuple[int, Iterable[Key], list[bytes]]]:
    """Part a block by windows: give where each begins, its keys, and its numbers of users."""
    codes = block.codes or repeat(b"", len(block.stamps))
    keys = zip(block.elapsed, block.labels, block.success, codes, strict=True)
    step = 1000 * width
    if low // step == high // step:
        return ((low // step * width, keys, block.users),)
    seconds = [stamp[1:11] for stamp in block.stamps]
    windows = {second: int(second) // width * width for second in set(seconds)}
    found: dict[int, tuple[list[Key], list[bytes]]] = {w: ([], []) for w in windows.values()}
    for second, key in zip(seconds, keys, strict=True):
        found[windows[second]][0].append(key)
    for second, users in zip(seconds, block.users, strict=False):  # there may be none
        found[windows[second]][1].append(users)
    return [(window, *parts) for window, parts in found.items()]


def _last(blocks: list[_Ends]) -> int:
    """Return when the last response came, without adding up every row."""
    last = max(ends.high for ends in blocks)
    for ends in reversed(blocks):  # most likely at the end
        if ends.high + ends.most > last and ends.high + max(map(int, ends.elapsed)) > last:
            last = max(last, *map(add, map(int, ends.stamps), map(int, ends.elapsed)))
    return last
