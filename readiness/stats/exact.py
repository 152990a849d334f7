"""The incomplete beta function, and what is read off it: exact intervals, Student and Fisher."""

from __future__ import annotations

import math
from functools import cache

from readiness.stats.histogram import Interval
from readiness.stats.proportions import ALPHA

TINY = 1e-300
CLOSE = 1e-15
TERMS = 100_000  # of the continued fraction; about the root of the larger parameter are needed
HALVINGS = 200  # more than a number has binary digits


def clopper_pearson(failures: int, cases: int) -> Interval:
    """Return the exact 95 % interval of a proportion (Clopper and Pearson 1934, Biometrika 26:404).

    It covers the true proportion with at least 95 %, often more; Wilson's is nearer to 95 %.

    Args:
        failures: how many of the cases failed.
        cases: number of independent observations; without any the interval is 0 to 1.

    Raises:
        ValueError: if the numbers are negative or there are more failures than cases.
    """
    if not 0 <= failures <= cases:
        raise ValueError(f"{failures} failures in {cases} cases")
    passes = cases - failures
    low = beta_quantile(ALPHA / 2, failures, passes + 1) if failures else 0.0
    high = beta_quantile(1 - ALPHA / 2, failures + 1, passes) if passes else 1.0
    return Interval(low, high)


def fisher_tail(ratio: float, extra: int, left: int) -> float:
    """Return the chance that an F statistic exceeds `ratio`: the p value of a nested fit.

    Args:
        ratio: mean square gained by the extra parameters, over the mean square that is left.
        extra: number of extra parameters.
        left: observations less parameters of the larger fit, at least 1.
    """
    if ratio == math.inf:
        return 0.0
    return incomplete_beta(left / (left + extra * ratio), left / 2, extra / 2)


@cache
def student(left: int) -> float:
    """Return the 97.5 % point of Student's t with `left` degrees of freedom, at least 1."""
    share = beta_quantile(ALPHA, left / 2, 0.5)
    return math.sqrt(left * (1 - share) / share)


def beta_quantile(chance: float, a: float, b: float) -> float:
    """Return x between 0 and 1 with `incomplete_beta(x, a, b)` equal to `chance`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if incomplete_beta(middle, a, b) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), a and b above 0.

    By its continued fraction on the side where that converges fast (Abramowitz and Stegun 1964,
    26.5.8; Lentz 1976, Applied Optics 15:668).
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _apart(1 + term * d)
            c = _apart(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < CLOSE:
            break
    return value


def _apart(value: float) -> float:
    """Return a value that can be divided by."""
    return value if abs(value) > TINY else TINY
