"""The summaries that ghz prints, pasted or not, to facts in canonical units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import (
    parse_count,
    parse_duration,
    parse_number,
    percentile,
)
from readiness.evidence.loadtest.pasted import Line, summaries
from readiness.evidence.loadtest.totals import Run, run_labels
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.ghz.report import Report, failed_calls
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

_LINE = pattern(r"(Count|Total|Slowest|Fastest|Average|Requests/sec):\s+(\S.{0,40})")
_RANK = pattern(r"([0-9]{1,2}(?:\.[0-9]{1,3})?) ?% in (\S.{0,30})")
_STATUS = pattern(r"\[([A-Za-z0-9_]{1,40})\]\s+([0-9]{1,15}) responses")
_ERROR = pattern(r"\[([0-9]{1,15})\]\s+\S")
_TIMES = {"Fastest": "min", "Average": "mean", "Slowest": "max"}
_LOWEST = 50.0
_HINT = "keep the summary as ghz printed it"


def read_text(source: Source) -> list[Report]:
    """Return the summaries in a text.

    Raises:
        Unreadable: none, one that is cut off, or a value that is no number.
    """
    own = summaries(source, "Count:", _HINT)
    return [
        _read_run(source, block, Run(run_labels(number, len(own))))
        for number, block in enumerate(own, 1)
    ]


def _read_run(source: Source, lines: list[Line], run: Run) -> Report:
    found: dict[str, tuple[str, Location]] = {}
    ranks: dict[str, tuple[str, Location]] = {}
    statuses: dict[str, int] = {}
    at, errors, listed = source.at(lines[0].number), 0, False
    for line in lines:
        where = source.at(line.number)
        if match := _LINE.fullmatch(line.text):
            found[match[1]] = match[2], where
        elif match := _RANK.fullmatch(line.text):
            if float(match[1]) >= _LOWEST:
                ranks[percentile(float(match[1]))] = match[2].strip(), where
        elif match := _STATUS.fullmatch(line.text):
            statuses[match[1]], at = int(match[2]), where
        elif match := _ERROR.match(line.text):
            errors += int(match[1])
        listed = listed or line.text.startswith(("Status code", "Error distribution"))
    if not {"Count", "Total", "Requests/sec"} <= set(found) or not listed:
        message = "a summary without its status codes: it is cut off"
        raise Unreadable("cut-off", message, source.at(lines[-1].number), _HINT)
    return _facts(Report(run), found, ranks, statuses, max(errors, _failed(statuses)), at)


def _failed(statuses: dict[str, int]) -> int:
    return sum(n for code, n in statuses.items() if code != "OK")


def _facts(
    report: Report,
    found: dict[str, tuple[str, Location]],
    ranks: dict[str, tuple[str, Location]],
    statuses: dict[str, int],
    failures: int,
    at: Location,
) -> Report:
    run = report.run
    text, counted_at = found["Count"]
    calls = parse_count(text, counted_at, "`Count`")
    run.counts(calls, failures, counted_at, at)
    text, where = found["Total"]
    run.add("duration", parse_duration(text, where, "`Total`"), "ms", where)
    text, where = found["Requests/sec"]
    rate = parse_number(text, where, "`Requests/sec`")
    if rate and calls:
        run.add("rate", rate, "1/s", where, calls)
    good = calls - failures
    times = {metric: found[name] for name, metric in _TIMES.items() if name in found} | ranks
    for metric, (text, where) in times.items() if good > 0 else ():
        if metric != "mean" or not failures:
            run.ms(metric, parse_duration(text, where, f"`{metric}`"), where, good)
    if statuses and sum(statuses.values()) != calls:
        message = f"`Count` is {calls:,}, the status codes add up to {sum(statuses.values()):,}"
        report.problems.append(contradiction(message, counted_at))
    report.problems += failed_calls(good, failures, at)
    return report
