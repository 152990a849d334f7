"""Whether failures were quicker: a test that chance passes, within endpoints, and from a summary."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable

import pytest

from readiness.stats.histogram import EMPTY, Histogram, from_counts, from_values, merge, quantile
from readiness.stats.quick_failures import (
    SURE,
    Part,
    Stated,
    fewer_above,
    had_they_passed,
    most_spread,
    parts_of,
    quicker,
    quicker_stated,
    strata_of,
)

Draw = Callable[[random.Random], float]


def drawn(seed: int, n: int, draw: Draw) -> Histogram:
    chance = random.Random(seed)
    return from_values([draw(chance) for _ in range(n)])


def slow(chance: random.Random) -> float:
    return chance.lognormvariate(math.log(400), 0.5)


def fast(chance: random.Random) -> float:
    return chance.lognormvariate(math.log(20), 0.5)


def instant(chance: random.Random) -> float:
    return chance.random()


def test_failures_of_one_part_are_held_against_the_passed_of_it() -> None:
    (part,) = parts_of([(drawn(1, 100, slow), drawn(2, 50, instant))])
    assert had_they_passed([part], 0.95) == quantile(part.passed, 0.95)
    assert had_they_passed([part], None) == part.passed.mean


def test_a_part_in_which_nothing_passed_is_held_against_all_that_passed() -> None:
    passed, failed = drawn(1, 100, slow), drawn(2, 50, instant)
    parts = parts_of([(passed, EMPTY), (EMPTY, failed)])
    assert parts == [Part(passed, EMPTY), Part(passed, failed, borrowed=True)]
    assert quicker(parts) > SURE
    assert parts_of([(EMPTY, failed)]) == []


def test_each_part_keeps_its_number_of_requests() -> None:
    """A tenth of the requests are slow; half of them fail. Had they passed, they would be a tenth still."""
    parts = parts_of([(from_counts({10: 900}), EMPTY), (from_counts({500: 50}), from_counts({1: 50}))])
    assert had_they_passed(parts, 0.90) == 10
    assert had_they_passed(parts, 0.95) == had_they_passed(parts, 0.901) == 500
    assert had_they_passed(parts, None) == pytest.approx(0.9 * 10 + 0.1 * 500)


def test_borrowed_requests_count_once() -> None:
    """Of 1,000 requests a tenth are of a part of which none passed: all others took 10 or 500 ms."""
    groups = [(from_counts({10: 800}), EMPTY), (from_counts({500: 50}), from_counts({1: 50})), (EMPTY, from_counts({1: 100}))]
    assert had_they_passed(parts_of(groups), None) == pytest.approx(0.8 * 10 + 0.1 * 500 + 0.1 * (800 * 10 + 50 * 500) / 850)


def test_failures_of_a_calm_phase_are_held_against_what_passed_in_it() -> None:
    calm, busy = (drawn(1, 70, fast), drawn(2, 30, fast)), (drawn(3, 99, slow), drawn(4, 1, slow))
    course = [calm if 10 <= n < 20 else busy for n in range(30)]
    every = merge(ok for ok, _ in course), merge(bad for _, bad in course)
    assert quicker(parts_of([every])) > SURE
    assert quicker(strata_of([course])) < SURE


def test_failures_of_an_outage_are_held_against_what_passed_before_and_after() -> None:
    course = [(EMPTY, drawn(n, 50, instant)) if 10 <= n < 20 else (drawn(n, 50, slow), EMPTY) for n in range(30)]
    parts = strata_of([course])
    assert not any(part.borrowed for part in parts)
    assert quicker(parts) > SURE


def test_a_few_requests_of_which_none_passed_say_nothing() -> None:
    """They are of thousands of names, quick ones of which fail more often."""
    names = [(EMPTY, from_counts({1: 1})) for _ in range(100)] + [(from_counts({1: 1}), from_counts({1: 1})) for _ in range(100)]
    assert quicker(strata_of([[(drawn(1, 3000, slow), EMPTY)], *([pair] for pair in names)])) == 0
    assert [part.borrowed for part in strata_of([[(drawn(1, 3000, slow), EMPTY)], [(EMPTY, drawn(2, 8, fast))]])] == [False, True]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.95, 0.99, 0.999])
def test_without_failures_each_percentile_is_that_of_all(share: float) -> None:
    one, two = drawn(1, 300, slow), drawn(2, 700, fast)
    every = sorted([*one.values, *two.values])
    rank = math.ceil(round(share * 1000, 6))
    assert had_they_passed(parts_of([(one, EMPTY), (two, EMPTY)]), share) == every[rank - 1]


def test_traffic_mix_makes_no_failure_quick() -> None:
    """The fast endpoint fails in a third of all cases, with times like those of its answers."""
    groups = [(drawn(1, 3000, slow), EMPTY), (drawn(2, 2000, fast), drawn(3, 1000, fast))]
    assert abs(quicker(parts_of(groups))) < SURE
    one = [Part(from_values([*groups[0][0].values, *groups[1][0].values]), groups[1][1])]
    assert quicker(one) > 10  # taken together it would look so


def test_quick_failures_that_the_mix_hides_are_found() -> None:
    """Of a slow endpoint, so quick that they take as long as the answers of the fast one."""
    groups = [(drawn(1, 500, slow), drawn(2, 500, fast)), (drawn(3, 9000, fast), EMPTY)]
    assert quicker(parts_of(groups)) > 10


def test_slow_failures_are_the_opposite() -> None:
    parts = parts_of([(drawn(1, 500, fast), drawn(2, 500, slow))])
    assert quicker(parts) < -10
    assert fewer_above(parts, 100) == 0


def test_equal_times_show_nothing() -> None:
    parts = parts_of([(from_counts({5: 100}), from_counts({5: 100}))])
    assert (quicker(parts), fewer_above(parts, 5)) == (0, 0)
    assert quicker(parts_of([(from_counts({5: 100}), EMPTY)])) == 0


def test_a_percentile_is_tested_as_mood_does() -> None:
    """Of 100 requests the half that failed has 2 of the 20 above: expected are 10, variance 4.04."""
    parts = [Part(from_counts({1: 32, 9: 18}), from_counts({1: 48, 9: 2}))]
    assert fewer_above(parts, 1) == pytest.approx((8 - 0.5) / math.sqrt(50 * 50 * 20 * 80 / 100**2 / 99))


@pytest.mark.parametrize("failed", [1, 2, 3])
def test_three_failures_are_never_enough(failed: int) -> None:
    parts = parts_of([(drawn(1, 100_000, slow), from_counts({0.5: failed}))])
    assert quicker(parts) < SURE


def stated(values: list[float], *ranks: float) -> Stated:
    ranked = sorted(values)
    found = {rank: ranked[max(1, math.ceil(rank / 100 * len(ranked))) - 1] for rank in ranks}
    return Stated(sum(ranked) / len(ranked), ranked[0], ranked[-1], found)


@pytest.mark.parametrize("seed", range(20))
def test_what_a_summary_shows_is_less_than_what_samples_show(seed: int) -> None:
    """Both of its signs are bounds: they are never clearer than the samples are."""
    chance = random.Random(seed)
    share, quick = chance.choice((0.05, 0.2, 0.4)), chance.choice((0.0, 0.1, 0.5, 1.0))
    passed = [fast(chance) for _ in range(1000)]
    failed = [fast(chance) * quick for _ in range(int(1000 * share / (1 - share)))]
    every = [*passed, *failed]
    shown = quicker_stated(stated(every, 50, 95), stated(passed, 50, 95), len(every), len(failed) / len(every))
    own = sorted(passed)
    above = sum(bisect_right(own, value) < 500 for value in failed) / len(failed)  # below the median
    median = (2 * above - 1) * math.sqrt(len(failed) * len(passed) / len(every))
    mean = (sum(passed) / len(passed) - sum(failed) / len(failed)) / math.sqrt(
        sum((v - sum(passed) / len(passed)) ** 2 for v in passed) / len(passed) * (1 / len(passed) + 1 / len(failed))
    )
    assert shown <= max(median, mean, 0) + 0.2


@pytest.mark.parametrize("seed", range(20))
def test_no_sample_is_spread_wider_than_its_percentiles_allow(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.choice((fast, slow))(chance) for _ in range(200)]
    shown = stated(values, 50, 90, 95)
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    assert spread <= most_spread(shown, mean) * 1.001
    loose = math.sqrt((max(values) - mean) * (mean - min(values)))
    assert most_spread(shown, mean) <= loose == pytest.approx(most_spread(shown._replace(ranked={}), mean))


def test_a_real_run_whose_failures_were_two_per_cent_quicker_is_sure_of_it() -> None:
    """k6 against a rate limiter: 1,143,423 requests, of which 38 % were refused."""
    every = Stated(0.49731, 0, 100.08, {50: 0.3876, 90: 0.8808, 95: 1.1557})
    passed = Stated(0.50863, 0, 62.03, {50: 0.3971, 90: 0.8972, 95: 1.1799})
    assert quicker_stated(every, passed, 1_143_423, 0.3808) > SURE
    assert quicker_stated(every, passed, 11_434, 0.3808) < SURE


def test_a_summary_without_a_maximum_or_means_takes_times_as_exponential() -> None:
    every, passed = Stated(80, None, None, {}), Stated(100, None, None, {})
    assert quicker_stated(every, passed, 400, 0.2) == pytest.approx(0.2 * math.sqrt(400 * 4))
    every, passed = Stated(None, None, None, {95: 60}), Stated(None, None, None, {95: 100, 99: 200})
    assert quicker_stated(every, passed, 4000, 0.4) > SURE
    assert quicker_stated(Stated(None, None, None, {95: 97}), passed, 4000, 0.4) < SURE
    assert quicker_stated(every, Stated(None, None, None, {95: 0}), 4000, 0.4) == 0
    assert quicker_stated(every, Stated(None, None, None, {}), 4000, 0.4) == 0


def test_passed_requests_that_took_all_the_same_time() -> None:
    passed = Stated(505, 505, 505, {})
    assert quicker_stated(Stated(303, 0, 505, {}), passed, 4000, 0.4) == math.inf
    assert quicker_stated(Stated(505, 505, 505, {}), passed, 4000, 0.4) == 0
