"""Reads a log of Tsung, text or JSON (`backend="json"`), into load facts of the whole run.

Format: src/tsung_controller/ts_mon.erl and ts_stats_mon.erl of
https://github.com/processone/tsung.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.totals import Run, mean_problems, mixed_times
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.tsung.windows import Log, Sampled, Window
    from readiness.model.checklist import FactMap

_TEXT = pattern(rb"^# stats: dump at [0-9]+\s+stats: users [0-9]+ [0-9]+\s", re.MULTILINE)
_JSON = pattern(rb'"stats"\s*:\s*\[\s*\{\s*"timestamp"\s*:\s*[0-9]+,\s*"samples"\s*:\s*\[')
_CODE = pattern(r"[1-5][0-9]{2}")
_BAD = 400
_APART = 0.05
_SOME = 3  # dumps of a text from which the first tells how long it took


def sniff(head: bytes) -> int:
    """Return 90 for the first two lines of a window, or for the beginning of the JSON."""
    return 90 if _TEXT.search(head) or _JSON.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a log.

    Raises:
        Unreadable: it is no log of Tsung, or a line or value is not as Tsung writes it.
    """
    from readiness.evidence.readers.tsung.windows import read_log  # noqa: PLC0415 - start-up time

    log = read_log(source)
    run = Run()
    problems: list[Problem] = []
    facts: list[Fact] = []
    if log.windows:
        problems += [*_counts(log.windows[-1], run), *_windows(log)]
        _pace(log, run)
        facts += _transactions(log.windows[-1]) if run.value("errors") != 1 else ()
    problems += _ends(log, run)
    facts = [*run.facts, *facts]
    problems += common_problems(facts, source.at(1), pace=None)
    if log.ended is None:
        return Reading(tuple(facts), tuple(problems))
    produced = datetime.fromtimestamp(min(log.ended, 253_402_300_799), UTC)
    return Reading(tuple(facts), tuple(problems), produced, log.ended_at)


def _counts(last: Window, run: Run) -> Iterator[Problem]:
    """Add the counts: responses by code, and errors, which no response belongs to."""
    answered = last.samples.get("request")
    number = answered.number + answered.before if answered else 0
    codes = {n: c for n, c in last.counters.items() if _CODE.fullmatch(n)}
    errors = {
        name: counter
        for name, counter in last.counters.items()
        if name.startswith("error_") and not name.startswith("error_abort")
    }
    bad = int(sum(c.total for name, c in codes.items() if int(name) >= _BAD))
    lost = int(sum(c.total for c in errors.values()))
    at = answered.at if answered else last.at
    places = [c.at for n, c in (*codes.items(), *errors.items()) if n in errors or int(n) >= _BAD]
    run.counts(number + lost, bad + lost, at, places[0] if places else at, stated=False)
    listed = int(sum(c.total for c in codes.values()))
    if codes and abs(listed - number) > _APART * max(listed, number) + 1:
        message = f"{number:,} requests, {listed:,} by their status code"
        yield contradiction(message, at)
    if answered and number:
        _times(answered, run)
        yield from mean_problems(run)
        yield from mixed_times(number, bad, lost, at)
        message = "Tsung's log has no percentiles: only mean, minimum and maximum"
        help_ = 'set `dumptraffic="protocol"` and keep `tsung.dump` too (`tsung-dump`)'
        yield Problem("warning", "no-percentiles", message, at, help_)


def _transactions(last: Window) -> Iterator[Fact]:
    for name, sampled in last.samples.items():
        if name.startswith("tr_"):
            part = Run((("scenario", name.removeprefix("tr_")),))
            _times(sampled, part)
            yield from part.facts


def _times(sampled: Sampled, run: Run) -> None:
    number = sampled.number + sampled.before
    if not number:
        return
    work = sampled.mean * sampled.number + sampled.mean_before * sampled.before
    run.ms("min", sampled.shortest, sampled.at, number)
    run.add("mean", work / number, "ms", sampled.at, number, derived=True)
    run.ms("max", sampled.longest, sampled.at, number)


