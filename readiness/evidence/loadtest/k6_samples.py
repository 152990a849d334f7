"""The raw samples of a k6 run, from whichever output: points go in, a reading comes out."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction, errors_passed
from readiness.evidence.loadtest.facts import SAMPLED, load_facts, times
from readiness.evidence.loadtest.held_back import Held
from readiness.evidence.loadtest.k6 import run_problems, time_prefix
from readiness.evidence.loadtest.tally import OTHERS, Kind, Tally
from readiness.evidence.reader import Metric, Reading, Source
from readiness.model.fact import Fact, Problem
from readiness.model.load import Counts, Load, Window
from readiness.stats.histogram import EMPTY, Histogram, coarser, from_counts, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from readiness.errors import Location
    from readiness.model.load import Labels

_MOST_KINDS = 1000
_MOST_VALUES = 20_000
_DIGITS = 12
KNOWN_TIMES = (
    "grpc_req_duration", "ws_connecting", "ws_session_duration", "ws_ping",
    "browser_http_req_duration", "browser_web_vital_lcp", "browser_web_vital_fcp",
    "browser_web_vital_fid", "browser_web_vital_inp", "browser_web_vital_ttfb",
)  # fmt: skip
OTHER = ("vus", "vus_max", "checks", "data_received", "dropped_iterations")
FACTS = (
    *SAMPLED,
    Metric("checks", "ratio", "checks that passed"),
    Metric("concurrency.allocated", "", "virtual users allocated, at most"),
    Metric("throughput", "B/s", "bytes received per second"),
    Metric("dropped", "", "iterations not started for want of a virtual user"),
    Metric("custom.*", "ms", "a time metric of your own: `custom.llm_ttft.p95`"),
)
TRAPS = (
    "k6 stamps a request at its end: it is counted where it began, its time before that.",
    "The time of a request leaves out DNS, connecting and TLS.",
    "Percentiles are nearest rank over all samples; k6 itself interpolates.",
    "Failed is what `expected_response` says: `expectedStatuses` decides, a 503 may be expected.",
    "Such errors that pass are told; over 0.1 % of them, it proves nothing: `errors-passed`.",
    "Without that tag: status 0, 400 or more, or an error; else the `http_req_failed` points.",
    "A refused request counts as 0 ms: a warning shows a time that failures made better.",
    "`endpoint` is the tag `name`, which k6 fills with the URL; over 100 are `(others)`.",
    "Executors are not in the file: whether users waited for answers (closed loop) is unknown.",
    "`dropped` iterations are load that was planned and not offered: a warning.",
    "Verdicts of thresholds, and whether the run was stopped early, are not in it.",
)


class _Values:
    """The values of one metric: each as it is, rounded to 0.02 % once there are very many."""

    def __init__(self) -> None:
        self._counts: Counter[float] = Counter()
        self._total: Histogram = EMPTY

    def add(self, values: Iterable[float]) -> None:
        self._counts.update(values)
        if len(self._counts) > _MOST_VALUES:
            part = coarser(from_counts(self._counts), _DIGITS)
            self._total, self._counts = merge((self._total, part)), Counter()

    @property
    def histogram(self) -> Histogram:
        return merge((self._total, from_counts(self._counts)))


class K6Samples:
    """What the points of one run add up to.

    Attributes:
        first: line of the first request, 0 before it.
        ended: time of the last point so far, in seconds since the epoch.
    """

    def __init__(self, times: Iterable[str] = ()) -> None:
        """Take the names of metrics that are known to be times, if the file does not say."""
        self.first = 0
        self.ended = 0.0
        self._kinds: list[Kind] = []
        self._numbers: dict[tuple[Kind, bool], int] = {}
        self._tally = Tally(self._kinds.__getitem__)
        self._held = Held(self._tally)
        self._scenarios: set[str] = set()
        self._unjudged = self._judged = 0
        self._waiting: tuple[float, float, Mapping[str, str]] | None = None
        self._sums: dict[str, float] = dict.fromkeys(OTHER, 0.0)
        self._seen: dict[str, int] = dict.fromkeys(OTHER, 0)
        self._custom = {name: _Values() for name in times}
        self._limit: float | None = None
        self._twice = False

    def declare(self, name: str, kind: str, contains: str) -> bool:
        """Note what a metric is; tell whether its points are wanted."""
        if kind == "trend" and contains == "time" and time_prefix(name):
            self._custom.setdefault(name, _Values())
        return name in self._custom

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics whose points `point` takes."""
        return (*self._sums, *self._custom)

    def again(self) -> None:
        """Note that the file begins anew: what follows must overlap in time with what was."""
        self._limit = self.ended

    def kind(self, tags: Mapping[str, str]) -> int | None:
        """Return the number of the kind of request with some tags; None if nothing judges it."""
        ok = verdict(tags)
        return None if ok is None else self.kind_of(tags, ok=ok)

    def kind_of(self, tags: Mapping[str, str], *, ok: bool) -> int:
        """Return the number of a kind of request that succeeded or failed."""
        scenario = tags.get("scenario", "")
        self._scenarios.add(scenario)
        endpoint = tags.get("name") or tags.get("url", "")
        pairs = (("endpoint", endpoint), ("method", tags.get("method", "")), ("scenario", scenario))
        kind = Kind(tuple(pair for pair in pairs if pair[1]), ok)
        passed = ok and is_error(tags.get("status", ""))
        if (kind, passed) not in self._numbers and len(self._kinds) >= _MOST_KINDS:
            kind = Kind(OTHERS, ok)
        if (kind, passed) not in self._numbers:
            self._numbers[kind, passed] = len(self._kinds)
            self._kinds.append(kind)
        return self._numbers[kind, passed]

    def request(self, end: float, ms: float, kind: int) -> None:
        """Count a request."""
        self.requests([end], [ms], [kind])

    def undecided(self, end: float, ms: float, tags: Mapping[str, str]) -> None:
        """Keep a request that its tags do not judge, for the `http_req_failed` that follows."""
        self.decide(None)
        self._waiting = (end, ms, tags)

    def decide(self, failed: float | None) -> None:
        """Count the request that was kept; as a success, with a warning, if nothing judges it."""
        self._judged += failed is not None
        if self._waiting:
            end, ms, tags = self._waiting
            self._waiting = None
            self._unjudged += failed is None
            self.request(end, ms, self.kind_of(tags, ok=not failed))

    def judged(self, number: int) -> None:
        """Note how many points say whether a request failed."""
        self._judged += number

    def requests(self, ends: Sequence[float], ms: Sequence[float], kinds: Sequence[int]) -> None:
        """Count requests that ended at some times, in seconds since the epoch."""
        starts = [end - value / 1000 for end, value in zip(ends, ms, strict=True)]
        ended = max(ends)
        if self._limit is not None:
            self._twice = self._twice or min(ends) >= self._limit
            self._limit = None
        self._tally.span(min(starts), ended)
        self.ended = max(self.ended, ended)
        self._held.add(starts, ms, kinds)

    def users(self, seconds: Sequence[float], values: Sequence[float]) -> None:
        """Take points of `vus`, at least one."""
        self.ended = max(self.ended, *seconds)
        for second, value in zip(seconds, values, strict=True):
            self._tally.users(second, int(value))
        self.points("vus", values)

    def point(self, name: str, seconds: float, value: float) -> None:
        """Take a point of another metric that is wanted."""
        if name == "vus":
            self.users([seconds], [value])
        else:
            self.ended = max(self.ended, seconds)
            self.points(name, [value])

    def points(self, name: str, values: Sequence[float]) -> None:
        """Take points of another metric, but `vus`, whose time does not matter."""
        if (custom := self._custom.get(name)) is not None:
            custom.add(values)
            return
        self._seen[name] += len(values)
        if name in {"vus", "vus_max"}:
            self._sums[name] = max(self._sums[name], *values)
        else:
            self._sums[name] += math.fsum(values)

    def reading(self, source: Source, lines: int) -> Reading:
        """Return what the points say.

        Args:
            source: where they come from.
            lines: how many lines it has.
        """
        self.decide(None)
        load = self._load()
        at = source.at(self.first or 1, pointer="http_req_duration")
        facts = [f for f in load_facts(load, at) if f.metric != "concurrency"] if load else []
        facts += self._facts(source.at(1), load)
        problems = [
            *common_problems(facts, source.at(1)),
            *(run_problems(facts, source.at(1)) if facts else ()),
            *self._problems(load, source.at(1)),
        ]
        when = datetime.fromtimestamp(self.ended, UTC) if self.ended else None
        where = source.at(lines) if when else None
        return Reading(tuple(facts), tuple(problems), when, where, load=load)

    def _load(self) -> Load | None:
        self._held.finish()
        load = self._tally.load() if self.first else None
        return load if not load or len(self._scenarios - {""}) > 1 else _without_scenario(load)

    def _facts(self, at: Location, load: Load | None) -> Iterator[Fact]:
        """Yield the facts that are not about requests."""
        sums, seen = self._sums, self._seen
        seconds = load.seconds if load else None
        if seen["vus"]:  # also those after the last request
            yield Fact("concurrency", sums["vus"], "", at, (), None, "derived")
        if seen["vus_max"]:
            yield Fact("concurrency.allocated", sums["vus_max"], "", at, (), None, "derived")
        if total := seen["checks"]:
            share = sums["checks"] / total
            yield Fact("checks", share, "ratio", at, (), total, "derived")
        if seen["data_received"] and seconds:
            speed = sums["data_received"] / seconds
            yield Fact("throughput", speed, "B/s", at, (), None, "derived")
        if seen["dropped_iterations"]:
            yield Fact("dropped", sums["dropped_iterations"], "", at, (), None, "derived")
        for name, values in sorted(self._custom.items()):
            yield from times(values.histogram, at, prefix=time_prefix(name) or "")

    def _problems(self, load: Load | None, at: Location) -> Iterator[Problem]:
        if self._twice:
            message, help_ = "two runs follow each other in it", "keep a file per run"
            yield Problem("invalid", "several-runs", message, at, help_)
        kinds = self._tally.kinds
        passed = sum(kinds[(n,)] for (_, passed), n in self._numbers.items() if passed)
        help_ = "take it out of `expectedStatuses`, or keep such requests in a run of their own"
        requests = sum(kinds.values())
        yield from errors_passed(passed, requests, at, help_)
        if self._judged > requests:  # a request is judged after its time is written
            said = f"{self._judged:,} requests passed or failed, {requests:,} have a time"
            yield contradiction(said, at, "are lines missing, or torn into others?")
        if self._sums["checks"] > self._seen["checks"]:
            yield contradiction("a check passed more than once", at)
        if self._unjudged:
            message = f"nothing tells whether {self._unjudged:,} requests failed"
            help_ = "keep the system tags `status` and `expected_response`"
            yield Problem("warning", "unjudged", message, at, help_)
        if load and (load.dropped or any(OTHERS in window.groups for window in load.windows)):
            message = "there are over 100 endpoints: the rest is counted together as `(others)`"
            help_ = "group URLs with the tag `name`"
            yield Problem("warning", "many-endpoints", message, at, help_)


