"""How long a load test took to reach its level."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from readiness.stats.levels import noise
from readiness.stats.steady import FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.load import Load

_FULL = 0.9  # of the highest rate that was held, from which a ramp is over
_CHANCE = 4.5  # standard deviations that the highest of many levels may be above the first
_PARTS = 30  # of a run, over which its rate is averaged to find the ramp


def ramp(load: Load) -> float | None:
    """Return the seconds until the load first reaches 90 % of its highest level.

    Levels are means over a thirtieth of the run; the highest is the median of those that chance
    alone may keep from being the highest. Where the first is one of them, there is no ramp.
    """
    step = max(1, math.ceil(len(load.windows) / _PARTS))
    if not load.width or len(load.windows) < 2 * step:
        return None
    requests = [w.requests for w in load.windows]
    levels = [sum(requests[i : i + step]) for i in range(len(requests) - step + 1)]
    chance = _CHANCE * math.sqrt(2 * step) * _spread(requests)
    high = [level for level in levels if level >= max(levels) - chance]
    if levels[0] >= min(max(levels) - chance, _FULL * max(levels)):
        return 0.0
    reached = next(i for i, level in enumerate(levels) if level >= _FULL * median(high))
    return max(0.0, load.windows[reached].start)


def _spread(requests: Sequence[int]) -> float:
    """Return the noise of requests by window, at least that of random arrivals if it looks so.

    Under 20 windows are too few to tell noise from a ramp.
    """
    found, random = noise(requests), math.sqrt(sum(requests) / len(requests))
    if len(requests) < FEWEST:
        return random
    return max(found, random) if found > random / 2 else found
