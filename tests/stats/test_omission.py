"""Coordinated omission: what HdrHistogram adds, what wrk2 measured, and that no stall is too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.histogram import Histogram, from_counts, mean, quantile, size
from readiness.stats.omission import (
    ADDITIONS,
    Gap,
    Stall,
    corrected,
    expected_interval,
    gaps,
    stalls,
)


def test_the_example_of_hdrhistogram() -> None:
    """HistogramDataAccessTest.java: 100 s of 1-ms results, 100 a second, then one that takes 100 s; in µs."""
    raw = from_counts({1_000: 10_000, 100_000_000: 1})
    fixed = corrected(raw, 10_000)
    assert (size(raw), size(fixed)) == (10_001, 20_000)
    assert quantile(raw, 0.99) == 1_000
    assert [quantile(fixed, q) for q in (0.3, 0.5, 0.75, 0.9, 0.99, 1)] == [
        1_000, 1_000, 50_000_000, 80_000_000, 98_000_000, 100_000_000,
    ]  # fmt: skip
    assert mean(fixed) == pytest.approx((1_000 + 50_000_000) / 2, rel=1e-3)


def test_by_hand_every_missed_request_is_added_down_to_the_interval() -> None:
    assert corrected(from_counts({3: 5, 10: 2, 35: 1}), 10) == from_counts({3: 5, 10: 2, 15: 1, 25: 1, 35: 1})
    assert corrected(from_counts({40: 3}), 10) == from_counts({40: 3, 30: 3, 20: 3, 10: 3})
    assert corrected(from_counts({10: 7, 19: 1}), 10) == from_counts({10: 7, 19: 1})
    assert size(corrected(from_counts({0.3: 1}), 0.1)) == 3


# wrk2's README, example 2: 100 connections, 2,000 requests a second, httpd stopped for 1.4 s. The spectrum of
# "uncorrected latency" (value in ms, total count), and the percentiles that wrk2 recorded in the same run.
UNCORRECTED = (
    (0.325, 1), (1.210, 3950), (1.819, 7905), (2.343, 11851), (2.737, 15809), (3.015, 19760), (3.289, 23722),
    (3.691, 27650), (4.175, 31624), (4.587, 34564), (4.871, 35560), (5.239, 37533), (5.555, 38514), (5.955, 39007),
    (6.067, 39133), (6.346, 39284), (6.711, 39392), (1413.119, 39411), (1414.143, 39500),
)  # fmt: skip
RECORDED = {0.95: 524.799, 0.975: 993.279, 0.99: 1276.927, 0.999: 1417.215}


def test_the_tail_that_wrk2_recorded_is_recovered_from_what_it_would_have_shown_without_correction() -> None:
    counts = [(value, total - before) for (value, total), (_, before) in zip(UNCORRECTED, ((0, 0), *UNCORRECTED), strict=False)]
    raw = from_counts(dict(counts))
    fixed = corrected(raw, expected_interval(100, 2000))
    assert quantile(raw, 0.99) == pytest.approx(6.067)  # the stop cannot be seen
    assert quantile(fixed, 0.95) == pytest.approx(RECORDED[0.95], rel=0.12)
    for share in (0.975, 0.99, 0.999):
        assert quantile(fixed, share) == pytest.approx(RECORDED[share], rel=0.03)


def test_nothing_is_added_where_nothing_took_longer_than_the_interval() -> None:
    raw = from_counts({1: 5, 10: 1}, 0.01)
    assert corrected(raw, 10) is raw
    empty = Histogram((), ())
    assert corrected(empty, 10) is empty


def by_hand(counts: dict[float, int], expected: float) -> dict[float, int]:
    total: dict[float, int] = {}
    for value, count in counts.items():
        left = value
        total[left] = total.get(left, 0) + count
        while value > expected and left - expected >= expected:
            left -= expected
            total[left] = total.get(left, 0) + count
    return total


counted = st.integers(1, 50)
small = st.dictionaries(st.integers(1, 500), counted, min_size=1, max_size=30)


@given(small, st.integers(1, 100))
def test_as_recorded_one_by_one(counts: dict[float, int], expected: int) -> None:
    assert corrected(from_counts(counts), expected) == from_counts(by_hand(counts, expected))


@settings(max_examples=8)
@given(st.dictionaries(st.integers(500_000, 9_000_000), st.integers(1, 9), min_size=3, max_size=20), st.integers(7, 40))
def test_long_stalls_are_counted_in_classes_and_not_one_by_one(counts: dict[float, int], expected: int) -> None:
    fixed = corrected(from_counts(counts), expected)
    assert len(fixed.values) <= ADDITIONS + 25_000
    assert size(fixed) == sum(count * (value // expected) for value, count in counts.items())
    assert max(fixed.values) == max(counts)
    assert min(fixed.values) >= expected
    assert fixed.precision == 0.0005
    area = sum(c * (v * (v // expected) - expected * (v // expected) * (v // expected - 1) / 2) for v, c in counts.items())
    assert mean(fixed) == pytest.approx(area / size(fixed), rel=1e-3)


def test_the_classes_hold_what_one_by_one_would_have_added() -> None:
    counts: dict[float, int] = {1000 + 1.25 * n: 1 + n % 7 for n in range(6000)}
    fixed, exact = corrected(from_counts(counts), 100), from_counts(by_hand(counts, 100))
    assert (fixed.precision, exact.precision) == (0.0005, 0)
    assert size(fixed) == size(exact)
    assert mean(fixed) == pytest.approx(mean(exact), rel=1e-4)
    for share in (0.05, 0.5, 0.9, 0.99):
        assert quantile(fixed, share) == pytest.approx(quantile(exact, share), rel=5e-3)


def test_a_day_of_stall_at_a_nanosecond_is_still_a_short_list() -> None:
    fixed = corrected(from_counts({1.0: 1000, 86_400_000.0: 100}), 1e-6)
    assert len(fixed.values) < 40_000
    assert size(fixed) == pytest.approx((1000 + 100 * 86_400_000) / 1e-6, rel=1e-12)
    assert quantile(fixed, 0.5) == pytest.approx(43_200_000, rel=2e-3)


def test_the_expected_interval_is_in_milliseconds() -> None:
    assert expected_interval(100, 2000) == 50
    assert expected_interval(1, 0.5) == 2000


@pytest.mark.parametrize(("concurrency", "rate"), [(0, 1), (1, 0), (-1, 5), (float("inf"), 1), (1, float("nan"))])
def test_no_interval_without_users_or_rate(concurrency: float, rate: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        expected_interval(concurrency, rate)


def test_no_correction_by_no_interval() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        corrected(from_counts({1: 1}), 0)


def test_a_stop_is_found_where_it_was() -> None:
    counts = [100] * 10 + [0] * 3 + [240] + [100] * 10 + [40, 3, 2, 60] + [100] * 5
    assert stalls(counts, 0.5) == [Stall(5.0, 1.5), Stall(12.5, 1.0)]


def test_the_ends_of_a_run_are_no_stalls() -> None:
    assert stalls([0] * 5 + [100] * 20 + [0] * 5, 1) == []


def test_few_requests_leave_windows_empty_by_chance() -> None:
    assert stalls([3, 2, 0, 4, 3, 3, 0, 0, 2, 3, 4, 3], 1) == []
    assert stalls([3, 2, 3, 4, 3, 3, *[0] * 6, 2, 3, 4, 3, 3], 1) == [Stall(6, 6)]


def test_a_pause_between_two_slow_times_is_none() -> None:
    assert stalls([100] * 9 + [30, 30, 0, 30, 30] + [100] * 9, 1) == []


def test_nothing_is_found_in_nothing() -> None:
    assert stalls([], 1) == []
    assert stalls([0, 0, 0, 5, 0], 1) == []


def test_a_part_of_a_window_is_a_gap_where_a_response_explains_it() -> None:
    counts = [100] * 20
    counts[10] = 25
    longest = [0.1] * 20
    longest[9] = 6.0
    assert gaps(counts, longest, 16) == [Gap(160, 1, 12, 6)]
    longest[9] = 5.9
    assert gaps(counts, longest, 16) == []
    assert gaps([*counts[:10], 51, *counts[11:]], [99.0] * 20, 16) == [], "half is there"
    assert gaps(counts[:11], [99.0] * 11, 16) == [], "the run ended so"
    assert gaps([8, 9, 8, 3, 8, 9, 8], [99.0] * 7, 16) == [], "few are few by chance"
    assert gaps([], [], 16) == []
