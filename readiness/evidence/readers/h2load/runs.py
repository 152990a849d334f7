"""The runs that h2load printed, to facts in canonical units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import parse_duration, parse_number, percentile
from readiness.evidence.loadtest.pasted import Line, plain_lines
from readiness.evidence.loadtest.totals import Run, run_labels
from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.fact import Problem

_START = "starting benchmark..."
_SPAWN = pattern(r"spawning thread #[0-9]{1,6}: ([0-9]{1,9}) (?:total|concurrent) client")
_TIMED = pattern(r".*Timing-based test with (\S{1,20}) of warm-up time and (\S{1,20}) of main ")
_END = pattern(r"finished in (\S{1,30}), ([0-9.]{1,20}) req/s, ([0-9.]{1,20})([KMGT]?)B/s")
_COUNTS = pattern(
    r"requests: ([0-9]{1,15}) total, ([0-9]{1,15}) started, ([0-9]{1,15}) done, "
    r"([0-9]{1,15}) succeeded, ([0-9]{1,15}) failed, ([0-9]{1,15}) errored"
    r"(?:, ([0-9]{1,15}) timeout)?"
)
_CODES = pattern(
    r"status codes: ([0-9]{1,15}) 2xx, ([0-9]{1,15}) 3xx, ([0-9]{1,15}) 4xx, ([0-9]{1,15}) 5xx"
)
_HEAD = pattern(r"min\s+max\s+\S")
_TIMES = pattern(r"(?:time for )?request\s*:\s*(\S.*)")
_NAMES = {"min": "min", "max": "max", "mean": "mean", "median": "p50"}
_RANK = pattern(r"(?:p)?([0-9]{2}(?:\.[0-9]{1,3})?)(?:th)?")
_PREFIX = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_SLACK = 0.05
_HINT = "keep the whole output, from `finished in` to `req/s`"


@dataclass
class Result:
    """One run.

    Attributes:
        run: its facts.
        times_at: the place of its times.
        answered: responses behind the times.
        status: how many of these are 4xx or 5xx.
        lost: requests without a response.
        timeouts: how many of these timed out.
    """

    run: Run
    times_at: Location
    answered: int = 0
    status: int = 0
    lost: int = 0
    timeouts: int = 0
    problems: list[Problem] = field(default_factory=list)


def read_runs(source: Source) -> list[Result]:
    """Return the runs in a text.

    Raises:
        Unreadable: none, one that is cut off, or a value that is no number.
    """
    blocks: list[list[Line]] = [[]]
    ended = False
    for line in plain_lines(source):
        ends = _END.match(line.text) is not None
        if line.text == _START or (ends and ended):
            blocks.append([])
            ended = False
        ended = ended or ends
        blocks[-1].append(line)
    own = [
        block
        for block in blocks
        if any(_END.match(line.text) or line.text == _START for line in block)
    ]
    if not own:
        message = "there is no `finished in` of h2load in it"
        raise Unreadable("wrong-shape", message, source.at(1), _HINT)
    return [
        _read_run(source, block, Run(run_labels(number, len(own))))
        for number, block in enumerate(own, 1)
    ]


def _find(source: Source, lines: list[Line], pattern: re.Pattern[str]) -> tuple[
    re.Match[str], Location
] | None:  # fmt: skip
    for line in lines:
        if match := pattern.match(line.text):
            return match, source.at(line.number)
    return None


def _read_run(source: Source, lines: list[Line], run: Run) -> Result:
    end, counts, times = (_find(source, lines, p) for p in (_END, _COUNTS, _TIMES))
    head = _find(source, lines, _HEAD)
    if end is None or counts is None or times is None or head is None:
        filled = [line.number for line in lines if line.text]
        last = source.at(filled[-1] if filled else lines[0].number)
        message = "a run without its results: it is cut off"
        raise Unreadable("cut-off", message, last, _HINT)
    result = Result(run, times[1])
    _counts(result, counts, _find(source, lines, _CODES))
    _pace(result, end, _find(source, lines, _TIMED))
    clients = [(m, line.number) for line in lines if (m := _SPAWN.match(line.text))]
    if clients:
        total = sum(int(match[1]) for match, _ in clients)
        run.add("concurrency", total, "", source.at(clients[0][1]), derived=len(clients) > 1)
    if result.answered:
        _times(result, head[0].string, times)
    return result


def _counts(
    result: Result,
    counts: tuple[re.Match[str], Location],
    codes: tuple[re.Match[str], Location] | None,
) -> None:
    match, at = counts
    total, started, done, good, failed, errored = (int(match[i]) for i in range(1, 7))
    result.lost, result.timeouts = errored, int(match[7] or 0)
    result.status, result.answered = failed - errored, good + failed - errored
    result.run.counts(good + failed, failed, at, at, stated=False)
    if errored > failed or result.timeouts > errored:
        message = f"{failed:,} failed, {errored:,} errored, {result.timeouts:,} timeout"
        result.problems.append(contradiction(f"no part is larger than its whole: {message}", at))
    elif good + failed > max(total, started) or done > max(total, started):
        message = f"{good + failed:,} requests ended, {max(total, started):,} were to be made"
        result.problems.append(contradiction(message, at))
    if codes and (bad := int(codes[0][3]) + int(codes[0][4])) != result.status:
        message = f"{result.status:,} responses failed, {bad:,} have a code of 4xx or 5xx"
        result.problems.append(contradiction(message, codes[1]))


def _pace(
    result: Result,
    end: tuple[re.Match[str], Location],
    timed: tuple[re.Match[str], Location] | None,
) -> None:
    match, at = end
    run, answered = result.run, result.answered
    duration, where = parse_duration(match[1], at, "`finished in`"), at
    rate = parse_number(match[2], at, "`req/s`")
    if timed:
        duration, where = parse_duration(timed[0][2], timed[1], "the main duration"), timed[1]
    run.add("duration", duration, "ms", where)
    if not answered or not rate:
        return
    run.add("rate", rate, "1/s", at, answered)
    size = parse_number(match[3], at, "the bytes per second") * 1024 ** _PREFIX[match[4]]
    run.add("throughput", size, "B/s", at, answered)
    made = rate * duration / 1000
    if abs(made - answered) > _SLACK * max(made, answered) + 1:
        message = f"{answered:,} responses, and rate times duration make {made:,.0f}"
        help_ = "keep the whole output: the line `spawning thread` tells of a warm-up"
        result.problems.append(contradiction(message, at, help_))


def _times(result: Result, head: str, times: tuple[re.Match[str], Location]) -> None:
    match, at = times
    names = [name for name in re.split(r"\s{2,}", head.strip()) if name]
    values = match[1].split()
    if len(values) != len(names):
        message = f"{len(values)} times below {len(names)} names"
        raise Unreadable("ragged", message, at, _HINT)
    for name, text in zip(names, values, strict=True):
        rank = _RANK.fullmatch(name)
        metric = _NAMES.get(name) or (percentile(float(rank[1])) if rank else None)
        if metric:
            result.run.ms(metric, parse_duration(text, at, f"`{name}`"), at, result.answered)
