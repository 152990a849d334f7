"""Reads the machine-readable summary of k6 (schema 1.0.0, k6 1.5 and later) into load facts.

Format: internal/lib/summary/machine_readable.go in https://github.com/grafana/k6.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.facts import EXPECTED
from readiness.evidence.loadtest.failed import failed_fast
from readiness.evidence.loadtest.k6 import FACTS, REFUSED, run_problems, split_key, time_prefix
from readiness.evidence.loadtest.numbers import count, number, percentile
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from readiness.errors import Location
    from readiness.evidence.loadtest.k6 import Labels
    from readiness.model.checklist import FactMap
    from readiness.model.fact import Problem

_MARKS = (b'"k6Version"', b'"generatedAt"', b'"checks_total"', b'"vus_max"', b'"iterations"')
_STATS = {"min": "min", "avg": "mean", "med": "p50", "max": "max"}
_RANK = pattern(r"p\(?([0-9]{1,2}(?:\.[0-9]{1,6})?)\)?")
_KINDS = ("counter", "gauge", "rate", "trend")
_ROUNDING = 1e-6
_HELP = "keep the file as k6 wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for JSON with `results`, `metrics` and names that only this k6 summary has."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"results"' not in head:
        return 0
    marks = sum(mark in head for mark in _MARKS)
    return 90 if b'"k6Version"' in head and b'"metrics"' in head and marks > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a summary.

    Raises:
        Unreadable: not strict JSON, another schema, or a value that is not a number.
    """
    summary = _Summary(JsonDocument(source))
    facts = list(_facts(summary))
    problems = [
        *common_problems(facts, source.at(1)),
        *run_problems(facts, summary.document.at("results", "metrics")),
        *failed_fast(facts, REFUSED),
        *_contradictions(summary),
    ]
    return Reading(tuple(facts), tuple(problems), *summary.produced)


class _Metric(NamedTuple):
    """One entry of a list of metrics.

    Attributes:
        steps: its place in the document.
        name: its name without tags.
        labels: its tags.
        kind: counter, gauge, rate or trend.
    """

    document: JsonDocument
    steps: tuple[str | int, ...]
    name: str
    labels: Labels
    kind: str

    def at(self, stat: str) -> Location:
        return self.document.at(*self.steps, "values", stat)

    def number(self, stat: str) -> float | None:
        value = self.document.get(*self.steps, "values", stat)
        what = f"`{stat}` of `{self.name}`"
        return None if value is None else number(value, self.at(stat), what)

    def needed(self, stat: str) -> float:
        value = self.document.get(*self.steps, "values", stat)
        if value is None:
            at = self.document.at(*self.steps, "values")
            raise Unreadable("wrong-shape", f"`{self.name}` has no `{stat}`", at, _HELP)
        return float(count(value, self.at(stat), f"`{stat}` of `{self.name}`"))

    @property
    def times(self) -> list[tuple[str, str, float]]:
        """(metric, statistic, value) of each statistic that was written."""
        written = self.document.get(*self.steps, "values")
        names = {stat: _STATS[stat] for stat in written if stat in _STATS}
        for stat in written:
            if match := _RANK.fullmatch(stat):
                names[stat] = percentile(float(match[1]))
        found = [(name, stat, self.number(stat)) for stat, name in names.items()]
        return [(name, stat, value) for name, stat, value in found if value is not None]


