"""Summaries of load tests against the samples of the same run: pairs in, disagreements out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence import tails
from readiness.evidence.counted import miscounted
from readiness.evidence.fingerprint import groups, same_run
from readiness.evidence.loadtest.facts import EXPECTED
from readiness.evidence.pairs import Pair, pairs
from readiness.evidence.rounded import beyond, equal, is_number, step
from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern
from readiness.stats.histogram import Histogram, ranked, size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from readiness.model.evidence import Evidence
    from readiness.model.load import Counts, Labels

_PERCENTILE = pattern(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
_TIME = pattern(r"(?:(?:ttft|itl|tpot|e2e)\.)?(min|mean|max|p[0-9.]+)")
# One is made of the other: counts are equal.
_SAME_ROWS = {("jmeter-statistics", "jmeter-jtl"), ("gatling-stats", "gatling-log")}
_COUNTS = ("requests", "failures")
_SAME_RUN = 0.02  # of the requests, or of the successful ones
_EQUAL = 0.01  # of a count or a time
_SHARE = 0.002  # of an error rate
_PACE = 0.05
_LONGER, _IDLE = 1.2, 60_000  # tools count set-up, tear-down and pauses too
_HELP = "keep what the tool wrote; averaged, filtered or edited figures prove nothing"


class Held(NamedTuple):
    """A pair, and what the samples say against the summary: at most one problem for a metric."""

    pair: Pair
    against: tuple[Problem, ...]


def disagreements(
    evidence: Iterable[Evidence], rounding: Mapping[str, float]
) -> dict[str, tuple[Problem, ...]]:
    """Compare every summary with the samples of its run, where both are there.

    Of several files that may be the samples of a summary it must agree with one.

    Args:
        evidence: all that was read.
        rounding: how far the times of a reader may be from the exact ones, by its id: a share.

    Returns:
        Problems by the path of the summary, at most one for each metric.
    """
    found: dict[tuple[str, str], list[tuple[Problem, ...]]] = {}
    for pair, against in held(evidence, rounding):
        found.setdefault((pair.summary.path, pair.summary.reader), []).append(against)
    told: dict[str, tuple[Problem, ...]] = {}
    for (path, _), candidates in found.items():
        if fewest := min(candidates, key=len):
            told.setdefault(path, fewest)
    return told


def held(evidence: Iterable[Evidence], rounding: Mapping[str, float]) -> list[Held]:
    """Compare every pair; samples that another summary agrees with better are not held against one.

    That is where nothing sure ties the two: a name that every run has is that of another run of the
    same script too.
    """
    found = [Held(pair, compared(pair, rounding)) for pair in pairs(evidence)]
    fewest: dict[str, int] = {}
    for pair, against in found:
        path = pair.samples.path
        fewest[path] = min(fewest.get(path, len(against)), len(against))
    return [
        one for one in found
        if one.pair.sure or len(one.against) == fewest[one.pair.samples.path]
        or same_run(one.pair.summary, one.pair.samples, named=False)
    ]  # fmt: skip


def compared(pair: Pair, rounding: Mapping[str, float]) -> tuple[Problem, ...]:
    """Return what the samples of a pair say against its summary."""
    return tuple(_compare(pair, rounding.get(pair.summary.reader, 0.0)))


def _compare(pair: Pair, rounding: float) -> Iterator[Problem]:
    """Yield what differs by more than the format's own rounding, once for each metric."""
    load = pair.samples.load
    if load is None:
        if pair.summary.reader == tails.PART:
            unlike = tails.unlike(pair.summary, pair.samples)
            yield from (_problem(pair, *facts) for facts in unlike)
        return
    exact = {(f.metric, f.labels): f for f in pair.samples.facts}
    known = groups(load)
    told: set[str] = set()
    same_rows = (pair.summary.reader, pair.samples.reader) in _SAME_ROWS
    for fact in pair.summary.facts:
        labels = _group(fact.labels, known)
        other = exact.get((fact.metric, labels))
        if other is None or fact.metric in told or not is_number(fact):
            continue
        counts = known.get(labels) if _PERCENTILE.fullmatch(fact.metric) else None
        if counts:
            off = 0.0 if same_rows else step(float(fact.value), counts.all)
            differs = _outside(fact, counts, rounding, off)
        elif same_rows and fact.metric in _COUNTS:
            differs = fact.value != other.value
        else:
            off = 0.0 if same_rows else step(float(fact.value), load.whole.all)
            differs = _apart(fact, other, rounding, off)
        if differs:
            told.add(fact.metric)
            yield _problem(pair, fact, other)
    for fact, other in miscounted(pair.summary, pair.samples, told):
        yield _problem(pair, fact, other)


def _group(labels: Labels, known: Collection[Labels]) -> Labels:
    """Return the labels of the same requests in samples: k6's thresholds name some tags only."""
    if labels in known:
        return labels
    alike = [
        other for other in known
        if set(labels) <= set(other) and (EXPECTED in labels) == (EXPECTED in other)
    ]  # fmt: skip
    return alike[0] if len(alike) == 1 else labels


def _outside(fact: Fact, counts: Counts, rounding: float, off: float) -> bool:
    """Whether a percentile is none that any method would take from these samples.

    All nine of Hyndman and Fan (1996, The American Statistician 50:361) lie between the neighbours
    of rank q × n. Percentiles of as many samples as there are successes are those of successes.
    """
    times = _behind(fact, counts)
    if times is None or not size(times):
        return False
    total = size(times)
    rank = float(fact.metric[1:]) / 100 * total
    low, high = ranked(times, [max(1, math.floor(rank) - 1), min(total, math.ceil(rank) + 2)])
    return beyond(float(fact.value), low, high, rounding + times.precision, off)


def _behind(fact: Fact, counts: Counts) -> Histogram | None:
    """Return the samples that a percentile is of; None if it is of some of them, by its format."""
    if fact.samples is None:
        return counts.all
    found = []
    for times, share in ((counts.all, _SAME_RUN), (counts.ok, _SHARE)):
        apart = abs(size(times) - fact.samples)
        found += [(apart, times)] if apart <= share * size(times) else []
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _apart(fact: Fact, other: Fact, rounding: float, off: float) -> bool:
    """Whether a count, a share or a time differs; percentiles by their interval."""
    stated, value = float(fact.value), float(other.value)
    if fact.metric in _COUNTS:
        return abs(stated - value) > _EQUAL * value + 1
    if fact.metric in ("errors", "checks"):
        return abs(stated - value) > _SHARE + _EQUAL * value
    if fact.metric == "tokens.output.rate":  # of its own time only if it is labelled
        return not fact.labels and stated > (1 + _PACE) * value
    if fact.metric == "duration":
        return not fact.labels and stated > _LONGER * value + _IDLE
    time = _TIME.fullmatch(fact.metric)
    if time is None:
        return False
    if time[1] in ("min", "mean", "max"):
        return not equal(stated, value, max(rounding, _EQUAL), off)
    return other.bounds is not None and beyond(stated, *other.bounds, rounding)


def _problem(pair: Pair, fact: Fact, other: Fact) -> Problem:
    from readiness.model.quantity import show  # noqa: PLC0415

    stated, value = (show(float(f.value), f.unit) for f in (fact, other))
    of = " ".join(text for _, text in fact.labels)
    message = (
        f"`{fact.metric}`{f' of `{of}`' if of else ''} is {stated} here, and {value} by the "
        f"samples in {pair.samples.path}"
    )
    return Problem("invalid", "summary-disagrees", message, fact.at, _HELP)
