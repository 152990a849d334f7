"""One run of hey to facts in canonical units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import parse_count, parse_number, percentile
from readiness.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.hey.runs import Row, Run

Labels = tuple[tuple[str, str], ...]
MOST = 1_000_000  # responses that hey keeps: of what comes later it counts errors only
_BAD = 400


def run_facts(run: Run, labels: Labels) -> list[Fact]:
    """Return what a run says.

    Raises:
        Unreadable: a value is no number.
    """
    answered = responses(run)
    return [
        *_counts(run, labels, answered),
        *_pace(run, labels, answered),
        *(_times(run, labels, answered) if answered else ()),
    ]


def responses(run: Run) -> int:
    """Return how many responses hey has counted: by status, else by its histogram."""
    section = "status" if run.sections.get("status") else "histogram"
    return sum(parse_count(r.value, run.source.at(r.line), "a count") for r in _rows(run, section))


def unanswered(run: Run) -> int:
    """Return how many requests had no response."""
    return sum(parse_count(r.key, run.source.at(r.line), "a count") for r in _rows(run, "errors"))


def judged(run: Run) -> bool:
    """Whether the status of responses is in it, which a document may leave out."""
    return bool(run.sections.get("status")) or not responses(run)


def _rows(run: Run, section: str) -> list[Row]:
    return run.sections.get(section, [])


def _counts(run: Run, labels: Labels, answered: int) -> Iterator[Fact]:
    """Yield requests and failures; these only where the status of responses is in it."""
    lost, rows = unanswered(run), [*_rows(run, "status"), *_rows(run, "histogram")]
    errors = _rows(run, "errors")
    at = run.source.at((rows or errors)[0].line) if rows or errors else run.at()
    requests = answered + lost
    yield Fact("requests", requests, "", at, labels, None, "derived")
    if not judged(run) or capped(run):
        return
    bad = [row for row in _rows(run, "status") if int(row.key) >= _BAD]
    status = sum(int(row.value) for row in bad)
    where = run.source.at(bad[0].line) if bad else at
    yield Fact("failures.status", status, "", where, labels, None, "derived")
    there = run.source.at(errors[0].line) if errors else at
    yield Fact("failures.socket", lost, "", there, labels, None, "derived")
    yield Fact("failures", status + lost, "", where, labels, None, "derived")
    if requests:
        share = (status + lost) / requests
        yield Fact("errors", share, "ratio", where, labels, requests, "derived")


def capped(run: Run) -> bool:
    """Whether hey made more requests than it keeps."""
    total, rate = _number(run, "Total"), _number(run, "Requests/sec")
    return responses(run) == MOST and total * rate > 1.001 * MOST


def _pace(run: Run, labels: Labels, answered: int) -> Iterator[Fact]:
    requests = answered + unanswered(run)
    yield Fact(
        "duration", _ms(run.lines["Total"].value, run.at("Total")), "ms", run.at("Total"), labels
    )
    if rate := _number(run, "Requests/sec"):
        yield Fact("rate", rate, "1/s", run.at("Requests/sec"), labels, requests)
    if "Total data" in run.lines and (seconds := _number(run, "Total")):
        size = _number(run, "Total data") / seconds
        at = run.at("Total data")
        yield Fact("throughput", size, "B/s", at, labels, answered, "derived")
    if run.workers:
        number, line, said = run.workers
        at = run.source.at(line)
        yield Fact("concurrency", number, "", at, labels, None, "file" if said else "tool-default")


def _times(run: Run, labels: Labels, answered: int) -> Iterator[Fact]:
    """Yield times of responses; the mean of more than hey keeps is wrong, so it is left out."""
    names = {"Fastest": "min", "Average": "mean", "Slowest": "max"}
    for key, name in names.items():
        if key in run.lines and not (name == "mean" and capped(run)):
            value = _ms(run.lines[key].value, run.at(key))
            yield Fact(name, value, "ms", run.at(key), labels, answered)
    for row in _rows(run, "latency"):
        if rank := int(row.key):  # `0% in 0.0000 secs` stands for a percentile it has not
            at = run.source.at(row.line)
            value = _ms(row.value, at)
            yield Fact(percentile(rank), value, "ms", at, labels, answered)


def _ms(text: str, at: Location) -> float:
    return round(parse_number(text, at, "a time in seconds") * 1000, 6)


def _number(run: Run, key: str) -> float:
    return parse_number(run.lines[key].value, run.at(key), f"`{key}`")
