"""A block of rows as columns of NumPy: where its cells are.

Delimiters are kept as one bit a byte, and every row looks at the next 64 of its own at once: the
lowest bit that is set ends a cell (Langdale and Lemire 2019, "Parsing gigabytes of JSON per
second", VLDB Journal 28:941).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from readiness.evidence.readers.jmeter_jtl.stamps import LONG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from mmap import mmap

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]
    Lengths = NDArray[np.integer[Any]]

WORD = 8
_CACHED = 1 << 17  # bytes
SPARE = 200  # bytes after a block that may be looked at
_BITS = 64  # of a word
_ONE, _WHOLE = np.uint64(1), np.uint64(64)
_ALL = np.uint64(0x0101010101010101)
_LAST = np.uint64(56)  # bits before the last byte
_FEW = 255 // WORD


class Column(NamedTuple):
    """Where the cells of a column start in a block, and their lengths."""

    starts: Ints
    lengths: Lengths


class _Place(NamedTuple):
    """A place in each row: `base + ahead`. Up to 64 bytes fit a byte, which takes less time."""

    base: Ints
    ahead: Bytes | np.uint8


class Cells:
    """Columns of a block by their index; some neighbours are one."""

    def __init__(self, data: bytes | mmap, start: int, columns: dict[int, Column]) -> None:
        self._data, self._start, self.columns = data, start, columns

    def words(self, starts: Ints, count: int) -> Words:
        """Return so many words, of eight bytes each, from each place on: (places, count).

        They lie anywhere. To fetch many together takes hardly longer than to fetch one.
        """
        size = count * WORD
        all_ = np.ndarray(
            (len(self._data) - self._start - size + 1,), f"V{size}", self._data, self._start, (1,)
        )
        return all_[starts].view("<u8").reshape(-1, count)

    def word(self, starts: Ints) -> Words:
        """Return the eight bytes from each place on."""
        return self.words(starts, 1).reshape(-1)

    def text(self, column: Column, row: int) -> bytes:
        """Return the text of a cell."""
        start = self._start + int(column.starts[row])
        return self._data[start : start + int(column.lengths[row])]


class Finder:
    """Finds cells, block by block, in the same memory: fresh memory takes as long as the work.

    Args:
        delimiter: a byte.
        width: cells of a row.
        wanted: columns by their index, each with the index of the last that is one with it.
    """

    def __init__(self, delimiter: bytes, width: int, wanted: Mapping[int, int]) -> None:
        self._width, self._wanted = width, dict(wanted)
        self._ends = frozenset(wanted.values()) | {index - 1 for index in wanted}
        self._last = max(wanted.values())
        self._marks = np.array([[ord("\n")], [ord(delimiter)]], np.uint8)
        self._masks = np.zeros((2, _CACHED), np.bool_)
        # No line ends behind the block, but cells, four bytes each: a row with too few ends there.
        self._after = np.zeros((2, (width // 128 + 2) * _BITS), np.uint8)
        self._after[1] = 0x11

    def find(self, data: bytes | mmap, start: int, end: int) -> Cells | None:
        """Find cells of `data[start:end]`, whole rows.

        None if not all have as many cells, or one may be too long.
        """
        lines, marks = self._marked(np.frombuffer(data, np.uint8, end - start, start))
        ends = _positions(lines)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        if (ends - starts).max() >= LONG:
            return None
        columns = self._columns(marks, starts, ends)
        return None if columns is None else Cells(data, start, columns)

    def _marked(self, raw: Bytes) -> tuple[Words, Words]:
        """Return a bit for each byte that ends a line, and for each that ends a cell.

        Part by part: what is in a core's cache takes half as long.
        """
        found = []
        for begin in range(0, len(raw), _CACHED):
            part = raw[begin : begin + _CACHED]
            masks = self._masks if len(part) == _CACHED else self._masks[:, : len(part)]
            np.equal(part, self._marks, out=masks)
            found.append(np.packbits(masks, axis=1, bitorder="little"))
        short = -sum(bits.shape[1] for bits in found) % _BITS
        found.append(self._after[:, : self._after.shape[1] - _BITS + short])
        lines, cells = np.concatenate(found, axis=1).view("<u8")
        cells |= lines
        return lines, cells

    def _columns(self, marks: Words, starts: Ints, ends: Ints) -> dict[int, Column] | None:
        """Walk along all rows at once, from delimiter to delimiter; None if not all are even."""
        found: dict[int, Column] = {}
        open_: dict[int, tuple[int, _Place]] = {}
        base, place = starts, _Place(starts, np.uint8(0))
        left = below = np.empty_like(base, np.uint64)
        seen = 0
        for index in range(self._last + 1):
            if seen:
                left &= below
            else:  # of some row the next delimiter is too far away to be seen
                if index:
                    base = base + np.bitwise_count(left ^ below)
                base, left, seen = _look(marks, base)
            if index in self._wanted:
                open_[self._wanted[index]] = index, place
            below, seen = np.subtract(left, _ONE, out=below), seen - 1
            if index in self._ends:
                place = _Place(base, np.bitwise_count(left ^ below))
            if index in open_:
                first, begin = open_.pop(index)
                found[first] = _column(begin, place)
        last = base + np.bitwise_count(left ^ below)
        last -= 1
        return found if _even(marks, last, ends, self._width, self._last) else None


def _column(begin: _Place, end: _Place) -> Column:
    """Return what lies between a place and the byte before another."""
    starts = begin.base + begin.ahead
    if begin.base is end.base:
        lengths: Bytes = np.subtract(end.ahead, begin.ahead)
        return Column(starts, lengths - np.uint8(1))
    return Column(starts, end.base + end.ahead - starts - 1)


def _positions(lines: Words) -> Ints:
    """Return where bits are set."""
    places = np.flatnonzero(lines != 0)
    found = lines[places]
    below = found - _ONE
    if (found & below).max():  # two in a word
        return np.flatnonzero(np.unpackbits(lines.view(np.uint8), bitorder="little"))
    found_at: Ints = places * _BITS + np.bitwise_count(below)
    return found_at


def _even(marks: Words, places: Ints, ends: Ints, width: int, index: int) -> bool:
    """Tell whether each row ends with as many delimiters as it should.

    Args:
        marks: a bit for each.
        places: where the delimiter of an index is in each row, if there are so many.
        ends: where the row ends.
        width: how many it should have.
        index: of those at `places`.
    """
    distance = ends - places
    if distance.max() < _BITS:  # the end is in sight
        seen = _ahead(marks, places)
        seen <<= (_BITS - 1 - distance).view(np.uint64)  # none of them if the end is before
        return bool((np.bitwise_count(seen) == width - index).all())
    reached = _added_up(np.bitwise_count(marks))
    place = ends >> 6
    after = np.bitwise_count(marks[place] >> (ends & 63).view(np.uint64) >> _ONE)
    return bool((reached[place] - after == np.arange(1, len(ends) + 1) * width).all())


def _added_up(counts: Bytes) -> Ints:
    """Return the sums of a multiple of eight numbers up to each."""
    if counts.max() > _FEW:
        return np.cumsum(counts, dtype=np.int64)
    inside = counts.view("<u8") * _ALL  # each byte is the sum of those up to it
    whole = np.cumsum(inside >> _LAST, dtype=np.int64)
    found = inside.view(np.uint8).astype(np.int64).reshape(-1, WORD)
    found[1:] += whole[:-1, np.newaxis]
    return found.reshape(-1)


def _look(marks: Words, base: Ints) -> tuple[Ints, Words, int]:
    """Return from where on delimiters are in sight, the next 64 bits, how many all rows have."""
    ahead = _ahead(marks, base)
    while not ahead.min():  # a long cell
        base = np.where(ahead == 0, base + _BITS, base)
        ahead = _ahead(marks, base)
    return base, ahead, int(np.bitwise_count(ahead).min())


def _ahead(marks: Words, base: Ints) -> Words:
    """Return the next 64 bits of each row."""
    place, bit = base >> 6, (base & 63).view(np.uint64)
    ahead: Words = marks.take(place)
    ahead >>= bit
    place += 1
    next_ = marks.take(place)
    next_ <<= _WHOLE - bit  # none of them if that is 64
    ahead |= next_
    return ahead
