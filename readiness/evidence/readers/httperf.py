"""Reads what httperf prints, pasted or not, into load facts: one group per run.

Format: src/stat/basic.c of https://github.com/httperf/httperf, section OUTPUT of its manual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.numbers import parse_number
from readiness.evidence.loadtest.pasted import Line, plain_lines
from readiness.evidence.loadtest.totals import Run, mixed_times, run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_TOTAL = pattern(
    r"Total: connections ([0-9]{1,15}) requests ([0-9]{1,15}) replies ([0-9]{1,15}) "
    r"test-duration ([0-9.]{1,15}) s"
)
_PATTERNS = {
    "connections": pattern(r"Connection rate: .{0,60}<=([0-9]{1,9}) concurrent connections"),
    "reply": pattern(r"Reply time \[ms\]: response ([0-9.]{1,15}) transfer ([0-9.]{1,15})"),
    "size": pattern(r"Reply size \[B\]: .{0,80}\(total ([0-9.]{1,15})\)"),
    "status": pattern("Reply status: " + " ".join(f"{d}xx=([0-9]{{1,15}})" for d in range(1, 6))),
    "errors": pattern(
        r"Errors: total ([0-9]{1,15}) client-timo ([0-9]{1,15}) socket-timo ([0-9]{1,15})"
    ),
}
_COMMAND = pattern(r"httperf .*--rate[= ]([0-9.]{1,12})(?: |$)")
_CALLS = pattern(r"--num-calls[= ]([0-9]{1,9})(?: |$)")
_MARKS = (
    pattern(rb"^[ \t>]*Total: connections [0-9]+ requests", re.MULTILINE),
    b"test-duration",
)
_NEXT = (b"Reply status: 1xx=", b"Reply time [ms]:", b"Connection rate:")
_REACHED = 0.95
_HINT = "keep the whole output, from `Total` to `Errors`"


def sniff(head: bytes) -> int:
    """Return 90 for the line of totals with two other lines of the output."""
    if not _MARKS[0].search(head) or _MARKS[1] not in head:
        return 0
    return 90 if sum(line in head for line in _NEXT) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all runs of a text; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    blocks = _blocks(source)
    if not blocks:
        raise Unreadable("wrong-shape", "there is no `Total:` of httperf", source.at(1), _HINT)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, (intro, lines) in enumerate(blocks, 1):
        run = Run(run_labels(number, len(blocks)))
        problems += _read_run(source, intro, lines, run)
        facts += run.facts
    problems += common_problems(facts, source.at(1), pace=None)
    return Reading(tuple(facts), tuple(problems))


def _blocks(source: Source) -> list[tuple[list[Line], list[Line]]]:
    """Return for each run the lines from its command to its totals, and those that follow."""
    before: list[Line] = []
    into = before
    blocks: list[tuple[list[Line], list[Line]]] = []
    for line in plain_lines(source):
        if line.text.startswith(("httperf ", "```", "~~~")):
            into = before = []
        elif _TOTAL.fullmatch(line.text):
            into = []
            blocks.append((before, into))
        into.append(line)
    return blocks


def _read_run(source: Source, intro: list[Line], lines: list[Line], run: Run) -> Iterator[Problem]:
    """Collect the facts of a run, and yield what is wrong with it."""
    found: dict[str, tuple[re.Match[str], Location]] = {}
    for line in lines:
        for name, mark in _PATTERNS.items():
            if match := mark.match(line.text):
                found.setdefault(name, (match, source.at(line.number)))
    if not {"reply", "status", "errors"} <= set(found):
        message = "a run without its last lines: it is cut off"
        raise Unreadable("cut-off", message, source.at(lines[-1].number), _HINT)
    total, at = _TOTAL.fullmatch(lines[0].text), source.at(lines[0].number)
    if total is None:
        return
    sent, replies = int(total[2]), int(total[3])
    codes = [int(code) for code in found["status"][0].groups()]
    lost, bad = max(int(found["errors"][0][1]), sent - replies), sum(codes[3:])
    where = found["status"][1] if bad or not lost else found["errors"][1]
    run.counts(replies + lost, bad + lost, at, where, stated=False)
    if sum(codes) != replies:
        message = f"{replies:,} replies, {sum(codes):,} by the first digit of their status"
        yield contradiction(message, found["status"][1])
    duration = parse_number(total[4], at, "`test-duration`") * 1000
    run.add("duration", duration, "ms", at)
    run.pace(replies, duration, at)
    if "connections" in found:
        match, place = found["connections"]
        run.add("concurrency", int(match[1]), "", place)
    if replies and duration and "size" in found:
        match, place = found["size"]
        size = parse_number(match[1], place, "the size of a reply") * replies
        run.add("throughput", size / duration * 1000, "B/s", place, replies, derived=True)
    if replies:
        yield from _times(run, found["reply"], replies, (bad, lost))
    yield from _requested(source, intro, run)


def _times(
    run: Run, reply: tuple[re.Match[str], Location], replies: int, failed: tuple[int, int]
) -> Iterator[Problem]:
    match, at = reply
    parts = [parse_number(text, at, "`Reply time`") for text in match.groups()]
    run.add("mean", sum(parts), "ms", at, replies, derived=True)
    yield from mixed_times(replies, *failed, at)
    message = "httperf has no percentiles of replies, only their mean"
    help_ = "measure with a tool that has them (k6, wrk, hey, oha) for an expectation of p95"
    yield Problem("warning", "no-percentiles", message, at, help_)


def _requested(source: Source, intro: list[Line], run: Run) -> Iterator[Problem]:
    """Add the rate that the command asked for, and yield a warning if it was not reached."""
    for line in intro:
        match = _COMMAND.match(line.text)
        if match is None:
            continue
        at = source.at(line.number)
        calls = _CALLS.search(line.text)
        wanted = parse_number(match[1], at, "`--rate`") * (int(calls[1]) if calls else 1)
        rate = run.value("rate")
        if not wanted:
            continue
        run.add("rate.requested", wanted, "1/s", at, derived=True)
        if rate is not None and rate < _REACHED * wanted:
            message = (
                f"{digits(wanted)} requests per second were asked for, {digits(rate)} were made"
            )
            help_ = "the service or the client could not keep up: see the times"
            yield Problem("warning", "rate-missed", message, at, help_)


_PER = ("run",)
READER = Reader(
    id="httperf",
    title="httperf output",
    summary="requests, errors, rate and mean response time of runs of httperf",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    rounding=0.01,
    metrics=(
        Metric("requests", "", "replies, and requests or connections without one", _PER),
        Metric("failures", "", "replies of 4xx and 5xx, and what got no reply", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "replies per second over the whole test", _PER),
        Metric("rate.requested", "1/s", "`--rate` times `--num-calls` of the command", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        Metric("duration", "ms", "how long the run took", _PER),
        Metric("concurrency", "", "the most connections at once", _PER),
        Metric("mean", "ms", "mean time of a reply: response and transfer", _PER),
    ),
    produce="httperf --server host --uri /path --rate 40 --num-conns 24000 > httperf.txt",
    source="https://github.com/httperf/httperf (src/stat/basic.c)",
    traps=(
        "There are no percentiles of replies: a warning says so.",
        "Minimum, median and maximum are of connections, with all their calls: they are not read.",
        "A reply takes `response` and `transfer`: `mean` is their sum.",
        "A connection that failed counts as one request, however many calls it was to make.",
        "`Net I/O` has what was sent in it: `throughput` is replies times their mean size.",
        "`--rate` is of connections: `rate.requested` is that times `--num-calls`.",
        "With `--rate` it is an open model: it sends on while the server stands still.",
        "Several runs in one text, Markdown too, have the label `run`: the worst counts.",
        "There is no date in the output.",
    ),
)
