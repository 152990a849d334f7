"""Whether samples that nobody linked are of the run of a summary: by figures no other run repeats.

Runs of one script share labels, numbers of requests, often durations and the longest response (a
timeout). Means and minima of single requests they do not share, to the last digit that is shown.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.evidence import tails
from readiness.evidence.rounded import half_unit, is_number
from readiness.stats.histogram import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.stats.histogram import Histogram

_SAME_RUN = 0.02  # of the requests, or of the successful ones
_FEW = 2  # requests
_SAME_MS = 2.0
# Decimal digits that runs of the same script have in common anyway: services keep their mean, and
# many a longest response is a timeout.
_USUAL = {"min": 1.0, "mean": 2.0, "max": 3.0}
_DURATION = 1.5  # digits, where it is the same to the millisecond: scripts end at a set time
_ENOUGH, _NAMED = 4.0, 2.0  # digits: by chance once in 10,000, and in 100 where names agree too


def same_run(summary: Evidence, samples: Evidence, *, named: bool) -> bool:
    """Whether what two files say of their requests can only be of one run.

    What was edited in a summary agrees in nothing; what was left as it was gives it away.

    Args:
        summary: it may have been trimmed or edited.
        samples: the requests of a run, or the histogram of them that Locust keeps.
        named: whether their names are those of one run.
    """
    if not _as_many(summary, samples):
        return False
    digits = sum(_digits(summary, samples)) + _of_rest(summary, samples)
    return digits >= (_NAMED if named else _ENOUGH)


def _as_many(summary: Evidence, samples: Evidence) -> bool:
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


def _facts(evidence: Evidence) -> dict[tuple[str, tuple[tuple[str, str], ...]], Fact]:
    return {(f.metric, f.labels): f for f in evidence.facts if is_number(f)}


def _digits(summary: Evidence, samples: Evidence) -> Iterator[float]:
    """Yield how many decimal digits of a figure agree that would not in another run.

    Each value counts once, as the only endpoint has the figures of all; of the longest responses
    only one does.
    """
    exact, stated = _facts(samples), _facts(summary)
    precision = samples.load.whole.all.precision if samples.load else 0.0
    seen: set[tuple[str, float]] = set()
    longest = 0.0
    for key, fact in stated.items():
        other = exact.get(key)
        value = float(fact.value)
        if other is None or value <= 0 or (fact.metric, value) in seen:
            continue
        seen.add((fact.metric, value))
        if fact.metric == "failures" and value == float(other.value):
            yield _of_failures(value, stated.get(("requests", fact.labels)))
        elif key == ("duration", ()) and abs(value - float(other.value)) <= _SAME_MS:
            yield _DURATION
        elif fact.metric in _USUAL:
            found = _alike(value, float(other.value), precision) - _USUAL[fact.metric]
            if fact.metric == "max":
                longest = max(longest, found)
            else:
                yield max(found, 0.0)
    yield longest


def _of_rest(summary: Evidence, samples: Evidence) -> float:
    """Return the digits of the mean where the slowest requests, or those that failed, are left out.

    Where nothing is left out the mean of the samples agrees already.
    """
    facts = _facts(summary)
    number, stated = facts.get(("requests", ())), facts.get(("mean", ()))
    if samples.load is None or number is None or stated is None:
        return 0.0
    whole, kept = samples.load.whole, int(number.value)
    found = [
        _alike(float(stated.value), _mean_of_quickest(times, kept), times.precision)
        for times in (whole.all, whole.ok)
        if 0 < kept <= size(times) and kept < size(whole.all)
    ]
    return max(0.0, max(found, default=0.0) - _USUAL["mean"])


def _mean_of_quickest(times: Histogram, number: int) -> float:
    spent, left = 0.0, number
    for value, count in zip(times.values, times.counts, strict=True):
        spent += value * min(count, left)
        left -= min(count, left)
        if not left:
            break
    return spent / number


def _alike(stated: float, exact: float, precision: float) -> float:
    """Return how many digits agree: none, or as many as are shown."""
    off = max(2 * half_unit(stated), precision * exact)
    return math.log10(stated / off) if abs(stated - exact) <= off and off else 0.0


def _of_failures(failures: float, requests: Fact | None) -> float:
    """Return the digits of a number of failures, which is a matter of chance: Poisson's.

    That two of n on average are the same is as likely as 1 / √(4πn).
    """
    if requests is None or failures >= float(requests.value):
        return 0.0
    return math.log10(math.sqrt(4 * math.pi * failures))
