"""Lines of a chart as SVG paths: numbers go in, short paths in a box of 400 by 100 come out.

Positions are whole units of the box, about a pixel on paper and screen; a path begins at a place
(`M`) and goes on by steps (`l`, `h`, `v`), and points that would not be seen are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 400, 100
_SEEN = 1.0

Point = tuple[int, int]


def across(value: float, right: float) -> int:
    """Return a position from the left, 0 to 400."""
    return round(WIDTH * min(max(value / right, 0.0), 1.0)) if right > 0 else 0


def down(value: float, top: float) -> int:
    """Return a position from above, 0 to 100, for a value that grows upwards to `top`."""
    return round(HEIGHT * (1 - min(max(value / top, 0.0), 1.0))) if top > 0 else HEIGHT


def share(value: float, whole: float) -> str:
    """Return a part of a whole in percent with at most one digit, for bars: 0 to 100."""
    if not whole > 0 or not value > 0:
        return "0"
    return f"{100 * min(value / whole, 1.0):.1f}".removesuffix(".0")


def line(points: Iterable[tuple[float, float | None]], right: float, top: float) -> str:
    """Return a path through points, broken where there is no value; y grows upwards."""
    runs: list[list[Point]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((across(x, right), down(y, top)))
    return "".join(_path(run) for run in runs if run)


def dots(points: Iterable[tuple[float, float]], right: float, top: float) -> str:
    """Return a path of dots: lines of no length, which round caps make visible."""
    places = dict.fromkeys((across(x, right), down(y, top)) for x, y in points)
    return "".join(f"M{x} {y}h0" for x, y in places)


def band(points: Sequence[tuple[float, float, float]], right: float, top: float) -> str:
    """Return a closed path between the low and the high ends of (x, low, high)."""
    upper = [(x, high) for x, _, high in points]
    lower = [(x, low) for x, low, _ in reversed(points)]
    path = line([*upper, *lower], right, top)
    return f"{path}z" if path else ""


def _path(points: list[Point]) -> str:
    """Write one unbroken run; a single point becomes a dot."""
    kept = _corners(points)
    (x, y), *rest = kept
    text = f"M{x} {y}" + ("" if rest else "h0")
    command = "M"
    for there in rest:
        dx, dy = there[0] - x, there[1] - y
        x, y = there
        letter = "l" if dx and dy else "h" if dx else "v"
        step = f"{dx}{'' if dy < 0 else ' '}{dy}" if letter == "l" else f"{dx or dy}"
        joint = letter if letter != command else "" if step.startswith("-") else " "
        text += joint + step
        command = letter
    return text


def _corners(points: list[Point]) -> list[Point]:
    """Leave out points less than a pixel from the line that stays (Ramer 1972)."""
    first, last = points[0], points[-1]
    far = [_distance(point, first, last) for point in points]
    worst = max(range(len(points)), key=far.__getitem__)
    if far[worst] < _SEEN:
        return [first] if first == last else [first, last]
    return [*_corners(points[: worst + 1]), *_corners(points[worst:])[1:]]


def _distance(point: Point, a: Point, b: Point) -> float:
    """Return how far a point is from a stretch."""
    length = math.dist(a, b) ** 2
    along = (point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])
    part = min(max(along / length, 0.0), 1.0) if length else 0.0
    return math.dist(point, (a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])))


def nice_top(value: float) -> float:
    """Return a round number at or above a value: 1, 2, 2.5, 4, 5 or 8 times a power of ten."""
    if not 0 < value < math.inf:
        return 1.0
    power = 10.0 ** (len(f"{value:.0f}") - 1) if value >= 1 else 10.0 ** -len(f"{1 / value:.0f}")
    return next(step * power for step in (1, 2, 2.5, 4, 5, 8, 10, 20) if step * power >= value)
