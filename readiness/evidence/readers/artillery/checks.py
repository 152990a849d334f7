"""What an Artillery report says against itself, and what a reader of its numbers should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.facts import SHARES
from readiness.evidence.loadtest.numbers import is_number
from readiness.model.fact import Problem
from readiness.model.text import plural
from readiness.stats.digits import digits
from readiness.stats.histogram import from_counts, quantile
from readiness.stats.order_statistics import interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.artillery.report import Part, Report

LONGEST = 3 * 86_400_000  # ms between the first and the last period that can be one run
_SAME = 0.01
_SUMMED = ("http.requests", "http.responses", "vusers.created", "vusers.completed", "vusers.failed")
_USERS = ("created", "completed", "failed")
_OTHER = {"socketio.": "Socket.IO", "websocket.": "WebSocket", "browser.": "browser"}


def empty(report: Report, whole: Part | None) -> Iterator[Problem]:
    """Yield that there are no HTTP requests in it; `common_problems` says if none was sent."""
    if whole is not None:
        return
    names = [*report.counters(""), *(report.document.get("aggregate", "summaries") or {})]
    kinds = [kind for mark, kind in _OTHER.items() if any(n.startswith(mark) for n in names)]
    message = "there are no HTTP requests in it"
    message += f", only those of the {kinds[0]} engine" if kinds else ""
    help_ = "only tests with the HTTP engine give response times"
    yield Problem("inconclusive", "no-samples", message, report.document.at("aggregate"), help_)


def contradictions(report: Report, whole: Part) -> Iterator[Problem]:
    """Yield what the rest of the report contradicts."""
    codes = sum(whole.codes.values())
    for what, there, stated in (
        ("status codes", codes, whole.answered),
        ("response times", whole.timed, whole.answered),
    ):
        if abs(there - stated) > _SAME * stated:
            message = f"{stated:,} requests were answered, there are {there:,} {what}"
            yield contradiction(message, whole.at)
    if whole.answered > whole.sent:
        message = f"{whole.answered:,} requests were answered, {whole.sent:,} were sent"
        yield contradiction(message, whole.at)
    yield from _kept(report, whole) if report.legacy else _sums(report)


def _sums(report: Report) -> Iterator[Problem]:
    """Compare the counts with the sums of those of the periods."""
    for name in _SUMMED if report.periods else ():
        stated = report.counter(name)
        parts = [
            report.counter(name, "intermediate", i, "counters") or 0
            for i in range(len(report.periods))
        ]
        if stated is not None and sum(parts) != stated:
            message = f"`{name}` is {stated:,}, its periods add up to {sum(parts):,}"
            yield contradiction(message, report.at("counters", report.name(name)))
    key = report.name("http.response_time")
    longest = report.value("summaries", key, "max")
    found = [
        report.document.get("intermediate", i, "summaries", key, "max")
        for i in range(len(report.periods))
    ]
    most = max((value for value in found if is_number(value)), default=None)
    if longest is not None and most is not None and most != longest:
        message = (
            f"the maximum is {digits(longest)} ms, the longest of a period took {digits(most)} ms"
        )
        yield contradiction(message, report.at("summaries", key, "max"))


def _kept(report: Report, whole: Part) -> Iterator[Problem]:
    """Compare the statistics of Artillery 1 with the response times that it kept."""
    counts: dict[float, int] = {}
    for ms in report.latencies():
        counts[ms] = counts.get(ms, 0) + 1
    histogram = from_counts(counts)
    ends = {"min": 0.0, "max": 1.0}
    for name, (stated, at) in whole.times.items() if counts else ():
        if name not in SHARES and name not in ends:
            continue
        low = high = kept = quantile(histogram, SHARES.get(name) or ends.get(name, 0.0))
        if name in SHARES:  # some versions interpolate, some approximate
            low, high = interval(histogram, SHARES[name])
        if not low * (1 - _SAME) - 0.1 <= stated <= high * (1 + _SAME) + 0.1:
            message = (
                f"`{name}` is {digits(stated)} ms, the response times kept give {digits(kept)} ms"
            )
            yield contradiction(message, at)


def warnings(report: Report, whole: Part) -> Iterator[Problem]:
    """Yield what a reader of the numbers should know."""
    if whole.silent and whole.answered:
        message = f"{whole.silent:,} of {whole.sent:,} requests had no answer and have no time"
        message += f": the times are those of {whole.answered:,}"
        help_ = "judge `errors` beside the times"
        yield Problem("warning", "answered-only", message, whole.at, help_)
    if lost := max(0, whole.silent - whole.broken):
        message = f"{plural(lost, 'request')} neither answered nor failed: counted as failures"
        yield Problem("warning", "unanswered", message, whole.at, "was the run stopped early?")
    yield from _arrivals(report)


def _arrivals(report: Report) -> Iterator[Problem]:
    """Yield that virtual users did not finish; of those that did not start `dropped` tells."""
    created, completed, failed = (
        0 if report.legacy else report.counter(f"vusers.{name}") or 0 for name in _USERS
    )
    if created > completed + failed:
        message = f"{created - completed - failed:,} of {created:,} virtual users did not finish"
        at = report.at("counters", report.name("vusers.created"))
        yield Problem("warning", "unfinished", message, at, "was the run stopped early?")
