"""Cells of a block found by their bits: the same as those of `split`, or none at all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numpy", reason="without NumPy blocks are counted in another way")

from readiness.evidence.readers.jmeter_jtl.cells import SPARE, Finder
from readiness.evidence.readers.jmeter_jtl.stamps import LONG

WIDTHS = st.integers(1, 90)
LENGTHS = st.sampled_from([0, 1, 2, 7, 8, 9, 20, 63, 64, 65, 130])


def block(width: int, counts: list[int], most: int, seed: int) -> list[list[bytes]]:
    draw = random.Random(seed)
    return [
        [b"x" * draw.choice((0, 1, draw.randint(0, most))) for _ in range(max(1, width + n))]
        for n in counts
    ]


def found(
    rows: list[list[bytes]], width: int, wanted: dict[int, int], before: bytes, after: bytes
) -> list[list[bytes]] | None:
    """Return the texts of the columns that are wanted, row by row."""
    data = b"".join(b",".join(row) + b"\n" for row in rows)
    whole = before + data + after
    cells = Finder(b",", width, wanted).find(whole, len(before), len(before) + len(data))
    return None if cells is None else [
        [cells.text(cells.columns[first], row) for first in sorted(wanted)]
        for row in range(len(rows))
    ]


@given(WIDTHS, st.integers(1, 200), LENGTHS, st.integers(0, 2**32), st.data())
def test_cells_are_those_of_a_split(
    width: int, rows: int, most: int, seed: int, data: st.DataObject
) -> None:
    lines = block(width, [0] * rows, most, seed)
    first = data.draw(st.integers(0, width - 1))
    last = data.draw(st.integers(first, min(width - 1, first + 3)))
    after = data.draw(st.sampled_from([b"\n", b",", b"x", b"\0", b"x,\n"])) * SPARE
    expected = [[b",".join(row[first : last + 1])] for row in lines]
    assert found(lines, width, {first: last}, b"x,\n" * (seed % 5), after) == expected


@given(
    WIDTHS,
    st.lists(st.sampled_from([0] * 9 + [-2, -1, 1, 2]), min_size=1, max_size=40),
    LENGTHS,
    st.integers(0, 2**32),
    st.booleans(),
)
def test_rows_that_are_not_even_are_never_taken(
    width: int, counts: list[int], most: int, seed: int, early: bool
) -> None:
    lines = block(width, counts, most, seed)
    even = all(len(row) == width for row in lines)
    wanted = {0: 0} if early else {width - 1: width - 1}
    for after in (b"\n", b",", b"x"):
        assert (found(lines, width, wanted, b"", after * SPARE) is not None) == even


@pytest.mark.parametrize("size", [LONG - 4, LONG - 3])
def test_a_line_that_may_hold_too_long_a_cell_is_left_to_others(size: int) -> None:
    lines = [[b"a", b"b"], [b"x" * size, b"y"], [b"c", b"d"]]
    assert (found(lines, 2, {0: 0}, b"", b"x" * SPARE) is None) == (size + 3 >= LONG + 1)
