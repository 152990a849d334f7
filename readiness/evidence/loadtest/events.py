"""Rows of Locust that are no requests: a test fires them to time a part of one, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.fact import Fact, Problem
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REQUESTS = {
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"),
    *("GRPC", "XMLRPC"),  # as Locust's own clients for these name a call
}
_TOLD = 3


def event_problems(facts: Iterable[Fact]) -> Iterator[Problem]:
    """Yield a warning where events of a test count as requests beside those they may be part of."""
    rows = [
        (fact, dict(fact.labels))
        for fact in facts
        if fact.metric == "requests" and fact.value and fact.labels
    ]
    events = [
        (fact, labels)
        for fact, labels in rows
        if labels.get("method") and labels["method"].upper() not in _REQUESTS
    ]
    if not events or len(rows) == 1:
        return
    names = [f"`{labels['method']} {labels.get('endpoint', '')}`" for _, labels in events]
    total = sum(int(fact.value) for fact, _ in events)
    message = f"{and_list(names, most=_TOLD)} may be no requests, and count as {total:,}: "
    message += "requests, rate and times of all mix them with the others"
    help_ = "an event can time a part of a request, or the same one again: expect by endpoint"
    yield Problem("warning", "events-counted", message, events[0][0].at, help_)
