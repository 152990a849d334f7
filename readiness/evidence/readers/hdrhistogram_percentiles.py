"""Reads HdrHistogram's percentile distribution (`.hgrm`, text or CSV) into percentiles.

Format: AbstractHistogram.outputPercentileDistribution of https://github.com/HdrHistogram/HdrHistogram
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import correction_unknown
from readiness.evidence.loadtest.numbers import percentile
from readiness.evidence.loadtest.pasted import plain_lines
from readiness.evidence.loadtest.spectrum import (
    Foot,
    Step,
    bounds,
    declared_unit,
    parse_foot,
    parse_step,
    spectrum_problems,
    step_at,
)
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap
    from readiness.stats.histogram import Interval

_HEADER = pattern(r'"?Value"?(?:\s+|,)"?Percentile"?(?:\s+|,)"?TotalCount"?(?:\s+|,)"?1/\(1-P\S+')
_HEAD = pattern(
    rb'^[ \t>\xef\xbb\xbf]*"?Value"?(?:\s+|,)"?Percentile"?(?:\s+|,)"?TotalCount"?(?:\s+|,)'
    rb'"?1/\(1-P',
    re.MULTILINE,
)
_WRK2 = pattern(rb"Detailed Percentile spectrum:[\s>]{1,40}Value")
_ROW = pattern(
    rb"^[ \t>]*(?:[0-9.]+(?:\s+|,)[01]\.[0-9]{4,14}(?:\s+|,)[0-9]+|#\[Mean )", re.MULTILINE
)
_RANKS = (50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.9, 99.99)
_WHOLE = 100.0
_VALUE = "value."
_SIGNIFICANT = 12
_ROUNDING = 0.02  # a value stands for its class, which has as few as two digits


@dataclass
class _Table:
    """One distribution: its header's line, its lines, its footer, the factor to ms if declared."""

    start: int
    factor: float | None
    steps: list[Step] = field(default_factory=list)
    feet: dict[str, Foot] = field(default_factory=dict)


def sniff(head: bytes) -> int:
    """Return 85 for the header with a line below it; the output of wrk2 is known better as that."""
    start = _HEAD.search(head)
    return 85 if start and _ROW.search(head, start.end()) else 0


