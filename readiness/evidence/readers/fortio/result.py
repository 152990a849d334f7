"""One result of Fortio, or of Nighthawk in Fortio's format, to facts in canonical units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import number, parse_number, percentile
from readiness.evidence.loadtest.totals import Labels, Run
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.fortio.buckets import Bucket, holding, read_buckets, whole
from readiness.model.fact import Problem
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument

RANKS = {"p50": 50.0, "p75": 75.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}
_GOOD = {"SERVING", "OK", "418"}
_CODE = pattern(r"-?[0-9]{1,3}")
_NANOSECONDS, _SECONDS = 1e-6, 1e3
_COARSE = 0.05
_HINT = "keep the file as the tool wrote it"


@dataclass
class Result:
    """One run, and what its times stand for.

    Attributes:
        document: the result.
        run: its facts.
        nighthawk: whether Nighthawk wrote it: counts as texts, seconds, and only 2xx counted.
        timed: responses behind the times.
        failures: requests that failed; None if the file does not count them.
        buckets: the histogram of the times.
        wide: percentiles that come from a wide bucket, with it.
        produced: when the run ended, if the file says.
    """

    document: JsonDocument
    run: Run
    nighthawk: bool
    timed: int
    failures: int | None = None
    buckets: list[Bucket] = field(default_factory=list)
    wide: list[tuple[str, Bucket]] = field(default_factory=list)
    produced: datetime | None = None

    @property
    def at(self) -> Location:
        """The place of its times."""
        return self.document.at("DurationHistogram")


def read_result(document: JsonDocument, labels: Labels) -> Result:
    """Return what a result says.

    Raises:
        Unreadable: it is of another shape, or a value is no number.
    """
    for key in ("DurationHistogram", "RetCodes"):
        if not isinstance(document.get(key), dict):
            message = f"`{key}` is not an object"
            raise Unreadable("wrong-shape", message, document.at(key), _HINT)
    nighthawk = isinstance(document.get("DurationHistogram", "Count"), str)
    timed = whole(document, "DurationHistogram", "Count")
    result = Result(document, Run(labels), nighthawk, timed, buckets=read_buckets(document))
    _counts(result)
    _pace(result)
    if timed:
        _times(result)
    return result


def _counts(result: Result) -> None:
    document, at = result.document, result.document.at("RetCodes")
    codes = {key: whole(document, "RetCodes", key) for key in document.get("RetCodes")}
    if result.nighthawk:
        result.run.add("requests", max(sum(codes.values()), result.timed), "", at, derived=True)
        return
    result.failures = sum(n for code, n in codes.items() if not _is_good(code))
    counted = document.at("DurationHistogram", "Count")
    result.run.counts(result.timed, result.failures, counted, at)


def _is_good(code: str) -> bool:
    """Whether Fortio takes a code for a success: 2xx, 418, and `SERVING` or `OK` of gRPC."""
    return code in _GOOD or (bool(_CODE.fullmatch(code)) and 200 <= int(code) <= 299)  # noqa: PLR2004


def _pace(result: Result) -> None:
    document, run = result.document, result.run
    at = document.at("ActualDuration")
    scale = _SECONDS if result.nighthawk else _NANOSECONDS
    duration = number(document.get("ActualDuration"), at, "`ActualDuration`") * scale
    run.add("duration", duration, "ms", at)
    rate = number(document.get("ActualQPS"), document.at("ActualQPS"), "`ActualQPS`")
    if rate and result.timed:
        run.add("rate", rate, "1/s", document.at("ActualQPS"), result.timed)
    requested = document.get("RequestedQPS")
    if requested is not None and requested != "max" and not result.nighthawk:
        where = document.at("RequestedQPS")
        text = str(requested)
        value = parse_number(text, where, "`RequestedQPS`")
        run.add("rate.requested", value, "1/s", where)
    if not result.nighthawk and document.get("NumThreads") is not None:
        run.add("concurrency", whole(document, "NumThreads"), "", document.at("NumThreads"))
    size = document.get("Sizes", "Sum")
    if size is not None and duration and result.timed:
        where = document.at("Sizes", "Sum")
        total = number(size, where, "`Sizes.Sum`")
        run.add("throughput", total / duration * 1000, "B/s", where, result.timed, derived=True)
    result.produced = _ended(document, duration)


def _ended(document: JsonDocument, duration: float) -> datetime | None:
    text, at = document.get("StartTime"), document.at("StartTime")
    if text is None:
        return None
    try:
        start = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text))
        if start.tzinfo is not None:
            return start + timedelta(milliseconds=duration)
    except (TypeError, ValueError, OverflowError):
        pass
    message = f"`StartTime` is `{str(text)[:40]}`, not a moment with its time zone"
    raise Unreadable("number", message, at, _HINT)


def _times(result: Result) -> None:
    """Add the times: those that are stated, and percentiles by bucket for those that are not.

    A percentile by bucket is the upper end of its bucket, so it is never too low, or a higher
    percentile that Fortio interpolated within that bucket.
    """
    document, run = result.document, result.run
    for key, metric in (("Min", "min"), ("Avg", "mean"), ("Max", "max")):
        value = document.get("DurationHistogram", key)
        if value is not None:
            at = document.at("DurationHistogram", key)
            run.ms(metric, number(value, at, f"`{key}`") * 1000, at, result.timed)
    stated: dict[float, float] = {}
    for rank, value, at in _stated(document):
        run.ms(percentile(rank), value, at, result.timed)
        stated[rank] = value
    filled = [bucket for bucket in result.buckets if bucket.number]
    if filled and run.value("max") is None:
        run.ms("max", filled[-1].end, filled[-1].at, result.timed)
        run.ms("min", filled[0].start, filled[0].at, result.timed)
    wanted = {name: rank for name, rank in RANKS.items() if rank not in stated}
    for name, bucket in holding(result.buckets, wanted):
        above = [value for rank, value in stated.items() if rank > RANKS[name]]
        value = min([bucket.end, *above])
        run.add(name, value, "ms", bucket.at, result.timed, derived=True)
        if bucket.end - bucket.start > _COARSE * bucket.end:
            result.wide.append((name, bucket))


def _stated(document: JsonDocument) -> Iterator[tuple[float, float, Location]]:
    listed = document.get("DurationHistogram", "Percentiles") or []
    if not isinstance(listed, list):
        at = document.at("DurationHistogram", "Percentiles")
        raise Unreadable("wrong-shape", "`Percentiles` is not a list", at, _HINT)
    for index in range(len(listed)):
        steps = ("DurationHistogram", "Percentiles", index)
        rank = document.get(*steps, "Percentile")
        at = document.at(*steps, "Value")
        value = number(document.get(*steps, "Value"), at, "`Value`") * 1000
        place = document.at(*steps, "Percentile")
        yield number(rank, place, "`Percentile`"), value, at


def contradictions(result: Result) -> Iterator[Problem]:
    """Yield what the rest of the file contradicts."""
    document = result.document
    bucketed = sum(bucket.number for bucket in result.buckets)
    if result.buckets and bucketed != result.timed:
        message = f"`Count` is {result.timed:,}, the buckets add up to {bucketed:,}"
        yield contradiction(message, document.at("DurationHistogram", "Count"))
    codes = sum(whole(document, "RetCodes", key) for key in document.get("RetCodes"))
    if codes != result.timed and not result.nighthawk:
        message = f"{result.timed:,} calls were timed, {codes:,} are counted by their code"
        yield contradiction(message, document.at("RetCodes"))
    errors = document.get("ErrorsDurationHistogram", "Count")
    if errors is not None and result.failures is not None:
        listed = whole(document, "ErrorsDurationHistogram", "Count")
        if listed != result.failures:
            message = f"{listed:,} errors were timed, {result.failures:,} are counted by code"
            yield contradiction(message, document.at("ErrorsDurationHistogram", "Count"))
