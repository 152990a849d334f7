"""Whether samples that nobody linked are of the run of a summary: by figures no other run repeats.

Runs of one script share labels, numbers of requests and of failures, often durations and the
longest response (a timeout). Means they do not share to the last digit that is shown, nor what is
below a millisecond.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence import tails
from readiness.evidence.rounded import half_unit, is_number
from readiness.model.load import Counts
from readiness.stats.histogram import EMPTY, mean, quantile, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.load import Labels, Load
    from readiness.stats.histogram import Histogram

_SAME_RUN = 0.02  # of the requests, or of the successful ones
_FEW = 2  # requests
_SAME_MS = 2.0
_REPEATED_MS, _REPEATED = 1.0, 0.1  # of a minimum or maximum: by the clock of a timeout or a sleep
_EXACT = 1e-6  # ms
_QUARTILES = 1.349  # standard deviations from one to the other
_CUTS, _TIES = (bisect_left, bisect_right), 20  # requests as slow as the slowest that is left
_EDGE = 5  # requests by which runs at one rate differ, as they begin and end
_DURATION = 1.5  # digits at most, where it is the same to the millisecond
_ENOUGH, _NAMED = 4.0, 3.0  # digits: by chance once in 10,000, and in 1,000 where names agree too


class _Figure(NamedTuple):
    """A figure of a summary that the samples have too, and how many digits it has of its own."""

    same: bool
    digits: float


def same_run(summary: Evidence, samples: Evidence, *, named: bool) -> bool:
    """Whether what two files say of their requests can only be of one run.

    What was edited in a summary agrees in nothing; what was left as it was gives it away.

    Args:
        summary: it may have been trimmed or edited.
        samples: the requests of a run, or the histogram of them that Locust keeps.
        named: whether their names are those of one run, and not such as every run has.
    """
    if not as_many(summary, samples):
        return False
    spread = _spread(samples)
    parts = list(_figures(summary, samples, spread))
    whole = _earned(figure for labels, figure in parts if not labels)
    digits = max(whole, _earned(figure for labels, figure in parts if labels))
    return digits + _of_rest(summary, samples, spread) >= (_NAMED if named else _ENOUGH)


def as_many(summary: Evidence, samples: Evidence) -> bool:
    """Whether there are as many requests, or as many as succeeded, but for 2 %."""
    if samples.load is None:
        return summary.reader == tails.PART and tails.as_many(summary, samples)
    stated = _facts(summary).get(("requests", ()))
    whole = samples.load.whole
    return stated is not None and any(
        abs(float(stated.value) - size(times)) <= _SAME_RUN * size(times) + _FEW
        for times in (whole.all, whole.ok)
        if size(times)
    )


def groups(load: Load) -> dict[Labels, Counts]:
    """Return the counts by labels, of the whole run under no labels, and of successes alone."""
    found = {**load.groups(), (): load.whole}
    expected = {
        tuple(sorted((*labels, ("response", "expected")))): Counts(counts.ok, EMPTY)
        for labels, counts in found.items()
    }
    return {**expected, **found}


def _facts(evidence: Evidence) -> dict[tuple[str, Labels], Fact]:
    return {(f.metric, f.labels): f for f in evidence.facts if is_number(f)}


def _earned(figures: Iterable[_Figure]) -> float:
    """Add up the digits in which figures agree; the more there are, the sooner one does by chance.

    Of K figures each that agrees is worth 1 / K of what it would be worth alone: the product is
    then larger than x once in x times at most (Markov), whatever part of them was edited.
    """
    own = [figure for figure in figures if figure.digits > 0]
    lost = math.log10(len(own)) if own else 0.0
    return sum(max(0.0, figure.digits - lost) for figure in own if figure.same)


def _figures(
    summary: Evidence, samples: Evidence, spread: float
) -> Iterator[tuple[Labels, _Figure]]:
    """Yield what both files state, by labels; a value that one metric has twice counts once."""
    exact, times = _facts(samples), _times(samples)
    precision = samples.load.whole.all.precision if samples.load else 0.0
    seen: set[tuple[str, float, bool]] = set()
    for (metric, labels), fact in _facts(summary).items():
        other = exact.get((metric, labels))
        value, key = float(fact.value), (metric, float(fact.value), bool(labels))
        if other is None or value <= 0 or key in seen:
            continue
        seen.add(key)
        of = times.get(labels, EMPTY)
        off = max(2 * half_unit(value), precision * float(other.value))
        apart = abs(value - float(other.value))
        same = apart <= off
        if metric in ("min", "max"):
            own = min(_REPEATED_MS, _REPEATED * value)
            yield labels, _Figure(same, math.log10(own / off) if off else 0.0)
        elif metric == "mean":
            yield labels, _mean(apart, off, _deviation(of) if labels else spread, of)
        elif metric == "duration" and not labels:
            digits = _log(math.sqrt(math.pi) * spread / _SAME_MS)
            yield labels, _Figure(apart <= _SAME_MS, min(_DURATION, digits))


def _times(samples: Evidence) -> Mapping[Labels, Histogram]:
    if samples.load is None:
        return samples.times or {}
    return {labels: counts.all for labels, counts in groups(samples.load).items()}


def _mean(apart: float, off: float, deviation: float, times: Histogram) -> _Figure:
    """Return a mean with those of its digits that are a matter of chance: that its error reaches.

    Two means of n requests are within ± off as often as that is a part of 2 √π standard errors. Of
    whole milliseconds a mean is no finer than 1 / n ms.

    Args:
        apart: how far what is stated is from the mean of the samples, in ms.
        off: how far it may be and still be the same, in ms.
        deviation: of single requests, in ms.
        times: the requests.
    """
    total = size(times)
    if not total:
        return _Figure(same=False, digits=0.0)
    whole = all(value == int(value) for value in times.values)
    width = 2 * off
    if whole:
        width = 1 / total if apart <= _EXACT else max(width, 1 / total)
    error = deviation / math.sqrt(total)
    return _Figure(apart <= off, _log(2 * math.sqrt(math.pi) * error / width) if width else 0.0)


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else 0.0


def _deviation(times: Histogram) -> float:
    """Return the standard deviation in ms, by the quartiles if that is less: timeouts repeat."""
    if not size(times):
        return 0.0
    middle = mean(times)
    squares = (n * (v - middle) ** 2 for v, n in zip(times.values, times.counts, strict=True))
    quartiles = quantile(times, 0.75) - quantile(times, 0.25)
    return min(math.sqrt(sum(squares) / size(times)), quartiles / _QUARTILES)


def _spread(samples: Evidence) -> float:
    """Return the standard deviation of a request in ms around those with its labels."""
    parts = {k: t for k, t in _times(samples).items() if k and ("response", "expected") not in k}
    parts = parts or {(): _times(samples).get((), EMPTY)}
    total = sum(size(times) for times in parts.values())
    squares = sum(size(times) * _deviation(times) ** 2 for times in parts.values())
    return math.sqrt(squares / total) if total else 0.0


def _of_rest(summary: Evidence, samples: Evidence, spread: float) -> float:
    """Return the digits of the mean where the slowest requests, or those that failed, are left out.

    What is left are as many as the summary states, or those that took up to its maximum, and of
    some that took as long a part. Where nothing is left out the mean of the samples agrees already.
    """
    facts = _facts(summary)
    known = [facts.get((metric, ())) for metric in ("requests", "mean", "max")]
    if samples.load is None or known[0] is None or known[1] is None:
        return 0.0
    number, value = int(known[0].value), float(known[1].value)
    longest = float(known[2].value) if known[2] else math.inf
    whole, found = samples.load.whole, []
    for times in (whole.all, whole.ok) if size(whole.failed) else (whole.all,):
        below, up_to = (sum(times.counts[: cut(times.values, longest)]) for cut in _CUTS)
        trimmed = size(times) - up_to > _EDGE
        as_told = _as_counted(number, below, up_to) if trimmed else 0.0
        for kept in {number, up_to, *range(max(below, up_to - _TIES) + 1, up_to)}:
            if 0 < kept <= size(times) and kept < size(whole.all):
                exact = _mean_of_quickest(times, kept)
                off = max(2 * half_unit(value), times.precision * exact)
                figure = _mean(abs(value - exact), off, spread, times)
                found.append((figure, as_told if kept == number else 0.0))
    lost = math.log10(len(found)) if found else 0.0  # one of them may agree by chance
    return max([0.0, *(figure.digits + more - lost for figure, more in found if figure.same)])


def _as_counted(number: int, below: int, up_to: int) -> float:
    """Return the digits of a count that is just that of the requests up to the stated maximum.

    Counts of n arrivals by chance are √n apart (Poisson), and any of the ties would do.
    """
    if not below < number <= up_to:
        return 0.0
    return max(0.0, math.log10(math.sqrt(number) / (up_to - below)))


def _mean_of_quickest(times: Histogram, number: int) -> float:
    spent, left = 0.0, number
    for value, count in zip(times.values, times.counts, strict=True):
        spent += value * min(count, left)
        left -= min(count, left)
        if not left:
            break
    return spent / number
