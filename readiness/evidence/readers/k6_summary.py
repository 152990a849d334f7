"""Reads an end-of-test summary of k6 (`--summary-export` or `handleSummary`) into load facts.

Format: https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ and, for the
older export, js/summary.js in https://github.com/grafana/k6.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_NAMES = (b'"root_group"', b'"testRunDurationMs"', b'"iteration_duration"', b'"vus_max"',
          b'"http_req_duration"', b'"data_received"')  # fmt: skip
_OTHER = re.compile(rb'"k6Version"|"type"\s*:\s*"(?:Metric|Point)"')
_KEY = re.compile(r"([^{]+)(?:\{(.*)\})?", re.DOTALL)
_PERCENTILE = re.compile(r"p\(([0-9]{1,2}(?:\.[0-9]{1,6})?)\)")
_STATS = {"min": "min", "avg": "mean", "med": "p50", "max": "max"}
_CONDITION = re.compile(r"\s*([a-z]+|p\([0-9.]+\))\s*(<=?|>=?|===?|!=)\s*([0-9]+(?:\.[0-9]+)?)\s*")
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
            "==": operator.eq, "===": operator.eq, "!=": operator.ne}  # fmt: skip
_PHASES = {f"http_req_{p}" for p in ("blocked", "connecting", "tls_handshaking", "sending",
                                     "waiting", "receiving")}  # fmt: skip
_OWN = _PHASES | {"http_req_duration", "iteration_duration", "group_duration"}
_EXPECTED = (("response", "expected"),)
_RATIO, _PACE, _ACTIVE = 1e-4, 0.05, 0.95  # rounding; rate and count; users active of allocated
_MOST = 1e15  # larger than any time in ms, count or rate; also keeps infinity out
Labels = tuple[tuple[str, str], ...]


class _Metric(NamedTuple):
    """One entry of `metrics`, with its name and tags taken apart."""

    summary: _Summary
    key: str
    name: str
    labels: Labels
    values: dict[str, Any]
    thresholds: dict[str, Any]

    def at(self, *steps: str) -> Location:
        inner = () if self.summary.export else ("values",)
        return self.summary.document.at("metrics", self.key, *inner, *steps)

    def number(self, stat: str) -> float | None:
        """Return a statistic, or None where k6 wrote none or null."""
        value = self.values.get(stat)
        if value is None:
            return None
        if not _is_number(value) or value < 0:
            message = f"`{stat}` of `{self.key}` is not a number of 0 or more"
            raise Unreadable("number", message, self.at(stat), "was the file edited?")
        return value

    @property
    def kind(self) -> str:
        """Tell the kind of metric by its statistics: only one of the two shapes names it."""
        marks = {"passes": "rate", "value": "gauge", "rate": "counter"}
        return next((kind for mark, kind in marks.items() if mark in self.values), "trend")

    @property
    def judged(self) -> float:
        """How many samples a rate has."""
        return (self.number("passes") or 0) + (self.number("fails") or 0)

    @property
    def ratio(self) -> tuple[str, float | None]:
        """The statistic that holds the ratio of a rate, and its value."""
        stat = "value" if self.summary.export else "rate"
        return stat, self.number(stat)

    @property
    def unsampled(self) -> bool:
        """Whether nothing was measured: k6 then writes zeros, and thresholds hold on them."""
        if self.kind == "rate":
            return not self.judged
        if self.kind != "trend":
            return False  # a counter of 0 is a count
        zeros = not any(value for stat, value in self.values.items() if stat != "count")
        if self.name in _PHASES and self.summary.requests:
            return False  # without TLS, for example, each sample is 0
        if "count" in self.values and self.name != "http_req_duration":
            return not self.number("count")
        return zeros  # a request that is refused is timed at 0 ms

    def times(self) -> list[tuple[str, str, float]]:
        """Return (metric, statistic, value) from the lowest to the highest, then the mean."""
        found = {stat: name for stat, name in _STATS.items() if stat in self.values}
        for stat in self.values:
            if match := _PERCENTILE.fullmatch(stat):
                found[stat] = f"p{float(match[1]):g}"
        if "p(50)" in found:
            found.pop("med", None)
        ranks = {"min": -1.0, "max": 101.0, "mean": 102.0}
        rank = {stat: ranks.get(name) or float(name[1:]) for stat, name in found.items()}
        ordered = sorted(found, key=rank.__getitem__)
        values = [(found[stat], stat, self.number(stat)) for stat in ordered]
        return [(name, stat, value) for name, stat, value in values if value is not None]


class _Summary:
    """A parsed summary of either shape.

    Attributes:
        export: whether it is from `--summary-export`: no `values`, and thresholds say what failed.
        requests: how many HTTP requests were made; None if k6 counted none.
        duration: how long the test ran in ms, with its place; None if unknown.
    """

    def __init__(self, source: Source) -> None:
        self.document = JsonDocument(source)
        metrics = self.document.get("metrics")
        entries = list(metrics.values()) if isinstance(metrics, dict) else [None]
        nested = {isinstance(e, dict) and isinstance(e.get("values"), dict) for e in entries}
        if len(nested) > 1 or not all(isinstance(entry, dict) for entry in entries):
            message, at = "`metrics` is not that of a k6 summary", self.document.at("metrics")
            raise Unreadable("wrong-shape", message, at, "keep the file as k6 wrote it")
        self.export = nested == {False}
        self.metrics = {key: self._metric(key, metrics[key]) for key in sorted(metrics)}
        reqs = self.metrics.get("http_reqs")
        self.requests = reqs.number("count") if reqs else None

    def _metric(self, key: str, entry: dict[str, Any]) -> _Metric:
        match = _KEY.fullmatch(key)
        name, tags = (match[1], match[2]) if match else (key, None)
        pairs = [tag.partition(":") for tag in (tags or "").split(",") if tag.strip()]
        labels = sorted((k.strip(" '\""), v.strip(" '\"")) for k, _, v in pairs)
        if ("expected_response", "true") in labels:
            labels[labels.index(("expected_response", "true"))] = _EXPECTED[0]
        thresholds = entry.get("thresholds") or {}
        if not isinstance(thresholds, dict):
            at = self.document.at("metrics", key, "thresholds")
            raise Unreadable("wrong-shape", "`thresholds` is not an object", at)
        values = entry if self.export else entry["values"]
        values = {k: v for k, v in values.items() if k != "thresholds"}
        return _Metric(self, key, name, tuple(sorted(labels)), values, thresholds)

    @property
    def duration(self) -> tuple[float, Location, bool] | None:
        """Duration in ms, its place, and whether the file states it."""
        stated = self.document.get("state", "testRunDurationMs")
        at = self.document.at("state", "testRunDurationMs")
        if stated is not None:
            if not _is_number(stated) or stated <= 0:
                raise Unreadable("number", "`testRunDurationMs` is not a time", at)
            return float(stated), at, True
        for key in ("http_reqs", "iterations"):
            if (metric := self.metrics.get(key)) and (rate := metric.number("rate")):
                return (metric.number("count") or 0) / rate * 1000, metric.at("rate"), False
        return None

    def get(self, key: str, stat: str) -> float | None:
        """Return a statistic of a metric, None if there is none."""
        return self.metrics[key].number(stat) if key in self.metrics else None

    def thresholds(self) -> Iterator[tuple[_Metric, str, bool, Location]]:
        """Yield each threshold and whether it held. An export writes true where it was crossed."""
        for metric in self.metrics.values():
            for text, verdict in sorted(metric.thresholds.items()):
                at = self.document.at("metrics", metric.key, "thresholds", text)
                held = verdict.get("ok") if isinstance(verdict, dict) else verdict
                if not isinstance(held, bool) or isinstance(verdict, dict) == self.export:
                    raise Unreadable("wrong-shape", f"the threshold `{text}` has no verdict", at)
                yield metric, text, held != self.export, at


def _is_number(value: object) -> TypeGuard[float]:
    """Tell whether a JSON value is a number of a size that can be meant."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _MOST


