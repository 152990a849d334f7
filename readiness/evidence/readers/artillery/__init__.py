"""Reads a JSON report of Artillery (`artillery run --output`), version 1 or 2, into load facts.

Format: packages/core/lib/ssms.js of https://github.com/artilleryio/artillery (2) and core/lib/
stats2.js (1); https://www.artillery.io/docs/reference/reported-metrics names the metrics.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.facts import EXPECTED, HELD, times
from readiness.evidence.loadtest.failed import failed_fast
from readiness.evidence.loadtest.numbers import count, is_number
from readiness.evidence.loadtest.realism import own_errors
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.artillery import checks
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern
from readiness.stats.held import held_rate
from readiness.stats.histogram import from_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.artillery.report import Part, Report, Times
    from readiness.model.checklist import FactMap
    from readiness.model.load import Labels

ROUNDING = 0.03  # the sketch is right to 1 %, each way, and values are cut to 0.1 ms
_MARKS = (
    b'"vusers.created',
    b'"http.request_rate"',
    b'"firstCounterAt"',
    b'"lastMetricAt"',
    b'"scenariosCreated"',
    b'"requestsCompleted"',
    b'"scenarioDuration"',
)
_PART = pattern(rb'"(?:aggregate|intermediate)"\s*:')
_NAME = pattern(r"[A-Za-z0-9_.\-]+")
_KNOWN = ("http.", "engine.http.", "vusers.", "core.vusers.", "plugins.")
_HELP = "judge times `where response = expected`"
_USERS = ("created", "completed", "failed")


def sniff(head: bytes) -> int:
    """Return 90 for JSON with `aggregate` or `intermediate` and two names of Artillery's own."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or not _PART.search(head):
        return 0
    return 90 if sum(mark in head for mark in _MARKS) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a report.

    Raises:
        Unreadable: not strict JSON, not a report of Artillery, or a value that is no number.
    """
    from readiness.evidence.readers.artillery.report import Report  # noqa: PLC0415 - start-up time

    report = Report(source)
    whole = report.whole()
    facts = [*(_part(report, whole) if whole else ()), *_run(report)]
    if whole is not None:
        facts += _held(report)
        facts += [fact for part in report.endpoints() for fact in _part(report, part)]
    problems = [
        *checks.empty(report, whole),
        *(checks.contradictions(report, whole) if whole else ()),
        *(checks.warnings(report, whole) if whole else ()),
        *failed_fast(facts, _HELP, rounding=ROUNDING),
        *(common_problems(facts, source.at(1), rounding=ROUNDING) if whole else ()),
        *own_errors(report.errors(), source.at(1)),
    ]
    ended = report.ended
    return Reading(tuple(facts), tuple(problems), *(ended or (None, None)))


def _part(report: Report, part: Part) -> Iterator[Fact]:
    """Yield what the whole run or one endpoint did."""
    at, labels, sent = part.at, part.labels, part.sent
    yield Fact("requests", sent, "", at, labels, None, "derived" if labels else "file")
    yield Fact("failures", part.failures, "", at, labels, None, "derived")
    if not sent:
        return
    yield Fact("errors", part.failures / sent, "ratio", at, labels, sent, "derived")
    if duration := report.duration:
        yield Fact("rate", sent / duration[0] * 1000, "1/s", at, labels, sent, "derived")
    latencies = [] if labels else report.latencies()
    if latencies:
        counts: dict[float, int] = {}
        for ms in latencies:
            counts[ms] = counts.get(ms, 0) + 1
        yield from times(from_counts(counts), report.at("latency"))
    else:
        yield from _times(part.times, labels, part.timed)
    redirects = any(code.startswith("3") for code in part.codes)
    if part.failures and not labels and not report.legacy and not redirects:
        good, timed = report.summary("summaries", report.name("http.response_time.2xx"))
        yield from _times(good, (EXPECTED,), timed)


def _times(found: Times, labels: Labels, samples: int | None, prefix: str = "") -> Iterator[Fact]:
    unit = "" if prefix.startswith("custom.") else "ms"
    for name, (value, at) in found.items():
        yield Fact(f"{prefix}{name}", value, unit, at, labels, samples)


def _run(report: Report) -> Iterator[Fact]:
    """Yield what is known of the run beside its requests."""
    if duration := report.duration:
        yield Fact("duration", duration[0], "ms", duration[1], (), None, "derived")
    if report.legacy:
        names = {"scenariosCreated": "vusers.created", "scenariosCompleted": "vusers.completed"}
        names["scenariosAvoided"] = "dropped"
        for key, metric in names.items():
            if (value := report.value(key)) is not None:
                yield Fact(metric, count(value, report.at(key), f"`{key}`"), "", report.at(key))
        users = [(period.get("concurrency"), i) for i, period in enumerate(report.periods)]
        if found := [(value, i) for value, i in users if is_number(value) and value > 0]:
            most, index = max(found)
            at = report.document.at("intermediate", index, "concurrency")
            yield Fact("concurrency", most, "", at, (), None, "derived")
        return
    yield from _users(report)
    yield from _checks(report)
    size = report.counter("http.downloaded_bytes")
    if duration and size:
        at = report.at("counters", report.name("http.downloaded_bytes"))
        yield Fact("throughput", size / duration[0] * 1000, "B/s", at, (), None, "derived")
    session, samples = report.summary("summaries", report.name("vusers.session_length"))
    yield from _times(session, (), samples, "session.")
    for name in report.document.get("aggregate", "summaries") or {}:
        if not name.startswith(_KNOWN) and _NAME.fullmatch(name):
            found_times, samples = report.summary("summaries", name)
            yield from _times(found_times, (), samples, f"custom.{name}.")


def _users(report: Report) -> Iterator[Fact]:
    """Yield arrivals, and the most users that were active when a period of 10 s ended."""
    for name in (*_USERS, "skipped"):
        key = f"vusers.{name}"
        if (value := report.counter(key)) is not None:
            metric = "dropped" if name == "skipped" else key
            yield Fact(metric, value, "", report.at("counters", report.name(key)))
    if report.counter("vusers.failed") is None:  # builds that do not count those who gave up
        return
    active, most = 0, (0, 0)
    for _, index in _in_order(report):
        steps = ("intermediate", index, "counters")
        created, completed, failed = (report.counter(f"vusers.{n}", *steps) or 0 for n in _USERS)
        active += created - completed - failed
        most = max(most, (active, index))
    if most[0] > 0:
        at = report.document.at("intermediate", most[1], "counters")
        yield Fact("concurrency", most[0], "", at, (), None, "derived")


def _in_order(report: Report) -> list[tuple[int, int]]:
    """Return (start in ms, index) of the periods, in order of time; none if one has no time."""
    found = [(str(p.get("period", "")), index) for index, p in enumerate(report.periods)]
    if not all(re.fullmatch(r"[0-9]{1,15}", text) for text, _ in found):
        return []
    return sorted((int(text), index) for text, index in found)


def _checks(report: Report) -> Iterator[Fact]:
    """Yield the share of expectations that were met, if the plug-in `expect` counted them."""
    met, failed = (report.counter(f"plugins.expect.{name}") or 0 for name in ("ok", "failed"))
    if total := met + failed:
        at = report.at("counters", "plugins.expect.ok" if met else "plugins.expect.failed")
        yield Fact("checks", met / total, "ratio", at, (), total, "derived")


def _held(report: Report) -> Iterator[Fact]:
    """Yield the rates that were held, from the responses in each period of 10 s."""
    from readiness.evidence.readers.artillery.report import PERIOD  # noqa: PLC0415 - start-up time

    periods = [] if report.legacy else _in_order(report)
    if not periods or periods[-1][0] - periods[0][0] > checks.LONGEST:
        return
    first, width = periods[0][0], PERIOD * 1000
    responses = [0] * ((periods[-1][0] - first) // width + 1)
    for start, index in periods:
        came = report.counter("http.responses", "intermediate", index, "counters")
        responses[(start - first) // width] += came or 0
    at = report.document.at("intermediate")
    for name, seconds in HELD.items():
        if (held := held_rate(responses, PERIOD, seconds)) is not None:
            yield Fact("rate.held", held, "1/s", at, (("for", name),), None, "derived")


_PER = ("endpoint", "response")
READER = Reader(
    id="artillery",
    title="Artillery report",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "HTTP requests sent, answered or not", _PER),
        Metric("failures", "", "requests without an answer, or answered 4xx or 5xx", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("rate.held", "1/s", "the highest rate of answers that 19 of 20 equal parts of some "
               "stretch of that length reached: `rate.held where for = 5min`", ("for",)),
        Metric("duration", "ms", "from the first to the last thing that was counted"),
        Metric("concurrency", "", "the most virtual users active at the end of a period of 10 s"),
        Metric("throughput", "B/s", "bytes received per second"),
        Metric("checks", "ratio", "expectations met (plug-in `expect`)"),
        Metric("vusers.*", "", "virtual users that arrived (`created`), `completed`, `failed`"),
        Metric("dropped", "", "virtual users that did not start, because of `maxVusers`"),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "response time percentiles", _PER),
        Metric("session.*", "ms", "how long a virtual user took: `session.p95`"),
        Metric("custom.*", "", "a histogram of your own, as written: `custom.ttft.p95`"),
    ),
    produce="artillery run --output report.json test.yml",
    source="https://www.artillery.io/docs/reference/reported-metrics",
    traps=(
        "A refused or timed-out request is in `errors.*` only: codes alone say 100 % success.",
        "A timeout after the headers is in `http.codes.*` and in `errors.*`: counted once.",
        "`http.request_rate` is no requests per second of the run: counts and times give the rate.",
        "Percentiles are within 1 % (a sketch), and of answered requests only.",
        "Artillery fails no request for its status: here 4xx and 5xx are failures.",
        "`vusers.created` counts arrivals; `concurrency` is created less completed and failed.",
        "With `maxVusers` users are skipped, and the load is less than planned: `dropped`.",
        "A report that is not the sum of its periods, or whose codes are not, is invalid.",
        "Artillery 1 keeps every response time: percentiles are recomputed from them.",
    ),
    rounding=ROUNDING,
    percentiles="approximate",
    shape="json",
    summary="requests, errors, rate, response times and users of an Artillery run, by endpoint",
)  # fmt: skip
