"""Reads what siege reports, JSON, text or its log, pasted or not, into load facts.

Formats: src/main.c and src/log.c of https://github.com/JoeDog/siege.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import ARRIVALS, arrivals, stall_problems
from readiness.evidence.loadtest.totals import Run, mean_problems, run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.siege.runs import Siege
    from readiness.model.checklist import FactMap

_JSON = pattern(rb'"(transactions|availability|transaction_rate|longest_transaction)"\s*:\s*[0-9]')
_LOG = pattern(rb"^[ \t\xef\xbb\xbf]*Date & Time,\s*Trans,\s*Elap Time,", re.MULTILINE)
_TEXT = pattern(
    rb"^[ \t>\xef\xbb\xbf]*Transactions:\s*[0-9]+(?:\.[0-9]+)?(?: hits)?\s", re.MULTILINE
)
_BEGIN = pattern(
    rb"^[ \t>\xef\xbb\xbf]*\*\* SIEGE [0-9.]+\s+\*\* Preparing [0-9]+ concurrent", re.MULTILINE
)
_NEXT = (b"Availability:", b"Elapsed time:", b"Transaction rate:", b"Failed transactions:")
_HALF = 0.0051  # what two decimals may hide
_SEEN = 0.1  # MB: below, two decimals tell too little
_MB = 1024 * 1024
_LONG = 1000  # ms: below, two decimals of a mean in seconds tell too little of a stall


def sniff(head: bytes) -> int:
    """Return 90 for three names of its JSON, the head of its log, or lines of its text."""
    if len(set(_JSON.findall(head))) > 2:  # noqa: PLR2004
        return 90
    if _BEGIN.search(head) or (_LOG.search(head) and b"OKAY" in head):
        return 90
    return 90 if _TEXT.search(head) and sum(line in head for line in _NEXT) > 2 else 0  # noqa: PLR2004


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a file; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    from readiness.evidence.readers.siege.runs import read_runs  # noqa: PLC0415 - start-up time

    runs = read_runs(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, siege in enumerate(runs, 1):
        run = Run(run_labels(number, len(runs)))
        problems += [*_read_run(siege, run), *_warnings(siege, run)]
        facts += run.facts
    problems += common_problems(facts, source.at(1), pace=None)
    return Reading((*facts, *arrivals(facts)), tuple(problems))


def _whole(siege: Siege, name: str) -> int:
    value, at = siege.values[name]
    if value is None or value != int(value):
        hint = "keep the output as siege wrote it"
        raise Unreadable("number", f"`{name}` is no whole number", at, hint)
    return int(value)


def _read_run(siege: Siege, run: Run) -> Iterator[Problem]:
    """Collect the facts of a run, and yield what is wrong with it.

    Responses of 4xx and 5xx are failed transactions since siege 4, and were transactions that
    are not successful before.
    """
    done, failed = _whole(siege, "transactions"), _whole(siege, "failed_transactions")
    successful = siege.values.get("successful_transactions")
    unsuccessful = 0 if successful is None else done - _whole(siege, "successful_transactions")
    at, bad_at = siege.values["transactions"][1], siege.values["failed_transactions"][1]
    requests = done + failed
    run.counts(requests, failed + max(0, unsuccessful), at, bad_at, stated=False)
    seconds, where = siege.values["elapsed_time"]
    if seconds is not None:
        run.add("duration", seconds * 1000, "ms", where)
    rate, rated = siege.values["transaction_rate"]
    if rate and done:
        run.add("rate", rate, "1/s", rated, done)
    _throughput(siege, run, done)
    yield from _contradictions(siege, done, failed)
    for name, metric in (("users", "concurrency"), ("concurrency", "concurrency.mean")):
        value, place = siege.values.get(name, (None, at))
        if value:
            run.add(metric, value, "", place)
    names = {"shortest_transaction": "min", "response_time": "mean", "longest_transaction": "max"}
    for name, metric in names.items():
        value, place = siege.values.get(name, (None, at))
        if value and done:
            run.ms(metric, value * 1000, place, done)
    if not failed:  # the time of failed ones is in the mean, and they are not counted in it
        yield from mean_problems(run)


def _throughput(siege: Siege, run: Run, done: int) -> None:
    """Add bytes per second from the figure that its two decimals leave exact to 5 %, if any."""
    none = None, siege.at
    rate, at = siege.values.get("throughput", none)
    size, where = siege.values.get("data_transferred", none)
    seconds = siege.values["elapsed_time"][0]
    if rate and rate >= _SEEN:
        run.add("throughput", rate * _MB, "B/s", at, done)
    elif size and size >= _SEEN and seconds:
        run.add("throughput", size / seconds * _MB, "B/s", where, done, derived=True)


def _contradictions(siege: Siege, done: int, failed: int) -> Iterator[Problem]:
    available = siege.values.get("availability")
    if available and available[0] is not None and done:
        share = 100 * done / (done + failed)
        if abs(share - available[0]) > _HALF:
            message = f"the availability is {available[0]:g} %, the transactions make {share:.2f} %"
            yield contradiction(message, available[1])
    rate, at = siege.values["transaction_rate"]
    seconds = siege.values["elapsed_time"][0]
    if rate and seconds:
        low, high = done / (seconds + _HALF), done / max(seconds - _HALF, _HALF)
        if not low - _HALF <= rate <= high + _HALF:
            message = f"{digits(rate)} transactions per second, {done:,} in {digits(seconds)} s"
            yield contradiction(message, at)


def _warnings(siege: Siege, run: Run) -> Iterator[Problem]:
    if siege.aborted:
        message = "siege gave up after too many failures"
        help_ = "find out why requests failed, and measure again"
        yield Problem("inconclusive", "interrupted", message, siege.aborted, help_)
    requests, failures = run.value("requests") or 0, run.value("failures") or 0
    if not requests or failures == requests:
        return
    message = "siege has no percentiles: only the mean, the shortest and the longest time"
    help_ = "measure with a tool that has them (k6, wrk, hey, oha) for an expectation of p95"
    yield Problem("warning", "no-percentiles", message, siege.at, help_)
    mean, at = siege.values.get("response_time", (None, siege.at))
    if mean is not None and not mean:
        message = "the mean is below 5 ms: siege rounds it to 0.00 s, which is no value"
        yield Problem("warning", "rounded", message, at, "measure with a finer tool")
    if (run.value("max") or 0) >= _LONG:
        yield from stall_problems(run.facts)


_PER = ("run",)
READER = Reader(
    id="siege",
    title="siege output",
    summary="requests, errors, rate and mean response time of runs of siege: JSON, text or log",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=0.5,
    metrics=(
        Metric("requests", "", "transactions and failed transactions", _PER),
        Metric("failures", "", "failed transactions, and those that were not successful", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "transactions per second over the whole test", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        ARRIVALS._replace(labels=_PER),
        Metric("concurrency", "", "users, if the text says how many were prepared", _PER),
        Metric("concurrency.mean", "", "requests open at once, on the average", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
    ),
    produce="siege -c 50 -t 10M -j http://host/path > siege.json",
    source="https://github.com/JoeDog/siege (src/main.c, src/log.c)",
    traps=(
        "There are no percentiles: a warning says so.",
        "Times are seconds with two decimals, newer texts have ms: 0.00 is no value.",
        "`transactions` leaves failed ones out (siege 4), `requests` counts them.",
        "4xx and 5xx failed too in older versions, though `Failed transactions` left them out.",
        "`Concurrency` is an average, not the number of users: `concurrency.mean`.",
        "Sizes are MB of 1024 × 1024 bytes with two decimals: below 0.10 there is no `throughput`.",
        "JSON may stand behind other lines; a text may be pasted into Markdown.",
        "A log holds many runs, told apart by the label `run`: the worst counts.",
        "`nan` and `inf` in a log are no values: nothing was answered.",
        "A run that siege gave up is inconclusive (`interrupted`).",
        "It is a closed loop: a far maximum gives the warning `coordinated-omission`.",
        "Dates in a log have no time zone: they are not read.",
    ),
    shape="json",
)
