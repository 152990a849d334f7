"""The rate that a run reached and held: answers by window in, answers per second out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from readiness.stats.levels import LASTING, SHORTEST

PARTS = 20  # of a stretch, all but one of which must reach the rate


def held_rate(answers: Sequence[float], width: float, seconds: float) -> float | None:
    """Return the highest rate that was held for some time, None if the run is shorter than that.

    A rate counts as held over a stretch if 19 of 20 equal parts of it reach the rate: a short burst
    does not lift it, and one stalled part in twenty does not hide a load that was there. Where
    twenty do not part the windows evenly, some parts have a window more; a stretch of fewer windows
    than twenty has a part for each, all of which must reach the rate.

    Args:
        answers: how many came in each window, in order of time; the first and last window are left
            out, as the run may begin or end within them.
        width: seconds of a window.
        seconds: length of the stretch.
    """
    whole = answers[1:-1]
    length = math.ceil(seconds / width - 1e-9)
    if length < 1 or len(whole) < length:
        return None
    parts = min(PARTS, length)
    spare = parts // PARTS
    edges = [length * part // parts for part in range(parts + 1)]
    sums = [0, *accumulate(whole)]
    best = 0.0
    for start in range(len(whole) - length + 1):
        reached = sorted(
            (sums[start + end] - sums[start + begin]) / (end - begin)
            for begin, end in pairwise(edges)
        )
        best = max(best, reached[spare])
    return best / width


def best_level(answers: Sequence[float], width: float) -> float:
    """Return the highest rate of a tenth of a run, on average: what a level brings, not a burst.

    Args:
        answers: how many came in each window, in order of time; the first and last are left out.
        width: seconds of a window.
    """
    whole = answers[1:-1]
    length = min(len(whole), max(SHORTEST, math.ceil(len(whole) / LASTING)))
    if not length:
        return 0.0
    sums = [0, *accumulate(whole)]
    best = max(sums[stop] - sums[stop - length] for stop in range(length, len(sums)))
    return best / length / width
