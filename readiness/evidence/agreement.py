"""Summaries of load tests against the samples of the same run: pairs in, disagreements out."""

from __future__ import annotations

import math
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.fact import Fact, Problem
from readiness.model.load import Counts
from readiness.stats.histogram import merge, ranked, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.model.evidence import Evidence
    from readiness.model.load import Labels, Load

_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
_WORDS = re.compile(
    r"summary|export|samples?|results?|raw|points?|statistics|stats|report|history|aggregated?|"
    r"individual|responses|profile|records?|js|json|csv|jtl|log|txt|gz|bz2|zst|ndjson|jsonl|bin"
)
_ONE_OF_TWO = {"hey"}  # a run prints its summary or its samples: two files are two runs
_SAME_RUN = 0.02  # of the requests, or of the successful ones
_SHARE = 0.002  # of an error rate
_PACE = 0.05
_FAR = 0.9  # of the samples, from which a percentile is of the same ones
_HELP = "keep what the tool wrote; averaged, filtered or edited figures prove nothing"


class Pair(NamedTuple):
    """A summary and the samples of its run."""

    summary: Evidence
    samples: Evidence


def disagreements(
    evidence: Iterable[Evidence], rounding: Mapping[str, float]
) -> dict[str, tuple[Problem, ...]]:
    """Compare every summary with the samples of its run, where both are there.

    Args:
        evidence: all that was read.
        rounding: how far the times of a reader may be from the exact ones, by its id: a share.

    Returns:
        Problems by the path of the summary, at most one for each metric.
    """
    found: dict[str, tuple[Problem, ...]] = {}
    for pair in pairs(evidence):
        allowed = rounding.get(pair.summary.reader, 0.0)
        problems = tuple(_compare(pair, allowed))
        if problems:
            found[pair.summary.path] = found.get(pair.summary.path, ()) + problems
    return found


def pairs(evidence: Iterable[Evidence]) -> Iterator[Pair]:
    """Yield summaries with samples of the same tool that are of the same run.

    They are if they lie in one folder, or in one below the other, and have the same name but for
    words such as `summary` or `raw`, or the same number of requests.
    """
    known = sorted({e.path: e for e in evidence if not e.invalid}.values(), key=lambda e: e.path)
    samples = [e for e in known if e.load is not None]
    for summary in known:
        if summary.load is None and summary.reader:
            for other in samples:
                if _same_tool(summary, other) and _near(summary, other) and _same(summary, other):
                    yield Pair(summary, other)


def _same_tool(one: Evidence, other: Evidence) -> bool:
    tool = one.reader.split("-")[0]
    return tool == other.reader.split("-")[0] and tool not in _ONE_OF_TWO


def _near(one: Evidence, other: Evidence) -> bool:
    first, second = (PurePosixPath(e.path).parent for e in (one, other))
    return first.is_relative_to(second) or second.is_relative_to(first)


def _same(summary: Evidence, samples: Evidence) -> bool:
    stems = [_stem(e.path) for e in (summary, samples)]
    if stems[0] == stems[1]:
        return True
    stated = _whole(summary, "requests")
    total, failed = _whole(samples, "requests"), _whole(samples, "failures") or 0
    if stated is None or not total:
        return False
    return any(abs(stated - n) <= _SAME_RUN * n for n in (total, total - failed))


def _stem(path: str) -> str:
    """Return what a file's name says of its run: without endings and words for its kind."""
    return re.sub(r"[^a-z0-9]+", "", _WORDS.sub("", PurePosixPath(path).name.lower()))


def _whole(evidence: Evidence, metric: str) -> float | None:
    for fact in evidence.facts:
        if fact.metric == metric and not fact.labels and not isinstance(fact.value, (bool, str)):
            return float(fact.value)
    return None


def _compare(pair: Pair, rounding: float) -> Iterator[Problem]:
    """Yield what differs by more than the format's own rounding, once for each metric."""
    load = pair.samples.load
    if load is None:
        return
    exact = {(f.metric, f.labels): f for f in pair.samples.facts}
    groups: dict[Labels, Counts] = {}
    told: set[str] = set()
    for fact in pair.summary.facts:
        other = exact.get((fact.metric, fact.labels))
        if other is None or fact.metric in told or isinstance(fact.value, (bool, str)):
            continue
        if _PERCENTILE.fullmatch(fact.metric) and not any(k == "response" for k, _ in fact.labels):
            groups = groups or _groups(load)
            differs = _outside(fact, groups.get(fact.labels), rounding)
        else:
            differs = _apart(fact, other, rounding)
        if differs:
            told.add(fact.metric)
            yield _problem(pair, fact, other)


def _groups(load: Load) -> dict[Labels, Counts]:
    """Return the counts by labels, and those of the whole run under no labels."""
    groups = load.groups()
    whole = Counts(merge(c.ok for c in groups.values()), merge(c.failed for c in groups.values()))
    return {**groups, (): whole}


def _outside(fact: Fact, counts: Counts | None, rounding: float) -> bool:
    """Whether a percentile is none that any method would take from these samples.

    All nine of Hyndman and Fan (1996, The American Statistician 50:361) lie between the neighbours
    of rank q × n. Percentiles of as many samples as there are successes are those of successes.
    """
    if counts is None:
        return False
    good, total = size(counts.ok), size(counts.ok) + size(counts.failed)
    ok_only = fact.samples is not None and abs(fact.samples - good) < abs(fact.samples - total)
    times = counts.ok if ok_only else counts.all
    total = size(times)
    if not total:
        return False
    if fact.samples is not None and fact.samples < _FAR * total:
        return False  # of some of them only, as the format says
    rank = float(fact.metric[1:]) / 100 * total
    low, high = ranked(times, [max(1, math.floor(rank) - 1), min(total, math.ceil(rank) + 2)])
    slack = rounding + times.precision
    value = float(fact.value)
    return not low * (1 - slack) - 0.5 <= value <= high * (1 + slack) + 0.5


def _apart(fact: Fact, other: Fact, rounding: float) -> bool:
    """Whether a count, rate, ratio or mean differs."""
    stated, value = float(fact.value), float(other.value)
    if fact.metric in ("errors", "checks"):
        return abs(stated - value) > _SHARE + rounding * value
    if fact.metric in ("requests", "failures"):
        return abs(stated - value) > max(rounding, 0.01) * value + 1
    if fact.metric in ("rate", "duration"):
        return abs(stated - value) > max(rounding, _PACE) * value + (
            1000 if fact.unit == "ms" else 0
        )
    if fact.metric in ("min", "mean", "max"):
        return abs(stated - value) > max(rounding, 0.01) * value + 1
    return False


def _problem(pair: Pair, fact: Fact, other: Fact) -> Problem:
    from readiness.model.quantity import show  # noqa: PLC0415

    stated, value = (show(float(f.value), f.unit) for f in (fact, other))
    of = " ".join(text for _, text in fact.labels)
    message = (
        f"`{fact.metric}`{f' of `{of}`' if of else ''} is {stated} here, and {value} by the "
        f"samples in {pair.samples.path}"
    )
    return Problem("invalid", "summary-disagrees", message, fact.at, _HELP)