def sniff(head: bytes) -> int:
    """Return 90 for JSON with `metrics` and two or more names that only k6 uses in a summary."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"metrics"' not in head:
        return 0
    return 90 if sum(name in head for name in _NAMES) > 1 and not _OTHER.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a summary of either shape.

    Raises:
        Unreadable: not strict JSON, not a k6 summary, or a value that is not a number.
    """
    summary = _Summary(source)
    facts = [*_run(summary), *_verdicts(summary)]
    for metric in summary.metrics.values():
        if metric.labels or metric.key == metric.name:
            facts += _facts(metric)
    problems = [*_empty(summary, facts), *_contradictions(summary), *_warnings(summary)]
    return Reading(tuple(facts), tuple(problems))


def _run(summary: _Summary) -> Iterator[Fact]:
    if duration := summary.duration:
        value, at, stated = duration
        yield Fact("duration", value, "ms", at, (), None, "file" if stated else "derived")
    for key, stat, metric, unit in (
        ("vus_max", "max", "concurrency", ""),
        ("vus", "max", "concurrency.active", ""),
        ("data_received", "rate", "throughput", "B/s"),
        ("dropped_iterations", "count", "dropped", ""),
    ):
        if (number := summary.get(key, stat)) is not None:
            yield Fact(metric, number, unit, summary.metrics[key].at(stat))


