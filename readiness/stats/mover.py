"""The interval of a difference, recovered from the intervals of the two that are compared."""

from __future__ import annotations

import math

from readiness.stats.histogram import Interval
from readiness.stats.proportions import wilson


def mover(a: float, within_a: Interval, b: float, within_b: Interval) -> Interval:
    """Return the 95 % interval of b − a from independent estimates and their 95 % intervals.

    The method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine 27:1693).
    An end that an interval leaves open (infinite) leaves the end open that depends on it.
    """
    difference = b - a
    return Interval(
        difference - math.hypot(b - within_b.low, within_a.high - a),
        difference + math.hypot(within_b.high - b, a - within_a.low),
    )


def newcombe(
    failures_a: int,
    cases_a: int,
    failures_b: int,
    cases_b: int,
    effects: tuple[float, float] = (1.0, 1.0),
) -> Interval:
    """Return the 95 % interval of the difference of two shares, that of B less that of A.

    The hybrid score interval (Newcombe 1998, Statistics in Medicine 17:873, method 10): MOVER from
    Wilson's intervals.

    Args:
        failures_a: how many cases of A failed.
        cases_a: number of cases of A, at least 1.
        failures_b: how many cases of B failed.
        cases_b: number of cases of B, at least 1.
        effects: design effects of A and of B, 1 if cases are independent: each counts as so much
            less than one.

    Raises:
        ValueError: if there are no cases, or more failures than cases.
    """
    if not (0 <= failures_a <= cases_a > 0 and 0 <= failures_b <= cases_b > 0):
        raise ValueError("failures must be among at least one case")
    a, b = failures_a / cases_a, failures_b / cases_b
    cases = [max(1, int(n / effect)) for n, effect in zip((cases_a, cases_b), effects, strict=True)]
    return mover(a, Interval(*wilson(a, cases[0])), b, Interval(*wilson(b, cases[1])))
