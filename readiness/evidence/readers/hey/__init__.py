"""Reads what hey prints, pasted or not, into load facts: one group per run.

Format: requester/print.go of https://github.com/rakyll/hey.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals, stall_problems
from readiness.evidence.loadtest.pasted import pace_of
from readiness.evidence.loadtest.realism import own_errors
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.hey.facts import (
    MOST,
    capped,
    judged,
    responses,
    run_facts,
    unanswered,
)
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.hey.runs import Run
    from readiness.model.checklist import FactMap

_START = pattern(rb"^[ \t>\xef\xbb\xbf]*Summary:\r?\n[\s>]*Total:\s+\S+ secs\.?\s*$", re.MULTILINE)
_NEXT = pattern(rb"^[ \t>]*(?:Slowest|Fastest|Average):\s+\S+ secs", re.MULTILINE)
_RESOLUTION = 0.05  # ms: seconds with four decimals
_SOME = 0.001


def sniff(head: bytes) -> int:
    """Return 90 for a summary that begins with its total time, and another of its times."""
    start = _START.search(head)
    return 90 if start and _NEXT.search(head, start.end()) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a text; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.hey.runs import read_runs  # noqa: PLC0415 - start-up time

    runs = read_runs(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, run in enumerate(runs, 1):
        found = run_facts(run, (("run", str(number)),) if len(runs) > 1 else ())
        facts += found
        problems += _run_problems(run, found)
    pace = None if any(capped(run) for run in runs) else pace_of(facts, _RESOLUTION, 5e-5)
    problems += common_problems(facts, source.at(1), pace=pace)
    problems += stall_problems(facts, _RESOLUTION)
    return Reading((*facts, *arrivals(facts)), tuple(problems))


def _run_problems(run: Run, facts: list[Fact]) -> Iterator[Problem]:
    values = {fact.metric: float(fact.value) for fact in facts}
    answered, lost = responses(run), unanswered(run)
    counted = sum(int(row.value) for row in run.sections["histogram"])
    if answered and counted != answered:
        message = f"the histogram holds {counted:,} responses, the status codes {answered:,}"
        yield contradiction(message, run.source.at(run.sections["status"][0].line))
    if capped(run):
        message = f"hey keeps {MOST:,} responses: what came later is in no time and no status"
        help_ = "make fewer requests, or use a tool that keeps a histogram"
        yield Problem("warning", "capped", message, run.at("Requests/sec"), help_)
    if not judged(run):
        message = "the status of the responses is not in it: they may all have failed"
        help_ = "keep all that hey printed, down to `Status code distribution`"
        yield Problem("inconclusive", "no-outcomes", message, run.at(), help_)
    if answered and not run.sections.get("latency"):
        message, help_ = "there are no percentiles in it", "keep all that hey printed"
        yield Problem("warning", "no-percentiles", message, run.at(), help_)
    if answered and lost > _SOME * answered:
        at = run.source.at(run.sections["errors"][0].line)
        message = f"{lost:,} requests got no response: they count for the rate, and are in no time"
        help_ = "a refused request is quick: the rate is too high, judge `errors` beside it"
        yield Problem("warning", "successes-only", message, at, help_)
    if lines := run.sections.get("errors"):
        yield from own_errors(
            {row.value: int(row.key) for row in lines}, run.source.at(lines[0].line)
        )
    status = values.get("failures.status", 0.0)
    if _SOME * answered < status < answered:
        message = f"the times of {status:,.0f} error responses are among those of the others"
        help_ = "errors are often quicker: judge `errors` beside the times"
        at = run.source.at(run.sections["status"][0].line)
        yield Problem("warning", "failed-fast", message, at, help_)


_PER = ("run",)
READER = Reader(
    id="hey",
    title="hey output",
    summary="requests, errors, rate and response times of runs of hey",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "responses by status, and requests without a response", _PER),
        Metric("failures", "", "4xx and 5xx responses, and requests without one", _PER),
        Metric("failures.*", "", "of these: `status` (4xx and 5xx), `socket` (no response)", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes of bodies received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "requests at a time, if the command is pasted too", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "percentiles: 10, 25, 50, 75, 90, 95, 99", _PER),
    ),
    produce="hey -z 30m -c 50 http://host/path > hey.txt",
    source="https://github.com/rakyll/hey/blob/master/requester/print.go",
    traps=(
        "Refused requests count for `Requests/sec`: 20 of 20 refused made 25,078 a second.",
        "So `errors` counts the error distribution too; all failed is `all-failed`.",
        "Times are those of responses only, good and bad; `NaN` is no time.",
        "A document may leave out the status codes: they may all be errors: inconclusive.",
        "`0% in 0.0000 secs` stands for a percentile that so few requests do not have.",
        "Of more than 1,000,000 responses the later ones are in no time, and the mean is wrong.",
        "hey is a closed loop: a stall of the server is seen by as many requests as run at a time.",
        "A maximum far above p99 and the pace gives the warning `coordinated-omission`.",
        "The concurrency is printed nowhere: `concurrency` is from a pasted command line.",
        "Several runs in one text, Markdown too, are told apart by the label `run`.",
        "There is no date in the output.",
    ),
    percentiles="rounded",
)  # fmt: skip
