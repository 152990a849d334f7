"""The incomplete beta function against values of R, and the intervals that are read off it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.exact import (
    beta_quantile,
    clopper_pearson,
    fisher_tail,
    incomplete_beta,
    student,
)
from readiness.stats.proportions import wilson


def binomial_above(least: int, cases: int, share: float) -> float:
    """P(B ≥ least), term by term."""
    return math.fsum(math.comb(cases, k) * share**k * (1 - share) ** (cases - k) for k in range(least, cases + 1))


@given(st.integers(1, 60), st.data(), st.floats(0.001, 0.999))
def test_it_is_the_tail_of_the_binomial(cases: int, data: st.DataObject, share: float) -> None:
    least = data.draw(st.integers(1, cases))
    assert incomplete_beta(share, least, cases - least + 1) == pytest.approx(binomial_above(least, cases, share), abs=1e-12)


@given(st.floats(0.1, 1e5), st.floats(0.1, 1e5), st.floats(0.001, 0.999))
def test_the_two_sides_add_up_to_one(a: float, b: float, x: float) -> None:
    assert incomplete_beta(x, a, b) + incomplete_beta(1 - x, b, a) == pytest.approx(1, abs=1e-7)


@given(st.floats(0.5, 1e4), st.floats(0.5, 1e4), st.floats(0.001, 0.999))
def test_the_quantile_undoes_it(a: float, b: float, chance: float) -> None:
    assert incomplete_beta(beta_quantile(chance, a, b), a, b) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize(
    ("failures", "cases", "low", "high"),
    [  # R: binom.test(failures, cases)$conf.int
        (10, 100, 0.04900469, 0.17622260),
        (0, 10, 0, 0.3084971),
        (10, 10, 0.6915029, 1),
        (4, 20, 0.05733400, 0.43661400),
        (1, 10, 0.002528579, 0.445016118),
        (0, 0, 0, 1),
    ],
)
def test_clopper_pearson(failures: int, cases: int, low: float, high: float) -> None:
    assert clopper_pearson(failures, cases) == pytest.approx((low, high), abs=1e-7)


@settings(max_examples=20)
@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_the_exact_interval_covers_the_truth_in_95_of_100(cases: int, share: float) -> None:
    covered = math.fsum(
        math.comb(cases, k) * share**k * (1 - share) ** (cases - k)
        for k in range(cases + 1)
        if (found := clopper_pearson(k, cases)).low <= share <= found.high
    )
    assert covered >= 0.95 - 1e-9


def test_large_samples_agree_with_wilson() -> None:
    exact = clopper_pearson(5_000, 10_000_000)
    assert exact == pytest.approx(wilson(0.0005, 10_000_000), rel=1e-3)


@pytest.mark.parametrize(("failures", "cases"), [(-1, 5), (6, 5), (1, 0)])
def test_impossible_numbers_have_no_interval(failures: int, cases: int) -> None:
    with pytest.raises(ValueError, match=f"{failures} failures in {cases} cases"):
        clopper_pearson(failures, cases)


def test_student_as_in_the_tables() -> None:
    assert [student(n) for n in (1, 4, 10, 30)] == pytest.approx([12.7062, 2.7764, 2.2281, 2.0423], abs=1e-4)


def test_fisher_as_in_the_tables() -> None:
    """The 5 % points of F(1, 10) and F(2, 12)."""
    assert fisher_tail(4.9646, 1, 10) == pytest.approx(0.05, abs=1e-5)
    assert fisher_tail(3.8853, 2, 12) == pytest.approx(0.05, abs=1e-5)
    assert fisher_tail(0, 1, 5) == 1
    assert fisher_tail(math.inf, 1, 5) == 0
