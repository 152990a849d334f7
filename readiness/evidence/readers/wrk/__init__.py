"""Reads what wrk and wrk2 print, pasted or not, into load facts: one group per run.

Formats: src/wrk.c of https://github.com/wg/wrk and of https://github.com/giltene/wrk2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals
from readiness.evidence.loadtest.pasted import pace_of
from readiness.evidence.loadtest.target import SHOWN, by_endpoint, path_of
from readiness.evidence.loadtest.totals import run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.wrk.checks import run_problems
from readiness.evidence.readers.wrk.facts import run_facts
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_START = pattern(rb"^[ \t>\xef\xbb\xbf]*Running \S{1,40} test @ \S", re.MULTILINE)
_NEXT = pattern(rb"^[ \t>]*(?:[0-9]+ threads and [0-9]+ connections|Thread Stats )", re.MULTILINE)
_ROUNDING = 0.01  # two decimals, of a unit that changes at 0.85 of the next: `0.85s`, `1.02m`


def sniff(head: bytes) -> int:
    """Return 90 for the first line of a run with one of the next two somewhere after it."""
    start = _START.search(head)
    return 90 if start and _NEXT.search(head, start.end()) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a text; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.wrk.runs import read_runs  # noqa: PLC0415 - start-up time

    runs = read_runs(source)
    facts: list[Fact] = []
    problems = []
    for number, run in enumerate(runs, 1):
        found = run_facts(run, run_labels(number, len(runs)))
        facts += [*found, *arrivals(found, "open" if run.constant else "closed")]
        problems += run_problems(run, found)
    problems += common_problems(facts, source.at(1), rounding=_ROUNDING, pace=pace_of(facts, 0))
    return Reading(tuple(by_endpoint(facts, [path_of(run.url) for run in runs])), tuple(problems))


_PER = ("endpoint", "run")
READER = Reader(
    id="wrk",
    title="wrk or wrk2 output",
    summary="requests, errors, rate and response times of runs of wrk and wrk2",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=_ROUNDING,
    metrics=(
        Metric("requests", "", "responses received", _PER),
        Metric("failures", "", "error responses and socket errors", _PER),
        Metric("failures.*", "", "of these: `status` (4xx and 5xx), `socket` (could not connect, "
               "write or read), `timeout`", _PER),
        Metric("errors", "ratio", "failures per request that was tried", _PER),
        Metric("rate", "1/s", "responses per second over the whole test", _PER),
        Metric("rate.requested", "1/s", "what `-R` asked for, if the command is pasted too", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "connections", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("mean", "max")),
        Metric("p*", "ms", "percentiles: 50, 75, 90, 99 of wrk with `--latency`; wrk2 has more, "
               "and p95 and p97.5 from its spectrum", _PER),
    ),
    produce="wrk -t4 -c64 -d30m --latency http://host/path > wrk.txt, or wrk2 with -R 120 too",
    source="https://github.com/wg/wrk and https://github.com/giltene/wrk2 (src/wrk.c)",
    traps=(
        "Percentiles are there only with `--latency`, and wrk has no p95; without: a warning.",
        "`m` is minutes: `83.33m` are 5,000 s. A `2m` test may take `2.50m`: `duration` is that.",
        "`errors` are 4xx, 5xx and socket errors; when all failed, no rate counts (`all-failed`).",
        "wrk is a closed loop that estimates what it did not send in a stall; a timeout is lost.",
        "A server frozen for 1 s of every 5 had a p99 of 4 ms at a timeout of 1 s: a warning.",
        "wrk2 sends at a constant rate, which is `open`, and is free of that.",
        "wrk2's times leave out its calibration, about 10 s: a warning if that is over 5 %.",
        "wrk2's `Uncorrected Latency` is left out: it has the closed loop's blind spot.",
        "wrk2 prints its intended rate nowhere: `rate.requested` is from a pasted command line.",
        SHOWN,
        "A script (`-s`) may have asked other paths than that.",
        "Several runs in a text, Markdown too, have the label `run` too: the worst counts.",
        "A run without its last lines is refused; `-nan` and a maximum of 0 are no times.",
        "There is no date in the output.",
    ),
    percentiles="rounded",
)  # fmt: skip
