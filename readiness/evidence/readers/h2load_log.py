"""Reads the log of h2load (`--log-file`), a line for each request, into load facts.

Format: section `--log-file` of https://nghttp2.org/documentation/h2load.1.html, and src/h2load.cc.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest import repeats
from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.facts import SAMPLED, load_facts
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_ROW = pattern(rb"([0-9]{15,17})\t(-1|[0-9]{1,3})\t([0-9]{1,15})(?:\t[^\n]*)?")
_BAD, _LEAST = 400, 100
_SOME = 5  # lines of a beginning that must be alike
_HINT = "keep the log as h2load wrote it"


def sniff(head: bytes) -> int:
    """Return 85 if the first lines are a time in microseconds, a status and a duration."""
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[: _SOME + 1]
    rows = [line.removesuffix(b"\r") for line in lines[:-1]] or lines
    return 85 if rows and all(_ROW.fullmatch(row) for row in rows) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a log of any size.

    Raises:
        Unreadable: a line is cut off or is no line of h2load.
    """
    tally, last = Tally(), 1
    for number, line in repeats.lines(source):
        match = _ROW.fullmatch(line)
        if match is None:
            message = "a line that is not start, status and duration, between tabs"
            raise Unreadable("ragged", message, source.at(number), "was the log cut off?")
        status = int(match[2])
        ms = int(match[3]) / 1000
        tally.add(int(match[1]) / 1e6, ms, _LEAST <= status < _BAD)
        last = number
    if not source.complete:
        message = "the last line has no end: the log is cut off"
        raise Unreadable("cut-off", message, source.at(last), _HINT)
    load = tally.load("closed")
    facts = load_facts(load, source.at(1, pointer="duration"))
    problems = common_problems(facts, source.at(1))
    if not load.windows:
        return Reading(tuple(facts), tuple(problems), load=load)
    ended = datetime.fromtimestamp(load.began + (load.seconds or 0), UTC)
    where = source.at(last, pointer="start")
    return Reading(tuple(facts), tuple(problems), ended, where, load=load)


READER = Reader(
    id="h2load-log",
    title="h2load log",
    summary="each request of an h2load run: percentiles, errors and rate",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=SAMPLED,
    produce="h2load -n 100000 -c 64 --log-file=h2load.tsv https://host/path",
    source="https://nghttp2.org/documentation/h2load.1.html",
    traps=(
        "The columns are start in microseconds since 1970, status, duration in microseconds.",
        "A status of -1 is a request without a response; 4xx and 5xx are failures too.",
        "If no connection could be made the log is empty: requests never started are not in it.",
        "What came during a warm-up is not in it.",
        "Lines are in the order of their ends, with several threads only about so.",
        "It has no endpoints and no number of clients.",
        "A line that is cut off makes the file invalid.",
    ),
    streams=True,
    shape="csv",
)
