"""Metric data of CloudWatch to facts of each query; the queries lie in a file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.series import Point, moment, summary, window
from readiness.evidence.settings import Settings, labels

if TYPE_CHECKING:
    from readiness.model.fact import Fact

QUERIES = "metric-queries.json"
_HELP = "keep the answer as CloudWatch gave it"
# Amazon CloudWatch, API reference, MetricDatum: Unit
_UNITS = {
    "Seconds": ("ms", 1e3), "Milliseconds": ("ms", 1.0), "Microseconds": ("ms", 1e-3),
    "Percent": ("ratio", 0.01), "Bytes": ("B", 1.0), "Kilobytes": ("B", 1e3),
    "Megabytes": ("B", 1e6), "Gigabytes": ("B", 1e9), "Count/Second": ("1/s", 1.0),
    "Bytes/Second": ("B/s", 1.0),
}  # fmt: skip
# Amazon Bedrock, Elastic Load Balancing, API Gateway and Lambda: lists of their metrics
_KNOWN = {
    ("AWS/Bedrock", "InvocationLatency"): "Milliseconds",
    ("AWS/Bedrock", "TimeToFirstToken"): "Milliseconds",
    ("AWS/ApplicationELB", "TargetResponseTime"): "Seconds",
    ("AWS/ApiGateway", "Latency"): "Milliseconds",
    ("AWS/ApiGateway", "IntegrationLatency"): "Milliseconds",
    ("AWS/Lambda", "Duration"): "Milliseconds",
}
_COUNTING = ("SampleCount",)


class _Query(NamedTuple):
    """What one query asked for; empty where that is not known."""

    metric: str = ""
    stat: str = ""
    unit: str = ""
    scale: float = 1.0


def read_data(root: Part, source: Source, settings: Settings) -> Reading:
    """Read an answer of get-metric-data.

    Raises:
        Unreadable: malformed.
    """
    results = root["MetricDataResults"]
    queries = _queries(source)
    if not queries:
        help_ = f"lay the queries beside it, as NAME.{QUERIES} beside NAME.metric-data.json"
        message = "the answer does not tell units, statistics and dimensions"
        settings.warn("no-queries", message, results.at, help_)
    for text in root["Messages"].list():
        message = f"{text['Code'].text}: {text['Value'].text}".replace("\n", " ")[:200]
        settings.warn("message", message, text.at, "ask again")
    facts: list[Fact] = []
    rows = []
    for part in results.list():
        points = _points(part)
        rows.append(points)
        facts += _facts(settings, part, points, queries)
    settings.put("series", len(rows), "", results.at)
    if not any(rows):
        help_ = "is the name right, and was there traffic in that time?"
        settings.unproven("no-data", "no query has a point: that is no data", results.at, help_)
    last = max((point.when for row in rows for point in row), default=None)
    produced = moment(last) if last is not None else None
    found = (*settings.facts, *window(rows, results.at), *facts)
    return Reading(found, tuple(settings.problems), produced, results.at if produced else None)


def _points(part: Part) -> list[Point]:
    times, values = list(part["Timestamps"].list()), list(part["Values"].list())
    if len(times) != len(values):
        message = f"{len(times)} times and {len(values)} values"
        raise Unreadable("contradiction", message, part.at, _HELP)
    points = []
    for time, value in zip(times, values, strict=True):
        if not is_number(value.value):
            message = f"`{str(value.value)[:40]}` is no number"
            raise Unreadable("number", message, value.at, _HELP)
        points.append(Point(read_moment(time.value, time.at)[0].timestamp(), float(value.value)))
    return points


def _facts(
    settings: Settings, part: Part, points: list[Point], queries: dict[str, _Query]
) -> list[Fact]:
    name, status = part["Id"].text, part["StatusCode"].text
    if not name or not status:
        message = "a result has no `Id`, or no `StatusCode`"
        raise Unreadable("malformed", message, part.at, _HELP)
    query = queries.get(name, _Query())
    if queries and name not in queries:
        settings.warn(
            "no-queries", f"the queries have no `{name[:60]}`", part.at, "which one is it?"
        )
    if status != "Complete":
        message = f"the data of {name[:60]} is not complete: {status[:40]}"
        help_ = "ask again; a shorter time needs fewer pages"
        settings.unproven("partial", message, part["StatusCode"].at, help_)
    if not points:
        message = f"{name[:60]} has no points: that is no data, and not 0"
        settings.warn("empty-series", message, part.at, "is the name right?")
    metric = query.metric or part["Label"].text
    names = labels(id=name, metric=metric, stat=query.stat)
    return list(summary(points, names, part.at, query.unit, query.scale))


def _queries(source: Source) -> dict[str, _Query]:
    """Return what each query asked for, from a list of queries or the input of the command."""
    beside = source.companions.get(QUERIES)
    if beside is None:
        return {}
    (root, *_rest) = read_documents(beside)
    entries = root if isinstance(root.value, list) else root["MetricDataQueries"]
    found = {}
    for part in entries.list():
        stat, metric = part["MetricStat"], part.get("MetricStat", "Metric")
        name, kind = metric["MetricName"].text, stat["Stat"].text
        written = stat["Unit"].text or _KNOWN.get((metric["Namespace"].text, name), "")
        unit, scale = ("", 1.0) if kind in _COUNTING else _UNITS.get(written, ("", 1.0))
        found[part["Id"].text] = _Query(name, kind, unit, scale)
    return found