class _Summary:
    """A parsed summary.

    Attributes:
        document: the JSON.
        metrics: `results.metrics` by name and labels.
        checks: `results.checks.metrics` likewise.
    """

    def __init__(self, document: JsonDocument) -> None:
        self.document = document
        version = document.get("version")
        if not isinstance(version, str) or not version.startswith("1."):
            message = f"the schema version is `{version}`: only 1.x is known"[:100]
            help_ = "keep the raw samples (`--out json`), or use a k6 that writes schema 1"
            raise Unreadable("wrong-shape", message, document.at("version"), help_)
        self.metrics = self._list("results", "metrics")
        self.checks = self._list("results", "checks", "metrics")

    def _list(self, *steps: str) -> dict[tuple[str, Labels], _Metric]:
        entries = self.document.get(*steps)
        if entries is None and steps[1] == "checks":
            return {}
        at = self.document.at(*steps)
        if not isinstance(entries, list):
            raise Unreadable("wrong-shape", f"`{'.'.join(steps)}` is not a list", at, _HELP)
        found: dict[tuple[str, Labels], _Metric] = {}
        for index, entry in enumerate(entries):
            metric = self._metric((*steps, index), entry)
            if (key := (metric.name, metric.labels)) in found:
                at = self.document.at(*steps, index)
                raise Unreadable("wrong-shape", f"`{entry['name']}` is there twice", at, _HELP)
            found[key] = metric
        return found

    def _metric(self, steps: tuple[str | int, ...], entry: Any) -> _Metric:
        values = entry.get("values") if isinstance(entry, dict) else None
        name, kind = (entry.get("name"), entry.get("type")) if values is not None else ("", "")
        if not (isinstance(values, dict) and isinstance(name, str) and kind in _KINDS):
            message = "this is no metric with a name, a type and values"
            raise Unreadable("wrong-shape", message, self.document.at(*steps), _HELP)
        return _Metric(self.document, steps, *split_key(name), kind)

    def get(self, name: str, labels: Labels = ()) -> _Metric | None:
        """Return a metric, None if there is none."""
        return self.metrics.get((name, labels))

    @cached_property
    def seconds(self) -> float:
        """How long the test ran; not 0."""
        at = self.document.at("config", "duration")
        seconds = number(self.document.get("config", "duration"), at, "`config.duration`")
        if not seconds:
            raise Unreadable("number", "`config.duration` is 0", at, "did the run begin?")
        return seconds

    def requests(self, labels: Labels) -> int | None:
        """Return how many HTTP requests were made, None if k6 counted none."""
        if labels == (EXPECTED,):
            judged = self.get("http_req_failed")
            return int(judged.needed("total") - judged.needed("matches")) if judged else None
        metric = self.get("http_reqs", labels)
        return int(metric.needed("count")) if metric else None

    @property
    def produced(self) -> tuple[datetime, Location] | tuple[None, None]:
        """When the summary was written, with its place."""
        from readiness.evidence.mapping import read_moment  # noqa: PLC0415

        at = self.document.at("metadata", "generatedAt")
        value = self.document.get("metadata", "generatedAt")
        return (None, None) if value is None else (read_moment(value, at)[0], at)


def _facts(summary: _Summary) -> Iterator[Fact]:
    at = summary.document.at("config", "duration")
    yield Fact("duration", summary.seconds * 1000, "ms", at)
    for key, name in (("vus", "concurrency"), ("vus_max", "concurrency.allocated")):
        if (gauge := summary.get(key)) and (value := gauge.number("max")) is not None:
            yield Fact(name, value, "", gauge.at("max"))
    if passed := summary.checks.get(("checks_succeeded", ())):
        yield from _ratio(passed, "checks")
    for metric in summary.metrics.values():
        if metric.kind == "counter":
            yield from _counter(metric, summary.seconds)
        elif metric.name == "http_req_failed" and metric.kind == "rate":
            yield Fact(
                "failures", metric.needed("matches"), "", metric.at("matches"), metric.labels
            )
            yield from _ratio(metric, "errors")
        elif metric.kind == "trend" and _is_time(metric):
            yield from _times(metric, summary)


def _is_time(metric: _Metric) -> bool:
    return bool(metric.document.get(*metric.steps, "contains") == "time")


