"""Reads what oha prints, JSON or text, pasted or not, into load facts: one group per run.

Formats: src/printer.rs and src/result_data.rs of https://github.com/hatoo/oha.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.totals import Run, mixed_times, run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.oha.totals import Totals
    from readiness.model.checklist import FactMap

_NAMES = (b'"successRate"', b'"requestsPerSec"', b'"latencyPercentiles"', b'"sizePerSec"')
_TEXT = pattern(rb"^[ \t>]*Summary:\s{1,20}Success rate:", re.MULTILINE)
_OBJECT = pattern(r'"successRate"\s*:')
_CODES = b"Status code distribution:"
_DEADLINE = "aborted due to deadline"
EXPECTED = ("response", "expected")
_ROUNDING, _SLACK = 1e-3, 0.02  # of the success rate in the text; of the stated rate
_ERROR_CODES = 400


def sniff(head: bytes) -> int:
    """Return 90 for three names of its JSON, or for the first and the last part of its text."""
    if sum(name in head for name in _NAMES) > 2:  # noqa: PLR2004
        return 90
    return 90 if _TEXT.search(head) and _CODES in head else 0


def pasted(text: bytes) -> int:
    """Return the same for a whole text; the first lines are enough, as a run may be cut off."""
    return 90 if _TEXT.search(text) else sniff(text)


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a file; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.oha.totals import (  # noqa: PLC0415 - start-up time
        read_json,
        read_text,
    )

    runs = read_json(source) if _OBJECT.search(source.text) else read_text(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, totals in enumerate(runs, 1):
        run = Run(run_labels(number, len(runs)))
        problems += _problems(totals, run)
        facts += run.facts
    unanswered = any(problem.code == "unanswered" for problem in problems)
    common = common_problems(facts, source.at(1), pace=None)
    problems += [p for p in common if not (unanswered and p.code == "no-samples")]
    return Reading(tuple(facts), tuple(problems))


def _problems(totals: Totals, run: Run) -> Iterator[Problem]:
    """Collect the facts of a run, and yield what is wrong with it."""
    answered = sum(totals.statuses.values())
    bad = sum(n for code, n in totals.statuses.items() if code >= _ERROR_CODES)
    aborted = totals.errors.get(_DEADLINE, 0)
    lost = sum(totals.errors.values()) - aborted
    run.counts(answered + lost, bad + lost, totals.statuses_at, totals.statuses_at, stated=False)
    if aborted:
        run.add("aborted", aborted, "", totals.statuses_at)
        yield _aborted(aborted, answered + lost, totals)
    _timed(totals, run, answered, answered - bad)
    yield from _contradictions(totals, answered, lost, aborted)
    yield from mixed_times(answered, bad, lost, totals.at)
    yield from stall_problems(f for f in run.facts if EXPECTED not in f.labels)


def _aborted(aborted: int, requests: int, totals: Totals) -> Problem:
    if aborted >= requests:
        message = f"{requests:,} requests ended, {aborted:,} were aborted when the time was up"
        help_ = "did the service run? measure for much longer than one answer takes"
        return Problem("inconclusive", "unanswered", message, totals.statuses_at, help_)
    message = f"{aborted:,} requests had no response when the time was up: they are in no figure"
    help_ = "one for each connection is usual; if these are the slow ones, measure for longer"
    return Problem("warning", "aborted", message, totals.statuses_at, help_)


def _timed(totals: Totals, run: Run, answered: int, good: int) -> None:
    """Add the times and what is per second: oha's own rate has the aborted requests in it."""
    if total := totals.other.get("total"):
        run.add("duration", total[0], "ms", total[1])
        run.pace(run.value("requests") or 0, total[0], total[1])
    if not answered:
        return
    if size := totals.other.get("size"):
        run.add("throughput", size[0], "B/s", size[1], answered)
    for metric, (value, at) in totals.times.items():
        run.ms(metric, value, at, answered)
    for metric, (value, at) in totals.expected.items() if good else ():
        labels = tuple(sorted((*run.labels, EXPECTED)))
        run.facts.append(Fact(metric, value, "ms", at, labels, good))


def _contradictions(totals: Totals, answered: int, lost: int, aborted: int) -> Iterator[Problem]:
    if (success := totals.other.get("success")) and answered + lost + aborted:
        shares = {answered / max(1, answered + lost + also) for also in (0, aborted)}
        if all(abs(share - success[0]) > _ROUNDING for share in shares):
            message = f"the success rate is {success[0]:.4g}, the responses and errors make "
            yield contradiction(message + f"{max(shares):.4g}", success[1])
    rate, total = totals.other.get("rps"), totals.other.get("total")
    if rate and total:
        stated, counted = rate[0] * total[0] / 1000, answered + lost + aborted
        if abs(stated - counted) > _SLACK * max(stated, counted) + 1:
            message = f"{counted:,} requests ended, and rate times duration make {stated:,.0f}"
            yield contradiction(message, rate[1])


_PER = ("run",)
_TIMED = ("response", "run")
READER = Reader(
    id="oha",
    title="oha output",
    summary="requests, errors, rate and response times of runs of oha, JSON or text",
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    rounding=0.01,
    metrics=(
        Metric("requests", "", "responses, and requests that ended in an error", _PER),
        Metric("failures", "", "responses of 4xx and 5xx, and requests without a response", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("aborted", "", "requests without a response when the time was up", _PER),
        Metric("rate", "1/s", "requests that ended, per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes of bodies per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "percentiles; of 2xx alone `where response = expected`", _TIMED),
    ),
    produce="oha -z 10m -c 64 --output-format json http://host/path > oha.json",
    source="https://github.com/hatoo/oha (src/printer.rs, src/result_data.rs)",
    traps=(
        "`successRate` counts every response as a success, 500 too: `errors` counts 4xx and 5xx.",
        "Requests aborted at the deadline are in no rate and no time: `aborted`, with a warning.",
        "If nothing was answered it writes null or NaN, and yet a rate: `unanswered`.",
        "`requestsPerSec` has the aborted requests in it: `rate` is without them.",
        "`rps.mean` and its percentiles are over intervals of 10 ms or less: they are not read.",
        "Error responses are among the times; `--stats-success-breakdown` gives 2xx apart.",
        "It does not say how many connections there were: there is no `concurrency`.",
        "Workers wait for answers, but `--latency-correction` may have counted what they did not",
        "send (with `-q`), and nothing says so: there is no `arrivals`.",
        "The text has four decimals of its unit.",
        "Several runs in one file, Markdown too, have the label `run`: the worst counts.",
        "There is no date in the output.",
    ),
    shape="json",
)
