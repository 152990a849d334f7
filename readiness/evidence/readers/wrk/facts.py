"""One run of wrk or wrk2 to facts in canonical units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import (
    parse_count,
    parse_duration,
    parse_number,
    parse_scaled,
    percentile,
)
from readiness.evidence.loadtest.spectrum import bounds, step_at
from readiness.model.fact import Fact
from readiness.stats.histogram import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.wrk.runs import Run

Labels = tuple[tuple[str, str], ...]
FROM_SPECTRUM = (95.0, 97.5)  # what the list of percentiles leaves out
_WHOLE = 100.0


def run_facts(run: Run, labels: Labels) -> list[Fact]:
    """Return what a run says.

    Raises:
        Unreadable: a value is no number.
    """
    at = run.at("done")
    requests = parse_count(run.lines["done"].groups[0], at, "the number of requests")
    return [
        Fact("requests", requests, "", at, labels),
        *_failures(run, labels, requests),
        *_pace(run, labels, requests),
        *(_times(run, labels, requests) if requests else ()),
    ]


def _failures(run: Run, labels: Labels, requests: int) -> Iterator[Fact]:
    """Yield failures by kind, their sum, and their share. wrk prints only lines that are not 0.

    A timeout is a late response to wrk, which is among the requests; to wrk2 it is a connection
    without one. What could not connect, send or receive is not among them.
    """
    status = _number(run, "status", 0)
    *lost, late = (_number(run, "socket", index) for index in range(4))
    for kind, number in {"status": status, "socket": sum(lost), "timeout": late}.items():
        at = run.at("status" if kind == "status" else "socket", "done")
        yield Fact(f"failures.{kind}", number, "", at, labels)
    at, failures = run.at("status", "socket", "done"), status + sum(lost) + late
    yield Fact("failures", failures, "", at, labels, None, "derived")
    tried = requests + sum(lost) + (late if run.constant else 0)
    if tried:
        share = min(1.0, failures / tried)
        yield Fact("errors", share, "ratio", at, labels, tried, "derived")


def _number(run: Run, line: str, index: int) -> int:
    return parse_count(run.group(line, index) or "0", run.at(line), f"a number of {line} errors")


def _pace(run: Run, labels: Labels, requests: int) -> Iterator[Fact]:
    at = run.at("done")
    duration = _ms(run.lines["done"].groups[1], at, "the duration")
    yield Fact("duration", duration, "ms", at, labels)
    rate = parse_number(run.lines["rate"].groups[0], run.at("rate"), "`Requests/sec`")
    if rate:
        yield Fact("rate", rate, "1/s", run.at("rate"), labels, requests)
    if run.requested:
        value, line = run.requested
        yield Fact("rate.requested", value, "1/s", run.source.at(line), labels)
    if (text := run.group("transfer")) is not None and requests:
        where = run.at("transfer")
        size = parse_scaled(text.replace("K", "k"), where, "`Transfer/sec`", 1024)
        yield Fact("throughput", size, "B/s", where, labels, requests)
    if (text := run.group("threads", 1)) is not None:
        where = run.at("threads")
        connections = parse_count(text, where, "the number of connections")
        yield Fact("concurrency", connections, "", where, labels)


def _times(run: Run, labels: Labels, requests: int) -> Iterator[Fact]:
    """Yield times, with how many samples are behind them where the file says."""
    if none_recorded(run):
        return
    samples = run.total.total if run.total else None
    if not run.constant:
        samples = max(0, requests - _number(run, "socket", 3))
    ends = {"mean": run.group("latency", 0), "max": run.group("latency", 1)}
    if run.group("head") != "Max":  # a fork of wrk2 has the 99th percentile there
        del ends["max"]
    for name, text in ends.items():
        if text is not None:
            at = run.at("latency")
            value = _ms(text, at, f"the {name} latency")
            yield Fact(name, value, "ms", at, labels, samples)
    for rank, (value, at) in sorted(_ranks(run).items()):
        if rank < _WHOLE:
            ends_ = _around(value, bounds(run.steps, rank / _WHOLE))
            yield Fact(percentile(rank), value, "ms", at, labels, samples, "file", ends_)
        elif "max" not in ends:
            yield Fact("max", value, "ms", at, labels, samples)


def _ranks(run: Run) -> dict[float, tuple[float, Location]]:
    """Return rank to time in ms and its place; two ranks come from wrk2's spectrum."""
    found = {}
    for rank in FROM_SPECTRUM:
        if step := step_at(run.steps, rank / _WHOLE):
            found[rank] = (step.value, run.source.at(step.line))
    for text, line in run.ranks.items():
        at = run.source.at(line.line)
        found[float(text)] = (_ms(line.groups[1], at, f"the time of {text}%"), at)
    return found


def none_recorded(run: Run) -> bool:
    """Whether no response time was recorded: wrk prints 0 or `-nan` then."""
    mean, longest = run.group("latency", 0) or "", run.group("latency", 1) or ""
    return "nan" in mean or longest in ("0.00us", "-nanus")


def _around(value: float, ends: Interval | None) -> Interval | None:
    """Widen an interval to a value that was rounded out of it."""
    return ends and Interval(min(value, ends.low), max(value, ends.high))


def _ms(text: str, at: Location, what: str) -> float:
    return round(parse_duration(text, at, what), 9)
