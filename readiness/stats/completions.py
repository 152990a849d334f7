"""From requests by the window they began in to what ended, and what was in flight, by window.

A window says when its requests began, and how long they took, and no more. They are taken to begin
evenly over it; so a request that takes k windows and a part r of one ends in the k-th window after
its own, or with chance r in the one after that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from readiness.stats.histogram import mean, quantile, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from readiness.stats.histogram import Histogram

_MOSTLY = 0.5  # of the spread of a window's times, from which on it is their growth


class _Part(NamedTuple):
    """The values of a histogram from `start` to before `stop`, all of the same whole windows."""

    whole: int
    number: int
    rest: float  # the sum of what each takes beyond them, in windows
    start: int
    stop: int


def completions(
    windows: Sequence[Histogram], width: float, length: int | None = None
) -> list[float]:
    """Return how many requests ended in each window; the last one holds what ended later too.

    Args:
        windows: response times in ms of the requests that began in each.
        width: seconds of a window.
        length: how many windows to return, as the last responses come after the last requests; as
            many as are given if None.
    """
    length = len(windows) if length is None else length
    found = [0.0] * length
    last = length - 1
    for index, histogram in enumerate(windows):
        if _queues(windows, index, 1000 * width):
            before = 0.0
            for window in range(index, last):
                after = _by(histogram, 1000 * width, window + 1 - index)
                found[window] += after - before
                before = after
            found[last] += size(histogram) - before
            continue
        for part in _parts(histogram, 1000 * width, length):
            found[min(last, index + part.whole)] += part.number - part.rest
            found[min(last, index + part.whole + 1)] += part.rest
    return found


def _queues(windows: Sequence[Histogram], index: int, width: float) -> bool:
    """Return whether the times of a window grow while it lasts: each request waits for the last.

    Then the first to begin is the first to end. Times that are taken to come in any order would
    put too many into one window, and too few into the next.
    """
    histogram = windows[index]
    if not size(histogram) or histogram.values[-1] < width:
        return False
    near = [windows[n] for n in (index - 1, index, index + 1) if 0 <= n < len(windows)]
    means = [mean(h) for h in near if size(h)]
    growth = (means[-1] - means[0]) / max(1, len(means) - 1)
    if growth <= 0:
        return False
    return growth >= _MOSTLY * (quantile(histogram, 0.9) - quantile(histogram, 0.1))


def _by(histogram: Histogram, width: float, windows: int) -> float:
    """Return how many requests ended within some windows, the quickest of which began first."""
    values, reached, total = histogram.values, histogram.reached, size(histogram)
    end = windows * width
    ended = bisect_right(
        range(len(values)), end, key=lambda n: values[n] + width * reached[n] / total
    )
    done = reached[ended - 1] if ended else 0
    if ended == len(values):
        return done
    return max(done, min(reached[ended], (end - values[ended]) / width * total))


def in_flight(windows: Sequence[Histogram], width: float) -> list[float]:
    """Return how many requests were in flight in each window, on average.

    That is Little's law (1961): the time that requests spend in a window, over its length.
    """
    length = len(windows)
    found, steps = [0.0] * (2 * length + 2), [0] * (2 * length + 2)
    for index, histogram in enumerate(windows):
        for part in _parts(histogram, 1000 * width, length):
            tail = _squares(histogram, part, 1000 * width) / 2
            end = index + part.whole
            found[index] += part.number / 2
            steps[index + 1] += part.number
            steps[end] -= part.number
            found[end] += part.number / 2 + part.rest - tail
            found[end + 1] += tail
    return [max(0.0, a + b) for a, b in zip(found, accumulate(steps), strict=True)][:length]


def _parts(histogram: Histogram, width: float, most: int) -> Iterator[_Part]:
    """Part the values by whole windows; what takes `most` windows or more is one part."""
    values, counts, total = histogram.values, histogram.counts, len(histogram.values)
    if total and values[-1] < width:
        number = size(histogram)
        yield _Part(0, number, max(0.0, mean(histogram)) * number / width, 0, total)
        return
    start = 0
    while start < total:
        whole = max(0, int(values[start] // width))
        if whole >= most:
            yield _Part(most, sum(counts[start:]), 0.0, start, total)
            return
        stop = max(start + 1, bisect_left(values, (whole + 1) * width, start))
        number = sum(counts[start:stop])
        spent = sum(map(mul, values[start:stop], counts[start:stop])) / width
        yield _Part(whole, number, min(number, max(0.0, spent - whole * number)), start, stop)
        start = stop


def _squares(histogram: Histogram, part: _Part, width: float) -> float:
    """Return the sum of the squares of what each value takes beyond whole windows."""
    if not part.rest:
        return 0.0
    span = slice(part.start, part.stop)
    pairs = zip(histogram.values[span], histogram.counts[span], strict=True)
    return sum(count * (value / width - part.whole) ** 2 for value, count in pairs)
