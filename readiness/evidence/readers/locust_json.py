"""Reads the statistics that Locust writes as JSON (`--json`, `--json-file`) into load facts.

Each endpoint has a histogram of its response times, of which the percentiles are computed again.
Format: `serialize` of class StatsEntry in locust/stats.py of https://github.com/locustio/locust.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals, stall_problems
from readiness.evidence.loadtest.events import event_problems
from readiness.evidence.loadtest.facts import HELD, SHARES
from readiness.evidence.loadtest.numbers import count, number
from readiness.evidence.loadtest.realism import own_cpu
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import plural
from readiness.patterns import pattern
from readiness.stats.digits import digits
from readiness.stats.held import held_rate
from readiness.stats.histogram import Histogram, from_counts, mean, merge, quantile, size
from readiness.stats.order_statistics import interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap
    from readiness.model.load import Labels

_MARKS = (
    b'"num_none_requests"', b'"num_reqs_per_sec"', b'"last_request_timestamp"',
    b'"response_times"', b'"total_response_time"',
)  # fmt: skip
_BEGIN = pattern(r"^[ \t]*\[(?=\s*(?:\{|\]\s*$))", re.MULTILINE)
_HINT = "keep the JSON as Locust wrote it"
_ROUNDING = 0.06  # two significant digits: 1049 ms is 1000
_EPOCH = (1_000_000_000, 10_000_000_000)  # seconds, the years 2001 to 2286
_LONGEST = 3 * 86_400  # seconds of which each may have its own number of requests
_KEY = pattern(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


class _Row(NamedTuple):
    """One endpoint: an entry of the list."""

    document: JsonDocument
    entry: int

    def at(self, *steps: str) -> Location:
        return self.document.at(self.entry, *steps)

    def get(self, key: str) -> Any:
        return self.document.get(self.entry, key)

    def whole(self, key: str) -> int:
        return count(self.get(key), self.at(key), f"`{key}`")

    def number(self, key: str) -> float | None:
        value = self.get(key)
        return None if value is None else number(value, self.at(key), f"`{key}`")

    def time(self, key: str) -> float | None:
        """Return seconds since 1970, None if there was no request."""
        value = self.number(key)
        if value is not None and not _EPOCH[0] <= value < _EPOCH[1]:
            message = f"`{key}` is no time in seconds since 1970"
            raise Unreadable("number", message, self.at(key), _HINT)
        return value

    def counts(self, key: str) -> dict[float, int]:
        """Return a mapping of numbers to how often each was seen."""
        value = self.get(key)
        if not isinstance(value, dict) or not all(_KEY.fullmatch(k) for k in value):
            message = f"`{key}` is not a list of numbers and how often each was seen"
            raise Unreadable("wrong-shape", message, self.at(key), _HINT)
        seen: dict[float, int] = {}
        for k, n in value.items():
            found = count(n, self.at(key, k), f"`{key}`")
            if found:
                seen[float(k)] = seen.get(float(k), 0) + found
        return seen

    @property
    def labels(self) -> Labels:
        named = (("endpoint", self.get("name")), ("method", self.get("method")))
        return tuple((label, text) for label, text in named if isinstance(text, str) and text)


def sniff(head: bytes) -> int:
    """Return 90 for four of the names that Locust gives in its statistics."""
    return 90 if sum(mark in head for mark in _MARKS) > len(_MARKS) - 2 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the statistics, which may stand behind lines of the log.

    Raises:
        Unreadable: cut off, not of Locust, or a value that is no number.
    """
    document = _document(source)
    if not isinstance(document.value, list):
        message = "there is no list of endpoints in it"
        raise Unreadable("wrong-shape", message, document.at(), "is it `--json` of Locust?")
    rows = [_Row(document, index) for index in range(len(document.value))]
    times = {row.entry: _histogram(row) for row in rows}
    began = [t for row in rows if (t := row.time("start_time")) is not None]
    ended = [(t, row) for row in rows if (t := row.time("last_request_timestamp")) is not None]
    seconds = max(t for t, _ in ended) - min(began) if began and ended else 0.0
    facts = [fact for row in rows for fact in _facts([row], times, seconds, row.labels)]
    if rows:
        facts = [*_facts(rows, times, seconds, ()), *facts, *_run(rows, seconds, document)]
    problems = [problem for row in rows for problem in _contradictions(row, times[row.entry])]
    problems += [*own_cpu(source), *_twice(rows), *_mixed(rows, document), *stall_problems(facts)]
    problems += [*event_problems(facts), *common_problems(facts, source.at(1), rounding=_ROUNDING)]
    facts += arrivals(facts)
    if not ended:
        return Reading(tuple(facts), tuple(problems))
    last, row = max(ended, key=lambda pair: pair[0])
    produced, at = datetime.fromtimestamp(last, UTC), row.at("last_request_timestamp")
    by_labels = {row.labels: times[row.entry] for row in rows} | {(): merge(times.values())}
    return Reading(tuple(facts), tuple(problems), produced, at, times=by_labels)


