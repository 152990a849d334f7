"""Reads what h2load prints, pasted or not, into load facts: one group per run.

Format: src/h2load.cc of https://github.com/nghttp2/nghttp2, section OUTPUT of its manual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import ARRIVALS, HELP, arrivals, stall_problems
from readiness.evidence.loadtest.totals import mean_problems, mixed_times
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.h2load.runs import Result
    from readiness.model.checklist import FactMap

_END = pattern(rb"^[ \t>]*finished in [0-9.]+\S{0,12}, [0-9.]+ req/s, ", re.MULTILINE)
_COUNTS = pattern(rb"^[ \t>]*requests: [0-9]+ total, [0-9]+ started, ", re.MULTILINE)
_BEGIN = pattern(rb"^[ \t>]*spawning thread #[0-9]+: [0-9]+ ", re.MULTILINE)
_START = b"starting benchmark..."
_ROUNDING = 0.01  # two decimals of the unit


def sniff(head: bytes) -> int:
    """Return 90 for the first two lines of a run, or of its results."""
    if _END.search(head) and _COUNTS.search(head):
        return 90
    return 90 if _BEGIN.search(head) and _START in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a text; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.h2load.runs import read_runs  # noqa: PLC0415 - start-up time

    facts: list[Fact] = []
    problems: list[Problem] = []
    for result in read_runs(source):
        facts += result.run.facts
        problems += [*result.problems, *_warnings(result)]
    problems += common_problems(facts, source.at(1), rounding=_ROUNDING, pace=None)
    return Reading((*facts, *arrivals(facts)), tuple(problems))


def _warnings(result: Result) -> Iterator[Problem]:
    run, at = result.run, result.times_at
    if not result.answered:
        return
    yield from mean_problems(run)
    yield from mixed_times(result.answered, result.status, result.lost, at)
    if not any(fact.metric.startswith("p") for fact in run.facts):
        message = "there are no percentiles in it: only minimum, mean and maximum"
        help_ = "keep the `--log-file` too (`h2load-log`): it has each request"
        yield Problem("warning", "no-percentiles", message, at, help_)
    if result.timeouts:
        message = (
            f"{result.timeouts:,} requests timed out and are in no time: the server stood still, "
            "and a closed loop sent nothing meanwhile"
        )
        yield Problem("warning", "coordinated-omission", message, at, HELP)
    else:
        yield from stall_problems(run.facts)


_PER = ("run",)
READER = Reader(
    id="h2load",
    title="h2load output",
    summary="requests, errors, rate and response times of runs of h2load",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=_ROUNDING,
    metrics=(
        Metric("requests", "", "requests that succeeded or failed", _PER),
        Metric("failures", "", "responses of 4xx and 5xx, and requests without a response", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "responses per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took, without a warm-up", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "clients", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "p50, p95 and p99, in newer versions", _PER),
    ),
    produce="h2load -n 100000 -c 64 -t 2 --log-file=h2load.tsv https://host/path > h2load.txt",
    source="https://nghttp2.org/documentation/h2load.1.html",
    traps=(
        "Most versions print no percentiles: a warning names the log, which has each request.",
        "`failed` has 4xx and 5xx in it, and what got no response (`errored`, `timeout`).",
        "Times are those of responses, error responses among them.",
        "With a warm-up, `finished in` has it in it: `duration` is without.",
        "`concurrency` is the sum of the clients of all threads, not of their streams (`-m`).",
        "It is a closed loop: timeouts, or a far maximum, give `coordinated-omission`.",
        "Several runs in one text, Markdown too, have the label `run`: the worst counts.",
        "There is no date in the output.",
    ),
)
