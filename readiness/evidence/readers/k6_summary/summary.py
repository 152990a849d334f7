"""The content of a k6 summary of either shape: metrics with their tags, thresholds, duration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest import facts
from readiness.evidence.loadtest.k6 import split_key, time_prefix
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

_PERCENTILE = pattern(r"p\(([0-9]{1,2}(?:\.[0-9]{1,6})?)\)")
_STATS = {"min": "min", "avg": "mean", "med": "p50", "max": "max"}
_PHASES = {
    f"http_req_{p}"
    for p in ("blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving")
}
EXPECTED = (facts.EXPECTED,)
Labels = tuple[tuple[str, str], ...]


class Metric(NamedTuple):
    """One entry of `metrics`, with its name and tags taken apart."""

    summary: Summary
    key: str
    name: str
    labels: Labels
    values: dict[str, Any]
    thresholds: dict[str, Any]

    def at(self, *steps: str) -> Location:
        """Return the place of a statistic."""
        inner = () if self.summary.export else ("values",)
        return self.summary.document.at("metrics", self.key, *inner, *steps)

    def number(self, stat: str) -> float | None:
        """Return a statistic, or None where k6 wrote none or null."""
        value = self.values.get(stat)
        if value is None:
            return None
        if not is_number(value) or value < 0:
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


class Summary:
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

    def _metric(self, key: str, entry: dict[str, Any]) -> Metric:
        name, labels = split_key(key)
        thresholds = entry.get("thresholds") or {}
        if not isinstance(thresholds, dict):
            at = self.document.at("metrics", key, "thresholds")
            raise Unreadable("wrong-shape", "`thresholds` is not an object", at)
        values = entry if self.export else entry["values"]
        values = {k: v for k, v in values.items() if k != "thresholds"}
        return Metric(self, key, name, labels, values, thresholds)

    @property
    def duration(self) -> tuple[float, Location, bool] | None:
        """Duration in ms, its place, and whether the file states it."""
        stated = self.document.get("state", "testRunDurationMs")
        at = self.document.at("state", "testRunDurationMs")
        if stated is not None:
            if not is_number(stated) or stated <= 0:
                raise Unreadable("number", "`testRunDurationMs` is not a time", at)
            return float(stated), at, True
        for key in ("http_reqs", "iterations"):
            if (metric := self.metrics.get(key)) and (rate := metric.number("rate")):
                return (metric.number("count") or 0) / rate * 1000, metric.at("rate"), False
        return None

    def get(self, key: str, stat: str) -> float | None:
        """Return a statistic of a metric, None if there is none."""
        return self.metrics[key].number(stat) if key in self.metrics else None

    def thresholds(self) -> Iterator[tuple[Metric, str, bool, Location]]:
        """Yield each threshold and whether it held. An export writes true where it was crossed."""
        for metric in self.metrics.values():
            for text, verdict in sorted(metric.thresholds.items()):
                at = self.document.at("metrics", metric.key, "thresholds", text)
                held = verdict.get("ok") if isinstance(verdict, dict) else verdict
                if not isinstance(held, bool) or isinstance(verdict, dict) == self.export:
                    raise Unreadable("wrong-shape", f"the threshold `{text}` has no verdict", at)
                yield metric, text, held != self.export, at


def fact_prefix(metric: Metric) -> str | None:
    """Return what stands before the names of a trend's facts, None if it gives none."""
    failed = metric.summary.get("http_req_failed", "passes")
    if metric.name == "http_req_duration":
        return None if metric.labels == EXPECTED and failed == 0 else ""
    entry = metric.summary.document.get("metrics", metric.key)
    is_time = entry.get("type") == "trend" and entry.get("contains") == "time"
    return time_prefix(metric.name) if is_time else None
