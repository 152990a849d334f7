"""The CSV of Locust beside its JSON, which has the last requests of the run too.

The CSV is written each second, the JSON at the end of the run: so the CSV is of the requests of the
JSON without some of the last. What those took is not known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.rounded import beyond, equal, is_number
from readiness.patterns import pattern
from readiness.stats.histogram import EMPTY, ranked, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.load import Labels
    from readiness.stats.histogram import Histogram

PART = "locust-csv"
_LAST = 10.0  # seconds of requests that may be missing: intervals of 5 s are common
_ONE = 1
_SLACK = 0.01
_TWO_DIGITS = 0.05  # 1049 ms is counted as 1000
_FASTER = 1.05
_PERCENTILE = pattern(r"p([0-9]{1,2}(?:\.[0-9]+)?)")

Known = dict[str, float]


class _Both(NamedTuple):
    """What both files say of one endpoint, or of all, by metric.

    Attributes:
        part: figures of the CSV.
        whole: figures of the JSON.
        facts: of the JSON.
        times: of the JSON, as they are counted.
    """

    part: Known
    whole: Known
    facts: Mapping[str, Fact]
    times: Histogram

    @property
    def missing(self) -> float:
        """How many requests of the JSON the CSV lacks."""
        return max(self.whole["requests"] - self.part["requests"], 0.0)


def same_run(summary: Evidence, samples: Evidence) -> bool:
    """Whether a CSV can only be of the run of a JSON: endpoints, requests, minimum and maximum."""
    both = _of_all(summary, samples)
    ends = ("min", "max")
    return both is not None and all(
        n in both.part and n in both.whole and equal(both.part[n], both.whole[n], 1e-3)
        for n in ends
    )


def as_many(summary: Evidence, samples: Evidence) -> bool:
    """Whether a CSV has the endpoints of a JSON, and its requests but for some of the last."""
    return _of_all(summary, samples) is not None


def _of_all(summary: Evidence, samples: Evidence) -> _Both | None:
    """Return what both say of all requests; None if they cannot be those of one run."""
    part, whole = _by_labels(summary), _by_labels(samples)
    if set(part) != set(whole) or () not in part:
        return None
    both = _both(part[()], whole[()], samples, ())
    return None if both is None or _wrong(both, "requests") else both


def unlike(summary: Evidence, samples: Evidence) -> Iterator[tuple[Fact, Fact]]:
    """Yield what a CSV cannot say of these requests without some of the last, once per metric.

    Args:
        summary: the CSV.
        samples: the JSON of the same run.
    """
    part, whole = _by_labels(summary), _by_labels(samples)
    told: set[str] = set()
    for labels, facts in part.items():
        both = _both(facts, whole.get(labels, {}), samples, labels)
        for metric, fact in facts.items() if both else ():
            if both and metric not in told and metric in both.part and _wrong(both, metric):
                told.add(metric)
                yield fact, both.facts.get(metric) or _nearest(both, fact)


def _nearest(both: _Both, fact: Fact) -> Fact:
    """Return a percentile that the JSON does not have, as near as it can be."""
    low, high = _limits(both, float(fact.metric[1:]) / 100)
    return fact._replace(value=low if float(fact.value) < low else high)


def _by_labels(evidence: Evidence) -> dict[Labels, dict[str, Fact]]:
    found: dict[Labels, dict[str, Fact]] = {}
    for fact in evidence.facts:
        if is_number(fact) and not dict(fact.labels).get("for"):
            found.setdefault(fact.labels, {})[fact.metric] = fact
    return found


def _both(
    part: Mapping[str, Fact], whole: Mapping[str, Fact], samples: Evidence, labels: Labels
) -> _Both | None:
    """Return what both say; None if one of them has no requests."""
    first, second = ({n: float(f.value) for n, f in facts.items()} for facts in (part, whole))
    if not (first.get("requests") and second.get("requests")):
        return None
    return _Both(first, second, whole, (samples.times or {}).get(labels, EMPTY))


def _wrong(both: _Both, metric: str) -> bool:
    """Whether the CSV cannot have its figure of a metric."""
    stated, exact = both.part[metric], both.whole.get(metric)
    if match := _PERCENTILE.fullmatch(metric):
        return beyond(stated, *_limits(both, float(match[1]) / 100), _SLACK)
    if exact is None:
        return False
    if metric == "requests":
        tail = _LAST * both.whole.get("rate", math.inf) + _ONE
        return not exact - tail <= stated <= exact + _ONE
    if metric == "failures":
        return not exact - both.missing - _ONE <= stated <= exact + _ONE
    if metric == "rate":
        seconds = both.whole["requests"] / exact if exact else 0.0
        return seconds > _LAST and stated * (seconds - _LAST) > _FASTER * exact * seconds
    if metric == "mean":
        return _mean_off(both, stated)
    if metric == "min":
        return stated < exact * (1 - _SLACK)
    if metric == "max":
        rank = min(int(both.part["requests"]), size(both.times))
        low = ranked(both.times, [rank])[0] if rank else 0.0
        return beyond(stated, min(low * (1 - _TWO_DIGITS), exact), exact, _SLACK)
    return False


def _mean_off(both: _Both, stated: float) -> bool:
    """Whether a mean is none that is left without the slowest, or the quickest, of the requests."""
    left, total = both.part["requests"], both.whole["mean"] * both.whole["requests"]
    pairs = list(zip(both.times.values, both.times.counts, strict=True))
    half = both.missing / 2  # times below 100 ms are whole
    low = (total - _sum(pairs[::-1], both.missing) * (1 + _TWO_DIGITS) - half) / left
    high = (total - _sum(pairs, both.missing) * (1 - _TWO_DIGITS) + half) / left
    return beyond(stated, max(low, 0.0), max(high, 0.0), _SLACK)


def _sum(pairs: list[tuple[float, int]], number: float) -> float:
    """Return the sum of the first so many of values that were seen so often."""
    found = 0.0
    for value, count in pairs:
        found += value * min(count, number)
        number -= min(count, number)
    return found


def _limits(both: _Both, share: float) -> tuple[float, float]:
    """Return between which times of the JSON a percentile of the CSV lies.

    If all that are missing were slower its rank is what it is in the CSV, if all were faster it is
    higher by as many.
    """
    rank, total = share * both.part["requests"], size(both.times)
    if not total:
        return 0.0, math.inf
    first, last = math.floor(rank) - _ONE, math.ceil(rank + both.missing) + 1 + _ONE
    low, high = ranked(both.times, [min(max(1, first), total), min(last, total)])
    return low, high