def _pace(log: Log, run: Run) -> None:
    """Add duration, rate and users. The first window of a text does not say when it began."""
    first, last = log.windows[0], log.windows[-1]
    began: float | None = log.began
    if began is None and len(log.windows) >= _SOME:
        began = first.seconds - (log.windows[1].seconds - first.seconds)
    if began is not None and last.seconds > began:
        run.add("duration", (last.seconds - began) * 1000, "ms", last.at, derived=True)
        answered = last.samples.get("request")
        if answered:
            number = answered.number + answered.before
            run.pace(number, (last.seconds - began) * 1000, answered.at)
        received = last.counters.get("size_rcv")
        if received and received.total > 0:
            size = received.total / (last.seconds - began)
            run.add("throughput", size, "B/s", received.at, derived=True)
    users = last.counters.get("users")
    if users and users.total > 0:
        run.add("concurrency", users.total, "", users.at)


def _windows(log: Log) -> Iterator[Problem]:
    """Yield windows that are out of order, or that do not add up to the last one."""
    for window, later in pairwise(log.windows):
        if later.seconds < window.seconds:
            yield contradiction("the windows run backwards", later.at)
            return
    counted = 0
    for window in log.windows:
        sampled = window.samples.get("request")
        if sampled is None:
            continue
        if sampled.before != counted:
            message = (
                f"{sampled.before:,} requests before this window, the windows have {counted:,}"
            )
            yield contradiction(message, sampled.at)
            return
        counted += sampled.number


def _ends(log: Log, run: Run) -> Iterator[Problem]:
    help_ = "let the run end by itself, and keep the whole log"
    if log.ended is None:
        message = "there is no `EndMonitor`: Tsung was still running, or was killed"
        yield Problem("inconclusive", "unfinished", message, log.ended_at, help_)
    if log.windows and run.value("duration") is None:
        message = "two windows do not say when the run began: there is no duration and no rate"
        help_ = 'run it for longer, or with `backend="json"`'
        yield Problem("warning", "no-duration", message, log.windows[0].at, help_)


READER = Reader(
    id="tsung",
    title="Tsung log",
    summary="requests, errors, rate, users and mean response times of a Tsung run",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=0.1,  # the dump of the same run lacks its last seconds
    metrics=(
        Metric("requests", "", "responses and errors"),
        Metric("failures", "", "responses of 4xx and 5xx, and errors such as refused connections"),
        Metric("errors", "ratio", "failures per request"),
        Metric("rate", "1/s", "responses per second over the whole run"),
        Metric("throughput", "B/s", "bytes received per second (`size_rcv`)"),
        Metric("duration", "ms", "how long the run took"),
        Metric("concurrency", "", "the most users at once"),
        *(
            Metric(name, "ms", f"{name} response time; by transaction too", ("scenario",))
            for name in ("min", "mean", "max")
        ),
    ),
    produce='tsung -f tsung.xml -l log start, with `<tsung dumptraffic="protocol">`',
    source="http://tsung.erlang-projects.org/user_manual/reports.html",
    traps=(
        "There are no percentiles in it: a warning names the dump, which has each request.",
        "Each window repeats what came before: the last one is the whole run.",
        "`mean` is computed from the last window and the mean before it.",
        "A refused connection is tried again: each try is an error, and counts as a request.",
        "The last seconds may be missing: a run of 349 requests at the server had 330 in its log.",
        "`error_abort*` count users that gave up, not requests: they are not added.",
        "A text does not say when it began: with fewer than three windows there is no rate.",
        "A text without `EndMonitor` is of a run that did not end: inconclusive.",
        "A transaction is a label `scenario`; its requests are in the others too.",
        "Users arrive by a schedule: it is an open model.",
    ),
)
