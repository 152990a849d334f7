"""Reads the CSV files of one Locust run (`--csv PREFIX`) into load facts, overall and per endpoint.

Format: class `StatsCSV` in locust/stats.py of https://github.com/locustio/locust, described in
https://docs.locust.io/en/stable/retrieving-stats.html.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_STATS, _HISTORY, _FAILURES, _EXCEPTIONS = _FAMILY = (
    "_stats.csv", "_stats_history.csv", "_failures.csv", "_exceptions.csv")  # fmt: skip
_TOTAL = ("", "Aggregated")
_COUNTS = ("Request Count", "Failure Count")
_TIMES = {"Average Response Time": "mean", "Min Response Time": "min", "Max Response Time": "max"}
_COLUMNS: dict[str, tuple[str, ...]] = {
    _STATS: ("Type", "Name", *_COUNTS, *_TIMES, "Requests/s"),
    _HISTORY: ("Timestamp", "User Count", "Type", "Name", "Total Request Count",
               "Total Failure Count"),
    _FAILURES: ("Method", "Name", "Error", "Occurrences"),
    _EXCEPTIONS: ("Count", "Message", "Traceback", "Nodes"),
}  # fmt: skip
_MARKS = {
    b"Type,Name,Request Count,Failure Count,": (b",Requests/s,", 90),
    b"Timestamp,User Count,Type,Name,": (b",Total Request Count,", 85),
    b"Method,Name,Error,Occurrences": (b",Error,", 80),
    b"Count,Message,Traceback,Nodes": (b",Traceback,", 80),
}
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_COUNT = re.compile(r"[0-9]{1,15}")
_PERCENTILE = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,6})?)%")
_TOLERANCE = 0.01
_ROUNDING = 1.06  # Locust keeps two significant digits of a response time: at most 5 % off
_TAIL = 4  # seconds: a worker reports every 3 s, and the files are written every second
_MOST = 1e15  # larger than any time in ms, count or size; also keeps infinity out
_GAP = 60  # seconds between two history lines that are no longer one measurement
_AT_PEAK = 0.95
_EPOCH = (1_000_000_000, 10_000_000_000)  # seconds, the years 2001 to 2286


class _Row(NamedTuple):
    source: Source
    line: int
    header: list[str]
    cells: list[str]

    def at(self, column: str) -> Location:
        return self.source.at(self.line, pointer=column)

    def text(self, column: str) -> str:
        return self.cells[self.header.index(column)] if column in self.header else ""

    def count(self, column: str) -> int:
        """Return a whole number; there is always one in a column of counts."""
        text = self.text(column)
        if not _COUNT.fullmatch(text):
            message = f"`{text}` in column `{column}` is not a count"
            raise Unreadable("number", message, self.at(column), "was the file edited?")
        return int(text)

    def number(self, column: str) -> float | None:
        """Return a number, or None where Locust wrote none."""
        text = self.text(column)
        if text in ("", "N/A"):
            return None
        if not _NUMBER.fullmatch(text) or float(text) > _MOST:
            message = f"`{text}` in column `{column}` is not a finite number of 0 or more"
            raise Unreadable("number", message, self.at(column), "was the file edited?")
        return float(text)

    def percentiles(self) -> list[tuple[str, float]]:
        """Return (column, value) by rank. `100%` is left out: `Max Response Time` is exact."""
        found = [(float(m[1]), c) for c in self.header if (m := _PERCENTILE.fullmatch(c))]
        values = ((column, self.number(column)) for _, column in sorted(found))
        return [(column, value) for column, value in values if value is not None]


class _Table(NamedTuple):
    kind: str
    head: Location
    rows: list[_Row]


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
    first = _table(source)
    if first.kind in source.companions:
        message = f"this and `{source.companions[first.kind].path}` are both `*{first.kind}`"
        raise Unreadable("wrong-header", message, first.head, "was a file renamed?")
    family = {first.kind: first}
    family |= {end: _table(companion, end) for end, companion in source.companions.items()}
    facts: list[Fact] = []
    problems: list[Problem] = []
    total = None
    if _STATS in family:
        total, rows = _stats(family[_STATS])
        facts += [fact for row in (total, *rows) for fact in _load(row)]
        problems += _check_rows(total, rows)
        problems += _check_failures(total, rows, family[_FAILURES]) if _FAILURES in family else []
    else:
        message = f"this is Locust's `*{first.kind}`: the `*_stats.csv` of the run is missing"
        problems.append(Problem("inconclusive", "incomplete-family", message, first.head,
                                "keep the files that `--csv` wrote side by side"))  # fmt: skip
        facts += _listed(family, _FAILURES, "failures", "Occurrences")
    facts += _listed(family, _EXCEPTIONS, "exceptions", "Count")
    problems += _check_exceptions(facts)
    lines = _lines(family[_HISTORY]) if _HISTORY in family else []
    facts += [*_duration(lines, total), *_users(lines)]
    if _HISTORY in family:
        problems += _check_history(lines, family[_HISTORY].head, total)
    if not lines:
        return Reading(tuple(facts), tuple(problems))
    produced = datetime.fromtimestamp(lines[-1].count("Timestamp"), UTC)
    return Reading(tuple(facts), tuple(problems), produced, lines[-1].at("Timestamp"))


def _table(source: Source, expected: str = "") -> _Table:
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    rows = _parse(source)
    header = rows[0].cells
    kind = next((k for k, names in _COLUMNS.items() if set(names) <= set(header)), "")
    if not kind or kind != (expected or kind) or len(set(header)) != len(header):
        message = f"the columns are not those of Locust's `*{expected or _STATS}`"
        raise Unreadable("wrong-header", message, source.at(1), "Locust 1.0 or later writes them")
    for row in rows:
        if len(row.cells) != len(header):
            message = f"{len(row.cells)} cells where the header has {len(header)}"
            raise Unreadable("ragged", message, source.at(row.line), "was the file cut off?")
    if not source.text.endswith("\n"):
        message = "the last line has no end, which Locust writes"
        raise Unreadable("cut-off", message, source.at(rows[-1].line), "was the file cut off?")
    return _Table(kind, source.at(1), rows[1:])


def _parse(source: Source) -> list[_Row]:
    import csv  # noqa: PLC0415 - this module is imported on every run, a CSV is not read on each
    import io  # noqa: PLC0415

    # Only \n ends a line: on Windows Locust writes \r\r\n, which would count as two.
    reader = csv.reader(io.StringIO(source.text, newline="\n"), strict=True)
    rows: list[_Row] = []
    start = 1
    try:
        for cells in reader:
            if cells:
                rows.append(_Row(source, start, rows[0].cells if rows else cells, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable("not-csv", f"not valid CSV: {error}", source.at(start),
                         "was the file cut off, or a quote left open?") from None  # fmt: skip
    return rows


def _stats(table: _Table) -> tuple[_Row, list[_Row]]:
    """Return the total row, which Locust writes last, and the rows of the endpoints."""
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        key = (row.text("Type"), row.text("Name"))
        if key in seen:
            message = f"`{' '.join(key).strip()}` is already on line {seen[key]}"
            raise Unreadable("duplicate-row", message, row.at("Name"), "were two runs joined?")
        seen[key] = row.line
    if next(reversed(seen), None) != _TOTAL:
        at = table.rows[-1].at("Name") if table.rows else table.head
        message = "the last line is not the row `Aggregated`"
        raise Unreadable("no-total", message, at, "was the file cut off?")
    return table.rows[-1], table.rows[:-1]


def _load(row: _Row) -> Iterator[Fact]:
    named = (("endpoint", row.text("Name")), ("method", row.text("Type")))
    overall = (row.text("Type"), row.text("Name")) == _TOTAL
    labels = () if overall else tuple(pair for pair in named if pair[1])
    requests, failures = row.count(_COUNTS[0]), row.count(_COUNTS[1])
    yield Fact("requests", requests, "", row.at(_COUNTS[0]), labels)
    yield Fact("failures", failures, "", row.at(_COUNTS[1]), labels)
    if not requests:
        return
    yield Fact("errors", failures / requests, "ratio", row.at(_COUNTS[1]), labels, requests,
               "derived")  # fmt: skip
    rate, size = row.number("Requests/s"), row.number("Average Content Size")
    if rate:
        yield Fact("rate", rate, "1/s", row.at("Requests/s"), labels, requests)
    if rate and size is not None:
        yield Fact("throughput", rate * size, "B/s", row.at("Average Content Size"), labels,
                   requests, "derived")  # fmt: skip
    times = [(name, column, row.number(column)) for column, name in _TIMES.items()]
    times += [(f"p{column[:-1]}", column, value) for column, value in row.percentiles()]
    for name, column, value in times:
        if value is not None:
            yield Fact(name, value, "ms", row.at(column), labels, requests)


def _check_rows(total: _Row, rows: list[_Row]) -> Iterator[Problem]:
    """Compare the total with its rows, then each row with itself."""
    requests = total.count(_COUNTS[0])
    if not requests:
        yield Problem("inconclusive", "no-samples", "no request was made", total.at(_COUNTS[0]),
                      "Locust exits with 0 even so: does a task send requests?")  # fmt: skip
    for column in _COUNTS:
        listed, stated = sum(row.count(column) for row in rows), total.count(column)
        if listed != stated:
            message = f"`Aggregated` says {stated}, the rows add up to {listed}"
            yield _contradiction(message, total.at(column))
    mean, _, high = _TIMES
    work = sum((row.number(mean) or 0) * row.count(_COUNTS[0]) for row in rows)
    longest = max((row.number(high) or 0 for row in rows), default=0)
    rates = sum(row.number("Requests/s") or 0 for row in rows)
    expected = {mean: work / max(requests, 1), high: longest, "Requests/s": rates}
    for column, value in expected.items():
        given = total.number(column) or 0
        if abs(given - value) > _TOLERANCE * max(given, value):
            message = f"`Aggregated` says {given:g}, its rows give {value:g}"
            yield _contradiction(message, total.at(column))
    for row in (*rows, total):
        yield from _check_row(row)


def _check_row(row: _Row) -> Iterator[Problem]:
    if row.count(_COUNTS[1]) > row.count(_COUNTS[0]):
        yield _contradiction("more failures than requests", row.at(_COUNTS[1]))
    mean, low, high = (row.number(column) for column in _TIMES)
    highest = math.inf if high is None else high
    if mean is not None and not (low or 0) <= mean <= highest:
        message = f"the mean {mean:g} is not between the minimum and the maximum"
        yield _contradiction(message, row.at("Average Response Time"))
    below = 0.0
    for column, value in row.percentiles():
        if not below <= value <= highest * _ROUNDING + 1:
            message = f"the {column} value {value:g} is below a lower one or above the maximum"
            yield _contradiction(message, row.at(column))
            return
        below = value


def _check_failures(total: _Row, rows: list[_Row], table: _Table) -> Iterator[Problem]:
    """Compare listed and counted failures; the last seconds of a run may be in one file only."""
    slack = _TAIL * (total.number("Failures/s") or 0) + 1
    counted = {(row.text("Type"), row.text("Name")): row.count(_COUNTS[1]) for row in rows}
    listed = dict.fromkeys(counted, 0)
    for row in table.rows:
        key = (row.text("Method"), row.text("Name"))
        listed[key] = listed.get(key, 0) + row.count("Occurrences")
        if listed[key] > counted.get(key, 0) + slack:
            message = f"{listed[key]} failures of `{' '.join(key)}` are listed here"
            message += f", `_stats.csv` counts {counted.get(key, 0)}"
            yield _contradiction(message, row.at("Occurrences"))
    number, stated = sum(listed.values()), total.count(_COUNTS[1])
    if number < stated - slack:
        message = f"{number} failures are listed here, `_stats.csv` counts {stated}"
        yield Problem("warning", "failures-missing", message, table.head)


def _check_exceptions(facts: list[Fact]) -> Iterator[Problem]:
    for fact in facts:
        if fact.metric == "exceptions" and fact.value:
            message = f"{fact.value} exceptions in the user code: what these tasks would have "
            message += "requested is in no figure"
            yield Problem("warning", "script-exceptions", message, fact.at)


def _lines(table: _Table) -> list[_Row]:
    """Return the lines of the total since the statistics were last reset, in order of time."""
    lines = [row for row in table.rows if (row.text("Type"), row.text("Name")) == _TOTAL]
    start, time, requests = 0, _EPOCH[0], 0
    for index, row in enumerate(lines):
        now, at = row.count("Timestamp"), row.at("Timestamp")
        if not _EPOCH[0] <= now < _EPOCH[1]:
            raise Unreadable("number", f"`{now}` is no time in seconds since 1970", at)
        if now < time:
            message = "the time runs backwards"
            raise Unreadable("contradiction", message, at, "were two runs joined?")
        if row.count("Total Request Count") < requests:
            start = index
        time, requests = now, row.count("Total Request Count")
    return lines[start:]


def _check_history(lines: list[_Row], head: Location, total: _Row | None) -> Iterator[Problem]:
    if not lines:
        yield Problem("inconclusive", "no-samples", "the history is empty", head,
                      "was Locust killed? it writes the history every 10 s")  # fmt: skip
    rate = (total.number("Requests/s") if total else None) or 0
    if not lines or not total:
        return
    requests, reached = total.count(_COUNTS[0]), lines[-1].count("Total Request Count")
    if reached > requests + _TAIL * rate + 1:
        message = f"the history reaches {reached} requests, `_stats.csv` counts {requests}"
        yield _contradiction(message, lines[-1].at("Total Request Count"))
    span, active = _span(lines), requests / rate if rate else 0
    if active and max(span, active) > 2 * min(span, active) + 60:  # a short run may lose 10 s
        message = f"the history spans {span} s, the requests {active:.0f} s"
        yield Problem("inconclusive", "mismatched-history", message, lines[-1].at("Timestamp"),
                      "files of two runs, or a run that stood still?")  # fmt: skip


def _span(lines: list[_Row]) -> int:
    return lines[-1].count("Timestamp") - lines[0].count("Timestamp") if lines else 0


def _duration(lines: list[_Row], total: _Row | None) -> Iterator[Fact]:
    if span := _span(lines):
        at = lines[-1].at("Timestamp")
        yield Fact("duration", span * 1000, "ms", at, (), None, "derived")
    elif total and (rate := total.number("Requests/s")):
        at, requests = total.at("Requests/s"), total.count(_COUNTS[0])
        yield Fact("duration", requests / rate * 1000, "ms", at, (), None, "derived")


def _users(lines: list[_Row]) -> Iterator[Fact]:
    """Yield the most users, and how long they stayed: between lines that both have that many."""
    users = [row.count("User Count") for row in lines]
    if not (peak := max(users, default=0)):
        return
    at = lines[users.index(peak)].at("User Count")
    steps = [later.count("Timestamp") - row.count("Timestamp") for row, later in pairwise(lines)]
    full = [step for step, pair in zip(steps, pairwise(users), strict=True)
            if step <= _GAP and min(pair) >= _AT_PEAK * peak]  # fmt: skip
    yield Fact("concurrency", peak, "", at)
    yield Fact("duration.at_peak", sum(full) * 1000, "ms", at, (), None, "derived")


def _listed(family: dict[str, _Table], kind: str, metric: str, column: str) -> Iterator[Fact]:
    if kind in family:
        rows, head = family[kind].rows, family[kind].head
        at = rows[0].at(column) if rows else head
        number = sum(row.count(column) for row in rows)
        yield Fact(metric, number, "", at, (), None, "derived")


def _contradiction(message: str, at: Location) -> Problem:
    return Problem("invalid", "contradiction", message, at, "are these files of one run, unedited?")


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
        Metric("concurrency", "", "the most users at once"),
        Metric("exceptions", "", "exceptions in the user code, which made no request"),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in _TIMES.values()),
        Metric("p*", "ms", "response time percentiles, as many as the file has", _PER),
    ),
    produce="locust -f locustfile.py --headless -u 50 -r 5 -t 10m --csv peak",
    source="https://github.com/locustio/locust/blob/master/locust/stats.py (StatsCSV)",
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
    ),
    family=_FAMILY,
    shape="csv",
    summary="requests, errors, rate, response times and users of a Locust run, by endpoint",
)
