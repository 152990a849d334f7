"""Intervals of differences: the published table of Newcombe, and MOVER by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.stats.histogram import Interval
from readiness.stats.mover import mover, newcombe


@pytest.mark.parametrize(
    ("b", "a", "low", "high"),
    [  # Newcombe 1998, table II, method 10: p1 − p2
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_published_examples(b: tuple[int, int], a: tuple[int, int], low: float, high: float) -> None:
    assert newcombe(*a, *b) == pytest.approx((low, high), abs=5e-5)
    assert newcombe(*b, *a) == pytest.approx((-high, -low), abs=5e-5)


def test_clumps_make_it_wider_as_fewer_cases_do() -> None:
    assert newcombe(10, 1000, 30, 1000, (4, 4)) == pytest.approx(newcombe(5, 500, 15, 500, (2, 2)))
    assert newcombe(10, 1000, 30, 1000).low > 0 > newcombe(10, 1000, 30, 1000, (4, 4)).low


@pytest.mark.parametrize("numbers", [(0, 0, 1, 2), (1, 2, 0, 0), (3, 2, 0, 1), (0, 1, -1, 2)])
def test_impossible_numbers_have_no_interval(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least one case"):
        newcombe(*numbers)


def test_mover_by_hand() -> None:
    """30 (27 to 36) less 20 (16 to 24): 10 − √(3² + 4²) to 10 + √(6² + 4²)."""
    assert mover(20, Interval(16, 24), 30, Interval(27, 36)) == (5, 10 + math.sqrt(52))


values = st.floats(-1e6, 1e6)
ways = st.floats(0, 1e6)


@given(values, ways, ways, values, ways, ways)
def test_swapping_the_two_swaps_the_ends(a: float, down: float, up: float, b: float, less: float, more: float) -> None:
    one, other = Interval(a - down, a + up), Interval(b - less, b + more)
    low, high = mover(a, one, b, other)
    assert mover(b, other, a, one) == (-high, -low)
    assert low <= b - a <= high


def test_an_open_end_leaves_only_what_depends_on_it_open() -> None:
    assert mover(20, Interval(16, math.inf), 30, Interval(27, 36)) == (-math.inf, 10 + math.sqrt(52))
    assert mover(20, Interval(16, 24), 30, Interval(27, math.inf)) == (5, math.inf)
