"""Reads what autocannon prints, JSON (`--json`) or tables, into load facts: one group per run.

Formats: lib/run.js, lib/aggregateResult.js and lib/printResult.js of
https://github.com/mcollina/autocannon.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import ARRIVALS, HELP, arrivals, stall_problems
from readiness.evidence.loadtest.embedded import json_documents
from readiness.evidence.loadtest.target import SHOWN, by_endpoint, path_of
from readiness.evidence.loadtest.totals import Run, mixed_times, run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.autocannon.result import Result
    from readiness.model.checklist import FactMap

_NAMES = (b'"p97_5"', b'"2xx"', b'"non2xx"', b'"mismatches"', b'"pipelining"', b'"p0_001"')
_LATENCY = pattern(rb"\xe2\x94\x82[ \x1b\[0-9m]*Latency ")
_PACE = pattern(rb"\xe2\x94\x82[ \x1b\[0-9m]*Req/Sec ")
_JSON = ("latency", "requests", "2xx")
_STALL = 50  # ms: with times in whole ms, a few of them are no stall


def sniff(head: bytes) -> int:
    """Return 90 for four names of its JSON, or for the first row of two of its tables."""
    if sum(name in head for name in _NAMES) > 3:  # noqa: PLR2004
        return 90
    return 90 if _LATENCY.search(head) and _PACE.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a file; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.autocannon.result import (  # noqa: PLC0415 - start-up time
        read_result,
    )
    from readiness.evidence.readers.autocannon.tables import (  # noqa: PLC0415 - start-up time
        TABLE,
        read_tables,
    )

    if TABLE.search(source.text):
        results = read_tables(source)
    else:
        documents = json_documents(source, _JSON)
        results = [
            read_result(document, run_labels(number, len(documents)))
            for number, document in enumerate(documents, 1)
        ]
    facts: list[Fact] = []
    problems: list[Problem] = []
    for result in results:
        facts += result.run.facts
        problems += [*result.problems, *_warnings(result)]
    problems += common_problems(facts, source.at(1), pace=None)
    dated = [(r.finish, r.finished_at) for r in results if r.finish and r.finished_at]
    latest: tuple[datetime | None, Location | None] = max(dated) if dated else (None, None)
    named = by_endpoint([*facts, *arrivals(facts)], [path_of(result.url) for result in results])
    return Reading(tuple(named), tuple(problems), *latest)


def _warnings(result: Result) -> Iterator[Problem]:
    run, at = result.run, result.times_at
    yield from mixed_times(result.timed, result.timed_failures, result.lost, at)
    if any(fact.metric == "p97.5" for fact in run.facts):
        message = "autocannon has no p95: the next is `p97.5`, which is never below it"
        yield Problem("warning", "no-p95", message, at, "expect `p97.5`, or `p90` and `p97.5`")
    if result.timeouts and run.value("rate"):
        message = (
            f"{result.timeouts:,} requests timed out and are in no time: the server stood still, "
            "and a closed loop sent nothing meanwhile"
        )
        yield Problem("warning", "coordinated-omission", message, at, HELP)
    elif not result.spread and (run.value("max") or 0) >= _STALL:
        yield from stall_problems(_pipelined(run, result.pipelining))


def _pipelined(run: Run, depth: int) -> list[Fact]:
    """Return the facts with the requests that a connection has open at once as concurrency."""
    return [
        fact._replace(value=float(fact.value) * depth) if fact.metric == "concurrency" else fact
        for fact in run.facts
    ]


_PER = ("endpoint", "run")
READER = Reader(
    id="autocannon",
    title="autocannon output",
    summary="requests, errors, rate and response times of runs of autocannon, JSON or tables",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=0.1,
    metrics=(
        Metric("requests", "", "responses, and requests that ended in an error", _PER),
        Metric("failures", "", "responses other than 2xx or with a body that was not expected, "
               "connection errors and timeouts", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "responses per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "connections", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "percentiles: 50, 75, 90, 97.5, 99, 99.9 and more; no 95", _PER),
    ),
    produce="autocannon -c 64 -d 600 --json http://host/path > autocannon.json",
    source="https://github.com/mcollina/autocannon (lib/run.js, lib/printResult.js)",
    traps=(
        "There is no p95: `p97.5` is there, and a warning says so.",
        "Times are whole ms, rounded down: 0 is below 1 ms. `min` is left out if others are 0.",
        "`requests.average` is a mean of samples: `rate` is responses / duration instead.",
        "With `-R` or `-r` its correction halves a p50 of 200 ms: only `max` is kept then.",
        "The tables do not show that: add `--ignoreCoordinatedOmission`, or keep the JSON.",
        "Responses other than 2xx count as failures, redirects too.",
        "Refused connections and timeouts are in no time: `successes-only`.",
        "It is a closed loop: timeouts, or a far maximum, give `coordinated-omission`.",
        "The tables round counts (`2k requests`): requests are samples times their mean then.",
        "The tables go to stderr; terminal colours in them are skipped.",
        SHOWN,
        "With `--har` other paths than that were asked.",
        "Several runs in one file have the label `run`: the worst counts.",
    ),
    percentiles="rounded",
    shape="json",
)  # fmt: skip
