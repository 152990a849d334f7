"""Reads the CSV files of one Locust run (`--csv PREFIX`) into load facts, overall and per endpoint.

Format: class `StatsCSV` in locust/stats.py of https://github.com/locustio/locust, described in
https://docs.locust.io/en/stable/retrieving-stats.html.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import failed_problems
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals, stall_problems
from readiness.evidence.loadtest.facts import HELD
from readiness.evidence.loadtest.realism import own_errors
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.locust_csv import checks
from readiness.evidence.readers.locust_csv.table import (
    COUNTS,
    EXCEPTIONS,
    FAILURES,
    FAMILY,
    HISTORY,
    STATS,
    TIMES,
    TOTAL,
    Row,
    Table,
    read_table,
    seconds_of,
    split_total,
    total_lines,
)
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.held import held_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_MARKS = {
    b"Type,Name,Request Count,Failure Count,": (b",Requests/s,", 90),
    b"Timestamp,User Count,Type,Name,": (b",Total Request Count,", 85),
    b"Method,Name,Error,Occurrences": (b",Error,", 80),
    b"Count,Message,Traceback,Nodes": (b",Traceback,", 80),
}
_GAP = 60  # seconds between two history lines that are no longer one measurement
_AT_PEAK = 0.95
_WINDOWS = 20_000  # of a history, in which held rates are looked for; a second each if it is short


def sniff(head: bytes) -> int:
    """Return how surely some bytes begin a Locust CSV file: by the columns of its first line."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].replace(b'"', b"")
    for start, (column, score) in _MARKS.items():
        if line.startswith(start) and column in line:
            return score
    return 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the files of one run; without its `_stats.csv` they prove nothing.

    Raises:
        Unreadable: a file is no CSV of Locust, is cut off, or holds what is not a number.
    """
    first = read_table(source)
    if first.kind in source.companions:
        message = f"this and `{source.companions[first.kind].path}` are both `*{first.kind}`"
        raise Unreadable("wrong-header", message, first.head, "was a file renamed?")
    family = {first.kind: first}
    family |= {end: read_table(companion, end) for end, companion in source.companions.items()}
    facts: list[Fact] = []
    problems: list[Problem] = []
    total = None
    if STATS in family:
        total, rows = split_total(family[STATS])
        facts += [fact for row in (total, *rows) for fact in _load(row)]
        problems += checks.check_stats(total, rows, facts)
        problems += (
            checks.check_failures(total, rows, family[FAILURES]) if FAILURES in family else []
        )
        problems += own_errors(*_failures(family[FAILURES])) if FAILURES in family else ()
    else:
        message = f"this is Locust's `*{first.kind}`: the `*_stats.csv` of the run is missing"
        problems.append(
            Problem(
                "inconclusive",
                "incomplete-family",
                message,
                first.head,
                "keep the files that `--csv` wrote side by side",
            )
        )
        facts += _listed(family, FAILURES, "failures", "Occurrences")
    facts += _listed(family, EXCEPTIONS, "exceptions", "Count")
    problems += checks.check_exceptions(facts)
    problems += failed_problems(facts)
    lines = total_lines(family[HISTORY]) if HISTORY in family else []
    facts += [*_duration(lines, total), *_users(lines), *_held(lines)]
    problems += stall_problems(facts)
    facts += arrivals(facts)
    if HISTORY in family:
        problems += checks.check_history(lines, family[HISTORY].head, total)
    if not lines:
        return Reading(tuple(facts), tuple(problems))
    produced = datetime.fromtimestamp(lines[-1].count("Timestamp"), UTC)
    return Reading(tuple(facts), tuple(problems), produced, lines[-1].at("Timestamp"))


def _failures(table: Table) -> tuple[dict[str, int], Location]:
    """Return how often there was an error, by its text, and where they are listed."""
    found: dict[str, int] = {}
    for row in table.rows:
        found[row.text("Error")] = found.get(row.text("Error"), 0) + row.count("Occurrences")
    return found, table.head


def _load(row: Row) -> Iterator[Fact]:
    named = (("endpoint", row.text("Name")), ("method", row.text("Type")))
    overall = (row.text("Type"), row.text("Name")) == TOTAL
    labels = () if overall else tuple(pair for pair in named if pair[1])
    requests, failures = row.count(COUNTS[0]), row.count(COUNTS[1])
    yield Fact("requests", requests, "", row.at(COUNTS[0]), labels)
    yield Fact("failures", failures, "", row.at(COUNTS[1]), labels)
    if not requests:
        return
    yield Fact(
        "errors", failures / requests, "ratio", row.at(COUNTS[1]), labels, requests, "derived"
    )
    rate, size = row.number("Requests/s"), row.number("Average Content Size")
    if rate:
        yield Fact("rate", rate, "1/s", row.at("Requests/s"), labels, requests)
    if rate and size is not None:
        yield Fact(
            "throughput",
            rate * size,
            "B/s",
            row.at("Average Content Size"),
            labels,
            requests,
            "derived",
        )
    times = [(name, column, row.number(column)) for column, name in TIMES.items()]
    times += [(f"p{column[:-1]}", column, value) for column, value in row.percentiles()]
    for name, column, value in times:
        if value is not None:
            yield Fact(name, value, "ms", row.at(column), labels, requests)


def _duration(lines: list[Row], total: Row | None) -> Iterator[Fact]:
    if span := seconds_of(lines):
        at = lines[-1].at("Timestamp")
        yield Fact("duration", span * 1000, "ms", at, (), None, "derived")
    elif total and (rate := total.number("Requests/s")):
        at, requests = total.at("Requests/s"), total.count(COUNTS[0])
        yield Fact("duration", requests / rate * 1000, "ms", at, (), None, "derived")


def _users(lines: list[Row]) -> Iterator[Fact]:
    """Yield the most users, and how long they stayed: between lines that both have that many."""
    users = [row.count("User Count") for row in lines]
    if not (peak := max(users, default=0)):
        return
    at = lines[users.index(peak)].at("User Count")
    steps = [later.count("Timestamp") - row.count("Timestamp") for row, later in pairwise(lines)]
    full = [
        step
        for step, pair in zip(steps, pairwise(users), strict=True)
        if step <= _GAP and min(pair) >= _AT_PEAK * peak
    ]
    yield Fact("concurrency", peak, "", at)
    yield Fact("duration.at_peak", sum(full) * 1000, "ms", at, (), None, "derived")


def _held(lines: list[Row]) -> Iterator[Fact]:
    """Yield the rates that were held, from the growth of the total number of requests."""
    width = 1 + seconds_of(lines) // _WINDOWS
    stretches = [_requests(part, width) for part in _stretches(lines)]
    for name, length in HELD.items():
        rates = [held_rate([0, *part, 0], width, length) for part in stretches]
        held = max((rate for rate in rates if rate is not None), default=None)
        if held is not None:
            at = lines[-1].at("Total Request Count")
            yield Fact("rate.held", held, "1/s", at, (("for", name),), None, "derived")


def _stretches(lines: list[Row]) -> Iterator[list[Row]]:
    """Yield lines that follow each other without a gap, in which nobody knows what was held."""
    start = 0
    for index, (row, later) in enumerate(pairwise(lines), 1):
        if later.count("Timestamp") - row.count("Timestamp") > _GAP:
            yield lines[start:index]
            start = index
    yield lines[start:]


def _requests(lines: list[Row], width: int) -> list[int]:
    """Return the requests in windows of so many seconds, those between two lines evenly spread."""
    start = lines[0].count("Timestamp") if lines else 0
    totals: list[int] = []
    for row, later in pairwise(lines):
        first, last = row.count("Timestamp") - start, later.count("Timestamp") - start
        total = row.count("Total Request Count")
        grown = later.count("Total Request Count") - total
        edges = range(-(-first // width) * width, last, width)
        totals += [total + grown * (edge - first) // (last - first) for edge in edges]
    if lines and seconds_of(lines) % width == 0:
        totals.append(lines[-1].count("Total Request Count"))
    return [later - total for total, later in pairwise(totals)]


def _listed(family: dict[str, Table], kind: str, metric: str, column: str) -> Iterator[Fact]:
    if kind in family:
        rows, head = family[kind].rows, family[kind].head
        at = rows[0].at(column) if rows else head
        number = sum(row.count(column) for row in rows)
        yield Fact(metric, number, "", at, (), None, "derived")


_PER = ("endpoint", "method")
READER = Reader(
    id="locust-csv",
    title="Locust CSV",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "requests made", _PER),
        Metric("failures", "", "requests that failed", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes of response bodies per second", _PER),
        Metric("duration", "ms", "first to last history line, else requests / rate"),
        Metric("duration.at_peak", "ms", "time with at least 95 % of the most users"),
        ARRIVALS,
        Metric("concurrency", "", "the most users at once"),
        Metric(
            "rate.held",
            "1/s",
            "the highest rate that 19 of 20 equal parts of some stretch of that length reached",
            ("for",),
        ),
        Metric("exceptions", "", "exceptions in the user code, which made no request"),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in TIMES.values()),
        Metric("p*", "ms", "response time percentiles, as many as the file has", _PER),
    ),
    produce="locust -f locustfile.py --headless -u 50 -r 5 -t 10m --csv peak",
    source="https://github.com/locustio/locust/blob/master/locust/stats.py (StatsCSV)",
    rounding=0.06,
    traps=(
        "`Aggregated` mixes all endpoints, also a quick `/health`: expect by endpoint.",
        "Percentiles have two significant digits (1049 ms is 1000), mean and maximum are exact.",
        "Last requests get lost: a history that lags is no contradiction, one that leads is.",
        "More failures listed than counted are a contradiction beyond four seconds' worth.",
        "A run without any request ends with exit code 0: `no-samples`, never a pass.",
        "A total that is not the sum of its rows, or a percentile above the maximum, is invalid.",
        "Without the history there is no user count and no date, and the duration is derived.",
        "After a reset of the statistics only the history lines that follow it count.",
        "Exceptions in the user code are no failures: they are counted apart, with a warning.",
        "Events that a test fires count as requests: a warning where others are beside them.",
    ),
    family=FAMILY,
    percentiles="rounded",
    shape="csv",
    summary="requests, errors, rate, response times and users of a Locust run, by endpoint",
)
