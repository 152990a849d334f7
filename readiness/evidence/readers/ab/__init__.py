"""Reads what ApacheBench prints, pasted or not, into load facts: one group per run.

Format: output_results in support/ab.c of https://github.com/apache/httpd.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals, stall_problems
from readiness.evidence.loadtest.pasted import pace_of
from readiness.evidence.loadtest.target import by_endpoint, path_of
from readiness.evidence.loadtest.totals import run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.ab.facts import details, run_facts
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.ab.runs import Run
    from readiness.model.checklist import FactMap

_START = pattern(rb"^[ \t>\xef\xbb\xbf]*This is ApacheBench, Version ", re.MULTILINE)
_MARKS = (
    pattern(rb"^[ \t>]*(?:Benchmarking \S+ \(be patient|Server Hostname:)", re.MULTILINE),
    pattern(rb"^[ \t>]*Complete requests:\s", re.MULTILINE),
    pattern(rb"^[ \t>]*Time per request:\s.*\(mean, across all concurrent", re.MULTILINE),
)
_RESOLUTION = 1.0  # ms
_SOME = 0.001

_LINES = (b"ApacheBench", b"Complete requests:", b"Time per request:")


def sniff(head: bytes) -> int:
    """Return 90 for the first line of ab or two of its others."""
    if not any(line in head for line in _LINES):
        return 0
    marks = sum(1 for mark in _MARKS if mark.search(head))
    return 90 if marks + 2 * bool(_START.search(head)) > 1 and marks else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a text; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.ab.runs import read_runs  # noqa: PLC0415 - start-up time

    runs = read_runs(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, run in enumerate(runs, 1):
        labels = run_labels(number, len(runs))
        if "Complete requests" not in run.lines:
            problems.append(_broken_off(run))
            continue
        found = run_facts(run, labels)
        facts += found
        problems += _run_problems(run, found)
    if facts or not problems:
        problems += common_problems(facts, source.at(1), pace=pace_of(facts, _RESOLUTION))
    problems += stall_problems(facts, _RESOLUTION)
    paths = [path_of(run.text("Document Path")) for run in runs]
    return Reading(tuple(by_endpoint([*facts, *arrivals(facts)], paths)), tuple(problems))


def _broken_off(run: Run) -> Problem:
    reason = f": {run.reason}" if run.reason else ", and does not say here why"
    message = f"ab broke off and has no result{reason}"
    help_ = "did the service run? ab stops at the first error; `-r` lets it go on"
    return Problem("inconclusive", "aborted", message, run.at(), help_)


def _run_problems(run: Run, facts: list[Fact]) -> Iterator[Problem]:
    values = {fact.metric: float(fact.value) for fact in facts}
    requests, status = values["requests"], values["failures.status"]
    if not requests:
        return
    if status > requests:
        yield contradiction("more error responses than responses", run.at("Non-2xx responses"))
    length = details(run).get("Length", 0)
    if length > status:
        message = (
            f"{length:,} of {requests:,.0f} bodies are not as long as the first, which ab counts "
            "as failed: here they are not"
        )
        help_ = "`ab -l` accepts any length; if the answer must not vary, expect `failures.length`"
        yield Problem("warning", "length-varies", message, run.at("Failed requests"), help_)
    if _SOME * requests < status < requests:
        message = f"the times of {status:,.0f} error responses are among those of the others"
        help_ = "errors are often quicker: judge `errors` beside the times"
        yield Problem("warning", "failed-fast", message, run.at("Non-2xx responses"), help_)
    if not run.ranks:
        message, help_ = "there are no percentiles in it", "run it without `-d`, more than once"
        yield Problem("warning", "no-percentiles", message, run.at("Total"), help_)
    if run.doubt:
        message = "ab calls these times unreliable: median and mean are far apart"
        help_ = "a few slow responses: see the high percentiles, or keep all with `-g`"
        yield Problem("warning", "skewed", message, run.source.at(run.doubt), help_)
    if "(window)" in (run.text("Number of requests") or "") and _sampled(facts) < requests:
        message = "these times are means over several requests each: percentiles are too low"
        help_ = "give `-n` as many requests as the run makes"
        yield Problem("warning", "window-means", message, run.at("Number of requests"), help_)


def _sampled(facts: list[Fact]) -> int:
    return next((fact.samples or 0 for fact in facts if fact.metric == "max"), 0)


_PER = ("endpoint", "run")
READER = Reader(
    id="ab",
    title="ApacheBench output",
    summary="requests, errors, rate and response times of runs of ab",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "requests completed", _PER),
        Metric("failures", "", "4xx and 5xx responses, and requests without one", _PER),
        Metric("failures.*", "", "`status` (4xx and 5xx), `socket` (connect, receive, write), "
               "`length` (a body not as long as the first, which is no failure here)", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "requests at a time", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "percentiles: 50, 66, 75, 80, 90, 95, 98, 99", _PER),
    ),
    produce="ab -l -k -t 1800 -n 10000000 -c 50 http://host/path > ab.txt",
    source="https://github.com/apache/httpd/blob/trunk/support/ab.c (output_results)",
    traps=(
        "`Failed requests … (Length: 597)` are good responses with a body of another length.",
        "Those are `failures.length` and a warning; HTTP errors are the line `Non-2xx responses`.",
        "ab prints that line only if there are any: no line means none.",
        "Times are whole milliseconds; 0 is under half of one.",
        "ab stops at the first error without `-r`, and prints no result: that is `aborted`.",
        "With `-r` a refused request may count twice: `failures` is at most all requests then.",
        "`-t` implies at most 50,000 requests: the run may end sooner; see `duration`.",
        "ab is a closed loop: a stall of the server is seen by as many requests as run at a time.",
        "A maximum far above p99 and the pace gives the warning `coordinated-omission`.",
        "`endpoint` is `Document Path` without its query.",
        "Several runs in one text, Markdown too, have the label `run` too: the worst counts.",
        "A run without its last lines is refused. The HTML of `-w` is not read.",
        "There is no date in the output; the files of `-g` have one (reader `ab-samples`).",
    ),
    percentiles="rounded",
)  # fmt: skip
