"""What the cells of a block hold, column by column: numbers, and texts as numbers.

Eight bytes are one word. Numbers are read eight digits at a time (Lemire 2022, "Number parsing at a
gigabyte per second", Softw. Pract. Exper. 51:1700).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

from readiness.evidence.readers.jmeter_jtl.cells import SPARE, WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from readiness.evidence.readers.jmeter_jtl.cells import Cells, Lengths

    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

_ONE, _HALF = np.uint64(1), np.uint64(32)
_ZEROS = np.uint64(0x3030303030303030)
_CARRY = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
# What adds neighbours up, into numbers of two digits, then four, then eight.
_PAIRED = [
    (np.uint64(1 + (10 << 8)), np.uint64(8), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(1 + (100 << 16)), np.uint64(16), np.uint64(0x0000FFFF0000FFFF)),
]
_TEN_THOUSAND = np.uint64(1 + (10000 << 32))
_LONGEST = SPARE - WORD  # bytes of a text
# By length: how far a word is shifted to hold no more than a cell.
_SHIFT = np.arange(64, -1, -8, dtype=np.uint64)
# The same for each word of a text.
_SHIFTS = [
    _SHIFT[np.clip(np.arange(_LONGEST + 1) - offset, 0, WORD)]
    for offset in range(0, _LONGEST, WORD)
]
# Odd numbers for each word of three texts: nobody can write two labels that look the same.
_MIX = (
    np.frombuffer(secrets.token_bytes(3 * len(_SHIFTS) * 2 * WORD), "<u8").reshape(3, -1, 2) | _ONE
)


def numbers(cells: Cells, index: int) -> Ints | None:
    """Read a column of whole numbers of one to eight digits; None if a cell is something else."""
    starts, lengths = cells.columns[index]
    return number(cells.word(starts), lengths)


def number(text: Words, lengths: Lengths) -> Ints | None:
    """Read whole numbers of one to eight digits, in place; None if one is something else."""
    if lengths.min() < 1 or lengths.max() > WORD:
        return None
    text ^= _ZEROS
    text <<= _SHIFT.take(lengths, mode="clip")
    return _added(text)


def same_number(cells: Cells, index: int) -> int | None:
    """Return the number that a whole column repeats; None if it does not, or is no number."""
    column = cells.columns[index]
    size = int(column.lengths[0])
    if size > WORD or (column.lengths != size).any():
        return None
    words = cells.word(column.starts)
    words <<= _SHIFT[size]
    text = cells.text(column, 0)
    return int(text) if text.isdigit() and (words == words[0]).all() else None


def digits(text: Words) -> Ints | None:
    """Read eight digits each, in place; None if one is no digit."""
    text ^= _ZEROS
    return _added(text)


def _added(digits: Words) -> Ints | None:
    """Put eight digits each together, in place; None if one is none."""
    high = digits + _CARRY
    high |= digits
    if np.bitwise_or.reduce(high) & _HIGH:
        return None
    for factor, shift, mask in _PAIRED:
        digits *= factor
        digits >>= shift
        digits &= mask
    digits *= _TEN_THOUSAND
    digits >>= _HALF
    return digits.view(np.int64)


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
        count = max(-(-longest // WORD), 1)
        words = cells.words(starts, count)
        for place in range(count):
            mix, again = _MIX[number, place]
            word = words[:, place]
            if shortest < (place + 1) * WORD:
                word = word << _SHIFTS[place].take(lengths, mode="clip")
            word = word * mix
            word ^= word >> _HALF  # else the highest bits would never reach the others
            word *= again
            digest = word if digest is None else digest + word
    return digest
