"""Where throughput falls faster than a scalability law bends: points in, those of the law out.

A service that thrashes or sheds load beyond some concurrency loses a part of its throughput at
once. The law that is fitted to both sides then runs between them, below what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from readiness.stats.digits import digits
from readiness.stats.levels import noise
from readiness.stats.usl import Curve, Point, averaged

TENTH = 10
OVER = 1.05  # times the peak of a curve, and
CLEAR = 4.0  # standard errors above it: what was measured there contradicts the curve
FALLEN = 0.9  # of the highest throughput, from which on it collapsed


def risen(points: Sequence[Point], curve: Curve) -> tuple[list[Point], str]:
    """Return the points up to a collapse and a text that tells it; all and none if there is none.

    There is one if the best tenth of the points is above the whole curve, and beyond it the median
    throughput is a tenth lower.

    Args:
        points: in order of concurrency.
        curve: the law, fitted to them.
    """
    top = above(points, curve)
    beyond = [p.throughput for p in points if top and p.concurrency > top.concurrency]
    if not (top and beyond) or median(beyond) > FALLEN * top.throughput:
        return list(points), ""
    return [p for p in points if p.concurrency <= top.concurrency], (
        f"throughput is {digits(top.throughput, 4)} up to a concurrency of "
        f"{digits(top.concurrency, 4)} and {digits(median(beyond), 4)} beyond: it falls faster "
        "than the law bends"
    )


def above(points: Sequence[Point], curve: Curve) -> Point | None:
    """Return the best tenth of the points if it is clearly above the peak of a curve.

    That is by 5 % and by four standard errors, the noise being that of neighbours. Its concurrency
    is the highest up to which throughput stays there.
    """
    length = -(-len(points) // TENTH)
    parts = [points[n : n + length] for n in range(len(points) - length + 1)]
    means = [averaged(part) for part in parts]
    best = max(means, key=lambda mean: mean.throughput)
    left = [math.sqrt(p.weight) * (p.throughput - curve.at(p.concurrency)) for p in points]
    error = noise(left) / math.sqrt(best.weight)
    if best.throughput <= max(OVER * curve.peak, curve.peak + CLEAR * error):
        return None
    least = best.throughput / OVER
    last = [n for n, mean in enumerate(means) if mean.throughput >= least][-1]
    end = max(p.concurrency for p in parts[last] if p.throughput >= least)
    return best._replace(concurrency=end)
