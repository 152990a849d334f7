"""Reads the CSV of `ab -e`: the response time at each whole percentile, into load facts.

Format: output_results in support/ab.c of https://github.com/apache/httpd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.fenced import pasted, unfenced
from readiness.evidence.loadtest.numbers import parse_number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_HEADER = "Percentage served,Time in ms"
_RANKS = {0: "min", 50: "p50", 75: "p75", 90: "p90", 95: "p95", 99: "p99", 100: "max"}
_ROWS = 101


def sniff(head: bytes) -> int:
    """Return 90 for the table of `ab -e`, 85 where it stands in a code fence."""
    return _table(head) or pasted(head, _table)


def _table(head: bytes) -> int:
    """Return 90 for the header of `ab -e` with the row of percentile 0."""
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 2)
    if lines[0].rstrip() != _HEADER.encode():
        return 0
    return 90 if len(lines) < 2 or not lines[1] or lines[1].startswith(b"0,") else 0  # noqa: PLR2004


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the percentiles; how many requests are behind them is not in the file.

    Raises:
        Unreadable: two tables, not the 101 rows that ab writes, or a value that is no number.
    """
    source = unfenced(source, _table)
    facts, below = [], 0.0
    for rank, (value, at) in enumerate(_rows(source)):
        if value < below:
            message = f"the time of {rank} % is {digits(value)} ms, below that of {rank - 1} %"
            raise Unreadable("contradiction", message, at, "keep the file as written")
        below = value
        if rank in _RANKS:
            facts.append(Fact(_RANKS[rank], value, "ms", at))
    head = source.at(1)
    message = "how many requests were made, and how many failed, is not in this file"
    help_ = "link what ab printed too: it has both"
    problems = [Problem("warning", "no-count", message, head, help_)]
    return Reading(tuple(facts), (*problems, *common_problems(facts, head)))


def _rows(source: Source) -> list[tuple[float, Location]]:
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    lines = source.text.split("\n")
    if lines[0].rstrip() != _HEADER:
        message = f"the first line is not `{_HEADER}`"
        raise Unreadable("wrong-header", message, source.at(1), "`ab -e FILE` writes it")
    if lines[-1]:
        message = "the last line has no end, which ab writes"
        raise Unreadable("cut-off", message, source.at(len(lines)), "was the file cut off?")
    found = []
    for number, line in enumerate(lines[1:-1], 2):
        at = source.at(number, pointer="Time in ms")
        rank, _, time = line.rstrip("\r").partition(",")
        if rank != str(number - 2) or number - 2 >= _ROWS:
            message = f"`{line[:40]}` is not the row of percentile {number - 2}"
            raise Unreadable("rows", message, at, "ab writes those of 0 to 100, in order")
        found.append((parse_number(time, at, f"the time of {rank} %"), at))
    if len(found) != _ROWS:
        message = f"there are {len(found)} rows, and ab writes {_ROWS}"
        raise Unreadable("cut-off", message, source.at(len(lines) - 1), "was the file cut off?")
    return found


READER = Reader(
    id="ab-percentiles",
    title="ApacheBench percentiles (`-e`)",
    summary="response times of a run of ab by percentile",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=tuple(Metric(n, "ms", f"{n} response time, as ab wrote it") for n in _RANKS.values()),
    produce="ab -l -n 100000 -c 50 -e percentiles.csv http://host/path > ab.txt",
    source="https://github.com/apache/httpd/blob/trunk/support/ab.c (output_results)",
    traps=(
        "Pasted into Markdown it is read from its code fence; of two tables neither is.",
        "The times of failed requests are among them, and nothing says how many there were.",
        "The number of requests is not in it, so no percentile can be shown to be firm.",
        "All 101 rows must be there, in order: a missing row is a file that was cut off.",
        "ab is a closed loop: requests that a stall kept it from sending are in no percentile.",
    ),
    percentiles="rounded",
    shape="csv",
)
