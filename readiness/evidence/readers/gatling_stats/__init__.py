"""Reads the statistics of a Gatling report (`stats.js`, `stats.json`, `global_stats.json`).

Format: StatsDotJsTemplate.scala and, until 3.13.4, GlobalStatsJsonTemplate.scala in
https://github.com/gatling/gatling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.failed import failed_fast
from readiness.evidence.loadtest.numbers import percentile
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.gatling_stats import checks
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.gatling_stats.document import Labels, Node, Stats
    from readiness.model.checklist import FactMap

_MARKS = (b'"numberOfRequests"', b'"percentiles1"', b'"meanResponseTime"')
_LOW = {"minResponseTime": "min", "meanResponseTime": "mean"}
_HIGH = {"maxResponseTime": "max"}
_RATE = "meanNumberOfRequestsPerSecond"
_PASSED = (("response", "expected"),)
_HELP = "`where response = expected` holds the passed ones"
_DIGEST = 0.03  # p95 of a t-digest was 2 % off
_ROUNDED = 0.5  # requests per second from which two decimals are exact enough


def sniff(head: bytes) -> int:
    """Return 90 for a JSON object, or `var stats =`, with three names of Gatling's statistics."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"{", b"var stats")):
        return 0
    return 90 if all(mark in head for mark in _MARKS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of any of the three kinds.

    Raises:
        Unreadable: no such file, or a value that is no number.
    """
    from readiness.evidence.readers.gatling_stats.document import (  # noqa: PLC0415 - start-up time
        load,
    )

    stats = load(source)
    wrong = checks.misranked(stats)
    facts = [fact for node in (stats.root, *stats.nodes) for fact in _facts(node, ranked=not wrong)]
    facts += _duration(stats)
    problems = list(checks.contradictions(stats))
    problems += failed_fast(facts, _HELP, rounding=_DIGEST)
    if wrong:
        message = f"the percentiles are not the 50th, 75th, 95th and 99th: {wrong[0]}"
        help_ = "report with the default percentiles, or link the `simulation.log`"
        problems.append(Problem("warning", "percentiles-unknown", message, wrong[1], help_))
    return Reading(tuple(facts), (*problems, *common_problems(facts, source.at(1))))


def _facts(node: Node, *, ranked: bool) -> Iterator[Fact]:
    total, failed = node.count(), node.count("ko")
    group = node.kind == "GROUP"
    at, failures = node.at("numberOfRequests", "total"), node.at("numberOfRequests", "ko")
    prefix, labels = "group." if group else "", node.labels
    yield Fact("group.count" if group else "requests", total, "", at, labels)
    if not group:
        yield Fact("failures", failed, "", failures, labels)
    if not total:
        return
    share = failed / total
    yield Fact(f"{prefix}errors", share, "ratio", failures, labels, total, "derived")
    if not group and (rate := node.value(_RATE)):
        yield Fact("rate", rate, "1/s", node.at(_RATE, "total"), labels, total)
    yield from _times(node, "total", prefix, labels, ranked=ranked)
    if failed and node.count("ok") and not group:
        yield from _times(node, "ok", prefix, tuple(sorted(labels + _PASSED)), ranked=ranked)


def _times(node: Node, side: str, prefix: str, labels: Labels, *, ranked: bool) -> Iterator[Fact]:
    ranks = node.ranks() if ranked else {}
    names = _LOW | {name: percentile(rank) for name, rank in ranks.items()} | _HIGH
    samples = node.count(side)
    for name, metric in names.items():
        if (value := node.value(name, side)) is not None:
            yield Fact(f"{prefix}{metric}", value, "ms", node.at(name, side), labels, samples)


def _duration(stats: Stats) -> Iterator[Fact]:
    """Yield the duration, where the rate is exact enough to tell."""
    rate, total = stats.root.value(_RATE) if stats.root.count() else None, stats.root.count()
    if rate and (stats.exact or rate >= _ROUNDED):
        at = stats.root.at(_RATE, "total")
        yield Fact("duration", total / rate * 1000, "ms", at, (), total, "derived")


_PER = ("endpoint", "response")
_TIMED = ("min", "mean", "max", "p*")
READER = Reader(
    id="gatling-stats",
    title="Gatling statistics",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "requests made", ("endpoint",)),
        Metric("failures", "", "requests that failed (KO)", ("endpoint",)),
        Metric("errors", "ratio", "failures per request", ("endpoint",)),
        Metric("rate", "1/s", "requests per second over the whole test", ("endpoint",)),
        Metric("duration", "ms", "requests / rate: whole seconds, rounded up"),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in _TIMED),
        Metric("group.count", "", "how often a group ran", ("group",)),
        Metric("group.errors", "ratio", "runs of a group that failed", ("group",)),
        *(Metric(f"group.{n}", "ms", f"{n} time of a group", ("group",)) for n in _TIMED),
    ),
    produce="mvn gatling:test  # then target/gatling/<run>/js/stats.js",
    source="https://github.com/gatling/gatling (StatsDotJsTemplate.scala)",
    traps=(
        "Since 3.13.5 there is `stats.js` only, which is JavaScript: numbers are texts in it.",
        "`-` in it, and 0 in JSON, stand for `none` where no request passed or failed: no fact.",
        "`percentiles1` to 4 are 50, 75, 95, 99 unless configured; before 2.1 two: 95 and 99.",
        "Percentiles that contradict the counts below 800 and 1200 ms are not those: no fact.",
        "Percentiles are approximate (t-digest), p99 by up to 10 %: `simulation.log` is exact.",
        "Times hold failed requests too; `where response = expected` holds the passed ones.",
        "A group's time is that of its requests together: it is `group.*`, never a request.",
        "The rate counts from the first user to the last in whole seconds, rounded up.",
        "A total that is not the sum of its requests is invalid.",
        "So are times of failed requests where none failed: somebody took the failures out.",
        "The file has no date and no users: it is dated by its commit.",
    ),
    rounding=0.1,  # t-digest: p99 was 8 % off, of 11,400 requests
    percentiles="approximate",
    shape="json",
    summary="requests, errors, rate and response times of a Gatling run, by request",
)
