"""Numbers for people: few digits, thousands apart, and no exponents."""

from __future__ import annotations

import math


def digits(value: float, significant: int = 6) -> str:
    """Write a number: 1103229.7 as `1,103,230`, 0.01234567 as `0.0123457`.

    A whole number keeps all of its digits.

    Args:
        value: any number.
        significant: digits of any other, if there are not more before the point.
    """
    if not math.isfinite(value):
        return f"{value:g}"
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004
        return f"{int(value):,}"
    places = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