def _counter(metric: _Metric, seconds: float) -> Iterator[Fact]:
    names = {"http_reqs": "requests", "dropped_iterations": "dropped"}
    at, labels = metric.at("count"), metric.labels
    if name := names.get(metric.name):
        value = metric.needed("count")
        yield Fact(name, value, "", at, labels)
        if name == "requests" and value:
            yield Fact("rate", value / seconds, "1/s", at, labels, int(value), "derived")
    elif metric.name == "data_received" and (size := metric.number("count")) is not None:
        yield Fact("throughput", size / seconds, "B/s", at, labels, None, "derived")


def _ratio(metric: _Metric, name: str) -> Iterator[Fact]:
    total, rate = int(metric.needed("total")), metric.number("rate")
    if total and rate is not None:
        yield Fact(name, rate, "ratio", metric.at("rate"), metric.labels, total)


def _times(metric: _Metric, summary: _Summary) -> Iterator[Fact]:
    """Yield the times of a trend; k6 writes zeros where there was no sample."""
    prefix = time_prefix(metric.name)
    if prefix is None or not any(value for _, _, value in metric.times):
        return
    samples = summary.requests(metric.labels) if metric.name == "http_req_duration" else None
    failed = summary.get("http_req_failed")
    if metric.labels == (EXPECTED,) and failed and not failed.needed("matches"):
        return  # the same as those of all requests
    for name, stat, value in metric.times:
        yield Fact(f"{prefix}{name}", value, "ms", metric.at(stat), metric.labels, samples)


def _contradictions(summary: _Summary) -> Iterator[Problem]:
    for metric in (*summary.metrics.values(), *summary.checks.values()):
        if metric.kind != "rate" or not (total := metric.needed("total")):
            continue
        share, rate = metric.needed("matches") / total, metric.number("rate")
        if rate is not None and abs(rate - share) > _ROUNDING:
            message = f"`rate` of `{metric.name}` is {rate:g}, matches / total make {share:g}"
            yield contradiction(message, metric.at("rate"))
    yield from _checks(summary)


def _checks(summary: _Summary) -> Iterator[Problem]:
    """Compare the counts of the checks with the sums of those listed."""
    steps = ("results", "checks", "results")
    listed = summary.document.get(*steps)
    if not isinstance(listed, list):
        return

    def made(stat: str) -> int:
        places = [(*steps, index, stat) for index in range(len(listed))]
        found = [(summary.document.get(*place), place) for place in places]
        return sum(count(v, summary.document.at(*place), f"`{stat}`") for v, place in found)

    sums = {"checks_succeeded": made("passes"), "checks_failed": made("fails")}
    sums["checks_total"] = sum(sums.values())
    for name, total in sums.items():
        if metric := summary.checks.get((name, ())):
            stat = "count" if metric.kind == "counter" else "matches"
            if (stated := metric.needed(stat)) != total:
                message = f"`{name}` counts {digits(stated)}, those listed make {total}"
                yield contradiction(message, metric.at(stat))


READER = Reader(
    id="k6-machine-readable",
    title="k6 machine-readable summary",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=FACTS,
    produce="k6 run --new-machine-readable-summary --summary-export=summary.json script.js",
    source="https://github.com/grafana/k6/blob/master/internal/lib/summary/machine_readable.go",
    traps=(
        "Thresholds are not in this format, neither their text nor whether they held.",
        "k6 writes no p99 into it, whatever `summaryTrendStats` says: for one, keep raw samples.",
        "Both `p90` and `p(90)` are read: the schema says one, the code writes the other.",
        "Counters have no rate: `rate` is the count by `config.duration`, which is in seconds.",
        "`http_req_failed.matches` counts the failed requests.",
        "A metric without samples is all zeros: it gives no times.",
        "A refused request counts as 0 ms: a warning shows a time that failures made better.",
        "`vus_max` is the users allocated; `concurrency` is `vus`, the users that were active.",
        "Whether load was sent on a schedule is not in it; looping users hide stalls (`k6-json`).",
        "A ratio or count that the rest of the file contradicts is invalid.",
    ),
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, rate, response times and checks of a k6 run",
)
