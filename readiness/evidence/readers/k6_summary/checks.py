"""What a k6 summary says against itself, and what it measured on nothing."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.failed import failed_fast
from readiness.evidence.loadtest.k6 import REFUSED
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.readers.k6_summary.summary import Metric, Summary, fact_prefix
from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

_CONDITION = pattern(r"\s*([a-z]+|p\([0-9.]+\))\s*(<=?|>=?|===?|!=)\s*([0-9]+(?:\.[0-9]+)?)\s*")
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
}
_RATIO, _PACE, _ACTIVE = 1e-4, 0.05, 0.95  # rounding; rate and count; users active of allocated


def empty(summary: Summary, facts: list[Fact]) -> Iterator[Problem]:
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
        help_ = "expect `custom.*`, which are these measurements"
        yield Problem("warning", "no-http", message, at, help_)
    elif not reqs:
        message = "there are no HTTP requests, checks or timed metrics of your own in it"
        yield Problem("inconclusive", "no-samples", message, at, "did an iteration finish?")
    for metric, text, _, where in summary.thresholds():
        if metric.unsampled:
            message = f"`{metric.key}: {text}` was decided without a sample"
            yield Problem("inconclusive", "no-samples", message, where, "is the tag misspelt?")


def contradictions(summary: Summary) -> Iterator[Problem]:
    """Yield what the rest of the file contradicts."""
    for metric in summary.metrics.values():
        if metric.kind == "rate" and metric.judged:
            stat, ratio = metric.ratio
            share = (metric.number("passes") or 0) / metric.judged
            if ratio is not None and abs(ratio - share) > _RATIO:
                message = f"`{metric.key}` is {ratio:g}, its passes and fails make {share:g}"
                yield _contradiction(message, metric.at(stat))
        elif metric.kind == "trend" and fact_prefix(metric) is not None:
            yield from _order(metric)
    yield from _pace(summary)
    yield from _counts(summary)
    for metric, text, held, at in summary.thresholds():
        match = _CONDITION.fullmatch(text)
        stat = metric.ratio[0] if metric.kind == "rate" else match[1] if match else ""
        value = metric.values.get(stat)
        if match and is_number(value) and _COMPARE[match[2]](value, float(match[3])) != held:
            message = f"`{metric.key}: {text}` is said to have {'held' if held else 'failed'}"
            yield _contradiction(f"{message}, `{stat}` is {digits(value)}", at)


def _order(metric: Metric) -> Iterator[Problem]:
    """Yield the times that are below a lower percentile, or a mean outside of all."""
    below, low, high = 0.0, metric.number("min") or 0, metric.number("max")
    for name, stat, value in metric.times():
        floor, top = (low, high) if name == "mean" else (below, None)
        if value < floor * (1 - _RATIO) or (top is not None and value > top * (1 + _RATIO)):
            message = f"`{stat}` of `{metric.key}` is {digits(value)}, out of order with the others"
            yield _contradiction(message, metric.at(stat))
        below = max(value, below)


def _pace(summary: Summary) -> Iterator[Problem]:
    """Yield counts that differ from rate times duration by more than 5 %."""
    duration = summary.duration
    for key in ("http_reqs", "iterations", "data_received"):
        count, rate = summary.get(key, "count"), summary.get(key, "rate")
        if duration and count is not None and rate is not None:
            product = rate * duration[0] / 1000
            if abs(product - count) > _PACE * max(product, count):
                message = f"`{key}` counts {digits(count)}, "
                message += f"its rate and the duration make {digits(product)}"
                yield _contradiction(message, summary.metrics[key].at("count"))


def _counts(summary: Summary) -> Iterator[Problem]:
    """Compare requests with those judged, and the checks by group with their total."""
    judged, requests = summary.metrics.get("http_req_failed"), summary.requests or 0
    if judged and judged.judged > requests:
        message = f"{digits(judged.judged)} requests passed or failed, {digits(requests)} were made"
        yield _contradiction(message, judged.at("passes"))
    listed, nodes = 0.0, [summary.document.get("root_group")]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            counts = (node.get("passes"), node.get("fails"))
            listed += sum(count for count in counts if is_number(count))
        inner = node.values() if isinstance(node, dict) else node
        nodes += inner if isinstance(node, dict | list) else []
    stated = summary.metrics["checks"].judged if "checks" in summary.metrics else 0
    if listed and listed != stated and "root_group" in summary.document.value:
        message = f"`checks` counts {digits(stated)}, the groups list {digits(listed)}"
        yield _contradiction(message, summary.document.at("root_group"))


def warnings(summary: Summary, facts: list[Fact]) -> Iterator[Problem]:
    """Yield what a reader of the numbers should know."""
    yield from failed_fast(facts, REFUSED)
    judged = summary.metrics.get("http_req_failed")
    requests = summary.requests or 0
    if judged and judged.judged < requests:
        message = f"only {digits(judged.judged)} of {digits(requests)} requests passed or failed"
        yield Problem("warning", "unjudged", message, judged.at("passes"), "a response callback?")
    active, most = summary.get("vus", "max"), summary.get("vus_max", "max")
    if active is not None and most is not None and active < _ACTIVE * most:
        message = (
            f"{digits(most)} virtual users were allocated, at most {digits(active)} were active"
        )
        yield Problem(
            "warning",
            "idle-users",
            message,
            summary.metrics["vus_max"].at("max"),
            "`concurrency` counts the active ones",
        )


def _contradiction(message: str, at: Location) -> Problem:
    return Problem("invalid", "contradiction", message, at, "keep the file as k6 wrote it")
