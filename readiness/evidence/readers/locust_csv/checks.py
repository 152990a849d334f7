"""What a Locust run says against itself: sums, means, percentiles, failures, history."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.events import event_problems
from readiness.evidence.readers.locust_csv.table import COUNTS, TIMES, Row, Table, seconds_of
from readiness.model.fact import Fact, Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

_TOLERANCE = 0.01
_ROUNDING = 1.06  # Locust keeps two significant digits of a response time: at most 5 % off
_TAIL = 4  # seconds: a worker reports every 3 s, and the files are written every second


def check_stats(total: Row, rows: list[Row], facts: list[Fact]) -> Iterator[Problem]:
    """Yield what the statistics say against themselves, and rows that are no requests."""
    yield from _check_rows(total, rows)
    yield from event_problems(facts)


def _check_rows(total: Row, rows: list[Row]) -> Iterator[Problem]:
    """Compare the total with its rows, then each row with itself."""
    requests = total.count(COUNTS[0])
    if not requests:
        yield Problem(
            "inconclusive",
            "no-samples",
            "no request was made",
            total.at(COUNTS[0]),
            "Locust exits with 0 even so: does a task send requests?",
        )
    for column in COUNTS:
        listed, stated = sum(row.count(column) for row in rows), total.count(column)
        if listed != stated:
            message = f"`Aggregated` says {stated}, the rows add up to {listed}"
            yield _contradiction(message, total.at(column))
    mean, _, high = TIMES
    work = sum((row.number(mean) or 0) * row.count(COUNTS[0]) for row in rows)
    longest = max((row.number(high) or 0 for row in rows), default=0)
    rates = sum(row.number("Requests/s") or 0 for row in rows)
    expected = {mean: work / max(requests, 1), high: longest, "Requests/s": rates}
    for column, value in expected.items():
        given = total.number(column) or 0
        if abs(given - value) > _TOLERANCE * max(given, value):
            message = f"`Aggregated` says {digits(given)}, its rows give {digits(value)}"
            yield _contradiction(message, total.at(column))
    for row in (*rows, total):
        yield from _check_row(row)


def _check_row(row: Row) -> Iterator[Problem]:
    if row.count(COUNTS[1]) > row.count(COUNTS[0]):
        yield _contradiction("more failures than requests", row.at(COUNTS[1]))
    mean, low, high = (row.number(column) for column in TIMES)
    highest = math.inf if high is None else high
    if mean is not None and not (low or 0) <= mean <= highest:
        message = f"the mean {digits(mean)} is not between the minimum and the maximum"
        yield _contradiction(message, row.at("Average Response Time"))
    below = 0.0
    for column, value in row.percentiles():
        if not below <= value <= highest * _ROUNDING + 1:
            message = (
                f"the {column} value {digits(value)} is below a lower one or above the maximum"
            )
            yield _contradiction(message, row.at(column))
            return
        below = value


def check_failures(total: Row, rows: list[Row], table: Table) -> Iterator[Problem]:
    """Compare listed and counted failures; the last seconds of a run may be in one file only."""
    slack = _TAIL * (total.number("Failures/s") or 0) + 1
    counted = {(row.text("Type"), row.text("Name")): row.count(COUNTS[1]) for row in rows}
    listed = dict.fromkeys(counted, 0)
    for row in table.rows:
        key = (row.text("Method"), row.text("Name"))
        listed[key] = listed.get(key, 0) + row.count("Occurrences")
        if listed[key] > counted.get(key, 0) + slack:
            message = f"{listed[key]} failures of `{' '.join(key)}` are listed here"
            message += f", `_stats.csv` counts {counted.get(key, 0)}"
            yield _contradiction(message, row.at("Occurrences"))
    number, stated = sum(listed.values()), total.count(COUNTS[1])
    if number < stated - slack:
        message = f"{number} failures are listed here, `_stats.csv` counts {stated}"
        yield Problem("warning", "failures-missing", message, table.head)


def check_exceptions(facts: list[Fact]) -> Iterator[Problem]:
    """Yield a warning for exceptions in the user code."""
    for fact in facts:
        if fact.metric == "exceptions" and fact.value:
            message = f"{fact.value} exceptions in the user code: what these tasks would have "
            message += "requested is in no figure"
            help_ = "the traceback is in the exceptions file: mend the script, and measure again"
            yield Problem("warning", "script-exceptions", message, fact.at, help_)


def check_history(lines: list[Row], head: Location, total: Row | None) -> Iterator[Problem]:
    """Compare the history with the totals of the run."""
    if not lines:
        yield Problem(
            "inconclusive",
            "no-samples",
            "the history is empty",
            head,
            "was Locust killed? it writes the history every 10 s",
        )
    rate = (total.number("Requests/s") if total else None) or 0
    if not lines or not total:
        return
    requests, reached = total.count(COUNTS[0]), lines[-1].count("Total Request Count")
    if reached > requests + _TAIL * rate + 1:
        message = f"the history reaches {reached} requests, `_stats.csv` counts {requests}"
        yield _contradiction(message, lines[-1].at("Total Request Count"))
    span, active = seconds_of(lines), requests / rate if rate else 0
    if active and max(span, active) > 2 * min(span, active) + 60:  # a short run may lose 10 s
        message = f"the history spans {span} s, the requests {active:.0f} s"
        yield Problem(
            "inconclusive",
            "mismatched-history",
            message,
            lines[-1].at("Timestamp"),
            "files of two runs, or a run that stood still?",
        )


def _contradiction(message: str, at: Location) -> Problem:
    return Problem("invalid", "contradiction", message, at, "are these files of one run, unedited?")