def _verdicts(summary: _Summary) -> Iterator[Fact]:
    """Yield the thresholds that were decided on samples."""
    held = [t for t in summary.thresholds() if not t[0].unsampled]
    for metric, text, ok, at in held:
        yield Fact("threshold", ok, "", at, (("expression", f"{metric.key}: {text}"),))
    at = summary.document.at("metrics")
    for name, ok in (("passed", True), ("failed", False)) if held else ():
        number = sum(threshold[2] is ok for threshold in held)
        yield Fact(f"thresholds.{name}", number, "", at, (), None, "derived")


def _facts(metric: _Metric) -> Iterator[Fact]:
    """Yield what one metric says; nothing for zeros that stand for no sample."""
    if metric.name == "http_reqs" and (count := metric.number("count")) is not None:
        yield Fact("requests", count, "", metric.at("count"), metric.labels)
        if count and (rate := metric.number("rate")):
            yield Fact("rate", rate, "1/s", metric.at("rate"), metric.labels, int(count))
    if metric.unsampled:
        return
    stat, ratio = metric.ratio
    names = {"http_req_failed": "errors", "checks": "checks"}
    if metric.name in names and metric.judged and ratio is not None:
        yield Fact(names[metric.name], ratio, "ratio", metric.at(stat), metric.labels,
                   int(metric.judged))  # fmt: skip
    prefix = _prefix(metric)
    for name, stat, value in metric.times() if prefix is not None else ():
        yield Fact(f"{prefix}{name}", value, "ms", metric.at(stat), metric.labels, _samples(metric))


def _prefix(metric: _Metric) -> str | None:
    """Return what stands before the names of a trend's facts, None if it gives none."""
    failed = metric.summary.get("http_req_failed", "passes")
    if metric.name == "http_req_duration":
        return None if metric.labels == _EXPECTED and failed == 0 else ""
    entry = metric.summary.document.get("metrics", metric.key)
    is_time = entry.get("type") == "trend" and entry.get("contains") == "time"
    return f"custom.{metric.name}." if is_time and metric.name not in _OWN else None


def _samples(metric: _Metric) -> int | None:
    count = metric.number("count")
    if count is None and metric.name == "http_req_duration":
        if metric.labels == _EXPECTED:
            count = metric.summary.get("http_req_failed", "fails")
        else:
            count = metric.summary.get(metric.key.replace(metric.name, "http_reqs", 1), "count")
    return None if count is None else int(count)


