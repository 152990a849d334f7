"""One JSON result of bombardier to facts in canonical units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import count, number, percentile
from readiness.evidence.loadtest.totals import Labels, Run
from readiness.evidence.reader import Unreadable
from readiness.model.fact import Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument

CODES = ("req1xx", "req2xx", "req3xx", "req4xx", "req5xx", "others")
FAILED = ("req4xx", "req5xx", "others")
_TIMEOUT = pattern(r"time(?:d )?out|deadline exceeded", re.IGNORECASE)
_RANK = pattern(r" ?[0-9]{1,2}(?:\.[0-9]{1,3})?")
_EARLY = 0.9
_HINT = "keep the file as bombardier wrote it"


@dataclass
class Result:
    """One run.

    Attributes:
        run: its facts.
        times_at: the place of its times.
        status: responses of 4xx and 5xx.
        lost: requests that got no response, whose times are among the others all the same.
        timeouts: how many of these timed out.
        url: what was asked, if the file says.
    """

    run: Run
    times_at: Location
    status: int = 0
    lost: int = 0
    timeouts: int = 0
    url: object = None
    problems: list[Problem] = field(default_factory=list)


def read_result(document: JsonDocument, labels: Labels) -> Result:
    """Return what a result says.

    Raises:
        Unreadable: it is of another shape, or a value is no number.
    """
    for key in ("spec", "result"):
        if not isinstance(document.get(key), dict):
            raise Unreadable("wrong-shape", f"`{key}` is not an object", document.at(key), _HINT)
    result = Result(Run(labels), document.at("result", "latency"), url=document.get("spec", "url"))
    run = result.run
    counts = {code: _count(document, "result", code) for code in CODES}
    requests = sum(counts.values())
    result.status, result.lost = counts["req4xx"] + counts["req5xx"], counts["others"]
    bad_at = document.at("result", next((c for c in FAILED if counts[c]), "req5xx"))
    run.counts(
        requests,
        sum(counts[code] for code in FAILED),
        document.at("result", "req2xx"),
        bad_at,
        stated=False,
    )
    _pace(document, result, requests)
    if requests:
        _times(document, result, requests)
    result.problems += _errors(document, result)
    return result


def _count(document: JsonDocument, *steps: str | int) -> int:
    return count(document.get(*steps), document.at(*steps), f"`{steps[-1]}`")


def _pace(document: JsonDocument, result: Result, requests: int) -> None:
    run, at = result.run, document.at("result", "timeTakenSeconds")
    seconds = number(document.get("result", "timeTakenSeconds"), at, "`timeTakenSeconds`")
    run.add("duration", seconds * 1000, "ms", at)
    run.pace(requests, seconds * 1000, at)
    if seconds and requests and document.get("result", "bytesRead") is not None:
        place = document.at("result", "bytesRead")
        size = number(document.get("result", "bytesRead"), place, "`bytesRead`")
        run.add("throughput", size / seconds, "B/s", place, requests, derived=True)
    if document.get("spec", "numberOfConnections") is not None:
        users = _count(document, "spec", "numberOfConnections")
        run.add("concurrency", users, "", document.at("spec", "numberOfConnections"))
    if document.get("spec", "rate") is not None:
        place = document.at("spec", "rate")
        rate = number(document.get("spec", "rate"), place, "`rate`")
        run.add("rate.requested", rate, "1/s", place)
    result.problems += _unfinished(document, requests, seconds)


def _unfinished(document: JsonDocument, requests: int, seconds: float) -> Iterator[Problem]:
    """Yield a problem if the run ended before its time or its number of requests."""
    planned = {"testDurationSeconds": (seconds, "s"), "numberOfRequests": (requests, "requests")}
    for key, (done, unit) in planned.items():
        at = document.at("spec", key)
        value = document.get("spec", key)
        if value is not None and done < _EARLY * (plan := number(value, at, f"`{key}`")):
            message = f"{digits(plan)} {unit} were planned, the run ended after {digits(done)}"
            help_ = "was it interrupted? let it run to its end"
            yield Problem("inconclusive", "interrupted", message, at, help_)


def _times(document: JsonDocument, result: Result, requests: int) -> None:
    latency, at = document.get("result", "latency"), result.times_at
    if latency is None:
        return
    if not isinstance(latency, dict):
        raise Unreadable("wrong-shape", "`latency` is not an object", at, _HINT)
    for key in ("mean", "max"):
        place = document.at("result", "latency", key)
        result.run.ms(key, number(latency.get(key), place, f"`{key}`") / 1000, place, requests)
    ranks = latency.get("percentiles")
    if ranks is None:
        return
    if not isinstance(ranks, dict):
        raise Unreadable("wrong-shape", "`percentiles` is not an object", at, _HINT)
    for key, value in ranks.items():
        place = document.at("result", "latency", "percentiles", key)
        if not _RANK.fullmatch(key):
            raise Unreadable("number", f"`{key[:20]}` is no rank in percent", place, _HINT)
        found = number(value, place, f"the percentile {key}") / 1000
        result.run.ms(percentile(float(key)), found, place, requests)


def _errors(document: JsonDocument, result: Result) -> Iterator[Problem]:
    """Note the timeouts among the errors, and yield what their sum contradicts."""
    errors = document.get("result", "errors")
    if errors is None:
        return
    at = document.at("result", "errors")
    if not isinstance(errors, list):
        raise Unreadable("wrong-shape", "`errors` is not a list", at, _HINT)
    listed = 0
    for index in range(len(errors)):
        number_of = _count(document, "result", "errors", index, "count")
        listed += number_of
        text = document.get("result", "errors", index, "description")
        if _TIMEOUT.search(str(text)):
            result.timeouts += number_of
    if listed > result.run.value("requests"):  # type: ignore[operator]
        yield contradiction(f"{listed:,} errors, more than requests", at)
