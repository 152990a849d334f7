"""How far a load test is like real users: ramp, pauses, mix, and a generator that kept up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.errors import Location
    from readiness.evidence.reader import Source
    from readiness.model.load import Labels, Load

_BUSY = pattern(r"^.{0,200}CPU usage (?:above [0-9]{1,3}%|was too high|threshold)", re.MULTILINE)
_OWN = pattern(
    r"(?i)EADDRINUSE|EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS|address already in use|BindException"
    r"|cannot assign requested address|can't assign requested address|too many open files"
    r"|no buffer space|OutOfMemoryError|unable to create (?:new )?native thread"
)
_KEPT_UP = 0.95  # of the rate that was asked for
_CARRIES = 0.5  # share of the requests, at faster endpoints, that decides a percentile of all
_SLOWER = {"p95": 2.0, "p50": 10.0}  # times that of all; a median far from others is common
_LEAST = 20  # requests behind an endpoint's figure


def realism_facts(load: Load, at: Location) -> Iterator[Fact]:
    """Yield the ramp, the pause between a user's requests, and the share of each endpoint."""
    from readiness.evidence.loadtest.ramp import ramp  # noqa: PLC0415 - statistics cost start-up

    if (seconds := ramp(load)) is not None:
        yield Fact("ramp", seconds * 1000, "ms", at, (), None, "derived")
    if (pause := _pause(load)) is not None:
        yield Fact("think_time", pause, "ms", at, (), None, "derived")
    total = sum(w.requests for w in load.windows)
    for labels in load.groups() if total else ():
        if labels:
            own = sum(_size(load, labels, index) for index in range(len(load.windows)))
            yield Fact("share", own / total, "ratio", at, labels, total, "derived")


def _size(load: Load, labels: Labels, index: int) -> int:
    counts = load.windows[index].groups.get(labels)
    return sum(counts.ok.counts) + sum(counts.failed.counts) if counts else 0


def _pause(load: Load) -> float | None:
    """Return the mean ms a user of a closed loop waits between an answer and the next question.

    By Little's law (1961), users = rate × (response time + pause), over all windows but the first
    and the last. A window that says nothing of users has as many as the one before it.
    """
    if load.arrivals != "closed" or not load.width:
        return None
    users, present, requests, answering = 0, 0.0, 0, 0.0
    for window in load.windows[1:-1]:
        users = window.users or users
        if users:
            present += users * load.width
            requests += window.requests
            times = window.times
            answering += sum(v * n for v, n in zip(times.values, times.counts, strict=True))
    return max(0.0, (1000 * present - answering) / requests) if requests else None


def realism_problems(facts: Iterable[Fact], at: Location) -> Iterator[Problem]:
    """Yield what makes the figures of a load test say less than they seem to."""
    groups: dict[Labels, dict[str, Fact]] = {}
    for fact in facts:
        if not isinstance(fact.value, (bool, str)):
            groups.setdefault(fact.labels, {}).setdefault(fact.metric, fact)
    whole = groups.get((), {})
    yield from _kept_up(whole)
    yield from _carried(groups, whole, at)


def _kept_up(whole: dict[str, Fact]) -> Iterator[Problem]:
    offered, rate = whole.get("rate.offered"), whole.get("rate")
    if offered and rate and float(rate.value) < _KEPT_UP * float(offered.value):
        message = (
            f"{digits(float(rate.value), 4)} requests a second were sent where "
            f"{digits(float(offered.value), 4)} were asked for: the generator, or the loop it "
            "waits in, could not keep up"
        )
        help_ = "its times are those of the lighter load: use more generators or connections"
        yield Problem("warning", "generator-saturated", message, rate.at, help_)
    dropped = whole.get("dropped")
    if dropped and dropped.value:
        message = f"{dropped.value:,.0f} iterations or users were due and not started"
        help_ = "allow more virtual users, or count them as failed requests"
        yield Problem("warning", "generator-saturated", message, dropped.at, help_)


def own_cpu(source: Source) -> Iterator[Problem]:
    """Yield what Locust wrote into its log about itself: it had too little CPU (its runners.py)."""
    if found := _BUSY.search(source.text):
        message = "Locust's own CPU usage was above 90%: its times are also those of the generator"
        at = source.at(source.text.count("\n", 0, found.start()) + 1)
        help_ = "give it more worker processes or machines (`--processes`, `--worker`)"
        yield Problem("warning", "generator-saturated", message, at, help_)


def own_errors(errors: Mapping[str, int], at: Location) -> Iterator[Problem]:
    """Yield requests that the generator's own machine failed: ports, files, memory or threads.

    Args:
        errors: how often there was an error, by its text or code.
        at: where the errors are.
    """
    own = {text: number for text, number in errors.items() if number and _OWN.search(text)}
    if own:
        most = max(own, key=own.__getitem__)
        message = f"{sum(own.values()):,} requests failed for want of ports, files or memory of "
        message += (
            f"the generator (`{' '.join(most.split())[:80]}`): they say nothing of the service"
        )
        help_ = "use more machines or addresses, keep connections alive, raise its limits"
        yield Problem("warning", "generator-saturated", message, at, help_)


def _carried(
    groups: dict[Labels, dict[str, Fact]], whole: dict[str, Fact], at: Location
) -> Iterator[Problem]:
    """Yield an endpoint whose times are hidden by the many requests of faster ones."""
    hidden = (_hidden(groups, whole, metric, at) for metric in _SLOWER)
    yield from [problem for problem in hidden if problem is not None][:1]


def _hidden(
    groups: dict[Labels, dict[str, Fact]], whole: dict[str, Fact], metric: str, at: Location
) -> Problem | None:
    """Return that one figure of all hides the slowest endpoint, None if it does not."""
    total, overall = whole.get("requests"), whole.get(metric)
    if not (total and overall and total.value and overall.value):
        return None
    parts = {
        labels: group
        for labels, group in groups.items()
        if any(name == "endpoint" for name, _ in labels)
        and not any(name == "response" for name, _ in labels)
        and {"requests", metric} <= group.keys()
    }
    quick = {k: group for k, group in parts.items() if _of(group, metric) <= _of(whole, metric)}
    share = min(1.0, sum(_of(g, "requests") for g in quick.values()) / _of(whole, "requests"))
    slow = [
        labels
        for labels, group in parts.items()
        if _of(group, metric) > _SLOWER[metric] * _of(whole, metric)
        and _of(group, "requests") >= _LEAST
    ]
    if share < _CARRIES or not slow:
        return None
    labels = max(slow, key=lambda labels: _of(parts[labels], metric))
    own = parts[labels][metric]
    carry = (
        f"`{_name(next(iter(quick)))}`" if len(quick) == 1 else f"of {len(quick)} quicker endpoints"
    )
    message = (
        f"{metric} of all is {digits(_of(whole, metric), 4)} ms as {share:.0%} of the requests are "
        f"{carry}; that of `{_name(labels)}` is {digits(float(own.value), 4)} ms"
    )
    help_ = f'expect by endpoint: `{metric} where endpoint = "{dict(labels)["endpoint"]}" <= …`'
    return Problem("warning", "carried-average", message, own.at or at, help_)


def _of(group: dict[str, Fact], metric: str) -> float:
    return float(group[metric].value)


def _name(labels: Labels) -> str:
    return " ".join(value for name, value in sorted(labels, reverse=True))