def _document(source: Source) -> JsonDocument:
    """Parse the list in a file, with lines of the log before and behind it left out."""
    text = source.text
    begin = _BEGIN.search(text)
    if begin is None:
        return JsonDocument(source)
    start = begin.end() - 1
    try:
        _, end = json.JSONDecoder(parse_int=float).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = len(text)
    if another := _BEGIN.search(text, end):
        line = text.count("\n", 0, another.end() - 1) + 1
        help_ = "keep each run in a file of its own"
        raise Unreadable("two-runs", "a second list of endpoints begins", source.at(line), help_)
    padding = "\n" * text.count("\n", 0, start)
    part = (padding + text[start:end]).encode("utf-8", "surrogatepass")
    return JsonDocument(source.part(part))


def _histogram(row: _Row) -> Histogram:
    return from_counts(row.counts("response_times"), _ROUNDING / 2)


def _facts(
    rows: list[_Row], times: dict[int, Histogram], seconds: float, labels: Labels
) -> Iterator[Fact]:
    """Yield what one endpoint did, or without labels all of them."""

    def at(key: str) -> Location:
        return rows[0].at(key) if labels else rows[0].document.at()

    def fact(metric: str, value: float, unit: str, key: str, samples: int | None = None) -> Fact:
        written = bool(labels) and key not in ("response_times", "total_response_time")
        origin: Literal["file", "derived"] = "file" if written else "derived"
        return Fact(metric, value, unit, at(key), labels, samples, origin)

    requests = sum(row.whole("num_requests") for row in rows)
    failures = sum(row.whole("num_failures") for row in rows)
    yield fact("requests", requests, "", "num_requests")
    yield fact("failures", failures, "", "num_failures")
    if not requests:
        return
    share = fact("errors", failures / requests, "ratio", "num_failures", requests)
    yield share._replace(origin="derived")
    size_of = sum(row.number("total_content_length") or 0 for row in rows)
    for metric, total, unit, key in (
        ("rate", requests, "1/s", "num_requests"),
        ("throughput", size_of, "B/s", "total_content_length"),
    ):
        if seconds and total:
            pace = fact(metric, total / seconds, unit, key, requests)
            yield pace._replace(origin="derived")
    histogram = merge(times[row.entry] for row in rows)
    timed = size(histogram)
    if not timed:
        return
    low = [v for row in rows if (v := row.number("min_response_time")) is not None]
    work = [row.number("total_response_time") or 0.0 for row in rows]
    high = [row.number("max_response_time") or 0.0 for row in rows]
    if low:
        yield fact("min", min(low), "ms", "min_response_time", timed)
    yield fact("mean", sum(work) / timed, "ms", "total_response_time", timed)
    for name, rank in SHARES.items():
        found = fact(name, quantile(histogram, rank), "ms", "response_times", timed)
        yield found._replace(bounds=interval(histogram, rank))
    yield fact("max", max(high), "ms", "max_response_time", timed)


def _run(rows: list[_Row], seconds: float, document: JsonDocument) -> Iterator[Fact]:
    """Yield how long the run lasted, and which rates it held, by answers in each second."""
    at = document.at()
    if not seconds:
        return
    yield Fact("duration", seconds * 1000, "ms", at, (), None, "derived")
    paces: dict[int, int] = {}
    for row in rows:
        for second, number_of in row.counts("num_reqs_per_sec").items():
            paces[int(second)] = paces.get(int(second), 0) + number_of
    if not paces or max(paces) - min(paces) > _LONGEST:
        return
    answers = [paces.get(second, 0) for second in range(min(paces), max(paces) + 1)]
    for name, length in HELD.items():
        if (held := held_rate(answers, 1, length)) is not None:
            yield Fact("rate.held", held, "1/s", at, (("for", name),), None, "derived")


