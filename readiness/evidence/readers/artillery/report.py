"""An Artillery report of version 1 or 2, read strictly: what the run and each endpoint did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest.numbers import MOST, count, is_number, number, percentile
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.load import Labels

PERIOD = 10  # seconds that Artillery 2 counts together
_STATS = {"min": "min", "mean": "mean", "median": "p50", "max": "max", "p999": "p99.9"}
_RANK = pattern(r"p([0-9]{2})")
_BAD = pattern(r"[45][0-9]{2}")
_HINT = "keep the file as `artillery run --output` wrote it"
_ENDPOINT = "plugins.metrics-by-endpoint."
_TIMED = _ENDPOINT + "response_time."
_OLD = {"http.": "engine.", "vusers.": "core."}  # names of the first builds of 2.0
Times = dict[str, tuple[float, "Location"]]


def _order(name: str) -> float:
    """Sort minimum and mean first, then the percentiles by rank, and the maximum last."""
    return {"min": -2.0, "mean": -1.0, "max": 101.0}.get(name) or float(name[1:])


class Part(NamedTuple):
    """What the whole run, or the requests to one endpoint, did.

    Attributes:
        labels: none for the whole run.
        at: where its requests are counted.
        sent: requests.
        answered: responses.
        codes: responses by status code.
        broken: errors instead of a response, or after it began.
        times: metric to milliseconds and their place.
        timed: how many responses have a time.
    """

    labels: Labels
    at: Location
    sent: int
    answered: int
    codes: dict[str, int]
    broken: int
    times: Times
    timed: int

    @property
    def silent(self) -> int:
        """Requests without a response."""
        return max(0, self.sent - self.answered)

    @property
    def failures(self) -> int:
        """Requests that failed: no response, 4xx, 5xx, or an error after the response began.

        The last two may be the same request: their sum is the most that it can be.
        """
        bad = sum(n for code, n in self.codes.items() if _BAD.fullmatch(code))
        late = max(0, self.broken - self.silent)
        return self.silent + min(self.answered, bad + late)


class Report:
    """A parsed report.

    Attributes:
        document: the JSON with its places.
        legacy: whether Artillery 1 wrote it.
        periods: the reports of ten seconds each.
    """

    def __init__(self, source: Source) -> None:
        self.document = JsonDocument(source)
        self._old = False
        aggregate = self._object("aggregate")
        self.legacy = "requestsCompleted" in aggregate
        inner = ("codes", "errors", "latency") if self.legacy else ("counters", "summaries")
        for key in inner:
            self._object("aggregate", key)
        self._old = "engine.http.requests" in self._object("aggregate", "counters")
        periods = self.document.get("intermediate") or []
        if not isinstance(periods, list) or not all(isinstance(p, dict) for p in periods):
            raise self._wrong("intermediate")
        self.periods: list[dict[str, Any]] = periods
        for index in range(len(periods)):
            for key in inner:
                self._object("intermediate", index, key)

    def at(self, *steps: str | int) -> Location:
        """Return the place of a value of the aggregate."""
        return self.document.at("aggregate", *steps)

    def _object(self, *steps: str | int) -> dict[str, Any]:
        value = self.document.get(*steps)
        if value is None and len(steps) > 1:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(*steps)
        return value

    def _wrong(self, *steps: str | int) -> Unreadable:
        message = f"`{steps[-1]}` is not that of an Artillery report"
        return Unreadable("wrong-shape", message, self.document.at(*steps), _HINT)

    def name(self, name: str) -> str:
        """Return a counter's name as this version writes it."""
        if not self._old:
            return name
        if name == "vusers.created":
            return "core.vusers.created.total"
        return _OLD.get(f"{name.partition('.')[0]}.", "") + name

    def counters(self, prefix: str, *steps: str | int) -> dict[str, int]:
        """Return the counts whose names begin with something, by the rest of the name."""
        steps = steps or ("aggregate", "counters")
        start = self.name(prefix)
        return {
            key.removeprefix(start): count(value, self.document.at(*steps, key), f"`{key}`")
            for key, value in self._object(*steps).items()
            if key.startswith(start)
        }

    def counter(self, name: str, *steps: str | int) -> int | None:
        """Return a count of the aggregate or of one period; None if there is none."""
        steps = steps or ("aggregate", "counters")
        key = self.name(name)
        value = self._object(*steps).get(key)
        return None if value is None else count(value, self.document.at(*steps, key), f"`{key}`")

    def value(self, *steps: str | int) -> float | None:
        """Return a number of the aggregate, or None where there is none."""
        found = self.document.get("aggregate", *steps)
        return None if found is None else number(found, self.at(*steps), f"`{steps[-1]}`")

    def summary(self, *steps: str) -> tuple[Times, int | None]:
        """Return the statistics of a summary, and how many samples it has if it says so."""
        times: Times = {}
        stats = self._object("aggregate", *steps)
        for key in stats:
            match = _RANK.fullmatch(key)
            name = percentile(float(match[1])) if match else _STATS.get(key)
            if key == "median" and "p50" in stats:
                continue
            value = self.value(*steps, key) if name else None
            if name and value is not None:
                times[name] = (value, self.at(*steps, key))
        times = dict(sorted(times.items(), key=lambda item: _order(item[0])))
        seen = stats.get("count")
        at = self.at(*steps, "count")
        return times, None if seen is None else count(seen, at, "`count`")

    @property
    def ended(self) -> tuple[datetime, Location] | None:
        """When the run ended, with its place."""
        steps = ("timestamp",) if self.legacy else ("lastMetricAt",)
        value = self.document.get("aggregate", *steps)
        try:
            if is_number(value) and value > 0:
                return datetime.fromtimestamp(value / 1000, UTC), self.at(*steps)
            if isinstance(value, str):
                found = datetime.fromisoformat(value)
                zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
                return zoned.astimezone(UTC), self.at(*steps)
        except (ValueError, OverflowError, OSError):
            raise Unreadable("number", "the end of the run is no time", self.at(*steps)) from None
        return None

    @property
    def duration(self) -> tuple[float, Location] | None:
        """Milliseconds from the first to the last thing that was counted, with their place."""
        if self.legacy:
            sent, pace = self.value("rps", "count"), self.value("rps", "mean")
            return (sent / pace * 1000, self.at("rps", "mean")) if sent and pace else None
        first, last = self.value("firstMetricAt"), self.value("lastMetricAt")
        if not first or not last:
            return None
        if last < first:
            message = "the last metric is older than the first"
            raise Unreadable("contradiction", message, self.at("lastMetricAt"), _HINT)
        return (last - first, self.at("lastMetricAt")) if last > first else None

    def whole(self) -> Part | None:
        """Return what the whole run did, None if it made no HTTP requests."""
        if self.legacy:
            return self._legacy()
        sent = self.counter("http.requests")
        if sent is None:
            return None
        key = self.name("http.response_time")
        times, timed = self.summary("summaries", key)
        answered = self.counter("http.responses") or 0
        return Part(
            (),
            self.at("counters", self.name("http.requests")),
            sent,
            answered,
            self.counters("http.codes."),
            sum(self.errors().values()),
            times,
            answered if timed is None else timed,
        )

    def errors(self) -> dict[str, int]:
        """Return how often there was an error, by its name."""
        return self.counters("", "aggregate", "errors") if self.legacy else self.counters("errors.")

    def _legacy(self) -> Part:
        answered = count(self.value("requestsCompleted"), self.at("requestsCompleted"), "requests")
        broken = sum(self.errors().values())
        stated = count(self.value("rps", "count") or 0, self.at("rps", "count"), "`rps.count`")
        sent, at = (stated, self.at("rps", "count")) if stated else (0, self.at("errors"))
        if stated < answered or not stated:
            sent, at = answered + broken, self.at("requestsCompleted")
        times, _ = self.summary("latency")
        codes = self.counters("", "aggregate", "codes")
        return Part((), at, sent, answered, codes, broken, times, answered)

    def endpoints(self) -> Iterator[Part]:
        """Yield what the requests to each endpoint did, if the plug-in counted them."""
        found: dict[str, tuple[list[dict[str, int]], Location]] = {}
        for name, value in self.counters(_ENDPOINT).items() if not self.legacy else ():
            for index, mark in enumerate((".codes.", ".errors.")):
                endpoint, found_mark, rest = name.partition(mark)
                if found_mark:
                    at = self.at("counters", _ENDPOINT + name)
                    found.setdefault(endpoint, ([{}, {}], at))[0][index][rest] = value
                    break
        for endpoint, ((codes, errors), at) in found.items():
            times, timed = self.summary("summaries", _TIMED + endpoint)
            answered, broken = sum(codes.values()), sum(errors.values())
            labels = (("endpoint", endpoint),)
            sent = answered + broken
            yield Part(labels, at, sent, answered, codes, broken, times, timed or answered)

    def latencies(self) -> list[float]:
        """Return every response time in ms, where Artillery 1 kept all of them; else none."""
        kept = [period.get("latencies") for period in self.periods]
        whole = self.document.get("aggregate", "latencies")
        lists = kept if any(kept) else [whole]
        if not self.legacy or not all(isinstance(times, list) for times in lists):
            return []
        flat = [ns for times in lists if times for ns in times]
        if len(flat) != self.document.get("aggregate", "requestsCompleted"):
            return []
        if not all(is_number(ns) and 0 <= ns < MOST for ns in flat):
            message = "`latencies` holds what is not a time"
            raise Unreadable("number", message, self.document.at("intermediate"), _HINT)
        return [ns / 1e6 for ns in flat]
