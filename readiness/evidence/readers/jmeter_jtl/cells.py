"""A block of rows as columns of NumPy: where its cells are, what numbers and texts they hold.

Delimiters are kept as one bit a byte, and every row looks at the next 64 of its own at once: the
lowest bit that is set ends a cell (Langdale and Lemire 2019, "Parsing gigabytes of JSON per
second", VLDB Journal 28:941). Numbers are read eight digits at a time (Lemire 2022, "Number parsing
at a gigabyte per second", Softw. Pract. Exper. 51:1700).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from mmap import mmap

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

WORD = 8
_CACHED = 1 << 16  # bytes
SPARE = 200  # bytes after a block that may be looked at
_BITS = 64  # of a word
_ONE, _HALF, _WHOLE = np.uint64(1), np.uint64(32), np.uint64(64)
_ALL = np.uint64(0x0101010101010101)
_LAST = np.uint64(56)  # bits before the last byte
_FEW = 255 // WORD
_ZEROS = np.uint64(0x3030303030303030)
_CARRY = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
# What adds neighbours up, into numbers of two digits, then four, then eight.
_PAIRED = [
    (np.uint64(1 + (10 << 8)), np.uint64(8), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(1 + (100 << 16)), np.uint64(16), np.uint64(0x0000FFFF0000FFFF)),
    (np.uint64(1 + (10000 << 32)), np.uint64(32), np.uint64(0x00000000FFFFFFFF)),
]
_LONGEST = SPARE - WORD  # bytes of a text
# By length: how far a word is shifted to hold no more than a cell, and zeros before its digits.
_SHIFT = np.arange(64, -1, -8, dtype=np.uint64)
_FILLER = np.array([int.from_bytes(b"0" * (WORD - n), "little") for n in range(9)], np.uint64)
# The same for each word of a text.
_SHIFTS = [
    _SHIFT[np.clip(np.arange(_LONGEST + 1) - offset, 0, WORD)]
    for offset in range(0, _LONGEST, WORD)
]
# Odd numbers for each word of three texts: nobody can write two labels that look the same.
_MIX = (
    np.frombuffer(secrets.token_bytes(3 * len(_SHIFTS) * 2 * WORD), "<u8").reshape(3, -1, 2) | _ONE
)


class Column(NamedTuple):
    """Where the cells of a column start in a block, and their lengths."""

    starts: Ints
    lengths: Ints


class Cells:
    """Columns of a block by their index; some neighbours are one."""

    def __init__(self, data: bytes | mmap, start: int, columns: dict[int, Column]) -> None:
        self._data, self._start, self.columns = data, start, columns
        # Eight bytes from each byte of the block on. They lie anywhere; to put them together from
        # aligned ones is no faster.
        self.words = np.ndarray((len(data) - start - WORD + 1,), "<u8", data, start, (1,))

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
        self._delimiter, self._width, self._wanted = ord(delimiter), width, dict(wanted)
        self._ends = frozenset(wanted.values()) | {index - 1 for index in wanted}
        self._last = max(wanted.values())
        self._masks = np.zeros((2, _CACHED), np.bool_)

    def find(self, data: bytes | mmap, start: int, end: int) -> Cells | None:
        """Find cells of `data[start:end]`, whole rows; None if not all have as many cells."""
        lines, marks = self._marked(np.frombuffer(data, np.uint8, end - start, start))
        places = _positions(lines)
        if not _even(marks, places, self._width):
            return None
        starts = np.empty_like(places)
        starts[0], starts[1:] = 0, places[:-1] + 1
        return Cells(data, start, self._columns(marks, starts))

    def _marked(self, raw: Bytes) -> tuple[Words, Words]:
        """Return a bit for each byte that ends a line, and for each that ends a cell.

        Part by part: what is in a core's cache takes half as long.
        """
        size = len(raw) // _BITS + 2  # words; zeros follow
        packed = np.zeros((2, -(-size // WORD) * _BITS), np.uint8)
        for begin in range(0, len(raw), _CACHED):
            part = raw[begin : begin + _CACHED]
            masks = self._masks if len(part) == _CACHED else self._masks[:, : len(part)]
            np.equal(part, ord("\n"), out=masks[0])
            np.equal(part, self._delimiter, out=masks[1])
            bits = np.packbits(masks, axis=1, bitorder="little")
            packed[:, begin // WORD : begin // WORD + bits.shape[1]] = bits
        lines, cells = packed.view("<u8")
        cells |= lines
        return lines, cells

    def _columns(self, marks: Words, starts: Ints) -> dict[int, Column]:
        """Walk along all rows at once, from delimiter to delimiter."""
        found: dict[int, Column] = {}
        open_: dict[int, tuple[int, Ints]] = {}
        base = place = starts
        left = below = before = marks[:0]
        seen = 0
        for index in range(self._last + 1):
            if not seen:  # of some row the next delimiter is too far away to be seen
                if index:
                    base = base + np.bitwise_count(before ^ below)
                left = _ahead(marks, base)
                while not left.all():  # a long cell
                    base = np.where(left == 0, base + _BITS, base)
                    left = _ahead(marks, base)
                seen = int(np.bitwise_count(left).min())
            if index in self._wanted:
                open_[self._wanted[index]] = index, place
            before, below = left, left - _ONE
            left, seen = before & below, seen - 1
            if index in self._ends:
                place = base + np.bitwise_count(before ^ below)
            if index in open_:
                first, begin = open_.pop(index)
                found[first] = Column(begin, place - begin - 1)
        return found


def _positions(lines: Words) -> Ints:
    """Return where bits are set."""
    places = np.flatnonzero(lines != 0)
    found = lines[places]
    below = found - _ONE
    if (found & below).any():  # two in a word
        return np.flatnonzero(np.unpackbits(lines.view(np.uint8), bitorder="little"))
    found_at: Ints = places * _BITS + np.bitwise_count(below)
    return found_at


def _even(marks: Words, ends: Ints, width: int) -> bool:
    """Tell whether each row ends with as many delimiters as it should."""
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


def _ahead(marks: Words, base: Ints) -> Words:
    """Return the next 64 bits of each row."""
    place, bit = base >> 6, (base & 63).view(np.uint64)
    ahead: Words = marks[place] >> bit
    ahead |= marks[place + 1] << (_WHOLE - bit)  # none of them if that is 64
    return ahead


def numbers(cells: Cells, index: int) -> Ints | None:
    """Read a column of whole numbers of one to eight digits; None if a cell is something else."""
    starts, lengths = cells.columns[index]
    if lengths.min() < 1 or lengths.max() > WORD:
        return None
    text = cells.words[starts]
    text <<= _SHIFT[lengths]
    text |= _FILLER[lengths]
    return digits(text)


def same_number(cells: Cells, index: int) -> int | None:
    """Return the number that a whole column repeats; None if it does not, or is no number."""
    column = cells.columns[index]
    size = int(column.lengths[0])
    if size > WORD or (column.lengths != size).any():
        return None
    words = cells.words[column.starts]
    words <<= _SHIFT[size]
    text = cells.text(column, 0)
    return int(text) if text.isdigit() and (words == words[0]).all() else None


def digits(text: Words) -> Ints | None:
    """Read eight digits each, in place; None if one is no digit."""
    text -= _ZEROS
    high = text + _CARRY
    high |= text
    high &= _HIGH
    if high.any():
        return None
    for factor, shift, mask in _PAIRED:
        text *= factor
        text >>= shift
        text &= mask
    return text.view(np.int64)


def digest_of(cells: Cells, indices: tuple[int, ...]) -> Words | None:
    """Fold at most three columns of a row into 64 bits; None if a cell is too long for that.

    Cells hold no NUL, so that zeros stand for what a shorter one has not.
    """
    digest: Words | None = None
    for number, index in enumerate(indices):
        starts, lengths = cells.columns[index]
        shortest, longest = int(lengths.min()), int(lengths.max())
        if longest > _LONGEST:
            return None
        for place, offset in enumerate(range(0, max(longest, 1), WORD)):
            mix, again = _MIX[number, place]
            word = cells.words[starts + offset if offset else starts]
            if shortest < offset + WORD:
                word <<= _SHIFTS[place][lengths]
            word *= mix
            word ^= word >> _HALF  # else the highest bits would never reach the others
            word *= again
            digest = word if digest is None else digest + word
    return digest