def _contradictions(row: _Row, histogram: Histogram) -> Iterator[Problem]:
    """Yield what an endpoint says against itself."""
    requests, failures = row.whole("num_requests"), row.whole("num_failures")
    if failures > requests:
        message = f"{failures:,} failures of {plural(requests, 'request')}"
        yield contradiction(message, row.at("num_failures"))
    for key, stated, what in (
        ("response_times", requests - row.whole("num_none_requests"), "with a time"),
        ("num_reqs_per_sec", requests, "made"),
        ("num_fail_per_sec", failures, "failed"),
    ):
        listed = size(histogram) if key == "response_times" else sum(row.counts(key).values())
        if listed != stated:
            message = f"`{key}` adds up to {listed:,}, and {plural(stated, 'request')} {what}"
            yield contradiction(message, row.at(key))
    if not len(histogram.values):
        return
    for key, found in (
        ("min_response_time", histogram.values[0]),
        ("max_response_time", histogram.values[-1]),
        ("total_response_time", mean(histogram)),
    ):
        value = row.number(key)
        value = value / size(histogram) if value and key == "total_response_time" else value
        if value is not None and abs(value - found) > _ROUNDING * max(value, found) + 1:
            name = "mean" if key == "total_response_time" else f"`{key}`"
            message = f"the {name} is {digits(value)} ms, `response_times` gives {digits(found)} ms"
            yield contradiction(message, row.at(key))


def _twice(rows: list[_Row]) -> Iterator[Problem]:
    seen: set[Labels] = set()
    for row in rows:
        if row.labels in seen:
            name = " ".join(text for _, text in row.labels)
            yield contradiction(f"`{name}` is there twice", row.at("name"), "were two runs joined?")
        seen.add(row.labels)


def _mixed(rows: list[_Row], document: JsonDocument) -> Iterator[Problem]:
    requests = sum(row.whole("num_requests") for row in rows)
    failed = sum(row.whole("num_failures") for row in rows)
    if 0 < failed < requests:
        message = f"the times are also those of {plural(failed, 'failed request')}"
        help_ = "errors are often quicker: judge `errors` too, and each endpoint by itself"
        yield Problem("warning", "failed-fast", message, document.at(), help_)


_PER = ("endpoint", "method")
READER = Reader(
    id="locust-json",
    title="Locust JSON",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "requests made", _PER),
        Metric("failures", "", "requests that failed", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("rate.held", "1/s", "the highest rate of answers that 19 of 20 equal parts of some "
               "stretch of that length reached: `rate.held where for = 30min`", ("for",)),
        ARRIVALS,
        Metric("throughput", "B/s", "bytes of response bodies per second", _PER),
        Metric("duration", "ms", "from the first to the last answer"),
        *(Metric(n, "ms", f"{n} response time", _PER) for n in ("min", "mean", *SHARES, "max")),
    ),
    produce="locust -f locustfile.py --headless -u 50 -r 5 -t 10m --json-file results",
    source="https://github.com/locustio/locust/blob/master/locust/stats.py (StatsEntry.serialize)",
    traps=(
        "There is no total in it: the whole is the sum of the endpoints, a quick `/health` too.",
        "Percentiles have two significant digits (1049 ms is 1000); mean and ends are exact.",
        "Events that a test fires count as requests: a warning where others are beside them.",
        "Times of failures are among the others: a warning where some failed.",
        "Log lines around the list (`2>&1`) are passed over, but not a warning of its own CPU.",
        "Users are not in it: keep the CSV files for `concurrency`.",
        "A closed loop waits out a stall: a warning where the maximum is far from the rest.",
        "Histogram, series and totals of an endpoint that differ are invalid.",
        "A run without any request ends with exit code 0: `no-samples`, never a pass.",
    ),
    rounding=_ROUNDING, percentiles="rounded", shape="json",
    summary="requests, errors, rate and response times of a Locust run, by endpoint",
)  # fmt: skip
