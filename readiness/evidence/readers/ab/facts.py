"""One run of ApacheBench to facts in canonical units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import parse_count, parse_number, percentile
from readiness.evidence.reader import Unreadable
from readiness.model.fact import Fact
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.ab.runs import Run

Labels = tuple[tuple[str, str], ...]
_WHOLE = 100.0
_KIB = 1024
_WINDOW = pattern(r"([0-9]{1,15}) \(window\)")
_ROWS = {5: (0, 1, 4), 3: (0, 1, 2)}  # columns of min, mean and max, with and without `-S`


def run_facts(run: Run, labels: Labels) -> list[Fact]:
    """Return what a finished run says.

    Raises:
        Unreadable: a value is no number.
    """
    requests = _count(run, "Complete requests")
    samples = requests
    if window := _WINDOW.fullmatch(run.text("Number of requests") or ""):
        samples = min(requests, int(window[1]))
    return [
        Fact("requests", requests, "", run.at("Complete requests"), labels),
        *_failures(run, labels, requests),
        *_pace(run, labels, requests),
        *(_times(run, labels, samples) if requests else ()),
    ]


def details(run: Run) -> dict[str, int]:
    """Return failed requests by kind; without that line all of them as `Exceptions`."""
    if run.details is None:
        return {"Exceptions": _count(run, "Failed requests")}
    pairs = (part.split(": ") for part in run.details.text.split(", "))
    return {kind: int(number) for kind, number in pairs}


def _failures(run: Run, labels: Labels, requests: int) -> Iterator[Fact]:
    """Yield failures by kind; a body of another length is none, and a 4xx or 5xx is one."""
    kinds = details(run)
    at = run.source.at(run.details.line) if run.details else run.at("Failed requests")
    status = _count(run, "Non-2xx responses")
    lost = sum(n for kind, n in kinds.items() if kind != "Length") + _count(run, "Write errors")
    where = run.at("Non-2xx responses", "Failed requests")
    yield Fact("failures.status", status, "", where, labels)
    yield Fact("failures.socket", lost, "", at, labels)
    yield Fact("failures.length", kinds.get("Length", 0), "", at, labels)
    tried = requests + kinds.get("Connect", 0)
    failures = min(status + lost, tried)  # `-r` counts a refused request up to three times
    yield Fact("failures", failures, "", where, labels, None, "derived")
    if tried:
        yield Fact("errors", failures / tried, "ratio", where, labels, tried, "derived")


def _pace(run: Run, labels: Labels, requests: int) -> Iterator[Fact]:
    duration = round(_number(run, "Time taken for tests") * 1000, 6)
    yield Fact("duration", duration, "ms", run.at("Time taken for tests"), labels)
    if requests:
        rate = _number(run, "Requests per second")
        yield Fact("rate", rate, "1/s", run.at("Requests per second"), labels, requests)
        if "Transfer rate" in run.lines:
            size = _number(run, "Transfer rate") * _KIB
            yield Fact("throughput", size, "B/s", run.at("Transfer rate"), labels, requests)
    name = "Concurrency achieved"  # of the next ab, which may not reach its level
    name = name if name in run.lines else "Concurrency Level"
    if name in run.lines:
        yield Fact("concurrency", _count(run, name), "", run.at(name), labels)


def _times(run: Run, labels: Labels, samples: int) -> Iterator[Fact]:
    cells = (run.text("Total") or "").split()
    columns = _ROWS.get(len(cells))
    at = run.at("Total")
    if columns is None:
        message = f"`Total:` has {len(cells)} columns, not min, mean and max"
        raise Unreadable("table", message, at, "keep the table as ab printed it")
    for name, column in zip(("min", "mean", "max"), columns, strict=True):
        value = parse_number(cells[column], at, f"the {name} time")
        yield Fact(name, value, "ms", at, labels, samples)
    for text, found in run.ranks.items():
        if float(text) < _WHOLE:
            where = run.source.at(found.line)
            value = parse_number(found.text, where, f"the time of {text}%")
            yield Fact(percentile(float(text)), value, "ms", where, labels, samples)


def _count(run: Run, name: str) -> int:
    return parse_count((run.text(name) or "0").strip(), run.at(name), f"`{name}`")


def _number(run: Run, name: str) -> float:
    """Return the number before a unit, such as `0.465 seconds`."""
    words = (run.text(name) or "").split()
    return parse_number(words[0] if words else "", run.at(name), f"`{name}`")