def verdict(tags: Mapping[str, str]) -> bool | None:
    """Return whether a request with some tags succeeded; None if they do not tell."""
    expected = tags.get("expected_response")
    if expected in {"true", "false"}:
        return expected == "true"
    if tags.get("error") or tags.get("error_code"):
        return False
    status = tags.get("status")
    return not is_error(status) if status else None


def is_error(status: str) -> bool:
    """Return whether a status is that of an error page, of no answer, or none at all."""
    return bool(status) and not (status.isdecimal() and 0 < int(status[:9]) < 400)  # noqa: PLR2004


def _without_scenario(load: Load) -> Load:
    """Return a load whose labels do not name the only scenario."""
    windows = []
    for window in load.windows:
        groups: dict[Labels, list[Counts]] = {}
        for labels, counts in window.groups.items():
            short = tuple(pair for pair in labels if pair[0] != "scenario")
            groups.setdefault(short, []).append(counts)
        merged = {
            labels: Counts(merge(c.ok for c in found), merge(c.failed for c in found))
            for labels, found in groups.items()
        }
        windows.append(Window(window.start, merged, window.users))
    return Load(
        tuple(windows),
        began=load.began,
        seconds=load.seconds,
        width=load.width,
        arrivals=load.arrivals,
        dropped=load.dropped,
    )
