"""Counts of an evaluation to facts: ratios with their intervals, and what is to be doubted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.readers.semantic_cache.lines import SCHEMA, Labels, Run, Tally
from readiness.model.fact import Fact, Problem
from readiness.stats.histogram import Interval
from readiness.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.reader import Source

_GRID = range(70, 100)  # hundredths: thresholds for which the figures are given, too


def facts(source: Source, run: Run) -> Iterator[Fact]:
    """Yield the figures at the configured threshold, of the whole and of slices, and at others."""
    yield from run.facts
    for names, tally in run.slices.items():
        yield from _figures(tally, source.at(tally.line), names)
    if run.slices:
        yield from _worst(source, run)
        at = source.at(run.crossing[0] if run.crossing else run.first)
        yield _derived("cross_tenant_hits", len(run.crossing), "", at)
    yield from _grid(source, run)


def _derived(metric: str, value: float | str, unit: str, at: Location, names: Labels = ()) -> Fact:
    return Fact(metric, value, unit, at, names, None, "derived")


def _ratio(metric: str, part: int, whole: int, at: Location, names: Labels = ()) -> Fact:
    """Return a share with the 95 % interval that its cases leave open."""
    share = part / whole
    interval = Interval(*wilson(share, whole))
    return Fact(metric, share, "ratio", at, names, whole, "derived", interval)


def _figures(tally: Tally, at: Location, names: Labels) -> Iterator[Fact]:
    yield _derived("lookups", tally.lookups, "", at, names)
    yield _derived("hits", tally.hits, "", at, names)
    yield _ratio("hit_ratio", tally.hits, tally.lookups, at, names)
    yield _derived("false_hits", tally.wrong, "", at, names)
    if tally.hits:
        yield _ratio("false_hit_ratio", tally.wrong, tally.hits, at, names)
        yield _derived("false_hit_ratio.upper", _upper(tally), "ratio", at, names)


def _upper(tally: Tally) -> float:
    return wilson(tally.wrong / tally.hits, tally.hits)[1]


def _worst(source: Source, run: Run) -> Iterator[Fact]:
    """Yield the locale whose share of wrong hits may be highest, with 95 % confidence."""
    named = {n[0][1]: t for n, t in run.slices.items() if n and n[0][0] == "locale" and t.hits}
    if named:
        worst = max(named, key=lambda name: (_upper(named[name]), name))
        tally, at = named[worst], source.at(named[worst].line)
        yield _ratio("false_hit_ratio.worst_locale", tally.wrong, tally.hits, at)
        yield _derived("locale.worst", worst, "", at)


def _grid(source: Source, run: Run) -> Iterator[Fact]:
    """Yield the figures of the whole at other thresholds, for a policy that sets another."""
    lookups, at = sum(tally.lookups for tally in run.bins), source.at(run.first)
    for place in _GRID:
        hits = sum(tally.hits for tally in run.bins[place:])
        names = (("threshold", f"{place / 100:.2f}"),)
        yield _ratio("hit_ratio.at", hits, lookups, at, names)
        if hits:
            wrong = sum(tally.wrong for tally in run.bins[place:])
            yield _ratio("false_hit_ratio.at", wrong, hits, at, names)


def problems(source: Source, run: Run) -> Iterator[Problem]:
    """Yield what the figures do not show."""
    at, whole = run.header or source.at(run.first), run.slices.get(())
    if whole is None:
        message = "the configured threshold is not told: `hit_ratio.at` names it, not `hit_ratio`"
        help_ = f'begin with {{"schema": "{SCHEMA}", "threshold": 0.92}}'
        yield Problem("warning", "no-threshold", message, at, help_)
    elif not whole.hits:
        message = f"none of {whole.lookups:,} questions is a hit at {run.threshold:g}"
        help_ = "ask questions that are like those in the cache"
        yield Problem("inconclusive", "no-hits", message, at, help_)
    elif run.same_text * 2 > whole.hits:
        message = f"{run.same_text:,} of {whole.hits:,} hits are on the very same text"
        help_ = "such hits are never wrong: ask in other words"
        yield Problem("warning", "same-text", message, source.at(run.first), help_)
    if run.repeated:
        message = f"{run.repeated:,} lines repeat an earlier one: they are no cases of their own"
        yield Problem("warning", "repeated", message, source.at(run.first), "keep each once")
    if run.crossing:
        message = f"hits on the answer of another tenant: {len(run.crossing):,}"
        at = source.at(run.crossing[0])
        yield Problem("warning", "cross-tenant", message, at, "put the tenant into the key")
