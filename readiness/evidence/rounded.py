"""Figures that were rounded when they were written: what they may have been before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.model.fact import Fact
    from readiness.stats.histogram import Histogram

_DIGITS = 9


def half_unit(value: float) -> float:
    """Return how far rounding to the last decimal that is shown may have moved a value."""
    _, _, decimals = f"{value:.{_DIGITS}g}".partition(".")
    return 0.5 * 10.0 ** -len(decimals) if "e" not in decimals else 0.0


def step(stated: float, times: Histogram) -> float:
    """Return how far samples may be off that are whole milliseconds, where a summary is finer."""
    fine = stated != int(stated)
    return 1.0 if fine and times.values and all(v == int(v) for v in times.values) else 0.0


def equal(stated: float, exact: float, share: float, off: float = 0.0) -> bool:
    """Whether two times are the same but for a share and for what was rounded or cut off."""
    return abs(stated - exact) <= share * exact + 2 * half_unit(stated) + off


def beyond(value: float, low: float, high: float, slack: float, off: float = 0.0) -> bool:
    """Whether a value is outside of two others, by more than a share and its rounding."""
    unit = half_unit(value) + off
    return not low * (1 - slack) - unit <= value <= high * (1 + slack) + unit


def is_number(fact: Fact) -> bool:
    """Whether the value of a fact is a number."""
    return not isinstance(fact.value, (bool, str))