def pasted(text: bytes) -> int:
    """Return the same for a text, where the distributions in the output of wrk2 are part of it."""
    return sniff(_WRK2.sub(b"", text))


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all distributions of a text; more than one are told apart by the label `run`.

    Raises:
        Unreadable: there is none, or one is cut off.
    """
    tables = _tables(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, table in enumerate(tables, 1):
        labels = (("run", str(number)),) if len(tables) > 1 else ()
        facts += _facts(table, source, labels)
        problems += spectrum_problems(table.steps, table.feet.get("Max"), source)
    problems += _unsaid(tables, source.at(tables[0].start))
    if not any(table.steps for table in tables):
        message, help_ = "no value was recorded", "did the run send requests?"
        problems.append(Problem("inconclusive", "no-samples", message, source.at(1), help_))
    problems += common_problems(facts, source.at(1), rounding=_ROUNDING)
    return Reading(tuple(facts), tuple(problems))


def _tables(source: Source) -> list[_Table]:
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    tables: list[_Table] = []
    factor = None
    for line in plain_lines(source):
        if _HEADER.match(line.text):
            tables.append(_Table(line.number, factor))
        elif line.text.startswith("#"):
            factor = declared_unit(line.text) or factor
            if tables and (foot := parse_foot(line.text, line.number, source)):
                tables[-1].feet.setdefault(foot.name, foot)
                tables[-1].factor = factor
        elif tables and (step := parse_step(line.text, line.number, source)):
            tables[-1].steps.append(step)
    if not tables:
        message = "there is no header `Value Percentile TotalCount 1/(1-Percentile)`"
        raise Unreadable("wrong-header", message, source.at(1), "keep the distribution whole")
    for table in tables:
        _check(table, source)
    return tables


def _check(table: _Table, source: Source) -> None:
    last = table.steps[-1] if table.steps else None
    if (last and last.share < 1) or (last is None and not table.feet):
        line = last.line if last else table.start
        message, help_ = "the distribution does not reach 100 %", "was the file cut off?"
        raise Unreadable("cut-off", message, source.at(line), help_)


def _facts(table: _Table, source: Source, labels: tuple[tuple[str, str], ...]) -> Iterator[Fact]:
    steps, feet, factor = table.steps, table.feet, table.factor
    if not steps:
        return
    total, last = steps[-1].reached, steps[-1]
    prefix, unit = ("", "ms") if factor else (_VALUE, "")

    def fact(name: str, value: float, line: int, ends: Interval | None = None) -> Fact:
        scaled = _scaled(value, factor)
        ends = ends and ends._replace(
            low=_scaled(ends.low, factor), high=_scaled(ends.high, factor)
        )
        return Fact(f"{prefix}{name}", scaled, unit, source.at(line), labels, total, "file", ends)

    count = "requests" if factor else f"{_VALUE}count"
    yield Fact(count, total, "", source.at(last.line), labels)
    if "Mean" in feet:
        yield fact("mean", feet["Mean"].value, feet["Mean"].line)
    for rank in _RANKS:
        if step := step_at(steps, rank / _WHOLE):
            ends = bounds(steps, rank / _WHOLE)
            yield fact(percentile(rank), step.value, step.line, ends)
    foot = feet.get("Max")
    if foot and foot.value >= last.value:
        yield fact("max", foot.value, foot.line)
    else:  # the footer of C has the lowest value of the last class
        yield fact("max", last.value, last.line)


def _scaled(value: float, factor: float | None) -> float:
    return float(f"{value * (factor or 1):.{_SIGNIFICANT}g}")


def _unsaid(tables: list[_Table], head: Location) -> Iterator[Problem]:
    if any(table.factor is None for table in tables):
        message = "the unit of these values is not in the file: they are given as `value.*`"
        help_ = "write a first line `#[Unit: ms]` (ns, us, ms or s) from the program that knows it"
        yield Problem("warning", "unknown-unit", message, head, help_)
    else:
        message = "a distribution has times only: no error rate, no rate and no duration"
        yield Problem("warning", "no-outcomes", message, head, "link what counts the failures too")
    yield correction_unknown(head)


_PER = ("run",)
_NAMES = ("mean", *(percentile(rank) for rank in _RANKS), "max")
READER = Reader(
    id="hdrhistogram-percentiles",
    title="HdrHistogram percentiles (`.hgrm`)",
    summary="percentiles as HdrHistogram prints them",
    rounding=0.01,
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "values recorded, where the unit is known", _PER),
        *(Metric(n, "ms", f"{n} response time, where the unit is known", _PER) for n in _NAMES),
        Metric(f"{_VALUE}*", "", "`value.p95` and so on, as they are written", _PER),
    ),
    produce="histogram.outputPercentileDistribution(out, 1000.0) below a line `#[Unit: ms]`",
    source="https://github.com/HdrHistogram/HdrHistogram (AbstractHistogram)",
    traps=(
        "The writer scales the values and writes no unit: `value.p95` has none, and a warning.",
        "With a comment `#[Unit: ms]` (ns, us, ms, s) the values are `p95` and so on, in ms.",
        "Many such files are milliseconds of wrk2, and many are not: nothing is guessed here.",
        "A percentile is the first line that reaches it: never lower than the samples'.",
        "Each has the confidence interval that the lines and their counts allow.",
        "A distribution that does not reach 100 % is cut off. The file has no date, rate or error.",
        "Where closed loops are measured, a file may be corrected for coordinated omission or not.",
        "In a pair of such files p99.9 was 87 ms and 25 ms; neither says which it is: a warning.",
    ),
    percentiles="rounded",
)
