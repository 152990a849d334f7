"""One JSON result of autocannon to facts in canonical units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

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

_RANK = pattern(r"p([0-9]{1,2})(?:_([0-9]{1,4}))?")
_LOWEST = 50.0  # percentiles below the median say nothing about slow responses
_CLOCK = 2.0  # s that the stated duration may differ from the times of start and end
_HINT = "keep the file as autocannon wrote it"
_SPREAD = "use `--ignoreCoordinatedOmission`, or a tool that keeps a schedule (k6, wrk2)"


@dataclass
class Result:
    """One run, and what its times stand for.

    Attributes:
        run: its facts.
        times_at: the place of its times.
        timed: responses behind the times.
        timed_failures: how many of these are failures.
        lost: requests without a response.
        timeouts: how many of these timed out.
        pipelining: requests that a connection has open at once.
        spread: whether autocannon added values to the times.
        url: what was asked, if the file says.
        finish: when it ended, if the file says, with the place.
    """

    run: Run
    times_at: Location
    timed: int = 0
    timed_failures: int = 0
    lost: int = 0
    timeouts: int = 0
    pipelining: int = 1
    spread: bool = False
    problems: list[Problem] = field(default_factory=list)
    url: object = None
    finish: datetime | None = None
    finished_at: Location | None = None


def read_result(document: JsonDocument, labels: Labels) -> Result:
    """Return what a result says.

    Raises:
        Unreadable: it is of another shape, or a value is no number.
    """
    for key in ("latency", "requests"):
        if not isinstance(document.get(key), dict):
            message = f"`{key}` is not an object"
            raise Unreadable("wrong-shape", message, document.at(key), _HINT)
    result = Result(Run(labels), document.at("latency"), url=document.get("url"))
    responses, bad = _counts(document, result)
    _pace(document, result, responses)
    _times(document, result, responses, bad)
    result.problems += _contradictions(document, responses)
    return result


def _count(document: JsonDocument, *steps: str, default: int | None = None) -> int:
    value = document.get(*steps)
    if value is None and default is not None:
        return default
    return count(value, document.at(*steps), f"`{'.'.join(steps)}`")


def _counts(document: JsonDocument, result: Result) -> tuple[int, int]:
    """Add the counts; return responses, and how many of these are failures."""
    responses = _count(document, "requests", "total")
    result.lost = _count(document, "errors")
    result.timeouts = _count(document, "timeouts", default=0)
    unexpected = _count(document, "mismatches", default=0)
    bad = _count(document, "non2xx")
    bad += min(unexpected, max(0, responses - bad))
    at = document.at("non2xx") if bad or not result.lost else document.at("errors")
    result.run.counts(
        responses + result.lost, bad + result.lost, document.at("requests", "total"), at,
        stated=not result.lost,
    )  # fmt: skip
    _open_requests(document, result, responses)
    return responses, bad


def _open_requests(document: JsonDocument, result: Result, responses: int) -> None:
    """Note how deep connections are filled, and requests that got neither answer nor error."""
    sent = document.get("requests", "sent")
    result.pipelining = max(1, _count(document, "pipelining", default=1))
    in_flight = _count(document, "connections", default=0) * result.pipelining
    result.spread = _count(document, "latency", "totalCount", default=0) > responses
    if sent is not None:
        open_ = _count(document, "requests", "sent") - responses - result.lost
        if in_flight and open_ > in_flight and not (result.timeouts or result.spread):
            message = f"{open_:,} of the requests sent have neither a response nor an error"
            where = document.at("requests", "sent")
            help_ = "did the server close connections? judge the rate with care"
            result.problems.append(Problem("warning", "unanswered", message, where, help_))


def _pace(document: JsonDocument, result: Result, responses: int) -> None:
    run, at = result.run, document.at("duration")
    duration = number(document.get("duration"), at, "`duration`") * 1000
    run.add("duration", duration, "ms", at)
    run.pace(responses, duration, document.at("requests", "total"))
    total = document.get("throughput", "total")
    if total is not None and responses and duration:
        where = document.at("throughput", "total")
        size = number(total, where, "`throughput.total`")
        run.add("throughput", size / duration * 1000, "B/s", where, responses, derived=True)
    if document.get("connections") is not None:
        run.add("concurrency", _count(document, "connections"), "", document.at("connections"))
    moments = [_moment(document, key) for key in ("start", "finish")]
    if moments[1]:
        result.finish, result.finished_at = moments[1], document.at("finish")
    if moments[0] and moments[1]:
        span = (moments[1] - moments[0]).total_seconds()
        if abs(span - duration / 1000) > _CLOCK + 0.05 * span:
            message = f"`duration` is {digits(duration / 1000)} s, "
            message += f"from start to finish are {digits(span)} s"
            result.problems.append(contradiction(message, at))


def _moment(document: JsonDocument, key: str) -> datetime | None:
    text = document.get(key)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"`{key}` is `{str(text)[:40]}`, not a moment with its time zone"
        raise Unreadable("number", message, document.at(key), _HINT)
    return moment


def _times(document: JsonDocument, result: Result, responses: int, bad: int) -> None:
    stated = document.get("latency", "totalCount")
    timed = responses if stated is None else _count(document, "latency", "totalCount")
    result.timed = 0 if result.spread else timed
    result.timed_failures = bad if timed == responses else 0
    if not timed:
        return
    at = document.at("latency", "totalCount")
    if result.spread:
        message = (
            f"{timed:,} times stand for {responses:,} responses: autocannon's correction added "
            "a value for each ms of each, so mean and percentiles are too low and are left out"
        )
        result.problems.append(Problem("warning", "spread-times", message, at, _SPREAD))
    elif timed < responses:
        message = f"{responses - timed:,} responses are in no time (`--excludeErrorStats`)"
        help_ = "the times are those of 2xx responses; judge `errors` beside them"
        result.problems.append(Problem("warning", "successes-only", message, at, help_))
    ranked = dict(_ranked(document))
    low = min((value for value, _ in ranked.values()), default=0.0)
    for metric, key in (("min", "min"), ("mean", "average"), ("max", "max")):
        place = document.at("latency", key)
        value = number(document.get("latency", key), place, f"`latency.{key}`")
        if metric == "max" or not (result.spread or (metric == "min" and value > low)):
            result.run.ms(metric, value, place, responses if result.spread else timed)
    for rank, (value, place) in sorted(ranked.items()):
        if rank >= _LOWEST and not result.spread:
            result.run.ms(percentile(rank), value, place, timed)


def _ranked(document: JsonDocument) -> Iterator[tuple[float, tuple[float, Location]]]:
    times: dict[str, Any] = document.get("latency")
    for key, value in times.items():
        if match := _RANK.fullmatch(key):
            at = document.at("latency", key)
            rank = float(f"{match[1]}.{match[2] or 0}")
            yield rank, (number(value, at, f"`latency.{key}`"), at)


def _contradictions(document: JsonDocument, responses: int) -> Iterator[Problem]:
    good, bad = _count(document, "2xx"), _count(document, "non2xx")
    if good + bad != responses:
        message = f"{responses:,} responses, of which {good:,} are 2xx and {bad:,} are not"
        yield contradiction(message, document.at("requests", "total"))
    others = [_count(document, f"{digit}xx", default=0) for digit in (1, 3, 4, 5)]
    if sum(others) != bad:
        message = f"{bad:,} responses are not 2xx, {sum(others):,} by their first digit"
        yield contradiction(message, document.at("non2xx"))
    if _count(document, "timeouts", default=0) > _count(document, "errors"):
        yield contradiction("more timeouts than errors", document.at("timeouts"))
