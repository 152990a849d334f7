"""Reads the dump of a Tsung run (`dumptraffic="protocol"`), a line for each request, into facts.

Format: ts_mon.erl and ts_http_common.erl of https://github.com/processone/tsung.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest import repeats
from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.facts import SAMPLED, load_facts
from readiness.evidence.loadtest.numbers import LONGEST
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_HEADER = b"#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag"
_OLD = (b"#date;pid;id;http method;", b"date,pid,id,start,connect,request_duration,")
_ROW = pattern(rb"[0-9]{9,11}(?:\.[0-9]{1,9})?;<[0-9.]+>;[0-9]+;")
_PLAIN = 3  # cells before the method
_BEFORE, _AFTER = 5, 7  # cells before the URL, which may hold a semicolon, and after it
_DATE = pattern(rb"[1-9][0-9]{9}(?:\.[0-9]{1,9})?")  # seconds of the years 2001 to 2286
_PID = pattern(rb"<[0-9]+\.[0-9]+\.[0-9]+>")
_COUNT = pattern(rb"[0-9]{1,15}")
_TIME = pattern(rb"[0-9]{1,12}(?:\.[0-9]{1,20})?(?:[eE]-?[0-9]{1,2})?")
_BAD = 400
_MOST = 253_402_300_799  # seconds: the end of the year 9999
_KINDS = {"date": "seconds since 1970", "duration": "a number of 0 or more"}
_HINT = "keep the dump as Tsung wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for its header, 60 for one of another version, which is refused with a reason."""
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    first = first.removesuffix(b"\r")
    if first == _HEADER and (not rest.strip() or _ROW.match(rest)):
        return 90
    return 60 if first.startswith((_HEADER, *_OLD)) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a dump of any size.

    Raises:
        Unreadable: it has another header, is cut off, or holds what is not a number.
    """
    tally, last, received = Tally(), 1, 0
    lines = repeats.lines(source)
    for number, line in lines:
        last = number
        try:
            if number == 1:
                _check_header(source, line)
            elif line:
                received += _add(source, tally, number, line)
        except Unreadable:
            if next(lines, None) is None and not source.complete:
                raise _cut_off(source, last) from None
            raise
    if not source.complete:
        raise _cut_off(source, last)
    load = tally.load("open")
    at = source.at(1, pointer="duration")
    if not load.windows:
        message = "no request is in it"
        help_ = "did the service run? Tsung dumps only requests that got a response"
        return Reading(problems=(Problem("inconclusive", "no-samples", message, at, help_),))
    facts = load_facts(load, at)
    if received and load.seconds:
        size, place = received / load.seconds, source.at(1, pointer="size")
        total = load.whole.all.size
        facts.append(Fact("throughput", size, "B/s", place, (), total, "derived"))
    message = "Tsung does not flush its dump at the end: the last seconds of the run are missing"
    help_ = "compare with the requests of `tsung.log`, which also has errors without a response"
    problems = [Problem("warning", "unflushed", message, source.at(last), help_)]
    problems += common_problems(facts, source.at(1))
    ended = datetime.fromtimestamp(min(load.began + (load.seconds or 0), _MOST), UTC)
    where = source.at(last, pointer="date")
    return Reading(tuple(facts), tuple(problems), ended, where, load=load)


def _cut_off(source: Source, line: int) -> Unreadable:
    message = "the last line has no end: the dump is cut off"
    return Unreadable("cut-off", message, source.at(line), "was Tsung killed?")


def _check_header(source: Source, line: bytes) -> None:
    if line == _HEADER:
        return
    message = "the header is not `#date;pid;id;http method;host;URL;HTTP status;size;duration;…`"
    help_ = _HINT
    if line.startswith(_OLD):
        message = "a dump of a version of Tsung whose columns are others"
        help_ = "use Tsung 1.5 to 1.8, which write `duration` into the ninth column"
    raise Unreadable("wrong-header", message, source.at(1), help_)


def _add(source: Source, tally: Tally, number: int, line: bytes) -> int:
    """Count a request, whose date is that of its end; return the bytes that it received."""
    cells = line.split(b";")
    if len(cells) <= _BEFORE + _AFTER:
        message = f"a line of {len(cells)} cells, not of {_BEFORE + _AFTER + 1}"
        raise Unreadable("ragged", message, source.at(number), "was the dump cut off?")
    whole = _PID.fullmatch(cells[1]) and _COUNT.fullmatch(cells[2])
    if not whole or any(map(_PID.fullmatch, cells[_PLAIN:])):
        message = "the line is not one request: it begins or goes on with parts of another"
        raise Unreadable("torn", message, source.at(number), "did two processes write the dump?")
    status, size, duration, _, _, error, _ = cells[-_AFTER:]
    if not _DATE.fullmatch(cells[0]) or not _TIME.fullmatch(duration):
        column, cell = ("duration", duration) if _DATE.fullmatch(cells[0]) else ("date", cells[0])
        shown = cell[:40].decode("utf-8", "replace")
        message = f"`{column}` is `{shown}`, not {_KINDS[column]}"
        raise Unreadable("number", message, source.at(number, pointer=column), _HINT)
    if not _COUNT.fullmatch(size):
        message = f"`size` is `{size[:40].decode('utf-8', 'replace')}`, not a number of bytes"
        raise Unreadable("number", message, source.at(number, pointer="size"), _HINT)
    ms = float(duration)
    if ms >= LONGEST:
        message = f"a `duration` of {digits(ms)} ms cannot be meant"
        raise Unreadable("number", message, source.at(number, pointer="duration"), _HINT)
    good = status.isdigit() and int(status[:9]) < _BAD and not error
    url = b";".join(cells[_BEFORE:-_AFTER]).partition(b"?")[0].decode("utf-8", "replace")
    method = cells[3].decode("utf-8", "replace").upper()
    named = (("endpoint", url), ("method", method))
    labels = tuple(pair for pair in named if pair[1])
    tally.add(float(cells[0]) - ms / 1000, ms, good, labels)
    return int(size)


READER = Reader(
    id="tsung-dump",
    title="Tsung dump",
    summary="each request of a Tsung run: percentiles, errors and rate, by endpoint",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(*SAMPLED, Metric("throughput", "B/s", "bytes received per second (`size`)")),
    produce='tsung -f tsung.xml -l log start, with `<tsung dumptraffic="protocol">`',
    source="http://tsung.erlang-projects.org/user_manual/conf-file.html",
    traps=(
        "Tsung does not flush it at the end: 250 of 349 requests were in one. A warning says so.",
        "The date of a request is that of its end; its start is computed.",
        "A request without a response is not in it: see `error_*` in `tsung.log`.",
        "Responses of 4xx and 5xx, or with an error, count as failures.",
        "An endpoint is a URL without its query.",
        "Users arrive by a schedule: it is an open model.",
        "A line that is cut off, or torn into another, makes the file invalid.",
    ),
    streams=True,
    shape="csv",
)
