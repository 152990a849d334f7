"""Reads interval logs of HdrHistogram (`.hlog`), all encodings, into facts of the whole log.

Format: HistogramLogWriter.java of https://github.com/HdrHistogram/HdrHistogram.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import correction_unknown
from readiness.evidence.loadtest.facts import SAMPLED
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.hdrhistogram_log.facts import VALUE
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.hdrhistogram_log.log import Log, Run
    from readiness.model.checklist import FactMap
    from readiness.model.load import Load

_MARKS = (
    pattern(rb"^[ \t]*#[ \t]*\[Histogram log format version ", re.MULTILINE),
    pattern(rb'^[ \t]*"StartTimestamp","Interval_Length","Interval_Max",', re.MULTILINE),
    pattern(rb"^[ \t]*#[ \t]*\[(?:StartTime|BaseTime): [0-9]", re.MULTILINE | re.IGNORECASE),
    pattern(rb"^(?:Tag=[^, ]*,)?(?:[ \t]*[0-9.]+,){3}(?:HIST|DHJ)", re.MULTILINE),
)
_SLACK = 0.02  # a writer may print the maximum of the class or of the samples
_LAST = 0.001  # the maximum has three decimals


def sniff(head: bytes) -> int:
    """Return 90 for two of: version, legend, start time, an interval with its histogram."""
    if b"#" not in head and b'"StartTimestamp"' not in head:  # one of them is in any two
        return 0
    return 90 if sum(1 for mark in _MARKS if mark.search(head)) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a log: response times where the unit is known, else values without one.

    Raises:
        Unreadable: a line that is no interval, or a histogram that is damaged.
    """
    from readiness.evidence.readers.hdrhistogram_log.log import (  # noqa: PLC0415 - start-up time
        read_log,
    )

    log = read_log(source)
    facts: list[Fact] = []
    problems = [*_unsaid(log)] if log.runs else []
    loads: list[Load] = []
    for number, run in enumerate(log.runs, 1):
        labels = (("run", str(number)),) if len(log.runs) > 1 else ()
        found, load = _run(log, run, labels)
        facts += found
        loads += load
        problems += _maxima(log, run)
    if any(fact.metric == f"{VALUE}count" and not fact.value for fact in facts):
        message, help_ = "no value was recorded", "did the run send requests?"
        problems.append(Problem("inconclusive", "no-samples", message, source.at(1), help_))
    problems += common_problems(facts, source.at(1), pace=None)
    whole = loads[0] if len(loads) == 1 else None
    if not log.runs or not log.runs[-1].epoch:
        return Reading(tuple(facts), tuple(problems), load=whole)
    line, end = log.runs[-1].last
    produced = datetime.fromtimestamp(round(end, 6), UTC)
    where = source.at(line, pointer="StartTimestamp")
    return Reading(tuple(facts), tuple(problems), produced, where, load=whole)


def _run(log: Log, run: Run, labels: tuple[tuple[str, str], ...]) -> tuple[list[Fact], list[Load]]:
    """Return the facts of each tag: the same request may stand under several of them."""
    facts: list[Fact] = []
    loads = []
    for tag, group in sorted(run.groups.items()):
        of_tag = (("scenario", tag or "(none)"),) if len(run.groups) > 1 else ()
        at = log.source.at(group.line, pointer="Interval_Compressed_Histogram")
        found, load = group.facts(at, (*labels, *of_tag))
        facts += found
        loads += [load] if load else []
    return facts, loads


def _unsaid(log: Log) -> Iterator[Problem]:
    factor, responses = log.scale
    head = log.source.at(log.first)
    if factor is None:
        message = "the unit of these values is not in the file: they are given as `value.*`"
        help_ = "write a comment `#[Unit: us]` (ns, us, ms or s) with `outputComment`"
        yield Problem("warning", "unknown-unit", message, head, help_)
    elif not responses:
        message = "jHiccup measures stalls of a machine, not response times: that is `value.*`"
        help_ = "link the output of the load test for those"
        yield Problem("warning", "not-responses", message, head, help_)
    else:
        message = "a histogram has times only: there is no error rate"
        help_ = "link what counts the failures too"
        yield Problem("warning", "no-outcomes", message, head, help_)
    if responses or factor is None:
        yield correction_unknown(head)
    if log.failed:
        message = "this log holds failed operations only"
        at, help_ = log.source.at(log.failed), "link the log of those that succeeded"
        yield Problem("inconclusive", "all-failed", message, at, help_)


def _maxima(log: Log, run: Run) -> Iterator[Problem]:
    """Yield the first interval whose stated maximum is not that of its histogram.

    The maximum is scaled by a ratio that is the same for all, and that the file need not say.
    """
    largest = max(run.maxima, key=lambda maximum: maximum.value)
    if not largest.stated:
        return
    for line, value, stated in run.maxima:
        expected = value * largest.stated / largest.value if largest.value else 0.0
        if abs(expected - stated) > _SLACK * max(expected, stated) + _LAST:
            message = (
                f"the maximum is stated as {digits(stated)}, its histogram gives {digits(expected)}"
            )
            yield contradiction(message, log.source.at(line, pointer="Interval_Max"))
            return


_PER = ("run", "scenario")
_HIDDEN = {"failures", "errors", "concurrency", "think_time", "share"}
READER = Reader(
    id="hdrhistogram-log",
    title="HdrHistogram interval log",
    summary="percentiles and pace of a log of histograms, from all its samples",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *(m._replace(labels=(*_PER, *(n for n in m.labels if n == "for")))
          for m in SAMPLED if m.name.rpartition(".")[2] not in _HIDDEN),
        Metric(f"{VALUE}count", "", "values recorded, of a log whose unit is not known", _PER),
        Metric(f"{VALUE}*", "", "`value.p95` and so on of such a log, as they are written; "
               "in ms for jHiccup", _PER),
    ),
    produce="HistogramLogWriter.outputComment('[Unit: us]'), then outputIntervalHistogram(…)",
    source="https://github.com/HdrHistogram/HdrHistogram (HistogramLogWriter, AbstractHistogram)",
    traps=(
        "The unit is not in the file. `Interval_Max` does not prove it: the ratio is 1,000,000",
        "by default, for nanoseconds and for YCSB's microseconds alike.",
        "The unit is known of YCSB, Cassandra stress and its kin, or from a comment `#[Unit: us]`.",
        "Else the values are `value.p95` and so on, without a unit, and a warning.",
        "jHiccup measures stalls of a machine: that is `value.*` too, never a response time.",
        "Each value stands for the upper end of its class (0.1 % wide with 3 digits), as in Java.",
        "Encodings V0, V1 and V2, also of a DoubleHistogram; each length and maximum is checked.",
        "Tags are kept apart (`scenario`): Cassandra has service, wait and response time of each.",
        "Times over a year before `StartTime` are relative to it, others absolute, as in Java.",
        "`rate.held` is given for stretches of at least twenty intervals.",
        "Whether it was corrected for coordinated omission is not in it: a warning says so.",
        "There are no failures in it; a log of YCSB's `…-FAILED` is inconclusive.",
    ),
    streams=True,
)  # fmt: skip