def _empty(summary: _Summary, facts: list[Fact]) -> Iterator[Problem]:
    """Yield what was measured on nothing: k6 lets thresholds pass on it."""
    at = summary.document.at("metrics")
    reqs, times = (summary.metrics.get(key) for key in ("http_reqs", "http_req_duration"))
    others = [f for f in facts if f.metric == "checks" or f.metric.startswith("custom.")]
    if reqs and not summary.requests:
        yield Problem("inconclusive", "no-samples", "no HTTP request was made", reqs.at("count"))
    elif reqs and times and times.unsampled:
        message = "each of the requests is timed at 0 ms: none was answered"
        yield Problem("inconclusive", "no-samples", message, times.at(), "did the service run?")
    elif not reqs and others:
        message = "there are no HTTP requests in it, only other measurements"
        yield Problem("warning", "no-http", message, at)
    elif not reqs:
        message = "there are no HTTP requests, checks or timed metrics of your own in it"
        yield Problem("inconclusive", "no-samples", message, at, "did an iteration finish?")
    for metric, text, _, where in summary.thresholds():
        if metric.unsampled:
            message = f"`{metric.key}: {text}` was decided without a sample"
            yield Problem("inconclusive", "no-samples", message, where, "is the tag misspelt?")


def _contradictions(summary: _Summary) -> Iterator[Problem]:
    for metric in summary.metrics.values():
        if metric.kind == "rate" and metric.judged:
            stat, ratio = metric.ratio
            share = (metric.number("passes") or 0) / metric.judged
            if ratio is not None and abs(ratio - share) > _RATIO:
                message = f"`{metric.key}` is {ratio:g}, its passes and fails make {share:g}"
                yield _contradiction(message, metric.at(stat))
        elif metric.kind == "trend" and _prefix(metric) is not None:
            yield from _order(metric)
    yield from _pace(summary)
    yield from _counts(summary)
    for metric, text, held, at in summary.thresholds():
        match = _CONDITION.fullmatch(text)
        stat = metric.ratio[0] if metric.kind == "rate" else match[1] if match else ""
        value = metric.values.get(stat)
        if match and _is_number(value) and _COMPARE[match[2]](value, float(match[3])) != held:
            message = f"`{metric.key}: {text}` is said to have {'held' if held else 'failed'}"
            yield _contradiction(f"{message}, `{stat}` is {value:g}", at)


def _order(metric: _Metric) -> Iterator[Problem]:
    """Yield the times that are below a lower percentile, or a mean outside of all."""
    below, low, high = 0.0, metric.number("min") or 0, metric.number("max")
    for name, stat, value in metric.times():
        floor, top = (low, high) if name == "mean" else (below, None)
        if value < floor * (1 - _RATIO) or (top is not None and value > top * (1 + _RATIO)):
            message = f"`{stat}` of `{metric.key}` is {value:g}, out of order with the others"
            yield _contradiction(message, metric.at(stat))
        below = max(value, below)


def _pace(summary: _Summary) -> Iterator[Problem]:
    """Yield counts that differ from rate times duration by more than 5 %."""
    duration = summary.duration
    for key in ("http_reqs", "iterations", "data_received"):
        count, rate = summary.get(key, "count"), summary.get(key, "rate")
        if duration and count is not None and rate is not None:
            product = rate * duration[0] / 1000
            if abs(product - count) > _PACE * max(product, count):
                message = f"`{key}` counts {count:g}, its rate and the duration make {product:g}"
                yield _contradiction(message, summary.metrics[key].at("count"))


def _counts(summary: _Summary) -> Iterator[Problem]:
    """Compare requests with those judged, and the checks by group with their total."""
    judged, requests = summary.metrics.get("http_req_failed"), summary.requests or 0
    if judged and judged.judged > requests:
        message = f"{judged.judged:g} requests passed or failed, {requests:g} were made"
        yield _contradiction(message, judged.at("passes"))
    listed, nodes = 0.0, [summary.document.get("root_group")]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            counts = (node.get("passes"), node.get("fails"))
            listed += sum(count for count in counts if _is_number(count))
        inner = node.values() if isinstance(node, dict) else node
        nodes += inner if isinstance(node, dict | list) else []
    stated = summary.metrics["checks"].judged if "checks" in summary.metrics else 0
    if listed != stated and "root_group" in summary.document.value:
        message = f"`checks` counts {stated:g}, the groups list {listed:g}"
        yield _contradiction(message, summary.document.at("root_group"))


