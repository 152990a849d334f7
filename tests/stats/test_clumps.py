"""Design effects: 1 for independent samples, what theory says for clumped ones."""

from __future__ import annotations

import math
import random
from collections import Counter
from statistics import fmean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.clumps import (
    Scored,
    design_effect,
    failure_effect,
    group_effect,
    rank_effect,
    share_effect,
    tails,
)
from readiness.stats.histogram import Histogram, from_counts, merge


def windows(seed: int, count: int, cases: int, together: float = 0.0, keep: float = 0.0) -> list[Scored]:
    """Scores of variance 1 − together within windows and `together` between, which `keep` from one to the next."""
    draw = random.Random(seed).gauss
    level, found = draw(0, 1), []
    for _ in range(count):
        level = keep * level + math.sqrt(1 - keep * keep) * draw(0, 1)
        noise = math.sqrt((1 - together) * cases) * draw(0, 1)
        found.append(Scored(cases, cases * math.sqrt(together) * level + noise))
    return found


def test_independent_samples_have_almost_none() -> None:
    effects = [design_effect(windows(seed, 100, 20), 1) for seed in range(100)]
    assert 1 <= median(effects) < 1.3
    assert fmean(effects) < 1.5


def test_clumps_within_windows_are_those_of_kish() -> None:
    """1 + (m − 1) ρ, for m cases in a window that are correlated by ρ."""
    effects = [design_effect(windows(seed, 200, 20, 0.3), 1) for seed in range(60)]
    assert median(effects) == pytest.approx(1 + 19 * 0.3, rel=0.25)


def test_clumps_longer_than_windows_are_seen() -> None:
    """Windows that are correlated by φ at lag 1 hold (1 + φ) ⁄ (1 − φ) times as much variance together."""
    effects = [design_effect(windows(seed, 600, 20, 0.3, 0.8), 1) for seed in range(30)]
    assert median(effects) == pytest.approx(1 - 0.3 + 20 * 0.3 * 9, rel=0.35)


def test_short_runs_of_long_clumps_are_not_taken_for_better_than_they_are() -> None:
    effects = [design_effect(windows(seed, 100, 20, 0.3, 0.8), 1) for seed in range(60)]
    assert median(effects) == pytest.approx(1 - 0.3 + 20 * 0.3 * 9, rel=0.15)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-100, 100))
def test_units_and_origin_of_scores_do_not_matter(seed: int, unit: float, origin: float) -> None:
    plain = windows(seed, 40, 10, 0.2)
    moved = [Scored(w.cases, w.total * unit + w.cases * origin) for w in plain]
    assert design_effect(moved, unit * unit) == pytest.approx(design_effect(plain, 1), rel=1e-6)


def test_where_nothing_is_known_of_clumps_none_are_assumed() -> None:
    assert design_effect(windows(1, 9, 20, 0.9), 1) == 1
    assert design_effect(windows(1, 10, 20, 0.9), 1) > 1
    assert design_effect([], 1) == 1
    assert design_effect([Scored(5, 0)] * 50, 0) == 1
    assert failure_effect([Scored(0, 0)] * 50) == 1


def test_empty_windows_say_nothing() -> None:
    some = windows(2, 40, 10, 0.2)
    assert design_effect([part for w in some for part in (w, Scored(0, 0))], 1) == design_effect(some, 1)


def test_failures_in_one_outage_are_one_clump() -> None:
    outage = [Scored(10, 10 if 20 <= n < 25 else 0) for n in range(100)]
    spread = [Scored(10, 1 if n % 2 else 0) for n in range(100)]
    assert sum(w.total for w in outage) == sum(w.total for w in spread)
    assert failure_effect(outage) > 20
    assert failure_effect(spread) < 1.3


def histograms(seed: int, count: int, cases: int, clump: float) -> list[Histogram]:
    draw = random.Random(seed).gauss
    levels = [clump * draw(0, 1) for _ in range(count)]
    return [from_counts(Counter(round(math.exp(level + 0.5 * draw(0, 1)), 3) for _ in range(cases))) for level in levels]


def test_slow_windows_clump_ranks_and_shares_alike() -> None:
    clumped = [histograms(seed, 60, 20, 0.5) for seed in range(9)]
    loose = [histograms(seed, 60, 20, 0.0) for seed in range(9)]
    assert median(rank_effect(parts, merge(parts)) for parts in clumped) > 4
    assert median(rank_effect(parts, merge(parts)) for parts in loose) < 1.5
    assert median(share_effect(parts, 2.0) for parts in clumped) > 2
    assert median(share_effect(parts, 2.0) for parts in loose) < 1.5


def test_of_two_values_the_ranks_say_what_the_share_says() -> None:
    draw = random.Random(6)
    parts = [from_counts({1: 1 + draw.randrange(30), 5: 1 + draw.randrange(9)}) for _ in range(50)]
    assert rank_effect(parts, merge(parts)) == pytest.approx(share_effect(parts, 1))
    assert share_effect(parts, 1) > 1.5


def test_the_rank_effect_is_that_of_ranks_and_not_of_values() -> None:
    plain = histograms(4, 40, 10, 0.3)
    bent = [from_counts({v**3: c for v, c in zip(h.values, h.counts, strict=True)}) for h in plain]
    assert rank_effect(bent, merge(bent)) == pytest.approx(rank_effect(plain, merge(plain)))
    assert rank_effect([], merge([])) == 1


def test_windows_that_are_all_alike_are_no_clumps() -> None:
    """Of a service that fails every twentieth request, sixty seconds are sixty witnesses and not one."""
    assert failure_effect([Scored(20, 1)] * 60) < 1.1
    parts = [from_counts({float(n): 1 for n in range(20)})] * 60
    assert share_effect(parts, 14.0) < 1.1
    assert rank_effect(parts, merge(parts)) < 1.1


def test_the_effect_of_a_group_is_its_own_where_it_has_enough_windows_and_values() -> None:
    cases, totals = [10] * 30, [5, 0, 5] * 10
    own = failure_effect(list(map(Scored, cases, totals)))
    assert own > 2
    assert group_effect(cases, totals, 50.0) == own
    assert group_effect(cases, [1 if n % 4 == 0 else 0 for n in range(30)], 50.0) == 50  # eight values
    assert group_effect([10] * 9, [5, 0, 5] * 3, 50.0) == 50
    assert group_effect([10] * 9 + [0] * 21, [5, 0, 5] * 3 + [0] * 21, 50.0) == 50
    assert group_effect([], [], 1.0) == 1
    assert group_effect([10] * 30, [10] * 30, 7.0) == 7  # none that does not count


def test_many_windows_of_a_group_are_put_together() -> None:
    cases, totals = [5] * 60, [5 if n % 8 < 2 else 0 for n in range(60)]
    both = [Scored(10, one + other) for one, other in zip(totals[::2], totals[1::2], strict=True)]
    assert group_effect(cases, totals, 1.0) == failure_effect(both)


def test_tails_are_counts_of_larger_values() -> None:
    some = [from_counts({1.0: 2, 3.0: 4}), from_counts({}), from_counts({3.0: 1, 9.0: 5})]
    assert tails(some, 2.0) == [4, 0, 6]
    assert tails(some, 3.0) == [0, 0, 5]
