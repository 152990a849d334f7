"""Reads an end-of-test summary of k6 (`--summary-export` or `handleSummary`) into load facts.

Format: https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ and, for the
older export, js/summary.js in https://github.com/grafana/k6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import failed_problems
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.k6 import TAGS, THRESHOLDS, failed_thresholds
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.k6_summary import checks
from readiness.evidence.readers.k6_summary.summary import EXPECTED, Summary, fact_prefix
from readiness.evidence.readers.k6_summary.summary import Metric as Measured
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_NAMES = (
    b'"root_group"',
    b'"testRunDurationMs"',
    b'"iteration_duration"',
    b'"vus_max"',
    b'"http_req_duration"',
    b'"data_received"',
)
_OTHER = pattern(rb'"k6Version"|"type"\s*:\s*"(?:Metric|Point)"')


def sniff(head: bytes) -> int:
    """Return 90 for JSON with `metrics` and two or more names that only k6 uses in a summary."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"metrics"' not in head:
        return 0
    return 90 if sum(name in head for name in _NAMES) > 1 and not _OTHER.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a summary of either shape.

    Raises:
        Unreadable: not strict JSON, not a k6 summary, or a value that is not a number.
    """
    summary = Summary(source)
    facts = [*_run(summary), *_verdicts(summary)]
    for metric in summary.metrics.values():
        if metric.labels or metric.key == metric.name:
            facts += _facts(metric)
    problems = [
        *checks.empty(summary, facts),
        *checks.contradictions(summary),
        *checks.warnings(summary, facts),
        *failed_thresholds(facts),
        *failed_problems(facts),
        *_stalls(summary, facts),
    ]
    return Reading(tuple(facts), tuple(problems))


def _stalls(summary: Summary, facts: list[Fact]) -> Iterator[Problem]:
    """Yield what a closed loop would hide; iterations are dropped by an open one only."""
    if "dropped_iterations" not in summary.metrics:
        yield from stall_problems(fact for fact in facts if not fact.labels)


def _run(summary: Summary) -> Iterator[Fact]:
    if duration := summary.duration:
        value, at, stated = duration
        yield Fact("duration", value, "ms", at, (), None, "file" if stated else "derived")
    for key, stat, metric, unit in (
        ("vus_max", "max", "concurrency.allocated", ""),
        ("vus", "max", "concurrency", ""),
        ("data_received", "rate", "throughput", "B/s"),
        ("dropped_iterations", "count", "dropped", ""),
    ):
        if (number := summary.get(key, stat)) is not None:
            yield Fact(metric, number, unit, summary.metrics[key].at(stat))


def _verdicts(summary: Summary) -> Iterator[Fact]:
    """Yield the thresholds that were decided on samples."""
    held = [t for t in summary.thresholds() if not t[0].unsampled]
    for metric, text, ok, at in held:
        yield Fact("threshold", ok, "", at, (("expression", f"{metric.key}: {text}"),))
    at = summary.document.at("metrics")
    for name, ok in (("passed", True), ("failed", False)) if held else ():
        number = sum(threshold[2] is ok for threshold in held)
        yield Fact(f"thresholds.{name}", number, "", at, (), None, "derived")


def _facts(metric: Measured) -> Iterator[Fact]:
    """Yield what one metric says; nothing for zeros that stand for no sample."""
    if metric.name == "http_reqs" and (count := metric.number("count")) is not None:
        yield Fact("requests", count, "", metric.at("count"), metric.labels)
        if count and (rate := metric.number("rate")):
            yield Fact("rate", rate, "1/s", metric.at("rate"), metric.labels, int(count))
    if metric.unsampled:
        return
    stat, ratio = metric.ratio
    names = {"http_req_failed": "errors", "checks": "checks"}
    if metric.name in names and metric.judged and ratio is not None:
        yield Fact(
            names[metric.name], ratio, "ratio", metric.at(stat), metric.labels, int(metric.judged)
        )
    prefix = fact_prefix(metric)
    for name, stat, value in metric.times() if prefix is not None else ():
        yield Fact(f"{prefix}{name}", value, "ms", metric.at(stat), metric.labels, _samples(metric))


def _samples(metric: Measured) -> int | None:
    count = metric.number("count")
    if count is None and metric.name == "http_req_duration":
        if metric.labels == EXPECTED:
            count = metric.summary.get("http_req_failed", "fails")
        else:
            count = metric.summary.get(metric.key.replace(metric.name, "http_reqs", 1), "count")
    return None if count is None else int(count)


_TIMED = ("min", "mean", "max", "p*")
READER = Reader(
    id="k6-summary",
    title="k6 summary",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "HTTP requests made", TAGS),
        Metric("rate", "1/s", "HTTP requests per second over the whole test", TAGS),
        Metric("errors", "ratio", "failed requests per request", TAGS),
        Metric("checks", "ratio", "checks that passed", TAGS),
        Metric("duration", "ms", "how long the test ran"),
        Metric("concurrency", "", "virtual users active, at most"),
        Metric("concurrency.allocated", "", "virtual users allocated, at most"),
        Metric("throughput", "B/s", "bytes received per second"),
        Metric("dropped", "", "iterations not started for want of a virtual user"),
        *(Metric(name, "ms", f"{name} request duration", TAGS) for name in _TIMED),
        Metric("custom.*", "ms", "a time metric of your own: `custom.llm_ttft.p95`", TAGS),
        *THRESHOLDS,
    ),
    produce="k6 run --summary-export=summary.json --summary-trend-stats="
    "'min,avg,med,p(90),p(95),p(99),max,count' script.js",
    source="https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/",
    traps=(
        "In an export `true` at a threshold means that it FAILED; handleSummary has `ok`.",
        "`http_req_failed.passes` counts the failed requests, in both shapes.",
        "There is no p99 unless `summaryTrendStats` asks for it, even beside a threshold on it.",
        "A metric without samples is all zeros and its thresholds pass: that is `no-samples`.",
        "A refused request counts as 0 ms: a warning shows a time that failures made better.",
        "`vus_max` is the users allocated; `concurrency` is `vus`, the users that were active.",
        "gRPC and browser runs have no HTTP metrics: their times are `custom.*`.",
        "Only handleSummary says which metrics are times: an export gives no `custom.*`.",
        "A verdict, ratio, count or percentile that the rest of the file contradicts is invalid.",
        "The file has no date: it is dated by its commit.",
    ),
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, rate, response times, checks and thresholds of a k6 run",
)
