"""What bombardier prints to a terminal, pasted or not, to facts in canonical units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import parse_duration, percentile
from readiness.evidence.loadtest.pasted import Line, plain_lines
from readiness.evidence.loadtest.totals import Run, run_labels
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.bombardier.result import CODES, Result
from readiness.model.fact import Problem
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

START = pattern(r"Statistics\s{1,20}Avg\s{1,20}Stdev\s{1,20}Max")
_INTRO = pattern(
    r"Bombarding (\S{1,400}) (?:for (\S{1,20})|with ([0-9]{1,15}) request(?:s|\(s\))?)"
    r" using ([0-9]{1,9}) connection(?:s|\(s\))?"
)
_DONE = pattern(r"\]\s*(?:[0-9.]{1,6}%)?\s*(?:[0-9./s]{1,20}/s\s*)?([0-9hms.]{1,12}) ?(?:Done!)?$")
_LATENCY = pattern(r"Latency\s+([0-9.]{1,12}[a-zµ]{1,2})\s+(\S{1,16})\s+([0-9.]{1,12}[a-zµ]{1,2})")
_RANK = pattern(r"([0-9]{1,2}(?:\.[0-9]{1,3})?)%\s+([0-9.]{1,12}[a-zµ]{1,2})")
_CODES = pattern(r"[ ,]*".join(rf"{digit}xx - ([0-9]{{1,15}})" for digit in range(1, 6)))
_OTHERS = pattern(r"others - ([0-9]{1,15})")
_ERROR = pattern(r"(\S.{0,400}) - ([0-9]{1,15})")
_TIMEOUT = pattern(r"time(?:d )?out|deadline exceeded", re.IGNORECASE)
_NONE = "There wasn't enough data to compute statistics for latencies"
_HINT = "keep the whole output, from `Bombarding` to `Throughput`"


def read_text(source: Source) -> list[Result]:
    """Return the runs in a text.

    Raises:
        Unreadable: none, one that is cut off, or a value that is no number.
    """
    before: list[Line] = []
    blocks: list[tuple[list[Line], list[Line]]] = []
    open_ = False
    for line in plain_lines(source):
        if START.match(line.text):
            blocks.append((before, []))
            before, open_ = [], True
        elif line.text.startswith(("```", "~~~", "Bombarding ")):
            open_ = False
        (blocks[-1][1] if open_ else before).append(line)
    return [
        _read_run(source, intro, lines, Run(run_labels(number, len(blocks))))
        for number, (intro, lines) in enumerate(blocks, 1)
    ]


def _read_run(source: Source, intro: list[Line], lines: list[Line], run: Run) -> Result:
    result = Result(run, source.at(lines[0].number))
    codes = others = None
    for line in lines:
        at = source.at(line.number)
        if match := _CODES.fullmatch(line.text):
            codes = [int(group) for group in match.groups()], at
        elif match := _OTHERS.fullmatch(line.text):
            others = int(match[1])
        elif others is not None and (match := _ERROR.fullmatch(line.text)):
            result.timeouts += int(match[2]) if _TIMEOUT.search(match[1]) else 0
    if codes is None or others is None:
        message = "statistics without their HTTP codes: they are cut off"
        raise Unreadable("cut-off", message, source.at(lines[-1].number), _HINT)
    counts = dict(zip(CODES, (*codes[0], others), strict=True))
    requests = sum(counts.values())
    result.status, result.lost = counts["req4xx"] + counts["req5xx"], others
    run.counts(requests, result.status + others, codes[1], codes[1], stated=False)
    _pace(source, intro, result, requests)
    if requests:
        _times(source, lines, result, requests)
    return result


def _pace(source: Source, intro: list[Line], result: Result, requests: int) -> None:
    """Add duration, rate and connections from the lines above: the table has but means."""
    run, duration = result.run, None
    planned: tuple[int, Location] | None = None
    for line in intro:
        at = source.at(line.number)
        if match := _INTRO.match(line.text):
            result.url = match[1]
            duration = (match[2], at) if match[2] else None
            planned = (int(match[3]), at) if match[3] else None
            users = (int(match[4]), at)
            run.facts = [f for f in run.facts if f.metric != "concurrency"]
            run.add("concurrency", users[0], "", users[1])
        elif planned and line.text.startswith(("[", "0", *"123456789")):
            progress = _DONE.search(line.text.rpartition("\r")[2])
            duration = (progress[1], at) if progress else duration
    if duration:
        ms = parse_duration(duration[0], duration[1], "the duration")
        run.add("duration", ms, "ms", duration[1])
        run.pace(requests, ms, duration[1])
    if planned and requests < planned[0]:
        message = f"{planned[0]:,} requests were planned, the run ended after {requests:,}"
        help_ = "was it interrupted? let it run to its end"
        result.problems.append(Problem("inconclusive", "interrupted", message, planned[1], help_))


def _times(source: Source, lines: list[Line], result: Result, requests: int) -> None:
    seen = False
    for line in lines:
        at = source.at(line.number)
        if match := _LATENCY.fullmatch(line.text):
            seen, result.times_at = True, at
            result.run.ms("mean", parse_duration(match[1], at, "the mean"), at, requests)
            result.run.ms("max", parse_duration(match[3], at, "the maximum"), at, requests)
        elif match := _RANK.fullmatch(line.text):
            value = parse_duration(match[2], at, f"the {match[1]}% line")
            result.run.ms(percentile(float(match[1])), value, at, requests)
        seen = seen or line.text.startswith(_NONE)
    if not seen:
        message = "there is no line `Latency` that can be read"
        raise Unreadable("number", message, result.times_at, _HINT)
