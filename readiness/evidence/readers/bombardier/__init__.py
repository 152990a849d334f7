"""Reads what bombardier prints, JSON or text, pasted or not, into load facts: one group per run.

Formats: templates.go and bombardier.go of https://github.com/codesenberg/bombardier.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import ARRIVALS, HELP, arrivals, stall_problems
from readiness.evidence.loadtest.embedded import json_documents
from readiness.evidence.loadtest.target import SHOWN, by_endpoint, path_of
from readiness.evidence.loadtest.totals import mean_problems, run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.bombardier.result import Result
    from readiness.model.checklist import FactMap

_NAMES = (b'"req2xx"', b'"timeTakenSeconds"', b'"numberOfConnections"', b'"testType"')
_TABLE = pattern(rb"Statistics\s{1,20}Avg\s{1,20}Stdev\s{1,20}Max")
_BEGIN = pattern(rb"^[ \t>]*Bombarding \S+ .{0,60}using [0-9]+ connection", re.MULTILINE)
_CODES = pattern(rb"1xx - [0-9]+, 2xx - [0-9]+")
_REACHED = 0.95


def sniff(head: bytes) -> int:
    """Return 90 for three names of its JSON, or for two parts of its text."""
    if sum(name in head for name in _NAMES) > 2:  # noqa: PLR2004
        return 90
    return 90 if _TABLE.search(head) and _CODES.search(head) else 0


def pasted(text: bytes) -> int:
    """Return the same for a whole text; the first line of a run is enough, as it may be cut off."""
    return 90 if _BEGIN.search(text) else sniff(text)


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a file; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.bombardier.result import (  # noqa: PLC0415 - start-up time
        read_result,
    )
    from readiness.evidence.readers.bombardier.text import (  # noqa: PLC0415 - start-up time
        START,
        read_text,
    )

    if any(START.match(line.strip()) for line in source.text.splitlines()):
        results = read_text(source)
    else:
        documents = json_documents(source, ("spec", "result"))
        results = [
            read_result(document, run_labels(number, len(documents)))
            for number, document in enumerate(documents, 1)
        ]
    facts: list[Fact] = []
    problems: list[Problem] = []
    for result in results:
        facts += result.run.facts
        problems += [*result.problems, *_warnings(result)]
    problems += common_problems(facts, source.at(1), pace=None)
    named = by_endpoint([*facts, *arrivals(facts)], [path_of(result.url) for result in results])
    return Reading(tuple(named), tuple(problems))


def _warnings(result: Result) -> Iterator[Problem]:
    run, at = result.run, result.times_at
    requests = run.value("requests") or 0
    failed = result.status + result.lost
    yield from mean_problems(run)
    if not requests or failed == requests:
        return
    if not any(fact.metric.startswith("p") for fact in run.facts):
        message, help_ = "there are no percentiles in it", "run it with `-l` (`--latencies`)"
        yield Problem("warning", "no-percentiles", message, at, help_)
    if failed:
        message = f"the times of {failed:,} failed requests are among those of the others"
        help_ = "failures are often quicker: judge `errors` beside the times"
        yield Problem("warning", "failed-fast", message, at, help_)
    yield from _pace(result)


def _pace(result: Result) -> Iterator[Problem]:
    """Yield warnings of a rate that was missed, and of a server that stood still."""
    run, at = result.run, result.times_at
    wanted, rate = run.value("rate.requested"), run.value("rate")
    if wanted and rate is not None and rate < _REACHED * wanted:
        message = f"{digits(wanted)} requests per second were asked for, {digits(rate)} were made"
        help_ = "the service or the client could not keep up: see the times"
        yield Problem("warning", "rate-missed", message, at, help_)
    if result.timeouts:
        message = (
            f"{result.timeouts:,} requests timed out: the server stood still, and a closed loop "
            "sent nothing meanwhile"
        )
        yield Problem("warning", "coordinated-omission", message, at, HELP)
    else:
        yield from stall_problems(run.facts)


_PER = ("endpoint", "run")
READER = Reader(
    id="bombardier",
    title="bombardier output",
    summary="requests, errors, rate and response times of runs of bombardier, JSON or text",
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    rounding=0.01,
    metrics=(
        Metric("requests", "", "requests that ended", _PER),
        Metric("failures", "", "responses of 4xx and 5xx, and requests without a response", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("rate.requested", "1/s", "the rate that was asked for (`--rate`), JSON only", _PER),
        Metric("throughput", "B/s", "bytes read per second, JSON only", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "connections", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("mean", "max")),
        Metric("p*", "ms", "percentiles: 50, 75, 90, 95, 99, with `-l` only", _PER),
    ),
    produce="bombardier -c 64 -d 10m -l -p r -o json http://host/path > bombardier.json",
    source="https://github.com/codesenberg/bombardier (templates.go)",
    traps=(
        "JSON may stand behind the progress bar (`-p r` leaves that out): it is found there.",
        "Times in JSON are microseconds.",
        "Percentiles are there only with `-l`: a warning; older versions have no p95.",
        "`rps.mean` and `Reqs/sec` are means of samples: `rate` is requests / duration instead.",
        "`others` are requests without a response; their times are among the others.",
        "The text has no duration of a run by time but the planned one.",
        "A run by number of requests has one in whole seconds, in its progress bar.",
        "`Throughput` of the text is bytes read and written: it is not read.",
        "It is a closed loop: timeouts, or a far maximum, give `coordinated-omission`.",
        "A run that ended before its plan is inconclusive (`interrupted`).",
        SHOWN,
        "Several runs in one file, Markdown too, have the label `run`: the worst counts.",
        "There is no date in the output.",
    ),
    shape="json",
)
