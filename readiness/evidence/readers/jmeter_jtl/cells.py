"""A block of rows as columns of NumPy: where its cells are, what numbers and texts they hold.

Numbers are read eight digits at a time (Lemire 2022, "Number parsing at a gigabyte per second",
Softw. Pract. Exper. 51:1700).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

WORD = 8
_ZEROS = np.uint64(0x3030303030303030)
_CARRY = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
_PAIRS = np.uint64(0x000000FF000000FF)
_MIX = np.uint64(secrets.randbits(64) | 1)  # nobody can write two labels that look the same
_LONGEST = 64  # bytes of a text
# By length: how far a word is shifted to hold no more than a cell, and zeros before its digits.
_SHIFT = np.arange(64, -1, -8, dtype=np.uint64)
_FILLER = np.array([int.from_bytes(b"0" * (WORD - n), "little") for n in range(9)], np.uint64)
_MIX_AGAIN = np.uint64(secrets.randbits(64) | 1)


class Cells:
    """Where the cells of a block are; a column is found when it is asked for."""

    def __init__(self, block: bytes, ends: Ints) -> None:
        self.block, self._ends = block, ends
        padded = block + bytes(_LONGEST + WORD)
        size = len(padded) - WORD + 1
        self.words: Words = np.ndarray((size,), "<u8", padded, strides=(1,))  # 8 bytes from each on

    def column(self, index: int) -> tuple[Ints, Ints]:
        """Return where the cells of a column start, and their lengths."""
        if index:
            starts = self._ends[:, index - 1] + 1
        else:
            starts = np.empty(len(self._ends), np.int64)
            starts[0], starts[1:] = 0, self._ends[:-1, -1] + 1
        return starts, self._ends[:, index] - starts


def cells_of(block: bytes, delimiter: int, width: int) -> Cells | None:
    """Find the cells of a block; None if not all rows have as many."""
    raw = np.frombuffer(block, np.uint8)
    mask = raw == ord("\n")
    rows = int(np.count_nonzero(mask))
    mask |= raw == delimiter
    ends = np.flatnonzero(mask)
    if len(ends) != rows * width or (raw[ends[width - 1 :: width]] != ord("\n")).any():
        return None
    return Cells(block, ends.reshape(rows, width))


def numbers(cells: Cells, index: int) -> Ints | None:
    """Read a column of whole numbers of one to eight digits; None if a cell is something else."""
    starts, lengths = cells.column(index)
    if lengths.min() < 1 or lengths.max() > WORD:
        return None
    return digits((cells.words[starts] << _SHIFT[lengths]) | _FILLER[lengths])


def same_number(cells: Cells, index: int) -> int | None:
    """Return the number that a whole column repeats; None if it does not, or is no number."""
    starts, lengths = cells.column(index)
    size = int(lengths[0])
    if size > WORD or (lengths != size).any():
        return None
    words = cells.words[starts] << _SHIFT[size]
    text = cells.block[starts[0] : starts[0] + size]
    return int(text) if text.isdigit() and (words == words[0]).all() else None


def digits(text: Words) -> Ints | None:
    """Read eight digits each; None if one is no digit."""
    each = text - _ZEROS
    if ((each | (each + _CARRY)) & _HIGH).any():
        return None
    pairs = each * np.uint64(10) + (each >> np.uint64(8))
    upper = (pairs & _PAIRS) * np.uint64(0x000F424000000064)
    lower = ((pairs >> np.uint64(16)) & _PAIRS) * np.uint64(0x0000271000000001)
    return ((upper + lower) >> np.uint64(32)).astype(np.int64)


def digest_of(words: Words, columns: list[tuple[Ints, Ints]]) -> Words | None:
    """Fold the cells of a row into 64 bits; None if one is too long for that.

    Cells hold no NUL, so that zeros stand for what a shorter one has not.
    """
    digest: Words = np.zeros(len(columns[0][0]), np.uint64)
    for starts, lengths in columns:
        longest = int(lengths.max())
        if longest > _LONGEST:
            return None
        digest = _stirred(digest ^ (words[starts] << _SHIFT[np.minimum(lengths, WORD)]))
        for offset in range(WORD, longest, WORD):
            left = lengths - offset
            shift = _SHIFT[np.clip(left, 0, WORD)]
            more = _stirred(digest ^ (words[starts + offset] << shift))
            digest = np.where(left > 0, more, digest)
    return digest


def _stirred(digest: Words) -> Words:
    digest = digest * _MIX
    digest ^= digest >> np.uint64(32)  # else the highest bits would never reach the others
    digest *= _MIX_AGAIN
    return digest
