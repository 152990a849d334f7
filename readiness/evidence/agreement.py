"""Summaries of load tests against the samples of the same run: pairs in, disagreements out."""

from __future__ import annotations

import math
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence import tails
from readiness.evidence.counted import miscounted
from readiness.evidence.fingerprint import groups, same_run
from readiness.evidence.reports import made_of
from readiness.evidence.rounded import beyond, equal, is_number
from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern
from readiness.stats.histogram import Histogram, mean, ranked, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.model.evidence import Evidence
    from readiness.model.load import Counts

_PERCENTILE = pattern(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
_TIME = pattern(r"(?:(?:ttft|itl|tpot|e2e)\.)?(min|mean|max|p[0-9.]+)")
_WORDS = (
    "summary|export|samples?|results?|raw|points?|statistics|stats|reports?|history|aggregated?|"
    "individual|responses|profile|records?|metrics|simulation|global|js|json|csv|tsv|jtl|xml|log|"
    "txt|out|stdout|stderr|md|gz|bz2|zst|ndjson|jsonl|bin"
)
_ONE_OF_TWO = {"hey"}  # a run prints its summary or its samples: two files are two runs
# One is made of the other: counts are equal.
_SAME_ROWS = {("jmeter-statistics", "jmeter-jtl"), ("gatling-stats", "gatling-log")}
_COUNTS = ("requests", "failures")
_SAME_RUN = 0.02  # of the requests, or of the successful ones
_SAME_TIME = 0.001
_EQUAL = 0.01  # of a count or a time
_SHARE = 0.002  # of an error rate
_PACE = 0.05
_LONGER, _IDLE = 1.2, 60_000  # tools count set-up, tear-down and pauses too
_HELP = "keep what the tool wrote; averaged, filtered or edited figures prove nothing"


class Pair(NamedTuple):
    """A summary and the samples of its run.

    Attributes:
        sure: whether more than a name that every run has, or labels and counts, ties them.
    """

    summary: Evidence
    samples: Evidence
    sure: bool = True


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

    That is where nothing sure ties the two: by labels and counts alone an honest report of another
    run of the same script fits too.
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


def pairs(evidence: Iterable[Evidence]) -> Iterator[Pair]:
    """Yield summaries with samples of the same tool that are of the same run.

    They are if they lie in one folder, or in one and the folder in it, and have the same name but
    for words such as `summary` or `raw`. Where no samples have its name, those with the number of
    its requests and two of its minimum, mean and maximum are of the same run: other runs have the
    same number too where the script, or a constant rate, says how many. JMeter gives every report
    the same name: it is of the run of samples with its labels and about its requests of each.
    """
    read = {(e.path, e.reader): e for e in evidence if not e.invalid}
    known = [read[key] for key in sorted(read)]
    samples = [e for e in known if has_samples(e)]
    for summary in known:
        if not has_samples(summary) and summary.reader:
            near = [o for o in samples if _same_tool(summary, o) and _near(summary, o)]
            named = [other for other in near if _stem(other) == _stem(summary)]
            alike = named or [o for o in near if _alike(summary, o)]
            sure = bool(_stem(summary)) or not named
            if not alike and not _stem(summary):
                alike, sure = _by_content(summary, near, samples), False
            yield from (Pair(summary, other, sure) for other in alike)


def _by_content(summary: Evidence, near: list[Evidence], samples: list[Evidence]) -> list[Evidence]:
    """Return what a report with the name that all reports have is made of, near it or anywhere."""
    found = [other for other in near if made_of(summary, other, near=True)]
    return found or [other for other in samples if made_of(summary, other, near=False)]


def has_samples(evidence: Evidence) -> bool:
    """Whether a file has the requests of a run, or the histogram of them that Locust keeps."""
    return evidence.load is not None or evidence.times is not None


def _same_tool(one: Evidence, other: Evidence) -> bool:
    return tool(one) == tool(other) and tool(one) not in _ONE_OF_TWO


def tool(evidence: Evidence) -> str:
    """Return the tool that wrote a file, by its reader."""
    return evidence.reader.split("-")[0]


def _near(one: Evidence, other: Evidence) -> bool:
    first, second = (PurePosixPath(e.path).parent for e in (one, other))
    return first in (second, second.parent) or second == first.parent


def _stem(evidence: Evidence) -> str:
    return stem(evidence.path, tool(evidence))


def stem(path: str, tool: str) -> str:
    """Return what a file's name says of its run: without tool, endings and words for its kind.

    Numbers stay apart: run-1-2 is not run-12.
    """
    name = PurePosixPath(path).name.lower()
    words = rf"(?<![a-z])(?:{_WORDS}|{re.escape(tool)})+(?![a-z])"
    parts = re.sub(r"[^a-z0-9]+", " ", re.sub(words, " ", name))
    return re.sub(r"(?<![0-9]) | (?![0-9])", "", parts)


def _alike(summary: Evidence, samples: Evidence) -> bool:
    """Whether so many requests, or successes, and two of three times can only be the same run."""
    load = samples.load
    if load is None:
        return summary.reader == tails.PART and tails.same_run(summary, samples)
    stated = {f.metric: float(f.value) for f in summary.facts if not f.labels and is_number(f)}
    counts = groups(load)[()]
    for times in (counts.all, counts.ok):
        total = size(times)
        if not total or abs(stated.get("requests", 0.0) - total) > _SAME_RUN * total:
            continue
        exact = {"min": times.values[0], "mean": mean(times), "max": times.values[-1]}
        same = [n for n, ms in exact.items() if n in stated and equal(stated[n], ms, _SAME_TIME)]
        if len(same) > 1:
            return True
    return False


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
        other = exact.get((fact.metric, fact.labels))
        if other is None or fact.metric in told or not is_number(fact):
            continue
        counts = known.get(fact.labels) if _PERCENTILE.fullmatch(fact.metric) else None
        if counts:
            differs = _outside(fact, counts, rounding)
        elif same_rows and fact.metric in _COUNTS:
            differs = fact.value != other.value
        else:
            differs = _apart(fact, other, rounding)
        if differs:
            told.add(fact.metric)
            yield _problem(pair, fact, other)
    for fact, other in miscounted(pair.summary, pair.samples, told):
        yield _problem(pair, fact, other)


def _outside(fact: Fact, counts: Counts, rounding: float) -> bool:
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
    return beyond(float(fact.value), low, high, rounding + times.precision)


def _behind(fact: Fact, counts: Counts) -> Histogram | None:
    """Return the samples that a percentile is of; None if it is of some of them, by its format."""
    if fact.samples is None:
        return counts.all
    found = []
    for times, share in ((counts.all, _SAME_RUN), (counts.ok, _SHARE)):
        apart = abs(size(times) - fact.samples)
        found += [(apart, times)] if apart <= share * size(times) else []
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _apart(fact: Fact, other: Fact, rounding: float) -> bool:
    """Whether a count, a rate, a share or a time differs; percentiles by their interval."""
    stated, value = float(fact.value), float(other.value)
    if fact.metric in _COUNTS:
        return abs(stated - value) > _EQUAL * value + 1
    if fact.metric in ("errors", "checks"):
        return abs(stated - value) > _SHARE + _EQUAL * value
    if fact.metric in ("rate", "tokens.output.rate"):  # of its own time only if it is labelled
        return not fact.labels and stated > (1 + _PACE) * value
    if fact.metric == "duration":
        return not fact.labels and stated > _LONGER * value + _IDLE
    time = _TIME.fullmatch(fact.metric)
    if time is None:
        return False
    if time[1] in ("min", "mean", "max"):
        return not equal(stated, value, max(rounding, _EQUAL))
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
