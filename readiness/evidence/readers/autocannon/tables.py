"""The tables that autocannon prints to a terminal, to facts in canonical units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import (
    parse_count,
    parse_number,
    parse_scaled,
    percentile,
)
from readiness.evidence.loadtest.pasted import Line, plain_lines
from readiness.evidence.loadtest.totals import Run, run_labels
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.autocannon.result import Result
from readiness.model.fact import Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from readiness.errors import Location

_COLOUR = pattern(r"\x1b\[[0-9;]{0,12}m")
TABLE = pattern(r"│[ \x1b\[0-9;m]*Latency[ \x1b\[0-9;m]*│")
_START = pattern(r"Running .{1,40} test @ (\S+)")
_END = pattern(r"([0-9]{1,15}k?) requests in ([0-9.]{1,12})s, ([0-9.]{1,12}) ([kMGTPE]?)B read")
_STATUS = pattern(r"([0-9]{1,15}) 2xx responses, ([0-9]{1,15}) non 2xx responses")
_ERRORS = pattern(r"([0-9]{1,15}k?) errors \(([0-9]{1,15}k?) timeouts\)")
_MISMATCHES = pattern(r"([0-9]{1,15}k?) requests with mismatched body")
_CONNECTIONS = pattern(r"([0-9]{1,9}) connections?(?: with ([0-9]{1,9}) pipelining factor)?")
_SAMPLES = pattern(r"# of samples: ([0-9]{1,9})")
_RANK = pattern(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%?")
_GROUPED = pattern(r"[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]{1,20})?")
_THOUSAND = 1000
_LOWEST = 50.0
_HINT = "keep the whole output, from `Running` to `requests in`"
_PREFIX = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


class _Block:
    """The lines of one run: those of its tables by the first cell of their head."""

    def __init__(self, source: Source, lines: list[Line]) -> None:
        self.source = source
        self.plain: list[Line] = []
        self.tables: dict[str, list[tuple[int, list[str]]]] = {}
        head: list[str] = []
        for line in lines:
            if not line.text.startswith("│"):
                self.plain.append(line)
                continue
            cells = [cell.strip() for cell in line.text.strip("│").split("│")]
            if cells[0] in ("Stat", "Percentile", "Code"):
                head = cells
                name = "Latency" if "Max" in head else "Pace" if "Min" in head else cells[0]
                self.tables[name] = [(line.number, head)]
            elif not head or len(cells) != len(head):
                message = f"a row of {len(cells)} cells in a table of {len(head)}"
                raise Unreadable("ragged", message, source.at(line.number), _HINT)
            else:
                list(self.tables.values())[-1].append((line.number, cells))

    def find(self, pattern: re.Pattern[str]) -> tuple[re.Match[str], Location] | None:
        for line in self.plain:
            if match := pattern.match(line.text):
                return match, self.source.at(line.number)
        return None


def read_tables(source: Source) -> list[Result]:
    """Return the runs that a text holds.

    Raises:
        Unreadable: no run, one that is cut off, or a value that is no number.
    """
    blocks: list[list[Line]] = [[]]
    for raw in plain_lines(source):
        line = Line(raw.number, _COLOUR.sub("", raw.text).strip())
        if _START.match(line.text):
            blocks.append([])
        blocks[-1].append(line)
    shown = [_Block(source, lines) for lines in blocks if any("│" in x.text for x in lines)]
    return [
        _read_run(block, Run(run_labels(number, len(shown))))
        for number, block in enumerate(shown, 1)
    ]


def _read_run(block: _Block, run: Run) -> Result:
    end, latency = block.find(_END), block.tables.get("Latency", [])
    if end is None or len(latency) != 2 or "Pace" not in block.tables:  # noqa: PLR2004
        last = block.plain[-1].number if block.plain else 1
        message = "a run without its last lines: it is cut off"
        raise Unreadable("cut-off", message, block.source.at(last), _HINT)
    result = Result(run, block.source.at(latency[1][0]))
    if begin := block.find(_START):
        result.url = begin[0][1]
    responses = _counts(block, result, end)
    duration = parse_number(end[0][2], end[1], "the duration") * 1000
    run.add("duration", duration, "ms", end[1])
    if responses:
        run.pace(responses, duration, end[1])
        size = parse_number(end[0][3], end[1], "the bytes read") * 1000 ** _PREFIX[end[0][4]]
        if duration:
            rate = size / duration * 1000
            run.add("throughput", rate, "B/s", end[1], responses, derived=True)
    if found := block.find(_CONNECTIONS):
        run.add("concurrency", int(found[0][1]), "", found[1])
        result.pipelining = max(1, int(found[0][2] or 1))
    if responses:
        _times(block, result, responses)
    return result


def _counts(block: _Block, result: Result, end: tuple[re.Match[str], Location]) -> int:
    """Add the counts; return the responses."""
    status, errors, mismatches = map(block.find, (_STATUS, _ERRORS, _MISMATCHES))
    bad = int(status[0][2]) if status else 0
    responses, at, exact = _responses(block, end, status)
    if errors:
        result.lost = int(parse_scaled(errors[0][1], errors[1], "the errors"))
        result.timeouts = int(parse_scaled(errors[0][2], errors[1], "the timeouts"))
    if mismatches:
        wrong = int(parse_scaled(mismatches[0][1], mismatches[1], "the mismatches"))
        bad += min(wrong, max(0, responses - bad))
    result.timed, result.timed_failures = responses, bad
    failed_at = next((f[1] for f in (status, errors) if f), at)
    stated = exact and not result.lost
    result.run.counts(responses + result.lost, bad + result.lost, at, failed_at, stated=stated)
    if not exact:
        message = "autocannon's tables round the requests: they are samples times their mean here"
        help_ = "keep the output of `--json`"
        result.problems.append(Problem("warning", "rounded", message, at, help_))
    codes = block.tables.get("Code", [])[1:]
    listed = sum(parse_count(row[1], block.source.at(n), "the count") for n, row in codes)
    if codes and exact and listed != responses:
        message = f"{responses:,} responses, {listed:,} by their code"
        result.problems.append(contradiction(message, at))
    return responses


def _responses(
    block: _Block,
    end: tuple[re.Match[str], Location],
    status: tuple[re.Match[str], Location] | None,
) -> tuple[int, Location, bool]:
    """Return the responses, where they stand, and whether they are exact."""
    if status:
        return int(status[0][1]) + int(status[0][2]), status[1], True
    codes = block.tables.get("Code", [])[1:]
    if codes:
        at = block.source.at(codes[0][0])
        return sum(parse_count(row[1], at, "the count") for _, row in codes), at, True
    samples, row = block.find(_SAMPLES), block.tables["Pace"][1:]
    head = block.tables["Pace"][0][1]
    for number, cells in row:
        if cells[0] == "Req/Sec" and samples and "Avg" in head:
            at = block.source.at(number, pointer="Avg")
            mean = _grouped(cells[head.index("Avg")], at)
            return round(mean * int(samples[0][1])), at, mean * int(samples[0][1]) < _THOUSAND
    if "k" in end[0][1]:
        message = f"the requests are rounded: `{end[0][1]}`"
        raise Unreadable("rounded", message, end[1], "keep the output of `--json`")
    return int(end[0][1]), end[1], True


def _times(block: _Block, result: Result, responses: int) -> None:
    (_, head), (line, cells) = block.tables["Latency"]
    names = {"Avg": "mean", "Max": "max"}
    found: dict[str, tuple[float, Location]] = {}
    for name, cell in zip(head[1:], cells[1:], strict=True):
        at = block.source.at(line, pointer=name)
        rank = _RANK.fullmatch(name)
        metric = percentile(float(rank[1])) if rank else names.get(name)
        if metric and not (rank and float(rank[1]) < _LOWEST):
            found[metric] = parse_number(cell.removesuffix(" ms"), at, f"`{name}`"), at
    for line, cells in block.tables.get("Percentile", [])[1:]:
        at = block.source.at(line)
        rank = _RANK.fullmatch(cells[0])
        value = parse_number(cells[-1], at, "a percentile")
        if rank and float(rank[1]) >= _LOWEST:
            metric = percentile(float(rank[1]))
            if metric in found and abs(found[metric][0] - value) >= 1:
                message = f"`{metric}` is {digits(found[metric][0])} ms in one table, "
                message += f"{digits(value)} here"
                result.problems.append(contradiction(message, at))
            found.setdefault(metric, (value, at))
    for metric, (value, at) in found.items():
        result.run.ms(metric, value, at, responses)


def _grouped(text: str, at: Location) -> float:
    """Return a number that may have commas between thousands: `71,690.67`."""
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    return parse_number(text, at, "`Req/Sec`")