def _warnings(summary: _Summary) -> Iterator[Problem]:
    failed = summary.get("http_req_failed", "passes")
    p95 = summary.get("http_req_duration", "p(95)")
    good = summary.get("http_req_duration{expected_response:true}", "p(95)")
    if failed and p95 is not None and good is not None and p95 < good:
        message = f"p95 is {p95:g} ms with failed requests, {good:g} ms without: they failed fast"
        at = summary.metrics["http_req_duration"].at("p(95)")
        yield Problem("warning", "failed-fast", message, at,
                      "a refused request counts as 0 ms: `where response = expected`")  # fmt: skip
    judged = summary.metrics.get("http_req_failed")
    if judged and judged.judged < (summary.requests or 0):
        message = f"only {judged.judged:g} of {summary.requests:g} requests passed or failed"
        yield Problem("warning", "unjudged", message, judged.at("passes"), "a response callback?")
    active, most = summary.get("vus", "max"), summary.get("vus_max", "max")
    if active is not None and most is not None and active < _ACTIVE * most:
        message = f"{most:g} virtual users were allocated, at most {active:g} were active"
        yield Problem("warning", "idle-users", message, summary.metrics["vus_max"].at("max"),
                      "`concurrency` is the first, `concurrency.active` the second")  # fmt: skip


def _contradiction(message: str, at: Location) -> Problem:
    return Problem("invalid", "contradiction", message, at, "keep the file as k6 wrote it")


_TAGS = ("endpoint", "method", "scenario", "response")
_TIMED = ("min", "mean", "max", "p*")
READER = Reader(
    id="k6-summary",
    title="k6 summary",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "HTTP requests made", _TAGS),
        Metric("rate", "1/s", "HTTP requests per second over the whole test", _TAGS),
        Metric("errors", "ratio", "failed requests per request", _TAGS),
        Metric("checks", "ratio", "checks that passed", _TAGS),
        Metric("duration", "ms", "how long the test ran"),
        Metric("concurrency", "", "virtual users allocated, at most"),
        Metric("concurrency.active", "", "virtual users active, at most"),
        Metric("throughput", "B/s", "bytes received per second"),
        Metric("dropped", "", "iterations not started for want of a virtual user"),
        *(Metric(name, "ms", f"{name} request duration", _TAGS) for name in _TIMED),
        Metric("custom.*", "ms", "a time metric of your own: `custom.llm_ttft.p95`", _TAGS),
        Metric("threshold", "", "whether a threshold held", ("expression",)),
        Metric("thresholds.passed", "", "thresholds that held"),
        Metric("thresholds.failed", "", "thresholds that did not hold"),
    ),
    produce="k6 run --summary-export=summary.json --summary-trend-stats="
    "'min,avg,med,p(90),p(95),p(99),max,count' script.js",
    source="https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/",
    traps=(
        "In an export `true` at a threshold means that it FAILED; handleSummary has `ok`.",
        "`http_req_failed.passes` counts the failed requests, in both shapes.",
        "There is no p99 unless `summaryTrendStats` asks for it, even beside a threshold on it.",
        "A metric without samples is all zeros and its thresholds pass: that is `no-samples`.",
        "A refused request counts as 0 ms: a warning shows a p95 that failures made better.",
        "`vus_max` is the users allocated; `concurrency.active` is the users that were active.",
        "gRPC and browser runs have no HTTP metrics: their times are `custom.*`.",
        "Only handleSummary says which metrics are times: an export gives no `custom.*`.",
        "A verdict, ratio, count or percentile that the rest of the file contradicts is invalid.",
        "The file has no date: it is dated by its commit.",
    ),
    shape="json",
    summary="requests, errors, rate, response times, checks and thresholds of a k6 run",
)
