"""Histograms against sorted lists, and intervals of percentiles against exact binomial sums."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.stats.histogram import (
    EMPTY,
    Histogram,
    Interval,
    coarser,
    from_counts,
    mean,
    merge,
    quantile,
    ranked,
    size,
)
from readiness.stats.order_statistics import interval, rank_interval
from readiness.stats.proportions import samples_needed

SHARES = ("0.5", "0.75", "0.9", "0.95", "0.975", "0.99", "0.999", "0.01", "0.05", "0.25")
VALUES = st.lists(st.integers(0, 300).map(lambda n: n / 4) | st.floats(0, 1e9), max_size=60)
SOME = VALUES.filter(bool)


def of(values: list[float]) -> Histogram:
    return from_counts(Counter(values))


def listed(histogram: Histogram) -> list[float]:
    return [value for value, count in zip(histogram.values, histogram.counts, strict=True) for _ in range(count)]


# values


@given(VALUES)
def test_a_histogram_is_its_sorted_values(values: list[float]) -> None:
    found = of(values)
    assert listed(found) == sorted(values)
    assert size(found) == len(values)
    assert len(found.values) == len(set(values))
    assert found.precision == 0


@given(SOME)
def test_the_mean_is_that_of_the_values(values: list[float]) -> None:
    assert mean(of(values)) == pytest.approx(math.fsum(values) / len(values), rel=1e-12)


def test_of_nothing_nothing_is_known() -> None:
    assert (size(EMPTY), list(EMPTY.values)) == (0, [])
    assert math.isnan(mean(EMPTY))
    assert math.isnan(quantile(EMPTY, 0.5))
    assert ranked(EMPTY, [0, 1]) == [0, math.inf]
    assert interval(EMPTY, 0.5) == Interval(0, math.inf)


@given(SOME, st.sampled_from(SHARES) | st.sampled_from(["0", "1", "0.123456"]))
def test_a_quantile_is_the_sample_of_its_nearest_rank(values: list[float], share: str) -> None:
    rank = max(1, math.ceil(Fraction(share) * len(values)))
    assert quantile(of(values), float(share)) == sorted(values)[rank - 1]


@given(st.integers(1, 4_000_000_000), st.sampled_from(SHARES))
def test_the_nearest_rank_is_exact_however_many_samples(total: int, share: str) -> None:
    """0.95 × n as a float is a little more than its whole number for some n, and no rank higher."""
    rank = max(1, math.ceil(Fraction(share) * total))
    edge = from_counts({1: rank, 2: total - rank} if rank < total else {1: rank})
    assert quantile(edge, float(share)) == 1
    if rank > 1:
        assert quantile(from_counts({1: rank - 1, 2: total - rank + 1}), float(share)) == 2


@pytest.mark.parametrize("total", [10**k * m for k in range(10) for m in (1, 2, 3)])
def test_the_nearest_rank_of_round_numbers_is_exact(total: int) -> None:
    for share in SHARES:
        rank = max(1, math.ceil(Fraction(share) * total))
        edge = from_counts({1: rank, 2: total - rank} if rank < total else {1: rank})
        assert quantile(edge, float(share)) == 1


@given(SOME, st.lists(st.integers(-3, 70), max_size=10))
def test_ranks_count_from_one_and_end_in_nothing(values: list[float], ranks: list[int]) -> None:
    ordered = sorted(values)
    expected = [0.0 if r < 1 else math.inf if r > len(values) else ordered[r - 1] for r in ranks]
    assert ranked(of(values), ranks) == expected


def test_counts_of_billions() -> None:
    huge = from_counts({1.0: 6_000_000_000, 9.0: 6_000_000_000})
    assert (size(huge), mean(huge), quantile(huge, 0.5), quantile(huge, 0.51)) == (12_000_000_000, 5, 1, 9)


# sums


@given(st.lists(VALUES, max_size=5))
def test_a_sum_of_histograms_is_that_of_all_values(parts: list[list[float]]) -> None:
    expected = of([value for part in parts for value in part])
    assert merge(of(part) for part in parts) == expected
    assert merge(of(part) for part in reversed(parts)) == expected
    assert merge([merge([of(part)]) for part in parts] + [EMPTY]) == expected


def test_a_sum_is_as_imprecise_as_its_parts() -> None:
    parts = [from_counts({1: 1}), from_counts({2: 1}, 0.01), from_counts({2: 1}, 0.001), Histogram((), (), 0.5)]
    assert merge(parts).precision == 0.01
    assert merge(parts[:1]) is parts[0]
    assert merge([]) is EMPTY


def test_histograms_are_equal_by_what_they_hold() -> None:
    one, same, other = of([1, 2, 2]), Histogram((1.0, 2.0), (1, 2)), of([1, 2])
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "x"
    assert repr(one) == "Histogram(3 samples, 2 values)"


# fewer values


@given(st.lists(st.floats(1e-6, 1e9) | st.just(0.0), min_size=1, max_size=80), st.lists(st.sampled_from([12, 10, 8, 5]), min_size=1, max_size=4))
def test_coarser_values_are_within_the_precision_that_is_said(values: list[float], digits: list[int]) -> None:
    exact = found = of(values)
    for number in digits:
        found = coarser(found, number)
    assert size(found) == size(exact)
    assert found.precision >= max(2.0**-number for number in digits)
    for told, true in zip(listed(found), sorted(values), strict=True):
        assert abs(told - true) <= found.precision * true
    for share in (0.5, 0.95, 1.0):
        assert quantile(found, share) == pytest.approx(quantile(exact, share), rel=found.precision)


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=200), st.sampled_from([12, 10, 8]))
def test_coarser_values_have_so_many_digits(values: list[float], digits: int) -> None:
    found = coarser(of(values), digits)
    for value in found.values:
        mantissa, _ = math.frexp(value)
        assert mantissa * 2**digits == int(mantissa * 2**digits)
    assert coarser(found, digits) == found
    assert merge([coarser(of(values[:50]), digits), coarser(of(values[50:]), digits)]) == found


@given(st.lists(st.integers(0, 255), min_size=1))
def test_small_whole_numbers_stay_as_they_are(values: list[int]) -> None:
    assert coarser(of([float(v) for v in values]), 8) == of([float(v) for v in values])


def test_coarser_bounds_the_number_of_values() -> None:
    draw = random.Random(1)
    values = [draw.uniform(1, 1024) for _ in range(50_000)]
    assert len(coarser(of(values), 8).values) <= 10 * 128 + 1


# intervals


def brute(total: int, share: str) -> tuple[int, int]:
    """The largest l with P(B ≤ l − 1) ≤ 2.5 % and the smallest u with P(B ≥ u) ≤ 2.5 %, in whole numbers."""
    chance = Fraction(share)
    yes, no, all_ = chance.numerator, chance.denominator - chance.numerator, chance.denominator
    terms = [math.comb(total, k) * yes**k * no ** (total - k) for k in range(total + 1)]
    limit, everything = 40, all_**total
    below = [0, *accumulate(terms)]  # below[k] is P(B < k)
    low = max(k for k in range(total + 1) if limit * below[k] <= everything)
    high = min(k for k in range(total + 2) if limit * (everything - below[k]) <= everything)
    return low, high


@pytest.mark.parametrize("share", [share for share in SHARES if share != "0.975"])  # one sample is below it with 2.5 %: a tie
def test_ranks_are_those_of_exact_binomial_sums(share: str) -> None:
    assert [rank_interval(n, float(share)) for n in range(1, 201)] == [brute(n, share) for n in range(1, 201)]


@pytest.mark.parametrize(("total", "share"), [(1000, "0.99"), (1500, "0.5"), (2000, "0.999"), (3688, "0.999"), (1234, "0.95"), (900, "0.975")])
def test_ranks_of_larger_samples_are_those_of_exact_sums(total: int, share: str) -> None:
    assert rank_interval(total, float(share)) == brute(total, share)


@pytest.mark.parametrize(
    ("total", "low", "high"),
    [(5, 0, 6), (6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (15, 4, 12), (20, 6, 15), (25, 8, 18), (30, 10, 21), (50, 18, 33), (100, 40, 61)],
)
def test_ranks_of_the_median_are_those_of_tables(total: int, low: int, high: int) -> None:
    """The tables of the sign test (Conover 1999, table A3 at p = ½)."""
    assert rank_interval(total, 0.5) == (low, high)


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9, 0.95, 0.99, 0.999])
def test_an_upper_end_is_there_from_as_many_samples_as_are_asked_for(share: float) -> None:
    needed = samples_needed(share, confident=True)
    assert rank_interval(needed, share)[1] == needed
    assert rank_interval(needed - 1, share)[1] == needed  # one above its largest
    assert math.isinf(interval(from_counts({1.0: needed - 1}), share).high)
    assert interval(from_counts({1.0: needed}), share).high == 1


@given(st.integers(1, 5_000_000), st.sampled_from([float(s) for s in SHARES]))
def test_ranks_are_symmetric_ordered_and_about_two_standard_errors_wide(total: int, share: float) -> None:
    low, high = rank_interval(total, share)
    mirrored = rank_interval(total, 1 - share)
    assert mirrored == (total + 1 - high, total + 1 - low)
    assert 0 <= low <= math.ceil(total * share) <= high <= total + 1
    spread = math.sqrt(total * share * (1 - share))
    if spread > 30:
        assert total * share - low == pytest.approx(1.96 * spread, abs=2)
        assert high - total * share == pytest.approx(1.96 * spread, abs=2)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("count", [15, 80, 400])
def test_in_simulations_the_interval_holds_the_truth_as_often_as_it_says(share: float, count: int) -> None:
    """Exponential times, whose percentiles are −ln(1 − q); 3,000 runs are within 1.2 % by three standard errors."""
    draw = random.Random(f"{share} {count}")
    truth = -math.log(1 - share)
    held = 0
    for _ in range(3000):
        found = interval(of([draw.expovariate(1) for _ in range(count)]), share)
        held += found.low <= truth <= found.high
    assert held / 3000 >= 0.95 - 0.012


@given(SOME, st.sampled_from([float(s) for s in SHARES]), st.floats(1, 50), st.floats(1, 10))
def test_clumps_only_widen_an_interval(values: list[float], share: float, effect: float, more: float) -> None:
    histogram = of(values)
    alone, clumped, worse = (interval(histogram, share, e) for e in (1.0, effect, effect * more))
    assert worse.low <= clumped.low <= alone.low <= quantile(histogram, share) <= alone.high <= clumped.high <= worse.high


def test_an_effect_of_four_doubles_the_distance_in_ranks() -> None:
    histogram = from_counts({float(n): 1 for n in range(1, 1001)})
    low, high = rank_interval(1000, 0.5)
    found = interval(histogram, 0.5, 4.0)
    assert (found.low, found.high) == (500 - 2 * (500 - low), 500 + 2 * (high - 500))
    assert interval(histogram, 0.5) == (low, high)
    assert interval(histogram, 0.5, 1e9) == (0, math.inf)
