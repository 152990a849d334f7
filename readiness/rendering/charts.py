"""Lines of a chart as SVG paths: numbers go in, path texts in a box of 100 by 100 come out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

BOX = 100.0


def scaled(value: float, top: float) -> str:
    """Return a position on an axis of length 100, with one digit."""
    return f"{BOX * value / top:.1f}".removesuffix(".0") if top > 0 else "0"


def line(points: Iterable[tuple[float, float | None]], right: float, top: float) -> str:
    """Return a path through points, broken where there is no value; y grows upwards."""
    parts, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
            continue
        parts.append(f"{pen}{scaled(x, right)} {scaled(top - min(y, top), top)}")
        pen = "L"
    return "".join(parts)


def dots(points: Iterable[tuple[float, float]], right: float, top: float) -> str:
    """Return a path of dots: lines of no length, which round caps make visible."""
    return "".join(f"M{scaled(x, right)} {scaled(top - min(y, top), top)}h0" for x, y in points)


def band(points: Sequence[tuple[float, float, float]], right: float, top: float) -> str:
    """Return a closed path between the low and the high ends of (x, low, high)."""
    upper = [(x, high) for x, _, high in points]
    lower = [(x, low) for x, low, _ in reversed(points)]
    path = line([*upper, *lower], right, top)
    return f"{path}Z" if path else ""


def nice_top(value: float) -> float:
    """Return a round number at or above a value: 1, 2, 2.5, 4, 5 or 8 times a power of ten."""
    if not 0 < value < math.inf:
        return 1.0
    power = 10.0 ** (len(f"{value:.0f}") - 1) if value >= 1 else 10.0 ** -len(f"{1 / value:.0f}")
    return next(step * power for step in (1, 2, 2.5, 4, 5, 8, 10, 20) if step * power >= value)
