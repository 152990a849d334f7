"""What readers of k6 output share: names of metrics, tags into labels, what the facts tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.facts import EXPECTED
from readiness.evidence.reader import Metric
from readiness.model.fact import Fact, Problem
from readiness.model.text import and_list, plural
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.errors import Location

Labels = tuple[tuple[str, str], ...]
OWN = {
    *(f"http_req_{phase}" for phase in ("blocked", "connecting", "tls_handshaking", "sending")),
    *("http_req_waiting", "http_req_receiving", "http_req_duration"),
    *("iteration_duration", "group_duration"),
}
COLOUR = pattern(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-_])")
_KEY = pattern(r"([^{]+)(?:\{(.*)\})?", re.DOTALL)
_NAMED = 3  # thresholds
_ACTIVE = 0.95  # users active of those allocated
REFUSED = "a refused request counts as 0 ms: `where response = expected`"
TAGS = ("endpoint", "method", "scenario", "response", "*")  # and any that a threshold names
FACTS = (
    Metric("requests", "", "HTTP requests made", TAGS),
    Metric("failures", "", "HTTP requests that failed", TAGS),
    Metric("errors", "ratio", "failed requests per request", TAGS),
    Metric("rate", "1/s", "HTTP requests per second over the whole test", TAGS),
    Metric("checks", "ratio", "checks that passed", TAGS),
    Metric("duration", "ms", "how long the test ran"),
    Metric("concurrency", "", "virtual users active, at most"),
    Metric("concurrency.allocated", "", "virtual users allocated, at most"),
    Metric("throughput", "B/s", "bytes received per second", TAGS),
    Metric("dropped", "", "iterations not started for want of a virtual user", TAGS),
    *(
        Metric(name, "ms", f"{name} request duration", TAGS)
        for name in ("min", "mean", "max", "p*")
    ),
    Metric("custom.*", "ms", "a time metric of your own: `custom.llm_ttft.p95`", TAGS),
)
THRESHOLDS = (
    Metric("threshold", "", "whether a threshold held", ("expression",)),
    Metric("thresholds.passed", "", "thresholds that held"),
    Metric("thresholds.failed", "", "thresholds that did not hold"),
)


def split_key(key: str) -> tuple[str, Labels]:
    """Return the name and the labels of a metric's key: `http_req_duration{endpoint:chat}`."""
    match = _KEY.fullmatch(key)
    name, tags = (match[1], match[2]) if match else (key, None)
    return name, split_tags(tags or "")


def split_tags(tags: str) -> Labels:
    """Return labels of `endpoint:chat,method:POST`.

    Expected responses have a label of ours. The tag `name`, or else `url`, is the endpoint, as it
    is where samples are read; not where there is a tag `endpoint`.
    """
    parts = [tag.partition(":") for tag in tags.split(",") if tag.strip()]
    pairs = {name.strip(" '\""): value.strip(" '\"") for name, _, value in parts}
    for tag in ("name", "url"):
        if tag in pairs and "endpoint" not in pairs:
            pairs["endpoint"] = pairs.pop(tag)
    labels = pairs.items()
    return tuple(sorted(EXPECTED if p == ("expected_response", "true") else p for p in labels))


def time_prefix(name: str) -> str | None:
    """Return what stands before the names of a time metric's facts, None if it gives none."""
    if name == "http_req_duration":
        return ""
    return None if name in OWN else f"custom.{name}."


def run_problems(facts: Iterable[Fact], at: Location, run: Labels = ()) -> Iterator[Problem]:
    """Yield what the facts of one run tell: nothing measured, or what their reader should know.

    Args:
        facts: all facts of the run.
        at: where it begins, for what is not there.
        run: the labels that all its facts have.
    """
    found = {(fact.metric, fact.labels): fact for fact in reversed(list(facts))}
    overall = {metric: fact for (metric, labels), fact in found.items() if labels == run}
    if "requests" not in overall:
        yield _without_http(any(_measured(metric) for metric in overall), at)
        return
    yield from _judged(overall)
    active, most = overall.get("concurrency"), overall.get("concurrency.allocated")
    if active and most and _value(active) < _ACTIVE * _value(most):
        allocated, busy = digits(_value(most)), digits(_value(active))
        message = f"{allocated} virtual users were allocated, at most {busy} active"
        help_ = "`concurrency` counts the active ones"
        yield Problem("warning", "idle-users", message, most.at, help_)


def failed_thresholds(facts: Iterable[Fact]) -> Iterator[Problem]:
    """Yield that thresholds of the script did not hold: k6 itself ends such a run as failed."""
    judged = [fact for fact in facts if fact.metric == "threshold"]
    failed = [fact for fact in judged if fact.value is False]
    if failed:
        named = [f"`{dict(fact.labels)['expression']}`" for fact in failed]
        message = f"{len(failed)} of {plural(len(judged), 'threshold')} of the script did not hold"
        help_ = "k6 failed this run: expect `thresholds.failed = 0` if that decides"
        text = f"{message}: {and_list(named, most=_NAMED)}"
        yield Problem("warning", "thresholds-failed", text, failed[0].at, help_)


def _measured(metric: str) -> bool:
    return metric == "checks" or metric.startswith("custom.")


def _without_http(measured: bool, at: Location) -> Problem:
    if measured:
        message = "there are no HTTP requests in it, only other measurements"
        help_ = "expect `checks`, or times such as `custom.grpc_req_duration.p95`"
        return Problem("warning", "no-http", message, at, help_)
    message = "there are no HTTP requests, checks or timed metrics of your own in it"
    return Problem("inconclusive", "no-samples", message, at, "did an iteration finish?")


def _judged(overall: dict[str, Fact]) -> Iterator[Problem]:
    """Compare the requests with those that passed or failed."""
    requests, errors = overall["requests"], overall.get("errors")
    if errors is None and requests.value:
        message, help_ = "whether requests failed is not in it", "a response callback of null?"
        yield Problem("warning", "unjudged", message, requests.at, help_)
    judged = errors.samples if errors else None
    if errors is None or judged is None:
        return
    if judged > _value(requests):
        message = f"{judged:,} requests passed or failed, {digits(_value(requests))} were made"
        yield contradiction(message, errors.at)
    elif judged < _value(requests):
        message = f"only {judged:,} of {digits(_value(requests))} requests passed or failed"
        yield Problem("warning", "unjudged", message, errors.at, "a response callback?")


def _value(fact: Fact) -> float:
    return float(fact.value)
