"""Reads JSON results of Fortio, and of Nighthawk in Fortio's format, into load facts.

Formats: periodic/periodic.go, stats/stats.go and fhttp/httprunner.go of
https://github.com/fortio/fortio, api/client/transform/fortio.proto of
https://github.com/envoyproxy/nighthawk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals, stall_problems
from readiness.evidence.loadtest.embedded import json_documents
from readiness.evidence.loadtest.target import SHOWN, by_endpoint, path_of
from readiness.evidence.loadtest.totals import mixed_times, run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.fortio.result import Result
    from readiness.model.checklist import FactMap

_NAMES = (b'"ActualQPS"', b'"DurationHistogram"', b'"ActualDuration"', b'"RequestedQPS"')
_MARK = pattern(rb'"DurationHistogram"\s*:\s*\{')
_BUCKET = pattern(rb'"Start"\s*:\s*[0-9.e-]+,\s*"End"\s*:\s*[0-9.e-]+,\s*"Percent"\s*:')
_KEYS = ("ActualQPS", "DurationHistogram")
_REACHED = 0.95


def sniff(head: bytes) -> int:
    """Return 90 for three names of its JSON, or for the histogram with one of its buckets."""
    if sum(name in head for name in _NAMES) > 2:  # noqa: PLR2004
        return 90
    return 90 if _MARK.search(head) and _BUCKET.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all results of a file; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no result, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.fortio.result import (  # noqa: PLC0415 - start-up time
        contradictions,
        read_result,
    )

    documents = json_documents(source, _KEYS)
    facts: list[Fact] = []
    problems: list[Problem] = []
    dated = []
    for number, document in enumerate(documents, 1):
        result = read_result(document, run_labels(number, len(documents)))
        facts += result.run.facts
        facts += () if result.nighthawk else arrivals(result.run.facts)
        problems += [*contradictions(result), *_warnings(result)]
        if result.produced:
            dated.append((result.produced, document.at("StartTime")))
    problems += common_problems(facts, source.at(1))
    latest = max(dated, key=lambda pair: pair[0]) if dated else (None, None)
    named = by_endpoint(facts, [path_of(document.get("URL")) for document in documents])
    return Reading(tuple(named), tuple(problems), *latest)


def _warnings(result: Result) -> Iterator[Problem]:
    run, document = result.run, result.document
    if result.nighthawk:
        message = "Nighthawk counts only 2xx responses in this format: there is no error rate"
        help_ = "keep its own JSON beside it, and judge errors by another file"
        yield Problem("warning", "no-errors", message, document.at("RetCodes"), help_)
    yield from mixed_times(result.timed, result.failures or 0, 0, result.at)
    yield from _bucketed(result)
    wanted, rate = run.value("rate.requested"), run.value("rate")
    if wanted and rate is not None and rate < _REACHED * wanted:
        message = f"{digits(wanted)} requests per second were asked for, {digits(rate)} were made"
        help_ = "the service or the client could not keep up: see the times"
        yield Problem("warning", "rate-missed", message, document.at("ActualQPS"), help_)
    if "interrupted" in str(document.get("RequestedDuration")):
        message = "the run was interrupted"
        at = document.at("RequestedDuration")
        yield Problem("inconclusive", "interrupted", message, at, "let it run to its end")
    if not result.nighthawk:
        yield from stall_problems(run.facts)


def _bucketed(result: Result) -> Iterator[Problem]:
    """Yield a warning for the percentile that lies in the widest bucket."""
    if result.wide:
        name, bucket = max(result.wide, key=lambda pair: 1 - pair[1].start / pair[1].end)
        message = f"`{name}` lies between {digits(bucket.start)} and {digits(bucket.end)} ms: "
        message += f"{digits(result.run.value(name) or 0)} ms is taken"
        help_ = "let Fortio compute it (`-p 50,75,90,95,99,99.9`) with a finer `-r`"
        help_ = "it may be lower" if result.nighthawk else help_
        yield Problem("warning", "bucketed", message, bucket.at, help_)


_PER = ("endpoint", "run")
READER = Reader(
    id="fortio",
    title="Fortio result",
    summary="requests, errors, rate and response times of Fortio, or Nighthawk's Fortio output",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=0.2,
    metrics=(
        Metric("requests", "", "requests made", _PER),
        Metric("failures", "", "requests with another code than 2xx, 418, `SERVING`, `OK`", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("rate.requested", "1/s", "the rate that was asked for, if it was not `max`", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "connections (Fortio's threads)", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "percentiles: those in the file, others from its histogram", _PER),
    ),
    produce="fortio load -c 64 -qps 100 -t 10m -p 50,75,90,95,99,99.9 -json fortio.json URL",
    source="https://github.com/fortio/fortio (periodic/periodic.go, stats/stats.go)",
    traps=(
        "Times are in seconds, `ActualDuration` is in nanoseconds; Nighthawk's is in seconds.",
        "`RequestedQPS` is a text, and may be `max`; a rate that was not reached is a warning.",
        "Percentiles that Fortio lists are interpolated within a bucket.",
        "Others are the upper end of their bucket, with a warning (`bucketed`) if it is wide.",
        "Codes other than 2xx and 418 are failures, redirects too; -1 is a socket error.",
        "Failed requests are among the times: `failed-fast`.",
        "Nighthawk writes counts as texts, no mean, and counts only 2xx: there is no `errors`.",
        "Nighthawk's `NumThreads` and `RequestedQPS` are of workers: they are not read.",
        "Fortio's threads wait for answers: a far maximum gives `coordinated-omission`.",
        SHOWN,
        "Several results in one file have the label `run`: the worst counts.",
    ),
    percentiles="interpolated",
    shape="json",
)
