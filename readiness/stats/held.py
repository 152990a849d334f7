"""The rate that a run reached and held: requests by window in, requests per second out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

PARTS = 20  # of a stretch, all but one of which must reach the rate


def held_rate(requests: Sequence[int], width: float, seconds: float) -> float | None:
    """Return the highest rate that was held for some time, None if the run is shorter than that.

    A rate counts as held over a stretch if 19 of 20 equal parts of it reach the rate: a short burst
    does not lift it, and one stalled part in twenty does not hide a load that was there.

    Args:
        requests: begun in each window, in order of time; the first and last window are left out, as
            the run may begin or end within them.
        width: seconds of a window.
        seconds: length of the stretch.
    """
    whole = requests[1:-1]
    length = math.ceil(seconds / width - 1e-9)
    if length < 1 or len(whole) < length:
        return None
    step = max(1, math.ceil(length / PARTS))  # windows in a part
    parts = length // step
    spare = parts // PARTS
    sums = [0, *accumulate(whole)]
    best = 0
    for start in range(len(whole) - length + 1):
        edges = range(start, start + parts * step, step)
        reached = sorted(sums[edge + step] - sums[edge] for edge in edges)
        best = max(best, reached[spare])
    return best / (step * width)
