"""One JSON report of ghz to facts in canonical units: from its calls if all are listed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.closed import arrivals
from readiness.evidence.loadtest.facts import load_facts
from readiness.evidence.loadtest.numbers import count, number, percentile
from readiness.evidence.loadtest.totals import Labels, Run
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.ghz.calls import MS, Calls, parse_moment
from readiness.model.fact import Problem
from readiness.stats.digits import digits
from readiness.stats.histogram import mean, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument
    from readiness.model.load import Arrivals, Load

_TIMES = {"fastest": "min", "average": "mean", "slowest": "max"}
_STATED = ("rate", "duration")
_AVERAGE = 0.02
_EXACT = 0.001  # all are in nanoseconds
_LOWEST = 50
_HINT = "keep the report as ghz wrote it"


@dataclass
class Report:
    """One run.

    Attributes:
        run: its facts.
        load: its calls, if all of them are listed.
        produced: when it ended, if the file says.
        call: the method that was called, if the file says.
    """

    run: Run
    problems: list[Problem] = field(default_factory=list)
    load: Load | None = None
    produced: datetime | None = None
    call: str = ""


def read_report(document: JsonDocument, labels: Labels) -> Report:
    """Return what a report says.

    Raises:
        Unreadable: it is of another shape, or a value is no number.
    """
    report = Report(Run(labels))
    call = document.get("options", "call")
    report.call = call if isinstance(call, str) else ""
    calls = count(document.get("count"), document.at("count"), "`count`")
    codes = _counted(document, "statusCodeDistribution")
    failures = sum(n for code, n in codes.items() if code != "OK")
    failures = max(failures, sum(_counted(document, "errorDistribution").values()))
    details: Calls = document.get("details") or Calls(document, (), {})
    details.check()
    if details and len(details) == calls:
        report.load = details.tally.load(_arrivals(document))
        report.problems += _compare(document, report.load, failures)
        found = load_facts(report.load, document.at("details"))
        for fact in found:
            if fact.metric not in _STATED or fact.labels:
                merged = tuple(sorted((*fact.labels, *labels)))
                report.run.facts.append(fact._replace(labels=merged))
    else:
        report.problems += _summary(document, report.run, calls, failures)
        if isinstance(document.get("options"), dict):
            report.run.facts += arrivals(report.run.facts, _arrivals(document))
    if details:
        report.problems += _unlike_calls(document, details)
    _pace(document, report, calls)
    if codes and sum(codes.values()) != calls:
        message = f"`count` is {calls:,}, the status codes add up to {sum(codes.values()):,}"
        report.problems.append(contradiction(message, document.at("count")))
    return report


def _counted(document: JsonDocument, key: str) -> dict[str, int]:
    value = document.get(key)
    if not isinstance(value, dict | None):
        raise Unreadable("wrong-shape", f"`{key}` is not an object", document.at(key), _HINT)
    return {
        name: count(number_of, document.at(key, name), f"the count of `{name[:40]}`")
        for name, number_of in (value or {}).items()
    }


def _arrivals(document: JsonDocument) -> Arrivals:
    return "open" if document.get("options", "async") is True else "closed"


def _compare(document: JsonDocument, load: Load, failures: int) -> Iterator[Problem]:
    """Yield what the calls contradict of the summary."""
    failed = size(load.whole.failed)
    if failed != failures:
        message = f"{failures:,} calls failed by the summary, {failed:,} by the list of calls"
        yield contradiction(message, document.at("statusCodeDistribution"))
    at = document.at("average")
    stated = number(document.get("average"), at, "`average`") * MS
    actual = mean(load.whole.all)
    if abs(stated - actual) > _AVERAGE * max(stated, actual):
        message = f"`average` is {digits(stated)} ms, the calls have {digits(actual)} ms"
        yield contradiction(message, at)


def _summary(document: JsonDocument, run: Run, calls: int, failures: int) -> Iterator[Problem]:
    """Add what the summary states; its percentiles are those of calls without an error."""
    at = document.at("count")
    run.counts(calls, failures, at, document.at("statusCodeDistribution"))
    details = document.get("details")
    good = min(calls - failures, len(details) if details else calls)
    for key, metric in _TIMES.items() if good > 0 else ():
        value = document.get(key)
        if value is not None and not (metric == "mean" and failures):
            place = document.at(key)
            run.ms(metric, number(value, place, f"`{key}`") * MS, place, good)
    for rank, value, place in _ranks(document):
        if rank >= _LOWEST and value:
            run.ms(percentile(rank), value, place, good)
    if details and len(details) > calls:
        message = f"`count` is {calls:,}, and {len(details):,} calls are listed"
        yield contradiction(message, at)
    elif details:
        message = f"{len(details):,} of {calls:,} calls are listed: the summary is taken as it is"
        help_ = "ghz lists a million calls at most"
        yield Problem("warning", "details-missing", message, document.at("details"), help_)
    yield from failed_calls(good, failures, document.at("latencyDistribution"))


def _ranks(document: JsonDocument) -> Iterator[tuple[float, float, Location]]:
    """Yield the percentiles that are stated: rank in percent, ms and place."""
    listed = document.get("latencyDistribution") or []
    if not isinstance(listed, list):
        place = document.at("latencyDistribution")
        raise Unreadable("wrong-shape", "`latencyDistribution` is not a list", place, _HINT)
    for index in range(len(listed)):
        steps = ("latencyDistribution", index)
        place = document.at(*steps, "latency")
        rank = number(document.get(*steps, "percentage"), place, "`percentage`")
        yield rank, number(document.get(*steps, "latency"), place, "`latency`") * MS, place


def _unlike_calls(document: JsonDocument, calls: Calls) -> Iterator[Problem]:
    """Yield the times of the summary that the listed calls do not have, with those they have.

    They are of the calls without an error that are listed, whether all calls are or not.
    """
    parts = calls.ordered()
    if not parts[0]:
        return
    stated = [
        (
            f"`{key}`",
            share,
            number(document.get(key), document.at(key), key) * MS,
            document.at(key),
        )
        for key, share in (("fastest", 0.0), ("slowest", 1.0))
        if document.get(key)
    ]
    stated += [(f"`p{r:g}`", r / 100, ms, at) for r, ms, at in _ranks(document) if ms and r <= 100]  # noqa: PLR2004
    for name, share, ms, at in stated:
        if not any(_fits(times, share, ms) for times in parts):
            actual = parts[0][max(0, math.ceil(share * len(parts[0])) - 1)]
            message = f"{name} is {digits(ms)} ms, the calls have {digits(actual)} ms"
            yield contradiction(message, at)


def _fits(times: Sequence[float], share: float, ms: float) -> bool:
    """Whether a time is a percentile of others by any definition."""
    last, rank = len(times) - 1, share * len(times)
    low = times[max(0, math.floor(rank) - 2)] if 0 < share < 1 else times[round(share) * last]
    high = times[min(last, math.ceil(rank) + 1)] if 0 < share < 1 else low
    return low * (1 - _EXACT) <= ms <= high * (1 + _EXACT)


def failed_calls(good: int, failures: int, at: Location) -> Iterator[Problem]:
    """Yield a warning if some calls failed: percentiles of ghz are those of the others.

    Its mean is that of all, so it is no fact then.
    """
    if failures and good > 0:
        message = f"{failures:,} calls failed: they are in no percentile, minimum or maximum"
        help_ = "the times are those of calls without an error; judge `errors` beside them"
        yield Problem("warning", "successes-only", message, at, help_)


def _pace(document: JsonDocument, report: Report, calls: int) -> None:
    at = document.at("total")
    duration = number(document.get("total"), at, "`total`") * MS
    report.run.add("duration", duration, "ms", at)
    rate = number(document.get("rps"), document.at("rps"), "`rps`")
    if rate and calls:
        report.run.add("rate", rate, "1/s", document.at("rps"), calls)
    for key in ("concurrency", "c"):
        value = document.get("options", key)
        if value is not None:
            place = document.at("options", key)
            report.run.add("concurrency", count(value, place, f"`{key}`"), "", place)
            break
    if document.get("date") is not None:
        report.produced = parse_moment(document.get("date"))
        if report.produced is None:
            message = f"`date` is `{str(document.get('date'))[:40]}`, not a moment"
            raise Unreadable("number", message, document.at("date"), _HINT)
    if document.get("endReason") == "cancel":
        place = document.at("endReason")
        message, help_ = "the run was cancelled", "let it run to its end"
        report.problems.append(Problem("inconclusive", "interrupted", message, place, help_))
