"""Vectors and matrices of the Prometheus API to facts of each series."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

from readiness.evidence.promql import unit_of
from readiness.evidence.reader import Reading, Unreadable
from readiness.evidence.series import Labels, Point, gaps, is_moment, moment, summary, window
from readiness.evidence.settings import Settings, labels
from readiness.evidence.structured import JsonDocument

_MOST = 200  # series; more than a reader of the review can look at
_PLACES = {"instance", "job", "pod", "container", "endpoint", "prometheus", "prometheus_replica"}
_HELP = "keep the answer as Prometheus gave it"
_RESULT = ("data", "result")


class _Series(NamedTuple):
    """One series: its labels, its points, and where it stands."""

    own: dict[str, str]
    points: list[Point]
    step: int

    @property
    def name(self) -> str:
        """The metric; empty where a function dropped it."""
        return self.own.get("__name__", "")


def read_result(document: JsonDocument, settings: Settings) -> Reading:
    """Read the result of a query.

    Raises:
        Unreadable: malformed, or not of numbers.
    """
    kind, at = document.get("data", "resultType"), document.at(*_RESULT)
    result = document.get(*_RESULT)
    if kind in ("scalar", "string"):
        result = [{"metric": {}, "value": result}]
    if kind not in ("vector", "matrix", "scalar") or not isinstance(result, list):
        message = f"the result is of the type `{str(kind)[:40]}`, not a vector or matrix"
        raise Unreadable("wrong-kind", message, at, "ask for numbers, over a range")
    found = [_series(document, entry, index) for index, entry in enumerate(result)]
    settings.put("series", len(found), "", at)
    if not found:
        help_ = "does the metric exist, and was there traffic in that time?"
        settings.unproven("no-data", "the result is empty: that is no data, and not 0", at, help_)
        return Reading(settings.facts, tuple(settings.problems))
    if len(found) > _MOST:
        message = f"{len(found):,} series; at most {_MOST} are read"
        settings.unproven("too-many-series", message, at, "aggregate them: `sum by (…)`")
        found = []
    _alerts(document, settings, [s for s in found if s.name == "ALERTS"])
    rest = [s for s in found if s.name != "ALERTS"]
    facts = [*settings.facts, *window([s.points for s in found], at)]
    step = next((float(f.value) / 1000 for f in facts if f.metric == "series.step"), 0.0)
    for series, names in zip(rest, _names(rest), strict=True):
        facts += _facts(document, settings, series, names)
        if step and (lacking := gaps(series.points, step)):
            message = f"{lacking} points are lacking between those of {_told(names)}"
            where = document.at(*_RESULT, series.step)
            settings.warn("gap", message, where, "was it not scraped, or was there no traffic?")
    if found and all(math.isnan(p.value) for s in found for p in s.points):
        settings.unproven("no-data", "every point is NaN", at, "was there traffic in that time?")
    last = max((p.when for s in found for p in s.points), default=None)
    produced = moment(last) if last is not None else None
    return Reading(tuple(facts), tuple(settings.problems), produced, at if produced else None)


def _series(document: JsonDocument, entry: Any, index: int) -> _Series:
    """Return one series, or refuse what has no points."""
    at = document.at(*_RESULT, index)
    metric = entry.get("metric") if isinstance(entry, dict) else None
    if not isinstance(metric, dict) or not all(isinstance(v, str) for v in metric.values()):
        raise Unreadable("malformed", "a series has no labels", at, _HELP)
    if "histogram" in entry or "histograms" in entry:
        help_ = "ask for `histogram_quantile(0.95, …)`"
        raise Unreadable("wrong-kind", "a series of native histograms, not of numbers", at, help_)
    pairs = entry.get("values", [entry.get("value")])
    if not isinstance(pairs, list) or not pairs:
        raise Unreadable("malformed", "a series has no values", at, _HELP)
    points = [_point(document, pair, index) for pair in pairs]
    return _Series(metric, points, index)


def _point(document: JsonDocument, pair: Any, index: int) -> Point:
    at = document.at(*_RESULT, index)
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str):  # noqa: PLR2004
        raise Unreadable("malformed", 'a point is not [time, "value"]', at, _HELP)
    when, text = pair
    if isinstance(when, bool) or not isinstance(when, int | float) or not is_moment(when):
        message = f"`{str(when)[:40]}` is no time in seconds since the epoch"
        raise Unreadable("not-a-time", message, at, _HELP)
    try:
        value = float(text) if "_" not in text else None
    except ValueError:
        value = None
    if value is None:
        raise Unreadable("number", f"`{text[:40]}` is no number", at, _HELP)
    return Point(float(when), value)


def _names(found: list[_Series]) -> list[Labels]:
    """Return the labels of each series, without those of places where that tells them apart."""
    short = [_labels(s, _PLACES) for s in found]
    counts = Counter(short)
    return [
        names if counts[names] == 1 else _labels(series, set())
        for series, names in zip(found, short, strict=True)
    ]


def _labels(series: _Series, without: set[str]) -> Labels:
    """Return the labels of a series; one that is itself called `metric` is `exported_metric`."""
    own = {k: v for k, v in series.own.items() if k not in without and k != "__name__"}
    if "metric" in own:
        own["exported_metric"] = own.pop("metric")
    return labels(**own, metric=series.name)


def _facts(document: JsonDocument, settings: Settings, series: _Series, names: Labels) -> list[Any]:
    at = document.at(*_RESULT, series.step)
    unit, scale = unit_of(series.name)
    facts = list(summary(series.points, names, at, unit, scale))
    kept, told = int(facts[0].value), _told(names)
    if kept < len(series.points):
        message = f"{len(series.points) - kept} of {len(series.points)} points of {told} are NaN"
        settings.warn("nan", message, at, "a share of nothing is no number: was there traffic?")
    if any(isinstance(fact.value, str) for fact in facts):
        message = f"{told} is infinite at some time"
        settings.warn("infinite", message, at, "a percentile above the last bucket is: add buckets")
    return facts


def _told(names: Labels) -> str:
    return ", ".join(value for _, value in names)[:80] or "the series"


def _alerts(document: JsonDocument, settings: Settings, found: list[_Series]) -> None:
    """Add what the series `ALERTS` tells: whether each alert fired, and when first."""
    first: dict[Labels, tuple[float | None, int]] = {}
    for series in found:
        names = labels(alert=series.own.get("alertname"), severity=series.own.get("severity"))
        fires = series.own.get("alertstate") == "firing"
        since = min((p.when for p in series.points if fires and p.value == 1), default=None)
        known = first.get(names, (None, series.step))
        times = [t for t in (known[0], since) if t is not None]
        first[names] = (min(times, default=None), known[1] if since is None else series.step)
    for names, (since, step) in first.items():
        at = document.at(*_RESULT, step)
        settings.put("alert.fired", since is not None, "", at, names)
        if since is not None:
            settings.put("alert.fired_at", moment(since).isoformat(), "", at, names)
