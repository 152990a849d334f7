"""The rank test: textbook values, ties by hand, and what it must not depend on."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from readiness.stats.histogram import Histogram, from_counts
from readiness.stats.ranks import mann_whitney


def histogram(values: list[float]) -> Histogram:
    return from_counts(Counter(values))


def test_a_textbook_example() -> None:
    """Permeability of human membranes at term and early (Hollander and Wolfe 1973, page 69; R, ?wilcox.test): W = 35."""
    term = histogram([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    early = histogram([1.15, 0.88, 0.90, 0.74, 1.21])
    found = mann_whitney(early, term)
    assert (found.u, found.superiority) == (35, 0.7)
    assert found.z == pytest.approx((35 - 25) / math.sqrt(10 * 5 * 16 / 12))
    assert found.p == pytest.approx(0.2207, abs=5e-5)  # R: wilcox.test(…, exact = FALSE, correct = FALSE)


def test_ties_by_hand() -> None:
    """1 2 2 3 and 2 3 3 4: U = 2 + 3½ + 3½ + 4; three times 2 and three times 3 are tied: Σ(t³ − t) = 48."""
    found = mann_whitney(histogram([1, 2, 2, 3]), histogram([2, 3, 3, 4]))
    assert found.u == 13
    assert found.z == pytest.approx((13 - 8) / math.sqrt(4 * 4 / 12 * (9 - 48 / (8 * 7))))


samples = st.lists(st.integers(0, 12), min_size=1, max_size=40)


@given(samples, samples)
def test_swapping_the_two_turns_the_sign(a: list[float], b: list[float]) -> None:
    one, other = mann_whitney(histogram(a), histogram(b)), mann_whitney(histogram(b), histogram(a))
    assert one.u + other.u == len(a) * len(b)
    assert one.z == pytest.approx(-other.z)
    assert one.p == pytest.approx(other.p)


@given(samples, samples)
def test_u_counts_the_pairs(a: list[float], b: list[float]) -> None:
    assert mann_whitney(histogram(a), histogram(b)).u == sum((y > x) + (y == x) / 2 for x in a for y in b)


@given(samples, samples)
def test_only_the_order_of_values_counts(a: list[float], b: list[float]) -> None:
    found = mann_whitney(histogram([math.exp(x) for x in a]), histogram([math.exp(y) for y in b]))
    assert found == mann_whitney(histogram(a), histogram(b))


@given(samples, samples, st.floats(1, 50))
def test_clumps_make_a_difference_less_certain(a: list[float], b: list[float], effect: float) -> None:
    assume(effect > 1.01)
    alone, clumped = mann_whitney(histogram(a), histogram(b)), mann_whitney(histogram(a), histogram(b), (effect, effect))
    assert (clumped.u, clumped.superiority) == (alone.u, alone.superiority)
    assert abs(clumped.z) < abs(alone.z) or alone.z == 0


def test_equal_values_differ_by_nothing() -> None:
    assert mann_whitney(histogram([5.0] * 9), histogram([5.0] * 20)) == (90, 0.5, 0, 1)


def test_millions_of_samples_are_as_quick_as_their_values() -> None:
    found = mann_whitney(from_counts({1: 4_000_000_000, 2: 4_000_000_000}), from_counts({1: 4_000_000_000, 2: 4_000_100_000}))
    assert found.superiority == pytest.approx(0.5 + 0.5 * (4_000_100_000 / 8_000_100_000 - 0.5))
    assert found.z == pytest.approx(0.79, abs=0.01)


def test_an_empty_sample_is_an_error() -> None:
    with pytest.raises(ValueError, match="a sample is empty"):
        mann_whitney(histogram([]), histogram([1]))
