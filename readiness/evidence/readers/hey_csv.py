"""Reads the CSV of `hey -o csv`, one row per response, into load facts recomputed from the rows.

Format: requester/print.go of https://github.com/rakyll/hey.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest import repeats
from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.facts import SAMPLED, load_facts
from readiness.evidence.loadtest.fenced import pasted, unfenced
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_OLD = b"response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read"
_HEADERS = {_OLD: 6, _OLD + b",status-code,offset": 8}
_TIME = rb"(?:0|[1-9][0-9]{0,6})\.[0-9]{4}"
_ROWS = {
    6: pattern(rb"(%b)(?:,%b){5}" % (_TIME, _TIME)),
    8: pattern(rb"(%b)(?:,%b){5},([1-9][0-9]{2}),(%b)" % (_TIME, _TIME, _TIME)),
}
_JUDGED = {8}  # columns of the header that has status and offset
_BAD = b"400"
_KEPT = 1_000_000  # responses that hey keeps
_RENAMED = {"failures": "failures.status", "errors": "errors.status"}


def sniff(head: bytes) -> int:
    """Return 90 for the table of hey, 85 where it stands in a code fence."""
    return _table(head) or pasted(head, _table)


def _table(head: bytes) -> int:
    """Return 90 for the header of hey, in six or eight columns."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
    return 90 if line in _HEADERS else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all rows; a request without a response has none.

    Raises:
        Unreadable: two tables, another header, a ragged or cut-off row, or a value that is no
            number.
    """
    source = unfenced(source, _table)
    tally, columns, rows = Tally(), 0, 0
    for number, line in repeats.lines(source):
        if not columns:
            columns = _columns(line, source.at(number))
        else:
            _take(tally, line, columns, source.at(number))
            rows += 1
    if not columns:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    if not source.complete:
        message, help_ = "the last row has no end, which hey writes", "was the file cut off?"
        raise Unreadable("cut-off", message, source.at(rows + 1), help_)
    load, head = tally.load("closed"), source.at(1)
    facts = load_facts(load, source.at(1, pointer="response-time"))
    problems = [*_unsaid(columns, rows, head), *common_problems(facts, head)]
    return Reading(tuple(_known(facts, columns)), tuple(problems), load=load)


def _columns(line: bytes, at: Location) -> int:
    columns = _HEADERS.get(line, 0)
    if not columns:
        help_ = "`hey -o csv` writes it"
        raise Unreadable("wrong-header", "the first line is not the header of hey", at, help_)
    return columns


def _take(tally: Tally, line: bytes, columns: int, at: Location) -> None:
    row = _ROWS[columns].fullmatch(line)
    if row is None:
        raise _wrong(line, columns, at)
    ms = int(row[1].replace(b".", b"")) / 10
    if columns in _JUDGED:
        tally.add(float(row[3]), ms, row[2] < _BAD)
    else:
        tally.add(None, ms)


def _wrong(line: bytes, columns: int, at: Location) -> Unreadable:
    cells = line.count(b",") + 1
    if cells != columns:
        message = f"{cells} cells where the header has {columns}"
        return Unreadable("ragged", message, at, "was the file cut off?")
    shown = line[:60].decode("utf-8", "replace")
    message = f"`{shown}` is no row of times with four decimals, status and offset"
    return Unreadable("number", message, at, "was the file edited, or cut off?")


def _known(facts: list[Fact], columns: int) -> Iterator[Fact]:
    """Yield what the rows show: failures by status only, and none without that column."""
    for fact in facts:
        head, _, last = fact.metric.rpartition(".")
        if last not in _RENAMED:
            yield fact
        elif columns in _JUDGED and not head:
            yield fact._replace(metric=_RENAMED[last])


def _unsaid(columns: int, rows: int, head: Location) -> Iterator[Problem]:
    message = "a request without a response has no row: there is no error rate"
    if columns not in _JUDGED:
        message = "this hey writes neither status nor start: no error rate, no duration"
    help_ = "run hey without `-o`, which counts them; it prints one or the other"
    yield Problem("warning", "no-outcomes", message, head, help_)
    if rows == _KEPT:
        message = f"hey keeps {_KEPT:,} responses: what came later is not in it"
        help_ = "make fewer requests, or use a tool that keeps them all"
        yield Problem("warning", "capped", message, head, help_)


READER = Reader(
    id="hey-csv",
    title="hey CSV (`-o csv`)",
    summary="response times of a run of hey, recomputed from all responses",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *(m for m in SAMPLED if m.name.rpartition(".")[2] not in _RENAMED),
        Metric("failures.status", "", "4xx and 5xx responses"),
        Metric("errors.status", "ratio", "their share of responses", ("response",)),
    ),
    produce="hey -z 30m -c 50 -o csv http://host/path > hey.csv",
    source="https://github.com/rakyll/hey/blob/master/requester/print.go (csvTmpl)",
    traps=(
        "Pasted into Markdown it is read from its code fence; of two tables neither is.",
        "A refused request has no row: no `errors`, and a warning. hey without `-o` counts them.",
        "`errors.status` is the share of responses that are 4xx or 5xx.",
        "Seconds have four decimals. `offset` is when a request began, since the run did.",
        "Rows are grouped by when hey's workers handed them over, not by time.",
        "An old hey writes neither status nor offset: that gives times only.",
        "Only the first 1,000,000 responses are in it: exactly as many rows give a warning.",
        "There is no date in it, and no concurrency.",
    ),
    streams=True,
    shape="csv",
)
